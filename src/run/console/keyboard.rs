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
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::host::socket::connect_socket;
use crate::host::thread::spawn_thread;
use crate::host::typed::Typed;
use crate::run::console;

/// How long what was typed last may be under way when nobody waits for the guest any more.
const PATIENCE: Duration = Duration::from_secs(2);
/// Less than a socket holds.
const PIECE: usize = 4096;
/// What gem5 says within [`console::GATHER`] only in a hurry.
const MUCH: usize = 100;

/// Keys go to a thread, which waits for as long as the guest takes nothing: it may be busy, or a debugger have stopped it.
pub struct Keyboard {
    line: Option<Sender<Typed>>,
    /// What the thread says of each piece; it ends when all has been delivered, or the machine is gone.
    delivered: Receiver<()>,
}

impl Keyboard {
    /// `socket`: of a console of QEMU's in this run directory. An error if it is not there (yet).
    pub fn brief(directory: &Path, socket: &'static str) -> io::Result<Keyboard> {
        drop(connect_socket(directory, socket)?);
        let directory = directory.to_owned();
        Keyboard::new(move |piece| pass_on(connect_socket(&directory, socket)?, piece))
    }

    /// The same for gem5.
    pub fn held(directory: &Path, socket: &str) -> io::Result<Keyboard> {
        let mut stream = connect_socket(directory, socket)?;
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
        Keyboard::new(move |piece| stream.write_all(piece))
    }

    /// `pass` delivers a piece; it fails when the machine is gone.
    fn new(pass: impl FnMut(&[u8]) -> io::Result<()> + Send + 'static) -> io::Result<Keyboard> {
        let ((line, typed), (sender, delivered)) = (unbounded(), unbounded());
        spawn_thread("keyboard", move || deliver(&typed, pass, &sender)).map_err(io::Error::other)?;
        Ok(Keyboard {
            line: Some(line),
            delivered,
        })
    }

    pub fn press(&mut self, typed: Typed) {
        // This fails only when the machine is gone.
        let _ = self.line.as_ref().map(|line| line.send(typed));
        while self.delivered.try_recv().is_ok() {}
    }

    /// Nothing more follows. This becomes disconnected when all has been delivered.
    pub fn end(&mut self) -> Receiver<()> {
        self.line = None;
        self.delivered.clone()
    }
}

/// What was typed last still arrives, unless the machine takes nothing any more.
impl Drop for Keyboard {
    fn drop(&mut self) {
        self.end();
        while self.delivered.recv_timeout(PATIENCE).is_ok() {}
    }
}

fn deliver(typed: &Receiver<Typed>, mut pass: impl FnMut(&[u8]) -> io::Result<()>, delivered: &Sender<()>) {
    for first in typed {
        // Under way until all of it has been delivered.
        let waiting: Vec<Typed> = [first].into_iter().chain(typed.try_iter()).collect();
        let bytes: Vec<u8> = waiting.iter().flat_map(|typed| typed.bytes()).copied().collect();
        for piece in bytes.chunks(PIECE) {
            if pass(piece).is_err() {
                return;
            }
            let _ = delivered.send(());
        }
    }
}

/// Until the guest has taken it: QEMU closes its end when it has read to the end of ours. What it has not read when we close ours
/// would be lost.
fn pass_on(mut stream: UnixStream, piece: &[u8]) -> io::Result<()> {
    let whole = stream
        .write_all(piece)
        .and_then(|()| stream.shutdown(Shutdown::Write))
        .and_then(|()| io::copy(&mut stream, &mut io::sink()));
    // A connection that fails has ended; whether the machine has, the next one tells.
    drop(whole);
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
        pressed.chunks(1000).for_each(|keys| keyboard.press(keys.into()));
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
        keyboard.press(pressed[..].into());
        drop(keyboard);
        // The last connection has been closed: nothing is on its way.
        std::thread::sleep(Duration::from_millis(10));
        assert!(hearing.is_finished());
    }
    #[test]
    fn a_guest_that_is_busy_for_long_gets_every_key() {
        const SOCKET: &str = "console";
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(SOCKET)).unwrap();
        let mut keyboard = Keyboard::brief(directory.path(), SOCKET).unwrap();
        let pressed: Vec<u8> = (0..3 * PIECE).map(|at| at as u8).collect();
        keyboard.press(pressed[..].into());
        let mut heard = Vec::new();
        for _ in 0..4 {
            let mut stream = listener.accept().unwrap().0;
            let mut half = [0; PIECE / 2];
            let Ok(()) = stream.read_exact(&mut half) else { continue };
            std::thread::sleep(Duration::from_millis(1500));
            heard.extend(half);
            stream.read_to_end(&mut heard).unwrap();
        }
        assert!(heard == pressed, "{} bytes of {} arrived", heard.len(), pressed.len());
    }
}
