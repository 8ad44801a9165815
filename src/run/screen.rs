//! What of the console reaches the user.

use std::io::Write;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::diag::Result;
use crate::thread::spawn_thread;

/// /init prints this line before it starts the shell.
const MARKER: &[u8] = b"lkmc: shell\r\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Start,
    /// The boot is hidden, unless something goes wrong in it.
    Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Stdout,
    Stderr,
}

pub struct Screen {
    hidden: Option<Vec<u8>>,
    writer: Option<Sender<Vec<u8>>>,
    done: Receiver<()>,
}

impl Screen {
    /// Writes in a thread of its own: a terminal that stands still (Ctrl-S) does not stop the run.
    pub fn new(from: From, to: To) -> Result<Screen> {
        let (writer, chunks) = unbounded::<Vec<u8>>();
        let (done_sender, done) = unbounded();
        spawn_thread("screen", move || {
            // Dropped at the end, which is the message.
            let _done: Sender<()> = done_sender;
            for chunk in chunks {
                let written = match to {
                    To::Stdout => write(std::io::stdout(), &chunk),
                    To::Stderr => write(std::io::stderr(), &chunk),
                };
                if written.is_err() {
                    return;
                }
            }
        })?;
        let hidden = (from == From::Shell).then(Vec::new);
        Ok(Screen {
            hidden,
            writer: Some(writer),
            done,
        })
    }

    pub fn show(&mut self, bytes: &[u8]) {
        let Some(hidden) = &mut self.hidden else {
            return self.write(bytes.to_vec());
        };
        hidden.extend_from_slice(bytes);
        if let Some(at) = hidden.windows(MARKER.len()).position(|window| window == MARKER) {
            let rest = hidden.split_off(at + MARKER.len());
            self.hidden = None;
            self.write(rest);
        }
    }

    /// Shows what was hidden: something went wrong.
    pub fn reveal(&mut self) {
        if let Some(hidden) = self.hidden.take() {
            self.write(hidden);
        }
    }

    /// Shows what follows, and not what came before.
    pub fn start_here(&mut self) {
        self.hidden = None;
    }

    fn write(&self, bytes: Vec<u8>) {
        if let Some(writer) = &self.writer {
            let _ = writer.send(bytes);
        }
    }

    /// Gives the writer a moment for the rest.
    pub fn finish(&mut self) {
        self.writer = None;
        let _ = self.done.recv_timeout(Duration::from_millis(500));
    }
}

fn write(mut to: impl Write, bytes: &[u8]) -> std::io::Result<()> {
    to.write_all(bytes)?;
    to.flush()
}
