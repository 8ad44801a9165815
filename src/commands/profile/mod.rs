//! `lkmc profile ...`.

mod diff;
mod files;
mod kconfig;
mod lock;
mod source;

use std::process::ExitCode;

use serde_json::json;

use super::{print, print_json};
use crate::cli::{Global, Profile as Command, ShowStage};
use crate::diag::{self, Error, Result};
use crate::lower::lower;
use crate::nix::of_profile;
use crate::profile::report::Ignored;
use crate::profile::{self, Library, MachineOverrides, Profile, Settings};
use crate::run::request::Cold;
use crate::wanted::Wanted;

pub fn profile(global: &Global, command: Command) -> Result<ExitCode> {
    match command {
        Command::List => list(global),
        Command::Show { machine, stage } => show(global, &machine.profile.name, &machine.settings, &stage),
        Command::Check { names, kconfig } => check(global, &names, kconfig),
        Command::Kconfig { machine, symbols } => kconfig::kconfig(global, &machine, &symbols),
        Command::Schema => files::schema(),
        Command::New { name, from } => files::new(global, &name, &from),
        Command::Set { profile, settings } => files::set(global, &profile.name, &settings),
        Command::Diff { left, right } => diff::diff(global, &left, &right),
        Command::Lower { name, bless } => files::lower_command(name.as_deref(), bless),
        Command::Lock { profile } => lock::lock(global, &profile.name),
        Command::Build { profile } => super::build::build(global, &profile.name),
        Command::Source { profile, directory } => source::source(global, &profile.name, directory.as_deref()),
        Command::Verify { profile } => super::build::verify(global, &profile.name),
        Command::Run(arguments) => super::run::run(global, &arguments),
        Command::Debug(arguments) => super::debug::debug(global, &arguments),
    }
}

fn list(global: &Global) -> Result<ExitCode> {
    let library = Library::installed()?;
    let all: Vec<(String, Result<Profile>)> = library
        .names()
        .into_iter()
        .map(|name| (name.clone(), library.load(&name)))
        .collect();
    if global.json {
        let entries = all.iter().map(|(name, profile)| match profile {
            Ok(profile) => json!({
                "name": name, "arch": profile.arch, "emulator": profile.emulator.kind(),
                "description": profile.description, "path": profile.path,
            }),
            Err(error) => json!({ "name": name, "errors": diag::to_json(error)["errors"] }),
        });
        return print_json(&entries.collect::<Vec<_>>());
    }
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines = all.iter().map(|(name, profile)| match profile {
        Ok(profile) => format!("{name:width$}  {}\n", profile.description),
        Err(_) => format!("{name:width$}  (broken: see `lkmc profile check {name}`)\n"),
    });
    print(&lines.collect::<String>())
}

fn show(global: &Global, name: &str, settings: &Settings, stage: &ShowStage) -> Result<ExitCode> {
    if stage.plan {
        return super::build::plan(global, name, settings);
    }
    let library = Library::installed()?;
    let profile = profile::load_with(name, settings)?;
    if stage.lowered {
        return print(&lower(&profile, &library.root)?.to_json());
    }
    if stage.command {
        let wanted = Wanted::of(profile, &MachineOverrides::default())?;
        return super::preview::show(global, &wanted, Cold::Asked);
    }
    match global.json {
        true => print_json(&profile),
        false => print(&profile::show::resolved(&profile)),
    }
}

/// What Kconfig did not make of a whole `.config`, which may come from another kernel and compiler.
fn say_ignored(name: &str, result: &Result<Vec<Ignored>>) {
    let lines = result.iter().flatten().collect::<Vec<_>>();
    if lines.is_empty() {
        return;
    }
    eprintln!(
        "lkmc: {name}: Kconfig does not follow {} lines of the .config:",
        lines.len()
    );
    for Ignored { symbol, wanted, why } in lines {
        eprintln!("  {symbol}={wanted}: {why}");
    }
}

/// Checks every profile named before it gives up, so that one broken profile does not hide another.
fn check(global: &Global, names: &[String], kconfig: bool) -> Result<ExitCode> {
    let library = Library::installed()?;
    // A profile for other hosts is valid; one that was named is meant for this host.
    let shipped = names.is_empty();
    let names = if shipped { library.names() } else { names.to_vec() };
    let check_one = |name: &String| -> Result<Vec<Ignored>> {
        let profile = library.load(name)?;
        if !shipped {
            profile.check_host(std::env::consts::ARCH)?;
        }
        lower(&profile, &library.root)?;
        match kconfig {
            true => of_profile::ask_kconfig(&profile, &super::build::options(global)),
            false => Ok(Vec::new()),
        }
    };
    let results: Vec<(&String, Result<Vec<Ignored>>)> = names.iter().map(|name| (name, check_one(name))).collect();
    let valid = results.iter().filter(|(_, result)| result.is_ok()).count();
    if global.json {
        let entries = results.iter().map(|(name, result)| {
            let errors = result
                .as_ref()
                .err()
                .map(|error| diag::to_json(error)["errors"].clone());
            let ignored = result.as_ref().ok();
            json!({
                "name": name, "valid": result.is_ok(), "errors": errors.unwrap_or_else(|| json!([])), "ignored": ignored,
            })
        });
        print_json(&entries.collect::<Vec<_>>())?;
    } else if results.len() > 1 || valid == 1 {
        results.iter().for_each(|(name, result)| say_ignored(name, result));
        print(&format!("{valid} of {} valid\n", results.len()))?;
    }
    match Error::join(results.into_iter().filter_map(|(_, result)| result.err()).collect()) {
        Some(error) if global.json => Ok(ExitCode::from(error.exit)),
        Some(error) => Err(error),
        None => Ok(ExitCode::SUCCESS),
    }
}
