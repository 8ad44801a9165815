//! Connections of a debugger that go through lkmc.
//!
//! To gdbserver in a guest: a socket of the host on one side, the command's standard input and output on the other. No network is
//! needed, and the command's standard error stays apart. To QEMU's user mode, which does not listen while its program runs: the
//! byte that asks for an interruption becomes a signal. To QEMU's boards, which do not wait for an answer when they end.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::diag::{Error, Result};
use crate::events::Event;
use crate::events::streams;
use crate::gdb::packets::{INTERRUPT, Packets, Piece};
use crate::guest::process::Process;
use crate::host::thread::spawn_thread;

/// The connection's end is heard by the debugger when the command ends or the guest is gone.
struct Wire(UnixStream);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // An error would mean that the other end is gone too.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// Lets the first who connects talk to a stub. `interrupt` is called in place of passing that request on.
pub fn interruptible(address: &Path, stub: UnixStream, interrupt: impl Fn() + Send + 'static) -> Result<()> {
    relay(address, stub, Some(interrupt))
}

/// Lets the first who connects talk to a stub that may be gone before its last word is acknowledged: QEMU's, of a program that
/// has ended. GDB would take that for a broken connection.
pub fn patient(address: &Path, stub: UnixStream) -> Result<()> {
    relay(address, stub, None::<fn()>)
}

fn relay(address: &Path, stub: UnixStream, interrupt: Option<impl Fn() + Send + 'static>) -> Result<()> {
    let listener = UnixListener::bind(address).map_err(|error| Error::io("cannot listen at", address, error))?;
    spawn_thread("tunnel", move || {
        let Ok((mut from_debugger, _)) = listener.accept() else {
            return;
        };
        let (Ok(mut to_debugger), Ok(mut from_stub)) = (from_debugger.try_clone(), stub.try_clone()) else {
            return;
        };
        let mut to_stub = Wire(stub);
        let back = std::thread::spawn(move || {
            let _ = std::io::copy(&mut from_stub, &mut to_debugger);
            // It hears that there is no more, and may still say something.
            let _ = to_debugger.shutdown(Shutdown::Write);
        });
        let (mut chunk, mut packets) = (vec![0; 64 * 1024], Packets::default());
        while let Ok(length @ 1..) = from_debugger.read(&mut chunk) {
            // An error means that the stub is gone, of which the debugger hears by the other thread.
            let mut pass = |bytes: &[u8]| drop(to_stub.write_all(bytes));
            match &interrupt {
                Some(interrupt) => pass_on(packets.take(&chunk[..length]), pass, interrupt),
                None => pass(&chunk[..length]),
            }
        }
        drop(to_stub);
        let _ = back.join();
    })
}

/// The request of an interruption stands between packets, and may come in one piece with them; within one it is data.
fn pass_on(pieces: Vec<Piece>, mut pass: impl FnMut(&[u8]), interrupt: impl Fn()) {
    let mut passed = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Byte(INTERRUPT) => {
                pass(&std::mem::take(&mut passed));
                interrupt();
            }
            piece => passed.extend(piece.encode()),
        }
    }
    pass(&passed);
}

/// Serves the first who connects. The threads end with the process, or with the connection.
pub fn open(address: &Path, process: Process, sender: Sender<Event>) -> Result<()> {
    let listener = UnixListener::bind(address).map_err(|error| Error::io("cannot listen at", address, error))?;
    spawn_thread("tunnel", move || {
        let Ok((stream, _)) = listener.accept() else { return };
        let Ok(mut reader) = stream.try_clone() else { return };
        let (process, stdin) = {
            let stdin = process.stdin();
            (Arc::new(process), stdin)
        };
        if streams::forward(process, sender, Wire(stream), std::io::stderr()).is_err() {
            return;
        }
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(length) = reader.read(&mut chunk) {
            if length == 0 || !stdin.write(&chunk[..length]) {
                break;
            }
        }
        stdin.close();
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn an_interruption_is_found_behind_what_it_interrupts() {
        let (mut packets, heard) = (Packets::default(), RefCell::new(Vec::new()));
        for cut in [&b"+$c#63\x03"[..], b"$X0,1:\x03#", b"00", b"\x03"] {
            let hear = |bytes: &[u8]| heard.borrow_mut().extend_from_slice(bytes);
            pass_on(packets.take(cut), hear, || heard.borrow_mut().extend(b"<interrupt>"));
        }
        let heard = String::from_utf8(heard.into_inner()).unwrap();
        let data = String::from_utf8(Piece::Packet(b"X0,1:\x03".to_vec()).encode()).unwrap();
        assert_eq!(heard, format!("+$c#63<interrupt>{data}<interrupt>"));
    }
}
