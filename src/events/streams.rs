//! Carries a guest command's streams: its output to ours, our input to it. Bytes stay what they are.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, unbounded};
use rustix::termios::{isatty, tcgetpgrp};

use crate::diag::Result;
use crate::guest::events::ProcessEvent;
use crate::guest::process::{Process, Stdin};
use crate::host::stderr::Stderr;
use crate::host::thread::spawn_thread;

use super::Event;

/// What the guest command reads.
pub enum Input {
    /// Our own standard input.
    Ours,
    Nothing,
}

/// Writes the command's output to ours.
pub fn forward_output(process: Arc<Process>, sender: Sender<Event>) -> Result<Receiver<()>> {
    forward(process, sender, io::stdout(), Stderr)
}

/// Our standard output, to which somebody listens.
pub struct Overheard<L> {
    pub listener: L,
}

impl<L: Write> Write for Overheard<L> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = io::stdout().write(bytes)?;
        self.listener.write_all(&bytes[..written])?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// Writes the command's output in a thread of its own, so that a slow reader of ours never keeps the run from noticing a
/// deadline. Its last event comes when all has been written; the channel closes a moment later.
pub fn forward(
    process: Arc<Process>,
    sender: Sender<Event>,
    mut stdout: impl Write + Send + 'static,
    mut stderr: impl Write + Send + 'static,
) -> Result<Receiver<()>> {
    let (end, done) = unbounded::<()>();
    spawn_thread("output", move || {
        // Dropped at the end, which is the message.
        let _end = end;
        for event in process.events() {
            let (bytes, result) = match event {
                ProcessEvent::Stdout(bytes) => (bytes.len(), write(&mut stdout, &bytes)),
                ProcessEvent::Stderr(bytes) => (bytes.len(), write(&mut stderr, &bytes)),
                ProcessEvent::Exit(exit) => return drop(sender.send(Event::CommandExit(exit))),
                ProcessEvent::Cut(cut) => return drop(sender.send(Event::CommandCut(cut))),
                // The connection's end is reported elsewhere.
                ProcessEvent::Lost => return,
            };
            if let Err(error) = result {
                return drop(sender.send(Event::OutputClosed(error)));
            }
            process.acknowledge(bytes);
        }
    })?;
    Ok(done)
}

fn write(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

/// Feeds the command. The thread may outlive the run, in a read that never ends: it holds nothing that matters.
pub fn forward_input(input: Input, stdin: Stdin) -> Result<()> {
    spawn_thread("input", move || {
        match input {
            Input::Nothing => {}
            Input::Ours => copy_stdin(&stdin),
        }
        stdin.close();
    })
}

fn copy_stdin(stdin: &Stdin) {
    let ours = io::stdin();
    // A background job that reads from its terminal is stopped by the kernel; it shall run instead, without input.
    if isatty(&ours) && tcgetpgrp(&ours).is_ok_and(|foreground| foreground != rustix::process::getpgrp()) {
        return;
    }
    // Unbuffered: what we do not pass on is left to whoever reads after us.
    let Ok(mut file) = ours.as_fd().try_clone_to_owned().map(File::from) else {
        return;
    };
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return,
            Ok(length) if !stdin.write(&chunk[..length]) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
