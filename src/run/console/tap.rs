//! Follows files that an emulator writes: what a guest or a program says in them goes to us while they grow.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::diag::Result;
use crate::events::Event;
use crate::host::stderr::Stderr;
use crate::host::thread::spawn_thread;
use crate::run::console;
use crate::run_directory::files::{STATUS, STDERR, STDOUT};

use super::Stop;

pub struct Tap {
    stop: Stop,
    end: Arc<End>,
    done: Receiver<()>,
}

/// Dropped when nobody writes any more, which is the message: to whoever waits for events, and to whoever waits for this alone.
struct End {
    sender: Sender<Event>,
    _done: Sender<()>,
}

impl Drop for End {
    fn drop(&mut self) {
        let _ = self.sender.send(Event::OutputWritten);
    }
}

impl Tap {
    pub fn new(sender: &Sender<Event>) -> Tap {
        let (end, done) = unbounded();
        Tap {
            stop: Stop::default(),
            end: Arc::new(End {
                sender: sender.clone(),
                _done: end,
            }),
            done,
        }
    }

    /// The serial ports of a recorded guest. `Event::Wake` says that the status is there.
    pub fn open(directory: &Path, sender: &Sender<Event>) -> Result<Tap> {
        let mut tap = Tap::streams(&directory.join(STDOUT), &directory.join(STDERR), sender)?;
        let sender = sender.clone();
        tap.follow(&directory.join(STATUS), move |bytes| {
            !bytes.contains(&b'\n') || sender.send(Event::Wake).is_ok()
        })?;
        Ok(tap)
    }

    /// Two files whose contents are our standard output and error. `Event::OutputClosed` says that nobody reads ours.
    pub fn streams(stdout: &Path, stderr: &Path, sender: &Sender<Event>) -> Result<Tap> {
        let mut tap = Tap::new(sender);
        tap.follow(stdout, forward(io::stdout(), sender))?;
        tap.follow(stderr, forward(Stderr, sender))?;
        Ok(tap)
    }

    /// Passes on what is and will be in this file, until the sink wants no more.
    pub fn follow(&mut self, path: &Path, mut sink: impl FnMut(&[u8]) -> bool + Send + 'static) -> Result<()> {
        let (path, stop, end) = (path.to_owned(), self.stop.clone(), Arc::clone(&self.end));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        spawn_thread(&name, move || {
            if let Err(error) = console::follow(&path, 0, &stop, &mut sink) {
                let named = io::Error::new(error.kind(), format!("{}: {error}", path.display()));
                let _ = end.sender.send(Event::ConsoleError(named));
            }
            drop(end);
        })
    }

    /// What is left is written, in its own time: a reader of ours may take nothing. [`Event::OutputWritten`] says when that has been
    /// done, and the channel becomes disconnected.
    pub fn close(self) -> Receiver<()> {
        self.done.clone()
    }
}

/// Its threads end; nobody waits for a reader of ours that takes nothing.
impl Drop for Tap {
    fn drop(&mut self) {
        self.stop.set();
    }
}

fn forward(
    mut stream: impl Write + Send + 'static,
    sender: &Sender<Event>,
) -> impl FnMut(&[u8]) -> bool + Send + 'static {
    let sender = sender.clone();
    move |bytes| {
        let written = stream.write_all(bytes).and_then(|()| stream.flush());
        written.map_err(|error| sender.send(Event::OutputClosed(error))).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let (sender, events) = unbounded();
        let mut tap = Tap::new(&sender);
        tap.follow(&directory.path().join("nothing"), |_| true).unwrap();
        let first = events.recv().unwrap();
        assert!(matches!(first, Event::ConsoleError(error) if error.to_string().contains("nothing: No such file")));
        tap.close();
        assert!(matches!(events.recv().unwrap(), Event::OutputWritten));
    }

    #[test]
    fn nobody_waits_for_a_reader_that_takes_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "said").unwrap();
        let ((sender, events), (reader, taken)) = (unbounded(), crossbeam_channel::bounded::<()>(0));
        let mut tap = Tap::new(&sender);
        // Stands still until somebody takes it.
        tap.follow(file.path(), move |_| reader.send(()).is_ok()).unwrap();
        let done = tap.close();
        let short = std::time::Duration::from_millis(50);
        assert!(done.recv_timeout(short).is_err_and(|error| error.is_timeout()));
        taken.recv().unwrap();
        assert!(matches!(events.recv().unwrap(), Event::OutputWritten));
        assert!(done.recv().is_err());
    }
}
