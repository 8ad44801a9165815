//! The fragments of kernel configuration that come with lkmc, up to Kconfig's answer, and what they bring into a build. Spawns Nix.

use std::path::Path;

use crate::common::{ROOT, assert_says, run, skipped_without_nix, stdout};

/// What every kernel of an architecture asks for, in the profiles that it extends.
const IN_EVERY_KERNEL: &[&str] = &["base", "laboratory"];

/// All fragments at once, those for other architectures left out.
fn fragments(arch: &str, arches: &[&str]) -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/kconfig");
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .expect("the fragments are there")
        .map(|entry| entry.expect("it can be read").path())
        .map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .filter(|name| !IN_EVERY_KERNEL.contains(&name.as_str()))
        .filter(|name| match name.strip_prefix("compat-") {
            Some(of) => of == arch,
            None => !arches.contains(&name.as_str()),
        })
        .collect();
    names.sort();
    names
}

/// Each fragment is honoured everywhere, beside all others.
#[test]
fn kconfig_takes_all_fragments_at_once_on_every_architecture() {
    if skipped_without_nix() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let arches = ["x86_64", "aarch64", "arm", "riscv64"];
    // riscv64 has no function tracer under full preemption (docs/riscv64.md), and its compiler is not among what the tests download.
    for arch in arches.into_iter().filter(|arch| *arch != "riscv64") {
        let names = fragments(arch, &arches);
        assert!(names.len() > 5, "{names:?}");
        let files: Vec<String> = names.iter().map(|name| format!("\"kconfig/{name}.config\"")).collect();
        let text = format!(
            "extends = [\"{arch}-qemu\"]\n[kernel]\nfragments = [{}]\n",
            files.join(", ")
        );
        let path = directory.path().join(format!("all-{arch}.toml"));
        std::fs::write(&path, text).expect("it can be written");
        let output = run(&["profile", "check", "--kconfig", &path.to_string_lossy()]);
        assert_says(&output, 0, &[]);
    }
}

/// Whether what is built for the kernel of x86_64-qemu with these changes (Nix's words for an attribute set) depends on pahole.
fn depends_on_pahole(changes: &str) -> bool {
    let expression = format!(
        "let profile = builtins.fromJSON (builtins.readFile {ROOT}/profiles/lowered/x86_64-qemu.json); \
         changed = profile // {{ kernel = profile.kernel // (with profile.kernel; {changes}); }}; \
         in (import {ROOT}/nix {{ lowered = builtins.toFile \"lowered.json\" (builtins.toJSON changed); }}).kernel.MAKEFLAGS or \"\""
    );
    let output = run(&["nix", "--", "eval", "--impure", "--raw", "--expr", &expression]);
    assert_says(&output, 0, &[]);
    stdout(&output).contains("-pahole/bin/pahole")
}

#[test]
fn only_a_kernel_with_types_depends_on_what_makes_them() {
    if skipped_without_nix() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let given = directory.path().join("given.config");
    std::fs::write(&given, "CONFIG_BPF_SYSCALL=y\nCONFIG_DEBUG_INFO_BTF=y\n").expect("it can be written");
    let file = format!("config-file = \"{}\";", given.display());
    for (changes, expected) in [
        ("{ }".to_owned(), false),
        ("{ config = config // { DEBUG_INFO_BTF = \"y\"; }; }".to_owned(), true),
        (format!("{{ {file} }}"), true),
        (
            format!("{{ {file} config = config // {{ DEBUG_INFO_BTF = \"n\"; }}; }}"),
            false,
        ),
    ] {
        assert_eq!(depends_on_pahole(&changes), expected, "{changes}");
    }
}
