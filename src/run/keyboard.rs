//! What is typed on a guest's console.
//!
//! What the guest says is read from the log. QEMU passes it to whoever is connected to the console's socket as well, character by
//! character; and one that such a reader does not take at once goes into the log twice, because QEMU logs what could not be sent
//! as if it were lost, and tries again (chardev/char.c, qemu_chr_write_buffer). So there is a connection only while something is
//! typed.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::host::socket::connect_socket;
use crate::host::thread::spawn_thread;

use super::console;

/// A console that takes nothing for so long has lost its machine, which is reported elsewhere.
const PATIENCE: Duration = Duration::from_secs(1);
/// Less than a socket holds.
const PIECE: usize = 4096;
/// What gem5 says within [`console::GATHER`] only in a hurry.
const MUCH: usize = 100;

pub struct Keyboard {
    line: Line,
}

enum Line {
    /// To a thread that connects for each piece, and what it says of each; it ends when all has been delivered.
    Qemu(Option<Sender<Vec<u8>>>, Receiver<()>),
    /// gem5 greets whoever connects, and its log does not suffer from it.
    Gem5(UnixStream),
}

impl Keyboard {
    /// `socket`: of a console of QEMU's in this run directory. An error if it is not there (yet).
    pub fn brief(directory: &Path, socket: &'static str) -> io::Result<Keyboard> {
        drop(connect_socket(directory, socket)?);
        let ((line, typed), (sender, delivered)) = (unbounded(), unbounded());
        let directory = directory.to_owned();
        spawn_thread("keyboard", move || deliver(&typed, &directory, socket, &sender)).map_err(io::Error::other)?;
        Ok(Keyboard {
            line: Line::Qemu(Some(line), delivered),
        })
    }

    /// The same for gem5.
    pub fn held(directory: &Path, socket: &str) -> io::Result<Keyboard> {
        let stream = connect_socket(directory, socket)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut reader = stream.try_clone()?;
        // What comes back has to be taken, or gem5 would wait.
        spawn_thread("console-drain", move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut chunk) {
                // Of a guest that says much there is more to take at once.
                if length < MUCH {
                    std::thread::sleep(console::GATHER);
                }
            }
        })
        .map_err(io::Error::other)?;
        Ok(Keyboard {
            line: Line::Gem5(stream),
        })
    }

    pub fn press(&mut self, bytes: &[u8]) {
        // Either fails only when the machine is gone.
        match &mut self.line {
            Line::Qemu(line, _) => drop(line.as_ref().map(|line| line.send(bytes.to_vec()))),
            Line::Gem5(stream) => drop(stream.write_all(bytes)),
        }
    }
}

/// What was typed last still arrives, unless the machine takes nothing any more.
impl Drop for Keyboard {
    fn drop(&mut self) {
        if let Line::Qemu(line, delivered) = &mut self.line {
            *line = None;
            while delivered.recv_timeout(2 * PATIENCE).is_ok() {}
        }
    }
}

fn deliver(typed: &Receiver<Vec<u8>>, directory: &Path, socket: &str, delivered: &Sender<()>) {
    for mut bytes in typed {
        bytes.extend(typed.try_iter().flatten());
        for piece in bytes.chunks(PIECE) {
            if connect_socket(directory, socket).is_ok_and(|stream| pass_on(stream, piece).is_err()) {
                break;
            }
            let _ = delivered.send(());
        }
    }
}

/// Until the guest has taken it: QEMU closes its end when it has read to the end of ours.
fn pass_on(mut stream: UnixStream, piece: &[u8]) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(piece)?;
    stream.shutdown(Shutdown::Write)?;
    let mut chunk = [0; 4096];
    while stream.read(&mut chunk)? > 0 {
        if Instant::now() > deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn all_that_is_typed_arrives_in_its_order_and_nothing_stays_connected() {
        const SOCKET: &str = "console";
        let directory = tempfile::tempdir().unwrap();
        assert!(Keyboard::brief(directory.path(), SOCKET).is_err());
        let listener = UnixListener::bind(directory.path().join(SOCKET)).unwrap();
        let mut keyboard = Keyboard::brief(directory.path(), SOCKET).unwrap();
        let pressed: Vec<u8> = (0..3 * PIECE).map(|at| at as u8).collect();
        pressed.chunks(1000).for_each(|keys| keyboard.press(keys));
        let mut heard = Vec::new();
        while heard.len() < pressed.len() {
            // As QEMU does, one connection after the other, each until its end.
            listener.accept().unwrap().0.read_to_end(&mut heard).unwrap();
        }
        assert_eq!(heard, pressed);
    }

    #[test]
    fn what_was_typed_last_arrives_though_nothing_follows() {
        const SOCKET: &str = "console";
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(SOCKET)).unwrap();
        let pressed = vec![7; 3 * PIECE];
        let length = pressed.len();
        let hearing = std::thread::spawn(move || {
            let mut heard = Vec::new();
            while heard.len() < length {
                let mut stream = listener.accept().unwrap().0;
                std::thread::sleep(Duration::from_millis(20));
                stream.read_to_end(&mut heard).unwrap();
            }
        });
        let mut keyboard = Keyboard::brief(directory.path(), SOCKET).unwrap();
        keyboard.press(&pressed);
        drop(keyboard);
        // The last connection has been closed: nothing is on its way.
        std::thread::sleep(Duration::from_millis(10));
        assert!(hearing.is_finished());
    }
}
