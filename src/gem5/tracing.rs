//! What a run is to record, and what it has recorded.

use std::path::Path;

use clap::Args;

use crate::diag::{Error, Result};
use crate::emulator::gem5::{Simulator, Trace};
use crate::emulator::gem5_for;
use crate::profile::{Emulator, Profile};
use crate::run_directory::files::{PROGRAM, TRACE};
use crate::run_directory::run_json::{Gem5Record, TraceRecord};
use crate::units::{ByteSize, Ticks, from_argument};

use super::debug_flags;

/// What a trace takes at most unless it is said: of Exec, some thirty million instructions.
const LIMIT: ByteSize = ByteSize(256 << 20);

/// What gem5 is to say while a command runs. What becomes of it is `lkmc trace`'s.
#[derive(Clone, Debug, Default, Args)]
pub struct Wishes {
    /// Keep the messages of gem5's debug flags: Exec, Cache, O3PipeView, or any that `gem5.opt --debug-help` lists; a dash
    /// before a name leaves it out of a group
    #[arg(
        long = "trace",
        value_name = "FLAGS",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub flags: Vec<String>,
    /// End the trace, not the run, when its compressed file is this large
    #[arg(long = "trace-limit", value_name = "SIZE", value_parser = from_argument::<ByteSize>, requires = "flags")]
    pub limit: Option<ByteSize>,
    /// Begin this long after the command's start, in simulated time: 100us
    #[arg(long = "trace-after", value_name = "TIME", value_parser = from_argument::<Ticks>, requires = "flags")]
    pub after: Option<Ticks>,
    /// End after so much simulated time
    #[arg(long = "trace-for", value_name = "TIME", value_parser = from_argument::<Ticks>, requires = "flags")]
    pub long: Option<Ticks>,
}

/// Refuses what another emulator has not.
pub fn check_emulator(profile: &Profile, wishes: &Wishes) -> Result<()> {
    match wishes.flags.is_empty() {
        true => Ok(()),
        false => gem5_for(profile, "--trace").map(drop).map_err(|error| {
            error.help(
                "traces are of gem5 profiles, for example aarch64-gem5-atomic; what QEMU executes it logs itself, with \
                 `--qemu-arg=-d --qemu-arg=int` and the like (docs/tracing.md)",
            )
        }),
    }
}

/// What the command line asks for, else the profile; checked against the gem5 that will run, if it is there.
pub fn wanted(profile: &Profile, wishes: &Wishes) -> Result<Option<Trace>> {
    let Emulator::Gem5(machine) = &profile.emulator else {
        return Ok(None);
    };
    let flags = match wishes.flags.is_empty() {
        true => &machine.trace,
        false => &wishes.flags,
    };
    if flags.is_empty() {
        return Ok(None);
    }
    if profile.emulator.build().is_none() {
        let gem5 = Simulator::find(profile, None, &|path| path.to_owned())?;
        debug_flags::check(&gem5, profile, flags)?;
    }
    Ok(Some(Trace {
        flags: flags.clone(),
        file: TRACE,
        limit: wishes.limit.unwrap_or(LIMIT),
        after: wishes.after.unwrap_or(Ticks(0)),
        long: wishes.long,
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
