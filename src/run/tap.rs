//! Follows the files that a recorded guest's serial ports write: its output goes to ours while it grows, its status is an event.

use std::io::Write;
use std::path::Path;
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use crate::diag::{Error, Result};
use crate::record::tape::{STATUS, STDERR, STDOUT};

use super::console::{self, Stop};
use super::events::Event;

pub struct Tap {
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

impl Tap {
    /// `Event::Wake` says that the status is there, `Event::OutputClosed` that nobody reads ours.
    pub fn open(directory: &Path, sender: &Sender<Event>) -> Result<Tap> {
        let mut tap = Tap {
            stop: Stop::default(),
            threads: Vec::new(),
        };
        tap.follow(directory, STDOUT, forward(std::io::stdout(), sender))?;
        tap.follow(directory, STDERR, forward(std::io::stderr(), sender))?;
        let sender = sender.clone();
        tap.follow(directory, STATUS, move |bytes| {
            !bytes.contains(&b'\n') || sender.send(Event::Wake).is_ok()
        })?;
        Ok(tap)
    }

    fn follow(
        &mut self,
        directory: &Path,
        name: &str,
        mut sink: impl FnMut(&[u8]) -> bool + Send + 'static,
    ) -> Result<()> {
        let (path, stop) = (directory.join(name), self.stop.clone());
        let body = move || drop(console::follow(&path, 0, &stop, &mut sink));
        let thread = std::thread::Builder::new().name(name.into()).spawn(body);
        let failed = |error| Error::infrastructure("lkmc::run::thread", "cannot start a thread").cause(error);
        self.threads.push(thread.map_err(failed)?);
        Ok(())
    }

    /// Writes what is left.
    pub fn close(self) {
        self.stop.set();
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

fn forward(
    mut stream: impl Write + Send + 'static,
    sender: &Sender<Event>,
) -> impl FnMut(&[u8]) -> bool + Send + 'static {
    let sender = sender.clone();
    move |bytes| {
        let written = stream.write_all(bytes).and_then(|()| stream.flush()).is_ok();
        if !written {
            let _ = sender.send(Event::OutputClosed);
        }
        written
    }
}
