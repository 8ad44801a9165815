//! `--tmux`: GDB in one pane, the guest's console in the other.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::diag::{Error, Result};
use crate::profile::Emulator;
use crate::run::debug::Pane;
use crate::shell::quote;

/// Inside tmux: what opens a pane for a run's console. Outside: this process goes on inside tmux. gem5's console can only be
/// read.
pub fn enter(emulator: &Emulator) -> Result<Pane> {
    if std::env::var_os("TMUX").is_some() {
        return Ok(match emulator {
            Emulator::Qemu(_) => |run| open_pane("vm console", run),
            Emulator::Gem5(_) => |run| open_pane("vm log --follow", run),
        });
    }
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let line = [program()?.into_os_string()].into_iter().chain(words);
    let line = line.map(|word| quote(&word)).collect::<Vec<_>>().join(" ");
    Err(failed(Command::new("tmux").args(["new-session", &line]).exec()))
}

fn open_pane(command: &str, run: &str) -> Result<()> {
    let line = format!("{} {command} {run}", quote(program()?.as_os_str()));
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

fn program() -> Result<PathBuf> {
    std::env::current_exe().map_err(failed)
}

fn failed(error: std::io::Error) -> Error {
    Error::usage("lkmc::gdb::tmux", "tmux cannot be used")
        .cause(error)
        .help("install tmux, or run `lkmc vm console` in a second terminal")
}
