//! What of the console reaches the user.

use std::io::Write;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::diag::Result;
use crate::host::thread::spawn_thread;

/// /init prints this line before it starts the shell.
const MARKER: &[u8] = b"lkmc: shell\r\n";
/// So much of a boot is kept for when something goes wrong in it; the console's log has all of it.
const HIDDEN: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Start,
    /// The boot is hidden, unless something goes wrong in it.
    Shell,
    /// So is the first prompt: busybox asks the terminal where its cursor is, and whoever reads next would read the answer.
    Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Stdout,
    Stderr,
}

pub struct Screen {
    from: From,
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
        Ok(Screen {
            from,
            hidden: (from != From::Start).then(Vec::new),
            writer: Some(writer),
            done,
        })
    }

    pub fn show(&mut self, bytes: &[u8]) {
        let Some(hidden) = &mut self.hidden else {
            return self.write(bytes.to_vec());
        };
        // The marker may have begun in what was there before.
        let from = hidden.len().saturating_sub(MARKER.len() - 1);
        hidden.extend_from_slice(bytes);
        let found = hidden[from..].windows(MARKER.len()).position(|window| window == MARKER);
        if let (Some(at), From::Shell) = (found, self.from) {
            let rest = hidden.split_off(from + at + MARKER.len());
            self.hidden = None;
            self.write(rest);
        } else if hidden.len() > 2 * HIDDEN {
            hidden.drain(..hidden.len() - HIDDEN);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A screen that writes into the channel.
    fn screen() -> (Screen, Receiver<Vec<u8>>) {
        let ((writer, written), (_, done)) = (unbounded(), unbounded());
        let screen = Screen {
            from: From::Shell,
            hidden: Some(Vec::new()),
            writer: Some(writer),
            done,
        };
        (screen, written)
    }

    #[test]
    fn the_shell_is_shown_wherever_the_marker_is_cut() {
        let console = [b"booting\n".as_slice(), MARKER, b"/ # "].concat();
        for cut in 0..console.len() {
            let (mut screen, written) = screen();
            screen.show(&console[..cut]);
            screen.show(&console[cut..]);
            assert_eq!(written.try_iter().flatten().collect::<Vec<u8>>(), b"/ # ");
        }
    }

    #[test]
    fn a_shell_that_is_typed_at_first_is_shown_when_that_is_told() {
        let (mut screen, written) = screen();
        screen.from = From::Told;
        screen.show(&[MARKER, b"/ # \x1b[6n"].concat());
        screen.start_here();
        screen.show(b"ls");
        assert_eq!(written.try_iter().flatten().collect::<Vec<u8>>(), b"ls");
    }

    #[test]
    fn of_a_boot_without_end_the_last_is_kept() {
        let (mut screen, written) = screen();
        let line = [b'x'; 4096];
        (0..1000).for_each(|_| screen.show(&line));
        screen.show(b"the last line");
        screen.reveal();
        let shown: Vec<u8> = written.try_iter().flatten().collect();
        assert!((HIDDEN..3 * HIDDEN).contains(&shown.len()), "{}", shown.len());
        assert!(shown.ends_with(b"the last line"));
    }
}
