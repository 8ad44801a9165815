//! Programs as processes of the host: its own, or emulated by QEMU.

use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::cli::Global;
use crate::diag::{Error, Result};
use crate::emulator::CommandLine;
use crate::gdb::Attendance;
use crate::profile::Arch;
use crate::run::vm::die_with_us;

use super::{Scratch, Session, Subject, gdb, native, tunnel};

/// QEMU's stub listens a moment after QEMU's start.
const START: Duration = Duration::from_secs(20);
/// Names of the sockets: where QEMU listens, and where lkmc does.
const STUB: &str = "qemu.sock";
const TUNNEL: &str = "gdb.sock";

/// GDB starts the process itself.
pub fn native(global: &Global, subject: &Subject, session: &Session) -> Result<u8> {
    let scratch = Scratch::create()?;
    let program = native::install(&subject.native(), &scratch, &subject.kit)?;
    let line = gdb::command_line(subject, session, &program, None)?;
    if global.dry_run {
        return print(&[&line]);
    }
    attend(global, subject, session, &line)
}

/// QEMU has the process; its stub stops before the first instruction.
pub fn user(global: &Global, subject: &Subject, session: &Session) -> Result<u8> {
    let scratch = Scratch::create()?;
    let (program, root) = (scratch.copy(&subject.program())?, scratch.root(&subject.kit)?);
    let (stub, tunnel) = (scratch.socket(STUB), scratch.socket(TUNNEL));
    let emulator = emulator(subject, session, &program, &root, &stub);
    let line = gdb::command_line(subject, session, &program, Some((&tunnel, &root)))?;
    if global.dry_run {
        return print(&[&emulator, &line]);
    }
    let emulator = Emulator::start(&emulator)?;
    let stream = emulator.connect(&stub)?;
    tunnel::interruptible(&tunnel, stream, emulator.interrupter())?;
    attend(global, subject, session, &line)
}

fn attend(global: &Global, subject: &Subject, session: &Session, line: &CommandLine) -> Result<u8> {
    let attendance = Attendance {
        line,
        terminal: session.wishes.terminal(),
        run: None,
        limit: subject.limit(global, &session.wishes),
    };
    attendance.attend()
}

fn emulator(subject: &Subject, session: &Session, program: &Path, root: &Path, socket: &Path) -> CommandLine {
    let mut line = CommandLine::of_program(&subject.kit.kit.emulator, &|path| subject.kit.physical(path));
    // QEMU looks for every absolute path here first, also for /proc, so there must be nothing but the libraries.
    line.groups.push(vec!["-L".into(), root.into()]);
    if subject.kit.kit.arch == Arch::Aarch64 {
        // GDB takes the longest vectors for those in use, and Linux begins with shorter ones.
        line.groups
            .push(vec!["-cpu".into(), "max,sve-default-vector-length=-1".into()]);
    }
    line.groups.push(vec!["-g".into(), socket.into()]);
    let mut words = vec![program.into()];
    words.extend(session.arguments.iter().cloned());
    line.groups.push(words);
    line
}

fn print(lines: &[&CommandLine]) -> Result<u8> {
    let text: String = lines.iter().map(|line| line.to_shell() + "\n").collect();
    crate::commands::print(&text).map(|_| 0)
}

/// QEMU with one process in it. Killed when dropped.
struct Emulator {
    pidfd: Arc<OwnedFd>,
    waiting: Option<JoinHandle<()>>,
    ended: Receiver<ExitStatus>,
}

impl Emulator {
    fn start(line: &CommandLine) -> Result<Emulator> {
        let mut command = line.to_command();
        // Keys are for GDB, and so is Ctrl-C.
        command.stdin(Stdio::null()).process_group(0);
        die_with_us(&mut command);
        let failed = |error: std::io::Error| {
            Error::infrastructure("lkmc::emulator::not_started", "the emulator cannot be started")
                .cause(error)
                .help(format!("the command was:\n{}", line.to_shell()))
        };
        let mut child = command.spawn().map_err(failed)?;
        let pidfd = Pid::from_raw(child.id() as i32)
            .ok_or(rustix::io::Errno::SRCH)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
            .map_err(|errno| failed(errno.into()))?;
        let (sender, ended) = unbounded();
        let wait = move || {
            // An error would mean that somebody else reaped our child, or that nobody wants to know.
            let _ = sender.send(child.wait().unwrap_or_default());
        };
        let waiting = std::thread::Builder::new()
            .name("qemu".into())
            .spawn(wait)
            .map_err(failed)?;
        Ok(Emulator {
            pidfd: Arc::new(pidfd),
            waiting: Some(waiting),
            ended,
        })
    }

    /// The stub listens a moment after the start.
    fn connect(&self, address: &Path) -> Result<UnixStream> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            if let Ok(stream) = UnixStream::connect(address) {
                return Ok(stream);
            }
            if let Ok(status) = self.ended.recv_timeout(Duration::from_millis(1)) {
                let message = format!("QEMU ended before GDB could connect: {status}");
                return Err(Error::infrastructure("lkmc::debuggee::emulator_ended", message));
            }
        }
        Err(Error::timeout(
            "lkmc::debuggee::no_stub",
            "QEMU does not offer its stub to GDB",
        ))
    }

    /// Stops the program, also while QEMU does not listen: it takes a signal for one of the program's, which GDB sees first.
    fn interrupter(&self) -> impl Fn() + Send + 'static {
        let pidfd = Arc::clone(&self.pidfd);
        move || {
            // An error means that the process has ended.
            let _ = pidfd_send_signal(&*pidfd, Signal::INT);
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Gone already if the process has ended.
        let _ = pidfd_send_signal(&*self.pidfd, Signal::KILL);
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.join();
        }
    }
}
