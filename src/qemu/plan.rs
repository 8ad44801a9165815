//! What a run on QEMU will do, decided before anything starts.

use std::path::Path;
use std::time::Instant;

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::emulator::{Engine, MemoryBacking, qemu};
use crate::run::accelerator::Choice;
use crate::run::plan::{self, Plan};
use crate::run::request::Cold;
use crate::run::set_up::kernel_modules::KernelModules;
use crate::run::snapshot::Action;
use crate::run::{Order, Run};

use super::launch::launch;
use super::{engine, snapshot};

/// The command line that a cold boot would use, or one that begins with a named snapshot, and on which accelerator. Starts nothing.
pub fn preview(order: &Order) -> Result<(CommandLine, Choice)> {
    let choice = engine::foresee(order.profile)?;
    let plan = prepare(order, choice.used)?;
    let line = match plan.snapshot.action {
        Action::Begin { line, .. } => line,
        _ => plan.boot,
    };
    Ok((line, choice))
}

/// A run on the accelerator that the profile wants or this machine has.
pub fn begin(order: &Order, runs: &Path, command: Vec<String>) -> Result<Run> {
    let started = Instant::now();
    let engine = engine::choose(order, runs)?;
    let plan = prepare(order, engine.used)?;
    Run::begin_with(order, plan, runs, (engine, started), command)
}

/// Decides everything that can be decided before something starts.
pub fn prepare(order: &Order, engine: Engine) -> Result<Plan> {
    let mut boot = qemu::command_line(&launch(order, engine, MemoryBacking::Anonymous, false)?)?;
    if order.cold == Some(Cold::FromReset) {
        // Somebody else lets it go.
        boot.groups.push(vec!["-S".into()]);
    }
    let mut snapshot = snapshot::choose(order, engine)?;
    if order.under.is_once() {
        snapshot.make_none(Cold::LookedAt);
    }
    Ok(Plan {
        kernel_modules: KernelModules::of(&order.bundle.kernel, order.store, order.profile.memory.0),
        alike: snapshot::alike(order, engine)?,
        ..plan::of(order, boot, snapshot)
    })
}
