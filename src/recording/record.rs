//! A run that is recorded: the guest gets its command with its initramfs, and is heard but not spoken to.

use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::diag::{Error, Result};
use crate::emulator::qmp::{self, Qmp};
use crate::emulator::{Engine, MemoryBacking};
use crate::events::Event;
use crate::guest::protocol::Exit;
use crate::host::terminal;
use crate::qemu::debug::monitor;
use crate::qemu::launch::launch;
use crate::qemu::plan::prepare;
use crate::qemu::process;
use crate::run::accelerator::{self, Why};
use crate::run::console::screen::{From, To};
use crate::run::console::tap::Tap;
use crate::run::driver::Driver;
use crate::run::ending::Ending;
use crate::run::machine::vm::Vm;
use crate::run::plan::Plan;
use crate::run::{Errand, Order, Run, Stage, tell};
use crate::run_directory::conclusion::Conclusion;
use crate::run_directory::files::{EVENTS, INITRD, SAID, SNAPSHOTS, STATUS};
use crate::verdict::{Finding, Trouble};

use super::machine::{Direction, machine};
use super::memory::Memory;
use super::tape::{End, Tape};
use super::{archive, image};

/// For one answer of QEMU's monitor; adding up the memory is not among them.
pub(super) const MONITOR: Duration = Duration::from_secs(30);
/// The last line of a panic. What follows is a machine that counts instructions and does nothing.
const END_OF_PANIC: &str = "---[ end Kernel panic";

/// Runs the command and leaves a recording. The status is the command's, or says what went wrong instead.
pub fn record(order: &Order, runs: &Path, task: &Errand) -> Result<Conclusion> {
    let started = Instant::now();
    let engine = accelerator::Choice::tcg(Why::Recording);
    let plan = prepare(order, engine.used)?;
    let mut run = Run::begin_with(order, plan, runs, (engine, started), task.spec.words())?;
    run.record.recording = Some(EVENTS.into());
    run.directory.write(&run.record)?;
    let ended = run.conduct(Stage::default(), |driver| {
        carry_out(driver, order, task).unwrap_or_else(Ending::Failed)
    })?;
    let _ = std::fs::remove_file(run.directory.file(SNAPSHOTS));
    let finished = run.finish(ended)?;
    tell(order.json, &finished.record, &finished.conclusion, &finished.directory)?;
    if order.verbose && !order.json {
        let id = &finished.record.id;
        terminal::announce(&format!("recorded; `lkmc replay {id}` repeats it"), false);
    }
    Ok(finished.conclusion)
}

/// From the tape's beginning to its end.
fn carry_out(driver: &mut Driver, order: &Order, task: &Errand) -> Result<Ending> {
    let directory = driver.directory.path.clone();
    let mut tape = prepare_tape(order, driver.plan, &directory, task)?;
    let memory = Memory::new(tape.machine.memory).map_err(|error| {
        Error::infrastructure("lkmc::record::memory", "there is no memory for the guest").cause(error)
    })?;
    if order.console {
        driver.seat.put_screen(From::Start, To::Stderr, &driver.sender)?;
    }
    let output = Tap::open(&directory, &driver.sender)?;
    let since = Instant::now();
    let line = tape
        .machine
        .command_line(Direction::Record, Path::new(""), &memory.path());
    let mut trouble = None;
    let up = process::start(driver, &line, None, since + MONITOR);
    let ending = up
        .and_then(|()| attend(driver, &mut trouble))
        .unwrap_or_else(|ending| ending);
    driver.record.seconds.command = Some(since.elapsed().as_secs_f64());
    let shutdown = driver
        .machine
        .vm()
        .and_then(|vm| vm.ended_by_guest().map(str::to_owned));
    match end(driver, &memory, shutdown) {
        Ok(end) => {
            tape.end = Some(End {
                trouble,
                seconds: since.elapsed().as_secs_f64(),
                ..end
            });
            tape.write(&directory)?;
        }
        Err(why) => {
            driver.record.recording = None;
            terminal::announce(&format!("the recording is cut short: {why}"), false);
        }
    }
    Ok(driver.finish_output(output, None, ending))
}

/// Everything that the machine reads, in the run directory.
fn prepare_tape(order: &Order, plan: &Plan, directory: &Path, task: &Errand) -> Result<Tape> {
    let launch = launch(order, Engine::Tcg, MemoryBacking::Shared(Path::new("")), false)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let initrd = directory.join(INITRD);
    let failed = |error| Error::io("cannot write", &initrd, error);
    let file = File::create(&initrd).map_err(failed)?;
    let contents = archive::Task {
        spec: &task.spec,
        input: &task.input,
        push: &order.push,
        now,
    };
    let base = order.store.physical(&order.bundle.rootfs.initramfs);
    archive::write(&base, order.profile.arch, &contents, std::io::BufWriter::new(file)).map_err(failed)?;
    prepare_directory(directory)?;
    let emulator = match (&launch.qemu.binary, &order.bundle.emulator) {
        (Some(binary), _) => binary.clone(),
        (None, Some(program)) => order.store.physical(&program.binary),
        // The command line could not have been made.
        (None, None) => return Err(Error::usage("lkmc::emulator::none", "there is no emulator")),
    };
    let kernel = order.store.physical(&order.bundle.kernel.image);
    let tape = Tape::new(
        machine(&launch)?,
        plan.clone(),
        directory,
        &[&emulator, &kernel, Path::new(INITRD)],
    )?;
    tape.write(directory)?;
    Ok(tape)
}

/// Files that the machine writes to.
pub(super) fn prepare_directory(directory: &Path) -> Result<()> {
    for name in SAID {
        let path = directory.join(name);
        File::create(&path).map_err(|error| Error::io("cannot create", &path, error))?;
    }
    let path = directory.join(SNAPSHOTS);
    image::create(&path).map_err(|error| Error::io("cannot create", &path, error))
}

enum Step {
    Status,
    Shutdown,
    Trouble(Finding),
    EndOfPanic(Vec<u8>),
    OutputClosed(Ending),
}

/// Until the command ends, or the guest, or its kernel.
fn attend(driver: &mut Driver, trouble: &mut Option<u64>) -> Result<Ending, Ending> {
    let limits = &driver.plan.limits;
    let graces = limits.graces;
    let limit = limits.command.map(|command| command + limits.boot);
    let mut deadline = limit.map(|limit| Instant::now() + limit);
    let mut ending = Ending::Timeout(format!(
        "the command did not end within {:?}",
        limit.unwrap_or_default()
    ));
    let tail = Mutex::new(Vec::new());
    let sooner = |grace: Duration, deadline: &mut Option<Instant>| {
        let at = Instant::now() + grace;
        *deadline = Some(deadline.map_or(at, |deadline| deadline.min(at)));
    };
    loop {
        let Some(step) = driver.until(deadline, |event| step(event, &tail))? else {
            return Ok(ending);
        };
        match step {
            Step::Status => return Ok(Ending::Command(Exit::Code(status(&driver.directory.path).into()))),
            Step::Shutdown => return Ok(shut_down(driver)),
            Step::OutputClosed(ending) => return Ok(ending),
            Step::Trouble(finding) => {
                let at = Instant::now() + MONITOR;
                let count = monitor(driver)?.execute("query-replay", Value::Null, at);
                *trouble = trouble.or(count.ok().and_then(|count| count["icount"].as_u64()));
                driver.seat.reveal();
                match finding.trouble {
                    Trouble::Oops => {
                        sooner(graces.oops, &mut deadline);
                    }
                    _ => sooner(graces.report, &mut deadline),
                }
                driver.machine.note(&finding);
                ending = Ending::Trouble(finding);
            }
            Step::EndOfPanic(bytes) => {
                driver.seat.show(&bytes);
                // The finding itself comes behind the bytes that it was found in.
                sooner(Duration::from_millis(50), &mut deadline);
            }
        }
    }
}

fn step(event: &Event, tail: &Mutex<Vec<u8>>) -> Option<Step> {
    match event {
        Event::Wake => Some(Step::Status),
        Event::Monitor(qmp::Event::Shutdown { .. }, _) => Some(Step::Shutdown),
        Event::Finding(finding) => Some(Step::Trouble(finding.clone())),
        Event::OutputClosed(error) => Some(Step::OutputClosed(Ending::of_output(error))),
        Event::Console(bytes) => {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.extend_from_slice(bytes);
            let found = tail
                .windows(END_OF_PANIC.len())
                .any(|window| window == END_OF_PANIC.as_bytes());
            let unneeded = tail.len().saturating_sub(END_OF_PANIC.len());
            tail.drain(..unneeded);
            found.then(|| Step::EndOfPanic(bytes.clone()))
        }
        _ => None,
    }
}

fn shut_down(driver: &Driver) -> Ending {
    match driver.machine.vm().is_some_and(Vm::reset_itself) {
        true => Ending::Trouble(Finding::unannounced_reset()),
        false => Ending::PoweredOff,
    }
}

fn status(directory: &Path) -> u8 {
    let text = std::fs::read_to_string(directory.join(STATUS)).unwrap_or_default();
    text.trim().parse().unwrap_or(u8::MAX)
}

/// Stops the machine, notes its state, and lets QEMU finish its log.
fn end(driver: &mut Driver, memory: &Memory, shutdown: Option<String>) -> Result<End, String> {
    let broken = |ending: Ending| ending.conclude(None).reason;
    let qmp = monitor(driver).map_err(broken)?;
    let (instructions, registers) = stop(qmp).map_err(|error| error.to_string())?;
    let memory = memory.digest().map_err(|error| error.to_string())?;
    let deadline = Instant::now() + MONITOR;
    let mut execute = |command: &str, arguments| qmp.execute(command, arguments, deadline).map_err(|e| e.to_string());
    if shutdown.is_none() {
        // QEMU notes a shutdown before the instructions since the last event, which a replay then never gets to. The request of a
        // reset notes them first.
        execute("set-action", json!({ "reboot": "reset" }))?;
        execute("system_reset", Value::Null)?;
    }
    execute("quit", Value::Null)?;
    match wait_for_exit(driver, deadline) {
        true => Ok(End {
            instructions,
            shutdown,
            memory,
            registers,
            trouble: None,
            seconds: 0.0,
        }),
        false => Err("QEMU does not end".into()),
    }
}

/// The deadline that may have ended the run is none for this.
fn wait_for_exit(driver: &mut Driver, deadline: Instant) -> bool {
    let (_kept, nobody) = crossbeam_channel::unbounded();
    let Some(vm) = driver.machine.vm_mut() else {
        return false;
    };
    while let Some(event) = vm.next(&nobody, Some(deadline)) {
        if matches!(event, Event::EmulatorExit(_)) {
            return true;
        }
    }
    false
}

/// Stops the machine. Its count, and what QEMU says of its registers.
pub(super) fn stop(qmp: &mut Qmp) -> Result<(u64, String), crate::emulator::qmp::Error> {
    let deadline = Instant::now() + MONITOR;
    qmp.execute("stop", Value::Null, deadline)?;
    let count = qmp.execute("query-replay", Value::Null, deadline)?;
    let registers = json!({ "command-line": "info registers -a" });
    let registers = qmp.execute("human-monitor-command", registers, deadline)?;
    // A timer may fire behind the last instruction, before QEMU stands still: nothing logs that. Where that waits is shown on
    // RISC-V alone.
    let lines = registers.as_str().unwrap_or_default().split_inclusive('\n');
    let registers = lines
        .filter(|line| line.split_whitespace().next() != Some("mip"))
        .collect();
    Ok((count["icount"].as_u64().unwrap_or_default(), registers))
}
