//! A program that runs without Linux: alone on a board, QEMU's or gem5's, or with gem5 in the kernel's place.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, at, never, select, unbounded};

use crate::command_line::CommandLine;
use crate::debuggee::gdb::Simulated;
use crate::debuggee::{short_address, tunnel};
use crate::diag::{Error, Result};
use crate::emulator::gem5::ending::Written;
use crate::emulator::gem5::{OUTPUT, Process, Simulation, Simulator, Stage, Trace};
use crate::emulator::qemu::{self, GDB_SOCKET};
use crate::emulator::{EMULATOR_LOG, gem5, only_gem5, only_qemu};
use crate::events::Event;
use crate::gdb::{Debugger, Wishes};
use crate::gem5::asked::{Asked, Resumed};
use crate::gem5::resume;
use crate::gem5::stub::Relay;
use crate::gem5::{inputs, trace_capture};
use crate::guest::protocol::Exit;
use crate::host::signals;
use crate::host::socket::connect_socket;
use crate::profile::Profile;
use crate::run::accelerator::{Choice, Why};
use crate::run::console::tap::Tap;
use crate::run::ending::Ending;
use crate::run::machine::vm::{Links, Vm};
use crate::run_directory::RunDirectory;
use crate::run_directory::conclusion::Conclusion;
use crate::run_directory::files::{STDERR, STDIN, STDOUT, TUNNEL};
use crate::run_directory::run_json::{Gem5Record, Inputs, Record};
use crate::snapshots::Key;
use crate::store_path::StoreOnDisk;

/// QEMU's stub listens a moment after its start.
const STUB: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(5);
/// How long after GDB's end its emulator may still be ending.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long the last bytes to our output may be under way when nothing is waited for any more.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

/// What the program runs on.
#[derive(Clone, Copy)]
pub enum Machine<'a> {
    /// gem5 carries out its system calls.
    Process(Gem5<'a>),
    /// A board of gem5's.
    Gem5(Gem5<'a>),
    /// A board of this QEMU's.
    Qemu(&'a CommandLine),
}

/// gem5, and what it is to do besides.
#[derive(Clone, Copy)]
pub struct Gem5<'a> {
    pub simulator: &'a Simulator,
    pub asked: &'a Asked,
    pub trace: Option<&'a Trace>,
}

/// Where the program's output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To our own streams, while it comes.
    Ours,
    /// It stays in the run directory.
    Kept,
}

/// What is to be run on which machine.
pub struct Order<'a> {
    pub profile: &'a Profile,
    pub machine: Machine<'a>,
    pub program: &'a Path,
    pub arguments: &'a [String],
    /// All that it can read.
    pub input: &'a [u8],
    /// GDB opens on the program, and does this.
    pub debugged: Option<(&'a Simulated, &'a Wishes)>,
    pub output: Output,
    pub timeout: Option<Duration>,
}

/// What became of it.
pub struct Finished {
    pub record: Record,
    pub conclusion: Conclusion,
    /// The program's own status, if it came to its end.
    pub status: Option<u8>,
    pub directory: PathBuf,
    pub stdout: PathBuf,
    pub stderr: PathBuf,
}

impl<'a> Machine<'a> {
    fn gem5(&self) -> Option<&Gem5<'a>> {
        match self {
            Machine::Process(gem5) | Machine::Gem5(gem5) => Some(gem5),
            Machine::Qemu(_) => None,
        }
    }

    fn resumed(&self) -> Option<&'a Resumed> {
        self.gem5().and_then(|gem5| gem5.asked.resumed.as_ref())
    }

    fn trace(&self) -> Option<&'a Trace> {
        self.gem5().and_then(|gem5| gem5.trace)
    }
}

/// Runs to the end. The conclusion's status is the program's, or says what went wrong instead.
pub fn run(order: &Order, runs: &Path) -> Result<Finished> {
    let started = Instant::now();
    let directory = RunDirectory::create(runs)?;
    let process = Process {
        program: std::path::absolute(order.program).map_err(|error| Error::io("cannot find", order.program, error))?,
        arguments: order.arguments.to_vec(),
        stdin: directory.file(STDIN),
        stdout: directory.file(STDOUT),
        stderr: directory.file(STDERR),
        readfile: match order.machine.gem5() {
            Some(gem5) => gem5.asked.keep_readfile(&directory.path)?,
            None => None,
        },
        restore: order.machine.resumed().map(|resumed| resumed.directory.clone()),
    };
    if order.machine.trace().is_some() {
        trace_capture::keep_program(&process.program, &directory.path)?;
    }
    let line = command_line(order, &process)?;
    let mut record = begin(order, &process, &directory)?;
    let key = match order.machine.gem5() {
        Some(gem5) => Some(key(order, gem5, &record.inputs)?),
        None => None,
    };
    if let (Some(resumed), Some(key)) = (order.machine.resumed(), &key) {
        resumed.check(key)?;
    }
    record.argv = line.argv().map(|word| word.to_string_lossy().into_owned()).collect();
    directory.write(&record)?;
    let ending = carry_out(order, &line, &process, &directory).unwrap_or_else(Ending::Failed);
    record.seconds.command = Some(started.elapsed().as_secs_f64());
    if let Some(key) = &key {
        resume::label(&directory.path, key);
    }
    let status = ending.status();
    let conclusion = conclude(order, &mut record, ending, &directory, started)?;
    Ok(Finished {
        record,
        conclusion,
        status,
        directory: directory.path.clone(),
        stdout: process.stdout,
        stderr: process.stderr,
    })
}

/// From the program's start to its end.
fn carry_out(order: &Order, line: &CommandLine, process: &Process, directory: &RunDirectory) -> Result<Ending> {
    for (file, bytes) in [
        (&process.stdin, order.input),
        (&process.stdout, &[]),
        (&process.stderr, &[]),
    ] {
        std::fs::write(file, bytes).map_err(|error| Error::io("cannot write", file, error))?;
    }
    let (sender, events) = unbounded();
    signals::listen(sender.clone())?;
    let tap = match order.output {
        Output::Ours => Tap::streams(&process.stdout, &process.stderr, &sender)?,
        Output::Kept => Tap::new(&sender),
    };
    let console = match order.machine {
        // What gem5 says itself is all that there is of a console.
        Machine::Process(_) => directory.file(EMULATOR_LOG),
        // The serial port is the program's standard output.
        Machine::Gem5(_) | Machine::Qemu(_) => process.stdout.clone(),
    };
    let mut session = Session {
        order,
        directory,
        program: &process.program,
        vm: Vm::start(line, &directory.path, Links::Files { console }, Instant::now())?,
        deadline: None,
    };
    let ending = session.attend(&sender, &events)?;
    let deadline = session.deadline;
    drop(session);
    let written = tap.close();
    let ending = await_output(&events, deadline, ending);
    let _ = written.recv_timeout(LAST_OUTPUT);
    Ok(ending)
}

/// Until all has been written that the program said, unless something else ends the run.
fn await_output(events: &Receiver<Event>, deadline: Option<Instant>, ending: Ending) -> Ending {
    if ending.is_cut_short() {
        return ending;
    }
    let timeout = deadline.map_or_else(never, at);
    loop {
        select! {
            recv(events) -> event => match event {
                Ok(Event::Signal(signal)) => return Ending::Interrupted(signal),
                Ok(Event::OutputClosed(error)) => return Ending::of_output(&error),
                Ok(Event::ConsoleError(error)) => return Ending::unheard(&error),
                Ok(Event::OutputWritten) | Err(_) => return ending,
                Ok(_) => {}
            },
            recv(timeout) -> _ => return Ending::unread(),
        }
    }
}

fn command_line(order: &Order, process: &Process) -> Result<CommandLine> {
    match &order.machine {
        Machine::Process(gem5) => simulate(order, gem5, |simulation| {
            gem5::command_line(simulation, Stage::Process(process), OUTPUT)
        }),
        Machine::Gem5(gem5) => simulate(order, gem5, |simulation| {
            gem5::command_line(simulation, Stage::BareMetal(process), OUTPUT)
        }),
        Machine::Qemu(program) => {
            let board = qemu::BareMetal {
                profile: order.profile,
                qemu: only_qemu(order.profile, "start QEMU")?,
                program: &process.program,
                arguments: &process.arguments,
                stdout: STDOUT,
                wait_for_gdb: order.debugged.is_some(),
            };
            Ok(qemu::bare_metal(program, &board))
        }
    }
}

/// Gives what makes a command line all that a simulation is made of.
fn simulate<T>(order: &Order, gem5: &Gem5, make: impl FnOnce(&Simulation) -> Result<T>) -> Result<T> {
    make(&Simulation {
        profile: order.profile,
        machine: only_gem5(order.profile)?,
        bundle: None,
        store: &StoreOnDisk::AS_NAMED,
        repository: &crate::paths::repository()?,
        shares: &[],
        gem5: gem5.simulator,
        params: &gem5.asked.params,
        wait_for_gdb: order.debugged.is_some(),
        trace: gem5.trace,
    })
}

/// Which machine it is, for whoever goes on from a checkpoint of it.
fn key(order: &Order, gem5: &Gem5, inputs: &Inputs) -> Result<Key> {
    let placeless = Process {
        arguments: order.arguments.to_vec(),
        ..Process::default()
    };
    let stage = match order.machine {
        Machine::Gem5(_) => Stage::BareMetal(&placeless),
        Machine::Process(_) | Machine::Qemu(_) => Stage::Process(&placeless),
    };
    let machine = simulate(order, gem5, |simulation| gem5::lasting(simulation, stage))?;
    let own = [
        ("machine".to_owned(), machine),
        ("memory".to_owned(), order.profile.memory.to_string()),
        ("arguments".to_owned(), order.arguments.join(" ")),
    ];
    Ok(Key {
        profile: order.profile.name.clone(),
        inputs: inputs.clone().into_iter().chain(own).collect(),
    })
}

fn begin(order: &Order, process: &Process, directory: &RunDirectory) -> Result<Record> {
    let inputs = match order.machine.gem5() {
        Some(gem5) => inputs::of_run(gem5.simulator, &crate::paths::repository()?, [process.program.clone()])?,
        None => Inputs::new(),
    };
    let accelerator = match order.machine {
        Machine::Qemu(_) => Some(Choice::tcg(Why::Semihosting).record()),
        Machine::Process(_) | Machine::Gem5(_) => None,
    };
    let command = std::iter::once(order.program.display().to_string());
    let command = command.chain(order.arguments.iter().cloned()).collect();
    Ok(Record {
        accelerator,
        snapshot: order.machine.resumed().map(Resumed::snapshot),
        inputs,
        ..Record::begin(&directory.id, order.profile, None, command)
    })
}

/// A machine that runs. It is gone when this is dropped.
struct Session<'a> {
    order: &'a Order<'a>,
    directory: &'a RunDirectory,
    program: &'a Path,
    vm: Vm,
    /// Of what has to be done before the run ends.
    deadline: Option<Instant>,
}

impl Session<'_> {
    /// Until the emulator ends, or GDB if there is one, or somebody wants it to, or the time is over.
    fn attend(&mut self, sender: &Sender<Event>, others: &Receiver<Event>) -> Result<Ending> {
        let order = self.order;
        let _relay = match order.machine.gem5() {
            Some(_) => Some(Relay::open(&self.directory.path, &self.directory.file(OUTPUT))?),
            None => None,
        };
        let _interrupts = order
            .debugged
            .map(|(_, wishes)| signals::leave_interrupts_to_child(!wishes.batch));
        let debugger = match order.debugged {
            Some(debugged) => Some(self.debugger(debugged, sender)?),
            None => None,
        };
        // Somebody who talks to GDB may take their time.
        let patient = order.debugged.is_some_and(|(_, wishes)| !wishes.batch);
        let usual = order.profile.limits.command.filter(|_| !patient);
        let limit = order.timeout.or(usual);
        let deadline = limit.map(|limit| Instant::now() + limit);
        self.deadline = deadline;
        let mut exited = None;
        loop {
            match self.vm.next(others, deadline) {
                // GDB has something to say about that.
                Some(Event::EmulatorExit(status)) if debugger.is_some() => exited = Some(status),
                Some(Event::EmulatorExit(status)) => {
                    let died = || Ending::EmulatorDied(self.vm.describe_death(status));
                    return Ok(self.own_end(status).unwrap_or_else(died));
                }
                Some(Event::DebuggerExit(status)) => {
                    let ending = Ending::of_debugger(status);
                    let exited = exited.or_else(|| self.exit(others));
                    return Ok(match (&ending, exited.and_then(|exited| self.own_end(exited))) {
                        (Ending::Debugger(0), Some(own)) => own,
                        _ => ending,
                    });
                }
                Some(Event::Signal(signal)) => return Ok(Ending::Interrupted(signal)),
                Some(Event::OutputClosed(error)) => return Ok(Ending::of_output(&error)),
                Some(Event::ConsoleError(error)) => return Ok(Ending::unheard(&error)),
                Some(_) => {}
                None => {
                    let limit = limit.unwrap_or_default();
                    return Ok(Ending::Timeout(format!("the program did not end within {limit:?}")));
                }
            }
        }
    }

    /// How the program ended, if it came to its end.
    fn own_end(&self, status: ExitStatus) -> Option<Ending> {
        match self.order.machine {
            Machine::Process(_) | Machine::Gem5(_) => {
                Written::read(&self.directory.file(OUTPUT)).map(|written| Ending::of_simulation(written.cause()))
            }
            // QEMU's status is the program's, unless QEMU has something to say about it.
            Machine::Qemu(_) if self.vm.has_complained() => None,
            Machine::Qemu(_) => status.code().map(|code| Ending::Command(Exit::Code(code as u32))),
        }
    }

    /// An emulator that GDB has ended, or has seen to end, is gone in a moment.
    fn exit(&mut self, others: &Receiver<Event>) -> Option<ExitStatus> {
        let deadline = Instant::now() + LAST_WORDS;
        loop {
            match self.vm.next(others, Some(deadline))? {
                Event::EmulatorExit(status) => return Some(status),
                _ => continue,
            }
        }
    }

    /// GDB, and the open directory by which it names the stub.
    fn debugger(
        &mut self,
        (simulated, wishes): (&Simulated, &Wishes),
        sender: &Sender<Event>,
    ) -> Result<(Debugger, File)> {
        let path = &self.directory.path;
        let directory = File::open(path).map_err(|error| Error::io("cannot open", path, error))?;
        let socket = match self.order.machine {
            // The relay's.
            Machine::Process(_) | Machine::Gem5(_) => short_address(&directory, GDB_SOCKET),
            Machine::Qemu(_) => {
                let socket = short_address(&directory, TUNNEL);
                tunnel::patient(&socket, self.connect_to_stub()?)?;
                socket
            }
        };
        let line = simulated.command_line(self.program, &socket, wishes)?;
        let debugger = Debugger::start(&line, wishes.terminal(), None, sender.clone())?;
        Ok((debugger, directory))
    }

    /// QEMU listens a moment after its start.
    fn connect_to_stub(&mut self) -> Result<UnixStream> {
        let deadline = Instant::now() + STUB;
        while Instant::now() < deadline {
            if let Ok(stub) = connect_socket(&self.directory.path, GDB_SOCKET) {
                return Ok(stub);
            }
            let nothing = crossbeam_channel::never();
            if let Some(Event::EmulatorExit(status)) = self.vm.next(&nothing, Some(Instant::now() + LOOK)) {
                let message = self.vm.describe_death(status);
                return Err(Error::infrastructure("lkmc::bare_metal::emulator_ended", message));
            }
        }
        let message = "QEMU does not offer its stub to GDB";
        Err(Error::timeout("lkmc::bare_metal::no_stub", message))
    }
}

fn conclude(
    order: &Order,
    record: &mut Record,
    ending: Ending,
    directory: &RunDirectory,
    started: Instant,
) -> Result<Conclusion> {
    let (conclusion, failure) = crate::run::conduct::conclude(record, ending, None, started);
    record.gem5 = order.machine.gem5().map(|gem5| Gem5Record {
        boot: None,
        command: Written::read(&directory.file(OUTPUT)),
        output: OUTPUT.into(),
        trace: gem5
            .trace
            .map(|trace| trace_capture::record(trace, &directory.file(OUTPUT))),
    });
    trace_capture::tell(record.gem5.as_ref());
    directory.remove_sockets();
    directory.write(record)?;
    failure.map_or(Ok(conclusion), Err)
}
