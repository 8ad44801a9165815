//! Running: boot a guest, run a command in it or give it the terminal, and say how that ended.
//!
//! ```text
//! Profile, Bundle -> engine -> Plan -> RunDirectory -> Driver (Vm, events) -> Ending -> Conclusion -> run.json
//! ```

use std::path::Path;
use std::time::Instant;

use crate::decode;
use crate::diag::{Error, Result};
use crate::emulator::{self, CommandLine, Engine};
use crate::gem5::inputs::Inputs;

use self::directory::RunDirectory;
use self::driver::Driver;
use self::ending::{Conclusion, Ending};
pub use self::engine::refuse_without_kvm;
use self::plan::Plan;
pub(crate) use self::report::{announce, report, tell};
pub use self::request::Order;
use self::request::{Cold, OnPanic};
use self::run_json::{About, Record};
use self::screen::Screen;
pub use self::task::{Errand, Task};
use self::verdict::Verdict;

pub mod aftermath;
pub mod alone;
mod bring_up;
pub mod console;
pub mod debug;
pub mod debug_emulator;
pub mod directory;
pub mod driver;
pub mod ending;
mod engine;
pub mod events;
pub mod hub;
pub mod id;
pub mod keyboard;
pub mod lookup;
pub mod output;
pub mod patience;
pub mod plan;
pub mod ports;
pub mod probe;
pub mod record;
pub mod replay;
mod report;
pub mod request;
pub mod run_json;
pub mod screen;
pub mod session;
pub mod setup;
pub mod signals;
pub mod snapshot;
pub mod supervise;
pub mod tap;
mod task;
pub mod terminal;
pub mod under;
pub mod undo;
pub mod verdict;
pub mod vm;
pub mod watchdog;
mod whereabouts;

/// Decides everything that can be decided before something starts.
pub fn prepare(order: &Order, engine: Engine) -> Result<Plan> {
    let mut plan = plan::plan(order, engine)?;
    if order.under.is_once() {
        plan.snapshot.make_none(Cold::LookedAt);
    }
    Ok(plan)
}

/// The command line that a cold boot of QEMU would use, and on which accelerator. Starts nothing.
pub fn preview(order: &Order) -> Result<(CommandLine, engine::Choice)> {
    let choice = engine::foresee(order.profile)?;
    Ok((prepare(order, choice.used)?.boot, choice))
}

/// Runs to the end. The status is the guest command's, or says what went wrong instead.
pub fn run(order: &Order, runs: &Path, task: Task) -> Result<Conclusion> {
    let started = Instant::now();
    let engine = engine::choose(order, runs)?;
    let plan = prepare(order, engine.used)?;
    let command = match &task {
        Task::Command { spec, .. } => spec.words(),
        Task::Shell => Vec::new(),
    };
    let (directory, mut record) = begin(order, &plan, runs, &engine, command)?;
    announce(Some(&engine), &record, order.verbose);
    let conclusion = carry_out(&plan, &directory, &mut record, task, order, started)?;
    tell(order.json, &record, &conclusion, &directory.path);
    Ok(conclusion)
}

fn carry_out(
    plan: &Plan,
    directory: &RunDirectory,
    record: &mut Record,
    task: Task,
    order: &Order,
    started: Instant,
) -> Result<Conclusion> {
    let mut driver = Driver::new(plan, directory, record, started);
    driver.under = order.under.clone();
    signals::listen(driver.sender.clone())?;
    let mut raw = set_stage(&mut driver, &task, order.console)?;
    let ending = match driver.bring_up() {
        Err(ending) => ending,
        Ok(()) => {
            let since = Instant::now();
            let ending = match task {
                Task::Command { spec, input } => driver.command(&spec, input),
                Task::Shell => driver.open_hub().map_or_else(|ending| ending, |()| driver.shell()),
            };
            driver.record.seconds.command = Some(since.elapsed().as_secs_f64());
            ending
        }
    };
    if plan.on_panic == OnPanic::Gdb {
        // GDB wants the terminal as it was.
        terminal::stop_keys();
        raw = None;
    }
    aftermath::attend(&mut driver, &ending, &order.wishes);
    driver.tear_down(&ending);
    let said = driver.finding.take();
    if raw.is_some() && matches!(ending, Ending::Quit) {
        // The prompt of who called us begins on a line of its own.
        eprint!("\r\n");
    }
    drop(raw);
    finish(record, ending, said.as_ref(), plan, directory, started)
}

/// Connects screen and keyboard. The guard puts the terminal back.
pub(crate) fn set_stage(driver: &mut Driver, task: &Task, console: bool) -> Result<Option<terminal::Raw>> {
    let from = match console || driver.plan.custom_init {
        true => screen::From::Start,
        false => screen::From::Shell,
    };
    match task {
        Task::Command { .. } => {
            if console {
                driver.screen = Some(Screen::new(screen::From::Start, screen::To::Stderr)?);
            }
            Ok(None)
        }
        Task::Shell => {
            driver.interactive = true;
            driver.screen = Some(Screen::new(from, screen::To::Stdout)?);
            let raw = terminal::Raw::enter();
            if raw.is_some() {
                terminal::announce("Ctrl-A X leaves, Ctrl-A ? shows the keys", true);
            }
            terminal::read_keys(driver.sender.clone(), terminal::Leaving::SwitchesOff)?;
            Ok(raw)
        }
    }
}

/// The directory and the record of a run that begins; they are there for others to see.
fn begin(
    order: &Order,
    plan: &Plan,
    runs: &Path,
    engine: &engine::Choice,
    command: Vec<String>,
) -> Result<(RunDirectory, Record)> {
    let directory = RunDirectory::create(runs)?;
    let about = About {
        profile_name: order.profile.name.clone(),
        command,
        accelerator: Some(engine.record()),
        snapshot: Some(plan.snapshot.record.clone()),
        // Both are plain data that serde_json can always represent.
        bundle: serde_json::to_value(order.bundle).unwrap_or_default(),
        profile: serde_json::to_value(order.profile).unwrap_or_default(),
        inputs: Inputs::new(),
    };
    let record = Record::begin(&directory, about);
    directory.write(&record)?;
    Ok((directory, record))
}

/// Notes how a run ended. An error of ours has more to say than its conclusion.
pub(crate) fn conclude(
    record: &mut Record,
    ending: Ending,
    said: Option<&verdict::Finding>,
    started: Instant,
) -> (Conclusion, Option<Error>) {
    let failure = match &ending {
        Ending::Failed(error) => Some(error.clone()),
        _ => None,
    };
    let conclusion = ending.conclude(said);
    record.conclude(&conclusion);
    record.seconds.total = Some(started.elapsed().as_secs_f64());
    (conclusion, failure)
}

/// Notes the end of a run whose owner was killed before it could.
pub fn conclude_abandoned(run: &Path, record: &mut Record) -> Result<()> {
    let ending = Ending::EmulatorDied("lkmc was killed, and the machine with it".into());
    record.conclude(&ending.conclude(None));
    directory::write_record(run, record)
}

pub(crate) fn finish(
    record: &mut Record,
    ending: Ending,
    said: Option<&verdict::Finding>,
    plan: &Plan,
    directory: &RunDirectory,
    started: Instant,
) -> Result<Conclusion> {
    let (conclusion, failure) = conclude(record, ending, said, started);
    if conclusion.verdict == Verdict::Pass {
        record.last_lines.clear();
    }
    decode_report(record, &conclusion, plan, directory);
    for socket in emulator::qemu::SOCKETS.iter().chain(&[hub::SOCKET]) {
        let _ = std::fs::remove_file(directory.file(socket));
    }
    directory.write(record)?;
    failure.map_or(Ok(conclusion), Err)
}

/// A kernel in trouble has most often said where.
fn decode_report(record: &mut Record, conclusion: &Conclusion, plan: &Plan, directory: &RunDirectory) {
    if !matches!(conclusion.verdict, Verdict::Panic | Verdict::Oops | Verdict::Lockup) {
        return;
    }
    let log = std::fs::read(directory.file(emulator::qemu::CONSOLE_LOG)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let reports = decode::decode(log.lines(), &plan.symbols);
    if let Some(report) = decode::about(&reports, &conclusion.reason) {
        record.stack = report.stack().to_vec();
        record.report = Some(report.clone());
    }
}
