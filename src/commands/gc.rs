//! `lkmc gc`: builds, snapshots, downloads and runs that nothing uses.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use indicatif::HumanBytes;
use serde_json::json;

use crate::cli;
use crate::diag::{Error, Result};
use crate::nix;

pub fn run(global: &cli::Global, arguments: &cli::Gc) -> Result<ExitCode> {
    let age = Duration::from_secs(u64::from(arguments.keep_days) * 24 * 3600);
    let runs = old_runs(&crate::paths::runs()?, age);
    if global.dry_run {
        let runs: String = runs.iter().map(|run| format!("rm -r {}\n", run.display())).collect();
        return super::print(&format!(
            "{runs}# and the builds, snapshots and downloads that no profile uses any more\n"
        ));
    }
    for run in &runs {
        std::fs::remove_dir_all(run).map_err(|error| Error::io("cannot remove", run, error))?;
    }
    let freed = nix::gc(&super::build::options(global))?;
    if global.json {
        return super::print(&format!("{}\n", json!({ "runs": runs.len(), "freed": freed })));
    }
    let nix::Freed {
        builds,
        snapshots,
        downloads,
        bytes,
    } = freed;
    super::print(&format!(
        "removed {} runs, {builds} builds, {snapshots} snapshots, {downloads} downloads; {} freed\n",
        runs.len(),
        HumanBytes(bytes)
    ))
}

/// Run directories in which nothing changed for that long. A guest that runs appends to its console and keeps its own young.
fn old_runs(runs: &Path, age: Duration) -> Vec<PathBuf> {
    let directories = std::fs::read_dir(runs)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let newest = |run: &PathBuf| {
        let inside = std::fs::read_dir(run)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| modified(&entry.path()));
        inside.chain(modified(run)).max().unwrap_or_else(SystemTime::now)
    };
    directories
        .filter(|run| run.is_dir() && newest(run).elapsed().is_ok_and(|elapsed| elapsed > age))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runs_that_rest_are_old() {
        let directory = tempfile::tempdir().unwrap();
        let (old, new) = (directory.path().join("old"), directory.path().join("new"));
        let past = SystemTime::now() - Duration::from_secs(100);
        for run in [&old, &new] {
            std::fs::create_dir(run).unwrap();
            std::fs::write(run.join("run.json"), "{}").unwrap();
            std::fs::File::open(run.join("run.json"))
                .unwrap()
                .set_modified(past)
                .unwrap();
            std::fs::File::open(run).unwrap().set_modified(past).unwrap();
        }
        std::fs::write(new.join("console.log"), "still here").unwrap();
        assert_eq!(old_runs(directory.path(), Duration::from_secs(50)), [old]);
        assert!(old_runs(directory.path(), Duration::from_secs(500)).is_empty());
    }
}
