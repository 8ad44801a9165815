//! Runs one of Nix's programs, or of a toolchain's: its output collected, its log lines handed on, its death arranged for.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::diag::{Error, Exit, Result};
use crate::host::child::{self, die_with_us};
use crate::host::interrupt::{self, Stop};
use crate::shell::quote;

use super::{Options, enter};

/// The rest of what Nix has printed gets this long to arrive after its end.
const GRACE: Duration = Duration::from_secs(5);
/// A builder may leave gigabytes behind, which Nix deletes.
const CLEANING: Duration = Duration::from_secs(30);
/// After so long the user is told what we wait for.
const SILENT: Duration = Duration::from_secs(2);

pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
}

/// Runs to the end. `on_line` gets every line of standard error, and an empty call about ten times a second.
pub fn run(mut command: Command, options: &Options, mut on_line: impl FnMut(Option<&str>)) -> Result<Finished> {
    let shown = show(&command);
    if options.verbose {
        eprintln!("+ {shown}");
    }
    let _guard = interrupt::Guard::new();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    die_with_us(&mut command);
    let cannot_run = |error| Error::infrastructure("lkmc::nix::cannot_run", format!("cannot run {shown}")).cause(error);
    let mut group = Group(command.spawn().map_err(cannot_run)?);
    let (stdout, stderr) = readers(&mut group.0);
    let mut enter_failure = None;
    loop {
        match stderr.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => match line.strip_prefix(enter::FAILURE_MARK) {
                Some(json) => enter_failure = serde_json::from_str::<enter::Failure>(json).ok(),
                None => on_line(Some(&line)),
            },
            Err(RecvTimeoutError::Timeout) => on_line(None),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if let Err(error) = go_on(options.deadline) {
            group.stop();
            return Err(error);
        }
    }
    let status = group.0.wait().map_err(cannot_run)?;
    if let Some(failure) = enter_failure {
        return Err(failure.into_error());
    }
    let stdout = stdout.recv_timeout(GRACE).unwrap_or_default();
    Ok(Finished { status, stdout })
}

/// An error once the user wants us to stop, or the time is over.
pub(super) fn go_on(deadline: Option<Instant>) -> Result<()> {
    interrupt::go_on(deadline).map_err(|stop| match stop {
        Stop::Signal(signal) => Error::new(Exit::Interrupted(signal), "lkmc::nix::interrupted", "interrupted")
            .help("what was built so far is kept"),
        Stop::Deadline => Error::timeout("lkmc::nix::timeout", "the time given with --timeout is over")
            .help("what was built so far is kept; the next run goes on from there"),
    })
}

/// A command line that can be pasted into a shell, with the environment that the command gets.
pub fn show(command: &Command) -> String {
    let mut words: Vec<String> = Vec::new();
    let (set, unset): (Vec<_>, Vec<_>) = command.get_envs().partition(|(_, value)| value.is_some());
    if command.get_envs().len() > 0 {
        words.push("env".to_owned());
        words.extend(unset.into_iter().flat_map(|(name, _)| ["-u".to_owned(), quote(name)]));
        words.extend(set.into_iter().map(|(name, value)| {
            let value = value.map(quote).unwrap_or_default();
            format!("{}={value}", name.display())
        }));
    }
    words.extend(
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(quote),
    );
    words.join(" ")
}

fn readers(child: &mut Child) -> (Receiver<String>, Receiver<String>) {
    let (stdout_sender, stdout) = crossbeam_channel::bounded(1);
    if let Some(mut pipe) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.read_to_end(&mut bytes);
            let _ = stdout_sender.send(String::from_utf8_lossy(&bytes).into_owned());
        });
    }
    let (line_sender, lines) = crossbeam_channel::bounded(1024);
    if let Some(pipe) = child.stderr.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                if line_sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
    }
    (stdout, lines)
}

/// A child and everything in its process group; stopped when dropped.
struct Group(Child);

impl Group {
    /// First politely, so that Nix cleans up.
    fn stop(&mut self) {
        let once_more = interrupt::once_more();
        self.signal(Signal::INT);
        // Nix deletes what its builders have written before it stops them, and they would go on writing meanwhile.
        for builder in child::outside_group(self.0.id()) {
            let _ = kill_process(builder, Signal::KILL);
        }
        let began = Instant::now();
        let mut told = false;
        while began.elapsed() < CLEANING && !once_more() {
            if matches!(self.0.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            if !told && began.elapsed() > SILENT {
                eprintln!("lkmc: Nix deletes what its builders left; Ctrl-C leaves that to the next build");
                told = true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.signal(Signal::KILL);
        let _ = self.0.wait();
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

/// How a process ended, in words.
pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with status {code}"),
        (None, Some(signal)) => format!("signal {signal} killed it"),
        (None, None) => "it ended in an unknown way".to_owned(),
    }
}

/// A command that has run, and what it said besides warnings.
pub(super) fn listen(command: Command, options: &Options) -> Result<(Finished, String)> {
    let mut stderr = Vec::new();
    let finished = run(command, options, |line| {
        stderr.extend(line.filter(|line| !line.starts_with("warning:")).map(str::to_owned));
    })?;
    Ok((finished, stderr.join("\n")))
}

/// The standard output of a command that must not fail.
pub(super) fn succeed(command: Command, what: &str, options: &Options) -> Result<String> {
    let (finished, said) = listen(command, options)?;
    if finished.status.success() {
        return Ok(finished.stdout);
    }
    let error = Error::infrastructure(
        "lkmc::nix::failed",
        format!("Nix could not {what}: {}", describe(finished.status)),
    );
    Err(error.help(remedy(&said).unwrap_or_default()).cause(said))
}

/// What to do about failures that have nothing to do with what was built.
pub(super) fn remedy(said: &str) -> Option<String> {
    let about = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
    if about(&["No space left on device", "database or disk is full"]) {
        let advice = "the disk is full: free some space (`lkmc gc` removes old builds), or set LKMC_CACHE to a directory on a \
                      larger disk; what was built so far is kept";
        return Some(advice.to_owned());
    }
    // e2fsprogs, when mke2fs copies the tree.
    if about(&["Could not allocate block", "Could not allocate inode"]) {
        return Some(
            "the root file system has no room for all that is to be in it: raise `rootfs.size` in the profile"
                .to_owned(),
        );
    }
    if about(&["cannot open connection to remote store 'daemon'"]) {
        let advice = "the Nix daemon of this machine turns you away: perhaps `allowed-users` in /etc/nix/nix.conf leaves you out; \
                      or set LKMC_NIX=private, and lkmc uses a Nix and a store of its own";
        return Some(advice.to_owned());
    }
    // What Nix says when its sandbox cannot be made.
    let no_sandbox = [
        "setgroups failed",
        "namespaces",
        "cloning builder",
        "unable to start build process",
    ];
    about(&no_sandbox).then(enter::namespace_help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_root_file_system_is_not_a_full_disk() {
        let said = "mke2fs: Could not allocate block in ext2 filesystem while populating file system";
        assert!(remedy(said).is_some_and(|remedy| remedy.contains("raise `rootfs.size`")));
        assert!(remedy("No space left on device").is_some_and(|remedy| remedy.contains("lkmc gc")));
        assert_eq!(remedy("error: undefined variable"), None);
    }

    #[test]
    fn shown_commands_can_be_pasted() {
        let mut command = Command::new("nix-store");
        command
            .args(["--option", "substituters", "", "it's"])
            .env("HOME", "/a b")
            .env_remove("NIX_PATH");
        assert_eq!(
            show(&command),
            r"env -u NIX_PATH HOME='/a b' nix-store --option substituters '' 'it'\''s'"
        );
        assert_eq!(show(&Command::new("true")), "true");
    }
}
