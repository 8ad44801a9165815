//! Deadlines of a run whose emulator somebody debugs: what usually takes a moment takes as long as they look.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Somebody who looks at the first instruction may do so for long.
pub const LONG: Duration = Duration::from_secs(7 * 24 * 3600);

/// There is one such run in a process, and it has the terminal.
static PATIENT: AtomicBool = AtomicBool::new(false);

/// From now on.
pub fn begin() {
    PATIENT.store(true, Ordering::Relaxed);
}

/// How long to wait for what takes at most so long on an emulator that runs.
pub fn limit(usual: Duration) -> Duration {
    match PATIENT.load(Ordering::Relaxed) {
        true => LONG,
        false => usual,
    }
}
