//! `lkmc replay`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::paths;
use crate::record::files::TAPE;
use crate::record::tape::Tape;
use crate::run::{directory, replay};

pub fn run(global: &Global, arguments: &cli::Replay) -> Result<ExitCode> {
    let runs = paths::runs()?;
    let source = find(&runs, &arguments.run)?;
    if directory::is_alive(&source) {
        let id = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(Error::usage("lkmc::replay::running", format!("run {id} has not ended"))
            .help("a recording can be replayed when it is complete"));
    }
    let (tape, end) = Tape::read(&source)?;
    let wishes = super::debugger::wishes(&arguments.wishes)?;
    let debug = arguments.gdb || arguments.at_panic || wishes.batch || !wishes.steps.is_empty();
    let request = replay::Request {
        source: &source,
        tape,
        end,
        debug: debug.then_some(replay::Debug {
            at_panic: arguments.at_panic,
            wishes,
        }),
        timeout: global.timeout,
        json: global.json,
    };
    let conclusion = replay::replay(&request, &runs)?;
    Ok(ExitCode::from(conclusion.status))
}

/// `last` is the last recording; a replay stands for what it replayed.
fn find(runs: &Path, name: &str) -> Result<PathBuf> {
    let recorded = |path: &PathBuf| path.join(TAPE).exists();
    if name == "last"
        && let Some(last) = directory::list(runs).into_iter().rev().find(recorded)
    {
        return Ok(last);
    }
    let found = directory::find(runs, name)?;
    let original = directory::read_record(&found).and_then(|record| record.replay_of);
    Ok(original
        .map(|id| runs.join(id))
        .filter(|_| !recorded(&found))
        .unwrap_or(found))
}
