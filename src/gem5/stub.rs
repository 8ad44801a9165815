//! GDB's way to a simulation: a socket in the run directory, and behind it gem5's own stub.
//!
//! gem5 24.0 takes for granted that a GDB takes its leave: it reads for ever from one that is gone, and dies of writing to it. So
//! lkmc stands between them, and says for a GDB that was killed what it did not say any more. It also answers what gem5 leaves
//! unanswered: that a GDB may go, that it was interrupted, and that the simulation has ended. And it steps again where a step was none:
//! from a breakpoint the simple processors count one instruction too few (src/cpu/simple/atomic.cc: breakpoints are looked for before
//! instructions are counted), and GDB would be at the same breakpoint once more.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::net::{Shutdown, shutdown};

use crate::diag::{Error, Result};
use crate::emulator::gem5::STUB_SOCKET;
use crate::emulator::qemu::GDB_SOCKET;
use crate::gdb::packets::{INTERRUPT, Packets, Piece, is_stop, packet, read, wait_for_either};
use crate::host::socket::{connect_socket, socket_path};
use crate::host::thread::spawn_thread;

/// gem5 listens a moment after its start; between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// gem5 answers at its next instruction, or never.
const ANSWER: Duration = Duration::from_secs(10);
/// GDB takes note of an end at once.
const FAREWELL: Duration = Duration::from_secs(1);

/// Open while this lives.
pub struct Relay {
    listener: UnixListener,
    closed: Arc<AtomicBool>,
    socket: PathBuf,
}

impl Relay {
    /// Listens in the run directory. `output`: gem5's output directory there.
    pub fn open(run: &Path, output: &Path) -> Result<Relay> {
        let socket = run.join(GDB_SOCKET);
        let failed = |error| Error::io("cannot listen on", &socket, error);
        let listener = File::open(run)
            .and_then(|directory| UnixListener::bind(socket_path(&directory, GDB_SOCKET)))
            .map_err(failed)?;
        let closed = Arc::new(AtomicBool::new(false));
        let (accepting, end, output) = (
            listener.try_clone().map_err(failed)?,
            Arc::clone(&closed),
            output.to_owned(),
        );
        spawn_thread("gdb-relay", move || {
            while let Ok((gdb, _)) = accepting.accept() {
                if let Some(gem5) = connect(&output, &end) {
                    // An error means that the simulation has ended.
                    let _ = Connection::new(gdb, gem5).relay();
                }
            }
        })?;
        Ok(Relay {
            listener,
            closed,
            socket,
        })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        // Ends the wait for the next GDB; one that is connected hears of gem5's end.
        let _ = shutdown(&self.listener, Shutdown::Both);
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn connect(output: &Path, closed: &AtomicBool) -> Option<UnixStream> {
    while !closed.load(Ordering::Acquire) {
        if let Ok(stream) = connect_socket(output, STUB_SOCKET) {
            return Some(stream);
        }
        std::thread::sleep(LOOK);
    }
    None
}

/// One GDB.
struct Connection {
    gdb: UnixStream,
    gem5: UnixStream,
    asked: Packets,
    answered: Packets,
    /// GDB waits for a stop.
    running: bool,
    /// GDB waits for a step; the registers before it.
    stepping: Option<Vec<u8>>,
    /// GDB's last bytes are for Ctrl-C.
    interrupted: bool,
    /// GDB has said that it goes.
    goodbye: bool,
    /// `TYPE,ADDRESS,KIND` of each that GDB has set.
    breakpoints: Vec<Vec<u8>>,
}

impl Connection {
    fn new(gdb: UnixStream, gem5: UnixStream) -> Connection {
        Connection {
            gdb,
            gem5,
            asked: Packets::default(),
            answered: Packets::default(),
            running: false,
            stepping: None,
            interrupted: false,
            goodbye: false,
            breakpoints: Vec::new(),
        }
    }

    fn relay(mut self) -> io::Result<()> {
        loop {
            let (from_gdb, from_gem5) = wait_for_either(&self.gdb, &self.gem5)?;
            if from_gem5 && !self.hear_gem5()? {
                return self.simulation_ended();
            }
            if from_gdb && !self.hear_gdb()? {
                return match self.goodbye {
                    true => Ok(()),
                    false => self.take_leave(),
                };
            }
        }
    }

    /// False at its end.
    fn hear_gdb(&mut self) -> io::Result<bool> {
        let Some(bytes) = read(&mut self.gdb) else {
            return Ok(false);
        };
        let mut answer = None;
        for asked in self.asked.take(&bytes) {
            match &asked {
                Piece::Byte(byte) => self.interrupted |= *byte == INTERRUPT,
                Piece::Packet(asked) => {
                    if let [b's' | b'S', ..] = asked[..] {
                        self.stepping = Some(self.registers()?);
                    }
                    answer = self.note(asked).or(answer);
                }
            }
            self.gem5.write_all(&asked.encode())?;
        }
        if let Some(answer) = answer {
            // GDB wants the command acknowledged before the answer, and gem5 may take its time.
            self.gdb.write_all(&[b"+", &packet(answer)[..]].concat())?;
        }
        Ok(true)
    }

    /// Keeps what matters about a command of GDB's. Its answer, if gem5 gives none.
    fn note(&mut self, asked: &[u8]) -> Option<&'static [u8]> {
        match asked {
            [b'c' | b'C' | b's' | b'S', ..] => (self.running, self.interrupted) = (true, false),
            [b'Z', breakpoint @ ..] => self.breakpoints.push(breakpoint.to_owned()),
            [b'z', breakpoint @ ..] => self.breakpoints.retain(|other| other != breakpoint),
            [b'k', ..] => self.goodbye = true,
            [b'D', ..] | [b'v', b'K', ..] => {
                self.goodbye = true;
                return Some(b"OK");
            }
            _ => {}
        }
        None
    }

    fn hear_gem5(&mut self) -> io::Result<bool> {
        let Some(bytes) = read(&mut self.gem5) else {
            return Ok(false);
        };
        let mut passed = Vec::new();
        for mut answered in self.answered.take(&bytes) {
            if let Piece::Packet(content) = &mut answered
                && is_stop(content)
            {
                if let Some(before) = self.stepping.take()
                    && !self.interrupted
                {
                    self.gem5.write_all(b"+")?;
                    if self.registers()? == before {
                        self.gem5.write_all(&packet(b"s"))?;
                        continue;
                    }
                }
                self.running = false;
                // gem5 calls an interruption an illegal instruction.
                if std::mem::take(&mut self.interrupted) && content.starts_with(b"T04") {
                    content[2] = b'2';
                }
            }
            passed.extend(answered.encode());
        }
        // A GDB that is gone is noticed where it is read from.
        let _ = self.gdb.write_all(&passed);
        Ok(true)
    }

    /// Of a simulation that stands still.
    fn registers(&mut self) -> io::Result<Vec<u8>> {
        self.gem5.set_read_timeout(Some(ANSWER))?;
        self.gem5.write_all(&packet(b"g"))?;
        let registers = self.await_answer(|_| true)?;
        self.gem5.set_read_timeout(None)?;
        Ok(registers)
    }

    /// What GDB would have said: breakpoints are removed, and the simulation goes on.
    fn take_leave(mut self) -> io::Result<()> {
        self.gem5.set_read_timeout(Some(ANSWER))?;
        // Stops what runs. What stands already passes over the first byte, and answers the question.
        self.gem5.write_all(&[&[INTERRUPT][..], &packet(b"?")].concat())?;
        self.await_answer(is_stop)?;
        for breakpoint in std::mem::take(&mut self.breakpoints) {
            self.gem5.write_all(&packet(&[b"z", &breakpoint[..]].concat()))?;
            self.await_answer(|answer| answer == b"OK" || answer.starts_with(b"E"))?;
        }
        self.gem5.write_all(&packet(b"D"))
    }

    /// Until gem5 says what is wanted, which is acknowledged.
    fn await_answer(&mut self, wanted: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
        loop {
            let bytes = read(&mut self.gem5).ok_or(ErrorKind::UnexpectedEof)?;
            for piece in self.answered.take(&bytes) {
                let Piece::Packet(answer) = piece else { continue };
                self.gem5.write_all(b"+")?;
                if wanted(&answer) {
                    return Ok(answer);
                }
            }
        }
    }

    /// A GDB that waits for a stop is told that there will be none.
    fn simulation_ended(mut self) -> io::Result<()> {
        if self.running {
            self.gdb.write_all(&packet(b"W00"))?;
        }
        // It acknowledges what it was told last, and would complain if nobody took that.
        self.gdb.set_read_timeout(Some(FAREWELL))?;
        while (self.running || self.goodbye) && read(&mut self.gdb).is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests;
