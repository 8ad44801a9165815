//! QEMU's command line for recordings and replays: one machine, of which only the direction of the log differs.
//!
//! What is left out, or otherwise than in an ordinary run, is what QEMU 7.2 cannot repeat. docs/replay.md says what happens with it.

use std::ffi::OsString;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::emulator::Launch;
use crate::emulator::qemu::{self, CONSOLE_LOG, option, with_path};
use crate::profile::Arch;
use crate::run_directory::files::{EVENTS, INITRD, SNAPSHOTS, STATUS, STDERR, STDOUT};

/// Time that an instruction takes, as a power of two nanoseconds: 8 ns is what QEMU's translator needs for one, more or less.
const SHIFT: u32 = 3;

/// All of the machine but its log, its initramfs and its memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Machine {
    pub common: CommandLine,
    pub memory: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Record,
    /// Begins stopped.
    Replay,
}

pub fn machine(launch: &Launch) -> Result<Machine> {
    let mut line = crate::emulator::program(launch)?;
    let groups = [
        qemu::base_args(),
        vec![vec!["-no-shutdown".into()]],
        qemu::machine_args(launch.profile.arch, launch.qemu, launch.engine.as_str(), launch.memory),
        vec![option("-m", format!("{}B", launch.profile.memory.0))],
        kernel_args(launch),
        clock_args(),
        console_args(),
        port_args(launch.profile.arch),
        snapshot_args(),
        qemu::qmp_args(),
        qemu::gdb_args(),
    ];
    line.groups.extend(groups.into_iter().flatten());
    if launch.profile.arch == Arch::X86_64 {
        // Loading a snapshot would wait for the processor, which waits for the end of the loading.
        line.groups.push(option("-global", "apic-common.vapic=off"));
    }
    Ok(Machine {
        common: line,
        memory: launch.profile.memory.0,
    })
}

impl Machine {
    /// `tape` is the directory of the recording.
    pub fn command_line(&self, direction: Direction, tape: &Path, memory: &Path) -> CommandLine {
        let mut line = self.common.clone();
        let way = match direction {
            Direction::Record => "record",
            Direction::Replay => "replay",
        };
        let count = format!("shift={SHIFT},sleep=off,rr={way},rrfile=");
        let size = self.memory;
        let backend = format!("memory-backend-file,id=ram,size={size},share=on,mem-path=");
        line.groups
            .push(option("-icount", with_path(&count, &tape.join(EVENTS))));
        line.groups.push(option("-initrd", tape.join(INITRD)));
        line.groups.push(option("-object", with_path(&backend, memory)));
        if direction == Direction::Replay {
            line.groups.push(vec!["-S".into()]);
        }
        line
    }
}

/// A guest that panics stays where it is: a reset would end the log before its last instructions.
fn kernel_args(launch: &Launch) -> Vec<Vec<OsString>> {
    let append = format!("{} panic=0", qemu::kernel_command_line(launch.profile, None));
    vec![
        option("-kernel", launch.store.physical(&launch.bundle.kernel.image)),
        option("-append", append),
    ]
}

/// A clock that follows the host's would be asked by the device's own housekeeping, snapshots included.
fn clock_args() -> Vec<Vec<OsString>> {
    vec![option("-rtc", "clock=vm")]
}

/// A file takes everything at once. A socket may take less, and QEMU tries again at a time that it does not record.
fn file(id: &str, path: &str) -> Vec<OsString> {
    option("-chardev", format!("file,id={id},path={path},append=on"))
}

fn console_args() -> Vec<Vec<OsString>> {
    vec![file("console", CONSOLE_LOG), option("-serial", "chardev:console")]
}

/// One-way serial ports. A virtio-serial port would not survive the loading of a snapshot: it then sets a timer that is not in the
/// log.
fn port_args(arch: Arch) -> Vec<Vec<OsString>> {
    let mut groups = vec![file("out", STDOUT), file("err", STDERR), file("end", STATUS)];
    match arch {
        // Each with an interrupt of its own: those of the PC's third and fourth port are the first two's.
        Arch::X86_64 => {
            for (index, (id, interrupt)) in [("out", 3), ("err", 5), ("end", 7)].into_iter().enumerate() {
                let device = format!("isa-serial,chardev={id},index={},irq={interrupt}", index + 1);
                groups.push(option("-device", device));
            }
        }
        _ => {
            groups.push(option("-chardev", "null,id=unused"));
            let ports = "pci-serial-4x,chardev1=out,chardev2=err,chardev3=end,chardev4=unused";
            groups.push(option("-device", ports));
        }
    }
    groups
}

/// In the recording too: the block layer's work is in the log.
fn snapshot_args() -> Vec<Vec<OsString>> {
    vec![option("-drive", format!("file={SNAPSHOTS},if=none,id=snapshots"))]
}
