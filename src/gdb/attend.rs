//! GDB from its start to its end, where no run of this process has to be driven meanwhile.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, unbounded};
use signal_hook::consts::SIGINT;

use crate::command_line::CommandLine;
use crate::diag::{Error, Exit, Result};
use crate::emulator::qemu::GDB_SOCKET;
use crate::events::Event;
use crate::host::socket::connect_socket;
use crate::host::{signals, terminal};
use crate::lock::Lock;

use super::process::attach_lock;
use super::{Debugger, Terminal};

/// QEMU takes the next debugger at once, or never.
const RELEASE: Duration = Duration::from_secs(10);
/// `D` in GDB's protocol, for the one process that a machine is to it: breakpoints are removed, and the guest goes on.
const DETACH: &[u8] = b"+$D;1#b0";
const DETACHED: &[u8] = b"$OK#9a";

/// What a GDB is given.
pub struct Attendance<'a> {
    pub line: &'a CommandLine,
    pub terminal: Terminal,
    /// Directory of the run whose emulator it is attached to. That guest is not ours, and goes on whatever becomes of GDB.
    pub run: Option<&'a Path>,
    pub limit: Option<Duration>,
}

impl Attendance<'_> {
    /// Until GDB ends, or the time is over, or a signal comes. The status is GDB's.
    pub fn attend(&self) -> Result<u8> {
        let lock = self.run.map(attach).transpose()?;
        let ended = self.wait(lock);
        if let (Err(_), Some(run)) = (&ended, self.run) {
            release(run);
        }
        ended
    }

    fn wait(&self, lock: Option<Lock>) -> Result<u8> {
        let (sender, events) = unbounded();
        signals::listen(sender.clone())?;
        let _interrupts = signals::leave_interrupts_to_child(self.terminal == Terminal::Ours);
        let _debugger = Debugger::start(self.line, self.terminal, lock, sender)?;
        let deadline = self.limit.map(|limit| Instant::now() + limit);
        loop {
            let event = match deadline {
                Some(deadline) => events.recv_deadline(deadline),
                None => events.recv().map_err(RecvTimeoutError::from),
            };
            match event {
                Ok(Event::DebuggerExit(status)) => return status_of(status),
                Ok(Event::Signal(signal)) => {
                    let message = format!("signal {signal} ended the session");
                    return Err(Error::new(Exit::Interrupted(signal), "lkmc::gdb::interrupted", message));
                }
                Ok(_) => {}
                Err(_) => {
                    let message = format!("GDB did not end within {:?}", self.limit.unwrap_or_default());
                    return Err(Error::timeout("lkmc::gdb::timeout", message).help("--timeout gives it longer"));
                }
            }
        }
    }
}

/// To a guest that runs. Its owner learns of that by the lock when the guest stops, which it does at the first connection.
fn attach(run: &Path) -> Result<Lock> {
    let lock = attach_lock(run)?;
    // A guest between two emulators, or one that is about to end, has no stub.
    connect_socket(run, GDB_SOCKET).map_err(|error| {
        let message = format!("the emulator of the run in {} takes no GDB", run.display());
        Error::infrastructure("lkmc::gdb::unreachable", message).cause(error)
    })?;
    Ok(lock)
}

/// That of a script, or of what ended a session before its prompt (gdb/lkmc/session.py); a user who just quits leaves 0.
pub fn status_of(status: ExitStatus) -> Result<u8> {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ok(code as u8),
        // Until GDB has set itself up, Ctrl-C does to it what it does to any program.
        (None, Some(SIGINT)) => {
            let message = "Ctrl-C ended GDB before it was ready";
            Err(Error::new(Exit::Interrupted(SIGINT), "lkmc::gdb::interrupted", message))
        }
        (None, signal) => {
            let message = format!("GDB was killed by signal {}", signal.unwrap_or_default());
            Err(Error::infrastructure("lkmc::gdb::killed", message))
        }
    }
}

/// QEMU keeps a guest standing whose GDB is gone without a word, and its breakpoints too.
pub fn release(run: &Path) {
    // A guest that has ended needs nothing.
    let Ok(mut stub) = connect_socket(run, GDB_SOCKET) else {
        return;
    };
    let mut detach = || -> std::io::Result<()> {
        stub.set_read_timeout(Some(RELEASE))?;
        stub.write_all(DETACH)?;
        let (mut said, mut chunk) = (Vec::new(), [0; 64]);
        while !said.windows(DETACHED.len()).any(|window| window == DETACHED) {
            match stub.read(&mut chunk)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                length => said.extend_from_slice(&chunk[..length]),
            }
        }
        Ok(())
    };
    if let Err(error) = detach() {
        let message = format!("the guest may stand still ({error}); `lkmc gdb RUN --batch -ex detach` lets it go on");
        terminal::announce(&message, false);
    }
}
