//! What one run of a demo left behind, wherever it ran.

use std::path::PathBuf;

use crate::demo::Observed;
use crate::diag::{Error, Exit, Result};
use crate::run::ending::Conclusion;
use crate::run::verdict::Verdict;

pub struct Report {
    pub observed: Observed,
    pub conclusion: Conclusion,
    /// Run directory, with console.log and run.json.
    pub directory: PathBuf,
    pub seconds: f64,
}

/// Refuses a run that was cut short by a signal for lkmc: nobody can judge it. `status` is the demo's, if it ended.
pub fn complete(status: Option<u8>, conclusion: &Conclusion) -> Result<()> {
    if status.is_some() || conclusion.verdict != Verdict::Failed {
        return Ok(());
    }
    let (signal, reason) = (i32::from(conclusion.status) - 128, conclusion.reason.clone());
    Err(
        Error::new(Exit::Interrupted(signal), "lkmc::suite::interrupted", reason)
            .help("what the demo did until then says nothing about it"),
    )
}
