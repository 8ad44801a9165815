//! A program without a kernel: in gem5's syscall emulation, where gem5 carries out its system calls, or on bare metal, where it is
//! all that runs on the board.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::debuggee::{self, kit::BuiltKit};
use crate::diag::{Error, Result};
use crate::emulator::gem5::{self, Process, Simulation, Simulator, Stage, Trace};
use crate::gdb::{Debugger, Wishes};
use crate::profile::Profile;
use crate::run::directory::{About, Gem5Record, Record, RunDirectory};
use crate::run::ending::{Conclusion, Ending};
use crate::run::events::Event;
use crate::run::tap::Tap;
use crate::run::vm::{EMULATOR_LOG, Links, Vm};
use crate::run::{self, report, signals};

use crate::trace::recording;

use super::course::OUTPUT;
use super::ending::Written;
use super::stub::Relay;

/// The program's streams, in the run directory. It reads nothing.
const STDIN: &str = "stdin";
const STDOUT: &str = "stdout";
const STDERR: &str = "stderr";

/// What takes the place of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    Gem5,
    Nothing,
}

/// What is to be run on which machine.
pub struct Order<'a> {
    /// GDB opens on the program, and does this.
    pub debugged: Option<(&'a BuiltKit, &'a Wishes)>,
    pub profile: &'a Profile,
    pub gem5: &'a Simulator,
    pub kernel: Kernel,
    pub program: &'a Path,
    pub arguments: &'a [String],
    pub params: &'a [String],
    pub trace: Option<&'a Trace>,
    pub timeout: Option<Duration>,
    pub json: bool,
}

/// Runs to the end. The status is the program's, or says what went wrong instead.
pub fn run(order: &Order, runs: &Path) -> Result<Conclusion> {
    let started = Instant::now();
    let repository = crate::paths::repository()?;
    let directory = RunDirectory::create(runs)?;
    let process = Process {
        program: std::path::absolute(order.program).map_err(|error| Error::io("cannot find", order.program, error))?,
        arguments: order.arguments.to_vec(),
        stdin: directory.file(STDIN),
        stdout: directory.file(STDOUT),
        stderr: directory.file(STDERR),
    };
    let simulation = Simulation {
        profile: order.profile,
        bundle: None,
        physical: &|path| path.to_owned(),
        repository: &repository,
        shares: &[],
        gem5: order.gem5,
        arguments: &[],
        params: order.params,
        wait_for_gdb: order.debugged.is_some(),
        trace: order.trace,
    };
    if order.trace.is_some() {
        recording::keep_program(&process.program, &directory.path)?;
    }
    let stage = match order.kernel {
        Kernel::Gem5 => Stage::Process(&process),
        Kernel::Nothing => Stage::BareMetal(&process),
    };
    let line = gem5::command_line(&simulation, stage, OUTPUT)?;
    let mut record = Record::begin(
        &directory,
        About {
            profile_name: order.profile.name.clone(),
            command: std::iter::once(order.program.display().to_string())
                .chain(order.arguments.iter().cloned())
                .collect(),
            accelerator: None,
            snapshot: None,
            bundle: serde_json::Value::Null,
            // Plain data that serde_json can always represent.
            profile: serde_json::to_value(order.profile).unwrap_or_default(),
        },
    );
    record.argv = line.argv().map(|word| word.to_string_lossy().into_owned()).collect();
    directory.write(&record)?;
    for file in [&process.stdin, &process.stdout, &process.stderr] {
        File::create(file).map_err(|error| Error::io("cannot write", file, error))?;
    }
    let (sender, events) = unbounded();
    signals::listen(sender.clone())?;
    let tap = Tap::streams(&process.stdout, &process.stderr, &sender)?;
    let console = match order.kernel {
        // What gem5 says itself is all that there is of a console.
        Kernel::Gem5 => directory.file(EMULATOR_LOG),
        // The serial port is the program's standard output.
        Kernel::Nothing => process.stdout.clone(),
    };
    let mut session = Session {
        order,
        directory: &directory,
        program: &process.program,
        vm: Vm::start(&line, &directory.path, Links::Files { console }, Instant::now())?,
    };
    let ending = session.attend(&sender, &events)?;
    drop(session);
    tap.close();
    record.seconds.command = Some(started.elapsed().as_secs_f64());
    conclude(order, record, ending, &directory, started)
}

/// A simulation that is under way. It is gone when this is dropped.
struct Session<'a> {
    order: &'a Order<'a>,
    directory: &'a RunDirectory,
    program: &'a Path,
    vm: Vm,
}

impl Session<'_> {
    /// Until gem5 ends, or GDB if there is one, or somebody wants it to, or the time is over.
    fn attend(&mut self, sender: &Sender<Event>, others: &Receiver<Event>) -> Result<Ending> {
        let order = self.order;
        let _relay = Relay::open(&self.directory.path, &self.directory.file(OUTPUT))?;
        let debugger = order.debugged.map(|debugged| self.debugger(debugged, sender));
        let debugger = debugger.transpose()?;
        // Somebody who talks to GDB may take their time.
        let patient = order.debugged.is_some_and(|(_, wishes)| !wishes.batch);
        let usual = order.profile.limits.command.filter(|_| !patient);
        let limit = order.timeout.or(usual);
        let deadline = limit.map(|limit| Instant::now() + limit);
        loop {
            match self.vm.next(others, deadline) {
                // GDB has something to say about that.
                Some(Event::EmulatorExit(_)) if debugger.is_some() => {}
                Some(Event::EmulatorExit(status)) => {
                    return Ok(self
                        .written()
                        .unwrap_or_else(|| Ending::EmulatorDied(self.vm.describe_death(status))));
                }
                Some(Event::DebuggerExit(status)) => {
                    let ending = Ending::of_debugger(status);
                    return Ok(match (&ending, self.written()) {
                        (Ending::Debugger(0), Some(written)) => written,
                        _ => ending,
                    });
                }
                Some(Event::Signal(signal)) => return Ok(Ending::Interrupted(signal)),
                Some(Event::OutputClosed) => return Ok(Ending::OutputClosed),
                Some(_) => {}
                None => {
                    let limit = limit.unwrap_or_default();
                    return Ok(Ending::Timeout(format!("the program did not end within {limit:?}")));
                }
            }
        }
    }

    /// How the simulation ended, if it came to its end.
    fn written(&self) -> Option<Ending> {
        Written::read(&self.directory.file(OUTPUT)).map(|written| written.cause().unexpected())
    }

    /// GDB, and the open directory by which it names the stub.
    fn debugger(&self, (kit, wishes): (&BuiltKit, &Wishes), sender: &Sender<Event>) -> Result<(Debugger, File)> {
        let path = &self.directory.path;
        let directory = File::open(path).map_err(|error| Error::io("cannot open", path, error))?;
        let line = debuggee::gdb::simulated(kit, self.program, &directory, wishes)?;
        signals::leave_interrupts_to_child(!wishes.batch);
        let debugger = Debugger::start(&line, wishes.terminal(), None, sender.clone())?;
        Ok((debugger, directory))
    }
}

fn conclude(
    order: &Order,
    mut record: Record,
    ending: Ending,
    directory: &RunDirectory,
    started: Instant,
) -> Result<Conclusion> {
    let (conclusion, failure) = run::conclude(&mut record, ending, None, started);
    record.gem5 = Some(Gem5Record {
        boot: None,
        command: Written::read(&directory.file(OUTPUT)),
        output: OUTPUT.into(),
        trace: order
            .trace
            .map(|trace| recording::record(trace, &directory.file(OUTPUT))),
    });
    recording::tell(record.gem5.as_ref());
    directory.write(&record)?;
    if let Some(error) = failure {
        return Err(error);
    }
    match order.json {
        true => eprintln!("{}", serde_json::to_string(&record).unwrap_or_default()),
        false => report(&record, &conclusion, &directory.path),
    }
    Ok(conclusion)
}
