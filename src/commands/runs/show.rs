//! `lkmc run show`: a run for people.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::Global;
use crate::commands::{print, print_json};
use crate::decode::{self, Decoded, Stack};
use crate::diag::{Error, Result};
use crate::run_directory::files::LOCK;
use crate::run_directory::lookup::Recorded;
use crate::run_directory::run_json::{BlocksRecord, DumpRecord, Record, SnapshotRecord, TraceRecord};
use crate::run_directory::state::State;
use crate::shell;
use crate::units::ByteSize;
use crate::verdict::Verdict;

use super::{age, command, seconds};

/// What it is about, and what is to be said of it.
type Row = (&'static str, Option<String>);

pub fn show(global: &Global, run: &Recorded) -> Result<ExitCode> {
    if global.json {
        return print_json(&run.document);
    }
    let (directory, record) = (&run.directory, &run.record);
    let parts = [what(record), with_what(record), outcome(directory, record)];
    let mut text = parts.map(|rows| lines(&rows)).join("\n");
    text += &stack(record);
    text += &console(record);
    text += &files(directory)?;
    print(&text)
}

/// What was to run, where and when.
fn what(record: &Record) -> Vec<Row> {
    let told = &record.invocation;
    vec![
        ("run", Some(record.id.clone())),
        ("command", Some(command(record))),
        ("profile", Some(profile(record))),
        (
            "told",
            (!told.arguments.is_empty()).then(|| format!("lkmc {}", shell::line(&told.arguments))),
        ),
        (
            "in",
            (!told.arguments.is_empty()).then(|| told.directory.display().to_string()),
        ),
        ("began", Some(format!("{}, {}", record.started, age(record)))),
        ("on", host(record)),
        ("repeats", record.replay_of.clone()),
    ]
}

fn profile(record: &Record) -> String {
    match record.profile["path"].as_str() {
        Some(path) if !path.is_empty() => format!("{} ({path})", record.profile_name),
        _ => record.profile_name.clone(),
    }
}

fn host(record: &Record) -> Option<String> {
    let host = &record.host;
    let (processor, system) = (host.processor.as_str(), host.system.as_str());
    let parts: Vec<&str> = [system, processor].into_iter().filter(|it| !it.is_empty()).collect();
    (!parts.is_empty()).then(|| format!("{}, {} of its processors", parts.join(", "), host.processors))
}

/// Kernel, emulator, and how the guest came to its prompt.
fn with_what(record: &Record) -> Vec<Row> {
    let built = |place: &str| {
        record
            .bundle
            .pointer(place)
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    let kernel = record.kernel_release().map(|release| match built("/kernel/image") {
        Some(image) => format!("{release} ({image})"),
        None => release,
    });
    let accelerator = record.accelerator.as_ref();
    let gem5 = record.gem5.as_ref();
    let simulated = gem5.and_then(|gem5| gem5.command.as_ref().or(gem5.boot.as_ref()));
    let emulator = match simulated {
        Some(written) => Some(format!("gem5 {}", written.gem5)),
        None => built("/emulator/version").map(|version| format!("QEMU {version}")),
    };
    vec![
        ("kernel", kernel),
        ("root", built("/rootfs/initramfs")),
        ("emulator", emulator),
        (
            "accelerator",
            accelerator.map(|it| format!("{}: {}", it.used.as_str(), it.why)),
        ),
        ("snapshot", record.snapshot.as_ref().map(snapshot)),
        ("lkmc", Some(record.lkmc_version.clone())),
    ]
}

fn snapshot(snapshot: &SnapshotRecord) -> String {
    let used = if snapshot.used { "used" } else { "not used" };
    match &snapshot.from {
        Some(from) => format!("{used}: {}; from {from}", snapshot.why),
        None => format!("{used}: {}", snapshot.why),
    }
}

fn outcome(directory: &Path, record: &Record) -> Vec<Row> {
    let status = record
        .status
        .map_or_else(String::new, |status| format!(", status {status}"));
    let state = State::of(directory, record);
    let tests = record.tests.as_ref();
    let recording = record.recording.is_some() || record.rr.is_some();
    vec![
        (
            "verdict",
            Some(format!(
                "{}{status}",
                record.verdict.map_or(state.as_str(), Verdict::as_str)
            )),
        ),
        ("because", record.reason.clone()),
        ("times", times(record)),
        ("tests", tests.map(|tests| tests.counts())),
        ("trace", record.trace.as_ref().map(blocks)),
        (
            "trace",
            record.gem5.as_ref().and_then(|gem5| gem5.trace.as_ref()).map(trace),
        ),
        ("dump", record.dump.as_ref().map(dump)),
        (
            "recorded",
            recording.then(|| format!("`lkmc replay {}` repeats it", record.id)),
        ),
    ]
}

fn times(record: &Record) -> Option<String> {
    let of = &record.seconds;
    let parts = [
        ("boot", of.boot),
        ("restore", of.restore),
        ("set-up", of.set_up),
        ("command", of.command),
        ("total", of.total),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter_map(|(name, time)| time.map(|time| format!("{name} {}", seconds(time))))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn blocks(trace: &BlocksRecord) -> String {
    let instructions = trace
        .instructions
        .map_or_else(String::new, |count| format!(", {count} instructions"));
    let cut = trace
        .cut
        .as_ref()
        .map_or_else(String::new, |why| format!("; cut: {why}"));
    format!("{}{instructions}{cut}", trace.file)
}

fn trace(trace: &TraceRecord) -> String {
    format!("{}, {}", trace.file, trace.flags.join(" "))
}

fn dump(dump: &DumpRecord) -> String {
    match (&dump.file, &dump.error) {
        (Some(file), _) => file.clone(),
        (None, Some(why)) => format!("none: {why}"),
        (None, None) => "none".into(),
    }
}

fn lines(rows: &[Row]) -> String {
    let width = rows
        .iter()
        .filter(|(_, value)| value.is_some())
        .map(|(name, _)| name.len())
        .max();
    let width = width.unwrap_or_default();
    let said = rows.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    said.map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
}

/// Where the kernel got into trouble, or where it hung.
fn stack(record: &Record) -> String {
    let decoded = match (&record.report, record.stack.is_empty()) {
        (Some(report), _) => report.clone(),
        (None, true) => return String::new(),
        (None, false) => Decoded {
            titles: Vec::new(),
            stacks: vec![Stack {
                label: None,
                frames: record.stack.clone(),
            }],
            notes: Vec::new(),
        },
    };
    let titles: String = decoded.titles.iter().map(|title| format!("{title}\n")).collect();
    format!("\n{titles}{}", decode::render(&decoded))
}

/// How the console ended.
fn console(record: &Record) -> String {
    const SHOWN: usize = 10;
    let left_out = record.last_lines.len().saturating_sub(SHOWN);
    let shown: String = record.last_lines[left_out..]
        .iter()
        .map(|line| format!("  {line}\n"))
        .collect();
    match shown.is_empty() {
        true => shown,
        false => format!("\nlast lines of the console:\n{shown}"),
    }
}

/// What can be looked into. Sockets and what only lkmc reads are left out.
fn files(directory: &Path) -> Result<String> {
    let unreadable = |error| Error::io("cannot list", directory, error);
    let mut rows = Vec::new();
    // A record that was copied stands for itself: what lies beside it is not of the run.
    if !directory.join(LOCK).exists() {
        return Ok(String::new());
    }
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        match entry.metadata() {
            Ok(data) if data.is_dir() => rows.push((format!("{name}/"), String::new())),
            Ok(data) if data.is_file() && name != LOCK && data.len() > 0 => {
                rows.push((name, rounded(data.len())));
            }
            _ => {}
        }
    }
    rows.sort();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let rows = rows
        .iter()
        .map(|(name, size)| format!("  {name:width$}  {size}").trim_end().to_owned() + "\n");
    Ok(format!(
        "\nfiles in {}:\n{}",
        directory.display(),
        rows.collect::<String>()
    ))
}

/// A size in whole units.
fn rounded(bytes: u64) -> String {
    let unit = 1024_u64.pow(bytes.max(1).ilog2() / 10);
    ByteSize(bytes / unit * unit).to_string()
}
