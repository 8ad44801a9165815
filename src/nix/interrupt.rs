//! Ctrl-C while Nix or a download works: stop in order, leave a store and a cache that work next time.
//!
//! Outside of a [`Guard`] the signals do what they always do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

struct State {
    /// No guard is alive: die as usual.
    idle: Arc<AtomicBool>,
    hit: Arc<AtomicBool>,
    guards: AtomicUsize,
}

fn state() -> &'static State {
    static STATE: OnceLock<State> = OnceLock::new();
    STATE.get_or_init(|| {
        let state = State {
            idle: Arc::new(AtomicBool::new(true)),
            hit: Arc::new(AtomicBool::new(false)),
            guards: AtomicUsize::new(0),
        };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Registering fails for signals that cannot be caught, which these can.
            let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&state.idle));
            let _ = signal_hook::flag::register(signal, Arc::clone(&state.hit));
        }
        state
    })
}

/// Whether the user wants us to stop.
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(&state().hit)
}

/// While one lives, the signals only raise [`flag`].
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
