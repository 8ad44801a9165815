//! What of the console reaches the user.

use std::io::Write;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use rustix::termios::isatty;

use crate::diag::Result;
use crate::emulator::qemu::CONSOLE_LOG;
use crate::events::Event;
use crate::host::thread::spawn_thread;

/// /init prints this line before it starts the shell.
const MARKER: &[u8] = b"lkmc: shell\r\n";
/// So much of a boot is kept for when something goes wrong in it; the console's log has all of it.
const HIDDEN: usize = 1 << 20;
/// So much waits for whoever takes nothing.
const MOST: usize = 16 << 20;

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
    /// How much the writer has not written yet.
    waiting: Arc<AtomicUsize>,
    /// How much it was not given, because too much waited.
    missed: usize,
    done: Receiver<()>,
}

impl Screen {
    /// `Event::OutputClosed` says that nothing can be written there any more.
    pub fn new(from: From, to: To, sender: &Sender<Event>) -> Result<Screen> {
        match to {
            To::Stdout => Screen::on(std::io::stdout(), from, sender),
            To::Stderr => Screen::on(std::io::stderr(), from, sender),
        }
    }

    /// Writes in a thread of its own: a terminal that stands still (Ctrl-S) does not stop the run.
    fn on(mut stream: impl Write + AsFd + Send + 'static, from: From, sender: &Sender<Event>) -> Result<Screen> {
        let (writer, chunks) = unbounded::<Vec<u8>>();
        let (done_sender, done) = unbounded();
        let waiting: Arc<AtomicUsize> = Arc::default();
        let (left, sender) = (Arc::clone(&waiting), sender.clone());
        // Of a terminal that is closed a signal tells.
        let tells = !isatty(&stream);
        spawn_thread("screen", move || {
            // Dropped at the end, which is the message.
            let _done: Sender<()> = done_sender;
            for chunk in chunks {
                match stream.write_all(&chunk).and_then(|()| stream.flush()) {
                    Ok(()) => drop(left.fetch_sub(chunk.len(), Ordering::Relaxed)),
                    Err(error) if tells => return drop(sender.send(Event::OutputClosed(error))),
                    Err(_) => return,
                }
            }
        })?;
        Ok(Screen {
            from,
            hidden: (from != From::Start).then(Vec::new),
            writer: Some(writer),
            waiting,
            missed: 0,
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

    /// What is too much for whoever takes nothing is told when they take again.
    fn write(&mut self, bytes: Vec<u8>) {
        if self.waiting.load(Ordering::Relaxed) + bytes.len() > MOST {
            self.missed += bytes.len();
            return;
        }
        self.tell_missed();
        self.pass_on(bytes);
    }

    fn tell_missed(&mut self) {
        if let missed @ 1.. = std::mem::take(&mut self.missed) {
            let text = format!("\r\nlkmc: {missed} bytes are not shown here; {CONSOLE_LOG} of the run has them\r\n");
            self.pass_on(text.into_bytes());
        }
    }

    fn pass_on(&self, bytes: Vec<u8>) {
        self.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        // A writer that is gone has said why.
        let _ = self.writer.as_ref().map(|writer| writer.send(bytes));
    }

    /// Gives the writer a moment for the rest.
    pub fn finish(&mut self) {
        self.tell_missed();
        self.writer = None;
        let _ = self.done.recv_timeout(Duration::from_millis(500));
    }
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
            waiting: Arc::default(),
            missed: 0,
            done,
        };
        (screen, written)
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let (sender, events) = unbounded();
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut screen = Screen::on(full, From::Start, &sender).unwrap();
        screen.show(b"said");
        assert!(matches!(events.recv().unwrap(), Event::OutputClosed(error) if error.to_string().contains("No space")));
    }

    #[test]
    fn who_takes_nothing_is_told_later_what_did_not_wait() {
        let (mut screen, written) = screen();
        screen.start_here();
        let line = vec![b'x'; 1 << 20];
        (0..20).for_each(|_| screen.show(&line));
        let waited: usize = written.try_iter().map(|bytes| bytes.len()).sum();
        assert_eq!(waited, MOST);
        screen.waiting.store(0, Ordering::Relaxed);
        screen.show(b"more");
        let shown: Vec<u8> = written.try_iter().flatten().collect();
        let text = format!("lkmc: {} bytes are not shown here", 4 << 20);
        assert!(String::from_utf8_lossy(&shown).contains(&text));
        assert!(shown.ends_with(b"more"));
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
