//! Ctrl-C while Nix or a download works: stop in order, leave a store and a cache that work next time.
//!
//! Outside of a [`Guard`] the signals do what they always do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

struct State {
    /// No guard is alive: die as usual.
    idle: Arc<AtomicBool>,
    /// The last signal that came; no signal has the number 0.
    came: Arc<AtomicUsize>,
    guards: AtomicUsize,
}

fn state() -> &'static State {
    static STATE: OnceLock<State> = OnceLock::new();
    STATE.get_or_init(|| {
        let state = State {
            idle: Arc::new(AtomicBool::new(true)),
            came: Arc::new(AtomicUsize::new(0)),
            guards: AtomicUsize::new(0),
        };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Registering fails for signals that cannot be caught, which these can.
            let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&state.idle));
            let _ = signal_hook::flag::register_usize(signal, Arc::clone(&state.came), signal as usize);
        }
        state
    })
}

/// The signal by which the user wants us to stop.
pub fn signal() -> Option<i32> {
    let came = state().came.load(Ordering::Relaxed);
    (came != 0).then_some(came as i32)
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
