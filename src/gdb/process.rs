//! GDB as a child process.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crossbeam_channel::Sender;
use rustix::fs::{FlockOperation, flock};

use crate::child::{Child, Kind};
use crate::diag::{Error, Result};
use crate::emulator::CommandLine;
use crate::run::events::Event;
use crate::run::terminal::Kept;

use super::LOCK;

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
    _lock: Option<File>,
    /// GDB edits lines, and puts the terminal back only if it ends by itself.
    _terminal: Option<Kept>,
}

impl Debugger {
    /// `run`: the directory of the run that it will be attached to. Its end becomes an event.
    pub fn start(
        line: &CommandLine,
        terminal: Terminal,
        run: Option<&Path>,
        sender: Sender<Event>,
    ) -> Result<Debugger> {
        let lock = run.map(attach_lock).transpose()?;
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

fn attach_lock(run: &Path) -> Result<File> {
    let path = run.join(LOCK);
    let file = File::create(&path).map_err(|error| Error::io("cannot create", &path, error))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        Error::usage(
            "lkmc::gdb::attached",
            format!("another GDB is attached to the run in {}", run.display()),
        )
        .help("an emulator serves one at a time; leave that one with `detach` or `quit` first")
    })?;
    Ok(file)
}
