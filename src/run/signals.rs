//! Our own signals become events of every run that is under way. There is one handler for the process: a test run has
//! hundreds of guests, one after the other and side by side.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGWINCH};

use crate::diag::{Error, Result};
use crate::nix::interrupt;

use super::events::Event;
use super::vm;

static LISTENERS: Mutex<Vec<Sender<Event>>> = Mutex::new(Vec::new());
/// Whether Ctrl-C is none of our business.
static FOR_CHILD: AtomicBool = AtomicBool::new(false);
static STARTED: OnceLock<()> = OnceLock::new();

/// From now on `sender` gets them. A second Ctrl-C does not wait for anything.
pub fn listen(sender: Sender<Event>) -> Result<()> {
    listeners().push(sender);
    // Two runs that begin at once could both find it not started; the lock of the first push orders them.
    let mut result = Ok(());
    STARTED.get_or_init(|| result = start());
    result
}

/// A child that shares our terminal is told of Ctrl-C by the terminal itself.
pub fn leave_interrupts_to_child(leave: bool) {
    FOR_CHILD.store(leave, Ordering::Relaxed);
}

fn listeners() -> std::sync::MutexGuard<'static, Vec<Sender<Event>>> {
    LISTENERS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn start() -> Result<()> {
    let failed =
        |error: std::io::Error| Error::infrastructure("lkmc::run::signals", "cannot handle signals").cause(error);
    // A build that this process did before has left a handler that would end it at once; from here on runs decide.
    std::mem::forget(interrupt::Guard::new());
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGWINCH]).map_err(failed)?;
    vm::spawn_thread("signals", move || {
        let mut seen = false;
        for signal in signals.forever() {
            if signal == SIGINT && FOR_CHILD.load(Ordering::Relaxed) {
                continue;
            }
            if signal != SIGWINCH && std::mem::replace(&mut seen, true) && signal == SIGINT {
                // The emulators die with us.
                std::process::exit(128 + SIGINT);
            }
            // A run that has ended has dropped its receiver.
            listeners().retain(|listener| {
                let event = match signal {
                    SIGWINCH => Event::Resized,
                    signal => Event::Signal(signal),
                };
                listener.send(event).is_ok()
            });
        }
    })
}
