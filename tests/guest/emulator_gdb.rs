//! The emulator itself under GDB, on the first profile that LKMC_TEST_PROFILES names.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::common::{
    assert_says, first_profile, lkmc_in_time, record, run, run_directory, said, skip, stdout, wait_until,
};

/// A run whose emulator GDB starts, executes these, and nobody types.
fn debug(profile: &str, commands: &[&str], guest: &[&str]) -> Output {
    let steps: Vec<&str> = commands.iter().flat_map(|command| ["--ex", command]).collect();
    let before = ["--json", "profile", "run", profile, "--debug-emulator"];
    run(&[&before[..], &steps, guest].concat())
}

#[test]
fn gdb_stops_the_emulator_where_it_is_told_and_the_guest_does_its_work() {
    let Some(profile) = first_profile() else { return };
    let commands = [
        "bt 1",
        "break qemu_add_opts",
        "continue",
        "bt 3",
        "delete",
        "catch syscall openat",
        "continue",
        "delete",
        "continue",
        "p 6 * 7",
    ];
    let output = debug(&profile, &commands, &["--", "sh", "-c", "cat /proc/version; exit 3"]);
    let parts = [
        "has no debugging symbols",
        "in main ()",
        "in qemu_add_opts ()",
        "in qemu_init ()",
        "(call to syscall openat)",
        "Linux version 6.",
        "the command ended with status 3",
        "exited normally]",
        "$1 = 42",
    ];
    assert_says(&output, 3, &parts);
    let record = record(&output);
    assert_eq!(record["verdict"], "failed");
    assert_eq!(record["reason"], "the command exited with status 3");
}

#[test]
fn a_script_that_ends_early_or_fails_leaves_nothing_behind() {
    let Some(profile) = first_profile() else {
        return;
    };
    // There is a snapshot afterwards, where there are any.
    assert_says(&run(&["profile", "run", &profile, "--", "true"]), 0, &[]);
    let snapshot = |output: &Output| record(output)["snapshot"]["used"].clone();
    let usual = || snapshot(&run(&["--json", "profile", "run", &profile, "--", "true"]));
    let used = usual();
    let early = debug(&profile, &["info proc"], &["--", "true"]);
    assert_says(&early, 0, &["process "]);
    let line = said(&early);
    let pid = line.split("process ").nth(1).expect("info proc has said it");
    let pid: u32 = pid
        .split_whitespace()
        .next()
        .and_then(|pid| pid.parse().ok())
        .expect("a number");
    assert!(
        !Path::new(&format!("/proc/{pid}")).exists(),
        "the emulator is still there"
    );
    // The snapshot that it would have been restored from is as good as before.
    assert_eq!(snapshot(&early), used);
    assert_eq!(usual(), used);
    let failed = debug(&profile, &["print no_such_thing"], &["--", "true"]);
    assert_says(&failed, 1, &["No symbol \"no_such_thing\""]);
    assert_says(&debug(&profile, &[], &["--", "true"]), 2, &["lkmc::gdb::no_terminal"]);
}

/// A program that GDB has all about, in the place of an emulator.
fn own_emulator(directory: &Path) -> PathBuf {
    let source = directory.join("emulator.c");
    let text = "#include <stdio.h>\nint answer(int given)\n{\n\tint result = given * 7;\n\treturn result; /* here */\n}\n\
                int main(void)\n{\n\tprintf(\"%d\\n\", answer(6));\n\treturn 0;\n}\n";
    std::fs::write(&source, text).expect("it can be written");
    let program = directory.join("emulator");
    let built = Command::new("cc")
        .args(["-g", "-O0", "-o"])
        .arg(&program)
        .arg(&source)
        .status();
    assert!(built.expect("a compiler").success());
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    program
}

#[test]
fn an_emulator_of_ones_own_is_debugged_by_its_source() {
    let Some(profile) = first_profile() else {
        return;
    };
    let directory = tempfile::tempdir().expect("a directory can be made");
    let file = directory.path().join("own.toml");
    let text = format!(
        "extends = [\"{}\"]\n[emulator]\nbinary = \"{}\"\n",
        profile,
        own_emulator(directory.path()).display()
    );
    std::fs::write(&file, text).expect("it can be written");
    let commands = ["break emulator.c:5", "continue", "p result", "bt", "info line"];
    let output = debug(&file.to_string_lossy(), &commands, &["--", "true"]);
    let parts = [
        "main () at ",
        "return result; /* here */",
        "$1 = 42",
        "#0  answer (given=6) at ",
        "#1  0x",
    ];
    assert_says(&output, 0, &parts);
    assert!(!said(&output).contains("no debugging symbols"));
}

#[test]
fn the_emulator_dies_with_an_lkmc_that_is_killed() {
    let Some(profile) = first_profile() else {
        return;
    };
    let mut killed = lkmc_in_time()
        .args(["profile", "run", &profile, "--debug-emulator"])
        .args([
            "--ex",
            "python print('standing', gdb.selected_inferior().pid, flush=True)",
        ])
        .args(["--ex", "python import signal; signal.pause()", "--", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("lkmc can be started");
    let said = BufReader::new(killed.stdout.take().expect("it is piped"));
    let mut lines = said.lines().map_while(Result::ok);
    let line = lines
        .find(|line| line.starts_with("standing"))
        .expect("GDB stands in main()");
    let process = PathBuf::from(format!("/proc/{}", line.trim_start_matches("standing ")));
    assert!(process.exists());
    killed.kill().expect("it runs");
    killed.wait().expect("it is ours");
    wait_until("the end of the emulator", || !process.exists());
}

#[test]
fn rr_records_or_says_why_not() {
    let Some(profile) = first_profile() else {
        return;
    };
    let output = run(&["--json", "profile", "run", &profile, "--rr", "--", "true"]);
    match output.status.code() {
        Some(2) => assert_says(
            &output,
            2,
            &["lkmc::emulator::rr", "rr cannot record the emulator here: "],
        ),
        _ => {
            assert_says(&output, 0, &[]);
            let id = id(&output);
            assert!(run_directory(&id).join("rr").exists(), "there is no recording");
            assert_says(&run(&["replay", &id]), 0, &["lkmc: identical: "]);
        }
    }
    let doctor = run(&["doctor"]);
    assert!(stdout(&doctor).contains("--rr"), "{}", said(&doctor));
}

fn id(output: &Output) -> String {
    record(output)["id"].as_str().expect("a run has an id").to_owned()
}

/// Whether rr can record here; if not, that has been explained.
fn rr_records() -> bool {
    let doctor = run(&["--json", "doctor"]);
    let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).expect("the doctor speaks JSON");
    let findings = report["checks"].as_array().expect("a list");
    let rr = findings
        .iter()
        .find(|finding| finding["check"] == "rr")
        .expect("the doctor has looked for it");
    let records = rr["verdict"] == "ok";
    if !records {
        skip(rr["what"].as_str().unwrap_or_default());
    }
    records
}

#[test]
fn a_recorded_emulator_goes_back_to_the_store_that_changed_a_value() {
    let Some(profile) = first_profile().filter(|_| rr_records()) else {
        return;
    };
    let directory = tempfile::tempdir().expect("a directory can be made");
    let file = directory.path().join("own.toml");
    let binary = own_emulator(directory.path());
    let text = format!(
        "extends = [\"{profile}\"]\n[emulator]\nbinary = \"{}\"\n",
        binary.display()
    );
    std::fs::write(&file, text).expect("it can be written");
    // It is no emulator, and ends at once.
    let recorded = run(&[
        "--json",
        "profile",
        "run",
        &file.to_string_lossy(),
        "--rr",
        "--",
        "true",
    ]);
    assert_eq!(record(&recorded)["verdict"], "emulator-died");
    let commands = [
        "break emulator.c:5",
        "continue",
        "p result",
        "watch -l result",
        "reverse-continue",
        "p result == 42",
        "info line",
    ];
    let steps: Vec<&str> = commands.iter().flat_map(|command| ["--ex", command]).collect();
    let replay = run(&[&["replay", &id(&recorded), "--batch"], &steps[..]].concat());
    let parts = ["main () at ", "$1 = 42", "Old value = 42", "$2 = 0", "Line 4 of "];
    assert_says(&replay, 0, &parts);
}

#[test]
fn a_recorded_qemu_goes_back_to_its_first_instruction() {
    let Some(profile) = first_profile().filter(|_| rr_records()) else {
        return;
    };
    let recorded = run(&["--json", "profile", "run", &profile, "--rr", "--", "sh", "-c", "exit 3"]);
    assert_says(&recorded, 3, &[]);
    let id = id(&recorded);
    let replay = |words: &[&str]| run(&[&["replay", &id], words].concat());
    let there_and_back = [
        "tbreak qemu_add_opts",
        "continue",
        "bt 3",
        "reverse-continue",
        "p 6 * 7",
    ];
    let steps: Vec<&str> = there_and_back.iter().flat_map(|command| ["--ex", command]).collect();
    let parts = [
        "has no debugging symbols",
        "in main ()",
        "in qemu_init ()",
        "No more reverse-execution history.",
        "in _start ()",
        "$1 = 42",
    ];
    assert_says(&replay(&[&["--batch"], &steps[..]].concat()), 0, &parts);
    assert_says(&replay(&["--batch", "--ex", "p nosuch"]), 1, &["No symbol \"nosuch\""]);
    assert_says(&replay(&["--at-panic"]), 2, &["lkmc::replay::no_panic"]);
    let trace = run_directory(&id).join("rr");
    // What rr leaves when it is killed.
    std::fs::write(trace.join("incomplete"), "").expect("the run is ours");
    assert_says(&replay(&[]), 2, &["lkmc::replay::cut_short"]);
    std::fs::remove_file(trace.join("incomplete")).expect("it was written");
    // What was recorded is not what is replayed.
    std::fs::write(trace.join("data"), "").expect("the run is ours");
    assert_says(&replay(&[]), 1, &["something else than in the recording: "]);
}
