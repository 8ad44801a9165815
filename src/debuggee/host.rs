//! Programs as processes of the host: its own, or emulated by QEMU.

use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::cli::Global;
use crate::diag::{Error, Exit, Result};
use crate::emulator::CommandLine;
use crate::gdb::{Debugger, Terminal, Wishes};
use crate::profile::Arch;
use crate::run::events::Event;
use crate::run::signals;
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
    let (sender, events) = unbounded();
    attend(
        &line,
        &session.wishes,
        sender,
        &events,
        subject.limit(global, &session.wishes),
    )
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
    let (sender, events) = unbounded();
    let emulator = Emulator::start(&emulator)?;
    let stream = emulator.connect(&stub)?;
    tunnel::interruptible(&tunnel, stream, emulator.interrupter())?;
    attend(
        &line,
        &session.wishes,
        sender,
        &events,
        subject.limit(global, &session.wishes),
    )
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

/// Runs GDB to its end. The status is GDB's in a script, else 0.
fn attend(
    line: &CommandLine,
    wishes: &Wishes,
    sender: Sender<Event>,
    events: &Receiver<Event>,
    limit: Option<Duration>,
) -> Result<u8> {
    signals::listen(sender.clone())?;
    signals::leave_interrupts_to_child(!wishes.batch);
    let terminal = match wishes.batch {
        true => Terminal::None,
        false => Terminal::Ours,
    };
    let ended = move |status| drop(sender.send(Event::DebuggerExit(status)));
    let _debugger = Debugger::start(line, terminal, None, ended)?;
    let deadline = limit.map(|limit| Instant::now() + limit);
    loop {
        let event = match deadline {
            Some(deadline) => events.recv_deadline(deadline),
            None => events.recv().map_err(RecvTimeoutError::from),
        };
        match event {
            Ok(Event::DebuggerExit(status)) => return status_of(status, wishes.batch),
            Ok(Event::Signal(signal)) => {
                let message = format!("signal {signal} ended the session");
                return Err(Error::new(Exit::Interrupted, "lkmc::debuggee::interrupted", message));
            }
            Ok(_) => {}
            Err(_) => {
                let message = format!("GDB's script did not end within {:?}", limit.unwrap_or_default());
                return Err(Error::timeout("lkmc::debuggee::timeout", message).help("--timeout gives it longer"));
            }
        }
    }
}

/// A script's status counts; a user who quits is done.
pub fn status_of(status: ExitStatus, batch: bool) -> Result<u8> {
    match (status.code(), status.signal()) {
        (Some(code), _) if batch => Ok(code as u8),
        (Some(_), _) => Ok(0),
        (None, signal) => {
            let message = format!("GDB was killed by signal {}", signal.unwrap_or_default());
            Err(Error::infrastructure("lkmc::gdb::killed", message))
        }
    }
}
