//! A run under GDB: the guest is brought to where GDB takes over, and lives until GDB ends.
//!
//! A command for the guest starts when GDB lets the guest go on for the first time, so that every breakpoint is there before it.

use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::emulator::qemu::GDB_SOCKET;
use crate::emulator::qmp;
use crate::events::{Event, streams};
use crate::guest::client::Greeting;
use crate::guest::events::GuestEvent;
use crate::guest::protocol::{CommandSpec, Exit};
use crate::host::{signals, terminal};
use crate::kgdb::{self, Kernel, Port, shell};
use crate::run::driver::Driver;
use crate::run::driver::debugger::{DebugOptions, Stub, start};
use crate::run::ending::Ending;
use crate::run::{Order, Stage, patience, tell};
use crate::run_directory::conclusion::Conclusion;

use super::bring_up::bring_up;
use super::plan;
use super::process;

/// The monitor of an emulator that has just started.
const MONITOR: Duration = Duration::from_secs(30);

/// Runs until GDB ends. The status is GDB's, or says what went wrong instead.
pub fn debug(order: &Order, runs: &Path, options: &DebugOptions) -> Result<Conclusion> {
    let command = options.command.as_ref().map(CommandSpec::words).unwrap_or_default();
    let mut run = plan::begin(order, runs, command)?;
    let ended = run.conduct(Stage::default(), |driver| {
        let shown = driver.show_boot(order.console).map_err(Ending::Failed);
        let up = shown.and_then(|()| match options.from_reset {
            true => stop_at_reset(driver, &driver.plan.boot),
            false => bring_up(driver),
        });
        // From now on Ctrl-C at GDB's prompt is for GDB, which stops the guest.
        let _interrupts = signals::leave_interrupts_to_child(!options.wishes.batch && up.is_ok());
        up.map_or_else(|ending| ending, |()| attend(driver, options))
    })?;
    let finished = run.finish(ended)?;
    tell(order.json, &finished.record, &finished.conclusion, &finished.directory)?;
    Ok(finished.conclusion)
}

/// A machine that has executed nothing.
fn stop_at_reset(driver: &mut Driver, boot: &CommandLine) -> Result<(), Ending> {
    process::start(driver, boot, Some(Greeting::Booting), Instant::now() + patience::LONG)?;
    monitor(driver).map(drop)
}

pub(crate) fn monitor<'d>(driver: &'d mut Driver) -> Result<&'d mut crate::emulator::qmp::Qmp, Ending> {
    process::monitor(driver, Instant::now() + MONITOR)
}

/// Starts GDB and serves it until its end.
pub(crate) fn attend(driver: &mut Driver, options: &DebugOptions) -> Ending {
    let kept = keep_what_ends(driver);
    let attended = kept.and_then(|()| match options.stub {
        Stub::Emulator => start(driver, options, GDB_SOCKET, None).and_then(|_debugger| serve(driver, options, None)),
        Stub::Kgdb | Stub::Kdb => kernel(driver, options),
    });
    attended.unwrap_or_else(|ending| ending)
}

/// A guest that powers off or panics can still be looked at.
fn keep_what_ends(driver: &mut Driver) -> Result<(), Ending> {
    // What it said on the way here is for GDB's user to judge.
    driver.machine.forget_doom();
    let deadline = Instant::now() + MONITOR;
    let kept = monitor(driver)?.execute("set-action", json!({ "shutdown": "pause" }), deadline);
    kept.map(drop).map_err(|error| Ending::Broken(error.to_string()))
}

/// The same with a stub in the guest's kernel.
fn kernel(driver: &mut Driver, options: &DebugOptions) -> Result<Ending, Ending> {
    let kernel = Kernel::prepare(driver.machine.agent()?, &driver.plan.symbols.vmlinux).map_err(Ending::Failed)?;
    let kernel = Arc::new(kernel);
    let mut port = Port::open(&driver.directory.path).map_err(Ending::Failed)?;
    // Before the command is started: it waits until the kernel goes on.
    let said = shell::enter(&mut port, &kernel).map_err(Ending::Failed)?;
    if options.stub == Stub::Kdb {
        let commands: Vec<String> = options.wishes.commands().map(str::to_owned).collect();
        let (sender, stopped) = (driver.sender.clone(), Arc::clone(&kernel));
        let limit = driver.plan.limits.command;
        crate::host::thread::spawn_thread("kdb", move || {
            let ended = match commands.as_slice() {
                [] => shell::interactive(&mut port, &stopped, &said),
                commands => shell::script(&mut port, &stopped, &said, commands, limit),
            };
            let ended = ended.inspect_err(crate::diag::print);
            let _ = sender.send(Event::KdbEnd(ended));
        })
        .map_err(Ending::Failed)?;
        return serve(driver, options, Some(&kernel));
    }
    let port = port
        .leave_to_gdb(&driver.directory.path, driver.plan.kit.arch)
        .map_err(Ending::Failed)?;
    let _debugger = start(driver, options, port.socket, Some(kernel.slide))?;
    if !options.wishes.batch {
        kgdb::stop_on_interrupt(&kernel).map_err(Ending::Failed)?;
    }
    serve(driver, options, Some(&kernel))
}

/// What has to be answered while GDB has the guest.
enum Step {
    Ended(Ending),
    /// GDB has stopped the guest, or lets it run.
    Stopped,
    Resumed,
    Ready,
    Command(Exit),
    EmulatorGone(ExitStatus),
    Ignored,
}

fn step(event: &Event) -> Option<Step> {
    Some(match event {
        Event::DebuggerExit(status) => Step::Ended(Ending::of_debugger(*status)),
        Event::KdbEnd(ended) => Step::Ended(Ending::Kdb(ended.clone())),
        Event::Monitor(qmp::Event::Stop, _) => Step::Stopped,
        Event::Monitor(qmp::Event::Resume, _) => Step::Resumed,
        Event::Ready => Step::Ready,
        Event::CommandExit(exit) => Step::Command(*exit),
        Event::EmulatorExit(status) => Step::EmulatorGone(*status),
        // GDB shows what the guest's trouble is.
        Event::Finding(_) | Event::Agent(Err(_)) | Event::Guest(GuestEvent::Lost) => Step::Ignored,
        _ => return None,
    })
}

/// `kernel`: the stub, if it is the guest's.
fn serve(driver: &mut Driver, options: &DebugOptions, kernel: Option<&Kernel>) -> Result<Ending, Ending> {
    let batch = options.wishes.batch;
    // A script that waits for what never comes ends with the command's limit; a user may take their time.
    let limit = driver.plan.limits.command.filter(|_| batch);
    let deadline = limit.map(|limit| Instant::now() + limit);
    let mut waiting = options.command.as_ref();
    // A kernel that stands still starts the command when it goes on.
    let (mut taken, mut running) = (false, kernel.is_some());
    loop {
        if running && let (Some(spec), Ok(agent)) = (waiting, driver.machine.agent()) {
            waiting = None;
            start_command(driver, spec, &agent)?;
        }
        let Some(step) = driver.until(deadline, step)? else {
            let limit = limit.unwrap_or_default();
            return Err(Ending::Timeout(format!("GDB's script did not end within {limit:?}")));
        };
        match step {
            Step::Ended(ending) => return Ok(ending),
            Step::Stopped => (taken, running) = (true, false),
            Step::Resumed => running = taken,
            // KDB has no `continue` that would have to come back.
            Step::Command(exit) if options.stub == Stub::Kdb => {
                terminal::announce(&format!("the command ended with status {}", exit.status()), false)
            }
            Step::Command(exit) => command_ended(driver, exit, kernel)?,
            // GDB says that its connection is gone, if it has one; a script ends by that, a user decides.
            Step::EmulatorGone(status) if batch && driver.machine.was_switched_off(status) => {}
            Step::EmulatorGone(status) if batch => return Err(driver.death(status)),
            Step::EmulatorGone(_) => terminal::announce("the emulator has ended; `quit` leaves GDB", false),
            Step::Ready | Step::Ignored => {}
        }
    }
}

/// In a thread: the guest may be stopped before it answers.
fn start_command(driver: &Driver, spec: &CommandSpec, agent: &Arc<crate::guest::client::Agent>) -> Result<(), Ending> {
    let (spec, agent, sender) = (spec.clone(), Arc::clone(agent), driver.sender.clone());
    crate::host::thread::spawn_thread("command", move || {
        let process = match agent.start(&spec, 0) {
            Ok(process) => process,
            Err(error) => return terminal::announce(&format!("the command cannot be started: {error}"), false),
        };
        process.stdin().close();
        // The channel closes when all output is written; nobody waits for that.
        let _ = streams::forward_output(Arc::new(process), sender);
    })
    .map_err(Ending::Failed)
}

/// The guest is stopped, so that GDB's `continue` comes back.
fn command_ended(driver: &mut Driver, exit: Exit, kernel: Option<&Kernel>) -> Result<(), Ending> {
    let status = exit.status();
    terminal::announce(
        &format!("the command ended with status {status}; the guest is stopped"),
        false,
    );
    if let Some(kernel) = kernel {
        return kernel.stop().map_err(Ending::Failed);
    }
    let deadline = Instant::now() + MONITOR;
    monitor(driver)?
        .execute("stop", serde_json::Value::Null, deadline)
        .map(drop)
        .map_err(|error| Ending::Broken(error.to_string()))
}
