//! `lkmc vm list`: the guests that run.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::cli::Global;
use crate::diag::Result;
use crate::run_directory;
use crate::run_directory::lookup;
use crate::run_directory::run_json::Record;
use crate::run_directory::state::State;

pub fn list(global: &Global, runs: &Path) -> Result<ExitCode> {
    let all = lookup::list(runs)
        .into_iter()
        .filter_map(|path| Some((run_directory::read_record(&path)?, path)));
    let shown = all
        .map(|(record, path)| (State::of(&path, &record), record))
        .filter(|(state, record)| match state {
            State::Running | State::Halted => true,
            State::Stale => record.detached,
            State::Ended => false,
        });
    if global.json {
        let rows: Vec<_> = shown
            .map(|(state, record)| {
                json!({
                    "id": record.id, "profile": record.profile_name, "state": state.as_str(), "detached": record.detached,
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
        text.push_str(&format!(
            "{}  {:<8}  {:<10}  {}  {}{}{}\n",
            record.id,
            state.as_str(),
            kind,
            record.started,
            record.profile_name,
            from(&record),
            snapshots(&record)
        ));
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
