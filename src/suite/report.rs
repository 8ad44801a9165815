//! What a run of demos tells: a line per demo as it ends, the failures with their logs, a table, JSON and JUnit.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::emulator::qemu::CONSOLE_LOG;

use super::CaseResult;
use super::judged::{Judged, Judgement};

/// How much of a failed run's console is shown.
const SHOWN_LINES: usize = 25;

/// On a terminal one line that changes; elsewhere a line per demo.
pub struct Progress {
    bar: ProgressBar,
    total: usize,
    done: usize,
    lines: bool,
}

impl Progress {
    pub fn new(total: usize, quiet: bool) -> Progress {
        let terminal = rustix::termios::isatty(std::io::stderr());
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Progress {
            bar,
            total,
            done: 0,
            lines: !terminal && !quiet,
        }
    }

    pub fn add(&mut self, result: &CaseResult) {
        self.done += 1;
        self.bar.inc(1);
        self.bar.set_message(format!("{} {}", result.demo, result.profile));
        if self.lines {
            eprintln!(
                "[{}/{}] {:7} {:6.2} s  {} {}",
                self.done,
                self.total,
                result.verdict.as_str(),
                result.seconds,
                result.profile,
                result.demo
            );
        }
        if matches!(result.verdict, Judgement::Failed | Judgement::Error) {
            let text = failure(result);
            self.bar.suspend(|| eprintln!("{text}"));
        }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A failure with its differences and the end of its console.
pub fn failure(result: &CaseResult) -> String {
    let mut text = format!("{} {} on {}", result.verdict.as_str(), result.demo, result.profile);
    if let Some(reason) = &result.reason {
        text += &format!("\n{}", indented(reason));
    }
    let bad = |run: &&Judged| run.verdict != Judgement::Pass;
    for run in result.runs.iter().filter(bad) {
        text += &format!("\n  the guest{} {}", run.title(), run.ending());
        for mismatch in &run.mismatches {
            text += &format!("\n{}", indented(mismatch));
        }
        for unproven in &run.unproven {
            text += &format!("\n  nothing compares this expectation: {unproven}");
        }
        for line in &run.stack {
            text += &format!("\n  stack: {line}");
        }
        text += &format!("\n  the end of {}:", run.directory.join(CONSOLE_LOG).display());
        for line in last_lines(&run.directory.join(CONSOLE_LOG)) {
            text += &format!("\n  | {line}");
        }
    }
    text
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn last_lines(log: &Path) -> Vec<String> {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

/// A row for each demo, a column for each profile.
pub fn table(results: &[CaseResult]) -> String {
    let mut profiles: Vec<&str> = Vec::new();
    let mut rows: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    for result in results {
        if !profiles.contains(&result.profile.as_str()) {
            profiles.push(&result.profile);
        }
        let cell = match result.verdict {
            Judgement::Skipped => "skipped".to_owned(),
            verdict => format!("{} {:.2} s", verdict.as_str(), result.seconds),
        };
        rows.entry(&result.demo).or_default().insert(&result.profile, cell);
    }
    profiles.sort_unstable();
    let first = rows.keys().map(|name| name.len()).max().unwrap_or(0);
    let width = |profile: &str| {
        let cells = rows.values().filter_map(|row| row.get(profile)).map(String::len);
        cells.chain([profile.len()]).max().unwrap_or(0)
    };
    let line = |name: &str, cell: &dyn Fn(&str) -> String| {
        let cells: Vec<String> = profiles
            .iter()
            .map(|profile| format!("{:w$}", cell(profile), w = width(profile)))
            .collect();
        format!("{name:first$}  {}", cells.join("  ")).trim_end().to_owned()
    };
    let mut lines = vec![line("", &|profile| profile.to_owned())];
    for (name, row) in &rows {
        lines.push(line(name, &|profile| {
            row.get(profile).cloned().unwrap_or_else(|| "-".into())
        }));
    }
    lines.join("\n")
}

/// `SKIPPED` lines, and the line that counts.
pub fn summary(results: &[CaseResult]) -> String {
    let count = |wanted: &[Judgement]| results.iter().filter(|result| wanted.contains(&result.verdict)).count();
    let mut lines: Vec<String> = results
        .iter()
        .filter(|result| result.verdict == Judgement::Skipped)
        .map(|result| {
            format!(
                "SKIPPED {} on {}: {}",
                result.demo,
                result.profile,
                result.reason.as_deref().unwrap_or_default()
            )
        })
        .collect();
    lines.sort();
    lines.push(format!(
        "{} passed, {} failed, {} skipped",
        count(&[Judgement::Pass]),
        count(&[Judgement::Failed, Judgement::Error]),
        count(&[Judgement::Skipped])
    ));
    lines.join("\n")
}

/// All of it for JUnit: a test suite for each profile.
pub fn junit(results: &[CaseResult]) -> Report {
    let mut report = Report::new("lkmc test");
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for result in results {
        let suite = suites
            .entry(&result.profile)
            .or_insert_with(|| TestSuite::new(result.profile.as_str()));
        suite.add_test_case(junit_case(result));
    }
    report.add_test_suites(suites.into_values());
    report
}

fn junit_case(result: &CaseResult) -> TestCase {
    let non_success = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_description(failure(result));
        status
    };
    let status = match result.verdict {
        Judgement::Pass => TestCaseStatus::success(),
        Judgement::Failed => non_success(NonSuccessKind::Failure),
        Judgement::Error => non_success(NonSuccessKind::Error),
        Judgement::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(result.reason.clone().unwrap_or_default());
            status
        }
    };
    let mut case = TestCase::new(result.demo.as_str(), status);
    case.set_time(Duration::from_secs_f64(result.seconds));
    case
}
