//! A run whose emulator GDB has started, and has the terminal.
//!
//! The run takes its course as always, whenever GDB lets the emulator go on; it has no deadlines of its own, and ends with GDB.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::diag::Result;
use crate::events::Event;
use crate::gdb::Terminal;
use crate::host::{signals, terminal, watchdog};
use crate::run::driver::debugger::Pane;
use crate::run::driver::{Audience, Driver};
use crate::run::ending::Ending;
use crate::run::under::take_time;
use crate::run::{Order, Stage, Task, tell};
use crate::run_directory::conclusion::Conclusion;

use super::bring_up::bring_up;
use super::plan;

/// An emulator that GDB has stopped ends when it goes on.
const END: Duration = Duration::from_secs(2);

/// Runs until GDB ends. The status is the guest command's if it has ended and GDB has nothing to complain of.
pub fn debug(order: &Order, runs: &Path, task: Task, pane: Option<Pane>) -> Result<Conclusion> {
    let mut run = plan::begin(order, runs, task.words())?;
    take_time(&mut run.plan.limits, &order.under);
    run.announce(order.verbose);
    let stage = Stage {
        under: order.under.clone(),
        audience: match task {
            Task::Shell { .. } => Audience::Visitors,
            Task::Command { .. } => Audience::Debugger,
        },
        ..Stage::default()
    };
    let with_user = order.under.terminal() == Terminal::Ours;
    let _kept = with_user.then(watchdog::Kept::keep).flatten();
    let ended = run.conduct(stage, |driver| {
        let _interrupts = signals::leave_interrupts_to_child(with_user);
        attend(driver, task, pane).unwrap_or_else(|ending| outlast(driver, ending))
    })?;
    let finished = run.finish(ended)?;
    tell(order.json, &finished.record, &finished.conclusion, &finished.directory)?;
    Ok(finished.conclusion)
}

/// Takes the guest through the run, then waits for GDB.
fn attend(driver: &mut Driver, task: Task, pane: Option<Pane>) -> Result<Ending, Ending> {
    bring_up(driver)?;
    driver.open_hub()?;
    if let Some(pane) = pane {
        pane(&driver.directory.id).map_err(Ending::Failed)?;
    }
    let Task::Command { spec, input } = task else {
        let id = &driver.directory.id;
        let message = format!("the guest has booted: `lkmc vm console {id}` in another terminal is its shell");
        terminal::announce(&message, false);
        return until_debugger_ends(driver);
    };
    let exit = match driver.command(&spec, input) {
        Ending::Command(exit) => exit,
        other => return Err(other),
    };
    let message = format!("the command ended with status {}, and the emulator ends", exit.status());
    terminal::announce(&message, false);
    if let Some(qmp) = driver.machine.qmp() {
        // If it is stopped, it takes note of this when GDB lets it go on.
        let _ = qmp.execute("quit", Value::Null, Instant::now() + END);
    }
    Ok(match until_debugger_ends(driver)? {
        Ending::Debugger(0) => Ending::Command(exit),
        ended => ended,
    })
}

fn until_debugger_ends(driver: &mut Driver) -> Result<Ending, Ending> {
    let ended = |event: &Event| match event {
        Event::EmulatorExit(status) => Some(Some(*status)),
        // What has become of the guest is seen in GDB.
        Event::Finding(_) | Event::Agent(Err(_)) => Some(None),
        _ => None,
    };
    loop {
        if let Some(Some(status)) = driver.until(None, ended)? {
            return Ok(Ending::of_debugger(status));
        }
    }
}

/// A run that has come to an end before GDB has: whoever looks may want to know why.
fn outlast(driver: &mut Driver, ending: Ending) -> Ending {
    match ending {
        Ending::Debugger(_) | Ending::Failed(_) => return ending,
        Ending::Interrupted(_) | Ending::Timeout(_) | Ending::Forced(_) => return ending,
        _ => {}
    }
    // GDB's end is the reason for most others, and may be heard later.
    let soon = Some(Instant::now() + END);
    let ended = |event: &Event| match event {
        Event::EmulatorExit(status) => Some(*status),
        _ => None,
    };
    match driver.until(soon, ended) {
        Ok(Some(status)) => return Ending::of_debugger(status),
        Err(ending @ (Ending::Debugger(_) | Ending::Interrupted(_) | Ending::Timeout(_) | Ending::Forced(_))) => {
            return ending;
        }
        _ => {}
    }
    terminal::announce(&ending.clone().conclude(None).reason, false);
    match until_debugger_ends(driver) {
        Ok(Ending::Debugger(0)) => ending,
        Ok(other) | Err(other) => other,
    }
}
