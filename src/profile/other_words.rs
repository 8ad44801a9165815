//! Words of QEMU's, gem5's and other tools' for settings of a profile, and for their values.

/// Our key for it.
pub fn other_word(key: &str) -> Option<&'static str> {
    const WORDS: &[(&[&str], &str)] = &[
        (&["cmdline", "append", "bootargs", "args"], "kernel.command-line"),
        (&["cpus", "smp", "cores", "num-cpus", "vcpus"], "cpu.count"),
        (&["ram", "mem", "mem-size"], "memory.size"),
        (&["frequency", "freq", "cpu-clock"], "cpu.clock"),
        (&["assoc", "ways"], "associativity"),
        (&["kvm", "accel", "enable-kvm"], "emulator.accelerator"),
        (&["qemu", "gem5"], "emulator.kind"),
        (&["qemu-args", "extra", "arguments"], "emulator.extra-args"),
        (&["board", "platform"], "emulator.machine"),
        (&["timeout", "deadline"], "limits.command"),
        (&["inherits", "parent", "base", "include", "imports"], "extends"),
        (&["hostfwd", "ports", "port-forward"], "network.forward"),
        (&["shares", "mounts", "9p", "virtfs"], "share"),
        (&["options", "kconfig", "configs"], "kernel.config"),
        (
            &["configfile", "dot-config", "dotconfig", "defconfig"],
            "kernel.config-file",
        ),
    ];
    let key = key.to_lowercase().replace('_', "-");
    WORDS
        .iter()
        .find(|(words, _)| words.contains(&key.as_str()))
        .map(|(_, ours)| *ours)
}

/// Our name for a value.
pub fn other_value(name: &str) -> Option<&'static str> {
    const NAMES: &[(&[&str], &str)] = &[
        (&["arm64", "armv8", "armv8-a"], "aarch64"),
        (&["armv7", "armv7l", "armv7-a", "armhf", "arm32"], "arm"),
        (&["amd64", "x64"], "x86_64"),
        (&["riscv", "rv64", "rv64gc"], "riscv64"),
    ];
    let name = name.to_lowercase().replace('_', "-");
    NAMES
        .iter()
        .find(|(names, _)| names.contains(&name.as_str()))
        .map(|(_, ours)| *ours)
}
