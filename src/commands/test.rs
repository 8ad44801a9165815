//! `lkmc test`: demos as tests.

use std::process::ExitCode;
use std::time::Instant;

use crate::cli::{Global, Test};
use crate::demo::{Collection, Demo, Kind};
use crate::diag::{Error, Exit, Result};
use crate::profile::Arch;
use crate::suite::report::{self, Progress};
use crate::suite::target::Target;
use crate::suite::{self, CaseResult, CaseVerdict, Options};

pub fn test(global: &Global, arguments: &Test) -> Result<ExitCode> {
    if let Some(path) = &arguments.junit {
        report::check_junit(path)?;
    }
    let demos = chosen(&arguments.filters)?;
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
    let signal = suite::run(&plan, &built, &options, |result| {
        progress.add(&result);
        add(result);
    })?;
    progress.finish();
    let (planned, skipped) = (plan.cases.len(), plan.skips.len());
    for (case, reason) in plan.skips {
        add(CaseResult::skipped(case, reason));
    }
    if let Some(path) = &arguments.junit {
        report::write_junit(&results, path)?;
    }
    written?;
    if !global.json {
        super::print(&format!(
            "{}\n\n{}\n",
            report::table(&results),
            report::summary(&results)
        ))?;
    }
    if signal.is_some() {
        let left = (planned + skipped).saturating_sub(results.len());
        eprintln!("lkmc: interrupted: {left} of {planned} did not run");
    }
    let good = |result: &CaseResult| matches!(result.verdict, CaseVerdict::Pass | CaseVerdict::Skipped);
    let late = options.deadline.is_some_and(|deadline| Instant::now() >= deadline);
    Ok(match (signal, results.iter().all(good)) {
        (Some(signal), _) => Exit::Interrupted(signal).into(),
        (None, true) => ExitCode::SUCCESS,
        (None, false) if late => Exit::Timeout.into(),
        (None, false) => Exit::Failed.into(),
    })
}

/// The demos that are meant. One broken block is reason enough to run none.
fn chosen(filters: &[String]) -> Result<Vec<Demo>> {
    let (mut demos, mut errors) = (Vec::new(), Vec::new());
    for (_, result) in Collection::installed()?.matching(filters)? {
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
