//! How a machine is ended, whatever ended the run: what it has written and said is kept.

use std::time::{Duration, Instant};

use crossbeam_channel::never;
use serde_json::Value;

use crate::events::Event;
use crate::guest::events::GuestEvent;
use crate::host::terminal;
use crate::run::console::tap::Tap;
use crate::run::ending::Ending;
use crate::run::machine::vm::Vm;
use crate::run::set_up;
use crate::run_directory::conclusion::Conclusion;
use crate::verdict::Verdict;

use super::Driver;

/// What a guest has written to its disks, on a busy host.
const FLUSH: Duration = Duration::from_secs(20);
/// It is worth this much, even if `--timeout` has left less.
const FLUSH_AT_LEAST: Duration = Duration::from_secs(3);
/// What QEMU caches of an image's format.
const QUIT: Duration = Duration::from_secs(10);

/// How much of what was said has been written.
enum Written {
    All,
    NotAll,
}

impl Driver<'_> {
    /// Waits until all has been written that was said in files, at most until the deadline. How the run ends then.
    pub fn finish_output(&mut self, tap: Tap, deadline: Option<Instant>, ending: Ending) -> Ending {
        self.leave_output(tap);
        // Who was told to end waits for nobody.
        if ending.is_cut_short() {
            return ending;
        }
        self.machine.forget_doom();
        loop {
            let step = self.until(deadline, |event| match event {
                Event::OutputWritten => Some(Ok(Written::All)),
                Event::OutputClosed(error) => Some(Err(Ending::of_output(error))),
                Event::ConsoleError(error) => Some(Err(Ending::unheard(error))),
                // How the machine ends says nothing of what has been said before.
                Event::EmulatorExit(_) | Event::Halted | Event::Guest(GuestEvent::Lost) | Event::Agent(Err(_)) => {
                    Some(Ok(Written::NotAll))
                }
                _ => None,
            });
            match step {
                Ok(Some(Ok(Written::NotAll))) => {}
                Ok(Some(Ok(Written::All))) => return ending,
                Ok(None) => return Ending::unread(),
                Ok(Some(Err(cut))) => return cut,
                Err(cut) if cut.is_cut_short() => return cut,
                Err(_) => return ending,
            }
        }
    }

    /// What is left of this is written while the machine is taken down.
    pub fn leave_output(&mut self, tap: Tap) {
        self.output_done = Some(tap.close());
    }

    /// Ends the machine, and waits for what is still on its way to our output. How the run has ended then.
    pub fn tear_down(&mut self, ending: Ending) -> Ending {
        // It has ended: what was to end it must not cut the end short.
        self.machine.forget_doom();
        self.end_trace();
        let healthy = matches!(
            ending,
            Ending::Command(_)
                | Ending::Interrupted(_)
                | Ending::Quit
                | Ending::OutputClosed
                | Ending::Driven(Conclusion {
                    verdict: Verdict::Pass | Verdict::Failed,
                    ..
                })
        );
        let disks = self.plan.set_up.disks;
        let halted = self.machine.vm().is_some_and(Vm::is_halted);
        let running = !halted && self.machine.vm().is_some_and(|vm| !vm.has_ended());
        if disks && running {
            self.flush(healthy);
        }
        if (disks && (running || halted)) || (self.under.wants_an_end() && (healthy || halted)) {
            self.quit();
        }
        self.record.last_lines = self.machine.last_lines();
        self.machine.remove();
        if let Some(done) = self.output_done.take() {
            let _ = done.recv_timeout(Duration::from_millis(500));
        }
        self.seat.finish();
        match ending {
            // What it said last may be what could not be written.
            Ending::Command(_) | Ending::Shell(_) | Ending::PoweredOff => self.unwritten().unwrap_or(ending),
            ending => ending,
        }
    }

    /// That something could not be written which nobody has heard of.
    fn unwritten(&self) -> Option<Ending> {
        self.ours.try_iter().find_map(|event| match event {
            Event::OutputClosed(error) => Some(Ending::of_output(&error)),
            _ => None,
        })
    }

    /// What comes now is not the command's any more.
    pub(super) fn end_trace(&mut self) {
        let Some(record) = self.machine.end_trace() else { return };
        if let Some(why) = &record.cut {
            let more = match record.instructions {
                Some(instructions) => format!("; the run executed {instructions} instructions in all"),
                None => String::new(),
            };
            let text = format!("the trace is cut, {why}{more}");
            terminal::announce(&text, self.seat.is_taken());
        }
        self.record.trace = Some(record);
    }

    /// Lets the guest write what it keeps of its disks. One that did not end by itself gets little time for it.
    fn flush(&mut self, healthy: bool) {
        // One in a debugger's hands does nothing.
        self.go_on();
        let limit = if healthy { FLUSH } else { FLUSH_AT_LEAST };
        let deadline = self.within(limit).max(Instant::now() + FLUSH_AT_LEAST);
        if let Ok(agent) = self.machine.agent()
            && let Err(ending) = set_up::flush(&agent, deadline)
        {
            let why = ending.conclude(None).reason;
            terminal::announce(&format!("the disks may lack what the guest wrote last: {why}"), false);
        }
    }

    /// Lets QEMU write what it caches of an image's format, and ends it. The deadline that may have ended the run is none for this.
    fn quit(&mut self) {
        let deadline = Instant::now() + QUIT;
        let Some(vm) = self.machine.vm_mut() else { return };
        if let Some(qmp) = vm.wait_for_monitor(deadline) {
            let _ = qmp.execute("quit", Value::Null, deadline);
            while let Some(event) = vm.next(&never(), Some(deadline)) {
                match event {
                    Event::EmulatorExit(_) => return,
                    Event::Console(bytes) => self.seat.show(&bytes),
                    _ => {}
                }
            }
        }
    }
}
