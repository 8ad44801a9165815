//! Architectures, and what is one value for each of them; what takes an algorithm stands where it is used.

use object::Architecture;
use object::elf::{
    EM_386, EM_AARCH64, EM_ARM, EM_LOONGARCH, EM_MIPS, EM_PPC, EM_PPC64, EM_RISCV, EM_S390, EM_SPARCV9, EM_X86_64,
    Machine,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

names! {
    /// Architecture of the guest.
    Arch {
        /// 64-bit x86 (AMD64).
        X86_64 = "x86_64",
        /// 64-bit Armv8-A.
        Aarch64 = "aarch64",
        /// 32-bit Armv7-A, hard float.
        Arm = "arm",
        /// 64-bit RISC-V (RV64GC).
        Riscv64 = "riscv64",
    }
}

/// What holds for an architecture wherever it is emulated. nix/arch.nix has what only builds depend on.
pub struct Facts {
    /// Of an address, at the highest privilege.
    pub bits: u32,
    /// Of its programs.
    pub object: Architecture,
    /// The same in an ELF header.
    pub elf: Machine,
    /// What the boot loader takes, in Kbuild's output. The same as in nix/arch.nix.
    pub image: &'static str,
    /// What unpacks that, if anything does.
    pub decompressor: Option<&'static str>,
    /// The longest command line that a kernel reads, in bytes.
    pub command_line: usize,
    /// Whether its kernels, both of them, can choose their addresses at boot: the 32-bit one of Arm has no address space to spare
    /// for it, and that of RISC-V learnt it after 6.1.
    pub kaslr: bool,
    /// The symbol at the root of the kernel's own page tables.
    pub page_tables: &'static str,
    /// The kernel's console on QEMU's boards.
    pub console: &'static str,
    /// Shows on it what comes before its driver.
    pub early_console: &'static str,
    /// What else a kernel has to be told on QEMU's boards.
    pub boot_arguments: &'static [&'static str],
    /// Whether its kernels describe themselves through QEMU's device for that.
    pub vmcoreinfo: bool,
    /// Whether QEMU 7.2 restores a machine whole. Of RISC-V's ACLINT (hw/intc/riscv_aclint.c) it keeps the time at which a timer
    /// shall fire, but does not set that timer again: the guest waits for a tick that does not come.
    pub survives_restore: bool,
    /// What gem5 calls it: 32-bit Arm is a mode of its 64-bit one.
    pub gem5_isa: &'static str,
    /// Programs that a busybox root file system can hold besides busybox itself. Each has a script in nix/packages/.
    pub packages: &'static [&'static str],
    /// Debian's name for it, if the toolbox's release has it.
    pub debian: Option<&'static str>,
}

const X86_64: Facts = Facts {
    bits: 64,
    object: Architecture::X86_64,
    elf: EM_X86_64,
    image: "arch/x86/boot/bzImage",
    decompressor: Some("arch/x86/boot/compressed/vmlinux"),
    command_line: 2048,
    kaslr: true,
    page_tables: "init_top_pgt",
    console: "ttyS0",
    early_console: "earlycon=uart8250,io,0x3f8",
    // On a busy host a translated guest misses the ticks by which the kernel checks its timer, and it panics ("IO-APIC + timer
    // doesn't work"); the timer is QEMU's, and works.
    boot_arguments: &["no_timer_check"],
    vmcoreinfo: true,
    survives_restore: true,
    gem5_isa: "X86",
    packages: &["mbw", "strace", "stress-ng"],
    debian: Some("amd64"),
};

const AARCH64: Facts = Facts {
    bits: 64,
    object: Architecture::Aarch64,
    elf: EM_AARCH64,
    image: "arch/arm64/boot/Image",
    decompressor: None,
    command_line: 2048,
    kaslr: true,
    page_tables: "swapper_pg_dir",
    console: "ttyAMA0",
    early_console: "earlycon",
    boot_arguments: &[],
    vmcoreinfo: true,
    survives_restore: true,
    gem5_isa: "ARM",
    packages: &["mbw", "strace", "stress-ng"],
    debian: Some("arm64"),
};

const ARM: Facts = Facts {
    bits: 32,
    object: Architecture::Arm,
    elf: EM_ARM,
    image: "arch/arm/boot/zImage",
    decompressor: Some("arch/arm/boot/compressed/vmlinux"),
    command_line: 1024,
    kaslr: false,
    page_tables: "swapper_pg_dir",
    console: "ttyAMA0",
    early_console: "earlycon",
    boot_arguments: &[],
    vmcoreinfo: false,
    survives_restore: true,
    gem5_isa: "ARM",
    packages: &["mbw", "strace", "stress-ng"],
    debian: Some("armhf"),
};

const RISCV64: Facts = Facts {
    bits: 64,
    object: Architecture::Riscv64,
    elf: EM_RISCV,
    image: "arch/riscv/boot/Image",
    decompressor: None,
    command_line: 1024,
    kaslr: false,
    page_tables: "swapper_pg_dir",
    console: "ttyS0",
    early_console: "earlycon",
    // The device tree of QEMU before 8.2 lists a processor's extensions in the old way only (`riscv,isa`).
    boot_arguments: &["riscv_isa_fallback"],
    vmcoreinfo: false,
    survives_restore: false,
    gem5_isa: "RISCV",
    // stress-ng is not compiled here, and Debian 12 has none for this architecture.
    packages: &["mbw", "strace"],
    debian: None,
};

impl Arch {
    pub const fn facts(self) -> &'static Facts {
        match self {
            Arch::X86_64 => &X86_64,
            Arch::Aarch64 => &AARCH64,
            Arch::Arm => &ARM,
            Arch::Riscv64 => &RISCV64,
        }
    }

    /// The profile where a demo or a test is not given one.
    pub fn default_profile(self) -> String {
        format!("{self}-qemu")
    }
}

/// What a machine is called that an ELF header names, also one that no guest can be.
pub fn machine_name(elf: u16) -> Option<&'static str> {
    const OTHERS: [(Machine, &str); 7] = [
        (EM_386, "i386"),
        (EM_LOONGARCH, "loongarch64"),
        (EM_MIPS, "mips"),
        (EM_PPC, "powerpc"),
        (EM_PPC64, "powerpc64"),
        (EM_S390, "s390x"),
        (EM_SPARCV9, "sparc64"),
    ];
    let ours = Arch::ALL.iter().map(|arch| (arch.facts().elf, arch.as_str()));
    let found = ours.chain(OTHERS).find(|(machine, _)| machine.0 == elf);
    found.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_those_that_nix_builds() {
        let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/nix/arch.nix")).unwrap();
        for arch in Arch::ALL {
            let row = table.split(&format!("  {arch} = {{\n")).nth(1).unwrap();
            let row = row.split("\n  };").next().unwrap();
            let quoted = |file: &str| format!("\"{}\"", file.trim_start_matches("arch/"));
            let Facts {
                image, decompressor, ..
            } = arch.facts();
            let image = format!("image = {};", quoted(image));
            let decompressor = decompressor.map_or("null".into(), quoted);
            let decompressor = format!("decompressor = {decompressor};");
            assert!(row.contains(&image) && row.contains(&decompressor), "{arch}: {row}");
        }
    }

    #[test]
    fn the_default_profiles_are_there() {
        for arch in Arch::ALL {
            assert_eq!(crate::profile::load(&arch.default_profile()).unwrap().arch, *arch);
        }
    }
}
