//! Since when a debugger has the machine stopped, and whether somebody waits for it.

use std::time::{Duration, Instant};

use crate::host::terminal;

#[derive(Default)]
pub struct Standstill {
    /// Since when the machine stands, if a debugger has it.
    since: Option<Instant>,
    /// How long it has stood before.
    before: Duration,
    /// Whether somebody waits for the guest whose time does not pass.
    matters: bool,
    /// Whether that is to be said, and whether it has been said of this debugger.
    tells: bool,
    told: bool,
}

impl Standstill {
    /// How long the machine has stood in all.
    pub fn total(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Whether it stands.
    pub fn lasts(&self) -> bool {
        self.since.is_some()
    }

    /// A debugger has stopped it.
    pub fn begin(&mut self, at: Instant) {
        self.since.get_or_insert(at);
        self.tell();
    }

    /// It goes on.
    pub fn end(&mut self, at: Instant) {
        if let Some(since) = self.since.take() {
            self.before += at.saturating_duration_since(since);
        }
    }

    /// From now on it is said, once of each debugger, that somebody waits.
    pub fn tell_from_now_on(&mut self) {
        self.tells = true;
    }

    /// The next debugger is another one.
    pub fn debugger_left(&mut self) {
        self.told = false;
    }

    /// Somebody waits for the guest from now on, or no more.
    pub fn matters(&mut self, matters: bool) {
        self.matters = matters;
        self.tell();
    }

    /// Says it, if it is to be said and has not been.
    fn tell(&mut self) {
        if self.matters && self.since.is_some() && self.tells && !std::mem::replace(&mut self.told, true) {
            terminal::announce(
                "GDB has stopped the guest: what is done in it waits, and its time with it",
                false,
            );
        }
    }
}
