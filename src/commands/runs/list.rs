//! `lkmc run list`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::Global;
use crate::commands::{print, print_json};
use crate::diag::Result;
use crate::host::terminal;
use crate::run_directory;
use crate::run_directory::lookup;
use crate::run_directory::run_json::Record;
use crate::run_directory::state::State;
use crate::verdict::Verdict;

use super::{age, command, seconds};

pub fn list(global: &Global, runs: &Path, number: usize) -> Result<ExitCode> {
    let all = lookup::list(runs);
    let read = |path: &std::path::PathBuf| {
        let record = run_directory::read_record(path)?;
        Some((State::of(path, &record), record))
    };
    // Records are large, and nobody wants all of them read for a few.
    let shown: Vec<(State, Record)> = all.iter().rev().filter_map(read).take(number).collect();
    let result = match global.json {
        true => print_json(
            &shown
                .iter()
                .map(|(state, record)| to_json(*state, record))
                .collect::<Vec<_>>(),
        ),
        false => print(&table(&shown)),
    };
    if shown.len() == number && all.len() > number && !global.json {
        let older = all.len() - number;
        terminal::announce(&format!("{older} older: `lkmc run list -n {}`", all.len()), false);
    }
    result
}

fn to_json(state: State, record: &Record) -> Value {
    json!({
        "id": record.id, "profile": record.profile_name, "state": state.as_str(), "verdict": record.verdict,
        "status": record.status, "reason": record.reason, "started": record.started, "seconds": record.seconds.total,
        "command": record.command,
    })
}

fn table(runs: &[(State, Record)]) -> String {
    let rows: Vec<[String; 7]> = runs.iter().map(|(state, record)| row(*state, record)).collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
            // Numbers.
            3..=5 => format!("{cell:>width$}  "),
            _ => format!("{cell:width$}  "),
        });
        format!("{}{}\n", cells.collect::<String>(), row[6])
    };
    rows.iter().map(line).collect()
}

/// Id, profile, verdict, status, age, duration, command.
fn row(state: State, record: &Record) -> [String; 7] {
    [
        record.id.clone(),
        record.profile_name.clone(),
        record.verdict.map_or(state.as_str(), Verdict::as_str).to_owned(),
        record.status.map_or_else(|| "-".into(), |status| status.to_string()),
        age(record),
        record.seconds.total.map_or_else(|| "-".into(), seconds),
        short(command(record)),
    ]
}

/// As much of a command as fits beside the rest.
fn short(line: String) -> String {
    const WIDTH: usize = 60;
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_one_another() {
        let record = |id: &str, profile: &str, status| Record {
            profile_name: profile.into(),
            status,
            command: vec!["sh".into(), "-c".into(), "true\ntrue".into()],
            started: String::new(),
            ..Record::empty(id)
        };
        let runs = [
            (State::Running, record("a", "x86_64-qemu", None)),
            (
                State::Ended,
                Record {
                    verdict: Some(Verdict::Failed),
                    ..record("b", "arm", Some(3))
                },
            ),
        ];
        assert_eq!(
            table(&runs),
            "a  x86_64-qemu  running  -    -  sh -c 'true true'\nb  arm          failed   3    -  sh -c 'true true'\n"
        );
    }
}
