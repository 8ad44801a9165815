//! What is done about a machine whose kernel is in trouble, before it is switched off.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::diag::Result;
use crate::dump;
use crate::events::Event;
use crate::gdb::{self, Debugger, KIT, Wishes};
use crate::guest::events::GuestEvent;
use crate::host::{signals, terminal};
use crate::run::ending::Ending;
use crate::run::request::OnPanic;
use crate::run_directory::files;
use crate::run_directory::run_json::DumpRecord;

use super::{Driver, whereabouts};

/// How long a kernel may take to say why its guest does not answer any more.
const REASON: Duration = Duration::from_secs(1);
/// A monitor with nothing else to do.
const MONITOR: Duration = Duration::from_secs(10);

/// Finds out where a guest is that takes too long, and does what the user asked for if the run ended for a reason that lies with
/// the kernel. `wishes` are for GDB, which gets the terminal.
pub fn attend(driver: &mut Driver, ending: &Ending, wishes: &Wishes) {
    if matches!(ending, Ending::Broken(_)) {
        // A guest that fails us has a reason, which its kernel may be about to say.
        let _ = driver.until(Some(Instant::now() + REASON), |_| None::<()>);
    }
    locate(driver, ending);
    let trouble = match (ending, driver.machine.finding()) {
        (Ending::Trouble(finding), _) | (_, Some(finding)) => finding.line.clone(),
        _ => return,
    };
    match driver.plan.on_panic {
        OnPanic::Exit => {}
        OnPanic::Dump => dump(driver),
        OnPanic::Gdb => {
            if let Err(error) = debug(driver, &trouble, wishes) {
                crate::diag::print(&error);
            }
        }
    }
}

/// Finds out where a guest is that takes too long.
pub fn locate(driver: &mut Driver, ending: &Ending) {
    if let Some(found) = whereabouts::look(driver, ending, &driver.symbols) {
        let stack = found.stacks.iter().find(|stack| !stack.frames.is_empty());
        driver.record.stack = stack.map_or(Vec::new(), |stack| stack.frames.clone());
        driver.record.report = Some(found);
    }
}

/// A dump that cannot be made changes nothing about how the run ended, and is said.
fn dump(driver: &mut Driver) {
    if !driver.quiet {
        terminal::announce("dumping the guest's memory", driver.seat.is_taken());
    }
    let since = Instant::now();
    let taken = match driver.machine.qmp() {
        Some(qmp) => dump::take::take(qmp, &driver.directory.path, &driver.plan.symbols.vmlinux),
        None => Err(crate::emulator::qmp::Error::Lost.into()),
    };
    let (file, memory, error) = match taken {
        Ok((_, made)) => (Some(files::DUMP.into()), Some(made.memory), None),
        Err(error) => (None, None, Some(error.to_string())),
    };
    driver.record.dump = Some(DumpRecord {
        file,
        error,
        seconds: since.elapsed().as_secs_f64(),
        memory,
    });
}

/// GDB on the machine as it is, until it is left.
fn debug(driver: &mut Driver, trouble: &str, wishes: &Wishes) -> Result<()> {
    driver.machine.forget_doom();
    let directory = driver.directory.path.clone();
    if let Some(qmp) = driver.machine.qmp() {
        // After an oops it still runs. A machine that has ended stands still anyway.
        let _ = qmp.execute("stop", Value::Null, Instant::now() + MONITOR);
    }
    terminal::announce(&format!("{trouble}; GDB opens on the guest as it is"), false);
    let order = gdb::Brief::here(&directory, &driver.plan.kit, wishes);
    let line = driver.plan.kit.command_line(&directory.join(KIT), &order, wishes)?;
    let _interrupts = signals::leave_interrupts_to_child(!wishes.batch);
    let _debugger = Debugger::start(
        &line,
        wishes.terminal(),
        Some(gdb::attach_lock(&directory)?),
        driver.sender.clone(),
    )?;
    let step = |event: &Event| match event {
        Event::DebuggerExit(_) => Some(true),
        // What the kernel's trouble is has been said.
        Event::Finding(_)
        | Event::Agent(Err(_))
        | Event::Guest(GuestEvent::Lost)
        | Event::Halted
        | Event::CommandExit(_) => Some(false),
        _ => None,
    };
    // A signal for us, or the time that `--timeout` gave, ends it too.
    while let Ok(Some(false)) = driver.until(None, step) {}
    Ok(())
}
