//! Demos in guests that gem5 simulates, judged like those on QEMU: real ones where LKMC_GEM5 names a gem5.

mod common;

use std::collections::BTreeMap;

use common::{assert_says, objects, skipped_without_gem5, stderr};

/// The first one may have to boot.
const PATIENCE: &str = "40m";

fn verdicts(arguments: &[&str]) -> BTreeMap<String, String> {
    let results = objects(&[&["--timeout", PATIENCE, "test", "--mutate"], arguments].concat());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let verdict = |result: &serde_json::Value| {
        assert!(result["seconds"].is_number(), "{result}");
        (text(&result["demo"]), text(&result["verdict"]))
    };
    results.iter().map(verdict).collect()
}

/// A module's log, a program's output, a decoded stack; and one that no simulation of a board without PCI can run.
#[test]
fn demos_are_judged_in_simulated_guests() {
    if skipped_without_gem5("demos_are_judged_in_simulated_guests") {
        return;
    }
    let wanted = [
        ("kernel_modules/hello.c", "pass"),
        ("kernel_modules/ioctl.c", "pass"),
        ("kernel_modules/crash/crash_oops_process.c", "pass"),
        ("userland/measure/busy_loop.c", "pass"),
        ("kernel_modules/qemu_edu.c", "skipped"),
    ];
    let names: Vec<&str> = wanted.iter().map(|(name, _)| *name).collect();
    let came = verdicts(&[&names[..], &["-p", "aarch64-gem5-atomic"]].concat());
    for (name, verdict) in wanted {
        assert_eq!(came.get(name).map(String::as_str), Some(verdict), "{name}: {came:?}");
    }
}

/// On the profile's processors, and with the statistics of any other run.
#[test]
fn a_demo_is_measured_where_it_ran() {
    if skipped_without_gem5("a_demo_is_measured_where_it_ran") {
        return;
    }
    let run = |arguments: &[&str]| common::output(&[&["--timeout", PATIENCE], arguments].concat());
    let ran = run(&[
        "--json",
        "demo",
        "run",
        "userland/measure/busy_loop.c",
        "-p",
        "aarch64-gem5-hpi",
    ]);
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let result: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("it is JSON");
    let directory = result["directory"].as_str().expect("there is a run directory");
    let stats = run(&["gem5", "stats", directory, "numCycles$"]);
    assert_says(&stats, 0, &["system.cpu_cluster.cpus.numCycles"]);
}

/// A promise that is not kept is seen there too, and so is a demo of one's own.
#[test]
fn a_broken_promise_is_told() {
    if skipped_without_gem5("a_broken_promise_is_told") {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let file = directory.path().join("promise.sh");
    let text = "#!/bin/sh\n# Says one thing and promises another.\n# [lkmc]\n# [[lkmc.run]]\n# guest = \"echo one\"\n\
                # stdout = \"two\\n\"\n# [/lkmc]\n";
    std::fs::write(&file, text).expect("it can be written");
    let arguments = [
        "--timeout",
        PATIENCE,
        "demo",
        "run",
        &*file.to_string_lossy(),
        "-p",
        "aarch64-gem5-atomic",
    ];
    assert_says(
        &common::output(&arguments),
        1,
        &["FAILED", "stdout differs", "- two", "+ one"],
    );
}
