//! A trace that gem5 is to make: what it is to record, and what it has recorded. [`crate::trace`] reads it.

use std::path::Path;

use crate::diag::{Error, Result};
use crate::emulator::gem5::{Simulator, Trace};
use crate::profile::Profile;
use crate::run_directory::files::{PROGRAM, TRACE};
use crate::run_directory::run_json::{Gem5Record, TraceRecord};
use crate::store_path::StoreOnDisk;
use crate::units::{ByteSize, Ticks};

use super::debug_flags;

/// What is asked for, checked against the gem5 that will run, if it is there.
pub fn wanted(
    profile: &Profile,
    flags: &[String],
    limit: ByteSize,
    (after, long): (Option<Ticks>, Option<Ticks>),
) -> Result<Option<Trace>> {
    if flags.is_empty() {
        return Ok(None);
    }
    match profile.emulator.build() {
        Some(build) => debug_flags::check_variant(profile, build)?,
        None => {
            let gem5 = Simulator::find(profile, None, &StoreOnDisk::AS_NAMED)?;
            debug_flags::check(&gem5, profile, flags)?;
        }
    }
    Ok(Some(Trace {
        flags: flags.to_vec(),
        file: TRACE,
        limit,
        after: after.unwrap_or(Ticks(0)),
        long,
    }))
}

/// A gem5 that is compiled for the profile can be asked when it has been.
pub fn check_built(profile: &Profile, trace: Option<&Trace>, gem5: &Simulator) -> Result<()> {
    match trace {
        Some(trace) if profile.emulator.build().is_some() => debug_flags::check(gem5, profile, &trace.flags),
        _ => Ok(()),
    }
}

/// What has come of it, in this output directory of gem5's.
pub fn record(trace: &Trace, output: &Path) -> TraceRecord {
    let file = output.join(trace.file);
    let name = output.file_name().unwrap_or_default();
    TraceRecord {
        flags: trace.flags.clone(),
        file: Path::new(name).join(trace.file).to_string_lossy().into_owned(),
        bytes: std::fs::metadata(&file).map_or(0, |metadata| metadata.len()),
        limit: trace.limit,
    }
}

/// Says what a user would not expect: that the trace is not all of the command.
pub fn tell(record: Option<&Gem5Record>) {
    let Some((record, trace)) = record.and_then(|record| Some((record, record.trace.as_ref()?))) else {
        return;
    };
    let Some(traced) = record.command.as_ref().and_then(|command| command.trace.as_ref()) else {
        // There was no end, which is the run's verdict.
        return;
    };
    match (traced.begin, traced.cut) {
        (None, _) => eprintln!("lkmc: the trace is empty: the command never started"),
        (Some(begin), Some(cut)) if traced.full => eprintln!(
            "lkmc: the trace was cut {} us after the command's start, at its limit of {}: `--trace-limit` allows more, \
             `--trace-after` and `--trace-for` choose another part",
            (cut - begin) / 1_000_000,
            trace.limit
        ),
        _ => {}
    }
}

/// The program may have been built anew by the time that its trace is read.
pub fn keep_program(program: &Path, directory: &Path) -> Result<()> {
    let copy = directory.join(PROGRAM);
    std::fs::copy(program, &copy)
        .map(drop)
        .map_err(|error| Error::io("cannot write", &copy, error))
}
