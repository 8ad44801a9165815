//! One run on QEMU, from its order to its conclusion.

use std::path::Path;
use std::time::Instant;

use crate::diag::Result;
use crate::host::terminal;
use crate::junit;
use crate::ktap::results::Results;
use crate::run::console::log::log_length;
use crate::run::driver::{Driver, aftermath};
use crate::run::ending::Ending;
use crate::run::kernel_tests::{self, Listener};
use crate::run::request::{OnPanic, Tests};
use crate::run::{Order, Stage, Task, tell};
use crate::run_directory::conclusion::Conclusion;

use super::bring_up::bring_up;
use super::session::Session;
use super::{plan, stay};

/// Runs to the end. The status is the guest command's, or says what went wrong instead.
pub fn run(order: &Order, runs: &Path, task: Task) -> Result<Conclusion> {
    let mut run = plan::begin(order, runs, task.words())?;
    run.announce(order.verbose);
    let heard = order.tests.as_ref().map(|_| Listener::default());
    let stage = Stage {
        under: order.under.clone(),
        listener: heard.clone(),
        ..Stage::default()
    };
    let mut since = None;
    let mut raw = None;
    let ended = run.conduct(stage, |driver| {
        let ending = match driver.give_terminal(&task, order.console) {
            Ok(guard) => {
                raw = guard;
                carry_out(driver, task, order, &mut since)
            }
            Err(error) => Ending::Failed(error),
        };
        if driver.plan.on_panic == OnPanic::Gdb {
            // GDB wants the terminal as it was.
            terminal::stop_keys();
            raw = None;
        }
        aftermath::attend(driver, &ending, &order.wishes);
        ending
    })?;
    if raw.is_some() && matches!(ended.ending, Ending::Quit) {
        // The prompt of who called us begins on a line of its own.
        eprint!("\r\n");
    }
    drop(raw);
    let found = heard.map(|heard| kernel_tests::found(&heard, &run.directory.path, since));
    run.record.tests = found.as_ref().map(Results::summary);
    let finished = run.finish(ended)?;
    tell(order.json, &finished.record, &finished.conclusion, &finished.directory)?;
    if let (Some(Tests { junit: Some(file) }), Some(found)) = (&order.tests, &found) {
        let report = kernel_tests::junit(found, &order.profile.name, &finished.conclusion);
        junit::write(&report, file)?;
    }
    Ok(finished.conclusion)
}

/// `logged`: where the part of the console's log begins in which tests count. A restored guest has booted elsewhere, so without `--cold`
/// that is where the boot ends, for one that has booted here as well.
fn carry_out(driver: &mut Driver, task: Task, order: &Order, logged: &mut Option<u64>) -> Ending {
    if let Err(ending) = bring_up(driver) {
        return ending;
    }
    let position = log_length(driver.directory());
    if order.cold.is_none() {
        *logged = Some(position);
    }
    let since = Instant::now();
    let ending = match task {
        Task::Command { spec, input } => driver.command(&spec, input),
        Task::Shell { first } => match driver.open_hub() {
            Ok(()) => {
                driver.open_shell(first.as_ref());
                stay::stay(driver)
            }
            Err(ending) => ending,
        },
    };
    driver.record.seconds.command = Some(since.elapsed().as_secs_f64());
    match (&ending, &order.tests) {
        // What the kernel has logged meanwhile may be under way.
        (Ending::Command(_), Some(_)) => match Session::of(driver).settle(position) {
            Ok(()) => ending,
            Err(other) => other,
        },
        _ => ending,
    }
}
