//! `lkmc doctor`: what this machine can do, and how to fix what it cannot.

use std::process::ExitCode;

use serde_json::json;

use super::{print, print_json};
use crate::cli::Global;
use crate::diag::{Exit, Result};
use crate::doctor::{self, Facts, Line};

pub fn run(global: &Global) -> Result<ExitCode> {
    let lines = doctor::examine(&Facts::gather());
    let possible = doctor::runs_possible(&lines);
    match global.json {
        true => print_json(&json!({ "runs-possible": possible, "checks": lines }))?,
        false => print(&table(&lines, possible))?,
    };
    Ok(match possible {
        true => ExitCode::SUCCESS,
        false => Exit::Infrastructure.into(),
    })
}

fn table(lines: &[Line], possible: bool) -> String {
    let width = lines.iter().map(|line| line.check.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Line { check, finding } in lines {
        text += &format!("{:<4}  {check:<width$}  {}\n", finding.verdict.as_str(), finding.what);
        if let Some(remedy) = &finding.remedy {
            text += &format!("{:<4}  {:<width$}  to fix it: {remedy}\n", "", "");
        }
    }
    text += match possible {
        true => "\nProfiles can be built and run here.\n",
        false => "\nProfiles cannot be built here until every FAIL is fixed.\n",
    };
    text
}
