//! `lkmc run`: runs that were.

use std::process::ExitCode;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use crate::cli::{self, Global};
use crate::diag::Result;
use crate::run_directory::lookup;
use crate::run_directory::run_json::Record;
use crate::shell;

pub mod again;
mod diff;
mod list;
mod show;

pub fn runs(global: &Global, command: cli::Runs) -> Result<ExitCode> {
    let runs = crate::paths::runs()?;
    let named = |name: &str| lookup::recorded(&runs, name);
    match command {
        cli::Runs::List { number } => list::list(global, &runs, number.get()),
        cli::Runs::Show { run } => show::show(global, &named(&run)?),
        cli::Runs::Diff { left, right } => diff::diff(global, &named(&left.run)?.record, &named(&right)?.record),
        cli::Runs::Again { run } => again::again(global, &named(&run.run)?),
    }
}

/// What ran in the guest, on one line.
fn command(record: &Record) -> String {
    match record.command.is_empty() {
        true => "(shell)".into(),
        false => shell::line(&record.command).replace('\n', " "),
    }
}

/// How long ago a run began; nothing where its record does not say when.
fn age(record: &Record) -> String {
    let began = DateTime::parse_from_rfc3339(&record.started).ok();
    let passed = began.map(|began| {
        DateTime::<Utc>::from(SystemTime::now())
            .signed_duration_since(began)
            .num_seconds()
    });
    passed.map_or_else(String::new, |seconds| format!("{} ago", rough(seconds.max(0))))
}

/// In the largest unit of which there are two.
fn rough(seconds: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let unit = UNITS.iter().find(|(length, _)| seconds >= 2 * length);
    unit.map_or_else(
        || format!("{seconds} s"),
        |(length, name)| format!("{} {name}", seconds / length),
    )
}

/// As many digits as anybody looks at.
fn seconds(time: f64) -> String {
    format!("{time:.2} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rough() {
        let all = [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7199, "119 min"),
            (7200, "2 h"),
            (172_800, "2 d"),
        ];
        for (seconds, text) in all {
            assert_eq!(rough(seconds), text);
        }
    }
}
