//! From what ended a run to its verdict, exit status and reason.

use std::io::ErrorKind;
use std::process::ExitStatus;

use crate::diag::Error;
use crate::emulator::gem5::ending as simulation;
use crate::exit;
use crate::gdb;
use crate::guest::protocol::{Exit, Refusal};
use crate::profile::machine_name;
use crate::run_directory::conclusion::{Cause, Conclusion};
use crate::verdict::{Finding, Verdict};

/// What made a run end.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The guest command.
    Command(Exit),
    /// The shell on the console, with its status.
    Shell(u8),
    /// GDB, with its status.
    Debugger(u8),
    /// What was asked of KDB.
    Kdb(crate::diag::Result<()>),
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
    /// Somebody wanted its end, to which the guest did not come by itself; why not.
    Forced(String),
    /// A signal came for lkmc.
    Interrupted(i32),
    /// Nobody reads our standard output.
    OutputClosed,
    /// Ctrl-A X.
    Quit,
    /// Whoever drove the guest, and knows what came of it.
    Driven(Conclusion),
    /// The run could not go on, for a reason that lies on this side of the guest.
    Broken(String),
    /// Nor could it for this reason, which has more to say.
    Failed(Error),
}

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
            _ => {
                Ending::Failed(Error::infrastructure("lkmc::run::output", "the output cannot be written").cause(error))
            }
        }
    }

    /// What GDB's end means for its run.
    pub fn of_debugger(status: ExitStatus) -> Ending {
        gdb::status_of(status).map_or_else(Ending::Failed, Ending::Debugger)
    }

    /// What a simulation is that ended by itself, where nothing of that kind was expected.
    pub fn of_simulation(cause: simulation::Cause) -> Ending {
        match cause {
            simulation::Cause::Exit => Ending::Simulated(0),
            simulation::Cause::Finished(code) => Ending::Command(Exit::Code(code as u32)),
            simulation::Cause::Idle => {
                Ending::Timeout("all processors wait, and nothing is left that could wake one".into())
            }
            simulation::Cause::Limit(words) => Ending::Timeout(format!(
                "the simulation came to the limit that a parameter sets: {words}"
            )),
            simulation::Cause::Fail(code) => Ending::Simulated(u8::try_from(code).unwrap_or(1)),
            simulation::Cause::Refused(why) => Ending::Failed(
                Error::usage("lkmc::gem5::param", why)
                    .help("`lkmc gem5 config RUN` shows the objects and parameters of a run"),
            ),
            simulation::Cause::Other(words) => Ending::Broken(format!("gem5 ended with: {words}")),
            other => Ending::Broken(format!("gem5 ended with: {other:?}")),
        }
    }

    /// That a deadline has passed while nobody read our output.
    pub fn unread() -> Ending {
        Ending::Timeout("nobody has read the output to its end within the time given".into())
    }

    /// That a file in which the guest or a program says something cannot be read.
    pub fn unheard(error: &std::io::Error) -> Ending {
        Ending::Broken(format!("what the guest says cannot be read: {error}"))
    }

    /// Whether something on this side has ended the run, which waits for nothing any more.
    pub fn is_cut_short(&self) -> bool {
        matches!(
            self,
            Ending::Timeout(_) | Ending::Forced(_) | Ending::Interrupted(_) | Ending::OutputClosed | Ending::Quit
        )
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
        let worst = match &self {
            Ending::Trouble(finding) => Some(Finding::worst(said.cloned(), finding.clone())),
            _ => said.cloned(),
        };
        worst.map_or_else(|| self.conclude_by_itself(), of_kernel)
    }

    fn conclude_by_itself(self) -> Conclusion {
        let conclusion = |cause, verdict, status, reason: String| Conclusion {
            verdict,
            cause,
            status,
            reason,
        };
        let pass = |cause, reason: &str| conclusion(cause, Verdict::Pass, 0, reason.into());
        let failed = |cause, status, reason| conclusion(cause, Verdict::Failed, status, reason);
        let broken = |cause, status, reason| conclusion(cause, Verdict::EmulatorDied, status, reason);
        match self {
            Ending::Trouble(finding) => of_kernel(finding),
            Ending::Command(exit) => match (exit, exit.status()) {
                (_, 0) => pass(Cause::Command, "the command succeeded"),
                (Exit::NotStarted(_), status) => failed(Cause::NotStarted, status, describe(exit)),
                (_, status) => failed(Cause::Command, status, describe(exit)),
            },
            Ending::Shell(0) => pass(Cause::Shell, "the shell ended"),
            Ending::Shell(status) => failed(Cause::Shell, status, format!("the shell ended with status {status}")),
            Ending::Debugger(0) => pass(Cause::Debugger, "GDB ended"),
            Ending::Debugger(status) => failed(Cause::Debugger, status, format!("GDB ended with status {status}")),
            Ending::Kdb(Ok(())) => pass(Cause::Debugger, "KDB ended"),
            Ending::Kdb(Err(error)) => failed(Cause::Debugger, error.exit.status(), format!("KDB: {error}")),
            Ending::Replayed(Ok(what)) => pass(Cause::Replay, &what),
            Ending::Replayed(Err(what)) => failed(Cause::Replay, DIVERGED, what),
            Ending::Simulated(0) => pass(Cause::Simulation, "the guest ended the simulation with m5 exit"),
            Ending::Simulated(status) => failed(
                Cause::Simulation,
                status,
                format!("the guest ended the simulation with m5 fail {status}"),
            ),
            Ending::PoweredOff => pass(Cause::PowerOff, "the guest powered off"),
            Ending::EmulatorDied(how) => broken(Cause::Emulator, INFRASTRUCTURE, how),
            Ending::Timeout(what) | Ending::Forced(what) => {
                conclusion(Cause::Deadline, Verdict::Timeout, TIMEOUT, what)
            }
            Ending::Interrupted(signal) => failed(
                Cause::Signal(signal),
                exit::Exit::Interrupted(signal).status(),
                format!("lkmc got signal {signal}"),
            ),
            Ending::OutputClosed => failed(
                Cause::OutputClosed,
                exit::Exit::OUTPUT_CLOSED.status(),
                "nobody reads the output any more".into(),
            ),
            Ending::Quit => pass(Cause::User, "the user left with Ctrl-A X"),
            Ending::Driven(conclusion) => conclusion,
            Ending::Broken(what) => broken(Cause::Infrastructure, INFRASTRUCTURE, what),
            Ending::Failed(error) => broken(Cause::Infrastructure, error.exit.status(), error.to_string()),
        }
    }
}

fn of_kernel(finding: Finding) -> Conclusion {
    Conclusion {
        verdict: finding.trouble.verdict(),
        cause: Cause::Kernel,
        status: GUEST_KERNEL,
        reason: finding.line,
    }
}

/// How a guest's command ended, in words.
pub fn describe(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("the command exited with status {code}"),
        Exit::Signal(signal) => format!("the command was killed by signal {signal}"),
        Exit::NotStarted(refusal) => format!("the guest cannot start the command: {}", refused(refusal)),
    }
}

fn refused(refusal: Refusal) -> String {
    match refusal {
        Refusal::Errno(errno) => std::io::Error::from_raw_os_error(errno as i32).to_string(),
        Refusal::NoLoader => "the file is there, but not the loader that it names: link it with -static".into(),
        Refusal::NoInterpreter => "the script is there, but not the interpreter that its first line names: up to the \
                                   line feed, so that the CR of a CR LF is a part of the name"
            .into(),
        Refusal::Foreign { program, guest } if program == guest || program == 0 => {
            "the file is no program that its kernel executes: an object file or a module, or a damaged one".into()
        }
        Refusal::Foreign { program, guest } => match (machine_name(program), machine_name(guest)) {
            (Some(program), Some(guest)) => format!("it is a program for {program}; this guest is {guest}"),
            _ => "it is a program for another machine".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::verdict::Trouble;

    use signal_hook::consts::SIGPIPE;

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

    #[test]
    fn a_program_of_another_machine_is_named() {
        let say = |program, guest| describe(Exit::NotStarted(Refusal::Foreign { program, guest }));
        let end = "it is a program for aarch64; this guest is x86_64";
        assert!(say(183, 62).ends_with(end), "{}", say(183, 62));
        assert!(say(3, 62).ends_with("a program for i386; this guest is x86_64"));
        assert!(say(0x7777, 62).ends_with("it is a program for another machine"));
        assert!(say(62, 62).contains("no program"));
    }

    #[test]
    fn the_cause_is_told_apart_without_the_reason() {
        let cause = |ending: Ending| ending.conclude(None).cause;
        let absent = Exit::NotStarted(Refusal::NO_SUCH_FILE);
        assert_eq!(cause(Ending::Command(absent)), Cause::NotStarted);
        assert_eq!(cause(Ending::Command(Exit::Code(127))), Cause::Command);
        assert_eq!(cause(Ending::Interrupted(15)).cut_short_by(), Some(15));
        assert_eq!(cause(Ending::OutputClosed).cut_short_by(), Some(SIGPIPE));
        let oops = finding(Trouble::Oops);
        assert_eq!(Ending::Interrupted(15).conclude(Some(&oops)).cause, Cause::Kernel);
    }
}
