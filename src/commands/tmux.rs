//! `--tmux`: GDB in one pane, the guest's console in the other.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::diag::{Error, Result};
use crate::profile::Emulator;
use crate::run::driver::debugger::Pane;
use crate::shell::quote;

/// Inside tmux: what opens a pane for a run's console. Outside: this process goes on inside tmux. gem5's console can only be
/// read.
pub fn enter(emulator: &Emulator) -> Result<Pane> {
    if std::env::var_os("TMUX").is_some() {
        return Ok(match emulator {
            Emulator::Qemu(_) => |run| open_pane(&["vm", "console"], run),
            Emulator::Gem5(_) => |run| open_pane(&["vm", "log", "--follow"], run),
        });
    }
    if !rustix::termios::isatty(std::io::stdout()) {
        return Err(failed(std::io::Error::other("standard output is no terminal")));
    }
    // What it says at its end would vanish with the session.
    const ENDING: &str = "|| { printf '\\nlkmc ended with status %s; Enter closes this ' $?; read -r _; }";
    let line = format!("{} {ENDING}", ourselves(std::env::args_os().skip(1))?);
    Err(failed(Command::new("tmux").args(["new-session", &line]).exec()))
}

/// A line that starts this lkmc on this checkout with these words: a pane has the environment of tmux's server.
fn ourselves(words: impl Iterator<Item = OsString>) -> Result<String> {
    let root = crate::paths::repository().map(|root| ("LKMC_ROOT".into(), root.into_os_string()));
    let set = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("LKMC_") && name != "LKMC_ROOT"
    });
    let assign = |(name, value): (OsString, OsString)| [name, value].join(OsStr::new("="));
    let program = std::env::current_exe().map_err(failed)?.into_os_string();
    let line = ["env".into()]
        .into_iter()
        .chain(root.into_iter().chain(set).map(assign))
        .chain([program])
        .chain(words);
    Ok(line.map(|word| quote(&word)).collect::<Vec<_>>().join(" "))
}

fn open_pane(command: &[&str], run: &str) -> Result<()> {
    let line = ourselves(command.iter().chain(&[run]).map(OsString::from))?;
    let status = Command::new("tmux")
        .args(["split-window", "-d", "-h", &line])
        .stdin(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(std::io::Error::other(format!("split-window: {status}")))),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::usage("lkmc::gdb::tmux", "tmux cannot be used")
        .cause(error)
        .help("install tmux, or run `lkmc vm console` in a second terminal")
}
