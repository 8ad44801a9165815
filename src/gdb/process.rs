//! GDB as a child process.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::events::Event;
use crate::host::child::{Child, Kind};
use crate::host::watchdog::Kept;
use crate::lock::Lock;

use super::LOCK;

/// The guest's owner holds the lock for a moment after a debugger that was killed.
const PATIENCE: Duration = Duration::from_millis(500);

/// Who talks to GDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// The user: Ctrl-C is for the guest.
    Ours,
    /// Nobody: a script.
    None,
}

/// A GDB that runs, the only one on its guest. Killed when dropped; the rest is let go of in this order.
pub struct Debugger {
    _process: Child,
    _lock: Option<Lock>,
    /// GDB edits lines, and puts the terminal back only if it ends by itself.
    _terminal: Option<Kept>,
}

impl Debugger {
    /// `lock`: of the run that it will be attached to, by [`attach_lock`]. Its end becomes an event.
    pub fn start(
        line: &CommandLine,
        terminal: Terminal,
        lock: Option<Lock>,
        sender: Sender<Event>,
    ) -> Result<Debugger> {
        let kept = (terminal == Terminal::Ours).then(Kept::keep).flatten();
        let set_up = |command: &mut Command| set_up(command, terminal);
        // An error would mean that nobody wants to know.
        let ended = move |status| drop(sender.send(Event::DebuggerExit(status)));
        Ok(Debugger {
            _process: Child::start(Kind::Debugger, line, set_up, ended)?,
            _lock: lock,
            _terminal: kept,
        })
    }
}

/// How it is started.
pub fn set_up(command: &mut Command, terminal: Terminal) {
    if terminal == Terminal::None {
        // Ctrl-C is for us, and ends both.
        command.stdin(Stdio::null()).process_group(0);
    }
}

/// Held by the one debugger that a run's emulator serves.
pub fn attach_lock(run: &Path) -> Result<Lock> {
    let (path, deadline) = (run.join(LOCK), Instant::now() + PATIENCE);
    let taken = Lock::exclusive_while(&path, || Instant::now() < deadline);
    taken
        .map_err(|error| Error::io("cannot lock", &path, error))?
        .ok_or_else(|| {
            Error::usage(
                "lkmc::gdb::attached",
                format!("another GDB is attached to the run in {}", run.display()),
            )
            .help("an emulator serves one at a time; leave that one with `detach` or `quit` first")
        })
}
