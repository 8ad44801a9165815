//! GDB on simulations, where LKMC_GEM5 names a gem5.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use crate::common::gem5::{PATIENCE, assemble, output, skipped_without_gem5};
use crate::common::{ROOT, assert_says, lkmc, stdout};

/// What a simulation does that others look into: busybox counts for some seconds.
const COUNT: &str = "i=0; while [ $i -lt 1500 ]; do i=$((i+1)); done; echo counted $i";

/// A GDB without a prompt that executes these.
fn debug(arguments: &[&str], commands: &[&str], guest: &[&str]) -> Output {
    let steps: Vec<&str> = commands.iter().flat_map(|command| ["--ex", command]).collect();
    output(&[arguments, &["--batch"], &steps, guest].concat())
}

#[test]
fn gdb_sees_a_simulation_boot() {
    if skipped_without_gem5() {
        return;
    }
    let session = ["profile", "debug", "aarch64-gem5-atomic", "start_kernel"];
    let commands = ["bt", "p linux_banner", "info threads", "lx-version"];
    let parts = [
        "#0  start_kernel () at ",
        "in __primary_switched () at ",
        "\"Linux version 6.",
        "* 1    Thread",
        "(lkmc@lkmc)",
        "detached]",
    ];
    assert_says(&debug(&session, &commands, &[]), 0, &parts);
    // Before the MMU is on, where one wrong read would end gem5.
    let session = ["profile", "debug", "aarch64-gem5-atomic", "--early"];
    let commands = ["x/2i $pc", "x/2x 0x50000000", "break start_kernel", "continue", "bt 1"];
    let parts = [
        "_text () at ",
        "<primary_entry>",
        "0x50000000:",
        "#0  start_kernel () at ",
    ];
    assert_says(&debug(&session, &commands, &[]), 0, &parts);
}

#[test]
fn gdb_goes_to_a_system_call_and_to_a_module_on_a_detailed_processor() {
    if skipped_without_gem5() {
        return;
    }
    let session = ["profile", "debug", "aarch64-gem5-hpi", "--syscall", "openat"];
    let commands = ["p filename", "p $lx_current().comm", "lx-ps", "continue", "p 6 * 7"];
    let guest = ["--", "cat", "/proc/version"];
    // The simulation ends with the command, which is an end for GDB and none for its script.
    let parts = [
        "__do_sys_openat (",
        "swapper/0",
        "Linux version 6.",
        "the command ended with status 0",
        "exited normally]",
        "$2 = \"cat\"",
        "$3 = 42",
    ];
    assert_says(&debug(&session, &commands, &guest), 0, &parts);
    let session = ["profile", "debug", "aarch64-gem5-hpi", "--module-init", "hello"];
    let commands = ["next", "lx-lsmod", "bt 2"];
    let parts = [
        "hello_init () at ",
        "pr_info(",
        "Address            Module",
        "do_one_initcall (fn=",
    ];
    assert_says(&debug(&session, &commands, &[]), 0, &parts);
}

#[test]
fn gdb_steps_through_a_program_that_has_no_kernel() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = assemble("hello.S", directory.path());
    let commands = [
        "stepi",
        "stepi",
        "p $x0",
        "x/s $x1",
        "p $x2 == 0",
        "continue",
        "p 6 * 7",
    ];
    let name = program.to_string_lossy();
    let session = ["gem5", "run", "aarch64-gem5-atomic"];
    // The program's status is 0, and its simulation has an end that GDB is told of.
    let parts = [
        "in _start ()",
        "$1 = 1",
        "<message>:\t\"hello\\n\"",
        "$2 = 1",
        "hello\n",
        "exited normally]",
        "$3 = 42",
    ];
    assert_says(&debug(&session, &commands, &["--", &name]), 0, &parts);
    let failed = debug(&session, &["print 1 +"], &["--", &name]);
    assert_says(&failed, 1, &["A syntax error in expression"]);
}

/// A run in the background whose guest counts. The directory is its own once gem5's stub listens.
fn counting() -> (Child, PathBuf) {
    let mut run = lkmc()
        .args(["--verbose", "--timeout", PATIENCE, "profile", "run"])
        .args(["aarch64-gem5-atomic", "--", "sh", "-c", COUNT])
        .stdout(Stdio::piped())
        .spawn()
        .expect("lkmc can be started");
    // It has a deadline of its own.
    loop {
        assert!(run.try_wait().expect("it is ours").is_none(), "the run has ended");
        let runs = std::fs::read_dir(Path::new(ROOT).join("out/run")).expect("there are runs");
        let mut runs = runs.flatten().map(|entry| entry.path());
        let owned = |path: &PathBuf| {
            let record = std::fs::read_to_string(path.join("run.json")).unwrap_or_default();
            record.contains("while [ $i -lt 1500 ]") && path.join("gdb.sock").exists()
        };
        if let Some(directory) = runs.find(owned) {
            return (run, directory);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_simulation_goes_on_when_its_gdb_has_gone_or_was_killed() {
    if skipped_without_gem5() {
        return;
    }
    let (run, directory) = counting();
    let id = directory
        .file_name()
        .expect("it has a name")
        .to_string_lossy()
        .into_owned();
    let commands = ["tbreak el0t_64_irq_handler", "continue", "p linux_banner"];
    let seen = debug(&["gdb", &id], &commands, &[]);
    assert_says(&seen, 0, &["el0t_64_irq_handler (regs=", "\"Linux version 6."]);
    // Killed where it stands, with a breakpoint that the guest would come to again and again.
    let mut killed = lkmc()
        .args([
            "gdb",
            &id,
            "--batch",
            "--ex",
            "break el0t_64_irq_handler",
            "--ex",
            "continue",
        ])
        .args(["--ex", "python print('standing', flush=True)"])
        .args(["--ex", "python import signal; signal.pause()"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("lkmc can be started");
    let said = BufReader::new(killed.stdout.take().expect("it is piped"));
    let standing = said.lines().map_while(Result::ok).any(|line| line == "standing");
    assert!(standing, "GDB has not come to the breakpoint");
    killed.kill().expect("it runs");
    killed.wait().expect("it is ours");
    let ended = run.wait_with_output().expect("it is ours");
    assert_eq!(
        (ended.status.code(), stdout(&ended).as_str()),
        (Some(0), "counted 1500\n")
    );
}
