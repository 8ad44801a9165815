//! A recorded run once more: the same inputs, and the same statistics to the last digit.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::diag::{Error, Result};
use crate::emulator::gem5::OUTPUT;
use crate::gem5::inputs::differing;
use crate::gem5::stats;
use crate::host::child::die_with_us;
use crate::run_directory;
use crate::run_directory::files;
use crate::run_directory::run_json::Record;

use super::inputs;

/// What came of it.
#[derive(Debug)]
pub enum Verdict {
    Same,
    /// It was dumped so often, then so often.
    Dumps(usize, usize),
    /// Statistics that differ, the largest change first.
    Differs(Vec<stats::Change>),
}

/// The record of a run on gem5, from its directory or its run.json.
pub fn record(path: &Path) -> Result<(Record, std::path::PathBuf)> {
    let directory = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(Path::new(".")),
    };
    match run_directory::read_record(directory) {
        Some(record) if record.gem5.is_some() => Ok((record, directory.to_owned())),
        Some(_) => Err(Error::usage(
            "lkmc::gem5::foreign_run",
            format!("{} is not a run on gem5", path.display()),
        )
        .help("runs on QEMU are repeated with `lkmc replay`, if they were recorded")),
        None => Err(
            Error::usage("lkmc::bench::no_record", format!("{} is no run", path.display()))
                .help("name a run's directory, its run.json, or its id"),
        ),
    }
}

/// Runs lkmc with these arguments where the run was made and with what its command read, and compares.
pub fn verify(record: &Record, recorded: &Path, arguments: &[String]) -> Result<Verdict> {
    let again = repeat(record, recorded, arguments)?;
    let differing = differing_inputs(record, &again);
    if !differing.is_empty() {
        let message = format!(
            "the run cannot be repeated as it was: {} changed",
            differing.join(" and ")
        );
        return Err(Error::usage("lkmc::bench::changed", message)
            .help("check out the commit that made it; run.json names all that was built"));
    }
    let output = |run: &Path| stats::read(&run.join(OUTPUT));
    let (before, after) = (output(recorded)?, output(&crate::paths::runs()?.join(&again.id))?);
    if before.len() != after.len() {
        return Ok(Verdict::Dumps(before.len(), after.len()));
    }
    let changes: Vec<stats::Change> = before
        .iter()
        .zip(&after)
        .flat_map(|(before, after)| stats::difference(before, after))
        .collect();
    Ok(match changes.is_empty() {
        true => Verdict::Same,
        false => Verdict::Differs(changes),
    })
}

fn repeat(record: &Record, recorded: &Path, arguments: &[String]) -> Result<Record> {
    let failed = |what: String| Error::infrastructure("lkmc::bench::run", what);
    let stdin = match File::open(recorded.join(files::STDIN)) {
        Ok(file) => file.into(),
        Err(_) => Stdio::null(),
    };
    let mut command = Command::new(crate::paths::ourselves());
    command
        .env("LKMC_ROOT", crate::paths::repository()?)
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::null());
    if record.invocation.directory.is_dir() {
        command.current_dir(&record.invocation.directory);
    }
    die_with_us(&mut command);
    let output = command
        .output()
        .map_err(|error| failed("the run cannot be started".into()).cause(error))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match said.lines().last().and_then(|line| serde_json::from_str(line).ok()) {
        Some(again) => Ok(again),
        None => Err(failed(format!("the run ended with {} and left no record", output.status)).help(said)),
    }
}

/// What of the two runs' inputs is not equal.
fn differing_inputs(record: &Record, again: &Record) -> Vec<String> {
    let settings = |of: &Record| inputs::settings(&of.profile);
    let parts = [
        ("the profile", settings(record) != settings(again)),
        ("what was built", record.bundle != again.bundle),
        ("the checkpoint", record.snapshot_key() != again.snapshot_key()),
    ];
    let parts = parts.into_iter().filter_map(|(name, differs)| differs.then_some(name));
    parts
        .chain(differing(&record.inputs, &again.inputs))
        .map(str::to_owned)
        .collect()
}
