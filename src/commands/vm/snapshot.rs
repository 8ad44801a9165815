//! `lkmc vm snapshot` and `lkmc vm restore`: states of a running guest that are kept under names.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::cli::Global;
use crate::diag::{Error, Result};
use crate::guest::client;
use crate::guest::snapshots::{Answer, Refusal, Request, Snapshot, Wish};
use crate::host::stdout;
use crate::run_directory::id;
use crate::run_directory::run_json::Record;
use crate::suggest;

use super::{connect, running, unreachable_guest};

/// The owner's own deadlines, those of the monitor and of the agent, and something on top.
const LIMIT: Duration = Duration::from_secs(150);

pub fn list(global: &Global, path: &Path) -> Result<ExitCode> {
    let snapshots = running(path)?.snapshots;
    if global.json {
        return stdout::print(&format!("{}\n", json!(snapshots)));
    }
    let width = snapshots.iter().map(|snapshot| snapshot.name.len()).max().unwrap_or(0);
    let line = |snapshot: &Snapshot| {
        let (name, age, size) = (&snapshot.name, age(&snapshot.taken), mebibytes(snapshot.bytes));
        format!("{name:<width$}  {}  {age:>10}  {size:>10}\n", snapshot.taken)
    };
    stdout::print(&snapshots.iter().map(line).collect::<String>())
}

pub fn ask(global: &Global, path: &Path, wish: Wish) -> Result<ExitCode> {
    let id = id::of(path);
    refuse_without_snapshots(&running(path)?)?;
    let agent = connect(global, path)?;
    let request = Request {
        wish,
        dry_run: global.dry_run,
    };
    let deadline = Instant::now() + global.timeout.unwrap_or(LIMIT);
    let answer = agent.ask(&request, deadline).map_err(|error| match error {
        client::Error::Deadline => Error::timeout("lkmc::vm::timeout", format!("run {id} did not answer in time"))
            .help("nothing is kept of what was asked for; `--timeout` gives it longer"),
        client::Error::Lost => unreachable_guest(&id, error)
            .help("its owner has ended, or is of an lkmc that keeps no snapshots: start the guest again"),
        error => unreachable_guest(&id, error),
    })?;
    let text = match (answer, global.json) {
        (Answer::Refused(refusal), _) => return Err(refused(&id, refusal)),
        (Answer::Commands(lines), false) => lines.iter().map(|line| format!("{line}\n")).collect(),
        (Answer::Commands(lines), true) => format!("{}\n", json!({ "commands": lines })),
        (Answer::Saved(snapshot) | Answer::Removed(snapshot), true) => format!("{}\n", json!(snapshot)),
        (Answer::Restored(restore), true) => format!("{}\n", json!(restore)),
        (Answer::Saved(snapshot), false) => format!("{}\n", snapshot.name),
        (Answer::Removed(_) | Answer::Restored(_), false) => String::new(),
    };
    stdout::print(&text)
}

/// Guests of which it is known before anybody is asked.
fn refuse_without_snapshots(record: &Record) -> Result<()> {
    let refusal = |code, why: &str, help: &str| {
        Err(Error::usage(code, format!("no snapshots are kept of run {}: {why}", record.id)).help(help))
    };
    if record.profile["emulator"]["kind"] == "gem5" {
        return refusal(
            "lkmc::vm::snapshot_gem5",
            "it is on gem5, which listens to nobody while it simulates",
            "a guest on gem5 keeps its own state with `m5 checkpoint`, and `profile run --restore` goes on from there",
        );
    }
    let words = &record.invocation.arguments;
    if record.command.first().is_some_and(|word| word == "dev") && !words.iter().any(|word| word == "profile") {
        return refusal(
            "lkmc::vm::snapshot_dev",
            "it is of `lkmc dev`, which takes it back itself",
            "each round keeps the guest as it was before the module; `lkmc profile run NAME --detach` has snapshots of your own",
        );
    }
    if record.recording.is_some() || record.replay_of.is_some() || record.rr.is_some() {
        return refusal(
            "lkmc::vm::snapshot_recorded",
            "it is recorded, or repeats a recording, and would go another way than that",
            "`lkmc replay RUN --gdb` goes back in a recording",
        );
    }
    Ok(())
}

fn refused(id: &str, refusal: Refusal) -> Error {
    let usage = |code, message: String, help: &str| Error::usage(code, message).help(help);
    match refusal {
        Refusal::Unknown { name, names } => unknown(id, name, &names),
        Refusal::Exists(name) => usage(
            "lkmc::vm::snapshot_exists",
            format!("run {id} has a snapshot called `{name}` already"),
            "`--replace` puts this one in its place",
        ),
        Refusal::TooMany(most) => usage(
            "lkmc::vm::snapshot_many",
            format!("run {id} has {most} snapshots, which is all that are kept of a guest"),
            &format!("`lkmc vm snapshot {id} --remove NAME` removes one"),
        ),
        Refusal::Shares(directories) => shares(id, &directories),
        Refusal::Disks(files) => disks(id, &files),
        Refusal::Architecture(arch) => usage(
            "lkmc::vm::snapshot_arch",
            format!("a guest of {arch} cannot be taken back: QEMU 7.2 does not keep the timers of its processors"),
            "x86_64, aarch64 and arm can",
        ),
        Refusal::Debugged => usage(
            "lkmc::vm::snapshot_debugger",
            format!("a debugger is attached to run {id}: it would not know of the change"),
            "leave it first; it may attach again afterwards",
        ),
        Refusal::Ended(reason) => usage(
            "lkmc::vm::halted",
            format!("run {id} stands still at its end: {reason}"),
            &format!("`lkmc vm restore {id}` takes it back to its last snapshot"),
        ),
        Refusal::Unavailable => usage(
            "lkmc::vm::snapshot_unavailable",
            format!("no snapshots are kept of run {id} now"),
            "a guest whose emulator is under GDB has none, and one that is about to end neither",
        ),
        Refusal::Failed { what, why } => Error::infrastructure("lkmc::vm::snapshot_failed", format!("cannot {what}"))
            .cause(why)
            .help("a snapshot takes as much room where `out/run` is as the guest uses of its memory"),
        Refusal::Late { what, why } => Error::timeout("lkmc::vm::timeout", format!("could not {what} in time"))
            .cause(why)
            .help("nothing is kept of it; a busy machine may need another try"),
        Refusal::Silent => {
            let message = format!("run {id} is back, and its agent does not answer there");
            Error::infrastructure("lkmc::vm::silent", message).help(format!(
                "`lkmc vm console {id}` and `lkmc gdb {id}` reach the guest still"
            ))
        }
    }
}

fn shares(id: &str, directories: &[String]) -> Error {
    let message = format!(
        "run {id} has mounted a share at {}: files of the host cannot be taken back with it",
        directories.join(", ")
    );
    Error::usage("lkmc::vm::snapshot_share", message).help(format!(
        "`lkmc vm exec {id} -- umount {}` and try again; `lkmc vm push` copies files in place of a share",
        directories.join(" ")
    ))
}

fn disks(id: &str, files: &[String]) -> Error {
    let message = format!(
        "run {id} writes to {}, which cannot be taken back with it: the guest's memory and its disk would not fit together",
        files.join(", ")
    );
    Error::usage("lkmc::vm::snapshot_disk", message)
        .help("start the guest without `--disk`; `lkmc vm push` copies files into its memory")
}

fn unknown(id: &str, name: Option<String>, names: &[String]) -> Error {
    const CODE: &str = "lkmc::vm::snapshot_unknown";
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Some(name) = name.filter(|_| !names.is_empty()) else {
        return Error::usage(CODE, format!("run {id} has no snapshot"))
            .help(format!("`lkmc vm snapshot {id} NAME` takes one"));
    };
    let known = format!("there are: {}", suggest::list(&names));
    let help = suggest::did_you_mean(&name, &names).map_or(known.clone(), |meant| format!("{meant} {known}"));
    Error::usage(CODE, format!("run {id} has no snapshot called `{name}`")).help(help)
}

/// How long ago, to the whole of the largest unit.
fn age(taken: &str) -> String {
    let Ok(taken) = DateTime::parse_from_rfc3339(taken) else {
        return String::new();
    };
    let now = DateTime::<Utc>::from(SystemTime::now());
    let seconds = (now - taken.with_timezone(&Utc)).num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86400 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86400),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use crate::profile::Library;

    use super::*;

    #[test]
    fn a_name_that_is_not_there_is_told_from_none() {
        let names = ["before-crash".to_owned(), "booted".into()];
        let text = |error: Error| crate::diag::to_plain_text(&error);
        let near = text(unknown("x", Some("before-crsh".into()), &names));
        assert!(
            near.contains("did you mean `before-crash`? there are: before-crash, booted"),
            "{near}"
        );
        assert!(text(unknown("x", Some("y".into()), &[])).contains("run x has no snapshot"));
    }

    #[test]
    fn simulations_and_recordings_are_refused_before_anybody_is_asked() {
        let library = Library {
            root: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(),
        };
        let record = |name: &str| Record::begin("x", &library.load(name).unwrap(), None, Vec::new());
        let code = |record: &Record| refuse_without_snapshots(record).map_err(|error| error.code());
        assert_eq!(code(&record("aarch64-gem5-atomic")), Err("lkmc::vm::snapshot_gem5"));
        let mut on_qemu = record("x86_64-qemu");
        assert_eq!(code(&on_qemu), Ok(()));
        on_qemu.recording = Some("recording.bin".into());
        assert_eq!(code(&on_qemu), Err("lkmc::vm::snapshot_recorded"));
    }

    #[test]
    fn an_age_has_one_unit() {
        let ago = |seconds| {
            let taken = SystemTime::now() - Duration::from_secs(seconds);
            age(&id::rfc3339(taken))
        };
        assert_eq!([ago(5), ago(125), ago(7300)], ["5 s", "2 min", "2 h"]);
        assert_eq!(age("never"), "");
    }
}
