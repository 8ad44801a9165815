//! A machine that a debugger has stopped: meanwhile no time passes for what is waited for in it.

use std::time::{Duration, Instant};

use crate::diag::Result;
use crate::emulator::qmp;
use crate::events::Event;
use crate::gdb;
use crate::run::ending::Ending;

use super::Driver;

/// How often it is looked whether the machine still stands.
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
                let deadline = |driver: &Self| since + limit + (driver.standstill.total() - before);
                let at = match driver.stands() {
                    true => deadline(driver).max(Instant::now() + AGAIN),
                    false => deadline(driver),
                };
                let found = driver.until(Some(at), &wanted)?;
                if found.is_some() || (!driver.stands() && deadline(driver) <= Instant::now()) {
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
                if !matches!(done, Err(Ending::Timeout(_))) || driver.standstill.total() == before {
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
        if self.standstill.lasts() && !gdb::is_attached(&self.directory.path) {
            self.standstill.end(Instant::now());
        }
        self.standstill.lasts()
    }

    /// What the monitor says of it. Others than debuggers stop the machine for moments only.
    pub(super) fn note_standstill(&mut self, event: &Event) {
        let standstill = &mut self.standstill;
        match event {
            Event::Monitor(qmp::Event::Stop, at) if gdb::is_attached(&self.directory.path) => {
                standstill.begin(*at);
            }
            Event::Monitor(qmp::Event::Resume, at) => standstill.end(*at),
            Event::DebuggerLeft(_) => standstill.debugger_left(),
            _ => {}
        }
    }
}
