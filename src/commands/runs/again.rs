//! `lkmc run again`: a run once more, and whether it came out as it did.

use std::ffi::OsString;
use std::process::ExitCode;

use serde_json::json;

use crate::again::{self, Counted, Output};
use crate::changes::Change;
use crate::cli::{self, Cli, Command, Demo, Gem5, Global, Profile};
use crate::diag::{Error, Exit, Result};
use crate::gem5::stats;
use crate::host::{stderr, terminal};
use crate::run::request::OnPanic;
use crate::run_directory::difference::Difference;
use crate::run_directory::lookup::Recorded;
use crate::run_directory::run_json::Record;
use crate::shell;
use crate::units::Seconds;

use super::diff;

/// What a command line of lkmc's made a run for, as far as that decides whether it can be given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Command,
    Shell,
    Detached,
    Recording,
    Debugger,
    Demo,
    Tests,
    Loop,
    Replay,
    Unknown,
}

/// What cannot be repeated so: why, and what can be done. `ID` is the run, `LINE` the command line that made it.
const REFUSED: &[(Purpose, &str, &str)] = &[
    (
        Purpose::Shell,
        "it was a shell, and what was typed there is not recorded",
        "give the guest a command after `--`, or `--script FILE`; `LINE` opens another shell",
    ),
    (
        Purpose::Detached,
        "it was detached, and what it did came from outside",
        "`LINE` starts another guest like it",
    ),
    (
        Purpose::Recording,
        "it was recorded, and can be repeated instruction by instruction",
        "`lkmc replay ID` does that",
    ),
    (
        Purpose::Debugger,
        "it was under a debugger, and what that was told is not recorded",
        "`LINE` begins another session",
    ),
    (
        Purpose::Demo,
        "it was a demo's, which is judged by what the demo promises",
        "`LINE` runs and judges it again",
    ),
    (
        Purpose::Tests,
        "it was one of several of `lkmc test`, which are judged by what the demos promise",
        "`LINE` runs and judges them again",
    ),
    (
        Purpose::Loop,
        "it was an edit loop's, and what was saved meanwhile is not recorded",
        "`lkmc dev PATH --once` is a single round",
    ),
    (
        Purpose::Replay,
        "it is itself a repetition",
        "`lkmc replay ID` repeats what it has repeated",
    ),
    (
        Purpose::Unknown,
        "lkmc does not know the command line that made it",
        "`lkmc run show ID` has what was recorded; make the run anew with this lkmc",
    ),
];

impl Purpose {
    fn of(command: &Command) -> Purpose {
        match command {
            Command::Profile(Profile::Run(run)) => Purpose::of_run(run),
            Command::Gem5(Gem5::Run(run)) if run.gdb => Purpose::Debugger,
            Command::Gem5(Gem5::Run(_)) => Purpose::Command,
            Command::Profile(Profile::Debug(_)) | Command::Demo(Demo::Debug(_)) | Command::Gdb(_) => Purpose::Debugger,
            Command::Demo(Demo::Run { .. }) => Purpose::Demo,
            Command::Test(_) => Purpose::Tests,
            Command::Dev(_) => Purpose::Loop,
            Command::Replay(_) => Purpose::Replay,
            Command::Supervise { .. } => Purpose::Detached,
            _ => Purpose::Unknown,
        }
    }

    fn of_run(run: &cli::Run) -> Purpose {
        let purposes = [
            (run.detach, Purpose::Detached),
            (run.record || run.rr, Purpose::Recording),
            (run.debug_emulator || run.on_panic == OnPanic::Gdb, Purpose::Debugger),
            // A guest that is restored goes on with the command that it was at.
            (run.simulation.restore.is_some(), Purpose::Command),
            (run.then_shell, Purpose::Shell),
            (!run.command.is_empty() || run.guest.script.is_some(), Purpose::Command),
        ];
        let found = purposes.iter().find(|(holds, _)| *holds);
        found.map_or(Purpose::Shell, |(_, purpose)| *purpose)
    }
}

pub fn again(global: &Global, run: &Recorded) -> Result<ExitCode> {
    let then = &run.record;
    let now = repeat(global, run, Output::Shown)?;
    if let Some(signal) = now.conclusion().and_then(|conclusion| conclusion.cause.cut_short_by()) {
        terminal::announce(
            &format!("run {} was cut short, and says nothing of {}", now.id, then.id),
            false,
        );
        return Ok(Exit::Interrupted(signal).into());
    }
    let difference = Difference::between(then, &now);
    let counted = match (&then.gem5, &now.gem5, difference.has_equal_inputs()) {
        (Some(_), Some(_), true) => Some(counted(run, &now)?),
        _ => None,
    };
    let counts_alike = matches!(counted, None | Some(Counted::Same));
    match global.json {
        true => {
            let mut result = diff::to_json(then, &now, &difference);
            result["equal-statistics"] = json!(counted.as_ref().map(|_| counts_alike));
            stderr::print_json(&result)?;
        }
        false => {
            say(then, &now, &difference);
            counted.iter().for_each(|counted| say_counted(then, counted));
        }
    }
    Ok(match difference.is_none() && counts_alike {
        true => ExitCode::SUCCESS,
        false => Exit::Failed.into(),
    })
}

/// On standard error: standard output is the command's.
fn say(then: &Record, now: &Record, difference: &Difference) {
    if difference.is_none() {
        let status = now
            .status
            .map_or_else(String::new, |status| format!(", status {status}"));
        let verdict = now.verdict.map_or("", |verdict| verdict.as_str());
        let message = format!(
            "run {} came out as {} did, with the same inputs: {verdict}{status}",
            now.id, then.id
        );
        return terminal::announce(&message, false);
    }
    if !difference.has_equal_inputs() {
        let message = format!("the inputs are no longer the same: {}", names(difference.inputs()));
        terminal::announce(&message, false);
    }
    eprint!("{}", diff::shown(then, now, difference));
}

/// Those of differences, in a row.
pub fn names<'a>(changes: impl Iterator<Item = &'a Change>) -> String {
    let names: Vec<&str> = changes.map(|change| change.key.as_str()).collect();
    names.join(" and ")
}

pub fn counted(run: &Recorded, now: &Record) -> Result<Counted> {
    Counted::between(&run.directory, &crate::paths::runs()?.join(&now.id))
}

/// What was counted otherwise, the largest changes first.
pub fn say_counted(then: &Record, counted: &Counted) {
    match counted {
        Counted::Same => eprintln!("lkmc: the statistics of {} are equal to the last digit", then.id),
        Counted::Dumps(before, after) => eprintln!("lkmc: {} differs: {before} dumps then, {after} now", then.id),
        Counted::Differs(changes) => {
            for change in changes.iter().take(10) {
                let [before, after] = [change.before, change.after].map(stats::shown);
                eprintln!("{}: {before} then, {after} now", change.name);
            }
            eprintln!("lkmc: {} statistics of {} differ", changes.len(), then.id);
        }
    }
}

/// The one way to make a run again.
pub fn repeat(global: &Global, run: &Recorded, output: Output) -> Result<Record> {
    let record = &run.record;
    if record.verdict.is_none() {
        let message = format!("run {} has no end that another one could be compared with", record.id);
        return Err(Error::usage("lkmc::run::no_end", message)
            .help("`lkmc vm list` says whether it goes on; one whose owner was killed never ends"));
    }
    let arguments = arguments(global, record)?;
    let directory = &record.invocation.directory;
    if !directory.is_dir() {
        let message = format!("{} is not there: the command line is given here", directory.display());
        terminal::announce(&message, false);
    }
    again::repeat(run, &arguments, output)
}

/// The command line that made a run, for one that tells its record.
fn arguments(global: &Global, record: &Record) -> Result<Vec<String>> {
    let told = &record.invocation.arguments;
    let words: Vec<OsString> = std::iter::once("lkmc")
        .chain(told.iter().map(String::as_str))
        .map(OsString::from)
        .collect();
    check(record, cli::parse(&words).ok().as_ref())?;
    // Options are ours up to `--`; each may stand there once.
    let end = told.iter().position(|word| word == "--").unwrap_or(told.len());
    let (options, guests) = told.split_at(end);
    let mut arguments: Vec<String> = options.iter().filter(|word| *word != "--json").cloned().collect();
    if let Some(timeout) = global.timeout {
        if let Some(at) = arguments.iter().position(|word| word == "--timeout") {
            arguments.drain(at..at + 2);
        }
        arguments.retain(|word| !word.starts_with("--timeout="));
        arguments.extend(["--timeout".into(), Seconds(timeout).to_string()]);
    }
    arguments.push("--json".into());
    arguments.extend_from_slice(guests);
    Ok(arguments)
}

fn check(record: &Record, cli: Option<&Cli>) -> Result<()> {
    let command = cli.and_then(|cli| cli.command.as_ref());
    let purpose = match record.detached {
        true => Purpose::Detached,
        false => command.map_or(Purpose::Unknown, Purpose::of),
    };
    let Some((_, why, help)) = REFUSED.iter().find(|(refused, ..)| *refused == purpose) else {
        return Ok(());
    };
    let line = format!("lkmc {}", shell::line(&record.invocation.arguments));
    // The line last: it may have either word in it.
    let help = help.replace("ID", &record.id).replace("LINE", &line);
    Err(Error::usage(
        "lkmc::run::not_repeatable",
        format!("run {} cannot be made again: {why}", record.id),
    )
    .help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_directory::run_json::Invocation;

    fn arguments_of(line: &str, detached: bool) -> Result<Vec<String>> {
        let words = ["lkmc", "--timeout", "9s", "doctor"].map(OsString::from);
        let global = cli::parse(&words).expect("it is one").global;
        let record = Record {
            invocation: Invocation {
                arguments: line.split_whitespace().map(str::to_owned).collect(),
                ..Invocation::default()
            },
            detached,
            ..Record::empty("20260101-000000-bbbb")
        };
        arguments(&global, &record)
    }

    #[test]
    fn options_stand_once_and_before_the_guests_words() {
        for line in [
            "--json profile run x --timeout 4m -- sh --json",
            "profile run x --timeout=4m -- sh --json",
            "profile run x -- sh --json",
        ] {
            let arguments = arguments_of(line, false).expect("a command can be repeated").join(" ");
            assert_eq!(arguments, "profile run x --timeout 9000ms --json -- sh --json");
        }
        assert!(arguments_of("profile run x --script a.sh", false).is_ok());
        assert!(arguments_of("gem5 run x -- ./hello", false).is_ok());
        assert!(arguments_of("profile run x --restore last", false).is_ok());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_does() {
        for (line, help) in [
            (
                "profile run x",
                "give the guest a command after `--`, or `--script FILE`; `lkmc profile run x` opens another shell",
            ),
            ("profile run x --then-shell -- dmesg", "give the guest a command"),
            ("profile run x --detach", "`lkmc profile run x --detach` starts another"),
            (
                "profile run x --record -- true",
                "`lkmc replay 20260101-000000-bbbb` does that",
            ),
            ("profile run x --on-panic gdb -- true", "begins another session"),
            ("profile debug x", "begins another session"),
            ("demo run a.c", "`lkmc demo run a.c` runs and judges it again"),
            ("demo run BUILD_ID.c", "`lkmc demo run BUILD_ID.c` runs"),
            ("test a.c", "`lkmc test a.c` runs and judges them again"),
            ("dev a.c", "--once"),
            ("replay last", "`lkmc replay 20260101-000000-bbbb`"),
            ("", "lkmc run show 20260101-000000-bbbb"),
            ("profile jump x", "lkmc run show"),
        ] {
            let error = arguments_of(line, false).expect_err(line);
            let json = crate::diag::to_json(&error);
            assert_eq!(error.code(), "lkmc::run::not_repeatable", "{line}");
            let said = json["errors"][0]["help"].as_str().expect("there is help");
            assert!(said.contains(help), "{line}: {said}");
        }
        assert!(arguments_of("profile run x -- true", true).is_err());
    }
}
