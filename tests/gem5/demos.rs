//! Demos in guests that gem5 simulates, judged like those on QEMU: real ones where LKMC_GEM5 names a gem5, and the recorded answers of
//! one (`tests/gem5/playback`) where LKMC_TEST_PROFILES names `aarch64-qemu`, whose kernel they have.

use std::collections::BTreeMap;

use crate::common::gem5::{PATIENCE, output, skipped_without_gem5};
use crate::common::{ROOT, assert_says, json, lkmc, objects, record, skip, stderr, stdout};

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
    if skipped_without_gem5() {
        return;
    }
    let wanted = [
        ("kernel_modules/hello.c", "pass"),
        ("kernel_modules/ioctl.c", "pass"),
        ("kernel_modules/oops.c", "pass"),
        ("userland/measure/busy_loop.c", "pass"),
        ("userland/measure/region.c", "pass"),
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
    if skipped_without_gem5() {
        return;
    }
    let ran = output(&[
        "--json",
        "demo",
        "run",
        "userland/measure/busy_loop.c",
        "-p",
        "aarch64-gem5-hpi",
    ]);
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    // A line for each of its runs.
    let first = stdout(&ran).lines().next().unwrap_or_default().to_owned();
    let result: serde_json::Value = serde_json::from_str(&first).expect("it is JSON");
    let directory = result["directory"].as_str().expect("there is a run directory");
    let id = directory.rsplit('/').next().unwrap_or_default();
    let stats = output(&["gem5", "stats", id, "numCycles$"]);
    assert_says(&stats, 0, &["system.cpu_cluster.cpus.numCycles"]);
}

/// The region alone is the second dump of the run that warms up, and the first of one that goes on at the checkpoint.
#[test]
fn a_region_is_measured_apart_and_from_its_checkpoint_on() {
    if skipped_without_gem5() {
        return;
    }
    let region = ["--demos", "measure/region.c", "--", "region", "1000"];
    let warm = output(&[&["--json", "profile", "run", "aarch64-gem5-atomic"], &region[..]].concat());
    assert_says(&warm, 0, &["1000 rounds: 146ee599c61e3224"]);
    let id = record(&warm)["id"].as_str().expect("it has a name").to_owned();
    let instructions = |id: &str, dump: &str| {
        let stats = json(&["gem5", "stats", id, "--dump", dump, "commitStats0.numInsts$"]);
        stats[0]["stats"][0]["value"].as_f64().expect("it is a number")
    };
    let counted = ["1", "2", "3"].map(|dump| instructions(&id, dump));
    assert!(
        counted[0] > 65536.0 && counted[1] > 1000.0 && counted[1] < 65536.0,
        "{counted:?}"
    );
    let restored = output(&["--json", "profile", "run", "aarch64-gem5-hpi", "--restore", &id]);
    assert_says(&restored, 0, &["1000 rounds: 146ee599c61e3224"]);
    let id = record(&restored)["id"].as_str().expect("it has a name").to_owned();
    // The kernel may do other things meanwhile.
    let ratio = instructions(&id, "1") / counted[1];
    assert!((0.5..2.0).contains(&ratio), "{ratio} of {counted:?}");
}

/// The options of a run that gem5 can have are a demo's too.
#[test]
fn a_demo_on_bare_metal_is_traced_with_other_parameters() {
    if skipped_without_gem5() {
        return;
    }
    let demo = "baremetal/arch/aarch64/contextidr_el1.c";
    let traced = output(&[
        "--json",
        "demo",
        "run",
        demo,
        "-p",
        "aarch64-gem5-atomic",
        "--set",
        "cpu.clock=1GHz",
        "--trace",
        "Exec,ExecAsid",
        "--param",
        "system.cpu_cluster.cpus.width=2",
    ]);
    assert_says(&traced, 0, &[r#""verdict":"pass""#]);
    let result: serde_json::Value = serde_json::from_str(stdout(&traced).trim()).expect("it is JSON");
    let directory = result["directory"].as_str().expect("there is a run directory");
    let width = output(&[
        "gem5",
        "config",
        directory.rsplit('/').next().unwrap_or_default(),
        "cpus.width$",
    ]);
    assert_says(&width, 0, &["cpus.width=2"]);
    let contexts = objects(&["trace", "exec", directory, "^main$"]);
    let numbers: std::collections::BTreeSet<u64> =
        contexts.iter().filter_map(|line| line["context"].as_u64()).collect();
    assert!((1..=9).all(|number| numbers.contains(&number)), "{numbers:?}");
    let ticks: Vec<u64> = contexts.iter().filter_map(|line| line["tick"].as_u64()).collect();
    assert!(
        ticks.iter().all(|tick| tick % 1000 == 0),
        "a cycle of 1 GHz is 1000 ticks"
    );
    // QEMU traces a guest, and no program that is alone on its board.
    let elsewhere = output(&["demo", "run", demo, "-p", "aarch64-qemu", "--trace", "Exec"]);
    assert_says(&elsewhere, 2, &["lkmc::trace::bare_metal", "aarch64-gem5-atomic"]);
}

/// What is compiled is the guest's, what is simulated in a kernel's place, and what is a study of it.
#[test]
fn a_source_is_compiled_for_a_simulation_without_a_kernel() {
    if skipped_without_gem5() {
        return;
    }
    let source = "userland/measure/busy_loop.c";
    let ran = output(&[
        "gem5",
        "run",
        "aarch64-gem5-atomic",
        "--set",
        "cpu.model=TimingSimpleCPU",
        "--",
        source,
        "1000",
    ]);
    assert_says(&ran, 0, &["1000 iterations: f517ff66df0cbea9"]);
    let other = output(&["gem5", "run", "aarch64-gem5-atomic", "--", "baremetal/hello.c"]);
    assert_says(&other, 2, &["lkmc::gem5::program", "--bare-metal"]);
    let bare = output(&[
        "gem5",
        "run",
        "aarch64-gem5-atomic",
        "--bare-metal",
        "--",
        "baremetal/hello.c",
    ]);
    assert_says(&bare, 0, &["hello"]);
    let study = output(&[
        "--json",
        "bench",
        "run",
        "aarch64-gem5-atomic",
        "-n",
        "1",
        "--no-kernel",
        "--",
        source,
        "10",
    ]);
    assert_says(&study, 0, &["pass"]);
}

/// A promise that is not kept is seen there too, and so is a demo of one's own.
#[test]
fn a_broken_promise_is_told() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let file = directory.path().join("promise.sh");
    let text = "#!/bin/sh\n# Says one thing and promises another.\n# [lkmc]\n# [[lkmc.run]]\n# guest = \"echo one\"\n\
                # stdout = \"two\\n\"\n# [/lkmc]\n";
    std::fs::write(&file, text).expect("it can be written");
    let arguments = ["demo", "run", &*file.to_string_lossy(), "-p", "aarch64-gem5-atomic"];
    assert_says(&output(&arguments), 1, &["FAILED", "stdout differs", "- two", "+ one"]);
}

/// A demo of one's own on the gem5 that is played, whose command says "hello" and ends with status 3, whatever it is.
fn played(directory: &std::path::Path, run: &str, trouble: &str) -> std::process::Output {
    let file = directory.join("played.sh");
    let text = format!(
        "#!/bin/sh\n# What a gem5 said.\n# [lkmc]\n# [[lkmc.run]]\n# guest = \"./played.sh\"\n{run}# [/lkmc]\n"
    );
    std::fs::write(&file, text).expect("it can be written");
    lkmc()
        .args(["demo", "run", &*file.to_string_lossy(), "-p", "aarch64-gem5-atomic"])
        .env("LKMC_GEM5", std::path::Path::new(ROOT).join("tests/gem5/playback"))
        .env("LKMC_PLAYBACK", trouble)
        .output()
        .expect("lkmc can be started")
}

#[test]
fn what_a_simulation_says_is_compared() {
    let profiles = std::env::var("LKMC_TEST_PROFILES").unwrap_or_default();
    if !profiles.split_whitespace().any(|name| name == "aarch64-qemu") {
        skip("LKMC_TEST_PROFILES does not name aarch64-qemu");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let kept = "# status = 3\n# stdout = \"hello\\n\"\n# stderr-has = []\n";
    assert_says(&played(directory.path(), kept, ""), 0, &["pass: "]);
    let broken = "# status = 3\n# stdout = \"hallo\\n\"\n# stderr-has = []\n";
    assert_says(
        &played(directory.path(), broken, ""),
        1,
        &["FAILED: ", "- hallo", "+ hello"],
    );
    assert_says(&played(directory.path(), "", ""), 1, &["status 3, not 0"]);
    assert_says(
        &played(directory.path(), "# verdict = \"panic\"\n", "panic"),
        0,
        &["pass: ", "panic"],
    );
    assert_says(
        &played(directory.path(), kept, "panic"),
        126,
        &["FAILED: ", "the verdict is panic"],
    );
    assert_says(
        &played(directory.path(), kept, "killed"),
        125,
        &["ERROR: ", "killed by signal 9"],
    );
}
