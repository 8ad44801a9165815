//! Ctrl-C while Nix or a download works: stop in order, leave a store and a cache that work next time.
//!
//! Outside of a [`Guard`] the signals do what they always do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// What tells a program to end, and leaves it the time to.
pub const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

struct State {
    /// No guard is alive: die as usual.
    idle: Arc<AtomicBool>,
    /// The last signal that came; no signal has the number 0.
    came: Arc<AtomicUsize>,
    /// The same, and forgotten by who begins to stop.
    again: Arc<AtomicUsize>,
    guards: AtomicUsize,
}

fn state() -> &'static State {
    static STATE: OnceLock<State> = OnceLock::new();
    STATE.get_or_init(|| {
        let state = State {
            idle: Arc::new(AtomicBool::new(true)),
            came: Arc::new(AtomicUsize::new(0)),
            again: Arc::new(AtomicUsize::new(0)),
            guards: AtomicUsize::new(0),
        };
        for signal in heeded(ENDING) {
            // Registering fails for signals that cannot be caught, which these can.
            let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&state.idle));
            for last in [&state.came, &state.again] {
                let _ = signal_hook::flag::register_usize(signal, Arc::clone(last), signal as usize);
            }
        }
        state
    })
}

/// Those of these signals that this process was not started to ignore. `nohup`, and a script's `&`, see to it that a signal ends
/// nobody; a handler would undo that.
pub fn heeded(signals: impl IntoIterator<Item = i32>) -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = ignored(&status);
    signals
        .into_iter()
        .filter(|signal| ignored & (1 << (signal - 1)) == 0)
        .collect()
}

/// The set in `/proc/PID/status`, one bit for each signal.
fn ignored(status: &str) -> u64 {
    let mut lines = status.lines();
    let set = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or(0)
}

/// The signal by which the user wants us to stop.
pub fn signal() -> Option<i32> {
    let came = state().came.load(Ordering::Relaxed);
    (came != 0).then_some(came as i32)
}

/// From here on, whether the user says once more that we are to stop.
pub fn once_more() -> impl Fn() -> bool {
    let again = Arc::clone(&state().again);
    again.store(0, Ordering::Relaxed);
    move || again.load(Ordering::Relaxed) != 0
}

/// Why work is not to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// By this signal the user wants it.
    Signal(i32),
    /// The time is over.
    Deadline,
}

/// Whether work is to go on; asked again and again while it takes place.
pub fn go_on(deadline: Option<Instant>) -> Result<(), Stop> {
    match signal() {
        Some(signal) => Err(Stop::Signal(signal)),
        None if deadline.is_some_and(|deadline| Instant::now() >= deadline) => Err(Stop::Deadline),
        None => Ok(()),
    }
}

/// While one lives, the signals only show in [`signal`].
pub struct Guard(());

impl Guard {
    pub fn new() -> Guard {
        let state = state();
        state.guards.fetch_add(1, Ordering::SeqCst);
        state.idle.store(false, Ordering::SeqCst);
        Guard(())
    }
}

impl Default for Guard {
    fn default() -> Self {
        Guard::new()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let state = state();
        if state.guards.fetch_sub(1, Ordering::SeqCst) == 1 {
            state.idle.store(true, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_ignores_is_read_from_its_status() {
        let status = "Name:\tlkmc\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000000003\nSigCgt:\t0000000000000400\n";
        assert_eq!(ignored(status), 1 << (SIGHUP - 1) | 1 << (SIGINT - 1));
        assert_eq!(ignored(""), 0);
    }
}
