//! `lkmc completions SHELL`, and what the shell is offered for names that only exist at run time.
//!
//! The script asks lkmc itself at each completion (`COMPLETE` in the environment), so that names are always the present ones.

use std::process::ExitCode;

use clap_complete::CompletionCandidate;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Zsh};

use super::print;
use crate::cli::Shell;
use crate::diag::{Error, Result};
use crate::run::directory;

/// The script names this very executable, which need not be in `PATH`.
pub fn run(shell: Shell) -> Result<ExitCode> {
    let shell: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Elvish => &Elvish,
    };
    let failed = |error| Error::infrastructure("lkmc::completions", "cannot write the completion script").cause(error);
    let executable = std::env::current_exe().map_err(failed)?;
    let mut script = Vec::new();
    shell
        .write_registration("COMPLETE", "lkmc", "lkmc", &executable.to_string_lossy(), &mut script)
        .map_err(failed)?;
    print(&String::from_utf8_lossy(&script))
}

/// Guests that are running.
pub fn running() -> Vec<CompletionCandidate> {
    runs(directory::is_alive)
}

/// Runs with a recording.
pub fn replayable() -> Vec<CompletionCandidate> {
    runs(|path| path.join(crate::record::tape::TAPE).exists())
}

/// Every run that left a directory.
pub fn recorded() -> Vec<CompletionCandidate> {
    runs(|_| true)
}

/// Newest first.
fn runs(wanted: impl Fn(&std::path::Path) -> bool) -> Vec<CompletionCandidate> {
    let all = crate::paths::runs()
        .map(|runs| directory::list(&runs))
        .unwrap_or_default();
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
