//! A machine that a debugger has stopped: meanwhile no time passes for what is waited for in it.

use std::time::{Duration, Instant};

use crate::diag::Result;
use crate::emulator::qmp;
use crate::events::Event;
use crate::gdb;
use crate::kgdb;
use crate::run::ending::Ending;
use crate::run::machine::standstill::Holder;

use super::Driver;

/// How often it is looked whether a debugger has the machine. Of those in its kernel nothing else tells.
const AGAIN: Duration = Duration::from_millis(200);

impl Driver<'_> {
    /// From now on the user is told, once of each debugger, that something waits for the guest because of it.
    pub fn tell_of_standstills(&mut self) {
        self.standstill.tell_from_now_on();
    }

    /// The same as [`Driver::until`] for what takes at most so long in a guest that runs.
    pub fn until_done<T>(
        &mut self,
        limit: Duration,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Result<Option<T>, Ending> {
        self.in_guest_time(|driver| {
            let (since, before) = (Instant::now(), driver.standstill.total());
            loop {
                let stands = driver.stands();
                let deadline = since + limit + (driver.standstill.total() - before);
                let now = Instant::now();
                if !stands && deadline <= now {
                    return Ok(None);
                }
                let at = match stands {
                    true => now + AGAIN,
                    false => deadline.min(now + AGAIN),
                };
                let found = driver.until(Some(at), &wanted)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        })
    }

    /// Does something that has a deadline of its own, again each time that the machine stood and it could not be met.
    pub fn again_after_standstills<T>(&mut self, work: impl Fn(&mut Self) -> Result<T, Ending>) -> Result<T, Ending> {
        self.in_guest_time(|driver| {
            loop {
                let before = driver.standstill.total();
                let done = work(driver);
                let stood = driver.stands() || driver.standstill.total() != before;
                if !matches!(done, Err(Ending::Timeout(_))) || !stood {
                    return done;
                }
                while driver.stands() {
                    driver.until(Some(Instant::now() + AGAIN), |_| None::<()>)?;
                }
            }
        })
    }

    /// How much of this time the machine has not stood still.
    pub fn worked_since(&self, (since, before): (Instant, Duration)) -> Duration {
        since.elapsed().saturating_sub(self.standstill.total() - before)
    }

    /// A beginning for [`Driver::worked_since`].
    pub fn now(&self) -> (Instant, Duration) {
        (Instant::now(), self.standstill.total())
    }

    fn in_guest_time<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.standstill.matters(true);
        let done = work(self);
        self.standstill.matters(false);
        done
    }

    /// Whether a debugger has the machine stopped. One that is gone without a word has it no more.
    fn stands(&mut self) -> bool {
        let (run, now) = (&self.directory.path, Instant::now());
        match self.standstill.holder() {
            None if kgdb::is_attached(run) => self.standstill.begin(now, Holder::Kernel),
            Some(Holder::Kernel) if !kgdb::is_attached(run) => {
                self.standstill.end(now);
                self.standstill.debugger_left();
            }
            Some(Holder::Emulator) if !gdb::is_attached(run) => self.standstill.end(now),
            _ => {}
        }
        self.standstill.holder().is_some()
    }

    /// What the monitor says of it. Others than debuggers stop the machine for moments only.
    pub(super) fn note_standstill(&mut self, event: &Event) {
        let standstill = &mut self.standstill;
        match event {
            Event::Monitor(qmp::Event::Stop, at) if gdb::is_attached(&self.directory.path) => {
                standstill.begin(*at, Holder::Emulator);
            }
            Event::Monitor(qmp::Event::Resume, at) => standstill.end(*at),
            Event::DebuggerLeft(_) => standstill.debugger_left(),
            _ => {}
        }
    }
}
