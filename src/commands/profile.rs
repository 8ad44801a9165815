//! `lkmc profile ...` as far as it needs neither Nix nor an emulator, and `lkmc check`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::{not_yet, print, print_json};
use crate::cli::{Global, Profile as Command, ShowStage};
use crate::diag::{self, Error, Result};
use crate::lower::lower;
use crate::profile::{self, Library, Profile};

pub fn profile(global: &Global, command: Command) -> Result<ExitCode> {
    match command {
        Command::List => list(global),
        Command::Show { profile, stage } => show(global, &profile.name, &stage),
        Command::Check { names, .. } => check(global, &names),
        Command::Lower { profile, bless } => lower_command(&profile.name, bless),
        Command::Build { profile } => super::build::build(global, &profile.name),
        Command::Verify { profile } => super::build::verify(global, &profile.name),
        Command::Run(arguments) => super::run::run(global, &arguments),
        other => not_yet(&format!("{other:?}")),
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
        let entries: Vec<_> = all
            .iter()
            .map(|(name, profile)| match profile {
                Ok(profile) => json!({
                    "name": name, "arch": profile.arch, "emulator": profile.emulator.kind,
                    "description": profile.description, "path": profile.path,
                }),
                Err(error) => json!({ "name": name, "errors": diag::to_json(error)["errors"] }),
            })
            .collect();
        return print_json(&entries);
    }
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines = all.iter().map(|(name, profile)| match profile {
        Ok(profile) => format!("{name:width$}  {}\n", profile.description),
        Err(_) => format!("{name:width$}  (broken: see `lkmc profile check {name}`)\n"),
    });
    print(&lines.collect::<String>())
}

fn show(global: &Global, name: &str, stage: &ShowStage) -> Result<ExitCode> {
    let library = Library::installed()?;
    let profile = library.load(name)?;
    if stage.lowered {
        return print(&lower(&profile, &library.root).to_json());
    }
    if stage.plan {
        return super::build::plan(global, name);
    }
    if stage.command {
        return not_yet("profile show --command");
    }
    match global.json {
        true => print_json(&profile),
        false => print(&profile::show::resolved(&profile)),
    }
}

/// Checks every profile named before it gives up, so that one broken profile does not hide another.
fn check(global: &Global, names: &[String]) -> Result<ExitCode> {
    let library = Library::installed()?;
    let names = if names.is_empty() {
        library.names()
    } else {
        names.to_vec()
    };
    let results: Vec<(String, Result<Profile>)> = names
        .into_iter()
        .map(|name| (name.clone(), library.load(&name)))
        .collect();
    if global.json {
        let entries: Vec<_> = results
            .iter()
            .map(|(name, result)| {
                let errors = result
                    .as_ref()
                    .err()
                    .map(|error| diag::to_json(error)["errors"].clone());
                json!({ "name": name, "valid": result.is_ok(), "errors": errors.unwrap_or_else(|| json!([])) })
            })
            .collect();
        print_json(&entries)?;
    } else {
        let valid = results.iter().filter(|(_, result)| result.is_ok()).count();
        print(&format!("{valid} of {} profiles are valid\n", results.len()))?;
    }
    let failed = results
        .into_iter()
        .filter_map(|(_, result)| result.err())
        .collect::<Vec<_>>();
    match Error::join(failed) {
        Some(error) if !global.json => Err(error),
        Some(error) => Ok(ExitCode::from(error.exit as u8)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// `lkmc check`: every shipped profile and every committed file made from them.
pub fn check_all(global: &Global) -> Result<ExitCode> {
    check(global, &[])?;
    let library = Library::installed()?;
    let stale: Vec<Error> = committed(&library)?
        .into_iter()
        .filter(|(path, fresh)| std::fs::read_to_string(path).ok().as_ref() != Some(fresh))
        .map(|(path, _)| {
            let name = library.relative(&path);
            Error::usage(
                "lkmc::profile::stale",
                format!("{} is not what its sources make", name.display()),
            )
            .help("run `lkmc profile lower --bless`")
        })
        .collect();
    Error::join(stale).map_or(Ok(ExitCode::SUCCESS), Err)
}

/// Files in the checkout that are made from profiles, with what they should hold.
fn committed(library: &Library) -> Result<Vec<(std::path::PathBuf, String)>> {
    let lowered = library.names().into_iter().map(|name| {
        let profile = library.load(&name)?;
        Ok((library.lowered(&name), lower(&profile, &library.root).to_json()))
    });
    lowered.collect()
}

fn lower_command(name: &str, bless: bool) -> Result<ExitCode> {
    let library = Library::installed()?;
    if !bless {
        return print(&lower(&library.load(name)?, &library.root).to_json());
    }
    for (path, text) in committed(&library)? {
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            write(&path, &text)?;
            print(&format!("wrote {}\n", library.relative(&path).display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Replaces a file in one step: a reader sees the old text or the new one.
fn write(path: &Path, text: &str) -> Result<()> {
    let fail = |error| Error::io("cannot write", path, error);
    let directory = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(fail)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}
