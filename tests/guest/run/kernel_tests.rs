//! `--ktap`: what the kernel's own tests, and programs that print the same, mean for a run.

use std::path::Path;

use serde_json::{Value, json};

use super::world::{Done, run};
use crate::common::each_profile;

fn counts(done: &Done) -> [u64; 3] {
    ["passed", "failed", "skipped"].map(|name| done.record["tests"][name].as_u64().unwrap_or(u64::MAX))
}

fn names(done: &Done) -> Vec<&str> {
    let failures = done.record["tests"]["failures"].as_array().into_iter().flatten();
    failures.filter_map(|failure| failure["name"].as_str()).collect()
}

fn said(done: &Done) -> String {
    format!("{}\n{:#}\n{}", done.stderr, done.record, done.text())
}

fn kunit(profile: &str, more: &[&str], line: &str) -> Done {
    let arguments = [
        "--demos",
        "kernel_modules/kunit_example.c",
        "--kernel-arg",
        "kunit.enable=1",
    ];
    let command = ["--ktap", "--", "sh", "-c", line];
    run(profile, &[&arguments[..], more, &command].concat())
}

fn printed(profile: &str, line: &str) -> Done {
    run(profile, &["--ktap", "--", "sh", "-c", line])
}

#[test]
fn a_suite_of_kunit_passes_and_one_fails_though_its_command_does_not() {
    each_profile(|profile| {
        let done = kunit(profile, &[], "insmod kunit_example.ko");
        assert_eq!((done.status, done.verdict()), (Some(0), "pass"), "{}", said(&done));
        assert_eq!(counts(&done), [5, 0, 1], "{}", said(&done));
        let xml = tempfile::tempdir().expect("a temporary directory");
        let file = xml.path().join("results.xml");
        let junit = ["--junit", file.to_str().expect("it is text")];
        // The kernel's log on standard output, and on the console once more, counts once.
        let done = kunit(profile, &junit, "insmod kunit_broken.ko; dmesg; dmesg > /dev/console");
        assert_eq!((done.status, done.verdict()), (Some(1), "failed"), "{}", said(&done));
        assert_eq!(
            (&done.record["cause"], &done.record["reason"]),
            (&json!("tests"), &json!("2 of 6 tests failed")),
            "{}",
            said(&done)
        );
        let suite = "lkmc_saturating_add";
        assert_eq!(
            names(&done),
            [
                format!("{suite}.kunit_example_saturates"),
                format!("{suite}.kunit_example_table.one too many")
            ]
        );
        let log = done.record["tests"]["failures"][0]["log"].to_string();
        assert!(
            log.contains("EXPECTATION FAILED") && log.contains("kunit_example.c"),
            "{log}"
        );
        let text = std::fs::read_to_string(&file).expect("it was written");
        assert!(
            text.contains("tests=\"7\" skipped=\"1\" failures=\"2\" errors=\"0\""),
            "{text}"
        );
    });
}

#[test]
fn suites_of_the_boot_count_when_it_takes_place() {
    each_profile(|profile| {
        // No suite is built in; what is written there is logged by the kernel as its own.
        let line = "echo '<6>KTAP version 1' > /dev/kmsg; true";
        let warm = printed(profile, line);
        assert_eq!(warm.status, Some(1), "{}", said(&warm));
        assert_eq!(warm.record["tests"]["problems"][0]["what"], "no result came");
        let none = printed(profile, "true");
        assert_eq!(none.status, Some(1), "{}", said(&none));
        assert!(
            none.record["reason"]
                .as_str()
                .is_some_and(|reason| reason.contains("--cold")),
            "{}",
            said(&none)
        );
        // With this argument the kernel says so much at its boot.
        let cold = kunit(profile, &["--cold"], "insmod kunit_example.ko");
        assert_eq!((cold.status, counts(&cold)), (Some(0), [5, 0, 1]), "{}", said(&cold));
    });
}

#[test]
fn programs_print_theirs_and_a_plan_that_is_not_kept_is_a_failure() {
    each_profile(|profile| {
        let tap = "echo 'TAP version 13'; echo 1..2; echo 'ok 1 a'";
        let good = printed(profile, &format!("{tap}; echo 'ok 2 b # SKIP no device'"));
        assert_eq!((good.status, counts(&good)), (Some(0), [1, 0, 1]), "{}", said(&good));
        assert!(good.text().ends_with("ok 2 b # SKIP no device\n"), "{}", said(&good));
        let short = printed(profile, tap);
        assert_eq!(
            (short.status, &short.record["cause"]),
            (Some(1), &json!("tests")),
            "{}",
            said(&short)
        );
        assert_eq!(short.record["reason"], "1 of 2 results is missing");
        // The command's own failure says more, and keeps its status.
        let failed = printed(profile, &format!("{tap}; echo 'not ok 2 b'; exit 4"));
        assert_eq!(
            (failed.status, &failed.record["cause"]),
            (Some(4), &json!("command")),
            "{}",
            said(&failed)
        );
        assert_eq!(names(&failed), ["b"]);
        let unjudged = run(profile, &["--", "sh", "-c", tap]);
        assert_eq!((unjudged.status, &unjudged.record["tests"]), (Some(0), &Value::Null));
    });
}

#[test]
fn a_panic_outweighs_the_tests_that_it_cuts() {
    each_profile(|profile| {
        let xml = tempfile::tempdir().expect("a temporary directory");
        let file = xml.path().join("results.xml");
        // What a command has printed just then may never leave the guest; the kernel's log does.
        let log = |line| format!("echo '<6>{line}' > /dev/kmsg; ");
        let lines = ["TAP version 13", "1..2", "not ok 1 a"].map(log).concat();
        let line = &format!("{lines}echo c > /proc/sysrq-trigger; sleep 100");
        let junit = file.to_str().expect("it is text");
        let done = run(profile, &["--ktap", "--junit", junit, "--", "sh", "-c", line]);
        assert_eq!((done.status, done.verdict()), (Some(126), "panic"), "{}", said(&done));
        assert_eq!((counts(&done), names(&done)), ([0, 1, 0], vec!["a"]), "{}", said(&done));
        assert_eq!(done.record["tests"]["problems"][0]["what"], "1 of 2 results is missing");
        let text = std::fs::read_to_string(Path::new(&file)).expect("it was written");
        assert!(
            text.contains("failures=\"1\" errors=\"2\"") && text.contains("panic: "),
            "{text}"
        );
    });
}
