//! Follows files that an emulator writes: what a guest or a program says in them goes to us while they grow.

use std::io::Write;
use std::path::Path;
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use crate::diag::{Error, Result};
use crate::host::events::Event;
use crate::host::streams::Stderr;
use crate::run_directory::files::{STATUS, STDERR, STDOUT};

use super::console::{self, Stop};

#[derive(Default)]
pub struct Tap {
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

impl Tap {
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
        let mut tap = Tap::default();
        tap.follow(stdout, forward(std::io::stdout(), sender))?;
        tap.follow(stderr, forward(Stderr, sender))?;
        Ok(tap)
    }

    /// Passes on what is and will be in this file, until the sink wants no more.
    pub fn follow(&mut self, path: &Path, mut sink: impl FnMut(&[u8]) -> bool + Send + 'static) -> Result<()> {
        let (path, stop) = (path.to_owned(), self.stop.clone());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let body = move || drop(console::follow(&path, 0, &stop, &mut sink));
        let thread = std::thread::Builder::new().name(name).spawn(body);
        let failed = |error| Error::infrastructure("lkmc::run::thread", "cannot start a thread").cause(error);
        self.threads.push(thread.map_err(failed)?);
        Ok(())
    }

    /// Writes what is left.
    pub fn close(mut self) {
        self.stop.set();
        for thread in std::mem::take(&mut self.threads) {
            let _ = thread.join();
        }
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
