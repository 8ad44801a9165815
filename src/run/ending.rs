//! From what ended a run to its verdict, exit status and reason.

use std::io::ErrorKind;
use std::process::ExitStatus;

use crate::diag::Error;
use crate::exit;
use crate::gdb;
use crate::guest::protocol::Exit;

use super::verdict::{Finding, Verdict};

/// What made a run end.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The guest command.
    Command(Exit),
    /// The shell on the console, with its status.
    Shell(u8),
    /// GDB, with its status.
    Debugger(u8),
    /// A replay, with what was compared or what differs.
    Replayed(std::result::Result<String, String>),
    /// The kernel is in trouble.
    Trouble(Finding),
    /// The guest ended a simulation by itself, with this status.
    Simulated(u8),
    /// The guest powered off or reset the machine.
    PoweredOff,
    EmulatorDied(String),
    /// A deadline passed; which one.
    Timeout(String),
    /// A signal came for lkmc.
    Interrupted(i32),
    /// Nobody reads our standard output.
    OutputClosed,
    /// Ctrl-A X.
    Quit,
    /// The run could not go on, for a reason that lies on this side of the guest.
    Broken(String),
    /// Nor could it for this reason, which has more to say.
    Failed(Error),
}

/// The verdict, the exit status, and one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    pub verdict: Verdict,
    pub status: u8,
    pub reason: String,
}

/// How the reason of a run begins that a signal for lkmc has ended.
pub const INTERRUPTED: &str = "lkmc got signal";
/// That of one whose output nobody reads any more.
pub const OUTPUT_CLOSED: &str = "nobody reads the output any more";
/// A replay that went another way than its recording.
const DIVERGED: u8 = exit::Exit::Failed.status();
const TIMEOUT: u8 = exit::Exit::Timeout.status();
const INFRASTRUCTURE: u8 = exit::Exit::Infrastructure.status();
const GUEST_KERNEL: u8 = exit::Exit::GuestKernel.status();

impl Ending {
    /// What it means that our output could not be written.
    pub fn of_output(error: &std::io::Error) -> Ending {
        match error.kind() {
            ErrorKind::BrokenPipe => Ending::OutputClosed,
            _ => Ending::Failed(
                Error::infrastructure("lkmc::run::output", "the command's output cannot be written").cause(error),
            ),
        }
    }

    /// What GDB's end means for its run.
    pub fn of_debugger(status: ExitStatus) -> Ending {
        gdb::status_of(status).map_or_else(Ending::Failed, Ending::Debugger)
    }

    /// Of what the guest was to do; none if that did not come to its end.
    pub fn status(&self) -> Option<u8> {
        match self {
            Ending::Command(exit) => Some(exit.status()),
            Ending::Simulated(status) => Some(*status),
            _ => None,
        }
    }

    /// What the kernel said of itself outweighs everything, and the worst of that the rest.
    pub fn conclude(self, said: Option<&Finding>) -> Conclusion {
        let conclusion = |verdict, status, reason: String| Conclusion {
            verdict,
            status,
            reason,
        };
        let worst = match &self {
            Ending::Trouble(finding) => Some(Finding::worst(said.cloned(), finding.clone())),
            _ => said.cloned(),
        };
        if let Some(finding) = worst {
            return conclusion(finding.trouble.verdict(), GUEST_KERNEL, finding.line);
        }
        match self {
            // It was the worst of itself.
            Ending::Trouble(finding) => conclusion(finding.trouble.verdict(), GUEST_KERNEL, finding.line),
            Ending::Command(exit) => match exit.status() {
                0 => conclusion(Verdict::Pass, 0, "the command succeeded".into()),
                status => conclusion(Verdict::Failed, status, describe(exit)),
            },
            Ending::Shell(0) => conclusion(Verdict::Pass, 0, "the shell ended".into()),
            Ending::Shell(status) => {
                conclusion(Verdict::Failed, status, format!("the shell ended with status {status}"))
            }
            Ending::Debugger(0) => conclusion(Verdict::Pass, 0, "GDB ended".into()),
            Ending::Debugger(status) => conclusion(Verdict::Failed, status, format!("GDB ended with status {status}")),
            Ending::Replayed(Ok(what)) => conclusion(Verdict::Pass, 0, what),
            Ending::Replayed(Err(what)) => conclusion(Verdict::Failed, DIVERGED, what),
            Ending::Simulated(0) => conclusion(Verdict::Pass, 0, "the guest ended the simulation with m5 exit".into()),
            Ending::Simulated(status) => conclusion(
                Verdict::Failed,
                status,
                format!("the guest ended the simulation with m5 fail {status}"),
            ),
            Ending::PoweredOff => conclusion(Verdict::Pass, 0, "the guest powered off".into()),
            Ending::EmulatorDied(how) => conclusion(Verdict::EmulatorDied, INFRASTRUCTURE, how),
            Ending::Timeout(what) => conclusion(Verdict::Timeout, TIMEOUT, what),
            Ending::Interrupted(signal) => conclusion(
                Verdict::Failed,
                exit::Exit::Interrupted(signal).status(),
                format!("{INTERRUPTED} {signal}"),
            ),
            Ending::OutputClosed => conclusion(
                Verdict::Failed,
                exit::Exit::OUTPUT_CLOSED.status(),
                OUTPUT_CLOSED.into(),
            ),
            Ending::Quit => conclusion(Verdict::Pass, 0, "the user left with Ctrl-A X".into()),
            Ending::Broken(what) => conclusion(Verdict::EmulatorDied, INFRASTRUCTURE, what),
            Ending::Failed(error) => conclusion(Verdict::EmulatorDied, error.exit.status(), error.to_string()),
        }
    }
}

fn describe(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("the command exited with status {code}"),
        Exit::Signal(signal) => format!("the command was killed by signal {signal}"),
        Exit::NotStarted(errno) => {
            format!(
                "the guest cannot start the command: {}",
                std::io::Error::from_raw_os_error(errno as i32)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Trouble;
    use super::*;

    fn finding(trouble: Trouble) -> Finding {
        Finding {
            trouble,
            line: "line".into(),
        }
    }

    #[test]
    fn the_commands_status_passes_through() {
        let conclude = |exit| Ending::Command(exit).conclude(None);
        assert_eq!(
            (conclude(Exit::Code(0)).verdict, conclude(Exit::Code(0)).status),
            (Verdict::Pass, 0)
        );
        assert_eq!(
            (conclude(Exit::Code(42)).verdict, conclude(Exit::Code(42)).status),
            (Verdict::Failed, 42)
        );
        assert_eq!(conclude(Exit::Signal(11)).status, 139);
    }

    #[test]
    fn the_kernels_trouble_outweighs_the_command() {
        let oops = finding(Trouble::Oops);
        let conclusion = Ending::Command(Exit::Code(0)).conclude(Some(&oops));
        assert_eq!((conclusion.verdict, conclusion.status), (Verdict::Oops, 126));
        let conclusion = Ending::Trouble(finding(Trouble::Panic)).conclude(Some(&oops));
        assert_eq!((conclusion.verdict, conclusion.status), (Verdict::Panic, 126));
        let panic = finding(Trouble::Panic);
        for ending in [
            Ending::Command(Exit::Code(0)),
            Ending::Trouble(oops),
            Ending::Broken("lost".into()),
        ] {
            assert_eq!(ending.conclude(Some(&panic)).verdict, Verdict::Panic);
        }
    }
}
