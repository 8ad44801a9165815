//! `lkmc gc`: builds, snapshots, downloads and runs that nothing uses.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use indicatif::HumanBytes;
use serde_json::json;

use crate::bench::runs;
use crate::cli;
use crate::diag::{Error, Result};
use crate::nix;
use crate::paths;
use crate::run_directory::{self, id};
use crate::shell::quote;

pub fn run(global: &cli::Global, arguments: &cli::Gc) -> Result<ExitCode> {
    let age = Duration::from_secs(u64::from(arguments.keep_days) * 24 * 3600);
    let directory = paths::runs()?;
    let old = || -> Result<Vec<PathBuf>> { Ok(old_runs(&directory, age, &runs::named(&paths::benches()?))) };
    if global.dry_run {
        return preview(global, &old()?);
    }
    // First, because it refuses where a build is under way, and then nothing at all is removed.
    let mut freed = nix::gc(&super::build::options(global))?;
    let runs = old()?;
    for run in &runs {
        freed.bytes += paths::occupied(run);
        std::fs::remove_dir_all(run).map_err(|error| Error::io("cannot remove", run, error))?;
    }
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

fn preview(global: &cli::Global, runs: &[PathBuf]) -> Result<ExitCode> {
    let garbage = nix::garbage()?;
    if global.json {
        return super::print_json(&json!({ "runs": runs, "garbage": garbage }));
    }
    let text = match global.verbose {
        true => commands(runs, &garbage),
        false => summary(runs, &garbage),
    };
    super::print(&match text.is_empty() {
        true => "# nothing to remove\n".into(),
        false => text,
    })
}

/// A line for each kind of what would be removed.
fn summary(runs: &[PathBuf], garbage: &nix::Garbage) -> String {
    let line = |what: &str, paths: &[PathBuf]| {
        let bytes = HumanBytes(paths.iter().map(|path| paths::occupied(path)).sum());
        format!("{} {what}, {bytes}\n", paths.len())
    };
    let mut text = String::new();
    if !runs.is_empty() {
        text += &line("runs", runs);
    }
    if !garbage.builds.is_empty() {
        let collected = garbage
            .collect
            .as_ref()
            .map_or("", |_| ", with what nothing else keeps in the store");
        text += &format!("{} builds{collected}\n", garbage.builds.len());
    } else if garbage.collect.is_some() {
        text += "what no build keeps in the store\n";
    }
    for (what, paths) in [("snapshots", &garbage.snapshots), ("downloads", &garbage.downloads)] {
        if !paths.is_empty() {
            text += &line(what, paths);
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("would remove\n{text}# --verbose prints the commands\n"),
    }
}

fn commands(runs: &[PathBuf], garbage: &nix::Garbage) -> String {
    let remove = |path: &PathBuf| format!("rm -r {}\n", quote(path.as_os_str()));
    let lines = runs.iter().map(remove);
    let lines = lines.chain(
        garbage
            .builds
            .iter()
            .map(|root| format!("rm -f {0} {0}.drv {0}.lock\n", quote(root.as_os_str()))),
    );
    let lines = lines.chain(garbage.collect.iter().map(|command| format!("{command}\n")));
    let lines = lines.chain(garbage.snapshots.iter().chain(&garbage.downloads).map(remove));
    lines.collect()
}

/// Run directories in which nothing changed for that long, without those of guests that run: a guest may idle for weeks. Nor those that
/// a study names: its results are worth nothing without them.
fn old_runs(runs: &Path, age: Duration, studied: &BTreeSet<String>) -> Vec<PathBuf> {
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
        .filter(|run| !run_directory::is_alive(run) && !studied.contains(&id::of(run)))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::lock::Lock;

    use super::*;

    #[test]
    fn only_runs_that_rest_are_old() {
        let directory = tempfile::tempdir().unwrap();
        let [old, new, idle, studied] = ["old", "new", "idle", "studied"].map(|name| directory.path().join(name));
        let past = SystemTime::now() - Duration::from_secs(100);
        for run in [&old, &new, &idle, &studied] {
            std::fs::create_dir(run).unwrap();
            std::fs::write(run.join("run.json"), "{}").unwrap();
            std::fs::File::open(run.join("run.json"))
                .unwrap()
                .set_modified(past)
                .unwrap();
            std::fs::File::open(run).unwrap().set_modified(past).unwrap();
        }
        std::fs::write(new.join("console.log"), "still here").unwrap();
        let lock = idle.join("lock");
        let _owner = Lock::exclusive(&lock).unwrap();
        std::fs::File::open(&lock).unwrap().set_modified(past).unwrap();
        std::fs::File::open(&idle).unwrap().set_modified(past).unwrap();
        let benches = tempfile::tempdir().unwrap();
        let study = benches.path().join("study");
        std::fs::create_dir(&study).unwrap();
        // The second line was cut off by a crash.
        let lines = "{\"point\": 0, \"run\": \"studied\"}\n{\"point\": 1, \"run\": \"ol";
        std::fs::write(study.join("results.jsonl"), lines).unwrap();
        let named = runs::named(benches.path());
        let old_runs = |seconds| old_runs(directory.path(), Duration::from_secs(seconds), &named);
        assert_eq!(old_runs(50), std::slice::from_ref(&old));
        assert!(old_runs(500).is_empty());
    }
}
