//! What each emulator, board and processor can do: tables for [`super::check`], no code that knows a profile.

use super::{Arch, EmulatorKind, Gem5Cpu};

/// Settings that only one emulator honours, with the reason why the other does not.
pub struct Honoured {
    pub key: &'static str,
    pub only: EmulatorKind,
    pub reason: &'static str,
}

pub const HONOURED: &[Honoured] = &[
    only_gem5(
        "cache",
        "QEMU does not model caches, so sizes and latencies would change nothing",
    ),
    only_gem5(
        "cpu.clock",
        "QEMU has no clock: it runs guest code as fast as the host can",
    ),
    only_gem5("memory.model", "QEMU does not model the timing of memory"),
    only_qemu("emulator.accelerator", "gem5 simulates each instruction itself"),
    only_qemu(
        "emulator.extra-args",
        "gem5 is driven by lkmc's own configuration script, which takes no arguments",
    ),
    only_qemu("network", "lkmc's gem5 board has no network card"),
    only_qemu("share", "lkmc's gem5 board has no 9p device"),
];

const fn only_gem5(key: &'static str, reason: &'static str) -> Honoured {
    Honoured {
        key,
        only: EmulatorKind::Gem5,
        reason,
    }
}

const fn only_qemu(key: &'static str, reason: &'static str) -> Honoured {
    Honoured {
        key,
        only: EmulatorKind::Qemu,
        reason,
    }
}

/// A machine that one emulator offers for one architecture.
pub struct Board {
    pub emulator: EmulatorKind,
    pub arch: Arch,
    /// Up to the first comma: options may follow.
    pub name: &'static str,
    pub max_cpus: u32,
    /// Why not more.
    pub cpu_limit: &'static str,
    pub max_memory_gib: u64,
}

const GIC_V2: &str = "its version 2 interrupt controller knows 8";

pub const BOARDS: &[Board] = &[
    board(
        EmulatorKind::Qemu,
        Arch::X86_64,
        "q35",
        255,
        "8-bit APIC ids end at 255",
        1024,
    ),
    board(
        EmulatorKind::Qemu,
        Arch::X86_64,
        "pc",
        255,
        "8-bit APIC ids end at 255",
        1024,
    ),
    board(EmulatorKind::Qemu, Arch::Aarch64, "virt", 8, GIC_V2, 1024),
    board(EmulatorKind::Qemu, Arch::Arm, "virt", 8, GIC_V2, 3),
    board(EmulatorKind::Gem5, Arch::Aarch64, "VExpress_GEM5_V1", 8, GIC_V2, 512),
    board(
        EmulatorKind::Gem5,
        Arch::Aarch64,
        "VExpress_GEM5_V2",
        256,
        "gem5's version 3 interrupt controller knows 256",
        512,
    ),
    board(EmulatorKind::Gem5, Arch::Arm, "VExpress_GEM5_V1", 8, GIC_V2, 2),
];

const fn board(
    emulator: EmulatorKind,
    arch: Arch,
    name: &'static str,
    max_cpus: u32,
    cpu_limit: &'static str,
    max_memory_gib: u64,
) -> Board {
    Board {
        emulator,
        arch,
        name,
        max_cpus,
        cpu_limit,
        max_memory_gib,
    }
}

/// A machine option that lifts the board's limit on processors.
pub const GIC_V3: (&str, u32) = ("gic-version=3", 512);

/// QEMU's processor models that the boards take, `host` aside.
pub const QEMU_CPUS: &[(Arch, &[&str])] = &[
    (
        Arch::X86_64,
        &[
            "max",
            "qemu64",
            "kvm64",
            "base",
            "core2duo",
            "Conroe",
            "Penryn",
            "phenom",
            "Nehalem",
            "Westmere",
            "SandyBridge",
            "IvyBridge",
            "Haswell",
            "Broadwell",
            "Skylake-Client",
            "Skylake-Server",
            "Cascadelake-Server",
            "Cooperlake",
            "Icelake-Server",
            "SapphireRapids",
            "GraniteRapids",
            "SierraForest",
            "Denverton",
            "Snowridge",
            "KnightsMill",
            "Opteron_G1",
            "Opteron_G2",
            "Opteron_G3",
            "Opteron_G4",
            "Opteron_G5",
            "EPYC",
            "EPYC-Rome",
            "EPYC-Milan",
            "EPYC-Genoa",
            "Dhyana",
        ],
    ),
    (
        Arch::Aarch64,
        &[
            "max",
            "cortex-a35",
            "cortex-a53",
            "cortex-a55",
            "cortex-a57",
            "cortex-a72",
            "cortex-a76",
            "cortex-a710",
            "neoverse-n1",
            "neoverse-n2",
            "neoverse-v1",
            "a64fx",
        ],
    ),
    (Arch::Arm, &["max", "cortex-a7", "cortex-a15"]),
];

/// Endings of versioned x86 models: `Haswell-noTSX-IBRS`, `EPYC-v4`.
pub const QEMU_CPU_VARIANTS: &[&str] = &["IBRS", "IBPB", "noTSX", "noTSX-IBRS"];

/// QEMU arguments that lkmc derives from the profile, with the key to set instead.
pub const OWNED_ARGUMENTS: &[(&str, &str)] = &[
    ("-M", "set `emulator.machine`"),
    ("-machine", "set `emulator.machine`"),
    ("-accel", "set `emulator.accelerator`"),
    ("-enable-kvm", "set `emulator.accelerator = \"kvm\"`"),
    ("-cpu", "set `cpu.model`"),
    ("-smp", "set `cpu.count`"),
    ("-m", "set `memory.size`"),
    ("-append", "set `kernel.command-line`"),
    ("-kernel", "the kernel comes from the build; `[kernel]` describes it"),
    (
        "-initrd",
        "the root file system comes from the build; `[rootfs]` describes it",
    ),
    ("-serial", "the serial port is the console, which lkmc records"),
    ("-nographic", "lkmc runs QEMU without a window already"),
];

/// gem5 CPU models that gem5 refuses to build without first-level caches.
pub const CACHED_CPUS: &[Gem5Cpu] = &[Gem5Cpu::Minor, Gem5Cpu::Hpi, Gem5Cpu::DerivO3];

/// gem5's cache line, in bytes.
pub const CACHE_LINE: u64 = 64;

/// Packages that a busybox root file system can hold besides busybox itself.
pub const BUSYBOX_PACKAGES: &[&str] = &[];

/// Directories of the guest that hold something that a share must not hide.
pub const RESERVED_MOUNT_POINTS: &[&str] = &["/", "/proc", "/sys", "/dev", "/bin", "/sbin", "/etc", "/run", "/tmp"];

/// Longest kernel command line, and how much of it the launchers use themselves.
pub fn command_line_limit(arch: Arch) -> usize {
    const OURS: usize = 256;
    match arch {
        Arch::X86_64 | Arch::Aarch64 => 2048 - OURS,
        Arch::Arm => 1024 - OURS,
    }
}
