//! How a simulation ended, as lkmc's script writes it down; gem5's own exit status says little.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::emulator::gem5::ENDING;

/// What gem5 says when it has done as much as `max_insts_any_thread` and its like, or `work_begin_exit_count` and its like, want of it.
const LIMITS: [&str; 7] = [
    "a thread reached the max instruction count",
    "all threads reached the max instruction count",
    "work started count reach",
    "work started on specific cpu",
    "work items exit count reached",
    "workbegin",
    "workend",
];

/// `ending.json` in gem5's output directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Written {
    /// gem5's own words, or one of ours.
    pub cause: String,
    /// Of `m5 fail`.
    pub code: i64,
    /// Simulated time, in picoseconds.
    pub ticks: u64,
    /// Committed by all processors since the simulation's start or restore.
    pub instructions: u64,
    /// gem5's version.
    pub gem5: String,
    /// What of `gem5/lkmc/` made the machine; nobody's concern but [`crate::gem5::checkpoint`]'s.
    #[serde(default, skip_serializing)]
    pub loaded: Vec<String>,
    /// Of a run that was traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Traced>,
}

/// What there is of a trace. All are ticks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Traced {
    /// Where the command started; none if it did not.
    pub begin: Option<u64>,
    /// Where the guest reset and dumped its statistics. The last dump is the command's end.
    pub resets: Vec<u64>,
    pub dumps: Vec<u64>,
    /// Where the trace was ended before the simulation.
    pub cut: Option<u64>,
    /// Because its file was as large as it may be.
    pub full: bool,
}

/// What ended a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A checkpoint has been written, as was wanted.
    Checkpoint,
    /// The program that gem5 played the kernel for has ended with this status, or one on bare metal by semihosting.
    Finished(i64),
    /// No event is left: all processors wait, and no device will wake one.
    Idle,
    /// The guest executed `m5 exit`.
    Exit,
    /// The guest executed `m5 fail` with this code.
    Fail(i64),
    /// A boot that says nothing any more.
    Silent,
    /// As many instructions or work items as a parameter allows, in gem5's words.
    Limit(String),
    /// The script found a mistake in what it was asked for.
    Refused(String),
    /// Anything else, in gem5's words.
    Other(String),
}

impl Written {
    /// None if the simulation did not get to its end.
    pub fn read(output: &Path) -> Option<Written> {
        serde_json::from_slice(&std::fs::read(output.join(ENDING)).ok()?).ok()
    }

    pub fn cause(&self) -> Cause {
        match self.cause.as_str() {
            "checkpoint" => Cause::Checkpoint,
            "exiting with last active thread context" | "semi:ADP_Stopped_ApplicationExit" => {
                Cause::Finished(self.code)
            }
            "simulate() limit reached" => Cause::Idle,
            "m5_exit instruction encountered" => Cause::Exit,
            "m5_fail instruction encountered" => Cause::Fail(self.code),
            "silent" => Cause::Silent,
            limit if LIMITS.contains(&limit) => Cause::Limit(limit.into()),
            other => match other.strip_prefix("refused: ") {
                Some(why) => Cause::Refused(why.into()),
                None => Cause::Other(other.into()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gem5s_words_become_causes() {
        let cause = |text: &str| {
            Written {
                cause: text.into(),
                code: 3,
                ticks: 0,
                instructions: 0,
                gem5: String::new(),
                loaded: Vec::new(),
                trace: None,
            }
            .cause()
        };
        for (text, known) in [
            ("m5_exit instruction encountered", Cause::Exit),
            ("m5_fail instruction encountered", Cause::Fail(3)),
            ("checkpoint", Cause::Checkpoint),
            ("exiting with last active thread context", Cause::Finished(3)),
            ("semi:ADP_Stopped_ApplicationExit", Cause::Finished(3)),
            ("simulate() limit reached", Cause::Idle),
            ("silent", Cause::Silent),
            (
                "all threads reached the max instruction count",
                Cause::Limit("all threads reached the max instruction count".into()),
            ),
            ("refused: no such thing", Cause::Refused("no such thing".into())),
        ] {
            assert_eq!(cause(text), known);
        }
        for other in [
            "user interrupt received",
            "semi:ADP_Stopped_RunTimeErrorUnknown",
            // Of gem5 25.0 and later.
            "m5_hypercall instruction encountered",
            "Handling external signal!",
        ] {
            assert_eq!(cause(other), Cause::Other(other.into()));
        }
    }

    #[test]
    fn half_an_ending_is_none() {
        let output = tempfile::tempdir().unwrap();
        assert_eq!(Written::read(output.path()), None);
        std::fs::write(output.path().join(ENDING), "{\"cause\": \"chec").unwrap();
        assert_eq!(Written::read(output.path()), None);
    }
}
