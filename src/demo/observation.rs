//! What one run of a demo left behind, wherever it ran.

use std::path::PathBuf;

use crate::demo::Observed;
use crate::diag::{Error, Exit, Result};
use crate::run_directory::conclusion::Conclusion;

pub struct Report {
    pub observed: Observed,
    pub conclusion: Conclusion,
    /// Run directory, with console.log and run.json.
    pub directory: PathBuf,
    pub seconds: f64,
}

/// Refuses a run that was cut short by a signal for lkmc: nobody can judge it.
pub fn complete(conclusion: &Conclusion) -> Result<()> {
    let Some(signal) = conclusion.cause.cut_short_by() else {
        return Ok(());
    };
    let reason = conclusion.reason.as_str();
    Err(
        Error::new(Exit::Interrupted(signal), "lkmc::suite::interrupted", reason)
            .help("what the demo did until then says nothing about it"),
    )
}

#[cfg(test)]
mod tests {
    use crate::guest::protocol::Exit as CommandExit;
    use crate::run::ending::Ending;

    use super::*;

    #[test]
    fn only_a_signal_cuts_a_run_short() {
        let status = |ending: Ending| complete(&ending.conclude(None)).err().map(|error| error.exit.status());
        assert_eq!(status(Ending::Interrupted(15)), Some(143));
        assert_eq!(status(Ending::OutputClosed), Some(141));
        for ending in [
            Ending::Command(CommandExit::Code(0)),
            Ending::Command(CommandExit::Code(3)),
            Ending::Simulated(2),
            Ending::Shell(1),
            Ending::PoweredOff,
        ] {
            assert_eq!(status(ending), None);
        }
    }
}
