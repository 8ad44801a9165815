//! `lkmc completions SHELL`: a script that asks lkmc itself at each completion (`COMPLETE` in the environment).

use std::process::ExitCode;

use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Zsh};

use super::print;
use crate::cli::Shell;
use crate::diag::{Error, Result};

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
