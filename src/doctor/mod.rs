//! What this machine can do, and how to fix what it cannot.
//!
//! [`facts::Facts`] is what was seen, [`checks`] turns it into findings without looking at the machine again.

pub mod checks;
pub mod facts;
mod namespaces;
mod programs;

use serde::Serialize;

pub use checks::CHECKS;
pub use facts::Facts;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Ok,
    /// Something is slower or missing; profiles still build and run.
    Warn,
    /// Nothing can be built or run until this is fixed.
    Fail,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        }
    }
}

/// What one check says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub verdict: Verdict,
    pub what: String,
    /// How to fix it.
    pub remedy: Option<String>,
}

impl Finding {
    pub fn ok(what: impl Into<String>) -> Finding {
        Finding {
            verdict: Verdict::Ok,
            what: what.into(),
            remedy: None,
        }
    }

    pub fn warn(what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding {
            verdict: Verdict::Warn,
            what: what.into(),
            remedy: Some(remedy.into()).filter(|remedy| !remedy.is_empty()),
        }
    }

    pub fn fail(what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding {
            verdict: Verdict::Fail,
            ..Finding::warn(what, remedy)
        }
    }
}

/// One line of the doctor's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub check: &'static str,
    #[serde(flatten)]
    pub finding: Finding,
}

/// Every check that applies to this machine, in the order of the table.
pub fn examine(facts: &Facts) -> Vec<Line> {
    let line =
        |(check, function): &(&'static str, checks::Check)| function(facts).map(|finding| Line { check, finding });
    CHECKS.iter().filter_map(line).collect()
}

/// Whether a profile can be built and run here.
pub fn runs_possible(lines: &[Line]) -> bool {
    lines.iter().all(|line| line.finding.verdict < Verdict::Fail)
}
