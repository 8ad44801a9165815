//! Processes that do not outlive whoever started them.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, getpgid, pidfd_open, pidfd_send_signal};

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};

/// Status of a child that somebody else has reaped.
const UNKNOWN: i32 = 255;

/// A parent that ignores the ends of its children leaves that to us, and the kernel would tell us of none either.
#[allow(unsafe_code)]
pub fn hear_of_ends() {
    // SAFETY: no handler is given, and nothing else of this process has run yet.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// What kind of program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Emulator,
    Debugger,
}

impl Kind {
    fn not_started(self) -> Error {
        match self {
            Kind::Emulator => Error::infrastructure("lkmc::emulator::not_started", "the emulator cannot be started"),
            Kind::Debugger => Error::infrastructure("lkmc::gdb::not_started", "GDB cannot be started"),
        }
    }
}

/// A process that runs. Killed when dropped, and by the kernel when the thread that started it ends.
pub struct Child {
    pub pid: u32,
    pidfd: Arc<OwnedFd>,
    waiting: Option<JoinHandle<()>>,
}

impl Child {
    /// `set_up` says where its input and output go. `ended` is called from another thread.
    pub fn start(
        kind: Kind,
        line: &CommandLine,
        set_up: impl FnOnce(&mut Command),
        ended: impl FnOnce(ExitStatus) + Send + 'static,
    ) -> Result<Child> {
        let failed = |error: std::io::Error| {
            let help = format!("the command was:\n{}", line.to_shell());
            kind.not_started().cause(error).help(help)
        };
        let mut command = line.to_command();
        set_up(&mut command);
        die_with_us(&mut command);
        let child = Reaped(command.spawn().map_err(failed)?);
        let pid = child.0.id();
        let pidfd = Pid::from_raw(pid as i32)
            .ok_or(rustix::io::Errno::SRCH)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
            .map_err(|errno| failed(errno.into()))?;
        let waiting = std::thread::Builder::new()
            .name("wait".into())
            .spawn(move || ended(child.wait()))
            .map_err(failed)?;
        Ok(Child {
            pid,
            pidfd: Arc::new(pidfd),
            waiting: Some(waiting),
        })
    }

    /// Sends it signals from wherever this is called.
    pub fn signaller(&self) -> impl Fn(Signal) + Send + 'static {
        let pidfd = Arc::clone(&self.pidfd);
        move |signal| {
            // An error means that the process has ended.
            let _ = pidfd_send_signal(&*pidfd, signal);
        }
    }

    pub fn kill(&self) {
        self.signaller()(Signal::KILL);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.join();
        }
    }
}

/// A process that somebody waits for. It ends with this, if nobody has.
struct Reaped(std::process::Child);

impl Reaped {
    fn wait(mut self) -> ExitStatus {
        // An error would mean that somebody else reaped our child: how it ended nobody knows, and that is no success.
        self.0.wait().unwrap_or_else(|_| ExitStatus::from_raw(UNKNOWN << 8))
    }
}

impl Drop for Reaped {
    fn drop(&mut self) {
        // Neither does anything to a process that has been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a program prints, and its status. None if it takes longer than this; it is killed then.
pub fn output_within(command: Command, limit: Duration) -> std::io::Result<Option<Output>> {
    let begin = Instant::now();
    output_while(command, || begin.elapsed() < limit)
}

/// The same. None if it still runs when it is not `wanted` any more, which is asked several times a second.
pub fn output_while(mut command: Command, wanted: impl FnMut() -> bool) -> std::io::Result<Option<Output>> {
    // Files take any amount while nobody reads.
    let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(err.try_clone()?);
    die_with_us(&mut command);
    let mut child = command.spawn()?;
    let ended = match Pid::from_raw(child.id() as i32) {
        Some(pid) => ends_while(pid, wanted),
        None => Ok(false),
    };
    if !matches!(ended, Ok(true)) {
        child.kill()?;
    }
    let status = child.wait()?;
    if !ended? {
        return Ok(None);
    }
    let read = |file: &mut File| -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    Ok(Some(Output {
        status,
        stdout: read(&mut out)?,
        stderr: read(&mut err)?,
    }))
}

/// Waits for a child of ours. False if it has not ended by then.
fn ends_while(pid: Pid, mut wanted: impl FnMut() -> bool) -> std::io::Result<bool> {
    const SLICE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    let pidfd = pidfd_open(pid, PidfdFlags::empty())?;
    loop {
        match poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&SLICE)) {
            Ok(0) | Err(Errno::INTR) if !wanted() => return Ok(false),
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The kernel kills the child when the thread that spawns it ends, however that comes about.
#[allow(unsafe_code)]
pub fn die_with_us(command: &mut Command) {
    // A child with process numbers of its own has no name for us but this.
    let parent = pidfd_open(rustix::process::getpid(), PidfdFlags::empty());
    let hook = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // We may have died before the line above.
        let parent = parent.as_ref().map_err(|errno| *errno)?;
        match poll(&mut [PollFd::new(parent, PollFlags::IN)], Some(&Timespec::default()))? {
            0 => Ok(()),
            _ => Err(Errno::SRCH.into()),
        }
    };
    // SAFETY: the hook makes two system calls and allocates nothing on its successful path.
    unsafe { command.pre_exec(hook) };
}

/// Those that descend from the leader of a process group and have left the group.
pub fn outside_group(leader: u32) -> Vec<Pid> {
    let mut outside = Vec::new();
    let mut parents = vec![leader];
    while let Some(parent) = parents.pop() {
        let children = children(parent);
        let pids = children.iter().filter_map(|pid| Pid::from_raw(*pid as i32));
        // One that has no group any more has ended.
        outside.extend(pids.filter(|pid| getpgid(Some(*pid)).is_ok_and(|group| group.as_raw_pid() as u32 != leader)));
        parents.extend(children);
    }
    outside
}

/// Of all threads of a process; none of one that has ended.
fn children(parent: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{parent}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let pids = |list: String| -> Vec<u32> { list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect() };
    lists.flat_map(pids).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use rustix::process::{kill_process, kill_process_group};

    #[test]
    fn who_has_left_the_group_is_found() {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "setsid sleep 600 & sleep 600 & echo; wait"])
            .process_group(0);
        let mut shell = command.stdout(Stdio::piped()).spawn().unwrap();
        shell.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        let leader = shell.id();
        // The first sleep leaves it when it has begun.
        let outside = loop {
            let outside = outside_group(leader);
            if !outside.is_empty() {
                break outside;
            }
            std::thread::yield_now();
        };
        let name = |pid: &Pid| std::fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_pid())).unwrap();
        assert!(outside.len() == 1 && ["sleep\n", "setsid\n"].contains(&&*name(&outside[0])));
        kill_process(outside[0], Signal::KILL).unwrap();
        kill_process_group(Pid::from_child(&shell), Signal::KILL).unwrap();
        shell.wait().unwrap();
    }

    fn shell(script: &str, limit: Duration) -> Option<Output> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        output_within(command, limit).unwrap()
    }

    #[test]
    fn a_process_that_nobody_waits_for_is_killed() {
        let child = Command::new("/bin/sleep").arg("600").spawn().unwrap();
        let process = std::path::PathBuf::from(format!("/proc/{}", child.id()));
        drop(Reaped(child));
        assert!(!process.exists());
    }

    #[test]
    fn a_program_is_heard_or_killed() {
        let output = shell("echo out; echo err >&2; exit 3", Duration::from_secs(60)).unwrap();
        assert_eq!(
            (output.status.code(), &output.stdout[..], &output.stderr[..]),
            (Some(3), &b"out\n"[..], &b"err\n"[..])
        );
        assert!(shell("exec sleep 600", Duration::from_millis(50)).is_none());
    }
}
