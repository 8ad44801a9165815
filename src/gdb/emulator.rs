//! GDB on an emulator: what it is told. What happens in GDB stands in `gdb/lkmc/emulator.py`.

use std::ffi::OsString;
use std::path::Path;

use serde::Serialize;

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::emulator::EMULATOR_LOG;

use super::{Kit, Step, Wishes};

/// What GDB is to start, and how.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Brief<'a> {
    /// The words of the command.
    argv: Vec<String>,
    /// Whose symbols are wanted. A program of the toolbox is started by its dynamic loader, which is then the first word.
    program: String,
    environment: Vec<(&'a str, String)>,
    /// Variables that are GDB's own.
    unset: Vec<&'a str>,
    directory: &'a Path,
    /// Where its output goes, in that directory: the terminal is GDB's.
    log: &'static str,
    /// The user's, of a GDB without a prompt.
    steps: Vec<Step>,
}

/// GDB that starts an emulator in this directory.
pub fn command_line(kit: &Kit, emulator: &CommandLine, directory: &Path, wishes: &Wishes) -> Result<CommandLine> {
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    let order = Brief {
        argv: emulator.argv().map(text).collect(),
        program: emulator.executable().to_string_lossy().into_owned(),
        environment: emulator
            .env
            .iter()
            .map(|(name, value)| (name.as_str(), text(value)))
            .collect(),
        unset: kit.program.env.iter().map(|(name, _)| name.as_str()).collect(),
        directory,
        log: EMULATOR_LOG,
        steps: wishes.for_order(),
    };
    // Plain data that serde_json can always represent.
    let order = serde_json::to_string(&order).unwrap_or_default();
    super::session(&kit.program, &[], "lkmc.emulator", &[&order], wishes)
}
