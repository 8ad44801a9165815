//! What one run of a demo left behind, wherever it ran.

use std::path::{Path, PathBuf};

use crate::demo::{Observed, Run};
use crate::diag::{Error, Exit, Result};
use crate::run_directory::conclusion::{Cause, Conclusion};

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

/// Refuses a run whose QEMU ended before it said anything, where the block names a processor: nothing else of the block's is QEMU's to
/// judge before the guest runs, but for `qemu-args`. `said`: what is in the console's log or the program's output.
pub fn begun(run: &Run, conclusion: &Conclusion, said: &Path) -> Result<()> {
    let Some(model) = run.machine.cpu_model.as_ref() else {
        return Ok(());
    };
    let silent = said.metadata().map_or(true, |file| file.len() == 0);
    if conclusion.cause != Cause::Emulator || !silent {
        return Ok(());
    }
    let message = format!(
        "QEMU does not start with the processor `{}`: {}",
        model.name, conclusion.reason
    );
    let refusal = Error::usage("lkmc::demo::cpu_refused", message).help("correct `cpu-model`, or leave it out");
    Err(match &model.span {
        Some(span) => refusal.label(span, "asked for here"),
        None => refusal,
    })
}

#[cfg(test)]
mod tests {
    use crate::demo::{CpuModel, Expect, Machine};
    use crate::guest::protocol::Exit as CommandExit;
    use crate::run::ending::Ending;
    use crate::source::Source;

    use super::*;

    #[test]
    fn an_emulator_that_does_not_start_with_a_processor_is_the_blocks_fault() {
        let block = Source::new("x.S", "cpu-model = \"max,sev=on\"\n");
        let model = CpuModel {
            name: "max,sev=on".into(),
            span: Some(block.span(12..24)),
        };
        let mut run = Run {
            name: None,
            arches: None,
            guest: "./x".into(),
            machine: Machine {
                cpu_model: Some(model),
                ..Machine::default()
            },
            timeout: std::time::Duration::from_secs(1),
            expect: Expect::anything(),
            span: None,
        };
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("console.log");
        let died = Ending::EmulatorDied("the emulator exited with status 1: no such property".into()).conclude(None);
        let error = begun(&run, &died, &log).unwrap_err();
        assert_eq!((error.exit.status(), error.code()), (2, "lkmc::demo::cpu_refused"));
        assert!(error.to_string().ends_with("no such property"), "{error}");
        assert_eq!(error.diagnostics[0].labels[0].span.text(), "\"max,sev=on\"");
        std::fs::write(&log, "").unwrap();
        assert!(begun(&run, &died, &log).is_err());
        // It ran, and died later.
        std::fs::write(&log, "Linux").unwrap();
        assert!(begun(&run, &died, &log).is_ok());
        std::fs::remove_file(&log).unwrap();
        let ended = Ending::Command(CommandExit::Code(1)).conclude(None);
        assert!(begun(&run, &ended, &log).is_ok());
        run.machine.cpu_model = None;
        assert!(begun(&run, &died, &log).is_ok());
    }

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
