//! One connection to an agent: frames go out one after the other, and each that comes in goes to whom it concerns.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::random::random;

use super::credit::Credit;
use super::events::{GuestEvent, ProcessEvent};
use super::protocol::{Decoder, Exit, Frame, Kind, OutOfStep, RESYNC, VERSION};
use super::snapshots::Cut;

/// When an agent that has run before is taken to be out of step.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the guest agent did not answer in time")]
    Deadline,
    #[error("the connection to the guest agent ended")]
    Lost,
    #[error("the guest agent speaks version {0} of the protocol, this lkmc version {VERSION}")]
    Version(u32),
    #[error("an argument or environment variable contains a NUL byte")]
    Nul,
    #[error("the command in the guest said more than {0} MiB")]
    TooMuch(usize),
    #[error("the guest refused the request: {0}")]
    Refused(io::Error),
    /// It goes on from an earlier state just now.
    #[error("{}", .0.why)]
    Cut(Cut),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Whether an unanswered hello is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// The guest is booting: its agent will find the first hello waiting.
    Booting,
    /// The agent has run before and may be out of step.
    Running,
}

type Nonce = [u8; 16];

/// A guest goes on from an earlier state; see [`Connection::rewind`].
pub struct Rewound {
    nonce: Nonce,
    answered: Receiver<()>,
}

/// Where what is said of a command goes.
struct Entry {
    events: Sender<ProcessEvent>,
    credit: Arc<Credit>,
}

#[derive(Default)]
struct Table {
    processes: HashMap<u32, Entry>,
    /// Who waits for an answer to a frame with this number.
    requests: HashMap<u32, Sender<Vec<u8>>>,
    awaited: Option<Awaited>,
    lost: bool,
}

/// The hello that has to be answered before anything counts, who waits for that, and why nothing is started until then.
struct Awaited {
    nonce: Nonce,
    answered: Sender<()>,
    cut: Cut,
}

impl Table {
    /// Whether somebody is there to ask.
    fn check(&self) -> Result<(), Error> {
        match (&self.awaited, self.lost) {
            (_, true) => Err(Error::Lost),
            (Some(awaited), _) => Err(Error::Cut(awaited.cut.clone())),
            (None, _) => Ok(()),
        }
    }

    /// Nothing comes for these any more; commands end with this event.
    fn give_up(&mut self, end: &ProcessEvent) {
        self.requests.clear();
        for (_, entry) in self.processes.drain() {
            entry.end(end.clone());
        }
    }
}

impl Entry {
    fn say(&self, event: ProcessEvent) {
        // A receiver that is gone has lost interest; that is no error.
        let _ = self.events.send(event);
    }

    fn end(&self, event: ProcessEvent) {
        self.credit.close();
        self.say(event);
    }
}

/// What is on its way to the guest, one after the other.
enum Outgoing {
    Frame(Vec<u8>),
    /// Whoever waits for this is told when all before it has been written.
    Mark(Sender<()>),
}

pub struct Connection {
    stream: UnixStream,
    /// To a thread that writes: a guest that stands still takes nothing, and nobody else shall wait for that. What can gather here
    /// is bounded by the commands' credits.
    writer: Sender<Outgoing>,
    table: Mutex<Table>,
    next_id: AtomicU32,
}

impl Connection {
    /// Says hello and waits for the answer. What the guest says of itself comes out of the channel.
    pub fn open(
        stream: UnixStream,
        greeting: Greeting,
        deadline: Instant,
    ) -> Result<(Arc<Connection>, Receiver<GuestEvent>), Error> {
        let (decoder, stream) = greet(stream, greeting, deadline)?;
        stream.set_read_timeout(None)?;
        let (reader, to_guest) = (stream.try_clone()?, stream.try_clone()?);
        let (writer, frames) = unbounded();
        let connection = Arc::new(Connection {
            stream,
            writer,
            table: Mutex::default(),
            next_id: AtomicU32::new(1),
        });
        let (sender, events) = unbounded();
        let for_reader = Arc::clone(&connection);
        std::thread::Builder::new()
            .name("agent".into())
            .spawn(move || for_reader.read_frames(reader, decoder, &sender))?;
        std::thread::Builder::new()
            .name("to agent".into())
            .spawn(move || write_frames(to_guest, &frames))?;
        Ok((connection, events))
    }

    /// Ends it: its threads, and in the guest the agent kills what still runs.
    pub fn hang_up(&self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    /// Waits until all has been written that was sent, at most so long.
    pub fn flush(&self, patience: Duration) {
        let (told, written) = bounded(1);
        if self.writer.send(Outgoing::Mark(told)).is_ok() {
            let _ = written.recv_timeout(patience);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Poisoned only if a thread panicked while it held the lock; the data is plain and stays usable.
        self.table.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn number(&self) -> u32 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub fn send(&self, frame: &Frame) -> Result<(), Error> {
        let frame = Outgoing::Frame(frame.encode());
        self.writer.send(frame).map_err(|_| Error::Lost)
    }

    /// Starts a command: `frames` makes what is said for that out of the number that it gets. All of it is before or behind a
    /// [`Connection::rewind`], never on both sides.
    pub fn start(
        &self,
        credit: &Arc<Credit>,
        frames: impl FnOnce(u32) -> Vec<Frame>,
    ) -> Result<(u32, Receiver<ProcessEvent>), Error> {
        let (events, receiver) = unbounded();
        let entry = Entry {
            events,
            credit: Arc::clone(credit),
        };
        let mut table = self.lock();
        table.check()?;
        let id = self.number();
        table.processes.insert(id, entry);
        for frame in frames(id) {
            self.send(&frame)?;
        }
        Ok((id, receiver))
    }

    /// Sends a frame that is answered, and waits for that.
    pub fn request(&self, kind: Kind, payload: Vec<u8>, deadline: Instant) -> Result<Vec<u8>, Error> {
        let (sender, receiver) = bounded(1);
        {
            let mut table = self.lock();
            table.check()?;
            let id = self.number();
            table.requests.insert(id, sender);
            self.send(&Frame::new(kind, id, payload))?;
        }
        receiver.recv_deadline(deadline).map_err(|error| match error {
            RecvTimeoutError::Timeout => Error::Deadline,
            RecvTimeoutError::Disconnected => Error::Lost,
        })
    }

    /// To be called before the guest goes on from an earlier state. Its agent knows nothing of what runs now, and what came last of
    /// it may be half a frame: until it has answered [`Connection::greet_again`] nothing counts that it says. Commands end with `cut`,
    /// and so does whatever is started until then.
    pub fn rewind(&self, cut: Cut) -> Result<Rewound, Error> {
        let nonce = random()?;
        let (sender, answered) = bounded(1);
        let mut table = self.lock();
        table.give_up(&ProcessEvent::Cut(cut.clone()));
        table.awaited = Some(Awaited {
            nonce,
            answered: sender,
            cut,
        });
        Ok(Rewound { nonce, answered })
    }

    /// The machine has ended, and may go on from an earlier state.
    pub fn cut(&self, cut: Cut) {
        self.lock().give_up(&ProcessEvent::Cut(cut));
    }

    /// Says hello to a guest that goes on from an earlier state.
    pub fn greet_again(&self, rewound: &Rewound, deadline: Instant) -> Result<(), Error> {
        let hello = Frame::hello(&rewound.nonce);
        self.send(&hello)?;
        loop {
            match rewound.answered.recv_deadline(deadline.min(Instant::now() + PATIENCE)) {
                Ok(()) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Error::Lost),
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => return Err(Error::Deadline),
                Err(RecvTimeoutError::Timeout) => {
                    let zeros = self.writer.send(Outgoing::Frame(vec![0; RESYNC]));
                    zeros.map_err(|_| Error::Lost)?;
                    self.send(&hello)?;
                }
            }
        }
    }

    /// To the connection's end.
    fn read_frames(&self, mut stream: UnixStream, mut decoder: Decoder, events: &Sender<GuestEvent>) {
        let mut chunk = vec![0; 128 * 1024];
        loop {
            if self.take_in(&mut decoder, events).is_err() {
                // What follows could not be told apart: as good as no connection.
                self.hang_up();
                break;
            }
            match stream.read(&mut chunk) {
                Ok(length) if length > 0 => decoder.push(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        let mut table = self.lock();
        table.lost = true;
        table.awaited = None;
        table.give_up(&ProcessEvent::Lost);
        let _ = events.send(GuestEvent::Lost);
    }

    /// As far as there are whole frames.
    fn take_in(&self, decoder: &mut Decoder, events: &Sender<GuestEvent>) -> Result<(), OutOfStep> {
        loop {
            let mut table = self.lock();
            if let Some(awaited) = table.awaited.take() {
                if decoder.find_hello(&awaited.nonce).is_none() {
                    table.awaited = Some(awaited);
                    return Ok(());
                }
                let _ = awaited.answered.send(());
            }
            match decoder.next_frame()? {
                Some(frame) => dispatch(frame, &mut table, events),
                None => return Ok(()),
            }
        }
    }
}

/// Receivers that are gone have lost interest; that is no error.
fn dispatch(frame: Frame, table: &mut Table, events: &Sender<GuestEvent>) {
    let id = frame.id;
    match frame.kind {
        Kind::ShellExit => drop(events.send(GuestEvent::ShellExit(frame.value() as u8))),
        Kind::Trouble => {
            let line = String::from_utf8_lossy(&frame.payload).into_owned();
            let _ = events.send(GuestEvent::Trouble(line));
        }
        Kind::Done | Kind::Answer => {
            if let Some(waiting) = table.requests.remove(&id) {
                let _ = waiting.send(frame.payload);
            }
        }
        Kind::Exit | Kind::Cut => {
            let end = match frame.kind {
                Kind::Exit => Exit::decode(&frame.payload).map(ProcessEvent::Exit),
                _ => serde_json::from_slice(&frame.payload).ok().map(ProcessEvent::Cut),
            };
            if let (Some(end), Some(entry)) = (end, table.processes.remove(&id)) {
                entry.end(end);
            }
        }
        kind => {
            let Some(entry) = table.processes.get(&id) else { return };
            match kind {
                Kind::Stdout => entry.say(ProcessEvent::Stdout(frame.payload)),
                Kind::Stderr => entry.say(ProcessEvent::Stderr(frame.payload)),
                Kind::StdinClosed => entry.credit.close(),
                Kind::Credit => entry.credit.add(frame.value()),
                _ => {}
            }
        }
    }
}

fn greet(mut stream: UnixStream, greeting: Greeting, deadline: Instant) -> Result<(Decoder, UnixStream), Error> {
    let nonce = random()?;
    let hello = Frame::hello(&nonce).encode();
    stream.write_all(&hello).map_err(|_| Error::Lost)?;
    let (mut decoder, mut chunk) = (Decoder::default(), vec![0; 4096]);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Deadline);
        }
        let patience = if greeting == Greeting::Running {
            left.min(PATIENCE)
        } else {
            left
        };
        stream.set_read_timeout(Some(patience.max(Duration::from_millis(1))))?;
        match stream.read(&mut chunk) {
            Ok(0) => return Err(Error::Lost),
            Ok(length) => decoder.push(&chunk[..length]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                if greeting == Greeting::Running {
                    stream.set_write_timeout(Some(patience.max(Duration::from_millis(1))))?;
                    let _ = stream
                        .write_all(&vec![0; RESYNC])
                        .and_then(|()| stream.write_all(&hello));
                    stream.set_write_timeout(None)?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(Error::Lost),
        }
        match decoder.find_hello(&nonce) {
            Some(VERSION) => return Ok((decoder, stream)),
            Some(version) => return Err(Error::Version(version)),
            None => {}
        }
    }
}

/// To the connection's end. A frame that was cut off would make the next ones unreadable.
fn write_frames(mut stream: UnixStream, frames: &Receiver<Outgoing>) {
    for outgoing in frames {
        let written = match outgoing {
            Outgoing::Frame(bytes) => stream.write_all(&bytes),
            Outgoing::Mark(waiting) => {
                let _ = waiting.send(());
                Ok(())
            }
        };
        if written.is_err() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}
