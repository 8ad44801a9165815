//! Running: boot a guest, run a command in it or give it the terminal, and say how that ended.
//!
//! ```text
//! Profile, Bundle -> engine -> Plan -> RunDirectory -> Driver (Vm, events) -> Ending -> Conclusion -> run.json
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::bundle::Bundle;
use crate::decode;
use crate::diag::{Error, Result};
use crate::emulator::{self, CommandLine, Disk, Engine, gem5 as gem5_machine, kvm, only_qemu};
use crate::gdb::Wishes;
use crate::gem5::inputs::Inputs;
use crate::profile::{Accelerator, Profile, Qemu};

use self::directory::{AcceleratorRecord, DumpRecord, Record, RunDirectory};
use self::driver::Driver;
use self::ending::{Cause, Conclusion, Ending};
use self::plan::Plan;
use self::request::{Cold, OnPanic, Request};
use self::screen::Screen;
pub use self::task::{Errand, Task};
use self::under::Under;
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
pub mod events;
pub mod hub;
pub mod keyboard;
pub mod output;
pub mod patience;
pub mod plan;
pub mod ports;
pub mod probe;
pub mod record;
pub mod replay;
pub mod request;
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

/// Everything that a run needs to know.
pub struct Order<'a> {
    /// With the command line's overrides applied.
    pub profile: &'a Profile,
    pub bundle: &'a Bundle,
    pub physical: &'a dyn Fn(&Path) -> PathBuf,
    pub disks: Vec<Disk>,
    /// `.ko` files that will be loaded, by the module's name: a report's places are looked up in them.
    pub modules: BTreeMap<String, PathBuf>,
    /// Host directories whose files are copied into the guest's /lkmc.
    pub push: Vec<PathBuf>,
    /// Directories with the sources of those files.
    pub sources: Vec<PathBuf>,
    /// Show the console from the first boot message.
    pub console: bool,
    pub cold: Option<Cold>,
    /// QEMU arguments came from the command line.
    pub custom_arguments: bool,
    /// `PATH=VALUE` of gem5's objects.
    pub params: Vec<String>,
    /// What gem5's debug flags are to leave behind.
    pub trace: Option<gem5_machine::Trace>,
    pub on_panic: OnPanic,
    /// For GDB, if it is opened.
    pub wishes: Wishes,
    /// What the emulator itself is started under.
    pub under: Under,
    /// For the whole run.
    pub timeout: Option<Duration>,
    pub verbose: bool,
    /// End with run.json on one line of standard error.
    pub json: bool,
}

impl<'a> Order<'a> {
    /// A machine as it was built, and nothing special about the run.
    pub fn new(profile: &'a Profile, bundle: &'a Bundle, physical: &'a dyn Fn(&Path) -> PathBuf) -> Order<'a> {
        Order {
            profile,
            bundle,
            physical,
            disks: Vec::new(),
            modules: BTreeMap::new(),
            push: Vec::new(),
            sources: Vec::new(),
            console: false,
            cold: None,
            custom_arguments: false,
            params: Vec::new(),
            trace: None,
            on_panic: OnPanic::Exit,
            wishes: Wishes::default(),
            under: Under::Nothing,
            timeout: None,
            verbose: false,
            json: false,
        }
    }
}

/// Decides everything that can be decided before something starts.
pub fn prepare(order: &Order, engine: Engine) -> Result<Plan> {
    let mut plan = plan::plan(&request(order, engine), order.timeout)?;
    if order.under.is_once() {
        plan.snapshot.make_none(Cold::LookedAt);
    }
    Ok(plan)
}

pub(crate) fn request<'a>(order: &'a Order, engine: Engine) -> Request<'a> {
    Request {
        profile: order.profile,
        bundle: order.bundle,
        physical: order.physical,
        engine,
        disks: &order.disks,
        modules: &order.modules,
        push: &order.push,
        sources: &order.sources,
        console: order.console,
        cold: order.cold,
        custom_arguments: order.custom_arguments,
        on_panic: order.on_panic,
    }
}

/// The command line that a cold boot of QEMU would use, and why that accelerator. Starts nothing.
pub fn preview(order: &Order) -> Result<(CommandLine, String)> {
    let (engine, why) = match (
        only_qemu(order.profile, "start QEMU")?.accelerator,
        kvm::foreseen(order.profile.arch),
    ) {
        (Accelerator::Tcg, _) => (Engine::Tcg, "tcg, the profile asks for it".into()),
        (_, Some(kvm::Answer::Works)) => (Engine::Kvm, "kvm, which works here".into()),
        (Accelerator::Kvm, Some(kvm::Answer::Unusable(why))) => return Err(kvm_refused(order.profile, &why)),
        (_, Some(kvm::Answer::Unusable(why))) => (Engine::Tcg, format!("tcg, because KVM cannot be used: {why}")),
        (_, None) => (
            Engine::Kvm,
            "kvm, if it works here: that is tried by the first run".into(),
        ),
    };
    Ok((prepare(order, engine)?.boot, why))
}

/// Runs to the end. The status is the guest command's, or says what went wrong instead.
pub fn run(order: &Order, runs: &Path, task: Task) -> Result<Conclusion> {
    let started = Instant::now();
    let (engine, why) = choose_engine(order, runs)?;
    let plan = prepare(order, engine)?;
    let command = match &task {
        Task::Command { spec, .. } => spec.words(),
        Task::Shell => Vec::new(),
    };
    let (directory, mut record) = begin(order, &plan, runs, (engine, why), command)?;
    announce(&record, order.verbose);
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

/// The accelerator and why. The probe's boot is announced, because it takes seconds.
fn choose_engine(order: &Order, runs: &Path) -> Result<(Engine, String)> {
    let wish = only_qemu(order.profile, "start QEMU")?.accelerator;
    if wish == Accelerator::Tcg {
        return Ok((Engine::Tcg, "the profile asks for it".into()));
    }
    let announce = || {
        terminal::announce(
            "trying whether KVM works here (once after each boot of this host)",
            false,
        )
    };
    let answer = kvm::usable(order.profile.arch, announce, |deadline| {
        probe::boots_under_kvm(order, runs, deadline)
    });
    match (answer, wish) {
        (kvm::Answer::Works, _) => Ok((Engine::Kvm, "KVM works here".into())),
        (kvm::Answer::Unusable(why), Accelerator::Kvm) => Err(kvm_refused(order.profile, &why)),
        (kvm::Answer::Unusable(why), _) => Ok((Engine::Tcg, format!("KVM cannot be used: {why}"))),
    }
}

/// What can be seen without a guest is said before anything is built for one.
pub fn refuse_without_kvm(profile: &Profile) -> Result<()> {
    let needed = profile.emulator.qemu().is_some_and(Qemu::needs_kvm);
    match kvm::obstacle(profile.arch) {
        Some(why) if needed => Err(kvm_refused(profile, &why)),
        _ => Ok(()),
    }
}

fn kvm_refused(profile: &Profile, why: &str) -> Error {
    let message = format!("profile `{}` wants KVM, which cannot be used: {why}", profile.name);
    let help = match kvm::directory() {
        Some(directory) => format!(
            "run it with `--accelerator tcg`, or use a profile without `accelerator = \"kvm\"`; to try again remove {}",
            directory.display()
        ),
        None => "run it with `--accelerator tcg`, or use a profile without `accelerator = \"kvm\"`".into(),
    };
    Error::usage("lkmc::emulator::no_kvm", message).help(help)
}

/// The directory and the record of a run that begins; they are there for others to see.
fn begin(
    order: &Order,
    plan: &Plan,
    runs: &Path,
    (used, why): (Engine, String),
    command: Vec<String>,
) -> Result<(RunDirectory, Record)> {
    let directory = RunDirectory::create(runs)?;
    let about = directory::About {
        profile_name: order.profile.name.clone(),
        command,
        accelerator: Some(AcceleratorRecord { used, why }),
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

/// Decisions that the user may want to know of. Standard error belongs to the guest command unless somebody watches.
pub(crate) fn announce(record: &Record, verbose: bool) {
    if !verbose && !rustix::termios::isatty(std::io::stderr()) {
        return;
    }
    if let Some(accelerator) = record
        .accelerator
        .as_ref()
        .filter(|a| verbose || a.why.starts_with("KVM cannot"))
    {
        terminal::announce(
            &format!("accelerator: {} ({})", accelerator.used.as_str(), accelerator.why),
            false,
        );
    }
    if let Some(snapshot) = record
        .snapshot
        .as_ref()
        .filter(|snapshot| verbose || snapshot.key.is_some())
    {
        match snapshot.used {
            true if verbose => terminal::announce(&format!("restoring a snapshot ({})", snapshot.why), false),
            true => {}
            false => terminal::announce(&format!("no snapshot is used: {}", snapshot.why), false),
        }
    }
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

/// The record for programs, or a report for people.
pub(crate) fn tell(json: bool, record: &Record, conclusion: &Conclusion, directory: &Path) {
    match json {
        true => {
            output::end_line();
            eprintln!("{}", serde_json::to_string(record).unwrap_or_default());
        }
        false => report(record, conclusion, directory),
    }
}

/// Says on standard error what the exit status alone cannot.
pub fn report(record: &Record, conclusion: &Conclusion, directory: &Path) {
    if matches!(conclusion.verdict, Verdict::Pass | Verdict::Failed) {
        if let Some(hint) = hint(record, conclusion) {
            terminal::announce(&hint, false);
        }
        return;
    }
    const SHOWN: usize = 20;
    for line in &record.last_lines[record.last_lines.len().saturating_sub(SHOWN)..] {
        eprintln!("  | {line}");
    }
    if let Some(report) = &record.report {
        eprint!("{}", decode::render(report));
    }
    eprintln!("lkmc: {}: {}", conclusion.verdict.as_str(), conclusion.reason);
    match &record.dump {
        Some(DumpRecord { file: Some(_), .. }) => {
            eprintln!(
                "lkmc: its memory was dumped; `lkmc gdb --core {}` opens that",
                record.id
            )
        }
        Some(DumpRecord { error: Some(why), .. }) => eprintln!("lkmc: there is no memory dump: {why}"),
        _ => {}
    }
    eprintln!("lkmc: all about it is in {}", directory.display());
}

/// A command that the guest could not start has said nothing itself.
fn hint(record: &Record, conclusion: &Conclusion) -> Option<String> {
    let first = record.command.first()?;
    if conclusion.cause != Cause::NotStarted {
        return None;
    }
    let advice = match first.contains(' ') {
        true => "; for a line of shell write `-- sh -c 'LINE'`",
        false => "",
    };
    Some(format!("{first}: {}{advice}", conclusion.reason))
}
