//! `lkmc replay`.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::{self, Global};
use crate::command_line::CommandLine;
use crate::diag::{Error, Exit, Result};
use crate::gdb::{Kit, Wishes};
use crate::host::terminal;
use crate::paths;
use crate::recording::replay;
use crate::recording::tape::Tape;
use crate::rr::{self, Recorder};
use crate::run_directory;
use crate::run_directory::id;
use crate::run_directory::lookup::{self, Has};
use crate::run_directory::run_json::Record;

pub fn run(global: &Global, arguments: &cli::Replay) -> Result<ExitCode> {
    let runs = paths::runs()?;
    let source = lookup::find(&runs, &arguments.run, Has::Recording)?;
    if run_directory::is_alive(&source) {
        let id = id::of(&source);
        return Err(Error::usage("lkmc::replay::running", format!("run {id} has not ended"))
            .help("a recording can be replayed when it is complete"));
    }
    let wishes = super::debugger::wishes(&arguments.wishes)?;
    let debug = arguments.gdb || arguments.at_panic || wishes.batch || !wishes.steps.is_empty();
    if let Some(record) = run_directory::read_record(&source)
        && let Some(recorder) = &record.rr
    {
        let asked = (arguments.at_panic, debug.then_some(&wishes));
        return of_emulator(global, &source, &record, recorder, asked);
    }
    let (tape, end) = Tape::read(&source)?;
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

/// Of a run with `--rr`. `asked`: to go to a panic, and what GDB shall do, if it shall do anything.
fn of_emulator(
    global: &Global,
    source: &Path,
    record: &Record,
    recorder: &Recorder,
    asked: (bool, Option<&Wishes>),
) -> Result<ExitCode> {
    let recording = rr::replay::Recording {
        recorder,
        run: source,
        emulator: &CommandLine::of_words(&record.argv),
    };
    match asked {
        (true, _) => {
            let message = format!(
                "run {} is a recording of the emulator, in which a guest's panic is nothing special",
                record.id
            );
            Err(Error::usage("lkmc::replay::no_panic", message)
                .help("`lkmc profile run NAME --record` records the guest"))
        }
        (false, Some(wishes)) => {
            let kit = Kit::read(source)?;
            recording.debug(&kit, wishes, global.timeout).map(ExitCode::from)
        }
        (false, None) => {
            let differs = recording.repeat(global.timeout)?;
            let text = match &differs {
                None => "identical: the emulator did what it does in the recording".into(),
                Some(why) => format!("the emulator does something else than in the recording: {why}"),
            };
            terminal::announce(&text, false);
            Ok(match differs {
                Some(_) => Exit::Failed.into(),
                None => ExitCode::SUCCESS,
            })
        }
    }
}
