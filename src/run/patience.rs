//! Deadlines of a run, and of one whose emulator somebody debugs: what usually takes a moment takes as long as they look.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long the stages of a run may take.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Limits {
    pub boot: Duration,
    pub command: Option<Duration>,
    pub total: Option<Duration>,
}

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
