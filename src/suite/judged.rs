//! What came of one run of a demo: what was seen of it, and whether that is what the demo promises.

use std::path::PathBuf;

use serde::Serialize;

use crate::demo::observation::Report;
use crate::demo::{Expect, Mismatch, Observed, Run, compare, mutations};
use crate::exit::Exit;
use crate::nix::demos::BuiltDemo;
use crate::verdict::Verdict;

use super::target::Case;

/// From the least to what outweighs all others of a demo's runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    Skipped,
    Pass,
    /// It could not be built, or its guest could not be run: nothing was judged.
    Error,
    /// Something was not as expected.
    Failed,
}

impl Judgement {
    pub fn as_str(self) -> &'static str {
        match self {
            Judgement::Pass => "pass",
            Judgement::Failed => "FAILED",
            Judgement::Error => "ERROR",
            Judgement::Skipped => "skipped",
        }
    }
}

/// One run of one demo on one profile, for people, for programs and for JUnit.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judged {
    pub demo: String,
    pub profile: String,
    /// Its name in the block, if it has one.
    pub run: Option<String>,
    pub verdict: Judgement,
    /// From the start of the emulator to its end.
    pub seconds: f64,
    /// What the guest ended in, and why.
    pub guest: Verdict,
    pub reason: String,
    /// Of the guest's command; none if it did not end.
    pub status: Option<u8>,
    pub stdout: String,
    pub stderr: String,
    /// Of the guest's kernel.
    pub dmesg: Vec<String>,
    pub stack: Vec<String>,
    /// Promises that were not kept.
    pub mismatches: Vec<String>,
    /// Promises that were flipped without any comparison noticing.
    pub unproven: Vec<String>,
    /// Run directory.
    pub directory: PathBuf,
    /// The compiler's.
    pub warnings: String,
    /// The verdict that was promised.
    #[serde(skip)]
    promised: Verdict,
}

impl Judged {
    /// `mutate`: flip each promise that was kept, and see the comparison fail.
    pub fn of(case: Case, run: &Run, built: &BuiltDemo, report: Report, mutate: bool) -> Judged {
        let (mut verdict, mismatches) = judge(&run.expect, &report.observed);
        let unproven = match mutate && verdict == Judgement::Pass {
            true => unproven(&run.expect, &report.observed),
            false => Vec::new(),
        };
        if !unproven.is_empty() {
            verdict = Judgement::Failed;
        }
        let observed = report.observed;
        Judged {
            demo: case.demo.name.clone(),
            profile: case.target.profile.name.clone(),
            run: run.name.clone(),
            verdict,
            seconds: report.seconds,
            guest: report.conclusion.verdict,
            reason: report.conclusion.reason,
            status: observed.status,
            stdout: observed.stdout,
            stderr: observed.stderr,
            dmesg: observed.dmesg,
            stack: observed.stack,
            mismatches: mismatches.iter().map(Mismatch::to_string).collect(),
            unproven,
            directory: report.directory,
            warnings: built.content.warnings.clone(),
            promised: run.expect.verdict,
        }
    }

    /// The demo's promise decides. Where one was broken, what happened to the guest says more than 1 could.
    pub fn exit_status(&self) -> u8 {
        match (self.verdict, self.guest) {
            (Judgement::Pass | Judgement::Skipped, _) => 0,
            (Judgement::Error, _) => Exit::Infrastructure.status(),
            (Judgement::Failed, verdict) if verdict == self.promised => Exit::Failed.status(),
            (_, Verdict::Panic | Verdict::Oops | Verdict::Lockup | Verdict::NoInit) => Exit::GuestKernel.status(),
            (_, Verdict::Timeout) => Exit::Timeout.status(),
            (_, Verdict::EmulatorDied) => Exit::Infrastructure.status(),
            (_, Verdict::Pass | Verdict::Failed) => Exit::Failed.status(),
        }
    }

    /// `(NAME)` behind a blank, if it has one.
    pub fn title(&self) -> String {
        self.run.as_ref().map(|name| format!(" ({name})")).unwrap_or_default()
    }

    /// `the guest ended in panic: ...`
    pub fn ending(&self) -> String {
        format!("ended in {}: {}", self.guest.as_str(), self.reason)
    }
}

/// A guest whose emulator died, where nobody promised that, has kept no promise and broken none.
fn judge(expect: &Expect, observed: &Observed) -> (Judgement, Vec<Mismatch>) {
    let died = |verdict| verdict == Verdict::EmulatorDied;
    if observed.verdict.is_some_and(died) && !died(expect.verdict) {
        return (Judgement::Error, Vec::new());
    }
    let mismatches = compare(expect, observed);
    match mismatches.is_empty() {
        true => (Judgement::Pass, mismatches),
        false => (Judgement::Failed, mismatches),
    }
}

fn unproven(expect: &Expect, observed: &Observed) -> Vec<String> {
    let unnoticed = mutations(expect)
        .into_iter()
        .filter(|(_, flipped)| compare(flipped, observed).is_empty());
    unnoticed.map(|(what, _)| what).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_emulator_is_no_broken_promise() {
        let seen = |verdict, status| Observed {
            verdict: Some(verdict),
            status,
            ..Observed::default()
        };
        let judged = |expect: &Expect, observed: &Observed| {
            let (judgement, mismatches) = judge(expect, observed);
            (judgement, mismatches.is_empty())
        };
        let usual = Expect::anything();
        let dies = Expect {
            verdict: Verdict::EmulatorDied,
            status: None,
            ..Expect::anything()
        };
        let died = seen(Verdict::EmulatorDied, None);
        assert_eq!(judged(&usual, &died), (Judgement::Error, true));
        assert_eq!(judged(&dies, &died), (Judgement::Pass, true));
        assert_eq!(judged(&dies, &seen(Verdict::Pass, Some(0))), (Judgement::Failed, false));
        assert_eq!(judged(&usual, &seen(Verdict::Pass, Some(0))), (Judgement::Pass, true));
        assert_eq!(judged(&usual, &seen(Verdict::Panic, None)), (Judgement::Failed, false));
        assert!(Judgement::Failed > Judgement::Error && Judgement::Error > Judgement::Pass);
    }
}
