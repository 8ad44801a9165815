//! Running: boot a guest, run a command in it or give it the terminal, and say how that ended.
//!
//! ```text
//! Request -> directory -> accelerator -> emulator's command line -> Vm (events) -> Ending -> Conclusion -> run.json
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::bundle::Bundle;
use crate::diag::{Error, Result};
use crate::emulator::{self, CommandLine, Disk, Engine, Launch, MemoryBacking};
use crate::guest::client::Greeting;
use crate::guest::protocol::CommandSpec;
use crate::profile::{Accelerator, Profile};

use self::directory::{AcceleratorRecord, Record, RunDirectory};
use self::ending::{Conclusion, Ending};
use self::events::Event;
use self::output::Input;
use self::verdict::{Finding, Trouble, Verdict};
use self::vm::Vm;

pub mod console;
pub mod directory;
pub mod ending;
pub mod events;
pub mod output;
pub mod verdict;
pub mod vm;

/// Everything that one run needs.
pub struct Request<'a> {
    /// With the command line's overrides applied.
    pub profile: Profile,
    pub bundle: Bundle,
    pub physical: &'a dyn Fn(&Path) -> PathBuf,
    /// Parent of the run directories.
    pub runs: PathBuf,
    pub task: Task,
    pub disks: Vec<Disk>,
    /// Show the console while a command runs.
    pub console: bool,
    /// For the whole run.
    pub timeout: Option<Duration>,
    pub verbose: bool,
}

/// What the guest is for.
pub enum Task {
    Command { spec: CommandSpec, input: Input },
}

/// After an oops the command gets this long to end by itself.
const OOPS_GRACE: Duration = Duration::from_millis(1500);
/// After a fatal finding the console gets this long for the rest of the report.
const REPORT_GRACE: Duration = Duration::from_millis(1000);

/// Runs to the end. The status is the guest command's, or says what went wrong instead.
pub fn run(request: Request) -> Result<Conclusion> {
    let started = Instant::now();
    let (engine, why) = choose_engine(&request)?;
    let line = emulator::command_line(&Launch {
        profile: &request.profile,
        bundle: &request.bundle,
        physical: request.physical,
        engine,
        disks: &request.disks,
        memory: MemoryBacking::Anonymous,
        incoming: None,
    })?;
    let directory = RunDirectory::create(&request.runs)?;
    let mut record = first_record(&request, &directory, &line, AcceleratorRecord { used: engine, why });
    directory.write(&record)?;
    let boot_deadline = earliest(request.profile.limits.boot, request.timeout, started);
    let mut vm = Vm::start(&line, &directory.path, Greeting::Booting, boot_deadline)?;
    record.emulator_pid = Some(vm.pid());
    directory.write(&record)?;
    watch_signals(&vm)?;

    let Task::Command { spec, input } = request.task;
    let mut driver = Driver {
        vm: &mut vm,
        oops: None,
        show_console: request.console,
        timeout: request.timeout.map(|timeout| started + timeout),
    };
    let ending = driver.boot(request.profile.limits.boot).and_then(|()| {
        driver.seconds(&mut record.seconds.boot, started);
        let command_started = Instant::now();
        let ending = driver.command(&spec, input, request.profile.limits.command);
        driver.seconds(&mut record.seconds.command, command_started);
        Err(ending)
    });
    let oops = driver.oops.take();
    let ending = ending.map_or_else(|ending| ending, |()| Ending::PoweredOff);
    let conclusion = ending.conclude(oops.as_ref());
    record.seconds.total = Some(started.elapsed().as_secs_f64());
    finish(&mut record, &conclusion, &vm, &directory)?;
    report(&record, &conclusion, &directory);
    Ok(conclusion)
}

fn earliest(limit: Duration, timeout: Option<Duration>, start: Instant) -> Instant {
    start + timeout.map_or(limit, |timeout| timeout.min(limit))
}

fn choose_engine(request: &Request) -> Result<(Engine, String)> {
    match request.profile.emulator.accelerator {
        Accelerator::Tcg => Ok((Engine::Tcg, "the profile asks for it".into())),
        Accelerator::Kvm | Accelerator::Auto => Ok((Engine::Tcg, "KVM is not probed yet".into())),
    }
}

fn first_record(
    request: &Request,
    directory: &RunDirectory,
    line: &CommandLine,
    accelerator: AcceleratorRecord,
) -> Record {
    let Task::Command { spec, .. } = &request.task;
    Record {
        id: directory.id.clone(),
        verdict: None,
        status: None,
        reason: None,
        last_lines: Vec::new(),
        profile_name: request.profile.name.clone(),
        detached: false,
        command: spec
            .argv
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        emulator_pid: None,
        accelerator: Some(accelerator),
        snapshot: None,
        started: directory::rfc3339(SystemTime::now()),
        seconds: Default::default(),
        lkmc_version: env!("CARGO_PKG_VERSION").into(),
        argv: line.argv().map(|word| word.to_string_lossy().into_owned()).collect(),
        // Both are plain data that serde_json can always represent.
        bundle: serde_json::to_value(&request.bundle).unwrap_or_default(),
        profile: serde_json::to_value(&request.profile).unwrap_or_default(),
    }
}

fn finish(record: &mut Record, conclusion: &Conclusion, vm: &Vm, directory: &RunDirectory) -> Result<()> {
    record.verdict = Some(conclusion.verdict);
    record.status = Some(conclusion.status);
    record.reason = Some(conclusion.reason.clone());
    if conclusion.verdict != Verdict::Pass {
        record.last_lines = vm.last_lines();
    }
    directory.write(record)
}

/// Says on standard error what the exit status alone cannot.
fn report(record: &Record, conclusion: &Conclusion, directory: &RunDirectory) {
    if matches!(conclusion.verdict, Verdict::Pass | Verdict::Failed) {
        return;
    }
    const SHOWN: usize = 20;
    let lines = &record.last_lines[record.last_lines.len().saturating_sub(SHOWN)..];
    for line in lines {
        eprintln!("  | {line}");
    }
    eprintln!("lkmc: {}: {}", conclusion.verdict.as_str(), conclusion.reason);
    eprintln!("lkmc: all about it is in {}", directory.path.display());
}

/// Makes our own signals events of the run. A second Ctrl-C does not wait for anything.
fn watch_signals(vm: &Vm) -> Result<()> {
    let failed =
        |error: std::io::Error| Error::infrastructure("lkmc::run::signals", "cannot handle signals").cause(error);
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let sender = vm.sender();
    vm::spawn_thread("signals", move || {
        let mut seen = false;
        for signal in signals.forever() {
            if std::mem::replace(&mut seen, true) && signal == SIGINT {
                // The emulator dies with us.
                std::process::exit(128 + SIGINT);
            }
            let _ = sender.send(Event::Signal(signal));
        }
    })
}

/// Takes a guest through the stages of a run; each stage ends well or with what ended the run.
struct Driver<'a> {
    vm: &'a mut Vm,
    oops: Option<Finding>,
    show_console: bool,
    timeout: Option<Instant>,
}

impl Driver<'_> {
    fn seconds(&self, slot: &mut Option<f64>, since: Instant) {
        *slot = Some(since.elapsed().as_secs_f64());
    }

    fn boot(&mut self, limit: Duration) -> Result<(), Ending> {
        let deadline = Instant::now() + limit;
        match self.until(Some(deadline), |event| matches!(event, Event::Ready).then_some(()))? {
            Some(()) => Ok(()),
            None => Err(Ending::Timeout(format!("the guest did not boot within {limit:?}"))),
        }
    }

    fn command(&mut self, spec: &CommandSpec, input: Input, limit: Option<Duration>) -> Ending {
        let Some(agent) = self.vm.agent.clone() else {
            return Ending::Broken("the guest agent is not connected".into());
        };
        let start = || -> Result<()> {
            let process = agent.start(spec, 0).map_err(|error| {
                Error::infrastructure("lkmc::run::agent", "the command cannot be started in the guest").cause(error)
            })?;
            output::forward_input(input, process.stdin())?;
            output::forward_output(Arc::new(process), self.vm.sender())
        };
        if let Err(error) = start() {
            return Ending::Broken(error.to_string());
        }
        let deadline = limit.map(|limit| Instant::now() + limit);
        let exit = self.until(deadline, |event| match event {
            Event::CommandExit(exit) => Some(Ending::Command(*exit)),
            Event::OutputClosed => Some(Ending::OutputClosed),
            _ => None,
        });
        match exit {
            Ok(Some(ending)) | Err(ending) => ending,
            Ok(None) => Ending::Timeout(format!(
                "the command did not end within {:?}",
                limit.unwrap_or_default()
            )),
        }
    }

    /// Handles events until `wanted` takes one, or the deadline passes (`None`), or the run ends.
    fn until<T>(
        &mut self,
        deadline: Option<Instant>,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Result<Option<T>, Ending> {
        let mut grace: Option<(Instant, Ending)> = None;
        loop {
            let nearest = [deadline, self.timeout, grace.as_ref().map(|(at, _)| *at)]
                .into_iter()
                .flatten()
                .min();
            let Some(event) = self.vm.next(nearest) else {
                return match grace {
                    Some((at, ending)) if at <= Instant::now() => Err(ending),
                    _ if self.timeout.is_some_and(|at| at <= Instant::now()) => {
                        Err(Ending::Timeout("the time given by --timeout is over".into()))
                    }
                    _ => Ok(None),
                };
            };
            if let Some(value) = wanted(&event) {
                return Ok(Some(value));
            }
            match event {
                Event::Console(bytes) if self.show_console => {
                    use std::io::Write;
                    let _ = std::io::stderr().write_all(&bytes);
                }
                Event::Finding(finding) if finding.trouble == Trouble::Oops => {
                    eprintln!("lkmc: the guest kernel oopsed: {}", finding.line);
                    grace.get_or_insert((Instant::now() + OOPS_GRACE, Ending::Trouble(finding.clone())));
                    self.oops.get_or_insert(finding);
                }
                Event::Finding(finding) => {
                    // The first one is the cause, a panic after a lockup its consequence; only a panic is worse.
                    let ending = Ending::Trouble(finding);
                    grace = Some((Instant::now() + REPORT_GRACE, ending));
                }
                Event::Signal(signal) => return Err(Ending::Interrupted(signal)),
                Event::Quit => return Err(Ending::Quit),
                Event::EmulatorExit(status) => {
                    return Err(match (grace, self.vm.ended_by_guest()) {
                        (Some((_, ending @ Ending::Trouble(_))), _) => ending,
                        (_, Some(_)) => Ending::PoweredOff,
                        _ => Ending::EmulatorDied(self.vm.describe_death(status)),
                    });
                }
                Event::ConsoleError(error) => {
                    return Err(Ending::Broken(format!("the console's log cannot be read: {error}")));
                }
                Event::Agent(Err(error)) => {
                    // Most often the emulator is about to end, which says more.
                    grace.get_or_insert((Instant::now() + REPORT_GRACE, Ending::Broken(error.to_string())));
                }
                _ => {}
            }
        }
    }
}
