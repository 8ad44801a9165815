//! What a shell is offered for names that only exist at run time.

use std::ffi::OsStr;
use std::path::Path;

use clap_complete::CompletionCandidate;
use clap_complete::engine::{PathCompleter, ValueCompleter};

use crate::demo::{Collection, Demo};
use crate::diag::Result;
use crate::profile::Library;
use crate::run::beginning::{self, Beginning};
use crate::run_directory;
use crate::run_directory::lookup::{self, Has};

/// Profiles that come with lkmc, and files of the user's.
pub fn profiles_and_files(typed: &OsStr) -> Vec<CompletionCandidate> {
    let is_profile = |path: &Path| path.extension().is_some_and(|extension| extension == "toml");
    names_and_paths(typed, profiles(), &PathCompleter::any().filter(is_profile))
}

/// Demos that come with lkmc, and files and directories of the user's.
pub fn demos_and_paths(typed: &OsStr) -> Vec<CompletionCandidate> {
    names_and_paths(typed, demos(), &PathCompleter::any())
}

/// Every run that left a directory, and files that were taken out of one.
pub fn recorded_and_files(typed: &OsStr) -> Vec<CompletionCandidate> {
    names_and_paths(typed, recorded(), &PathCompleter::file())
}

/// Clap has an argument's paths or its candidates, and where both may stand we complete both.
fn names_and_paths(typed: &OsStr, names: Vec<CompletionCandidate>, paths: &PathCompleter) -> Vec<CompletionCandidate> {
    let begins = |name: &CompletionCandidate| {
        let name = name.get_value().as_encoded_bytes();
        name.starts_with(typed.as_encoded_bytes())
    };
    let names = names.into_iter().filter(begins);
    names.chain(paths.complete(typed)).collect()
}

fn profiles() -> Vec<CompletionCandidate> {
    let names = Library::installed().map(|library| library.names()).unwrap_or_default();
    names.into_iter().map(CompletionCandidate::new).collect()
}

fn demos() -> Vec<CompletionCandidate> {
    let demos = Collection::installed()
        .map(|collection| collection.all())
        .unwrap_or_default();
    let candidate = |(name, demo): (String, Result<Demo>)| {
        CompletionCandidate::new(name).help(demo.ok().map(|demo| demo.summary.into()))
    };
    demos.into_iter().map(candidate).collect()
}

/// Guests that are running.
pub fn running() -> Vec<CompletionCandidate> {
    runs(run_directory::is_alive)
}

/// Named snapshots of the guest that has been typed, or of all that are running; newest first.
pub fn snapshots() -> Vec<CompletionCandidate> {
    let Ok(runs) = crate::paths::runs() else {
        return Vec::new();
    };
    let words: Vec<String> = std::env::args().collect();
    let verb = words.iter().position(|word| word == "vm").map(|at| at + 1);
    let run = verb.and_then(|at| words.get(at + 1));
    let named = run.and_then(|name| lookup::find(&runs, name, Has::Anything).ok());
    let all = named.map_or_else(|| lookup::list(&runs), |run| vec![run]);
    let alive = all.iter().rev().filter(|path| run_directory::is_alive(path));
    let records = alive.filter_map(|path| run_directory::read_record(path));
    let names = records.flat_map(|record| {
        let names = record.snapshots.into_iter().rev();
        names.map(move |snapshot| CompletionCandidate::new(snapshot.name).help(Some(record.id.clone().into())))
    });
    names.collect()
}

/// Named snapshots that a run can begin with; with their run's name where several guests have one that is called so.
pub fn beginnings() -> Vec<CompletionCandidate> {
    let all = crate::paths::runs()
        .map(|runs| beginning::all(&runs))
        .unwrap_or_default();
    let several = |name: &str| all.iter().filter(|it| it.named.snapshot == name).count() > 1;
    let candidate = |it: &Beginning| match several(&it.named.snapshot) {
        true => CompletionCandidate::new(it.named.to_string()),
        false => CompletionCandidate::new(&it.named.snapshot).help(Some(it.named.run.clone().into())),
    };
    all.iter().map(candidate).collect()
}

/// Runs with a recording.
pub fn replayable() -> Vec<CompletionCandidate> {
    runs(|path| Has::Recording.is_in(path))
}

/// Every run that left a directory.
pub fn recorded() -> Vec<CompletionCandidate> {
    runs(|_| true)
}

/// Newest first.
fn runs(wanted: impl Fn(&Path) -> bool) -> Vec<CompletionCandidate> {
    let all = crate::paths::runs().map(|runs| lookup::list(&runs)).unwrap_or_default();
    let wanted = all.iter().rev().filter(|path| wanted(path));
    let ids = wanted.filter_map(|path| Some(path.file_name()?.to_owned()));
    std::iter::once("last".into())
        .chain(ids)
        .map(CompletionCandidate::new)
        .collect()
}

/// Roots and sources of the lock file.
pub fn locked() -> Vec<CompletionCandidate> {
    use crate::toolbox::{self, Lock};
    let lock = crate::paths::repository()
        .ok()
        .and_then(|root| Lock::read(&toolbox::directory(&root).join("lock.json")).ok());
    let names = lock.map(|lock| {
        lock.roots
            .into_keys()
            .chain(lock.sources.into_keys())
            .collect::<Vec<_>>()
    });
    names
        .unwrap_or_default()
        .into_iter()
        .map(CompletionCandidate::new)
        .collect()
}
