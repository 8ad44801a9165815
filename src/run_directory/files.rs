//! What the files of a run directory are called. The emulator's own are in [`crate::emulator`], with the command line that names
//! them, and rr's recording is [`crate::rr::TRACE`].

use crate::emulator::qemu::CONSOLE_LOG;

/// [`super::run_json::Record`].
pub const RECORD: &str = "run.json";
/// Held exclusively by the process that owns the guest: whoever gets it finds the run over.
pub const LOCK: &str = "lock";

/// What the command read, if it was not nothing (gem5 only, where it is known beforehand).
pub const STDIN: &str = "stdin";
/// What `m5 readfile` prints, if the user gave it something.
pub const READFILE: &str = "readfile";
/// What a recorded command wrote, or a program without Linux, where the emulator writes that into files.
pub const STDOUT: &str = "stdout";
pub const STDERR: &str = "stderr";
/// Of a recorded command.
pub const STATUS: &str = "status";
/// All that a recorded guest says; a replay says the same.
pub const SAID: [&str; 4] = [CONSOLE_LOG, STDOUT, STDERR, STATUS];

/// The recording itself: [`crate::recording::tape::Tape`].
pub const TAPE: &str = "recording.json";
pub const INITRD: &str = "recording.initrd";
/// QEMU's log of everything that was not determined by the instructions.
pub const EVENTS: &str = "recording.bin";
/// Snapshots of the machine; empty in a recording.
pub const SNAPSHOTS: &str = "snapshots.qcow2";

/// A memory dump, as the readers of such files call it.
pub const DUMP: &str = "vmcore";
/// On gem5 in its output directory, and gem5 compresses what has this ending; on QEMU in the run directory itself.
pub const TRACE: &str = "trace.gz";
/// A copy of the program that a run without a kernel executed: a trace is read with its symbols.
pub const PROGRAM: &str = "program";

/// What a detached run's supervisor is told, says, and listens on.
pub const PLAN: &str = "plan.json";
pub const SUPERVISOR_LOG: &str = "supervisor.log";
pub const SUPERVISOR_SOCKET: &str = "supervisor.sock";

/// While QEMU opens it: the image behind whose end the state of a guest lies that can be undone to.
pub const UNDO: &str = "undo.qcow2";
/// Named snapshots of the guest, for other runs to begin with.
pub const NAMED: &str = "snapshots";
/// What GDB is told that looks where the processors are.
pub const PROCESSORS: &str = "gdb-processors.json";
/// Where GDB connects to, for what stands between it and the stub of QEMU's that runs a program without Linux.
pub const TUNNEL: &str = "tunnel.sock";
/// The same for the kernel's own stub.
pub const STEPS: &str = "kgdb-steps.sock";
