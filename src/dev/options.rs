//! What an edit loop is asked for.

use std::time::{Duration, Instant};

use crate::diag::{self, Error};
use crate::linux::Linux;
use crate::nix;
use crate::wanted::Ready;

pub struct Options {
    /// As the user gave it; loaded anew after each save.
    pub path: String,
    /// The machine of each guest.
    pub machine: Ready,
    pub linux: Linux,
    /// `name=value` for the module.
    pub parameters: Vec<String>,
    /// Shell line for the guest after each insertion.
    pub then: Option<String>,
    /// One iteration, without watching.
    pub once: bool,
    pub json: bool,
    pub build: nix::Options,
    /// For all rounds together.
    pub deadline: Option<Instant>,
}

impl Options {
    pub fn left(&self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    pub fn is_over(&self) -> bool {
        self.left() == Some(Duration::ZERO)
    }

    /// Errors of the user's file, in the middle of the loop.
    pub fn show(&self, error: &Error) {
        if !self.json {
            diag::print(error);
        }
    }
}
