//! `lkmc vm monitor`: commands of QEMU's own monitor, for a guest that somebody else owns.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::Global;
use crate::diag::{Error, Exit, Result};
use crate::emulator::qemu::MONITOR_SOCKET;
use crate::emulator::qmp::{self, Qmp};
use crate::host::socket::connect_socket;
use crate::host::stdout;
use crate::profile::EmulatorKind;
use crate::run_directory::id;

use super::{running, soon};

/// Whether somebody has stopped the machine by its monitor. A monitor that does not answer says nothing of the kind.
pub(super) fn is_stopped(path: &Path) -> bool {
    const LIMIT: Duration = Duration::from_secs(1);
    let deadline = Instant::now() + LIMIT;
    let status = connect_socket(path, MONITOR_SOCKET).ok().and_then(|stream| {
        let mut qmp = Qmp::connect(stream, deadline).ok()?;
        qmp.execute("query-status", Value::Null, deadline).ok()
    });
    status.is_some_and(|status| status["status"] == "paused")
}

pub fn monitor(global: &Global, path: &Path, words: &[String]) -> Result<ExitCode> {
    let id = id::of(path);
    let on_gem5 = running(path)?.emulator() == Some(EmulatorKind::Gem5);
    let stream = connect_socket(path, MONITOR_SOCKET).map_err(|error| {
        let refusal = Error::usage("lkmc::vm::no_monitor", format!("run {id} has no monitor of QEMU's"));
        match error.kind() {
            ErrorKind::NotFound if on_gem5 => refusal
                .cause("it is on gem5, which has none")
                .help("`lkmc gem5 config` and `lkmc gem5 stats` show a simulated machine once it has ended"),
            ErrorKind::NotFound => refusal.help("a guest with Linux has one, unless it is recorded or replayed"),
            _ => refusal.cause(error),
        }
    })?;
    let failed = |error: qmp::Error| {
        let message = format!("the monitor of run {id} does not answer");
        Error::infrastructure("lkmc::vm::monitor", message).cause(error)
    };
    let deadline = soon(global);
    let mut qmp = Qmp::connect(stream, deadline).map_err(failed)?;
    let line = json!({ "command-line": words.join(" ") });
    let answer = qmp.execute("human-monitor-command", line, deadline).map_err(failed)?;
    let answer = answer.as_str().unwrap_or_default().replace("\r\n", "\n");
    if answer.starts_with("unknown command: ") {
        return Err(Error::usage(
            "lkmc::vm::monitor_command",
            format!("QEMU's monitor: {}", answer.trim_end()),
        )
        .help("`lkmc vm monitor RUN help` lists its commands"));
    }
    stdout::print(&answer)?;
    // What it refuses it says so.
    match answer.starts_with("Error: ") {
        true => Ok(Exit::Failed.into()),
        false => Ok(ExitCode::SUCCESS),
    }
}
