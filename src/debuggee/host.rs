//! Programs as processes of the host: its own, or emulated by QEMU.

use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use rustix::process::Signal;

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::gdb::Attendance;
use crate::host::child::{Child, Kind};
use crate::host::{machine, terminal};
use crate::profile::Arch;

use super::{DebugOptions, SessionFiles, Subject, gdb, native, tunnel};

/// QEMU's stub listens a moment after QEMU's start.
const START: Duration = Duration::from_secs(20);
/// Names of the sockets: where QEMU listens, and where lkmc does.
const STUB: &str = "qemu.sock";
const TUNNEL: &str = "gdb.sock";
/// What makes a process's state larger than GDB 13 knows (2696 bytes, gdbsupport/x86-xstate.h). Linux takes none back that is not whole
/// (arch/x86/kernel/fpu/regset.c).
const GROWS_THE_STATE: &str = "amx_tile";

/// GDB starts the process itself.
pub fn native(subject: &Subject, options: &DebugOptions) -> Result<u8> {
    let files = SessionFiles::create()?;
    let program = native::install(&subject.native(), &files, &subject.kit)?;
    let line = gdb::command_line(subject, options, &program, None)?;
    if options.dry_run {
        return print(&[&line]);
    }
    if machine::processor_can(GROWS_THE_STATE) {
        let why = "GDB 13 cannot set all registers of a process on this machine (AMX), so it calls no functions: `--in user` does";
        terminal::announce(why, false);
    }
    attend(subject, options, &line)
}

/// QEMU has the process; its stub stops before the first instruction.
pub fn user(subject: &Subject, options: &DebugOptions) -> Result<u8> {
    let files = SessionFiles::create()?;
    let (program, root) = (files.copy(&subject.program())?, files.root(&subject.kit)?);
    let (stub, tunnel) = (files.socket(STUB), files.socket(TUNNEL));
    let emulator = emulator(subject, options, &program, &root, &stub);
    let line = gdb::command_line(subject, options, &program, Some((&tunnel, &root)))?;
    if options.dry_run {
        return print(&[&emulator, &line]);
    }
    let emulator = Emulator::start(&emulator)?;
    let stream = emulator.connect(&stub)?;
    tunnel::interruptible(&tunnel, stream, emulator.interrupter())?;
    attend(subject, options, &line)
}

fn attend(subject: &Subject, options: &DebugOptions, line: &CommandLine) -> Result<u8> {
    let attendance = Attendance {
        line,
        terminal: options.wishes.terminal(),
        run: None,
        limit: subject.limit(options),
    };
    attendance.attend()
}

fn emulator(subject: &Subject, options: &DebugOptions, program: &Path, root: &Path, socket: &Path) -> CommandLine {
    let mut line = CommandLine::of_program(&subject.kit.content.emulator, &subject.kit.store);
    // QEMU looks for every absolute path here first, also for /proc, so there must be nothing but the libraries.
    line.groups.push(vec!["-L".into(), root.into()]);
    let wanted = subject.demo.machine.cpu_model.as_ref();
    let model = wanted.map_or("max", |model| &model.name);
    let is_aarch64 = subject.kit.content.arch == Arch::Aarch64;
    if is_aarch64 && model == "max" {
        // GDB takes the longest vectors for those in use, and Linux begins with shorter ones.
        line.groups
            .push(vec!["-cpu".into(), "max,sve-default-vector-length=-1".into()]);
    } else if is_aarch64 || wanted.is_some() {
        line.groups.push(vec!["-cpu".into(), model.into()]);
    }
    line.groups.push(vec!["-g".into(), socket.into()]);
    let mut words = vec![program.into()];
    words.extend(options.arguments.iter().cloned());
    line.groups.push(words);
    line
}

fn print(lines: &[&CommandLine]) -> Result<u8> {
    let text: String = lines.iter().map(|line| line.to_shell() + "\n").collect();
    crate::host::stdout::print(&text).map(|_| 0)
}

/// QEMU with one process in it. Killed when dropped.
struct Emulator {
    process: Child,
    ended: Receiver<ExitStatus>,
}

impl Emulator {
    fn start(line: &CommandLine) -> Result<Emulator> {
        // Keys are for GDB, and so is Ctrl-C.
        let set_up = |command: &mut Command| {
            command.stdin(Stdio::null()).process_group(0);
        };
        let (sender, ended) = unbounded();
        let tell = move |status| {
            // An error would mean that nobody wants to know.
            let _ = sender.send(status);
        };
        let process = Child::start(Kind::Emulator, line, set_up, tell)?;
        Ok(Emulator { process, ended })
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
        let signal = self.process.signaller();
        move || signal(Signal::INT)
    }
}
