//! Since when a debugger has the machine stopped, and whether somebody waits for it.

use std::time::{Duration, Instant};

use crate::host::terminal;

#[derive(Default)]
pub struct Standstill {
    /// Since when the machine stands, if a debugger has it.
    pub since: Option<Instant>,
    /// How long it has stood before.
    before: Duration,
    /// Whether somebody waits for the guest whose time does not pass.
    pub matters: bool,
    /// Whether that is to be said, and whether it has been said of this debugger.
    pub tells: bool,
    pub told: bool,
}

impl Standstill {
    /// How long the machine has stood in all.
    pub fn total(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// It goes on.
    pub fn end(&mut self, at: Instant) {
        if let Some(since) = self.since.take() {
            self.before += at.saturating_duration_since(since);
        }
    }

    /// Says it, if it is to be said and has not been.
    pub fn tell(&mut self) {
        if self.matters && self.since.is_some() && self.tells && !std::mem::replace(&mut self.told, true) {
            terminal::announce(
                "GDB has stopped the guest: what is done in it waits, and its time with it",
                false,
            );
        }
    }
}
