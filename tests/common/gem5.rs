//! What the tests of gem5 share: real ones, which want a gem5, and those on recorded results.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::{ROOT, lkmc, record, skip, stderr, stdout};

/// A boot on a gem5 that was built without optimisation takes a quarter of an hour.
pub const PATIENCE: &str = "40m";

/// To its end, which may be that far away.
pub fn output(arguments: &[&str]) -> Output {
    let ran = lkmc().args(["--timeout", PATIENCE]).args(arguments).output();
    ran.expect("lkmc can be started")
}

/// The same, with this on its standard input.
pub fn output_of_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = lkmc()
        .args(["--timeout", PATIENCE])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("lkmc can be started");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    stdin.write_all(input).expect("lkmc reads");
    drop(stdin);
    child.wait_with_output().expect("lkmc ends")
}

/// One statistic of a run.
pub fn stat(record: &Value, name: &str) -> f64 {
    let id = record["id"].as_str().expect("a run has an id");
    let shown = output(&["--json", "gem5", "stats", id, &format!("^{name}$")]);
    let dumps: Value = serde_json::from_str(&stdout(&shown)).unwrap_or_else(|_| panic!("{}", stderr(&shown)));
    dumps[0]["stats"][0]["value"]
        .as_f64()
        .unwrap_or_else(|| panic!("no {name} in {dumps}"))
}

/// Runs tests/gem5/hello.S.
pub fn hello(directory: &Path) -> Output {
    let program = assemble("hello.S", directory);
    output(&[
        "--json",
        "gem5",
        "run",
        "aarch64-gem5-atomic",
        "--",
        &program.to_string_lossy(),
    ])
}

/// How many instructions a system call is that gem5 itself carries out. Until 25.0 it was one, also on processors for which it is a
/// fault; 25.1 counts none that faults.
pub fn instructions_of_a_system_call(directory: &Path) -> f64 {
    (stat(
        &record(&hello(directory)),
        "system.cpu_cluster.cpus.commitStats0.numInsts",
    ) - 6.0)
        / 2.0
}

/// A bundle.json in this directory, made by hand; what a gem5 does not read is there by name only.
pub fn write_bundle(directory: &Path, kernel: &Path, boot_loader: &Path) {
    let initramfs = directory.join("initramfs");
    std::fs::write(&initramfs, "initramfs").expect("a file can be written");
    let gdb =
        json!({ "loader": null, "library-path": [], "binary": "/bin/false", "args": [], "env": {}, "version": "0" });
    let bundle = json!({
        "version": 5, "arch": "aarch64", "emulator": null, "share-server": null, "gdb": gdb, "boot-loader": boot_loader,
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
    let options = [&["-nostdlib"], options].concat();
    cross(&format!("tests/gem5/{source}"), &program, &options)
}

/// Compiles a program of the checkout, with a libc, for aarch64.
pub fn compile(source: &str, directory: &Path) -> PathBuf {
    cross(source, &directory.join("p"), &["-O2"])
}

fn cross(source: &str, program: &Path, options: &[&str]) -> PathBuf {
    let built = lkmc()
        .args(["shell", "aarch64-qemu", "--", "aarch64-linux-gnu-gcc", "-static", "-o"])
        .arg(program)
        .args(options)
        .arg(Path::new(ROOT).join(source))
        .output()
        .expect("lkmc can be started");
    assert!(built.status.success(), "{}", stderr(&built));
    program.to_owned()
}
