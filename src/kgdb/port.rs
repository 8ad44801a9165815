//! The host's end of the port.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::diag::{Error, Result};
use crate::emulator::qemu::KGDB_SOCKET;
use crate::host::socket::connect_socket;
use crate::lock::{Lock, is_held};
use crate::profile::Arch;
use crate::run_directory::files;

use super::Kernel;
use super::steps::Relay;

/// Held by whoever uses the port: QEMU would let a second one wait in silence.
const LOCK: &str = "kgdb.lock";
/// What KDB says when it listens, behind the number of the processor.
const PROMPT: &str = "kdb> ";
/// What it says in the middle of an answer that is longer than a screen.
const MORE: &str = "more> ";
/// A request of GDB's protocol that makes a KGDB into a KDB, behind the confirmation that the stub may be waiting for.
const TO_KDB: &[u8] = b"+$3#33";
/// Who looks whether somebody uses the port has the lock for less than this time.
const LOOK: Duration = Duration::from_secs(1);
/// A KDB says its prompt within this time, or is a KGDB.
const SILENCE: Duration = Duration::from_secs(1);

/// Exclusive use of the port.
pub struct Port {
    pub stream: UnixStream,
    lock: Lock,
}

/// The port while GDB uses it.
pub struct Reserved {
    /// Where GDB finds it, in the run directory.
    pub socket: &'static str,
    _relay: Option<Relay>,
    _lock: Lock,
}

impl Port {
    pub fn open(directory: &Path) -> Result<Port> {
        let lock = lock(directory)?;
        let stream = connect_socket(directory, KGDB_SOCKET).map_err(|error| {
            Error::usage(
                "lkmc::kgdb::no_socket",
                "this machine has no port for the kernel's debuggers",
            )
            .cause(error)
            .help("QEMU's machines q35, pc and virt have one")
        })?;
        Ok(Port { stream, lock })
    }

    /// Leaves the port to a GDB that opens it itself: it, or what stands before it on this architecture. Nobody else gets it while the
    /// guard lives.
    pub fn leave_to_gdb(self, run: &Path, arch: Arch) -> Result<Reserved> {
        let (socket, relay) = match arch {
            Arch::Aarch64 => (files::STEPS, Some(Relay::start(run, self.stream)?)),
            Arch::X86_64 | Arch::Arm | Arch::Riscv64 => (KGDB_SOCKET, None),
        };
        Ok(Reserved {
            socket,
            _relay: relay,
            _lock: self.lock,
        })
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).map_err(gone)
    }

    /// KDB's next prompt, after the kernel was told to stop. A stub that served GDB last is made into a KDB.
    pub fn await_kdb(&mut self, deadline: Instant) -> Result<String> {
        if let Ok(text) = self.until_prompt(Instant::now() + SILENCE) {
            return Ok(text);
        }
        self.send(TO_KDB)?;
        self.until_prompt(deadline)
    }

    /// Lets a kernel go on that stands at its prompt, or that GDB has left standing. What QEMU has not passed on when the port is
    /// closed is lost, so it stays open until the guest's programs run; `false` if they do not.
    pub fn release(&mut self, kernel: &Kernel) -> Result<bool> {
        self.send(b"go\r")?;
        Ok(kernel.is_running())
    }

    /// Everything up to and with the next prompt. An answer that stops at the end of a screen is made to go on.
    pub fn until_prompt(&mut self, deadline: Instant) -> Result<String> {
        let (mut text, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let message = "the guest's kernel did not come to KDB's prompt in time";
                return Err(Error::timeout("lkmc::kgdb::no_prompt", message)
                    .cause(format!("it said: {}", String::from_utf8_lossy(&text).trim())));
            }
            self.stream.set_read_timeout(Some(left)).map_err(gone)?;
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(gone(ErrorKind::UnexpectedEof.into())),
                Ok(length) => text.extend_from_slice(&chunk[..length]),
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) =>
                {
                    continue;
                }
                Err(error) => return Err(gone(error)),
            }
            if text.ends_with(MORE.as_bytes()) {
                self.send(b" ")?;
            }
            if text.ends_with(PROMPT.as_bytes()) {
                return Ok(String::from_utf8_lossy(&text).replace('\r', ""));
            }
        }
    }
}

/// Whether the end of what a port said means that KDB listens.
pub fn is_prompt(text: &[u8]) -> bool {
    let line = text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let has = |word: &str| line.windows(word.len()).any(|part| part == word.as_bytes());
    has(PROMPT) || has(MORE)
}

/// Whether somebody has the kernel of a run in its own debugger, where it most often stands still.
pub fn is_attached(run: &Path) -> bool {
    is_held(&run.join(LOCK))
}

fn lock(directory: &Path) -> Result<Lock> {
    let (path, deadline) = (directory.join(LOCK), Instant::now() + LOOK);
    let taken = Lock::exclusive_while(&path, || Instant::now() < deadline)
        .map_err(|error| Error::io("cannot lock", &path, error))?;
    taken.ok_or_else(|| {
        Error::usage(
            "lkmc::kgdb::busy",
            "somebody else uses the kernel's debugger in this guest",
        )
        .help("one debugger at a time: leave the other one first")
    })
}

fn gone(error: std::io::Error) -> Error {
    Error::infrastructure("lkmc::kgdb::gone", "the guest's emulator ended").cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_one_while_something_is_typed_at_it() {
        assert!(is_prompt(b"\r\n[0]kdb> "));
        assert!(is_prompt(b"\r\n[0]kdb> ps"));
        assert!(is_prompt(b"a\r\nmore> "));
        assert!(!is_prompt(b"[0]kdb> go\r\n"));
        assert!(!is_prompt(b""));
    }
}
