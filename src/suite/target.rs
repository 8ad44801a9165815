//! A profile that demos run on, with as much of it built as they need: Linux for guests, the bare board for the others.

use std::time::Duration;

use crate::bare_metal::Board;
use crate::demo::observation::Report;
use crate::demo::select::{Selection, not_here};
use crate::demo::{Demo, Kind, Machine, Run};
use crate::diag::Result;
use crate::emulator::Trace;
use crate::linux::Linux;
use crate::nix;
use crate::nix::demos::BuiltDemo;
use crate::profile::Profile;
use crate::wanted::Wanted;

use super::guest;

pub struct Target {
    pub profile: Profile,
    linux: Option<Linux>,
    board: Option<Board>,
    trace: Option<Trace>,
}

/// One demo on one target.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub demo: &'a Demo,
    pub target: &'a Target,
}

impl Target {
    /// What no demo needs is not built.
    pub fn build<'a>(
        profile: Profile,
        demos: impl IntoIterator<Item = &'a Demo>,
        options: &nix::Options,
    ) -> Result<Target> {
        profile.check_host(std::env::consts::ARCH)?;
        let here = |demo: &&Demo| not_here(demo, &profile).is_none();
        let (bare, guests): (Vec<&Demo>, Vec<&Demo>) = demos
            .into_iter()
            .filter(here)
            .partition(|demo| demo.kind == Kind::BareMetal);
        let linux = match guests.is_empty() {
            true => None,
            false => {
                // Each run changes something about the machine; what it cannot have is said before anything is built.
                let plain = Wanted::of_demo(&profile, &Machine::default())?;
                Some(Linux::build(plain.ready_for_lkmc()?.base(), options)?)
            }
        };
        let board = match bare.is_empty() {
            true => None,
            false => Some(Board::build(profile.clone(), options)?),
        };
        Ok(Target {
            profile,
            linux,
            board,
            trace: None,
        })
    }

    /// With what is to be recorded of each run.
    pub fn traced(self, trace: Option<Trace>) -> Target {
        Target { trace, ..self }
    }

    pub fn select(&self, demo: &Demo) -> Result<Selection> {
        Ok(match (not_here(demo, &self.profile), &self.linux) {
            (Some(reason), _) => Selection::Skipped { reason },
            (None, Some(linux)) if demo.kind != Kind::BareMetal => linux.select(demo)?,
            (None, _) => Selection::Runs,
        })
    }

    /// One run of a demo that runs here. `left` is what remains of the time for everything.
    pub fn observe(&self, demo: &Demo, run: &Run, built: &BuiltDemo, left: Option<Duration>) -> Result<Report> {
        let trace = self.trace.as_ref();
        match (demo.kind, &self.linux, &self.board) {
            (Kind::BareMetal, _, Some(board)) => board.observe(demo, run, built, left, trace.and_then(Trace::gem5)),
            (_, Some(linux), _) => guest::observe(linux, demo, run, built, left, trace),
            _ => unreachable!("{} was not among the demos that this target was built for", demo.name),
        }
    }
}
