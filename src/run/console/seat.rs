//! The place before a guest's console: what of it is seen there, and what is typed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

use crate::diag::Result;
use crate::events::Event;
use crate::guest::client::Agent;
use crate::host::terminal;
use crate::host::thread::spawn_thread;
use crate::host::typed::{Typed, Way};

use super::keyboard::Keyboard;
use super::screen::{From, Screen, To};

/// How often a shell is told that there is nothing more to come.
const END_AGAIN: Duration = Duration::from_secs(1);
/// How long a guest may take to be told the terminal's size.
const SIZE: Duration = Duration::from_secs(1);

pub struct Seat {
    /// An oops is announced there, and is for whoever sits there to judge.
    taken: bool,
    screen: Option<Screen>,
    keyboard: Option<Keyboard>,
    /// A serial port that nobody listens to yet forgets what it is told: keys wait until the shell does.
    heard: bool,
    typed_early: Vec<Typed>,
    /// What was typed last has not ended its line.
    line_is_open: bool,
    /// The end of what the user types, on its way to the guest.
    ends: Arc<Way>,
    /// When it is said again: a shell that is busy does not hear it.
    end_again: Option<Instant>,
    /// Guests that are to be told the terminal's size.
    sizes: Option<Sender<Arc<Agent>>>,
}

impl Seat {
    /// Nobody sits there yet.
    pub fn new() -> Seat {
        Seat {
            taken: false,
            screen: None,
            keyboard: None,
            heard: false,
            typed_early: Vec::new(),
            line_is_open: false,
            ends: Arc::default(),
            end_again: None,
            sizes: None,
        }
    }

    /// Whether somebody sits there.
    pub fn is_taken(&self) -> bool {
        self.taken
    }

    pub fn take(&mut self) {
        self.taken = true;
    }

    /// Shows what the console says from now on. `Event::OutputClosed` says that it cannot be shown any more.
    pub fn put_screen(&mut self, from: From, to: To, sender: &Sender<Event>) -> Result<()> {
        self.screen = Some(Screen::new(from, to, sender)?);
        Ok(())
    }

    pub fn has_screen(&self) -> bool {
        self.screen.is_some()
    }

    pub fn show(&mut self, bytes: &[u8]) {
        self.screen.iter_mut().for_each(|screen| screen.show(bytes));
    }

    /// Shows what was hidden: something went wrong.
    pub fn reveal(&mut self) {
        self.screen.iter_mut().for_each(Screen::reveal);
    }

    /// Shows what follows, and not what came before.
    pub fn start_here(&mut self) {
        self.screen.iter_mut().for_each(Screen::start_here);
    }

    /// Gives the screen a moment for the rest.
    pub fn finish(&mut self) {
        self.screen.iter_mut().for_each(Screen::finish);
    }

    /// The machine is going to be another one.
    pub fn unplug(&mut self) {
        self.keyboard = None;
    }

    pub fn has_keyboard(&self) -> bool {
        self.keyboard.is_some()
    }

    /// What is typed reaches the guest as soon as its console is there.
    pub fn open_keyboard(&mut self) {
        self.heard = true;
    }

    /// Of lkmc's own, before all that the user has typed already.
    pub fn press_first(&mut self, keys: &[u8]) {
        self.typed_early.insert(0, keys.into());
    }

    /// Of lkmc's own.
    pub fn press(&mut self, keys: &[u8]) {
        self.typed_early.push(keys.into());
    }

    /// By the user.
    pub fn type_in(&mut self, typed: Typed) {
        self.line_is_open = typed.bytes().last().is_some_and(|last| !b"\r\n".contains(last));
        self.typed_early.push(typed);
    }

    /// End of file, as a terminal says it: the shell ends, once it reads that at the beginning of a line.
    pub fn end(&mut self) {
        const CTRL_D: u8 = 4;
        if std::mem::take(&mut self.line_is_open) {
            self.press(b"\r");
        }
        if self.ends.is_empty() {
            let end = self.ends.enter(vec![CTRL_D]);
            self.typed_early.push(end);
        }
        self.end_again = Some(Instant::now() + END_AGAIN);
    }

    /// When the end has to be said again.
    pub fn wakes(&self) -> Option<Instant> {
        self.end_again
    }

    /// Whether that is now.
    pub fn has_to_end(&mut self, now: Instant) -> bool {
        self.end_again.take_if(|at| *at <= now).is_some()
    }

    /// The terminal has another size. A thread of its own tells the guest, which may hang and not take it. Meanwhile one more waits to
    /// be told, which is the size that the terminal has then.
    pub fn resize(&mut self, agent: Arc<Agent>) -> Result<()> {
        if self.sizes.is_none() {
            let (sender, agents) = bounded::<Arc<Agent>>(1);
            spawn_thread("window size", move || {
                agents.iter().for_each(|agent| tell_size(&agent));
            })?;
            self.sizes = Some(sender);
        }
        let _ = self.sizes.as_ref().map(|sizes| sizes.try_send(agent));
        Ok(())
    }

    /// What was typed before the console is there waits for it. `connect` finds out whether it is.
    pub fn pass_on(&mut self, connect: impl FnOnce() -> Option<Keyboard>) {
        if self.typed_early.is_empty() {
            return;
        }
        if self.keyboard.is_none() && self.heard {
            self.keyboard = connect();
        }
        if let Some(keyboard) = &mut self.keyboard {
            self.typed_early.drain(..).for_each(|typed| keyboard.press(typed));
        }
    }
}

/// A guest that does not take the size of our terminal in time goes without.
pub fn tell_size(agent: &Agent) {
    if let Some((rows, columns)) = terminal::size() {
        let _ = agent.set_window_size(rows, columns, Instant::now() + SIZE);
    }
}
