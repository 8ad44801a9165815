//! Since when a debugger has the machine, and whether somebody waits for it.

use std::time::{Duration, Instant};

use crate::host::terminal;

/// What has the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// GDB has stopped it at the emulator's stub.
    Emulator,
    /// The kernel is in a debugger of its own, KDB or KGDB. Between two stops it runs, which nobody tells.
    Kernel,
}

impl Holder {
    fn as_str(self) -> &'static str {
        match self {
            Holder::Emulator => "GDB has stopped the guest",
            Holder::Kernel => "the guest's kernel is in its debugger",
        }
    }
}

#[derive(Default)]
pub struct Standstill {
    /// Since when the machine stands, if a debugger has it.
    since: Option<(Instant, Holder)>,
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
        self.before + self.since.map_or(Duration::ZERO, |(since, _)| since.elapsed())
    }

    /// Who has it, if somebody has.
    pub fn holder(&self) -> Option<Holder> {
        self.since.map(|(_, holder)| holder)
    }

    /// A debugger has stopped it.
    pub fn begin(&mut self, at: Instant, holder: Holder) {
        self.since.get_or_insert((at, holder));
        self.tell();
    }

    /// It goes on.
    pub fn end(&mut self, at: Instant) {
        if let Some((since, _)) = self.since.take() {
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
        let Some((_, holder)) = self.since.filter(|_| self.matters && self.tells) else {
            return;
        };
        if !std::mem::replace(&mut self.told, true) {
            let why = holder.as_str();
            terminal::announce(&format!("{why}: what is done in it waits, and its time with it"), false);
        }
    }
}
