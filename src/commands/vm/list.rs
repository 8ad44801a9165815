//! `lkmc vm list`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::cli::Global;
use crate::diag::Result;
use crate::run_directory;
use crate::run_directory::lookup;
use crate::run_directory::run_json::Record;
use crate::shell;
use crate::verdict::Verdict;

use super::{State, state};

pub fn list(global: &Global, runs: &Path, everything: bool) -> Result<ExitCode> {
    let all = lookup::list(runs)
        .into_iter()
        .filter_map(|path| Some((run_directory::read_record(&path)?, path)));
    let shown = all
        .map(|(record, path)| (state(&path, &record), record))
        .filter(|(state, record)| {
            everything || matches!(state, State::Running | State::Halted) || (*state == State::Stale && record.detached)
        });
    let name = |state| match state {
        State::Running => "running",
        State::Halted => "halted",
        State::Stale => "stale",
        State::Ended => "ended",
    };
    if global.json {
        let rows: Vec<_> = shown
            .map(|(state, record)| {
                json!({
                    "id": record.id, "profile": record.profile_name, "state": name(state), "detached": record.detached,
                    "verdict": record.verdict, "command": record.command,
                    "started": record.started, "emulator-pid": record.emulator_pid,
                    "from": record.snapshot.as_ref().and_then(|it| it.from.as_ref()), "snapshots": record.snapshots, "restores": record.restores, "ended": record.ended,
                })
            })
            .collect();
        return crate::commands::print(&format!("{}\n", serde_json::Value::from(rows)));
    }
    let mut text = String::new();
    for (state, record) in shown {
        let kind = if record.detached { "detached" } else { "foreground" };
        let line = match everything {
            false => format!(
                "{}  {:<8}  {:<10}  {}  {}{}{}",
                record.id,
                name(state),
                kind,
                record.started,
                record.profile_name,
                from(&record),
                snapshots(&record)
            ),
            true => format!(
                "{}  {:<13}  {:<20}  {}",
                record.id,
                record.verdict.map_or(name(state), Verdict::as_str),
                record.profile_name,
                one_line(&record.command)
            ),
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    crate::commands::print(&text)
}

/// Which snapshot of another guest it began with.
fn from(record: &Record) -> String {
    let from = record.snapshot.as_ref().and_then(|snapshot| snapshot.from.as_ref());
    from.map_or_else(String::new, |from| format!("  from {from}"))
}

/// Those of a guest that can be taken back.
fn snapshots(record: &Record) -> String {
    match record
        .snapshots
        .iter()
        .map(|snapshot| snapshot.name.as_str())
        .collect::<Vec<_>>()
    {
        names if names.is_empty() => String::new(),
        names => format!("  snapshots: {}", names.join(", ")),
    }
}

/// As much of a command as fits beside the rest.
fn one_line(command: &[String]) -> String {
    const WIDTH: usize = 70;
    let words: Vec<String> = command.iter().map(|word| shell::quote(word.as_ref())).collect();
    let line = words.join(" ").replace('\n', " ");
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
