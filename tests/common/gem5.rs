//! What the tests of gem5 share: real ones, which want a gem5, and those on recorded results.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::json;

use super::{ROOT, lkmc, skip, stderr};

/// A boot on a gem5 that was built without optimisation takes a quarter of an hour.
pub const PATIENCE: &str = "40m";

/// To its end, which may be that far away.
pub fn output(arguments: &[&str]) -> Output {
    let ran = lkmc().args(["--timeout", PATIENCE]).args(arguments).output();
    ran.expect("lkmc can be started")
}

/// A bundle.json in this directory, made by hand; what a gem5 does not read is there by name only.
pub fn write_bundle(directory: &Path, kernel: &Path, boot_loader: &Path) {
    let initramfs = directory.join("initramfs");
    std::fs::write(&initramfs, "initramfs").expect("a file can be written");
    let gdb =
        json!({ "loader": null, "library-path": [], "binary": "/bin/false", "args": [], "env": {}, "version": "0" });
    let bundle = json!({
        "version": 4, "arch": "aarch64", "emulator": null, "share-server": null, "gdb": gdb, "boot-loader": boot_loader,
        "kernel": {
            "image": kernel, "vmlinux": kernel, "decompressor": null, "system-map": kernel,
            "config": kernel, "build-tree": directory, "source": directory, "release": "6.12",
        },
        "rootfs": { "initramfs": initramfs, "ext4": initramfs },
    });
    std::fs::write(directory.join("bundle.json"), bundle.to_string()).expect("a file can be written");
}

/// Whether there is no gem5; if so it has been said.
pub fn skipped_without_gem5() -> bool {
    let missing = std::env::var_os("LKMC_GEM5").is_none_or(|value| value.is_empty());
    if missing {
        skip("LKMC_GEM5 names no gem5");
    }
    missing
}

/// Assembles a program of tests/gem5 for aarch64.
pub fn assemble(source: &str, directory: &Path) -> PathBuf {
    link(source, directory, &[])
}

/// The same, linked with these options.
pub fn link(source: &str, directory: &Path, options: &[&str]) -> PathBuf {
    let program = directory.join(source.split('.').next().unwrap_or(source));
    let built = lkmc()
        .args([
            "shell",
            "aarch64-qemu",
            "--",
            "aarch64-linux-gnu-gcc",
            "-nostdlib",
            "-static",
            "-o",
        ])
        .arg(&program)
        .args(options)
        .arg(Path::new(ROOT).join("tests/gem5").join(source))
        .output()
        .expect("lkmc can be started");
    assert!(built.status.success(), "{}", stderr(&built));
    program
}
