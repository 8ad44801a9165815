//! What a run comes to: its verdict, and what that is about.

use serde::{Deserialize, Serialize};
use signal_hook::consts::SIGPIPE;

use crate::verdict::Verdict;

/// What a verdict is about, for programs; the reason says the same to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It ended.
    Command,
    /// The guest could not start the command.
    NotStarted,
    Shell,
    Debugger,
    Replay,
    /// The guest ended its simulation.
    Simulation,
    /// What the guest's kernel said of itself.
    Kernel,
    /// Of the kernel's own tests one failed, or has no result.
    Tests,
    PowerOff,
    Emulator,
    Deadline,
    /// It came for lkmc.
    Signal(i32),
    /// Nobody reads it any more.
    OutputClosed,
    /// Left with Ctrl-A X.
    User,
    /// A round of the edit loop was its last one.
    Loop,
    /// The run could not go on.
    Infrastructure,
}

impl Cause {
    /// The signal that cut the run short; that of a closed pipe, where that did.
    pub fn cut_short_by(self) -> Option<i32> {
        match self {
            Cause::Signal(signal) => Some(signal),
            Cause::OutputClosed => Some(SIGPIPE),
            _ => None,
        }
    }
}

/// The verdict, what it is about, the exit status, and one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    pub verdict: Verdict,
    pub cause: Cause,
    pub status: u8,
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_read_as_it_was_written() {
        for (cause, text) in [
            (Cause::NotStarted, r#""not-started""#),
            (Cause::Signal(2), r#"{"signal":2}"#),
        ] {
            assert_eq!(serde_json::to_string(&cause).unwrap(), text);
            assert_eq!(serde_json::from_str::<Cause>(text).unwrap(), cause);
        }
    }
}
