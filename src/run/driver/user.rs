//! What a user at a terminal sees of a guest's console, and types there.

use std::time::Instant;

use crate::diag::Result;
use crate::events::Event;
use crate::host::terminal;
use crate::run::console::screen::{From, To};
use crate::run::console::seat;
use crate::run::task::{FirstLine, Task};

use super::Driver;

impl Driver<'_> {
    /// The console beside what is on standard output, if that is wanted.
    pub fn show_boot(&mut self, console: bool) -> Result<()> {
        match console {
            true => self.seat.put_screen(From::Start, To::Stderr, &self.sender),
            false => Ok(()),
        }
    }

    /// Connects screen and keyboard. The guard puts the terminal back.
    pub fn give_terminal(&mut self, task: &Task, console: bool) -> Result<Option<terminal::Raw>> {
        match task {
            Task::Command { .. } => {
                self.show_boot(console)?;
                Ok(None)
            }
            Task::Shell { first } => {
                let from = match (console || self.plan.custom_init, first) {
                    (true, _) => From::Start,
                    (false, None) => From::Shell,
                    (false, Some(_)) => From::Told,
                };
                self.seat.take();
                self.seat.put_screen(from, To::Stdout, &self.sender)?;
                let raw = terminal::Raw::enter();
                if raw.is_some() {
                    terminal::announce("Ctrl-A X leaves, Ctrl-A ? shows the keys", true);
                }
                terminal::read_keys(self.sender.clone(), terminal::Leaving::SwitchesOff)?;
                Ok(raw)
            }
        }
    }

    /// The user has the console from now on, until the shell ends or they leave.
    pub fn open_shell(&mut self, first: Option<&FirstLine>) {
        self.seat.open_keyboard();
        if let Some(line) = first {
            self.seat.start_here();
            // Whatever the user has typed already is for what comes after it.
            self.seat.press_first(&[line.text().as_bytes(), b"\r"].concat());
        } else if self.record.seconds.restore.is_some() {
            // The snapshot's prompt went to an earlier run; the shell prints another one.
            self.seat.start_here();
            self.seat.press(b"\r");
            self.pass_keys_on();
        }
        // Before the first command, which may ask for it.
        if let Ok(agent) = self.machine.agent() {
            seat::tell_size(&agent);
        }
        self.pass_keys_on();
    }

    /// Shows what a machine that stands still has said, to the last byte.
    pub fn show_rest(&mut self) {
        let Some(vm) = self.machine.vm_mut().filter(|_| self.seat.has_screen()) else {
            return;
        };
        vm.end_console();
        // Nothing that is found there changes how the run ended.
        let _ = self.until(Some(Instant::now()), |event| {
            matches!(event, Event::ConsoleEnd).then_some(())
        });
    }

    pub(super) fn pass_keys_on(&mut self) {
        self.seat.pass_on(|| self.machine.vm()?.keyboard().ok());
    }

    /// There is nothing more to come from the user.
    pub(super) fn end_typing(&mut self) {
        if self.machine.shell_status().is_none() {
            self.seat.end();
            self.pass_keys_on();
        }
    }

    /// The terminal has another size, which concerns whoever sits at the console.
    pub(super) fn resize(&mut self) -> Result<()> {
        match self.machine.agent() {
            Ok(agent) if self.seat.is_taken() => self.seat.resize(agent),
            _ => Ok(()),
        }
    }
}
