//! `lkmc test`: demos as tests.

use std::process::ExitCode;
use std::time::Instant;

use crate::cli::{Global, Test};
use crate::demo::{Collection, Demo, Kind};
use crate::diag::{Error, Exit, Result};
use crate::junit;
use crate::nix::demos::Outcome;
use crate::profile::Arch;
use crate::suite::judged::Judgement;
use crate::suite::report::{self, Progress};
use crate::suite::target::Target;
use crate::suite::{self, CaseResult, Options, Plan};

pub fn test(global: &Global, arguments: &Test) -> Result<ExitCode> {
    if let Some(path) = &arguments.junit {
        junit::check(path)?;
    }
    let demos = chosen(global, &arguments.filters)?;
    let options = options(global, arguments);
    if let (Some(seed), false) = (options.seed, global.json) {
        eprintln!("lkmc: the order is shuffled; --shuffle={seed} repeats it");
    }
    let profiles = profiles(&arguments.profile);
    if global.dry_run && demos.iter().any(|demo| demo.kind != Kind::BareMetal) {
        let unbuilt = unbuilt(global, &profiles)?;
        if !unbuilt.is_empty() {
            return super::print(&format!(
                "{unbuilt}# which demos suit these kernels is known when they have been built\n"
            ));
        }
    }
    let targets = profiles
        .iter()
        .map(|name| Target::build(crate::profile::load(name)?, &demos, &options.build))
        .collect::<Result<Vec<_>>>()?;
    let plan = suite::plan(&demos, &targets, &options)?;
    if global.dry_run {
        let line = |case: &suite::Case| format!("{} {}\n", case.target.profile.name, case.demo.name);
        return super::print(&plan.cases.iter().map(line).collect::<String>());
    }
    let built = suite::build(&plan, &targets, &options)?;
    let ran = carry_out(global, &plan, &built, &options)?;
    if let Some(path) = &arguments.junit {
        junit::write(&report::junit(&ran.results), path)?;
    }
    conclude(global, ran, plan.cases.len() + plan.skips.len(), options.deadline)
}

/// What a plan came to.
struct Ran {
    results: Vec<CaseResult>,
    /// The signal that ended it.
    signal: Option<i32>,
    /// Whether the results could be printed.
    written: Result<ExitCode>,
}

/// Runs all of it, and tells each result as it comes.
fn carry_out(global: &Global, plan: &Plan, built: &[Outcome], options: &Options) -> Result<Ran> {
    let mut results: Vec<CaseResult> = Vec::new();
    let mut progress = Progress::new(plan.cases.len(), global.json);
    let mut written = Ok(ExitCode::SUCCESS);
    let mut add = |result: CaseResult| {
        if global.json && written.is_ok() {
            // Plain data that serde_json can always represent.
            written = super::print(&format!("{}\n", serde_json::to_string(&result).unwrap_or_default()));
        }
        results.push(result);
    };
    let signal = suite::run(plan, built, options, |result| {
        progress.add(&result);
        add(result);
    })?;
    progress.finish();
    for (case, reason) in &plan.skips {
        add(CaseResult::skipped(*case, reason.clone()));
    }
    Ok(Ran {
        results,
        signal,
        written,
    })
}

/// What all of it means. `planned`: how many results there would be if nobody had interrupted.
fn conclude(global: &Global, ran: Ran, planned: usize, deadline: Option<Instant>) -> Result<ExitCode> {
    let results = ran.results;
    ran.written?;
    if !global.json {
        super::print(&format!(
            "{}\n\n{}\n",
            report::table(&results),
            report::summary(&results)
        ))?;
    }
    if ran.signal.is_some() {
        let skipped = results
            .iter()
            .filter(|result| result.verdict == Judgement::Skipped)
            .count();
        let (left, all) = (planned.saturating_sub(results.len()), planned.saturating_sub(skipped));
        eprintln!("lkmc: interrupted: {left} of {all} did not run");
    }
    let good = |result: &CaseResult| matches!(result.verdict, Judgement::Pass | Judgement::Skipped);
    let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
    Ok(match (ran.signal, results.iter().all(good)) {
        (Some(signal), _) => Exit::Interrupted(signal).into(),
        (None, true) => ExitCode::SUCCESS,
        (None, false) if late => Exit::Timeout.into(),
        (None, false) => Exit::Failed.into(),
    })
}

/// The demos that are meant. One broken block is reason enough to run none.
fn chosen(global: &Global, filters: &[String]) -> Result<Vec<Demo>> {
    let (mut demos, mut errors) = (Vec::new(), Vec::new());
    let chosen = Collection::installed()?.chosen(filters)?;
    super::demo::tell_left_out(global, &chosen);
    for (_, result) in chosen.demos {
        match result {
            Ok(demo) => demos.push(demo),
            Err(error) => errors.push(error),
        }
    }
    Error::join(errors).map_or(Ok(demos), Err)
}

fn options(global: &Global, arguments: &Test) -> Options {
    let processors = std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN);
    Options {
        jobs: arguments.jobs.unwrap_or(processors),
        seed: arguments
            .shuffle
            .map(|seed| seed.unwrap_or_else(|| fastrand::u64(..1_000_000))),
        once: arguments.once,
        mutate: arguments.mutate,
        deadline: global.timeout.map(|timeout| Instant::now() + timeout),
        build: super::build::options(global),
    }
}

/// Names of those to test on.
fn profiles(names: &[String]) -> Vec<String> {
    match names {
        [] => Arch::ALL.iter().map(|arch| arch.default_profile()).collect(),
        names => names.to_vec(),
    }
}

/// The commands that build what is not built.
fn unbuilt(global: &Global, profiles: &[String]) -> Result<String> {
    let mut commands = String::new();
    for name in profiles {
        if let Some(command) = super::preview::unbuilt(global, &crate::profile::load(name)?)? {
            commands += &format!("{command}\n");
        }
    }
    Ok(commands)
}
