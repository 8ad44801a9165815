//! Deadlines of a run, and of one whose emulator somebody debugs: what usually takes a moment takes as long as they look.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::profile::EmulatorKind;

/// How long the stages of a run may take.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Limits {
    pub boot: Duration,
    pub command: Option<Duration>,
    pub total: Option<Duration>,
    pub graces: Graces,
}

/// How long a guest goes on whose kernel has said that it is in trouble.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Graces {
    /// After an oops, for the command to end by itself.
    pub oops: Duration,
    /// After what ends the guest, for the rest of the report on its console.
    pub report: Duration,
}

impl Graces {
    /// A report takes some million instructions. gem5 executes between a hundred thousand and a million of them in a second.
    pub fn on(emulator: EmulatorKind, slower: u32) -> Graces {
        let (oops, report) = match emulator {
            EmulatorKind::Qemu => (1500, 1000),
            EmulatorKind::Gem5 => (60_000, 20_000),
        };
        let times = |milliseconds| Duration::from_millis(milliseconds) * slower;
        Graces {
            oops: times(oops),
            report: times(report),
        }
    }
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
