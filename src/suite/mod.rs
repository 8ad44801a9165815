//! Demos as tests: which ones run where, side by side over the processors, each run in a pristine guest.
//!
//! ```text
//! demos x targets -> Plan (cases, skips) -> nix (one evaluation per target) -> workers -> CaseResult -> report
//! ```

pub mod files;
pub mod guest;
pub mod judged;
pub mod report;
pub mod target;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use serde::Serialize;

use crate::demo::Demo;
use crate::demo::select::Selection;
use crate::diag::Result;
use crate::host::signals;
use crate::host::user::UserEvent;
use crate::nix;
use crate::nix::demos::{BuiltDemo, Outcome};
use crate::qemu::ports;

use self::judged::{Judged, Judgement};
use self::target::Target;

pub use self::target::Case;

/// How a run of demos is to be carried out.
pub struct Options {
    /// Guests side by side.
    pub jobs: NonZeroUsize,
    /// Order of the cases: as found, or shuffled by this seed.
    pub seed: Option<u64>,
    /// Each demo once per architecture and kernel series, on the first target that has what it needs.
    pub once: bool,
    /// Prove that each expectation is compared: flip it and see the comparison fail.
    pub mutate: bool,
    pub deadline: Option<Instant>,
    pub build: nix::Options,
}

pub struct Plan<'a> {
    pub cases: Vec<Case<'a>>,
    pub skips: Vec<(Case<'a>, String)>,
}

/// What became of one demo on one profile.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseResult {
    pub demo: String,
    pub profile: String,
    /// That of the run that came out worst.
    pub verdict: Judgement,
    /// Of its guests, from the start of the emulator to its end.
    pub seconds: f64,
    /// Why it was skipped, or why it or one of its runs left nothing to judge; what a guest ended in stands in its run.
    pub reason: Option<String>,
    pub runs: Vec<Judged>,
}

/// Decides which demo runs where.
pub fn plan<'a>(demos: &'a [Demo], targets: &'a [Target], options: &Options) -> Result<Plan<'a>> {
    let mut plan = Plan {
        cases: Vec::new(),
        skips: Vec::new(),
    };
    for demo in demos {
        let mut served = BTreeSet::new();
        let mut skips: Vec<(Case, String)> = Vec::new();
        for target in targets {
            let case = Case { demo, target };
            let kind = (target.profile.arch, target.profile.kernel.version.as_str());
            match target.select(demo)? {
                Selection::Runs if options.once && !served.insert(kind) => {}
                Selection::Runs => {
                    served.insert(kind);
                    plan.cases.push(case);
                }
                Selection::Skipped { reason } => skips.push((case, reason)),
            }
        }
        // What another target of the kind makes up for is no skip.
        let missing = |case: &Case| {
            let profile = &case.target.profile;
            !(options.once && served.contains(&(profile.arch, profile.kernel.version.as_str())))
        };
        plan.skips.extend(skips.into_iter().filter(|(case, _)| missing(case)));
    }
    if let Some(seed) = options.seed {
        fastrand::Rng::with_seed(seed).shuffle(&mut plan.cases);
    }
    Ok(plan)
}

/// Builds what the plan needs: for each case its demo, or why that could not be built.
pub fn build(plan: &Plan, targets: &[Target], options: &Options) -> Result<Vec<Outcome>> {
    let mut outcomes: Vec<Option<Outcome>> = plan.cases.iter().map(|_| None).collect();
    for target in targets {
        let of_target = |index: &usize| std::ptr::eq(plan.cases[*index].target, target);
        let indices: Vec<usize> = (0..plan.cases.len()).filter(of_target).collect();
        let demos: Vec<&Demo> = indices.iter().map(|&index| plan.cases[index].demo).collect();
        let built = crate::demo::build::build(&target.profile, &demos, &options.build)?;
        indices
            .into_iter()
            .zip(built)
            .for_each(|(index, outcome)| outcomes[index] = Some(outcome));
    }
    // Each case is of one of the targets.
    Ok(outcomes.into_iter().flatten().collect())
}

/// Runs every case, several at once, and hands each result on as it comes. The signal, if one ended it.
pub fn run(
    plan: &Plan,
    built: &[Outcome],
    options: &Options,
    mut on_result: impl FnMut(CaseResult),
) -> Result<Option<i32>> {
    let (sender, signals) = unbounded();
    signals::listen(sender)?;
    let (signal, turn) = (AtomicI32::new(0), Mutex::new(()));
    let (queue, jobs) = unbounded();
    // The other end lives until the scope ends.
    for index in 0..plan.cases.len() {
        let _ = queue.send(index);
    }
    drop(queue);
    let (results, finished) = unbounded();
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.get().min(plan.cases.len().max(1)) {
            let worker = Worker {
                plan,
                built,
                options,
                signal: &signal,
                turn: &turn,
                signals: signals.clone(),
                results: results.clone(),
            };
            let jobs = jobs.clone();
            scope.spawn(move || jobs.iter().take_while(|&index| worker.carry_out(index)).count());
        }
        drop(results);
        finished.iter().for_each(&mut on_result);
    });
    Ok(Some(signal.into_inner()).filter(|signal| *signal != 0))
}

struct Worker<'a> {
    plan: &'a Plan<'a>,
    built: &'a [Outcome],
    options: &'a Options,
    /// Of a signal that ends it all; 0 for none.
    signal: &'a AtomicI32,
    /// Whose turn it is among guests that may want the same port of this machine.
    turn: &'a Mutex<()>,
    signals: Receiver<UserEvent>,
    results: Sender<CaseResult>,
}

impl Worker<'_> {
    /// False when there is no point in going on.
    fn carry_out(&self, index: usize) -> bool {
        let case = self.plan.cases[index];
        let in_turn = ports::are_fixed(&case.target.profile);
        // It guards nothing that a panic could have left half done.
        let _turn = in_turn.then(|| self.turn.lock().unwrap_or_else(PoisonError::into_inner));
        self.look_for_signals();
        if self.is_stopped() {
            return false;
        }
        let result = match &self.built[index] {
            Ok(built) => run_case(case, built, self.options),
            Err(failure) => CaseResult::error(case, format!("it does not build:\n{}", failure.log.trim_end())),
        };
        self.look_for_signals();
        // A guest that was cut short says nothing about its demo.
        !self.is_stopped() && self.results.send(result).is_ok()
    }

    fn is_stopped(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    fn look_for_signals(&self) {
        while let Ok(event) = self.signals.try_recv() {
            if let UserEvent::Signal(signal) = event {
                self.signal.store(signal, Ordering::Relaxed);
            }
        }
    }
}

/// All runs of a demo on one target, each in a guest of its own.
fn run_case(case: Case, built: &BuiltDemo, options: &Options) -> CaseResult {
    let mut result = CaseResult::new(case, Judgement::Pass);
    for run in case.demo.runs_on(case.target.profile.arch) {
        let left = options
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            result.cannot("the time given by --timeout is over".into());
            break;
        }
        let run = &*crate::demo::build::settled(case.demo, run, built);
        match case.target.observe(case.demo, run, built, left) {
            Ok(report) => result.add(Judged::of(case, run, built, report, options.mutate)),
            Err(error) => result.cannot(error.to_string()),
        }
    }
    result
}

impl CaseResult {
    fn new(case: Case, verdict: Judgement) -> CaseResult {
        CaseResult {
            demo: case.demo.name.clone(),
            profile: case.target.profile.name.clone(),
            verdict,
            seconds: 0.0,
            reason: None,
            runs: Vec::new(),
        }
    }

    pub fn skipped(case: Case, reason: String) -> CaseResult {
        CaseResult {
            reason: Some(reason),
            ..CaseResult::new(case, Judgement::Skipped)
        }
    }

    fn error(case: Case, reason: String) -> CaseResult {
        CaseResult {
            reason: Some(reason),
            ..CaseResult::new(case, Judgement::Error)
        }
    }

    fn add(&mut self, run: Judged) {
        self.seconds += run.seconds;
        self.verdict = self.verdict.max(run.verdict);
        self.runs.push(run);
    }

    /// A run could not be judged.
    fn cannot(&mut self, reason: String) {
        self.verdict = self.verdict.max(Judgement::Error);
        self.reason = Some(reason);
    }
}
