//! Running: boot a guest, run a command in it or give it the terminal, and say how that ended.
//!
//! ```text
//! Profile, Bundle -> engine -> Plan -> RunDirectory -> Driver (Vm, events) -> Ending -> Conclusion -> run.json
//! ```

use std::path::Path;
use std::time::Instant;

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::host::terminal;
use crate::run_directory::conclusion::Conclusion;

pub use self::conduct::{Ended, Finished, Run, conclude_abandoned};
use self::driver::Driver;
pub use self::driver::Stage;
use self::ending::Ending;
pub use self::engine::{refuse_without_kvm, refuse_without_memory};
pub use self::plan::prepare;
pub(crate) use self::report::tell;
use self::request::OnPanic;
pub use self::request::Order;
pub use self::task::{Errand, FirstLine, Task};

pub(crate) mod aftermath;
pub(crate) mod archive;
pub(crate) mod asked;
mod bring_up;
pub(crate) mod conduct;
pub(crate) mod console;
pub(crate) mod debug;
pub(crate) mod debug_emulator;
pub(crate) mod driver;
pub(crate) mod ending;
pub(crate) mod engine;
pub(crate) mod hub;
mod kernel_modules;
pub(crate) mod keyboard;
pub(crate) mod patience;
pub(crate) mod plan;
pub(crate) mod ports;
pub(crate) mod probe;
pub mod push;
mod report;
pub(crate) mod request;
pub(crate) mod screen;
pub(crate) mod session;
pub(crate) mod setup;
pub mod snapshot;
mod stay;
pub(crate) mod supervise;
mod take_down;
pub(crate) mod tap;
mod task;
mod tracer;
pub(crate) mod under;
pub(crate) mod undo;
pub(crate) mod vm;
mod whereabouts;

/// The command line that a cold boot of QEMU would use, and on which accelerator. Starts nothing.
pub fn preview(order: &Order) -> Result<(CommandLine, engine::Choice)> {
    let choice = engine::foresee(order.profile)?;
    Ok((prepare(order, choice.used)?.boot, choice))
}

/// Runs to the end. The status is the guest command's, or says what went wrong instead.
pub fn run(order: &Order, runs: &Path, task: Task) -> Result<Conclusion> {
    let mut run = Run::begin(order, runs, task.words())?;
    run.announce(order.verbose);
    let stage = Stage {
        under: order.under.clone(),
        ..Stage::default()
    };
    let mut raw = None;
    let ended = run.conduct(stage, |driver| {
        let ending = match give_terminal(driver, &task, order.console) {
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
    if let Err(ending) = driver.bring_up() {
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

/// The console beside what is on standard output, if that is wanted.
pub(crate) fn show_boot(driver: &mut Driver, console: bool) -> Result<()> {
    match console {
        true => driver.show_console(screen::From::Start, screen::To::Stderr),
        false => Ok(()),
    }
}

/// Connects screen and keyboard. The guard puts the terminal back.
pub(crate) fn give_terminal(driver: &mut Driver, task: &Task, console: bool) -> Result<Option<terminal::Raw>> {
    match task {
        Task::Command { .. } => {
            show_boot(driver, console)?;
            Ok(None)
        }
        Task::Shell { first } => {
            let from = match (console || driver.plan.custom_init, first) {
                (true, _) => screen::From::Start,
                (false, None) => screen::From::Shell,
                (false, Some(_)) => screen::From::Told,
            };
            driver.interactive = true;
            driver.show_console(from, screen::To::Stdout)?;
            let raw = terminal::Raw::enter();
            if raw.is_some() {
                terminal::announce("Ctrl-A X leaves, Ctrl-A ? shows the keys", true);
            }
            terminal::read_keys(driver.sender.clone(), terminal::Leaving::SwitchesOff)?;
            Ok(raw)
        }
    }
}
