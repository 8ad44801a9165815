//! The host's side of the conversation with the guest agent: several commands at once over one connection.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::random::random;

use super::protocol::{CommandSpec, Decoder, Exit, Frame, Kind, MAX_PAYLOAD, OutOfStep, RESYNC, VERSION, WINDOW};
use super::snapshots::{Answer, Cut, Request};

/// When an agent that has run before is taken to be out of step.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is collected of a command's output.
const MOST: usize = 16 << 20;
/// How long the last frames to a guest may be under way.
const FAREWELL: Duration = Duration::from_millis(500);

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
    #[error("the command in the guest said more than {} MiB", MOST >> 20)]
    TooMuch,
    #[error("the guest refused the request: {0}")]
    Refused(io::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What happens to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// To be followed by [`Process::acknowledge`] when the bytes have been got rid of.
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Exit(Exit),
    /// Nobody will know how it ends.
    Cut(Cut),
    /// The connection ended before the command did.
    Lost,
}

/// What happens to the guest as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestEvent {
    /// The shell on the console ended with this status; the machine powers off next.
    ShellExit(u8),
    /// A supervisor saw this line of the kernel's.
    Trouble(String),
    Lost,
}

/// Whether an unanswered hello is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// The guest is booting: its agent will find the first hello waiting.
    Booting,
    /// The agent has run before and may be out of step.
    Running,
}

struct Entry {
    events: Sender<ProcessEvent>,
    input: Arc<Input>,
}

#[derive(Default)]
struct InputState {
    credit: u32,
    closed: bool,
}

#[derive(Default)]
struct Input {
    state: Mutex<InputState>,
    changed: Condvar,
}

#[derive(Default)]
struct Table {
    processes: HashMap<u32, Entry>,
    requests: HashMap<u32, Sender<u32>>,
    /// For a supervisor.
    asked: HashMap<u32, Sender<Vec<u8>>>,
    /// The hello that has to be answered before anything counts, and who waits for that.
    awaited: Option<(Nonce, Sender<()>)>,
    lost: bool,
}

impl Table {
    /// Nothing comes for these any more; commands end with this event.
    fn give_up(&mut self, end: &ProcessEvent) {
        self.requests.clear();
        self.asked.clear();
        for (_, entry) in self.processes.drain() {
            close_input(&entry.input);
            let _ = entry.events.send(end.clone());
        }
    }
}

type Nonce = [u8; 16];

/// A guest goes on from an earlier state; see [`Agent::rewind`].
pub struct Rewound {
    nonce: Nonce,
    answered: Receiver<()>,
}

/// What is on its way to the guest, one after the other.
enum Outgoing {
    Frame(Vec<u8>),
    /// Whoever waits for this is told when all before it has been written.
    Mark(Sender<()>),
}

struct Shared {
    /// To a thread that writes: a guest that stands still takes nothing, and nobody else shall wait for that. What can gather here
    /// is bounded by the commands' credits.
    writer: Sender<Outgoing>,
    table: Mutex<Table>,
    next_id: AtomicU32,
}

/// Poisoned only if a thread panicked while it held the lock; the data is plain and stays usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Shared {
    fn send(&self, frame: &Frame) -> Result<(), Error> {
        let frame = Outgoing::Frame(frame.encode());
        self.writer.send(frame).map_err(|_| Error::Lost)
    }
}

/// A connection to the agent of one guest.
pub struct Agent {
    shared: Arc<Shared>,
    stream: UnixStream,
    events: Receiver<GuestEvent>,
}

impl Agent {
    /// Says hello and waits for the answer.
    pub fn connect(stream: UnixStream, greeting: Greeting, deadline: Instant) -> Result<Agent, Error> {
        let (decoder, stream) = greet(stream, greeting, deadline)?;
        stream.set_read_timeout(None)?;
        let (reader, to_guest) = (stream.try_clone()?, stream.try_clone()?);
        let (writer, frames) = unbounded();
        let shared = Arc::new(Shared {
            writer,
            table: Mutex::default(),
            next_id: AtomicU32::new(1),
        });
        let (sender, events) = unbounded();
        let for_reader = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("agent".into())
            .spawn(move || read_frames(reader, decoder, &for_reader, &sender))?;
        std::thread::Builder::new()
            .name("to agent".into())
            .spawn(move || write_frames(to_guest, &frames))?;
        Ok(Agent { shared, stream, events })
    }

    /// Ends the connection: somebody else has seen that the agent is gone.
    pub fn hang_up(&self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    pub fn events(&self) -> &Receiver<GuestEvent> {
        &self.events
    }

    /// To be called before the guest goes on from an earlier state. Its agent knows nothing of what runs now, and what came last of
    /// it may be half a frame: until it has answered [`Agent::greet_again`] nothing counts that it says. Commands end with `cut`.
    pub fn rewind(&self, cut: Cut) -> Result<Rewound, Error> {
        let nonce = random()?;
        let (sender, answered) = bounded(1);
        let mut table = lock(&self.shared.table);
        table.awaited = Some((nonce, sender));
        table.give_up(&ProcessEvent::Cut(cut));
        Ok(Rewound { nonce, answered })
    }

    /// The machine has ended, and may go on from an earlier state.
    pub fn cut(&self, cut: Cut) {
        lock(&self.shared.table).give_up(&ProcessEvent::Cut(cut));
    }

    /// Says hello to a guest that goes on from an earlier state.
    pub fn greet_again(&self, rewound: &Rewound, deadline: Instant) -> Result<(), Error> {
        self.shared.send(&Frame::hello(&rewound.nonce))?;
        loop {
            match rewound.answered.recv_deadline(deadline.min(Instant::now() + PATIENCE)) {
                Ok(()) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Error::Lost),
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => return Err(Error::Deadline),
                Err(RecvTimeoutError::Timeout) => {
                    let zeros = self.shared.writer.send(Outgoing::Frame(vec![0; RESYNC]));
                    zeros.map_err(|_| Error::Lost)?;
                    self.shared.send(&Frame::hello(&rewound.nonce))?;
                }
            }
        }
    }

    pub fn start(&self, spec: &CommandSpec, flags: u32) -> Result<Process, Error> {
        if spec.has_nul() {
            return Err(Error::Nul);
        }
        self.start_encoded(&spec.encode(), flags)
    }

    pub fn start_encoded(&self, spec: &[u8], flags: u32) -> Result<Process, Error> {
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, events) = unbounded();
        let input = Arc::new(Input {
            state: Mutex::new(InputState {
                credit: WINDOW,
                closed: false,
            }),
            changed: Condvar::new(),
        });
        {
            let mut table = lock(&self.shared.table);
            if table.lost {
                return Err(Error::Lost);
            }
            table.processes.insert(
                id,
                Entry {
                    events: sender,
                    input: Arc::clone(&input),
                },
            );
        }
        for frame in CommandSpec::frames(spec, id, flags) {
            self.shared.send(&frame)?;
        }
        Ok(Process {
            id,
            events,
            input,
            shared: Arc::clone(&self.shared),
        })
    }

    /// Runs a command to its end and collects what it says.
    pub fn output(&self, spec: &CommandSpec, deadline: Instant) -> Result<Output, Error> {
        self.output_of(spec, Vec::new(), deadline)
    }

    /// The same for a command that reads this.
    pub fn output_of(&self, spec: &CommandSpec, input: Vec<u8>, deadline: Instant) -> Result<Output, Error> {
        let process = self.start(spec, 0)?;
        let stdin = process.stdin();
        match input.len() {
            0 => stdin.close(),
            // Writing waits for the command to read, which it may never do; the thread ends with the connection.
            _ => drop(std::thread::Builder::new().name("input".into()).spawn(move || {
                stdin.write(&input);
                stdin.close();
            })?),
        }
        let mut output = Output {
            exit: Exit::Code(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        loop {
            if output.stdout.len() + output.stderr.len() > MOST {
                process.abandon();
                return Err(Error::TooMuch);
            }
            match process.events().recv_deadline(deadline) {
                Ok(ProcessEvent::Stdout(bytes)) => {
                    process.acknowledge(bytes.len());
                    output.stdout.extend(bytes);
                }
                Ok(ProcessEvent::Stderr(bytes)) => {
                    process.acknowledge(bytes.len());
                    output.stderr.extend(bytes);
                }
                Ok(ProcessEvent::Exit(exit)) => return Ok(Output { exit, ..output }),
                Ok(ProcessEvent::Cut(_) | ProcessEvent::Lost) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Lost);
                }
                Err(RecvTimeoutError::Timeout) => {
                    process.abandon();
                    return Err(Error::Deadline);
                }
            }
        }
    }

    /// Steps the guest's clock to ours and reseeds its random pool.
    pub fn synchronize(&self, deadline: Instant) -> Result<(), Error> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let mut payload = now.as_secs().to_le_bytes().to_vec();
        payload.extend(now.subsec_nanos().to_le_bytes());
        payload.extend(random::<32>()?);
        self.request(Kind::Sync, payload, deadline)
    }

    /// Tells the console's terminal its size.
    pub fn set_window_size(&self, rows: u16, columns: u16, deadline: Instant) -> Result<(), Error> {
        self.request(
            Kind::WindowSize,
            [rows.to_le_bytes(), columns.to_le_bytes()].concat(),
            deadline,
        )
    }

    /// Asks a supervisor to power its machine off.
    pub fn stop(&self, deadline: Instant) -> Result<(), Error> {
        self.request(Kind::Stop, Vec::new(), deadline)
    }

    /// Asks a supervisor about its guest's snapshots.
    pub fn ask(&self, request: &Request, deadline: Instant) -> Result<Answer, Error> {
        let payload = serde_json::to_vec(request).map_err(io::Error::from)?;
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = bounded(1);
        {
            let mut table = lock(&self.shared.table);
            if table.lost {
                return Err(Error::Lost);
            }
            table.asked.insert(id, sender);
        }
        self.shared.send(&Frame::new(Kind::Ask, id, payload))?;
        match receiver.recv_deadline(deadline) {
            Ok(answer) => Ok(serde_json::from_slice(&answer).map_err(io::Error::from)?),
            Err(RecvTimeoutError::Timeout) => Err(Error::Deadline),
            Err(RecvTimeoutError::Disconnected) => Err(Error::Lost),
        }
    }

    fn request(&self, kind: Kind, payload: Vec<u8>, deadline: Instant) -> Result<(), Error> {
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = bounded(1);
        {
            let mut table = lock(&self.shared.table);
            if table.lost {
                return Err(Error::Lost);
            }
            table.requests.insert(id, sender);
        }
        self.shared.send(&Frame::new(kind, id, payload))?;
        match receiver.recv_deadline(deadline) {
            Ok(0) => Ok(()),
            Ok(errno) => Err(Error::Refused(io::Error::from_raw_os_error(errno as i32))),
            Err(RecvTimeoutError::Timeout) => Err(Error::Deadline),
            Err(RecvTimeoutError::Disconnected) => Err(Error::Lost),
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // What was said last, a signal for a command for example, is still to arrive.
        let (told, written) = bounded(1);
        if self.shared.writer.send(Outgoing::Mark(told)).is_ok() {
            let _ = written.recv_timeout(FAREWELL);
        }
        // Ends reader and writer; the agent kills what still runs.
        self.hang_up();
    }
}

pub struct Output {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// A command that runs in the guest.
pub struct Process {
    id: u32,
    events: Receiver<ProcessEvent>,
    input: Arc<Input>,
    shared: Arc<Shared>,
}

impl Process {
    pub fn events(&self) -> &Receiver<ProcessEvent> {
        &self.events
    }

    /// Lets the command send this many more bytes.
    pub fn acknowledge(&self, bytes: usize) {
        // One frame's worth at most. An error means that the connection is lost, which the reader reports.
        let _ = self.shared.send(&Frame::number(Kind::Credit, self.id, bytes as u32));
    }

    /// Sends a signal to the command's process group.
    pub fn signal(&self, number: u32) {
        let _ = self.shared.send(&Frame::number(Kind::Signal, self.id, number));
    }

    /// Kills the command, for which nobody waits any more. What it has said already has to go somewhere, or it would wait with its
    /// end for credit.
    pub fn abandon(&self) {
        self.signal(9);
        self.acknowledge(u32::MAX as usize);
    }

    pub fn stdin(&self) -> Stdin {
        Stdin {
            id: self.id,
            input: Arc::clone(&self.input),
            shared: Arc::clone(&self.shared),
        }
    }
}

/// The command's standard input; may be moved to another thread.
pub struct Stdin {
    id: u32,
    input: Arc<Input>,
    shared: Arc<Shared>,
}

impl Stdin {
    /// Sends everything, waiting for credit; false once the command reads no more.
    pub fn write(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let mut state = lock(&self.input.state);
            while state.credit == 0 && !state.closed {
                state = self
                    .input
                    .changed
                    .wait(state)
                    .unwrap_or_else(|poisoned| poisoned.into_inner());
            }
            if state.closed {
                return false;
            }
            let length = bytes.len().min(state.credit as usize).min(MAX_PAYLOAD);
            state.credit -= length as u32;
            drop(state);
            let (head, tail) = bytes.split_at(length);
            if self.shared.send(&Frame::new(Kind::Stdin, self.id, head)).is_err() {
                return false;
            }
            bytes = tail;
        }
        true
    }

    pub fn close(&self) {
        let _ = self.shared.send(&Frame::new(Kind::StdinEof, self.id, []));
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

/// Hands every frame to whom it concerns until the connection ends.
fn read_frames(mut stream: UnixStream, mut decoder: Decoder, shared: &Shared, events: &Sender<GuestEvent>) {
    let mut chunk = vec![0; 128 * 1024];
    loop {
        if take_in(&mut decoder, shared, events).is_err() {
            // What follows could not be told apart: as good as no connection.
            let _ = stream.shutdown(std::net::Shutdown::Both);
            break;
        }
        match stream.read(&mut chunk) {
            Ok(length) if length > 0 => decoder.push(&chunk[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => break,
        }
    }
    let mut table = lock(&shared.table);
    table.lost = true;
    table.awaited = None;
    table.give_up(&ProcessEvent::Lost);
    let _ = events.send(GuestEvent::Lost);
}

/// As far as there are whole frames.
fn take_in(decoder: &mut Decoder, shared: &Shared, events: &Sender<GuestEvent>) -> Result<(), OutOfStep> {
    loop {
        let mut table = lock(&shared.table);
        if let Some((nonce, _)) = &table.awaited {
            if decoder.find_hello(nonce).is_none() {
                return Ok(());
            }
            if let Some((_, waiting)) = table.awaited.take() {
                let _ = waiting.send(());
            }
        }
        drop(table);
        match decoder.next_frame()? {
            Some(frame) => dispatch(frame, shared, events),
            None => return Ok(()),
        }
    }
}

fn close_input(input: &Input) {
    lock(&input.state).closed = true;
    input.changed.notify_all();
}

/// Receivers that are gone have lost interest; that is no error.
fn dispatch(frame: Frame, shared: &Shared, events: &Sender<GuestEvent>) {
    let mut table = lock(&shared.table);
    let id = frame.id;
    match frame.kind {
        Kind::ShellExit => {
            let _ = events.send(GuestEvent::ShellExit(frame.value() as u8));
        }
        Kind::Trouble => {
            let _ = events.send(GuestEvent::Trouble(
                String::from_utf8_lossy(&frame.payload).into_owned(),
            ));
        }
        Kind::Done => {
            let value = frame.value();
            if let Some(waiting) = table.requests.remove(&id) {
                let _ = waiting.send(value);
            }
        }
        Kind::Answer => {
            if let Some(waiting) = table.asked.remove(&id) {
                let _ = waiting.send(frame.payload);
            }
        }
        Kind::Exit | Kind::Cut => {
            let end = match frame.kind {
                Kind::Exit => Exit::decode(&frame.payload).map(ProcessEvent::Exit),
                _ => serde_json::from_slice(&frame.payload).ok().map(ProcessEvent::Cut),
            };
            if let (Some(end), Some(entry)) = (end, table.processes.remove(&id)) {
                close_input(&entry.input);
                let _ = entry.events.send(end);
            }
        }
        kind => {
            let Some(entry) = table.processes.get(&id) else { return };
            match kind {
                Kind::Stdout => drop(entry.events.send(ProcessEvent::Stdout(frame.payload))),
                Kind::Stderr => drop(entry.events.send(ProcessEvent::Stderr(frame.payload))),
                Kind::StdinClosed => close_input(&entry.input),
                Kind::Credit => {
                    let mut state = lock(&entry.input.state);
                    state.credit = state.credit.saturating_add(frame.value());
                    drop(state);
                    entry.input.changed.notify_all();
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshots::CutReason;
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    /// Both ends of a connection whose agent has answered.
    fn connected() -> (Agent, UnixStream, Decoder) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let agent = std::thread::spawn(move || {
            let mut decoder = Decoder::default();
            let hello = hear(&mut theirs, &mut decoder);
            theirs.write_all(&hello.encode()).unwrap();
            (theirs, decoder)
        });
        let connection = Agent::connect(ours, Greeting::Booting, soon()).unwrap();
        let (theirs, decoder) = agent.join().unwrap();
        (connection, theirs, decoder)
    }

    fn hear(stream: &mut UnixStream, decoder: &mut Decoder) -> Frame {
        let mut chunk = [0; 4096];
        loop {
            if let Some(frame) = decoder.next_frame().unwrap() {
                return frame;
            }
            let length = stream.read(&mut chunk).unwrap();
            assert!(length > 0, "the connection has ended");
            decoder.push(&chunk[..length]);
        }
    }

    #[test]
    fn a_guest_that_takes_nothing_outlasts_no_deadline() {
        let (agent, _theirs, _) = connected();
        let spec = CommandSpec::new(vec!["x".repeat(8 << 20)]);
        let output = agent.output(&spec, Instant::now() + Duration::from_millis(50));
        assert!(matches!(output, Err(Error::Deadline)));
    }

    #[test]
    fn what_was_said_last_arrives_before_the_connection_ends() {
        let (agent, mut theirs, mut decoder) = connected();
        let process = agent.start(&CommandSpec::new(["x"]), 0).unwrap();
        process.signal(1);
        drop(agent);
        let mut kinds = (0..3).map(|_| hear(&mut theirs, &mut decoder).kind);
        assert!(kinds.any(|kind| kind == Kind::Signal));
    }

    #[test]
    fn a_command_that_nobody_waits_for_is_killed_and_gets_rid_of_its_output() {
        let (agent, mut theirs, mut decoder) = connected();
        let output = agent.output(&CommandSpec::new(["yes"]), Instant::now());
        assert!(matches!(output, Err(Error::Deadline)));
        let heard: Vec<_> = (0..5).map(|_| hear(&mut theirs, &mut decoder)).collect();
        let said = |kind| heard.iter().any(|frame| frame.kind == kind);
        assert!(said(Kind::Signal) && said(Kind::Credit), "{heard:?}");
    }

    #[test]
    fn any_amount_of_credit_is_taken() {
        let (agent, mut theirs, _) = connected();
        let process = agent.start(&CommandSpec::new(["cat"]), 0).unwrap();
        for _ in 0..2 {
            let credit = Frame::number(Kind::Credit, process.id, u32::MAX);
            theirs.write_all(&credit.encode()).unwrap();
        }
        let exit = Frame::new(Kind::Exit, process.id, Exit::Code(3).encode());
        theirs.write_all(&exit.encode()).unwrap();
        let event = process.events().recv_deadline(soon());
        assert_eq!(event, Ok(ProcessEvent::Exit(Exit::Code(3))));
    }

    #[test]
    fn a_guest_that_was_set_back_in_the_middle_of_a_frame_is_understood() {
        let (agent, mut theirs, mut decoder) = connected();
        let process = agent.start(&CommandSpec::new(["x"]), 0).unwrap();
        let frame = Frame::new(Kind::Stdout, process.id, [7; 100]).encode();
        theirs.write_all(&frame[..50]).unwrap();
        let cut = Cut {
            why: "it is back".into(),
            reason: CutReason::Restored,
        };
        let rewound = agent.rewind(cut.clone()).unwrap();
        assert_eq!(process.events().recv_deadline(soon()), Ok(ProcessEvent::Cut(cut)));
        let guest = std::thread::spawn(move || {
            // What the earlier state had under way comes first.
            theirs.write_all(&frame[20..]).unwrap();
            loop {
                let heard = hear(&mut theirs, &mut decoder);
                let answer = match heard.kind {
                    Kind::Hello => heard,
                    Kind::WindowSize => Frame::number(Kind::Done, heard.id, 0),
                    _ => continue,
                };
                theirs.write_all(&answer.encode()).unwrap();
                if answer.kind == Kind::Done {
                    return;
                }
            }
        });
        agent.greet_again(&rewound, soon()).unwrap();
        agent.set_window_size(25, 80, soon()).unwrap();
        guest.join().unwrap();
    }
}
