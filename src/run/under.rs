//! What an emulator is started under, when it is itself looked at.

use std::path::Path;
use std::time::Duration;

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::gdb::{self, Kit, Terminal, Wishes};
use crate::rr;

use super::machine::vm::Streams;
use super::patience::{self, Limits};

/// A script may take this long beyond the guest's boot and command.
const SCRIPT: Duration = Duration::from_secs(300);

/// What an emulator is started under.
#[derive(Clone, Debug, Default)]
pub enum Under {
    #[default]
    Nothing,
    /// GDB, and what it shall do.
    Debugger(Wishes),
    /// rr.
    Recorder(rr::Recorder),
}

impl Under {
    /// The command that starts the emulator so.
    pub fn around(&self, line: &CommandLine, kit: &Kit, directory: &Path) -> Result<CommandLine> {
        match self {
            Under::Nothing => Ok(line.clone()),
            Under::Debugger(wishes) => gdb::on_emulator(kit, line, directory, wishes),
            Under::Recorder(recorder) => Ok(rr::around(recorder, line)),
        }
    }

    pub fn recorder(&self) -> Option<&rr::Recorder> {
        match self {
            Under::Recorder(recorder) => Some(recorder),
            _ => None,
        }
    }

    pub fn streams(&self) -> Streams {
        match self {
            Under::Debugger(wishes) => Streams::Debugger(wishes.terminal()),
            _ => Streams::Log,
        }
    }

    pub fn is_debugger(&self) -> bool {
        matches!(self, Under::Debugger(_))
    }

    pub fn terminal(&self) -> Terminal {
        match self {
            Under::Debugger(wishes) => wishes.terminal(),
            _ => Terminal::None,
        }
    }

    /// Whoever looks at an emulator looks at one, from its start to its end.
    pub fn is_once(&self) -> bool {
        !matches!(self, Under::Nothing)
    }

    /// A recording whose emulator was killed lacks its end.
    pub fn wants_an_end(&self) -> bool {
        self.recorder().is_some()
    }
}

/// From now on only `--timeout` limits the run, or for a script what it may take in all.
pub fn take_time(limits: &mut Limits, under: &Under) {
    patience::begin();
    if under.terminal() == Terminal::None {
        let whole = limits.boot + limits.command.unwrap_or_default() + SCRIPT;
        limits.total.get_or_insert(whole);
    }
    limits.command = None;
}
