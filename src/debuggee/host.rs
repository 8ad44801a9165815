//! Programs as processes of the host: its own, or emulated by QEMU.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::cli::Global;
use crate::diag::{Error, Exit, Result};
use crate::emulator::CommandLine;
use crate::gdb::{Debugger, Terminal, Wishes};
use crate::profile::Arch;
use crate::run::events::Event;
use crate::run::signals;
use crate::run::vm::die_with_us;

use super::{Scratch, Session, Subject, gdb, native};

/// QEMU's stub listens a moment after QEMU's start.
const START: Duration = Duration::from_secs(20);
/// Name of the stub's socket.
const SOCKET: &str = "gdb.sock";

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
    let (program, socket) = (scratch.copy(&subject.program())?, scratch.socket(SOCKET));
    let root = scratch.root(&subject.kit)?;
    let emulator = emulator(subject, session, &program, &root, &socket);
    let line = gdb::command_line(subject, session, &program, Some((&socket, &root)))?;
    if global.dry_run {
        return print(&[&emulator, &line]);
    }
    let (sender, events) = unbounded();
    let _emulator = Emulator::start(&emulator, &socket)?;
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
struct Emulator(Child);

impl Emulator {
    fn start(line: &CommandLine, socket: &Path) -> Result<Emulator> {
        let mut command = line.to_command();
        // Keys are for GDB, and so is Ctrl-C.
        command.stdin(Stdio::null()).process_group(0);
        die_with_us(&mut command);
        let child = command.spawn().map_err(|error| {
            Error::infrastructure("lkmc::emulator::not_started", "the emulator cannot be started")
                .cause(error)
                .help(format!("the command was:\n{}", line.to_shell()))
        })?;
        let mut emulator = Emulator(child);
        emulator.await_stub(socket)?;
        Ok(emulator)
    }

    /// It takes one connection, so this looks without connecting.
    fn await_stub(&mut self, socket: &Path) -> Result<()> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            if listens(&std::fs::read_to_string("/proc/net/unix").unwrap_or_default(), socket) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.0.try_wait() {
                let message = format!("QEMU ended before GDB could connect: {status}");
                return Err(Error::infrastructure("lkmc::debuggee::emulator_ended", message));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Error::timeout(
            "lkmc::debuggee::no_stub",
            "QEMU does not offer its stub to GDB",
        ))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Gone already if the process has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether somebody listens at this address, from the text of /proc/net/unix.
fn listens(table: &str, socket: &Path) -> bool {
    const LISTENING: &str = "00010000";
    let socket = socket.to_string_lossy();
    table.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.nth(3) == Some(LISTENING) && words.last() == Some(&*socket)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_listening_socket_counts() {
        let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
                     0000000000000000: 00000002 00000000 00010000 0001 01 4711 /proc/7/fd/3/gdb.sock\n\
                     0000000000000000: 00000002 00000000 00000000 0001 01 4712 /proc/7/fd/4/gdb.sock\n";
        assert!(listens(table, Path::new("/proc/7/fd/3/gdb.sock")));
        assert!(!listens(table, Path::new("/proc/7/fd/4/gdb.sock")));
        assert!(!listens(table, Path::new("/gdb.sock")));
    }
}
