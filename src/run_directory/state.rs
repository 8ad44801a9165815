//! Whether a run still goes on, as its record and its lock say together.

use std::path::Path;

use super::is_alive;
use super::run_json::Record;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    /// The machine has ended and stands still; the run goes on if it is taken back.
    Halted,
    /// Its owner died without a word; the emulator died with it.
    Stale,
    Ended,
}

impl State {
    pub fn of(run: &Path, record: &Record) -> State {
        match (is_alive(run), record.verdict) {
            (true, None) if record.ended.is_some() => State::Halted,
            (true, None) => State::Running,
            (false, None) => State::Stale,
            (_, Some(_)) => State::Ended,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Halted => "halted",
            State::Stale => "stale",
            State::Ended => "ended",
        }
    }
}
