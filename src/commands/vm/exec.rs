//! `lkmc vm exec`, and what a command in somebody else's guest is like.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};

use crate::cli::Global;
use crate::diag::{Error, Result};
use crate::events::Event;
use crate::events::streams::{self, Input};
use crate::exit;
use crate::guest::client::Agent;
use crate::guest::events::GuestEvent;
use crate::guest::process::{Process, Stdin};
use crate::guest::protocol::{CommandSpec, Exit, Refusal, TERMINAL, size};
use crate::guest::snapshots::{Cut, CutReason};
use crate::host::signals;
use crate::host::terminal::{self, Leaving, Raw, read_keys};
use crate::kgdb;
use crate::run::ending::describe;
use crate::run_directory;
use crate::run_directory::id;
use crate::shell;

use super::{connect, monitor, running};

pub fn exec(global: &Global, path: &Path, terminal: bool, command: &[std::ffi::OsString]) -> Result<ExitCode> {
    if terminal && !rustix::termios::isatty(std::io::stdin()) {
        return Err(
            Error::usage("lkmc::vm::no_terminal", "standard input is not a terminal")
                .help("leave `--terminal` out: the command then reads what comes in"),
        );
    }
    let agent = awake(global, path)?;
    if kgdb::is_debugged(path) {
        eprintln!("lkmc: a debugger is attached to the guest: while the guest is stopped, no command runs in it");
    }
    let spec = CommandSpec::new(command);
    let name = command.first().map(|name| name.to_string_lossy()).unwrap_or_default();
    let (sender, events) = unbounded();
    if !terminal {
        let process = start(&agent, &spec, 0)?;
        streams::forward_input(Input::Ours, process.stdin())?;
        return wait(global, path, &agent, (&name, process), (sender, &events));
    }
    let spec = match std::env::var_os("TERM") {
        Some(kind) => spec.env("TERM", kind),
        None => spec,
    };
    let process = start(&agent, &spec, TERMINAL | window())?;
    signals::listen(sender.clone())?;
    // Until the command's end every key is for it.
    let _raw = Raw::enter();
    read_keys(sender.clone(), Leaving::EndsCommand)?;
    wait(global, path, &agent, (&name, process), (sender, &events))
}

/// The agent of a guest in which a command can be started: the machine has not come to its end.
pub(super) fn awake(global: &Global, path: &Path) -> Result<Agent> {
    match running(path)?.ended {
        Some(end) => {
            let message = format!("run {} stands still at its end: {}", id::of(path), end.reason);
            Err(halted(path, message))
        }
        None => connect(global, path),
    }
}

/// The size of our terminal.
fn window() -> u32 {
    terminal::size().map_or(0, |(rows, columns)| size(rows, columns))
}

pub(super) fn start(agent: &Agent, spec: &CommandSpec, flags: u32) -> Result<Arc<Process>> {
    let failed =
        |error| Error::infrastructure("lkmc::vm::start", "the command cannot be started in the guest").cause(error);
    agent.start(spec, flags).map(Arc::new).map_err(failed)
}

/// A command whose end is waited for.
struct Awaited<'a> {
    path: &'a Path,
    name: &'a str,
    process: Arc<Process>,
    stdin: Stdin,
    /// The guest's kernel has reported something.
    trouble: bool,
}

impl Awaited<'_> {
    /// Our status, if that is the end of it.
    fn heard(&self, event: Event) -> Result<Option<ExitCode>> {
        const SIGHUP: u32 = 1;
        /// End of file, as a terminal says it.
        const CTRL_D: &[u8] = b"\x04";
        match event {
            Event::CommandExit(_) if self.trouble => return Ok(Some(exit::Exit::GuestKernel.into())),
            Event::CommandExit(exit) => return Ok(Some(report(exit, self.name))),
            Event::CommandCut(cut) => return Err(cut_off(self.path, self.name, &cut)),
            Event::OutputClosed(error) if error.kind() == ErrorKind::BrokenPipe => {
                return Ok(Some(exit::Exit::OUTPUT_CLOSED.into()));
            }
            Event::OutputClosed(error) => {
                let message = "the command's output cannot be written";
                return Err(Error::infrastructure("lkmc::run::output", message).cause(error));
            }
            Event::Typed(typed) => drop(self.stdin.write(typed.bytes())),
            Event::TypedEnd => drop(self.stdin.write(CTRL_D)),
            Event::Resized => self.process.signal(window()),
            Event::Quit => {
                self.process.signal(SIGHUP);
                return Ok(Some(ExitCode::SUCCESS));
            }
            Event::Signal(signal) => {
                self.process.signal(SIGHUP);
                return Ok(Some(exit::Exit::Interrupted(signal).into()));
            }
            _ => {}
        }
        Ok(None)
    }
}

/// To the end of the command of that name. If the machine ends first, its verdict is ours. What is typed comes as events, if the
/// command has a terminal.
pub(super) fn wait(
    global: &Global,
    path: &Path,
    agent: &Agent,
    (name, process): (&str, Arc<Process>),
    (sender, events): (Sender<Event>, &Receiver<Event>),
) -> Result<ExitCode> {
    /// How long the output of a command may be under way whose guest is gone.
    const LAST_WORDS: Duration = Duration::from_secs(10);
    /// How long nobody wonders why a command does not end.
    const SOON: Duration = Duration::from_secs(1);
    let mut awaited = Awaited {
        path,
        name,
        stdin: process.stdin(),
        process: Arc::clone(&process),
        trouble: false,
    };
    let done = streams::forward_output(process, sender)?;
    let deadline = global.timeout.map_or_else(never, crossbeam_channel::after);
    let doubt = crossbeam_channel::after(SOON);
    let mut guest = agent.events().clone();
    // What the command had said before the connection's end, its own end among it, is heard first.
    let (mut said, mut patience) = (never(), never());
    loop {
        select! {
            recv(events) -> event => match event {
                Ok(event) => if let Some(status) = awaited.heard(event)? {
                    return Ok(status);
                },
                Err(_) => return ended(path),
            },
            recv(guest) -> event => match event {
                Ok(GuestEvent::Trouble(line)) => {
                    eprintln!("lkmc: the guest kernel is in trouble: {line}");
                    awaited.trouble = true;
                }
                Ok(GuestEvent::ShellExit(_)) => {}
                Ok(GuestEvent::Lost) | Err(_) => {
                    (guest, said, patience) = (never(), done.clone(), crossbeam_channel::after(LAST_WORDS));
                }
            },
            // What came last may be among the events still.
            recv(said) -> _ => if events.is_empty() {
                return ended(path);
            },
            recv(patience) -> _ => return ended(path),
            recv(doubt) -> _ => if monitor::is_stopped(path) {
                let id = id::of(path);
                eprintln!("lkmc: the machine is stopped, and no command runs in it: `lkmc vm monitor {id} cont` lets it go on");
            },
            recv(deadline) -> _ => {
                awaited.process.signal(9);
                return Err(Error::timeout("lkmc::vm::timeout", "the command did not end in the time given by --timeout"));
            }
        }
    }
}

fn report(exit: Exit, name: &str) -> ExitCode {
    if let Exit::NotStarted(refusal) = exit {
        let advice = shell::advice(name.as_ref()).filter(|_| refusal == Refusal::NO_SUCH_FILE);
        let advice = advice.map_or(String::new(), |advice| format!("; {advice}"));
        eprintln!("lkmc: {name}: {}{advice}", describe(exit));
    }
    exit.status().into()
}

/// Nobody will know how the command ends.
fn cut_off(path: &Path, name: &str, cut: &Cut) -> Error {
    let (id, why) = (id::of(path), &cut.why);
    match cut.reason {
        CutReason::Restored => Error::infrastructure("lkmc::vm::taken_back", format!("{why} while {name} ran"))
            .help("it does not run there: start it again"),
        CutReason::NoAgent => {
            Error::infrastructure("lkmc::vm::no_agent", format!("the guest cannot run {name}: {why}")).help(format!(
                "`lkmc vm console {id}` reaches the guest still, `lkmc vm stop {id}` ends it"
            ))
        }
        CutReason::Ended => {
            let message = format!("the guest has ended while {name} ran, and stands still: {why}");
            halted(path, message)
        }
    }
}

fn halted(path: &Path, message: String) -> Error {
    let id = id::of(path);
    Error::guest_kernel("lkmc::vm::halted", message).help(format!(
        "`lkmc vm restore {id}` takes it back to its last snapshot, `lkmc gdb {id}` looks at it, `lkmc vm stop {id}` ends it"
    ))
}

/// The machine went away under us: waits for its owner to write down why.
fn ended(path: &Path) -> Result<ExitCode> {
    const LIMIT: Duration = Duration::from_secs(10);
    if !run_directory::wait(path, Some(Instant::now() + LIMIT)) {
        let message = "the guest's agent went away while the command ran; the guest itself runs on";
        return Err(Error::infrastructure("lkmc::vm::no_agent", message)
            .help("`lkmc vm console` reaches it still, `lkmc vm stop` ends it"));
    }
    let record = run_directory::read_record(path);
    let Some((verdict, reason)) = record.as_ref().and_then(|r| r.verdict.zip(r.reason.clone())) else {
        return Err(Error::infrastructure(
            "lkmc::vm::lost",
            "the guest's owner was killed while the command ran",
        ));
    };
    eprintln!(
        "lkmc: the guest ended while the command ran: {}: {reason}",
        verdict.as_str()
    );
    // A guest that was switched off has not run the command to its end.
    Ok(record
        .and_then(|record| record.status)
        .filter(|status| *status != 0)
        .unwrap_or(exit::Exit::Infrastructure.status())
        .into())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use crate::guest::client::Greeting;
    use crate::guest::protocol::{Decoder, Frame, Kind};

    use super::*;

    /// An agent that ends a command as soon as it is started, and the connection with it.
    fn hasty(mut stream: UnixStream) {
        let (mut decoder, mut chunk) = (Decoder::default(), [0; 4096]);
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            decoder.push(&chunk[..length]);
            while let Ok(Some(frame)) = decoder.next_frame() {
                match frame.kind {
                    Kind::Hello => stream.write_all(&frame.encode()).unwrap(),
                    Kind::Start => {
                        let exit = Frame::new(Kind::Exit, frame.id, Exit::Code(5).encode());
                        return stream.write_all(&exit.encode()).unwrap();
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_command_that_ended_before_its_guest_has_its_status() {
        let global = Global {
            dry_run: false,
            json: false,
            timeout: None,
            verbose: false,
            since: Instant::now(),
        };
        for _ in 0..30 {
            let (ours, theirs) = UnixStream::pair().unwrap();
            let guest = std::thread::spawn(move || hasty(theirs));
            let agent = Agent::connect(ours, Greeting::Booting, Instant::now() + Duration::from_secs(20)).unwrap();
            let process = start(&agent, &CommandSpec::new(["x"]), 0).unwrap();
            guest.join().unwrap();
            let (sender, events) = unbounded();
            let ended = wait(
                &global,
                Path::new("/nonexistent"),
                &agent,
                ("x", process),
                (sender, &events),
            );
            assert_eq!(format!("{:?}", ended.unwrap()), format!("{:?}", ExitCode::from(5)));
        }
    }
}
