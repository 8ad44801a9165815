//! Detached guests: a supervisor process owns the machine, so that it outlives the command that started it.
//!
//! `profile run --detach` writes the plan into the run directory and starts `lkmc __supervise DIRECTORY` in a session of its
//! own. That boots, says `ready` on its standard output, and serves the run's socket until the machine ends.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::diag::{Error, Result};
use crate::gdb::Wishes;
use crate::qemu::bring_up::bring_up;
use crate::qemu::{plan, process, stay};
use crate::run::driver::{Audience, Driver, aftermath};
use crate::run::ending::Ending;
use crate::run::patience;
use crate::run::plan::Plan;
use crate::run::{Order, Run, Stage, tell};
use crate::run_directory::conclusion::Conclusion;
use crate::run_directory::files::{PLAN, SUPERVISOR_LOG};
use crate::run_directory::{self, RunDirectory, UNFINISHED};

const READY: &str = "ready";

/// Starts a detached guest and waits for its prompt: the run's id, or how the boot ended. `keep` stays open in the
/// supervisor: the lock that keeps the build from being collected.
pub fn detach(order: &Order, runs: &Path, keep: Option<BorrowedFd>) -> Result<Result<String, Conclusion>> {
    let mut run = plan::begin(order, runs, Vec::new())?;
    run.record.detached = true;
    run.directory.write(&run.record)?;
    run.announce(order.verbose);
    let Run { directory, plan, .. } = run;
    let file = directory.file(PLAN);
    let text = serde_json::to_vec_pretty(&plan).unwrap_or_default();
    std::fs::write(&file, text).map_err(|error| Error::io("cannot write", &file, error))?;
    let mut child = spawn(&directory, keep)?;
    let (path, id) = (directory.path.clone(), directory.id.clone());
    // The supervisor has the lock, too.
    directory.hand_over();
    let mut line = String::new();
    // The supervisor has a deadline for each step until it says something.
    let stdout = child.stdout.take();
    let read = stdout.map(|stdout| BufReader::new(stdout).read_line(&mut line));
    if line.trim() == READY {
        return Ok(Ok(id));
    }
    let _ = (read, child.wait());
    let record = run_directory::read_record(&path).ok_or_else(|| broken(&path))?;
    let conclusion = record
        .conclusion()
        .filter(|conclusion| conclusion.reason != UNFINISHED)
        .ok_or_else(|| broken(&path))?;
    tell(order.json, &record, &conclusion, &path)?;
    Ok(Err(conclusion))
}

fn broken(directory: &Path) -> Error {
    let log = std::fs::read_to_string(directory.join(SUPERVISOR_LOG)).unwrap_or_default();
    Error::infrastructure(
        "lkmc::run::supervisor",
        "the detached guest's supervisor ended before the guest was ready",
    )
    .cause(log.trim())
}

#[allow(unsafe_code)]
fn spawn(directory: &RunDirectory, keep: Option<BorrowedFd>) -> Result<std::process::Child> {
    let failed = |error| Error::infrastructure("lkmc::run::supervisor", "cannot start the supervisor").cause(error);
    let file = directory.file(SUPERVISOR_LOG);
    let log = File::create(&file).map_err(|error| Error::io("cannot create", &file, error))?;
    let mut command = Command::new(crate::paths::ourselves());
    command
        .arg("__supervise")
        .arg(&directory.path)
        .arg(directory.lock().as_raw_fd().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    let kept = [Some(directory.lock()), keep].map(|fd| fd.map(|fd| fd.as_raw_fd()));
    let hook = move || {
        rustix::process::setsid()?;
        for fd in kept.into_iter().flatten() {
            // SAFETY: the caller holds these descriptors open across the spawn.
            let fd = unsafe { BorrowedFd::borrow_raw(fd) };
            rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::empty())?;
        }
        Ok(())
    };
    // SAFETY: the hook makes two system calls and allocates nothing.
    unsafe { command.pre_exec(hook) };
    command.spawn().map_err(failed)
}

/// The supervisor: owns the machine until it ends. `lock`: descriptor of the run directory's lock.
#[allow(unsafe_code)]
pub fn supervise(path: &Path, lock: RawFd) -> Result<Conclusion> {
    let started = Instant::now();
    // SAFETY: `spawn` has left it open for this process, which uses it here only.
    let lock = unsafe { OwnedFd::from_raw_fd(lock) };
    let directory = RunDirectory::adopt(path, lock)?;
    let plan: Plan = {
        let file = directory.file(PLAN);
        let text = std::fs::read(&file).map_err(|error| Error::io("cannot read", &file, error))?;
        serde_json::from_slice(&text).map_err(|error| Error::io("cannot read", &file, error.into()))?
    };
    let record = run_directory::read_record(path)
        .ok_or_else(|| Error::infrastructure("lkmc::run::record", "the run directory has no record"))?;
    let mut run = Run::of(plan, directory, record, started);
    let stage = Stage {
        audience: Audience::Visitors,
        ..Stage::default()
    };
    let ended = run.conduct(stage, |driver| {
        let ending = match bring_up(driver).and_then(|()| admit(driver)) {
            Err(ending) => ending,
            // Who started us has gone away: nobody knows of this guest.
            Ok(()) if say_ready().is_err() => Ending::Interrupted(signal_hook::consts::SIGHUP),
            Ok(()) => stay::stay(driver),
        };
        aftermath::attend(driver, &ending, &Wishes::default());
        ending
    })?;
    Ok(run.finish(ended)?.conclusion)
}

/// Opens the guest to others. One whose init is the user's may be up before QEMU has made the sockets that they come by.
fn admit(driver: &mut Driver) -> Result<(), Ending> {
    let limit = patience::limit(driver.plan.limits.boot);
    process::monitor(driver, Instant::now() + limit)?;
    driver.open_hub()
}

/// Our standard output is the pipe to who started us; it is closed, so that nobody waits for more.
fn say_ready() -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{READY}")?;
    stdout.flush()?;
    let null = File::options().write(true).open("/dev/null")?;
    Ok(rustix::stdio::dup2_stdout(&null)?)
}
