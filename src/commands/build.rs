//! `lkmc profile build`: what a profile needs, in the store.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::cli;
use crate::diag::Result;
use crate::nix;

pub fn build(global: &cli::Global, name: &str) -> Result<ExitCode> {
    let built = nix::build(&lowered(name)?, &options(global))?;
    println!("{}", built.store.physical(&built.out).display());
    Ok(ExitCode::SUCCESS)
}

pub fn options(global: &cli::Global) -> nix::Options {
    let deadline = global.timeout.map(|timeout| Instant::now() + timeout);
    nix::Options {
        deadline,
        verbose: global.verbose,
    }
}

/// The lowered profile. For now the committed file, or any other by its path.
fn lowered(name: &str) -> Result<PathBuf> {
    let path = PathBuf::from(name);
    let path = match name.ends_with(".json") {
        true => path,
        false => crate::paths::repository()?
            .join("profiles/lowered")
            .join(format!("{name}.json")),
    };
    Ok(std::path::absolute(&path).unwrap_or(path))
}
