//! How a guest comes to its prompt: booted, restored from a snapshot, or booted to make one.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::command_line::CommandLine;
use crate::diag::Error;
use crate::events::Event;
use crate::guest::client::Greeting;
use crate::host::terminal;
use crate::run::beginning::Image;
use crate::run::driver::Driver;
use crate::run::ending::Ending;
use crate::run::set_up::kernel_modules::Installed;
use crate::run::snapshot::Action;
use crate::run::{patience, set_up};
use crate::run_directory::run_json::SnapshotRecord;
use crate::snapshots::{self, Key, Temporary};

use super::process;
use super::snapshot;
use super::undo::{self, Copy};

/// A machine that is restored answers at once, or never; on a busy host "at once" has been seen to take five seconds.
const RESTORE_LIMIT: Duration = Duration::from_secs(30);
/// The state of the devices, and on a busy host the memory that has not reached the disk.
const SAVE_LIMIT: Duration = Duration::from_secs(60);
/// How long a prompt is waited for.
const PROMPT_LIMIT: Duration = Duration::from_secs(5);

/// What came of waiting for the shell's prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prompt {
    Seen,
    NotSeen,
}

/// What came of a boot that was to make a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    Snapshot,
    /// None could be made; a guest has booted all the same.
    Guest,
}

/// A guest at its prompt, with clock, shares and network in order.
pub fn bring_up(driver: &mut Driver) -> Result<(), Ending> {
    let plan = driver.plan;
    match &plan.snapshot.action {
        Action::None => drop(boot(driver, &plan.boot)?),
        Action::Restore { directory, line } => restore(driver, directory, line)?,
        Action::Begin { image, line } => begin(driver, image, line)?,
        Action::Make {
            temporary,
            directory,
            key,
            boot,
            line,
        } => {
            if make_snapshot(driver, temporary, directory, key, boot)? == Made::Snapshot {
                restore(driver, directory, line)?;
            }
        }
    }
    if driver.machine.has_agent() {
        let since = Instant::now();
        let (agent, set_up) = (driver.machine.agent()?, plan.set_up.clone());
        let copied = driver.aside(move || set_up::set_up(&agent, &set_up))?;
        let copied = copied.map(|hash| ("what was copied into the guest".to_owned(), hash));
        driver.record.inputs.extend(copied);
        driver.record.seconds.set_up = Some(since.elapsed().as_secs_f64());
    }
    if driver.is_for_console() && !plan.custom_init && driver.record.seconds.restore.is_none() {
        // Whoever comes there sees whether there is one.
        let _ = wait_for_prompt(driver)?;
    }
    driver.machine.begin_trace()
}

/// What came of giving it the kernel's own modules.
fn boot(driver: &mut Driver, line: &CommandLine) -> Result<Installed, Ending> {
    let (since, limit) = (Instant::now(), patience::limit(driver.plan.limits.boot));
    // An init of the user's may start an agent late or never, and is the user's to judge.
    let is_users = driver.plan.custom_init && driver.is_for_console();
    let answer = if is_users { patience::LONG } else { limit };
    process::start(driver, line, Some(Greeting::Booting), since + answer)?;
    if is_users {
        return Ok(Installed::Done);
    }
    match driver.until(Some(since + limit), |event| matches!(event, Event::Ready).then_some(()))? {
        Some(()) => driver.record.seconds.boot = Some(since.elapsed().as_secs_f64()),
        None => return Err(Ending::Timeout(format!("the guest did not boot within {limit:?}"))),
    }
    install_kernel_modules(driver)
}

fn install_kernel_modules(driver: &mut Driver) -> Result<Installed, Ending> {
    if !driver.machine.has_agent() {
        return Ok(Installed::Done);
    }
    let (agent, modules) = (driver.machine.agent()?, driver.plan.kernel_modules.clone());
    let installed = driver.aside(move || modules.install(&agent))?;
    if let (Installed::Not(why) | Installed::Late(why), false) = (&installed, driver.quiet) {
        let text = format!("the guest does not get the kernel's own modules: {why}");
        terminal::announce(&text, driver.seat.is_taken());
    }
    Ok(installed)
}

fn restore(driver: &mut Driver, directory: &Path, line: &CommandLine) -> Result<(), Ending> {
    let since = Instant::now();
    let deadline = since + patience::limit(RESTORE_LIMIT);
    process::start(driver, line, Some(Greeting::Running), deadline)?;
    // An emulator that cannot even be started says nothing about a snapshot, if that is there.
    let started = process::monitor(driver, deadline).map(drop);
    if started.is_err() && snapshot::is_whole(directory) {
        return started;
    }
    match started.and_then(|()| load(driver, directory, deadline)) {
        Ok(()) => driver.record.seconds.restore = Some(since.elapsed().as_secs_f64()),
        Err(ending) => restore_failed(driver, ending, directory)?,
    }
    Ok(())
}

fn load(driver: &mut Driver, directory: &Path, deadline: Instant) -> Result<(), Ending> {
    snapshot::load(process::monitor(driver, deadline)?, directory, deadline)
        .map_err(|error| Ending::EmulatorDied(error.to_string()))?;
    match driver.until(Some(deadline), |event| matches!(event, Event::Ready).then_some(()))? {
        Some(()) => Ok(()),
        None => Err(Ending::Broken("the restored guest does not answer".into())),
    }
}

/// Goes on where another guest was. Nothing else will do.
fn begin(driver: &mut Driver, image: &Image, line: &CommandLine) -> Result<(), Ending> {
    let since = Instant::now();
    // Its agent answers when the state is there, however long that takes to be copied.
    process::start(driver, line, Some(Greeting::Running), since + patience::LONG)?;
    process::monitor(driver, since + patience::limit(RESTORE_LIMIT)).map(drop)?;
    let (copy, from) = (Copy::beside(driver), image.file.clone());
    let to = copy.path.clone();
    driver.aside(move || std::fs::copy(&from, to).map_err(|error| not_copied(&from, error)))?;
    let deadline = Instant::now() + patience::limit(RESTORE_LIMIT);
    let begun = undo::begin(driver, image, copy, deadline);
    begun.map_err(|error| Ending::Broken(format!("the run cannot begin with the snapshot: {error}")))?;
    match driver.until(Some(deadline), |event| matches!(event, Event::Ready).then_some(()))? {
        Some(()) => driver.record.seconds.restore = Some(since.elapsed().as_secs_f64()),
        None => return Err(Ending::Broken("the guest of the snapshot does not answer".into())),
    }
    // Its port was closed for the moment in which it got its state.
    driver.machine.agent_lived_at(Instant::now());
    Ok(())
}

fn not_copied(image: &Path, error: std::io::Error) -> Ending {
    if error.kind() == ErrorKind::NotFound {
        let message = "the snapshot was removed, or its guest ended, before the run could begin with it";
        let help = "`lkmc vm list` has the guests that there are, `lkmc vm snapshot RUN --list` their snapshots";
        return Ending::Failed(Error::infrastructure("lkmc::run::from_gone", message).help(help));
    }
    let message = format!("the snapshot's image {} cannot be copied", image.display());
    let error = Error::infrastructure("lkmc::run::from_copy", message).cause(error);
    Ending::Failed(error.help("the copy is made in the run's directory, and takes as much room as the image"))
}

/// A snapshot that cannot be restored is thrown away, and the guest booted.
fn restore_failed(driver: &mut Driver, ending: Ending, directory: &Path) -> Result<(), Ending> {
    let why = match ending {
        // The reason is most likely there, and the snapshot is as good as it was.
        ending if driver.under.is_once() => return Err(ending),
        Ending::EmulatorDied(why) | Ending::Broken(why) => why,
        // It was well when it was saved.
        Ending::Trouble(finding) => finding.line,
        other => return Err(other),
    };
    driver.machine.forget_trouble();
    eprintln!("lkmc: the snapshot could not be restored ({why}): it is removed, and the guest boots");
    snapshots::discard(directory);
    boot_without_snapshot(driver, format!("it could not be restored: {why}"))
}

fn boot_without_snapshot(driver: &mut Driver, why: String) -> Result<(), Ending> {
    driver.record.snapshot = Some(SnapshotRecord::none(why));
    boot(driver, &driver.plan.boot).map(drop)
}

/// Boots and saves the guest. One that could not be saved (a full disk, say) has booted again instead.
fn make_snapshot(
    driver: &mut Driver,
    temporary: &Path,
    directory: &Path,
    key: &Key,
    line: &CommandLine,
) -> Result<Made, Ending> {
    let _clean = match Temporary::create(temporary) {
        Ok(clean) => clean,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            let why = format!("none can be made: {error}{}", cause.unwrap_or_default());
            return boot_without_snapshot(driver, why).map(|()| Made::Guest);
        }
    };
    if let Installed::Late(why) = boot(driver, line)? {
        // Other runs are to have them.
        driver.machine.remove();
        let why = format!("it would lack the kernel's own modules: {why}");
        return boot_without_snapshot(driver, why).map(|()| Made::Guest);
    }
    if wait_for_prompt(driver)? == Prompt::NotSeen && !driver.quiet {
        terminal::announce(
            &format!("no prompt like `# ` came within {PROMPT_LIMIT:?}: the snapshot is taken without it"),
            driver.seat.is_taken(),
        );
    }
    let agent = driver.machine.agent()?;
    driver.aside(move || set_up::settle(&agent))?;
    let (deadline, saved_by) = (Instant::now() + RESTORE_LIMIT, driver.within(SAVE_LIMIT));
    let saved = snapshot::save(process::monitor(driver, deadline)?, temporary, directory, key, saved_by);
    if saved.is_err() {
        go_on_unless_told(driver)?;
    }
    driver.machine.remove();
    match saved {
        Ok(()) => Ok(Made::Snapshot),
        Err(error) => {
            eprintln!("lkmc: no snapshot could be saved ({error}): the guest boots again, and will at the next run");
            boot_without_snapshot(driver, format!("it could not be saved: {error}"))?;
            Ok(Made::Guest)
        }
    }
}

/// Somebody may have wanted the run's end, or its time be over, while nobody listened.
fn go_on_unless_told(driver: &mut Driver) -> Result<(), Ending> {
    match driver.until(Some(Instant::now()), |_| None::<()>) {
        Err(ending) if ending.is_cut_short() => Err(ending),
        _ => Ok(()),
    }
}

/// The prompt follows the agent's start by some milliseconds. A root file system may have another one.
fn wait_for_prompt(driver: &mut Driver) -> Result<Prompt, Ending> {
    let deadline = Instant::now() + PROMPT_LIMIT;
    while Instant::now() < deadline {
        // busybox asks the terminal where its cursor is, right after the prompt.
        let last = driver.machine.last_lines().pop().unwrap_or_default();
        if last.trim_end_matches("\x1b[6n").ends_with("# ") {
            return Ok(Prompt::Seen);
        }
        driver.until(Some(Instant::now() + Duration::from_millis(5)), |_| None::<()>)?;
    }
    Ok(Prompt::NotSeen)
}
