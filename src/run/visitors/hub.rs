//! Lets other lkmc processes use a guest: `vm exec`, `push`, `snapshot` and `stop` connect to a socket in the run directory.
//!
//! They speak the agent's own protocol (`guest::protocol`), so that a command in a guest of another process is started by
//! the same code as one in our own. The hub gives each command a new number on the one connection to the agent, and passes
//! its frames on. Its own credits stay end to end: only the final receiver grants them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crossbeam_channel::{Sender, bounded, unbounded};

use crate::diag::{Error, Result};
use crate::events::{Asked, Event};
use crate::guest::client::{self, Agent};
use crate::guest::events::ProcessEvent;
use crate::guest::process::Process;
use crate::guest::protocol::{Decoder, Exit, Frame, Kind, MAGIC, Refusal};
use crate::guest::snapshots::{self, Answer, Cut, CutReason, Request};
use crate::host::socket::socket_path;
use crate::host::thread::spawn_thread;
use crate::run_directory::files::SUPERVISOR_SOCKET;

/// Until the next look for a client that could not be taken.
const AGAIN: Duration = Duration::from_millis(50);

type Writer = Arc<Mutex<UnixStream>>;

/// Who is told of the kernel's trouble.
struct Listener {
    writer: Writer,
    news: Arc<Mutex<News>>,
}

/// What one client has yet to be told.
#[derive(Default)]
struct News {
    /// A thread is telling it, and looks here before it ends.
    under_way: bool,
    newest: Option<Vec<u8>>,
}

pub struct Hub {
    /// An init of the user's may never start one.
    agent: Mutex<Option<Arc<Agent>>>,
    events: Sender<Event>,
    clients: Mutex<Vec<Listener>>,
    /// Why no command runs in a machine that stands still at its end.
    ended: Mutex<Option<Cut>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A client that is gone is noticed by its reader.
fn send(writer: &Writer, frame: &Frame) {
    let _ = lock(writer).write_all(&frame.encode());
}

/// What is to be told now. None is the end of telling.
fn next(news: &Mutex<News>) -> Option<Vec<u8>> {
    let mut news = lock(news);
    news.under_way = news.newest.is_some();
    news.newest.take()
}

impl Hub {
    /// Opens the socket. Requests that concern the run itself become its events.
    pub fn open(directory: &Path, agent: Option<Arc<Agent>>, events: Sender<Event>) -> Result<Arc<Hub>> {
        let path = directory.join(SUPERVISOR_SOCKET);
        let bind = || {
            let handle = File::open(directory)?;
            UnixListener::bind(socket_path(&handle, SUPERVISOR_SOCKET))
        };
        let listener = bind().map_err(|error| Error::io("cannot listen on", &path, error))?;
        let hub = Arc::new(Hub {
            agent: Mutex::new(agent),
            events,
            clients: Mutex::default(),
            ended: Mutex::default(),
        });
        let serving = Arc::clone(&hub);
        spawn_thread("hub", move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else {
                    // Too many files are open, most likely, and will be for a while.
                    std::thread::sleep(AGAIN);
                    continue;
                };
                let hub = Arc::clone(&serving);
                let _ = spawn_thread("client", move || hub.serve(stream));
            }
        })?;
        Ok(hub)
    }

    /// Tells every client that the kernel is in trouble. A client that has been suspended takes nothing: nobody waits for it, and of
    /// what happens meanwhile it is told the last.
    pub fn tell(&self, trouble: &str) {
        let text: Vec<u8> = trouble.bytes().take(4096).collect();
        for client in lock(&self.clients).iter() {
            let mut news = lock(&client.news);
            news.newest = Some(text.clone());
            if news.under_way {
                continue;
            }
            let (writer, told) = (Arc::clone(&client.writer), Arc::clone(&client.news));
            let telling = spawn_thread("tell", move || {
                while let Some(text) = next(&told) {
                    send(&writer, &Frame::new(Kind::Trouble, 0, text));
                }
            });
            news.under_way = telling.is_ok();
        }
    }

    /// The guest's agent is there by now.
    pub fn meet(&self, agent: Option<Arc<Agent>>) {
        *lock(&self.agent) = agent;
    }

    fn agent(&self) -> Option<Arc<Agent>> {
        lock(&self.agent).clone()
    }

    /// The machine stands still at its end: commands that run are cut off, and none is started.
    pub fn cut(&self, cut: &Cut) {
        *lock(&self.ended) = Some(cut.clone());
        self.agent().iter().for_each(|agent| agent.cut(cut.clone()));
    }

    /// It goes on.
    pub fn resume(&self) {
        *lock(&self.ended) = None;
    }

    fn serve(&self, mut stream: UnixStream) {
        let Ok(writer) = stream.try_clone().map(|stream| Arc::new(Mutex::new(stream))) else {
            return;
        };
        lock(&self.clients).push(Listener {
            writer: Arc::clone(&writer),
            news: Arc::default(),
        });
        let mut client = Client {
            hub: self,
            writer: Arc::clone(&writer),
            specs: HashMap::new(),
            running: Arc::default(),
            gone: Arc::default(),
        };
        let (mut decoder, mut chunk) = (Decoder::default(), vec![0; 128 * 1024]);
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            decoder.push(&chunk[..length]);
            let mut next = decoder.next_frame();
            while let Ok(Some(frame)) = next {
                client.handle(frame);
                next = decoder.next_frame();
            }
            if next.is_err() {
                // What follows could not be told apart.
                break;
            }
        }
        // Nobody waits any more for what it has asked and started.
        client.gone.store(true, Ordering::Release);
        lock(&client.running)
            .values()
            .for_each(|running| running.process.abandon());
        lock(&self.clients).retain(|other| !Arc::ptr_eq(&other.writer, &writer));
    }
}

struct Running {
    process: Arc<Process>,
    input: Option<Sender<Vec<u8>>>,
}

struct Client<'a> {
    hub: &'a Hub,
    writer: Writer,
    /// Specifications that are still arriving.
    specs: HashMap<u32, Vec<u8>>,
    running: Arc<Mutex<HashMap<u32, Running>>>,
    gone: Arc<AtomicBool>,
}

impl Client<'_> {
    fn handle(&mut self, frame: Frame) {
        let (id, value) = (frame.id, frame.value());
        match frame.kind {
            // The same nonce goes back, as the agent does it, with our own version.
            Kind::Hello if frame.payload.starts_with(MAGIC) => {
                if let Some(nonce) = frame.nonce() {
                    send(&self.writer, &Frame::hello(&nonce));
                }
            }
            Kind::Spec => self.specs.entry(id).or_default().extend(frame.payload),
            Kind::Start => {
                let spec = self.specs.remove(&id).unwrap_or_default();
                self.start(id, &spec, value);
            }
            Kind::Stop => {
                let _ = self.hub.events.send(Event::Stop);
                send(&self.writer, &Frame::number(Kind::Done, id, 0));
            }
            Kind::Ask => self.ask(id, &frame.payload),
            kind => {
                let mut running = lock(&self.running);
                let Some(running) = running.get_mut(&id) else { return };
                match kind {
                    Kind::Stdin => drop(running.input.as_ref().map(|input| input.send(frame.payload))),
                    Kind::StdinEof => running.input = None,
                    Kind::Signal => running.process.signal(value),
                    Kind::Credit => running.process.acknowledge(value as usize),
                    _ => {}
                }
            }
        }
    }

    /// Has the run's owner answer, which may take a while.
    fn ask(&self, id: u32, request: &[u8]) {
        let (answer, answered) = bounded(1);
        let (writer, gone) = (Arc::clone(&self.writer), Arc::clone(&self.gone));
        if let Ok(request) = serde_json::from_slice::<Request>(request) {
            let asked = Asked { request, answer, gone };
            let _ = self.hub.events.send(Event::Asked(asked));
        }
        let _ = spawn_thread("answer", move || {
            let unavailable = Answer::Refused(snapshots::Refusal::Unavailable);
            let answer = answered.recv().unwrap_or(unavailable);
            // Plain data that serde_json can always represent.
            let text = serde_json::to_vec(&answer).unwrap_or_default();
            send(&writer, &Frame::new(Kind::Answer, id, text));
        });
    }

    fn start(&self, id: u32, spec: &[u8], flags: u32) {
        match self.start_in_guest(id, spec, flags) {
            Ok(process) => self.attend(id, Arc::new(process)),
            Err(frame) => send(&self.writer, &frame),
        }
    }

    /// A process, or what is answered in its place.
    fn start_in_guest(&self, id: u32, spec: &[u8], flags: u32) -> Result<Process, Frame> {
        // Held until the agent has it: what comes after a cut is not started.
        let ended = lock(&self.hub.ended);
        if let Some(cut) = &*ended {
            return Err(cut_frame(id, cut));
        }
        let agent = self.hub.agent().ok_or_else(|| cut_frame(id, &no_agent()))?;
        agent.start_encoded(spec, flags).map_err(|error| match error {
            client::Error::Cut(cut) => cut_frame(id, &cut),
            _ => failed_frame(id),
        })
    }

    /// Passes on what it reads and what it says, until its end.
    fn attend(&self, id: u32, process: Arc<Process>) {
        let (input, chunks) = unbounded::<Vec<u8>>();
        lock(&self.running).insert(
            id,
            Running {
                process: Arc::clone(&process),
                input: Some(input),
            },
        );
        let (writer, stdin) = (Arc::clone(&self.writer), process.stdin());
        let feeding = spawn_thread("feed", move || {
            for chunk in chunks {
                match stdin.write(&chunk) {
                    true => send(&writer, &Frame::number(Kind::Credit, id, chunk.len() as u32)),
                    false => return send(&writer, &Frame::new(Kind::StdinClosed, id, [])),
                }
            }
            stdin.close();
        });
        let (writer, running) = (Arc::clone(&self.writer), Arc::clone(&self.running));
        let passing = spawn_thread("pass", move || {
            for event in process.events() {
                let frame = match event {
                    ProcessEvent::Stdout(bytes) => Frame::new(Kind::Stdout, id, bytes),
                    ProcessEvent::Stderr(bytes) => Frame::new(Kind::Stderr, id, bytes),
                    ProcessEvent::Exit(exit) => {
                        lock(&running).remove(&id);
                        return send(&writer, &exit_frame(id, exit));
                    }
                    ProcessEvent::Cut(cut) => {
                        lock(&running).remove(&id);
                        return send(&writer, &cut_frame(id, &cut));
                    }
                    // The agent is gone, which ends this connection too.
                    ProcessEvent::Lost => return drop(lock(&writer).shutdown(Shutdown::Both)),
                };
                send(&writer, &frame);
            }
        });
        if feeding.and(passing).is_err() {
            send(&self.writer, &failed_frame(id));
        }
    }
}

/// Of a process that could not be started for a reason of ours.
fn failed_frame(id: u32) -> Frame {
    const EIO: u32 = 5;
    exit_frame(id, Exit::NotStarted(Refusal::Errno(EIO)))
}

fn exit_frame(id: u32, exit: Exit) -> Frame {
    Frame::new(Kind::Exit, id, exit.encode())
}

fn no_agent() -> Cut {
    Cut {
        why: "no agent of lkmc's has answered in it: its init has started none, or not yet".into(),
        reason: CutReason::NoAgent,
    }
}

fn cut_frame(id: u32, cut: &Cut) -> Frame {
    // Plain data that serde_json can always represent.
    Frame::new(Kind::Cut, id, serde_json::to_vec(cut).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_takes_nothing_is_told_the_last_in_the_end() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (writer, news) = (Arc::new(Mutex::new(ours)), Arc::new(Mutex::new(News::default())));
        let hub = Hub {
            agent: Mutex::default(),
            events: unbounded().0,
            clients: Mutex::new(vec![Listener {
                writer: Arc::clone(&writer),
                news: Arc::clone(&news),
            }]),
            ended: Mutex::default(),
        };
        let suspended = lock(&writer);
        hub.tell("an oops");
        // Until somebody is about to write it.
        while lock(&news).newest.is_some() {
            std::thread::yield_now();
        }
        for trouble in ["a warning", "a panic"] {
            hub.tell(trouble);
        }
        drop(suspended);
        let (mut decoder, mut told, mut bytes) = (Decoder::default(), Vec::new(), [0; 256]);
        while told.len() < 2 {
            let length = theirs.read(&mut bytes).unwrap();
            decoder.push(&bytes[..length]);
            while let Some(frame) = decoder.next_frame().unwrap() {
                told.push(frame.payload);
            }
        }
        assert_eq!(told, [b"an oops".as_slice(), b"a panic"]);
    }
}
