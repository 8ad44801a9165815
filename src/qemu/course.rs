//! One run on QEMU, from its order to its conclusion.

use std::path::Path;
use std::time::Instant;

use crate::diag::Result;
use crate::host::terminal;
use crate::run::driver::{Driver, aftermath};
use crate::run::ending::Ending;
use crate::run::request::OnPanic;
use crate::run::{Order, Stage, Task, tell};
use crate::run_directory::conclusion::Conclusion;

use super::bring_up::bring_up;
use super::{plan, stay};

/// Runs to the end. The status is the guest command's, or says what went wrong instead.
pub fn run(order: &Order, runs: &Path, task: Task) -> Result<Conclusion> {
    let mut run = plan::begin(order, runs, task.words())?;
    run.announce(order.verbose);
    let stage = Stage {
        under: order.under.clone(),
        ..Stage::default()
    };
    let mut raw = None;
    let ended = run.conduct(stage, |driver| {
        let ending = match driver.give_terminal(&task, order.console) {
            Ok(guard) => {
                raw = guard;
                carry_out(driver, task)
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
    let finished = run.finish(ended)?;
    tell(order.json, &finished.record, &finished.conclusion, &finished.directory);
    Ok(finished.conclusion)
}

fn carry_out(driver: &mut Driver, task: Task) -> Ending {
    if let Err(ending) = bring_up(driver) {
        return ending;
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
    ending
}
