//! What each emulator, board and processor can do: tables for [`super::check`], no code that knows a profile.

use super::{Arch, EmulatorKind, Gem5Cpu};
use crate::suggest;
use crate::units::ByteSize;

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
    only_gem5(
        "emulator.build",
        "QEMU comes from the toolbox; `emulator.binary` names one that you built",
    ),
    only_gem5("little", "all of QEMU's processors are of one model"),
    only_gem5(
        "emulator.trace",
        "these are messages of gem5's; on QEMU `--trace Exec` records what a run executes",
    ),
    only_gem5("emulator.params", "QEMU's machine has no such objects"),
    only_gem5("memory.channels", UNTIMED),
    only_gem5("memory.model", UNTIMED),
    only_qemu("emulator.accelerator", "gem5 simulates each instruction itself"),
    only_qemu(
        "emulator.extra-args",
        "gem5 is driven by lkmc's own configuration script, which takes no arguments",
    ),
    only_qemu("network", "lkmc's gem5 board has no network card"),
];

const UNTIMED: &str = "QEMU does not model the timing of memory";

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
#[derive(Clone, Copy)]
pub struct Board {
    pub emulator: EmulatorKind,
    pub arch: Arch,
    /// Up to the first comma: options may follow.
    pub name: &'static str,
    pub max_cpus: u32,
    /// Why not more.
    pub cpu_limit: &'static str,
    /// An option of the machine that allows more.
    pub more_cpus: Option<(&'static str, u32)>,
    pub max_memory_gib: u64,
}

const Q35: Board = Board {
    emulator: EmulatorKind::Qemu,
    arch: Arch::X86_64,
    name: "q35",
    max_cpus: 255,
    cpu_limit: "8-bit APIC ids end there",
    more_cpus: None,
    max_memory_gib: 1024,
};

const VIRT: Board = Board {
    emulator: EmulatorKind::Qemu,
    arch: Arch::Aarch64,
    name: "virt",
    max_cpus: 8,
    cpu_limit: "its version 2 interrupt controller knows no more",
    more_cpus: Some(("gic-version=3", 512)),
    max_memory_gib: 1024,
};

const VEXPRESS: Board = Board {
    emulator: EmulatorKind::Gem5,
    name: "VExpress_GEM5_V1",
    more_cpus: None,
    max_memory_gib: 512,
    ..VIRT
};

pub const BOARDS: &[Board] = &[
    Q35,
    Board { name: "pc", ..Q35 },
    VIRT,
    Board {
        arch: Arch::Arm,
        more_cpus: None,
        max_memory_gib: 3,
        ..VIRT
    },
    Board {
        arch: Arch::Riscv64,
        max_cpus: 512,
        cpu_limit: "its interrupt controllers know no more",
        more_cpus: None,
        ..VIRT
    },
    VEXPRESS,
    Board {
        name: "VExpress_GEM5_V2",
        max_cpus: 256,
        cpu_limit: "gem5's interrupt controller knows no more",
        ..VEXPRESS
    },
    Board {
        arch: Arch::Arm,
        max_memory_gib: 2,
        ..VEXPRESS
    },
];

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
    (Arch::Riscv64, &["rv64", "sifive-u54"]),
];

/// Endings of versioned x86 models: `Haswell-noTSX-IBRS`, `EPYC-v4`.
pub const QEMU_CPU_VARIANTS: &[&str] = &["IBRS", "IBPB", "noTSX", "noTSX-IBRS"];

/// QEMU's processors of an architecture.
pub fn qemu_cpus(arch: Arch) -> &'static [&'static str] {
    let of_arch = QEMU_CPUS.iter().find(|(of, _)| *of == arch);
    of_arch.map_or(&[], |(_, names)| names)
}

/// What is said of a model that QEMU does not have for this architecture; none of one that it has.
pub fn unknown_qemu_cpu(arch: Arch, model: &str) -> Option<String> {
    if is_qemu_cpu(arch, model) {
        return None;
    }
    let elsewhere = QEMU_CPUS.iter().find(|(arch, _)| is_qemu_cpu(*arch, model));
    Some(match elsewhere {
        Some((arch, _)) => format!("this is a model of {arch}"),
        None if Gem5Cpu::from_name(model).is_some() => "this is a model of gem5".into(),
        None => suggest::did_you_mean(model, qemu_cpus(arch)).unwrap_or_else(|| "not known".into()),
    })
}

fn is_qemu_cpu(arch: Arch, model: &str) -> bool {
    qemu_cpus(arch).iter().any(|name| match model.strip_prefix(name) {
        Some("") => true,
        Some(variant) => variant.strip_prefix('-').is_some_and(|variant| {
            let number = variant.strip_prefix('v').unwrap_or_default();
            QEMU_CPU_VARIANTS.contains(&variant)
                || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        }),
        None => false,
    })
}

/// The option with which QEMU goes into the background: a process that is no child of ours does not die with us.
pub const DAEMONIZE: &str = "-daemonize";

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

/// gem5's memory that answers after a fixed time; all others are behind controllers.
pub const GEM5_SIMPLE_MEMORY: &str = "SimpleMemory";

/// How gem5's processors reach memory: by a call that takes no time, or by packets that travel.
pub fn memory_mode(model: Gem5Cpu) -> &'static str {
    match model {
        Gem5Cpu::AtomicSimple => "atomic",
        Gem5Cpu::TimingSimple | Gem5Cpu::Minor | Gem5Cpu::Hpi | Gem5Cpu::DerivO3 => "timing",
    }
}

/// gem5's boards have so many slots for VirtIO devices (src/dev/arm/RealView.py, VExpress_GEM5_Base).
pub const GEM5_SHARES: usize = 2;

/// What tells a directory with gem5's sources from another one. The last three are compiled in, which SCons notices an hour later.
pub const GEM5_SOURCES: &[&str] = &[
    "SConstruct",
    "src/base/version.cc",
    "build_opts",
    "COPYING",
    "LICENSE",
    "README.md",
];

/// gem5's cache line, in bytes.
pub const CACHE_LINE: u64 = 64;

/// Directories of the guest that hold something that a share must not hide.
pub const RESERVED_MOUNT_POINTS: &[&str] = &[
    "/", "/init", "/proc", "/sys", "/dev", "/bin", "/sbin", "/lib", "/usr", "/etc", "/run", "/tmp", "/lkmc",
];

/// The largest image of a root file system.
pub const MAX_ROOTFS: ByteSize = ByteSize(64 << 30);

/// How much of a kernel's command line the launchers use themselves, in bytes.
pub const OWN_COMMAND_LINE: usize = 256;
