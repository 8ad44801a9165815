//! Files of a recording, in the run directory.

use crate::emulator::qemu::CONSOLE_LOG;

/// The recording itself: [`super::tape::Tape`].
pub const TAPE: &str = "recording.json";
pub const INITRD: &str = "recording.initrd";
/// QEMU's log of everything that was not determined by the instructions.
pub const EVENTS: &str = "recording.bin";
/// Snapshots of the machine; empty in a recording.
pub const SNAPSHOTS: &str = "snapshots.qcow2";
/// What the command wrote, and its status.
pub const STDOUT: &str = "stdout";
pub const STDERR: &str = "stderr";
pub const STATUS: &str = "status";
/// All that a guest says; a replay says the same.
pub const SAID: [&str; 4] = [CONSOLE_LOG, STDOUT, STDERR, STATUS];
