//! `lkmc run diff`, and how the differences of two runs are shown.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::changes::section;
use crate::cli::Global;
use crate::commands::{print, print_json};
use crate::diag::{Exit, Result};
use crate::run_directory::difference::Difference;
use crate::run_directory::run_json::Record;

pub fn diff(global: &Global, left: &Record, right: &Record) -> Result<ExitCode> {
    let difference = Difference::between(left, right);
    match global.json {
        true => print_json(&to_json(left, right, &difference))?,
        false => print(&shown(left, right, &difference))?,
    };
    Ok(match difference.is_none() {
        true => ExitCode::SUCCESS,
        false => Exit::Failed.into(),
    })
}

pub fn to_json(left: &Record, right: &Record, difference: &Difference) -> Value {
    json!({
        "left": left.id, "right": right.id,
        "equal-inputs": difference.has_equal_inputs(), "equal-outcome": difference.outcome.is_empty(),
        "difference": difference,
    })
}

/// What went in stands before what came out: it may explain it.
pub fn shown(left: &Record, right: &Record, difference: &Difference) -> String {
    let names = [left.id.as_str(), right.id.as_str()];
    let inputs = [
        ("Settings", &difference.settings),
        ("What was built", &difference.built),
        ("Other inputs", &difference.other),
    ];
    let mut text: String = match difference.has_equal_inputs() {
        true => "Inputs: equal\n".into(),
        false => inputs
            .iter()
            .map(|(title, changes)| section(title, names, changes))
            .collect(),
    };
    text += &match difference.outcome.is_empty() {
        true => format!("Outcome: equal{}\n", outcome(left)),
        false => section("Outcome", names, &difference.outcome),
    };
    if !difference.information.is_empty() {
        text += &section("For information", names, &difference.information);
    }
    if left.gem5.is_some() && right.gem5.is_some() {
        text += &format!("Statistics: `lkmc gem5 stats {} --compare {}`\n", left.id, right.id);
    }
    text
}

fn outcome(record: &Record) -> String {
    match (record.verdict, record.status) {
        (Some(verdict), Some(status)) => format!(" ({}, status {status})", verdict.as_str()),
        _ => String::new(),
    }
}
