//! `lkmc profile build`, `verify`, `show --plan`: what a profile needs, in the store.

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::HumanBytes;
use serde_json::json;

use crate::cli;
use crate::diag::{Error, Result};
use crate::nix::plan::{Closure, Plan};
use crate::nix::{self, Outcome, Store, Verified, of_profile};
use crate::profile::Settings;
use crate::toolbox::download::Downloader;
use crate::toolbox::mirror::Mirrors;

pub fn build(global: &cli::Global, name: &str) -> Result<ExitCode> {
    if global.dry_run {
        let (lowered, attribute) = wanted(name, &Settings::default())?;
        return super::print(&format!("{}\n", nix::dry_run(&lowered, attribute)?));
    }
    let built = match name.ends_with(".json") {
        true => nix::build(&wanted(name, &Settings::default())?.0, None, &options(global))?,
        false => of_profile::bundle(&crate::profile::load(name)?, &options(global))?,
    };
    let path = built.path();
    super::print(&match global.json {
        true => format!("{}\n", json!({ "bundle": built.out, "path": path, "drv": built.drv })),
        false => format!("{}\n", path.display()),
    })
}

/// What is in the store, what would be downloaded, what would be built.
pub fn plan(global: &cli::Global, name: &str, settings: &Settings) -> Result<ExitCode> {
    let (lowered, attribute) = wanted(name, settings)?;
    let (store, closure, plan) = nix::plan(&lowered, attribute, &options(global))?;
    let (here, missing) = downloads(&store, &closure, &plan)?;
    let size: u64 = missing.iter().map(|(_, size)| size).sum();
    let names = |drvs: &std::collections::BTreeSet<PathBuf>| -> Vec<String> {
        drvs.iter().map(|drv| closure.nodes[drv].name.clone()).collect()
    };
    if global.json {
        let files: Vec<&String> = missing.iter().map(|(name, _)| name).collect();
        let drv = &closure.root;
        let plan = json!({ "derivation": drv, "store": store.identity(), "valid": names(&plan.valid), "build": names(&plan.build),
                           "download": files, "download-bytes": size, "downloaded": here });
        return super::print(&format!("{plan}\n"));
    }
    let mut lines = vec![
        format!("derivation   {}", closure.root.display()),
        format!("store        {}", store.identity()),
        format!("up to date   {}", plan.valid.len()),
        format!(
            "to download  {} files, {}; {here} more are in the cache",
            missing.len(),
            HumanBytes(size)
        ),
        format!("to build     {}", plan.build.len()),
    ];
    lines.extend(names(&plan.build).iter().map(|name| format!("  {name}")));
    super::print(&(lines.join("\n") + "\n"))
}

/// How many files of the plan were downloaded before, and which are missing.
fn downloads(store: &Store, closure: &Closure, plan: &Plan) -> Result<(usize, Vec<(String, u64)>)> {
    let downloader = Downloader::new(&store.cache, Mirrors::default());
    let (mut here, mut missing) = (0, Vec::new());
    for node in plan.fetch.iter().map(|drv| &closure.nodes[drv]) {
        match node.file() {
            Some(file) if !downloader.path(&file).exists() => missing.push((file.file_name().to_owned(), file.size)),
            _ => here += 1,
        }
    }
    Ok((here, missing))
}

/// Rebuilds every output and compares the bytes.
pub fn verify(global: &cli::Global, name: &str) -> Result<ExitCode> {
    let (lowered, attribute) = wanted(name, &Settings::default())?;
    if global.dry_run {
        // For every derivation of the closure in turn; `--check` builds one anew and compares.
        return super::print(&format!(
            "{} --check --keep-failed\n",
            nix::dry_run(&lowered, attribute)?
        ));
    }
    let say = |verified: &Verified| {
        let seconds = verified.time.as_secs_f64();
        let text = match &verified.outcome {
            _ if global.json => return,
            Outcome::Same => format!("same     {} ({seconds:.1} s)\n", verified.name),
            Outcome::Differs(files) => {
                let files: String = files.iter().map(|file| format!("  {file}\n")).collect();
                format!("DIFFERS  {} ({seconds:.1} s)\n{files}", verified.name)
            }
        };
        // The exit status says the same.
        let _ = super::print(&text);
    };
    let all = nix::verify(&lowered, attribute, &options(global), say)?;
    if global.json {
        let results: Vec<_> = all.iter().map(verified_json).collect();
        super::print(&format!("{}\n", json!(results)))?;
    }
    let different: Vec<&str> = all
        .iter()
        .filter(|v| v.outcome != Outcome::Same)
        .map(|verified| verified.name.as_str())
        .collect();
    if different.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let message = format!(
        "{} of {} derivations differ when rebuilt: {}",
        different.len(),
        all.len(),
        different.join(", ")
    );
    Err(Error::infrastructure("lkmc::nix::not_reproducible", message))
}

fn verified_json(verified: &Verified) -> serde_json::Value {
    let files: &[String] = match &verified.outcome {
        Outcome::Same => &[],
        Outcome::Differs(files) => files.as_slice(),
    };
    json!({ "name": verified.name, "drv": verified.drv, "same": verified.outcome == Outcome::Same, "differs": files,
            "seconds": verified.time.as_secs_f64() })
}

/// How Nix is asked, by the options of every command.
pub fn options(global: &cli::Global) -> nix::Options {
    nix::Options {
        deadline: global.timeout.map(|timeout| global.since + timeout),
        verbose: global.verbose,
    }
}

/// The file that Nix reads for a profile given by name or path, and what is built from it. A lowered profile is taken as it is.
fn wanted(name: &str, settings: &Settings) -> Result<(PathBuf, &'static str)> {
    if name.ends_with(".json") {
        let path = PathBuf::from(name);
        if !path.is_file() {
            return Err(Error::usage(
                "lkmc::profile::not_found",
                format!("there is no lowered profile {name}"),
            )
            .help("`lkmc profile lower NAME` prints that of a profile"));
        }
        return Ok((std::path::absolute(&path).unwrap_or(path), nix::BUNDLE));
    }
    let profile = crate::profile::load_with(name, settings)?;
    Ok((of_profile::lowered(&profile)?, of_profile::attribute(&profile)))
}
