//! The two simulations of a run: the boot that leaves a checkpoint, and the command that starts from it.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator::gem5::ending::{Cause, Written};
use crate::emulator::gem5::{BOOT, CONSOLE, OUTPUT};
use crate::events::Event;
use crate::guest::protocol::Exit;
use crate::host::stderr::Stderr;
use crate::host::terminal;
use crate::run::console::tap::Tap;
use crate::run::driver::Driver;
use crate::run::driver::aftermath;
use crate::run::ending::Ending;
use crate::run::machine::vm::Links;
use crate::run::output::Streams;
use crate::run::patience;
use crate::run::plan::Plan;
use crate::run::snapshot::Action;
use crate::snapshots::{Kept, Temporary};

use super::checkpoint;
use super::conversation::Answers;
use super::stub::Relay;

/// From the command's end to gem5's: it writes its statistics.
const END_GRACE: Duration = Duration::from_secs(120);
/// How often a boot says how far it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// A checkpoint is there afterwards. Gives the command line that starts from it.
pub fn make<'a>(driver: &mut Driver, plan: &'a Plan, kept: &Kept) -> Result<&'a CommandLine, Ending> {
    let (temporary, boot, line) = match &plan.snapshot.action {
        Action::Make {
            temporary, boot, line, ..
        } => (temporary, boot, line),
        Action::Restore { line, .. } => return Ok(line),
        Action::None | Action::Begin { .. } => return Err(Ending::Broken("a run on gem5 needs a checkpoint".into())),
    };
    let _clean = Temporary::create(temporary).map_err(Ending::Failed)?;
    terminal::announce(&notice(kept), false);
    let (since, limit) = (Instant::now(), plan.limits.boot);
    let output = prepare(driver, BOOT, &[CONSOLE])?;
    start(driver, boot, &output, since + limit)?;
    let shown = Progress::new(&output, driver.quiet);
    let status = loop {
        let next = (Instant::now() + PROGRESS).min(since + limit);
        match driver.until(Some(next), exited)? {
            Some(status) => break status,
            None if Instant::now() >= since + limit => {
                return Err(Ending::Timeout(format!("the guest did not boot within {limit:?}")));
            }
            None => shown.show(),
        }
    };
    shown.clear();
    let written = Written::read(&output).ok_or_else(|| driver.death(status))?;
    match written.cause() {
        Cause::Checkpoint => checkpoint::publish(kept, temporary, &written).map_err(Ending::Failed)?,
        Cause::Silent => {
            return Err(Ending::Timeout(format!(
                "the guest executed {} instructions and said nothing for a long time",
                written.instructions
            )));
        }
        cause => return Err(Ending::of_simulation(cause)),
    }
    driver.record.seconds.boot = Some(since.elapsed().as_secs_f64());
    Ok(line)
}

/// What takes minutes, and why it has to be.
fn notice(kept: &Kept) -> String {
    let what = match kept.private {
        true => "gem5 boots for this run alone",
        false => "gem5 boots once for this machine and keeps a checkpoint",
    };
    format!("{what}: that takes minutes ({})", kept.record.why)
}

/// From the checkpoint to the end of gem5, which is some time after the end of the command.
/// The command's output goes to ours, or where somebody else wants it.
pub fn command(driver: &mut Driver, line: &CommandLine, answers: &str, output: Option<&Streams>) -> Ending {
    match attend(driver, line, answers, output) {
        Ok(ending) | Err(ending) => ending,
    }
}

fn attend(driver: &mut Driver, line: &CommandLine, answers: &str, streams: Option<&Streams>) -> Result<Ending, Ending> {
    let since = Instant::now();
    // Somebody at a shell may take their time.
    let limit = driver.plan.limits.command.filter(|_| !driver.seat.is_taken());
    let deadline = limit.map(|limit| since + limit);
    let output = prepare(driver, OUTPUT, &[CONSOLE, answers])?;
    if driver.seat.is_taken() {
        driver.seat.open_keyboard();
    }
    start(driver, line, &output, since + END_GRACE)?;
    let _relay = Relay::open(driver.directory(), &output).map_err(Ending::Failed)?;
    let agent = follow_agent(driver, &output.join(answers), streams).map_err(Ending::Failed)?;
    let ending = until_the_end(driver, agent, &output, (since, deadline));
    if let Err(ending) = &ending {
        // While there is a way to gem5's stub.
        aftermath::locate(driver, ending);
    }
    ending
}

/// `since` when it runs, and how long it may.
fn until_the_end(
    driver: &mut Driver,
    agent: Tap,
    output: &Path,
    (since, deadline): (Instant, Option<Instant>),
) -> Result<Ending, Ending> {
    let ended = driver.until(deadline, |event| match event {
        Event::CommandExit(exit) => Some(Heard::Exit(*exit)),
        Event::OutputClosed(error) => Some(Heard::Closed(Ending::of_output(error))),
        event => exited(event).map(Heard::End),
    })?;
    driver.record.seconds.command = Some(since.elapsed().as_secs_f64());
    // The agent's last words are often found after gem5's end.
    let ended = match ended {
        Some(Heard::End(status)) => {
            driver.leave_output(agent);
            let said = driver.until(deadline, |event| match event {
                Event::CommandExit(exit) => Some(Heard::Both(*exit, status)),
                Event::OutputClosed(error) => Some(Heard::Closed(Ending::of_output(error))),
                Event::ConsoleError(error) => Some(Heard::Closed(Ending::unheard(error))),
                Event::OutputWritten => Some(Heard::End(status)),
                _ => None,
            });
            match said {
                Ok(None) => return Err(Ending::unread()),
                Ok(said) => said,
                Err(ending) if ending.is_cut_short() => return Err(ending),
                Err(_) => Some(Heard::End(status)),
            }
        }
        ended => ended,
    };
    match ended {
        None => Err(Ending::Timeout(format!(
            "the command did not end within {:?}",
            driver.plan.limits.command.unwrap_or_default()
        ))),
        Some(Heard::Closed(ending)) => Err(ending),
        Some(Heard::Exit(exit)) => match driver.until(Some(Instant::now() + patience::limit(END_GRACE)), exited)? {
            Some(status) => whole(driver, output, exit, status),
            None => Err(Ending::Timeout(format!(
                "gem5 did not end within {END_GRACE:?} after the command"
            ))),
        },
        Some(Heard::Both(exit, status)) => whole(driver, output, exit, status),
        Some(Heard::End(status)) => {
            let written = Written::read(output).ok_or_else(|| driver.death(status))?;
            Ok(Ending::of_simulation(written.cause()))
        }
    }
}

/// The command has ended, and gem5 too; without an ending there would be no statistics.
fn whole(driver: &Driver, output: &Path, exit: Exit, status: ExitStatus) -> Result<Ending, Ending> {
    match Written::read(output) {
        Some(_) if driver.seat.is_taken() => Ok(Ending::Shell(exit.status())),
        Some(_) if !driver.under.is_debugger() || status.success() => Ok(Ending::Command(exit)),
        _ => Err(driver.death(status)),
    }
}

/// What ends a command.
enum Heard {
    Exit(Exit),
    Closed(Ending),
    End(ExitStatus),
    Both(Exit, ExitStatus),
}

pub(super) fn exited(event: &Event) -> Option<ExitStatus> {
    match event {
        Event::EmulatorExit(status) => Some(*status),
        _ => None,
    }
}

/// An output directory in which these files, which are followed from the start, are there.
pub(super) fn prepare(driver: &Driver, name: &str, files: &[&str]) -> Result<PathBuf, Ending> {
    let output = driver.directory().join(name);
    let make = || -> std::io::Result<()> {
        std::fs::create_dir_all(&output)?;
        files
            .iter()
            .try_for_each(|file| File::create(output.join(file)).map(drop))
    };
    make().map_err(|error| Ending::Failed(Error::io("cannot write", &output, error)))?;
    Ok(output)
}

/// Starts gem5 and listens to the console.
pub(super) fn start(driver: &mut Driver, line: &CommandLine, output: &Path, deadline: Instant) -> Result<(), Ending> {
    let console = output.join(CONSOLE);
    driver.start(line, Links::Files { console }, deadline)
}

/// Passes on what the agent says: to our own streams, if no others are given.
pub(super) fn follow_agent(driver: &Driver, answers: &Path, streams: Option<&Streams>) -> Result<Tap> {
    let (mut tap, sender) = (Tap::new(&driver.sender), driver.sender.clone());
    let (out, err): (Box<dyn Write + Send>, Box<dyn Write + Send>) = match streams {
        Some(streams) => (Box::new(streams.stdout.clone()), Box::new(streams.stderr.clone())),
        None => (Box::new(std::io::stdout()), Box::new(Stderr)),
    };
    let mut decoded = Answers::new(out, err);
    tap.follow(answers, move |bytes| decoded.take(bytes, &sender))?;
    Ok(tap)
}

/// How far a boot is, for somebody who watches.
struct Progress {
    file: PathBuf,
    terminal: bool,
}

impl Progress {
    fn new(output: &Path, quiet: bool) -> Progress {
        Progress {
            file: output.join("progress.json"),
            terminal: !quiet && std::io::stderr().is_terminal(),
        }
    }

    fn show(&self) {
        let read = || -> Option<(f64, f64)> {
            let value: serde_json::Value = serde_json::from_slice(&std::fs::read(&self.file).ok()?).ok()?;
            Some((value["instructions"].as_f64()?, value["ticks"].as_f64()?))
        };
        if let (true, Some((instructions, ticks))) = (self.terminal, read()) {
            eprint!(
                "\rlkmc: {:.0} million instructions, {:.2} s of the guest's time\x1b[K",
                instructions / 1e6,
                ticks / 1e12
            );
        }
    }

    fn clear(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}
