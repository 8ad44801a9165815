//! Others who want something of a guest that runs: processes that use it, a debugger that has stopped it, and whoever wants its end.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::diag::Result;
use crate::events::Event;
use crate::gdb;
use crate::guest::client::Agent;
use crate::guest::snapshots::Cut;

use self::hub::Hub;

mod hub;

#[derive(Default)]
pub struct Visitors {
    hub: Option<Arc<Hub>>,
    /// Somebody waits for the end of another process's debugger.
    watching: bool,
    /// The guest is between two states.
    held_up: bool,
    /// What they wanted meanwhile.
    waiting: VecDeque<Event>,
}

impl Visitors {
    /// Lets other processes use the guest, with its agent if that is there.
    pub fn admit(&mut self, directory: &Path, agent: Option<Arc<Agent>>, sender: Sender<Event>) -> Result<()> {
        self.hub = Some(Hub::open(directory, agent, sender)?);
        Ok(())
    }

    /// The guest's agent is there by now.
    pub fn meet(&self, agent: Option<Arc<Agent>>) {
        self.hub.iter().for_each(|hub| hub.meet(agent.clone()));
    }

    /// The kernel is in trouble.
    pub fn tell(&self, trouble: &str) {
        self.hub.iter().for_each(|hub| hub.tell(trouble));
    }

    /// The machine stands still at its end: commands that run are cut off, and none is started.
    pub fn cut(&self, cut: &Cut) {
        self.hub.iter().for_each(|hub| hub.cut(cut));
    }

    /// It goes on.
    pub fn resume(&self) {
        self.hub.iter().for_each(|hub| hub.resume());
    }

    /// Somebody has stopped the guest: another process's debugger may have, and leave without letting it go on.
    pub fn watch(&mut self, directory: &Path, sender: &Sender<Event>) {
        if !self.watching {
            self.watching = gdb::watch(directory, sender);
        }
    }

    pub fn debugger_left(&mut self) {
        self.watching = false;
    }

    /// What they want has to wait until they are let in again.
    pub fn hold_up(&mut self) {
        self.held_up = true;
    }

    pub fn let_in(&mut self) {
        self.held_up = false;
    }

    /// Whether this has to wait.
    pub fn has_to_wait(&self, event: &Event) -> bool {
        self.held_up && matches!(event, Event::Signal(_) | Event::Quit | Event::Stop | Event::Asked(_))
    }

    pub fn wait(&mut self, event: Event) {
        self.waiting.push_back(event);
    }

    /// Of what has waited.
    pub fn next(&mut self) -> Option<Event> {
        match self.held_up {
            true => None,
            false => self.waiting.pop_front(),
        }
    }
}
