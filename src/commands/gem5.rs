//! `lkmc gem5`: what gem5 measured in a run, and what it simulated.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use regex::Regex;
use serde_json::json;

use crate::bare_metal::alone::{self, Gem5, Machine, Output};
use crate::cli::{self, Global};
use crate::debuggee::{gdb::Simulated, kit::BuiltKit};
use crate::diag::{Error, Result};
use crate::emulator::gem5::{self, Simulator};
use crate::emulator::{Trace, only_gem5};
use crate::gdb::Wishes;
use crate::gem5::stats::{self, Change, Dump, Stat};
use crate::gem5::{about, config, demands::Demands, figures, trace_capture::check_built};
use crate::host::terminal;
use crate::nix::{RootLock, of_profile};
use crate::patterns;
use crate::profile::Profile;
use crate::run;
use crate::run_directory::lookup::{self, Has};
use crate::store_path::StoreOnDisk;
use crate::trace_capture;

use super::program::Program;

/// How many of the changes are shown without `--all`.
const MOVERS: usize = 30;

pub fn gem5(global: &Global, command: cli::Gem5) -> Result<ExitCode> {
    match command {
        cli::Gem5::Stats(arguments) => match &arguments.compare {
            Some(other) => compare(global, &arguments, other),
            None => show(global, &arguments),
        },
        cli::Gem5::Run(run) => {
            let wishes = &run.wishes;
            let wanted = run.gdb || wishes.batch || !wishes.execute.is_empty() || !wishes.scripts.is_empty();
            let debug = wanted.then(|| super::debugger::wishes(wishes)).transpose()?;
            simulate(
                global,
                crate::profile::load_with(&run.machine.profile.name, &run.machine.settings)?,
                run.bare_metal,
                &run.command,
                (&run.simulation, &run.trace),
                debug,
            )
        }
        cli::Gem5::Config { simulation, patterns } => show_config(global, &simulation.run, &patterns),
    }
}

/// `bare_metal`: on the profile's board, and not with gem5 in the kernel's place.
fn simulate(
    global: &Global,
    profile: Profile,
    bare_metal: bool,
    command: &[String],
    (simulation, wishes): (&Demands, &trace_capture::Wishes),
    debug: Option<Wishes>,
) -> Result<ExitCode> {
    only_gem5(&profile)?;
    let asked = simulation.find()?;
    let (program, arguments) = (Program::find(global, &profile, bare_metal, &command[0])?, &command[1..]);
    about::check(&profile)?;
    let trace = trace_capture::wanted(&profile, wishes)?;
    let trace = trace.as_ref().and_then(Trace::gem5);
    let (gem5, _lock) = simulator(global, &profile)?;
    check_built(&profile, trace, &gem5)?;
    let kit = match debug {
        Some(_) => Some(BuiltKit::of(&profile, &super::build::options(global))?),
        None => None,
    };
    // GDB's user types at the same terminal.
    let input = match debug {
        Some(_) => Vec::new(),
        None => super::record::standard_input(global)?,
    };
    let simulated = kit.as_ref().map(Simulated::linked_elsewhere);
    let machine = Gem5 {
        simulator: &gem5,
        asked: &asked,
        trace,
    };
    let order = alone::Order {
        profile: &profile,
        machine: match bare_metal {
            true => Machine::Gem5(machine),
            false => Machine::Process(machine),
        },
        program: &program.path,
        arguments,
        input: &input,
        debugged: simulated.as_ref().zip(debug.as_ref()),
        output: Output::Ours,
        timeout: global.timeout,
    };
    let finished = alone::run(&order, &crate::paths::runs()?)?;
    run::tell(global.json, &finished.record, &finished.conclusion, &finished.directory)?;
    if !global.json && order.debugged.is_none() {
        figures::tell(&finished.conclusion, &finished.directory);
    }
    Ok(ExitCode::from(finished.conclusion.status))
}

/// The gem5 that is there, or one of the profile's own, which is built like any other part of it.
fn simulator(global: &Global, profile: &Profile) -> Result<(Simulator, Option<RootLock>)> {
    if profile.emulator.build().is_none() {
        return Ok((Simulator::find(profile, None, &StoreOnDisk::AS_NAMED)?, None));
    }
    let built = of_profile::bundle(profile, &super::build::options(global))?;
    let gem5 = Simulator::find(profile, built.content.emulator.as_ref(), &built.store)?;
    about::verify(&gem5, profile)?;
    Ok((gem5, Some(built.lock)))
}

/// gem5's output directory: of a run, or the directory itself.
fn output(run: &str) -> Result<PathBuf> {
    let path = Path::new(run);
    if path.join(stats::FILE).is_file() || path.join(config::FILE).is_file() {
        return Ok(path.to_owned());
    }
    let found = lookup::find(&crate::paths::runs()?, run, Has::Simulation)?;
    Ok(found.join(gem5::OUTPUT))
}

fn wanted(patterns: &[Regex], name: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.is_match(name))
}

/// Of a simulation that was killed while it dumped too.
fn whole_dumps(output: &Path) -> Result<Vec<Dump>> {
    let found = stats::read_whole(output)?;
    if found.cut {
        terminal::announce(
            "the last dump has no end and is left out: gem5 was killed while it wrote",
            false,
        );
    }
    Ok(found.dumps)
}

/// The dump of this number; without a number the first one, which is the command's.
fn dump(output: &Path, number: Option<usize>) -> Result<(usize, Dump)> {
    let mut dumps = whole_dumps(output)?;
    let count = dumps.len();
    let number = number.unwrap_or(1);
    if number == 0 || number > count {
        let message = format!("there is no dump {number}: {} has {count}", output.display());
        return Err(Error::usage("lkmc::gem5::no_dump", message).help("dumps are counted from 1"));
    }
    Ok((number, dumps.swap_remove(number - 1)))
}

fn show(global: &Global, arguments: &cli::Gem5Stats) -> Result<ExitCode> {
    let patterns = patterns::compile(&arguments.patterns)?;
    let output = output(&arguments.simulation.run)?;
    let dumps: Vec<(usize, Dump)> = match (arguments.all, arguments.dump) {
        (true, _) => (1..).zip(whole_dumps(&output)?).collect(),
        (false, number) => vec![dump(&output, number)?],
    };
    let chosen: Vec<(usize, Vec<&Stat>)> = dumps
        .iter()
        .map(|(number, dump)| {
            (
                *number,
                dump.stats.iter().filter(|stat| wanted(&patterns, &stat.name)).collect(),
            )
        })
        .collect();
    if chosen.iter().all(|(_, stats)| stats.is_empty()) {
        return Err(nothing_matches(&arguments.patterns));
    }
    if global.json {
        let dumps: Vec<_> = chosen
            .iter()
            .map(|(number, stats)| json!({ "dump": number, "stats": stats }))
            .collect();
        return super::print(&format!("{}\n", json!(dumps)));
    }
    let mut text = String::new();
    for (number, stats) in &chosen {
        if chosen.len() > 1 {
            text += &format!("dump {number}\n");
        }
        let width = |part: fn(&Stat) -> usize| stats.iter().map(|stat| part(stat)).max().unwrap_or_default();
        let (names, values) = (width(|stat| stat.name.len()), width(|stat| stat.text.len()));
        for stat in stats {
            let unit = stat.unit.as_deref().unwrap_or_default();
            let line = format!("{:names$}  {:>values$}  {unit}", stat.name, stat.text);
            text += line.trim_end();
            text.push('\n');
        }
    }
    super::print(&text)
}

fn nothing_matches(patterns: &[String]) -> Error {
    let message = format!("no statistic matches {}", patterns.join(" or "));
    Error::usage("lkmc::gem5::no_match", message).help("without a pattern all are shown")
}

fn compare(global: &Global, arguments: &cli::Gem5Stats, other: &str) -> Result<ExitCode> {
    let patterns = patterns::compile(&arguments.patterns)?;
    let (_, before) = dump(&output(&arguments.simulation.run)?, arguments.dump)?;
    let (_, after) = dump(&output(other)?, arguments.dump)?;
    let known = before.stats.iter().chain(&after.stats);
    if !known.into_iter().any(|stat| wanted(&patterns, &stat.name)) {
        return Err(nothing_matches(&arguments.patterns));
    }
    let changes: Vec<Change> = stats::difference(&before, &after)
        .into_iter()
        .filter(|change| wanted(&patterns, &change.name))
        .collect();
    if global.json {
        return super::print(&format!("{}\n", json!(changes)));
    }
    if changes.is_empty() {
        return super::print("no difference\n");
    }
    let total = changes.len();
    let changes: Vec<Change> = match arguments.all {
        true => changes,
        false => {
            let comparable = |change: &Change| !stats::is_rescaled(change, &before, &after);
            changes.into_iter().filter(comparable).collect()
        }
    };
    let (rescaled, shown) = match arguments.all {
        true => (0, changes.len()),
        false => (total - changes.len(), changes.len().min(MOVERS)),
    };
    let names = changes[..shown]
        .iter()
        .map(|change| change.name.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for change in &changes[..shown] {
        let ratio = match (change.ratio, change.before) {
            (Some(ratio), _) => format!("x {ratio:.3}"),
            (None, Some(0.0)) => "new".into(),
            (None, _) => "-".into(),
        };
        let [before, after] = [change.before, change.after].map(stats::shown);
        text += &format!("{:names$}  {before:>16}  {after:>16}  {ratio}\n", change.name);
    }
    if shown < changes.len() {
        text += &format!("and {} more; --all shows them\n", changes.len() - shown);
    }
    if rescaled > 0 {
        text += &format!("and {rescaled} buckets of histograms whose bounds differ; --all shows them\n");
    }
    super::print(&text)
}

fn show_config(global: &Global, run: &str, texts: &[String]) -> Result<ExitCode> {
    let patterns = patterns::compile(texts)?;
    let all = config::flatten(&config::read(&output(run)?)?);
    let chosen: Vec<&(String, String)> = all.iter().filter(|(name, _)| wanted(&patterns, name)).collect();
    if chosen.is_empty() {
        let message = format!("no parameter matches {}", texts.join(" or "));
        return Err(Error::usage("lkmc::gem5::no_match", message).help("without a pattern all are shown"));
    }
    if global.json {
        let object: serde_json::Map<_, _> = chosen
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        return super::print(&format!("{}\n", json!(object)));
    }
    let text: String = chosen.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    super::print(&text)
}
