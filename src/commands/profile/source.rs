//! `lkmc profile source`: a kernel's sources, to be read in the store or changed in a copy.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use serde_json::json;

use crate::cli::Global;
use crate::commands::build::options;
use crate::commands::{print, print_json};
use crate::diag::{Error, Exit, Result};
use crate::host::interrupt;
use crate::nix::{self, of_profile};
use crate::profile::kernel_tree;

const SOURCE: &str = "source";
const CONFIG: &str = "kernelConfig";
/// In that one's output.
const CONFIG_FILE: &str = "config";

pub fn source(global: &Global, name: &str, copy: Option<&Path>) -> Result<ExitCode> {
    let lowered = of_profile::lowered(&crate::profile::load(name)?)?;
    if global.dry_run {
        return print(&format!("{}\n", nix::dry_run(&lowered, SOURCE)?));
    }
    if let Some(directory) = copy.filter(|directory| directory.exists()) {
        let message = format!("{} is there already", directory.display());
        return Err(Error::usage("lkmc::profile::source", message).help("name a directory that is to be made"));
    }
    let built = nix::build_attr(&lowered, SOURCE, &options(global))?;
    let mut path = built.path();
    if let Some(directory) = copy {
        let config = nix::build_attr(&lowered, CONFIG, &options(global))?;
        let config = config.path().join(CONFIG_FILE);
        path = work_on(&path, &config, directory)?;
    }
    match global.json {
        true => print_json(&json!({ "source": built.out, "path": path })),
        false => print(&format!("{}\n", path.display())),
    }
}

/// A copy that can be written to, with its configuration; all of it or nothing.
fn work_on(source: &Path, config: &Path, directory: &Path) -> Result<PathBuf> {
    let directory = std::path::absolute(directory).map_err(|error| Error::io("cannot create", directory, error))?;
    let failed = |error| Error::io("cannot create", &directory, error);
    let parent = directory.parent().unwrap_or(Path::new("/"));
    let _guard = interrupt::Guard::new();
    let made = tempfile::Builder::new()
        .prefix(".lkmc-source-")
        .tempdir_in(parent)
        .map_err(failed)?;
    let copy = made.path().join("linux");
    let run = |command: &mut Command| -> Result<()> {
        let status = command.status().map_err(failed)?;
        match (status.success(), interrupt::signal()) {
            (_, Some(signal)) => Err(Error::new(
                Exit::Interrupted(signal),
                "lkmc::profile::source_interrupted",
                "the copy was interrupted",
            )),
            (true, None) => Ok(()),
            (false, None) => Err(not_copied(&directory, status)),
        }
    };
    run(Command::new("cp").args(["-r", "--reflink=auto"]).arg(source).arg(&copy))?;
    run(Command::new("chmod").args(["-R", "u+w"]).arg(&copy))?;
    let text = fs::read(config).map_err(|error| Error::io("cannot read", config, error))?;
    fs::write(copy.join(kernel_tree::CONFIG), text).map_err(failed)?;
    fs::rename(&copy, &directory).map_err(failed)?;
    Ok(directory)
}

fn not_copied(directory: &Path, status: ExitStatus) -> Error {
    let message = format!("the sources could not be copied to {}", directory.display());
    Error::infrastructure("lkmc::profile::source_copy", message)
        .cause(status)
        .help("they take 1.5 GiB; what `cp` said stands above")
}
