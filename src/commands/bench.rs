//! `lkmc bench`: measure on gem5, and show what was measured.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::again::{Counted, Output};
use crate::bench::study::{Axis, Directory, Mode, Study};
use crate::bench::values::Values;
use crate::bench::{inputs, models, paint, plot, points, results, runner, table};
use crate::cli::{self, Global};
use crate::diag::{Error, Exit, Result};
use crate::gem5::about;
use crate::host::terminal;
use crate::patterns;
use crate::run::set_up::push::Push;
use crate::run_directory::difference::Difference;
use crate::run_directory::id;
use crate::run_directory::lookup;

use super::program::{Program, demo_of};
use super::runs::again;

pub fn bench(global: &Global, command: cli::Bench) -> Result<ExitCode> {
    match command {
        cli::Bench::Run { measure, repeat } => run(global, &measure, Vec::new(), repeat, 1),
        cli::Bench::Sweep {
            measure,
            over,
            repeat,
            jobs,
        } => run(global, &measure, over, repeat, jobs),
        cli::Bench::List => list(global),
        cli::Bench::Show { study, stat } => show(global, &study.study, &stat),
        cli::Bench::Plot {
            study,
            x,
            y,
            pareto,
            output,
        } => draw(&study.study, x.as_deref(), &y, pareto.as_deref(), &output),
        cli::Bench::Compare { before, after, measure } => compare(global, &before, &after, &measure),
        cli::Bench::Export { study, format, stat } => export(&study.study, format, &stat),
        cli::Bench::Verify { run } => verify(global, &run),
    }
}

fn run(global: &Global, measure: &cli::Measure, axes: Vec<Axis>, repeat: u32, jobs: usize) -> Result<ExitCode> {
    let study = study(global, measure, axes, repeat)?;
    let parent = crate::paths::benches()?;
    let name = match &measure.study {
        Some(name) => name.clone(),
        None => id::new(),
    };
    let (directory, points) = open(&parent, &name, &study)?;
    let limits = runner::Limits {
        jobs: jobs.max(1),
        timeout: global.timeout,
    };
    let outcomes = runner::run(&directory, &study, &points, &limits)?;
    print_results(global, &Values::of(&study, &outcomes, &crate::paths::runs()?))?;
    eprintln!("lkmc: the study is `{name}` in {}", parent.display());
    let equal = tell_of_unequal(&outcomes);
    let failed = outcomes
        .iter()
        .any(|outcome| outcome.measured.is_none() || outcome.status != 0);
    Ok(match failed || !equal {
        true => Exit::Failed.into(),
        false => ExitCode::SUCCESS,
    })
}

/// What is to be measured, with what it depends on. What cannot be is refused.
fn study(global: &Global, measure: &cli::Measure, axes: Vec<Axis>, repeat: u32) -> Result<Study> {
    let mode = match (measure.no_kernel, measure.bare_metal) {
        (true, _) => Mode::SyscallEmulation,
        (_, true) => Mode::BareMetal,
        _ => Mode::FullSystem,
    };
    let study = Study {
        profile: measure.machine.profile.name.clone(),
        set: measure.machine.settings.typed(),
        axes,
        mode,
        repeat,
        command: command(mode, &measure.command)?,
        demos: measure.files.demos.clone(),
        push: measure.files.push.iter().map(Push::absolute).collect::<Result<_>>()?,
        stats: measure.stat.clone(),
        dump: measure.dump,
        inputs: BTreeMap::new(),
    };
    patterns::compile(&study.stats)?;
    let profile = crate::profile::load_with(&study.profile, &measure.machine.settings)?;
    points::check_profile(&profile)?;
    about::check(&profile)?;
    if mode != Mode::FullSystem {
        Program::find(global, &profile, mode == Mode::BareMetal, &study.command[0])?;
    }
    Ok(Study {
        inputs: inputs::of_study(&study, &profile)?,
        ..study
    })
}

/// Its directory, in which it may have begun before, and a profile for each combination.
fn open(parent: &Path, name: &str, study: &Study) -> Result<(Directory, Vec<points::Point>)> {
    let new = !parent.join(name).exists();
    let directory = Directory::open(parent, name, study)?;
    let points = points::prepare(&directory, study).and_then(|points| points::check(&points).map(|()| points));
    let points = points.inspect_err(|_| {
        if new {
            // Nothing was measured: the name is free.
            let _ = std::fs::remove_dir_all(&directory.path);
        }
    })?;
    Ok((directory, points))
}

/// Whether all repetitions are equal; those that are not are named.
fn tell_of_unequal(outcomes: &[results::Outcome]) -> bool {
    let unequal = table::unequal(outcomes);
    for point in &unequal {
        let at = if point.is_empty() {
            String::new()
        } else {
            format!(" at {point}")
        };
        eprintln!("lkmc: the repetitions{at} differ: `lkmc gem5 stats RUN --compare RUN` shows where");
    }
    unequal.is_empty()
}

/// A program of the host is named so that the study can go on wherever the same command is given.
fn command(mode: Mode, words: &[String]) -> Result<Vec<String>> {
    let mut words = words.to_vec();
    if mode != Mode::FullSystem
        && let Some(program) = words.first_mut()
    {
        let own = demo_of(program)?.map(|demo| demo.path);
        let path = own.unwrap_or_else(|| PathBuf::from(&*program));
        let path = std::path::absolute(&path).map_err(|error| Error::io("cannot find", &path, error))?;
        *program = path.to_string_lossy().into_owned();
    }
    Ok(words)
}

fn read(name: &str) -> Result<(Study, Vec<results::Outcome>)> {
    let directory = Directory::find(&crate::paths::benches()?, name)?;
    Ok((directory.study()?, results::read(&directory)?))
}

fn list(global: &Global) -> Result<ExitCode> {
    let parent = crate::paths::benches()?;
    let one = |name: &String| -> Result<Value> {
        let (study, outcomes) = read(name)?;
        let runs = study.axes.iter().map(|axis| axis.values.len()).product::<usize>() * study.repeat as usize;
        let axes: Vec<&String> = study.axes.iter().map(|axis| &axis.key).collect();
        Ok(json!({
            "name": name, "profile": study.profile, "axes": axes, "command": study.command, "runs": runs,
            "ended": outcomes.iter().filter(|outcome| outcome.measured.is_some()).count(),
        }))
    };
    // One that cannot be read says so when it is asked for by its name.
    let all: Vec<Value> = Directory::names(&parent)
        .iter()
        .filter_map(|name| one(name).ok())
        .collect();
    match global.json {
        true => super::print_json(&all),
        false => super::print(&table::listed(&all).text()),
    }
}

fn show(global: &Global, name: &str, more: &[String]) -> Result<ExitCode> {
    let (study, outcomes) = read(name)?;
    let mut values = Values::of(&study, &outcomes, &crate::paths::runs()?);
    values.add(more)?;
    print_results(global, &values)
}

/// Where there is a hole in a table or a picture.
fn tell_of_missing_cycles(outcomes: &[results::Outcome]) {
    let measured = outcomes.iter().filter_map(|outcome| outcome.measured.as_ref());
    let without = measured.filter(|measured| measured.cycles.is_none()).count();
    if without > 0 {
        let message = format!(
            "{without} of {} runs have no `cycles` and no `ipc`: a processor slept when counting began or ended, and gem5 counts \
             such a sleep from its beginning or not at all; `ticks` are right",
            outcomes.len()
        );
        terminal::announce(&message, false);
    }
}

/// Cycles of two models are no more than two numbers.
fn tell_of_models<'a>(measures: impl IntoIterator<Item = &'a str>, mode: Mode, found: &BTreeSet<String>) {
    let unlike = |measure| Some((measure, models::unlike(measure, mode, found)?));
    if let Some((measure, why)) = measures.into_iter().find_map(unlike) {
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let message = format!("`{measure}` is not one measure for {}: {why}", found.join(", "));
        terminal::announce(&message, false);
    }
}

fn print_results(global: &Global, values: &Values) -> Result<ExitCode> {
    tell_of_missing_cycles(values.outcomes);
    match global.json {
        true => super::print(&format!("{}\n", values.json())),
        false => super::print(&table::of(values).text()),
    }
}

fn draw(name: &str, x: Option<&str>, y: &str, pareto: Option<&[String]>, output: &Path) -> Result<ExitCode> {
    let (study, outcomes) = read(name)?;
    tell_of_missing_cycles(&outcomes);
    let objectives = pareto.map(|texts| {
        texts
            .iter()
            .map(|text| plot::Objective::parse(text))
            .collect::<Vec<_>>()
    });
    let measures = objectives
        .as_ref()
        .map_or_else(|| vec![y], |all| all.iter().map(|objective| objective.name).collect());
    let runs = crate::paths::runs()?;
    tell_of_models(measures, study.mode, &models::of(&outcomes, &runs));
    let values = Values::of(&study, &outcomes, &runs);
    let chart = match (objectives.as_deref(), x, study.axes.first()) {
        (Some(&[first, second]), _, _) => plot::pareto(&values, [first, second])?,
        (_, Some(x), _) => plot::over_axis(&values, x, y)?,
        (_, None, Some(axis)) => plot::over_axis(&values, &axis.key, y)?,
        (_, None, None) => plot::repetitions(&values, y)?,
    };
    paint::draw(&chart, output)?;
    super::print(&format!("{}\n", output.display()))
}

fn compare(global: &Global, before: &str, after: &str, measure: &str) -> Result<ExitCode> {
    let ((study, before), (other, after)) = (read(before)?, read(after)?);
    tell_of_missing_cycles(&before);
    tell_of_missing_cycles(&after);
    let runs = crate::paths::runs()?;
    let [of_before, of_after] = [&before, &after].map(|outcomes| models::of(outcomes, &runs));
    if of_before != of_after {
        tell_of_models([measure], study.mode, &of_before.union(&of_after).cloned().collect());
    }
    let table = table::compare(
        &Values::of(&study, &before, &runs),
        &Values::of(&other, &after, &runs),
        measure,
    )?;
    let differing = study.differs_in(&other);
    if !differing.is_empty() {
        terminal::announce(&format!("the studies differ in {}", differing.join(", ")), false);
    }
    match global.json {
        true => super::print(&format!("{}\n", json!(table.objects()))),
        false => super::print(&table.text()),
    }
}

fn export(name: &str, format: cli::ExportFormat, more: &[String]) -> Result<ExitCode> {
    let (study, outcomes) = read(name)?;
    tell_of_missing_cycles(&outcomes);
    let mut values = Values::of(&study, &outcomes, &crate::paths::runs()?);
    values.add(more)?;
    super::print(&match format {
        cli::ExportFormat::Csv => table::of(&values).csv(),
        // Plain data that serde_json can always represent.
        cli::ExportFormat::Json => serde_json::to_string_pretty(&values.json()).unwrap_or_default() + "\n",
    })
}

/// A run on gem5 once more, without its output: it is about what is counted.
fn verify(global: &Global, name: &str) -> Result<ExitCode> {
    let run = lookup::recorded(&crate::paths::runs()?, name)?;
    let id = &run.record.id;
    if run.record.gem5.is_none() {
        return Err(
            Error::usage("lkmc::gem5::foreign_run", format!("run {id} is not a run on gem5"))
                .help(format!("`lkmc run again {id}` repeats a run on QEMU")),
        );
    }
    let now = again::repeat(global, &run, Output::Unseen)?;
    let difference = Difference::between(&run.record, &now);
    if !difference.has_equal_inputs() {
        let changed = again::names(difference.inputs());
        let message = format!("the run cannot be repeated as it was: {changed} changed");
        return Err(Error::usage("lkmc::bench::changed", message)
            .help("check out the commit that made it; run.json names all that was built"));
    }
    match again::counted(&run, &now)? {
        Counted::Same => super::print(&format!("{id}: equal to the last digit\n")),
        counted => {
            again::say_counted(&run.record, &counted);
            Ok(Exit::Failed.into())
        }
    }
}
