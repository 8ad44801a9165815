//! GDB as a child process.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::diag::{Error, Result};
use crate::emulator::CommandLine;
use crate::run::events::Event;
use crate::run::terminal::Kept;
use crate::run::vm::die_with_us;

use super::LOCK;

/// Who talks to GDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// The user: Ctrl-C is for the guest.
    Ours,
    /// Nobody: a script.
    None,
}

/// A GDB that runs, the only one on its guest. Killed when dropped.
pub struct Debugger {
    pidfd: OwnedFd,
    waiting: Option<JoinHandle<()>>,
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
        let failed = |error: std::io::Error| {
            Error::infrastructure("lkmc::gdb::not_started", "GDB cannot be started")
                .cause(error)
                .help(format!("the command was:\n{}", line.to_shell()))
        };
        let mut command = line.to_command();
        if terminal == Terminal::None {
            // Ctrl-C is for us, and ends both.
            command.stdin(Stdio::null()).process_group(0);
        }
        let kept = (terminal == Terminal::Ours).then(Kept::keep).flatten();
        die_with_us(&mut command);
        let mut child = command.spawn().map_err(failed)?;
        let pidfd = Pid::from_raw(child.id() as i32)
            .ok_or(rustix::io::Errno::SRCH)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
            .map_err(|errno| failed(errno.into()))?;
        let wait = move || {
            // An error would mean that somebody else reaped our child, or that nobody wants to know.
            let _ = sender.send(Event::DebuggerExit(child.wait().unwrap_or_default()));
        };
        let waiting = std::thread::Builder::new()
            .name("gdb".into())
            .spawn(wait)
            .map_err(failed)?;
        Ok(Debugger {
            pidfd,
            waiting: Some(waiting),
            _lock: lock,
            _terminal: kept,
        })
    }
}

impl Drop for Debugger {
    fn drop(&mut self) {
        let _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.join();
        }
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
