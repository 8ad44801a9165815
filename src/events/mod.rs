//! What a run hears, in order. The run itself and its tests are receivers of these.

use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crossbeam_channel::Sender;

use crate::diag::Result;
use crate::emulator::qmp::{self, Qmp};
use crate::guest::client::{self, Agent};
use crate::guest::events::GuestEvent;
use crate::guest::protocol::Exit;
use crate::guest::snapshots::{Answer, Cut, Request};
use crate::host::typed::Typed;
use crate::host::user::UserEvent;
use crate::lock::Lock;
use crate::verdict::Finding;

pub mod streams;

pub enum Event {
    /// Bytes from the guest's console.
    Console(Vec<u8>),
    ConsoleEnd,
    /// What the guest says, on its console or elsewhere, cannot be read any more.
    ConsoleError(std::io::Error),
    /// The kernel is in trouble.
    Finding(Finding),
    Qmp(Result<Qmp, qmp::Error>),
    /// The emulator's monitor takes commands.
    MonitorReady,
    /// The monitor has said so at that time.
    Monitor(qmp::Event, Instant),
    QmpEnd,
    Agent(Result<Arc<Agent>, client::Error>),
    /// The agent has answered: commands can run.
    Ready,
    Guest(GuestEvent),
    /// The guest command ended, and all its output has been written.
    CommandExit(Exit),
    /// Nobody will know how the guest command ends.
    CommandCut(Cut),
    /// All that was said in files has been written, or cannot be.
    OutputWritten,
    /// Our own standard output cannot be written to any more.
    OutputClosed(std::io::Error),
    /// A signal for lkmc.
    Signal(i32),
    /// The user typed this for the console.
    Typed(Typed),
    /// The machine has switched itself off or reset itself, and stands still as it was then.
    Halted,
    /// There is nothing more to come from the user.
    TypedEnd,
    /// The terminal has another size.
    Resized,
    /// Another thread of ours has something for whoever waits.
    Wake,
    /// Another process wants the machine to be switched off.
    Stop,
    /// Another process wants something of the guest's snapshots.
    Asked(Asked),
    /// The user asked to leave.
    Quit,
    EmulatorExit(ExitStatus),
    /// Somebody else's debugger that had stopped the guest is gone. No other one attaches before the lock is dropped.
    DebuggerLeft(Option<Lock>),
    /// GDB has ended.
    DebuggerExit(ExitStatus),
    /// Whoever talked to KDB has done so.
    KdbEnd(Result<()>),
}

impl From<UserEvent> for Event {
    fn from(event: UserEvent) -> Event {
        match event {
            UserEvent::Signal(signal) => Event::Signal(signal),
            UserEvent::Typed(typed) => Event::Typed(typed),
            UserEvent::TypedEnd => Event::TypedEnd,
            UserEvent::Resized => Event::Resized,
            UserEvent::Quit => Event::Quit,
        }
    }
}

/// What another process wants, and the way of the answer. Dropped without one, it is answered that the guest is none of those that
/// can be asked.
#[derive(Clone)]
pub struct Asked {
    pub request: Request,
    pub answer: Sender<Answer>,
    /// Set when who asks has gone away.
    pub gone: Arc<AtomicBool>,
}

impl Asked {
    pub fn is_wanted(&self) -> bool {
        !self.gone.load(Ordering::Acquire)
    }
}
