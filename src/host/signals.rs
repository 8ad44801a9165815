//! Our own signals, told to every run that is under way. There is one handler for the process: a test run has
//! hundreds of guests, one after the other and side by side.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGINT, SIGWINCH};

use crate::diag::{Error, Result};
use crate::exit::Exit;

use super::interrupt;
use super::thread::spawn_thread;
use super::user::UserEvent;

static LISTENERS: Mutex<Listeners> = Mutex::new(Listeners {
    listeners: Vec::new(),
    ended_by: None,
});
/// Whether Ctrl-C is none of our business.
static FOR_CHILD: AtomicBool = AtomicBool::new(false);
static STARTED: OnceLock<()> = OnceLock::new();

struct Listeners {
    listeners: Vec<Listener>,
    /// The signal that told this process to end.
    ended_by: Option<(i32, Instant)>,
}

/// Whether it is still there.
type Listener = Box<dyn Fn(UserEvent) -> bool + Send>;

/// A terminal that is closed sends several signals at once; later ones are somebody's.
const ONE_WISH: Duration = Duration::from_secs(1);

/// From now on `sender` gets them, and at once what came before: a run that begins late must not outlive the others. A second
/// Ctrl-C does not wait for anything, nor does another signal that somebody sends again.
pub fn listen<E: From<UserEvent> + Send + 'static>(sender: Sender<E>) -> Result<()> {
    let listener = move |event: UserEvent| sender.send(event.into()).is_ok();
    let mut listeners = listeners();
    // Before there was anybody to tell.
    if STARTED.get().is_none() {
        listeners.ended_by = interrupt::signal().map(|signal| (signal, Instant::now()));
    }
    if let Some((signal, _)) = listeners.ended_by {
        listener(UserEvent::Signal(signal));
    }
    listeners.listeners.push(Box::new(listener));
    drop(listeners);
    // Two runs that begin at once could both find it not started; the lock of the first push orders them.
    let mut result = Ok(());
    STARTED.get_or_init(|| result = start());
    result
}

/// Whether this process has been told to end. Before the first run listens, [`interrupt`] knows.
pub fn has_come() -> bool {
    match STARTED.get() {
        Some(()) => listeners().ended_by.is_some(),
        None => interrupt::signal().is_some(),
    }
}

/// While one lives, a child that shares our terminal is told of Ctrl-C by the terminal itself.
#[must_use]
pub struct LeftToChild(());

pub fn leave_interrupts_to_child(leave: bool) -> LeftToChild {
    FOR_CHILD.store(leave, Ordering::Relaxed);
    LeftToChild(())
}

impl Drop for LeftToChild {
    fn drop(&mut self) {
        FOR_CHILD.store(false, Ordering::Relaxed);
    }
}

fn listeners() -> std::sync::MutexGuard<'static, Listeners> {
    LISTENERS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn start() -> Result<()> {
    let failed =
        |error: std::io::Error| Error::infrastructure("lkmc::run::signals", "cannot handle signals").cause(error);
    // A build that this process did before has left a handler that would end it at once; from here on runs decide.
    std::mem::forget(interrupt::Guard::new());
    let heeded = interrupt::heeded(interrupt::ENDING.into_iter().chain([SIGWINCH]));
    let mut signals = signal_hook::iterator::Signals::new(heeded).map_err(failed)?;
    spawn_thread("signals", move || {
        for signal in signals.forever() {
            if signal == SIGINT && FOR_CHILD.load(Ordering::Relaxed) {
                continue;
            }
            let mut listeners = listeners();
            match listeners.ended_by {
                _ if signal == SIGWINCH => {}
                None => listeners.ended_by = Some((signal, Instant::now())),
                // The emulators die with us.
                Some((_, at)) if signal == SIGINT || at.elapsed() > ONE_WISH => {
                    std::process::exit(Exit::Interrupted(signal).status().into())
                }
                Some(_) => {}
            }
            // A run that has ended has dropped its receiver.
            listeners.listeners.retain(|listener| {
                listener(match signal {
                    SIGWINCH => UserEvent::Resized,
                    signal => UserEvent::Signal(signal),
                })
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ctrl_c_is_ours_again_when_the_child_has_ended() {
        let left = leave_interrupts_to_child(true);
        assert!(FOR_CHILD.load(Ordering::Relaxed));
        drop(left);
        assert!(!FOR_CHILD.load(Ordering::Relaxed));
    }
}
