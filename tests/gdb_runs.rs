//! GDB on guests that run, two at once, and what goes wrong: on the first profile that LKMC_TEST_PROFILES names.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

mod common;

use common::terminal::Session;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn profile(test: &str) -> Option<String> {
    let names = std::env::var("LKMC_TEST_PROFILES").unwrap_or_default();
    let first = names.split_whitespace().next().map(str::to_owned);
    if first.is_none() {
        println!("SKIPPED {test}: LKMC_TEST_PROFILES names no profile");
    }
    first
}

fn lkmc() -> Command {
    lkmc_with_timeout("3m")
}

fn lkmc_with_timeout(time: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
    command
        .env("LKMC_ROOT", ROOT)
        .args(["--timeout", time])
        .stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn assert_says(output: &Output, status: i32, parts: &[&str]) {
    let text = said(output);
    assert_eq!(output.status.code(), Some(status), "{text}");
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

fn run(arguments: &[&str]) -> Output {
    lkmc().args(arguments).output().expect("lkmc can be started")
}

/// A guest in the background, switched off when dropped.
struct Guest(String);

impl Guest {
    fn start(profile: &str, more: &[&str]) -> Guest {
        let mut arguments = vec!["profile", "run", profile, "--detach"];
        arguments.extend(more);
        let output = run(&arguments);
        assert_says(&output, 0, &[]);
        Guest(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn exec(&self, line: &str) -> Output {
        run(&["vm", "exec", &self.0, "--", "/bin/sh", "-c", line])
    }

    fn gdb(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["gdb", &self.0, "--batch"];
        all.extend(arguments);
        run(&all)
    }

    fn directory(&self) -> PathBuf {
        Path::new(ROOT).join("out/run").join(&self.0)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        run(&["vm", "stop", &self.0]);
    }
}

#[test]
fn gdb_comes_and_goes_while_the_guest_lives() {
    let Some(profile) = profile("gdb_comes_and_goes_while_the_guest_lives") else {
        return;
    };
    let guest = Guest::start(&profile, &["--demos", "debug_me"]);
    assert_says(&guest.exec("insmod debug_me.ko"), 0, &[]);
    // Loaded before GDB came.
    let looked = guest.gdb(&["-ex", "info symbol debug_me_add", "-ex", "print point[1].y"]);
    assert_says(&looked, 0, &["debug_me_add in section .text", "= 20"]);
    assert_says(&guest.exec("rmmod debug_me; echo still here"), 0, &["still here"]);
    let looked = guest.gdb(&["-ex", "info symbol debug_me_add"]);
    assert_says(&looked, 1, &["No symbol \"debug_me_add\""]);
    assert_says(&guest.exec("echo still here"), 0, &["still here"]);
}

#[test]
fn one_gdb_at_a_time() {
    let Some(profile) = profile("one_gdb_at_a_time") else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let lock = std::fs::File::create(guest.directory().join("gdb.lock")).expect("the lock can be made");
    flock(&lock, FlockOperation::NonBlockingLockExclusive).expect("nobody has it");
    assert_says(&guest.gdb(&[]), 2, &["lkmc::gdb::attached"]);
    drop(lock);
    assert_says(&guest.gdb(&["-ex", "print 6 * 7"]), 0, &["= 42"]);
}

#[test]
fn runs_that_are_over_or_never_were() {
    let Some(profile) = profile("runs_that_are_over_or_never_were") else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let id = guest.0.clone();
    drop(guest);
    assert_says(&run(&["gdb", &id, "--batch"]), 2, &["lkmc::gdb::ended"]);
    assert_says(&run(&["gdb", "nosuchrun", "--batch"]), 2, &["lkmc::run::unknown"]);
    assert_says(
        &run(&["profile", "debug", &profile, "--batch", "-x", "/no/such/script.py"]),
        2,
        &["lkmc::gdb::script"],
    );
    assert_says(
        &run(&["profile", "debug", &profile, "--batch", "--early", "--", "true"]),
        2,
        &["lkmc::gdb::early_command"],
    );
}

#[test]
fn two_guests_under_two_gdbs() {
    let Some(profile) = profile("two_guests_under_two_gdbs") else {
        return;
    };
    let start = |syscall: &str| {
        let mut command = lkmc();
        command
            .args([
                "profile",
                "debug",
                &profile,
                "--batch",
                "--syscall",
                syscall,
                "-ex",
                "info symbol $pc",
            ])
            .args(["--", "cat", "/proc/version"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("lkmc can be started")
    };
    let both = [start("openat"), start("read")];
    for (child, function) in both.into_iter().zip(["sys_openat", "sys_read"]) {
        assert_says(&child.wait_with_output().expect("it ends"), 0, &[function]);
    }
}

/// A kernel at random addresses: attached to twice, it was found at two places, and its symbols were there.
#[test]
fn symbols_follow_a_kernel_at_random_addresses() {
    let Some(name) = profile("symbols_follow_a_kernel_at_random_addresses") else {
        return;
    };
    if name.starts_with("arm-") {
        println!("SKIPPED symbols_follow_a_kernel_at_random_addresses: a 32-bit Arm kernel has fixed addresses");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("random.toml");
    let text = format!("extends = [\"{name}\"]\n[kernel]\nkaslr = true\n");
    std::fs::write(&path, text).expect("a file can be written");
    let path = path.to_string_lossy().into_owned();
    let mut addresses = Vec::new();
    for _ in 0..2 {
        let guest = Guest::start(&path, &["--cold"]);
        let looked = guest.gdb(&[
            "-ex",
            "print &linux_banner",
            "-ex",
            "x/s &linux_banner",
            "-ex",
            "lx-version",
        ]);
        assert_says(&looked, 0, &["Linux version 6."]);
        let text = said(&looked);
        let line = text
            .lines()
            .find(|line| line.contains("<linux_banner>"))
            .expect("the banner's address");
        addresses.push(line.to_owned());
    }
    assert_ne!(addresses[0], addresses[1]);
}

/// The emulator dies under GDB: a script ends at once and says why, and nothing is left.
#[test]
fn an_emulator_that_is_killed_ends_the_script() {
    let Some(profile) = profile("an_emulator_that_is_killed_ends_the_script") else {
        return;
    };
    let directory = tempfile::tempdir().expect("a directory can be made");
    let script = directory.path().join("kill.py");
    let text = "import glob, json, os, gdb\n\
                here = max(glob.glob(os.environ['RUNS'] + '/*/run.json'), key=os.path.getmtime)\n\
                os.kill(json.load(open(here))['emulator-pid'], 9)\n\
                gdb.execute('stepi')\n";
    std::fs::write(&script, text).expect("a file can be written");
    let began = Instant::now();
    let mut command = lkmc();
    // Runs of its own, so that the newest one is this one.
    let output = command
        .env("RUNS", Path::new(ROOT).join("out/run"))
        .args(["--json", "profile", "debug", &profile, "--batch", "-x"])
        .arg(&script)
        .args(["--", "true"])
        .output()
        .expect("lkmc can be started");
    let text = said(&output);
    assert!(matches!(output.status.code(), Some(1 | 125)), "{text}");
    assert!(began.elapsed() < Duration::from_secs(120), "{text}");
    let record = text.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let record = record.unwrap_or_else(|| panic!("no record in\n{text}"));
    let emulator = record["emulator-pid"].as_u64().expect("a process id");
    assert!(!Path::new(&format!("/proc/{emulator}")).exists());
}

#[test]
fn a_run_from_reset_says_why_it_boots() {
    let Some(profile) = profile("a_run_from_reset_says_why_it_boots") else {
        return;
    };
    let output = run(&["--json", "profile", "debug", &profile, "--batch", "-ex", "print $pc"]);
    let text = said(&output);
    let record = text.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let record = record.unwrap_or_else(|| panic!("no record in\n{text}"));
    let snapshot = &record["snapshot"];
    assert_eq!(snapshot["used"], false);
    assert_eq!(snapshot["why"], "the machine is wanted before its first instruction");
}

#[test]
fn a_script_that_waits_for_ever_meets_the_deadline() {
    let Some(profile) = profile("a_script_that_waits_for_ever_meets_the_deadline") else {
        return;
    };
    let output = lkmc_with_timeout("15s")
        .args(["profile", "debug", &profile, "--batch", "-ex", "continue"])
        .args(["--", "sleep", "1000"])
        .output()
        .expect("lkmc can be started");
    assert_says(&output, 124, &["timeout"]);
}

const GDB_PROMPT: &str = "(gdb) ";

/// Ctrl-C of a user is for GDB, which stops the guest with it; lkmc goes on, and so does the guest when the user leaves.
#[test]
fn ctrl_c_stops_the_guest_and_not_lkmc() {
    let Some(profile) = profile("ctrl_c_stops_the_guest_and_not_lkmc") else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let mut session = Session::start(&["gdb", &guest.0, "-ex", "set confirm off"]);
    session.expect(GDB_PROMPT);
    for _ in 0..2 {
        session.type_keys("continue\r");
        session.expect("Continuing.");
        // The guest goes on a moment after that has been printed, and answers when it does.
        assert_says(&guest.exec("echo it runs"), 0, &["it runs"]);
        session.type_keys("\x03");
        session.expect("received signal SIGINT");
        session.expect(GDB_PROMPT);
    }
    session.type_keys("print 6 * 7\r");
    session.expect("= 42");
    session.type_keys("quit\r");
    assert_eq!(session.status(), Some(0));
    assert!(session.is_as_before());
    assert_says(&guest.exec("echo still here"), 0, &["still here"]);
}

/// GDB on a guest in a script that has a breakpoint, says its process number, and never ends.
fn hang(guest: &Guest) -> (Child, Pid) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
    command
        .env("LKMC_ROOT", ROOT)
        .args(["gdb", &guest.0, "--batch"])
        .args(["-ex", "set breakpoint always-inserted on", "-ex", "break ksys_read"])
        .args(["-ex", "python import os; print('I am', os.getpid(), flush=True)"])
        .args(["-ex", "python while True: pass"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("lkmc can be started");
    let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    let number = lines.find_map(|line| line.ok()?.strip_prefix("I am ")?.parse().ok());
    (
        child,
        Pid::from_raw(number.expect("GDB's process number")).expect("no zero"),
    )
}

/// However GDB ends, the guest that it held goes on, and nothing of GDB is left in it.
#[test]
fn a_guest_goes_on_when_its_gdb_is_killed() {
    let Some(profile) = profile("a_guest_goes_on_when_its_gdb_is_killed") else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let goes_on = || assert_says(&guest.exec("cat /proc/version"), 0, &["Linux version"]);
    let (lkmc, gdb) = hang(&guest);
    kill_process(gdb, Signal::KILL).expect("GDB can be killed");
    let output = lkmc.wait_with_output().expect("lkmc ends");
    assert_says(&output, 125, &["lkmc::gdb::killed", "signal 9"]);
    goes_on();
    for signal in [Signal::INT, Signal::TERM] {
        let (lkmc, gdb) = hang(&guest);
        kill_process(Pid::from_child(&lkmc), signal).expect("lkmc can be signalled");
        let output = lkmc.wait_with_output().expect("lkmc ends");
        assert_says(&output, 130, &["lkmc::gdb::interrupted"]);
        assert!(
            !Path::new(&format!("/proc/{}", gdb.as_raw_nonzero())).exists(),
            "GDB has ended"
        );
        goes_on();
    }
    let timeout = lkmc_with_timeout("8s")
        .args(["gdb", &guest.0, "--batch", "-ex", "python while True: pass"])
        .output()
        .expect("lkmc can be started");
    assert_says(&timeout, 124, &["lkmc::gdb::timeout", "8s"]);
    goes_on();
}

/// The terminal is put back also when GDB cannot do it.
#[test]
fn a_killed_gdb_leaves_the_terminal_as_it_was() {
    let Some(profile) = profile("a_killed_gdb_leaves_the_terminal_as_it_was") else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let mut session = Session::start(&["gdb", &guest.0]);
    session.expect(GDB_PROMPT);
    assert!(session.is_raw());
    session.type_keys("python import os; os.kill(os.getpid(), 9)\r");
    assert_eq!(session.status(), Some(125));
    session.expect("lkmc::gdb::killed");
    assert!(session.is_as_before());
    assert_says(&guest.exec("echo still here"), 0, &["still here"]);
}
