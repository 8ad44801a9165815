//! What QEMU executed: of the kernel, of modules that come and go, of programs, from a command's start or from the machine's.

use serde_json::Value;

use crate::common::{assert_failed, each_profile, first_profile, json, objects, output};
use crate::run::world::{Done, run};

/// A run with a trace, and its id.
pub fn traced(profile: &str, options: &[&str], command: &[&str]) -> (Done, String) {
    let done = run(profile, &[&["--trace", "Exec"], options, &["--"], command].concat());
    assert_eq!(done.verdict(), "pass", "{} {}", done.stderr, done.record);
    let id = done.record["id"].as_str().expect("a run has an id").to_owned();
    (done, id)
}

/// Each of these functions is executed after the one before it.
#[track_caller]
fn assert_in_order(id: &str, functions: &[&str]) {
    let mut from = 0;
    for function in functions {
        let pattern = format!("^{function}$");
        let lines = objects(&["trace", "exec", id, &pattern, "--from", &from.to_string(), "-n", "1"]);
        from = lines[0]["tick"].as_u64().expect("a line has its tick");
    }
}

#[test]
fn a_modules_functions_stand_between_those_that_call_them() {
    each_profile(|profile| {
        let demo = ["--demos", "kernel_modules/hello.c"];
        // It is gone when the trace ends, and its init function long before.
        let (done, id) = traced(profile, &demo, &["sh", "-c", "insmod hello.ko && rmmod hello"]);
        assert_in_order(&id, &["do_one_initcall", "hello_init", "hello_exit", "free_module"]);
        let lines = objects(&["trace", "exec", &id, "^hello_init$", "--source"]);
        let sources: Vec<&str> = lines.iter().filter_map(|line| line["source"].as_str()).collect();
        assert!(
            !sources.is_empty() && sources.iter().all(|line| line.contains("kernel_modules/hello.c:")),
            "{lines:?}"
        );
        let calls = objects(&["trace", "exec", &id, "--calls", "^(do_one_initcall|hello_init)$"]);
        let depth = |name: &str| {
            let call = calls.iter().find(|call| call["function"] == name);
            call.and_then(|call| call["depth"].as_u64())
        };
        assert_eq!(
            depth("hello_init"),
            depth("do_one_initcall").map(|depth| depth + 1),
            "{calls:?}"
        );
        let summary = json(&["trace", "exec", &id, "--summary"]);
        assert_eq!(summary["instructions"], done.record["trace"]["instructions"]);
        let of_functions = |count: u64, row: &Value| count + row["instructions"].as_u64().expect("it is counted");
        let functions = summary["functions"].as_array().expect("there are functions");
        assert_eq!(summary["instructions"], functions.iter().fold(0, of_functions));
    });
}

#[test]
fn a_program_is_known_by_its_code() {
    each_profile(|profile| {
        let demo = ["--demos", "userland/c/hello.c"];
        let (_, id) = traced(profile, &demo, &["./hello"]);
        let lines = objects(&["trace", "exec", &id, "^main$", "--user", "--source"]);
        let sources: Vec<&str> = lines.iter().filter_map(|line| line["source"].as_str()).collect();
        assert!(
            !sources.is_empty() && sources.iter().all(|line| line.contains("userland/c/hello.c:")),
            "{lines:?}"
        );
        assert_in_order(&id, &["begin_new_exec", "main", "ksys_write", "do_group_exit"]);
    });
}

#[test]
fn a_system_call_is_followed_to_its_end() {
    each_profile(|profile| {
        let (done, id) = traced(profile, &[], &["cat", "/proc/version"]);
        assert!(done.text().starts_with("Linux version"));
        assert_in_order(&id, &["do_sys_openat2", "proc_reg_open", "version_proc_show"]);
    });
}

#[test]
fn a_trace_that_is_full_ends_and_the_run_does_not() {
    each_profile(|profile| {
        let (done, id) = traced(profile, &["--trace-limit", "20KiB"], &["echo", "hello"]);
        assert_eq!(done.text(), "hello\n");
        assert!(
            done.stderr.contains("the trace is cut, at its limit of 20KiB"),
            "{}",
            done.stderr
        );
        let record = &done.record["trace"];
        assert_eq!(record["cut"], "at its limit of 20KiB");
        let kept = json(&["trace", "exec", &id, "--summary"])["instructions"].as_u64();
        assert!(
            kept > Some(0) && kept < record["instructions"].as_u64(),
            "{kept:?} of {record}"
        );
    });
}

#[test]
fn a_boot_is_traced_from_the_first_instruction_on() {
    let Some(profile) = first_profile() else { return };
    let boot = ["--trace-boot", "--trace-limit", "1MiB"];
    let (done, id) = traced(&profile, &boot, &["true"]);
    assert_eq!(done.record["snapshot"]["used"], false);
    assert!(
        done.record["trace"]["instructions"].as_u64() > Some(50_000_000),
        "{}",
        done.record["trace"]
    );
    // The firmware's, or the boot loader's that QEMU puts into memory.
    let first = objects(&["trace", "exec", &id, "-n", "1"]);
    assert_eq!((&first[0]["tick"], &first[0]["kernel"]), (&0.into(), &false.into()));
}

#[test]
fn a_guest_that_ends_early_leaves_what_was_recorded() {
    each_profile(|profile| {
        let done = run(profile, &["--trace", "Exec", "--", "poweroff", "-f"]);
        let id = done.record["id"].as_str().expect("a run has an id").to_owned();
        let counted = done.record["trace"]["instructions"].as_u64();
        assert!(counted > Some(0), "{}", done.record);
        assert_eq!(
            json(&["trace", "exec", &id, "--summary"])["instructions"].as_u64(),
            counted
        );
        assert_in_order(&id, &["__do_sys_reboot", "kernel_power_off"]);
    });
}

#[test]
fn only_instructions_are_read_from_it() {
    let Some(profile) = first_profile() else { return };
    let (_, id) = traced(&profile, &[], &["true"]);
    for reader in ["cache", "pipeline", "raw"] {
        let read = output(&["trace", reader, &id]);
        assert_failed(&read, 2, &["lkmc::trace::qemu", "only what it executed"]);
    }
    let timed = output(&["trace", "exec", &id, "--from", "3us"]);
    assert_failed(&timed, 2, &["lkmc::trace::time", "without a unit"]);
}
