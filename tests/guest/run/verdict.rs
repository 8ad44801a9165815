//! How a run ends, each way provoked for real; and that nothing is left.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;

use super::world::{record_in, run, run_with, sh, signal, start_sleeper};
use crate::common::processes::is_running;
use crate::common::{assert_says, each_profile, lkmc, wait_for_end, wait_until};

#[test]
fn a_panic_is_told_long_before_the_command_would_end() {
    each_profile(|profile| {
        let done = sh(
            profile,
            "echo before; cat /proc/uptime; echo c > /proc/sysrq-trigger; sleep 100; echo after",
        );
        assert_eq!((done.status, done.verdict()), (Some(126), "panic"), "{}", done.stderr);
        assert!(done.text().starts_with("before\n") && !done.text().contains("after"));
        assert!(
            done.record["reason"]
                .as_str()
                .unwrap()
                .contains("sysrq triggered crash"),
            "{}",
            done.record["reason"]
        );
        let lines = done.record["last-lines"].as_array().unwrap();
        assert!(lines.iter().any(|line| line.as_str().unwrap().contains("Kernel panic")));
    });
}

#[test]
fn who_sits_at_the_console_needs_no_agent() {
    each_profile(|profile| {
        // Longer than a run without one would last.
        let line = b"kill -9 $(pidof lkmc-agent); sleep 5; echo still $((40 + 2)) here; exit\n";
        let done = run_with(profile, &[], line);
        assert!(done.text().contains("still 42 here"), "{}", done.text());
        assert_eq!((done.verdict(), done.status), ("pass", Some(0)), "{}", done.stderr);
    });
}

#[test]
fn an_oops_outweighs_the_commands_status() {
    each_profile(|profile| {
        let done = sh(
            profile,
            "echo before; (echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT); echo after; exit 0",
        );
        assert_eq!((done.status, done.verdict()), (Some(126), "oops"), "{}", done.stderr);
        assert_eq!(done.text(), "before\nafter\n");
        let done = sh(
            profile,
            "(echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT); sleep 100; echo after",
        );
        assert_eq!((done.status, done.verdict()), (Some(126), "oops"), "{}", done.stderr);
        // Nobody has waited for the command.
        assert_eq!(done.text(), "");
    });
}

#[test]
fn an_oops_outweighs_an_error_of_ours_everywhere() {
    each_profile(|profile| {
        let line = "(echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT); echo after";
        let output = lkmc()
            .args(["--json", "profile", "run", profile, "--", "sh", "-c", line])
            .stdout(File::options().write(true).open("/dev/full").unwrap())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(126), "{text}");
        let record: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((&record["verdict"], &record["status"]), (&"oops".into(), &126.into()));
        assert!(text.contains("lkmc::run::output"), "{text}");
    });
}

#[test]
fn a_lockup_is_found() {
    each_profile(|profile| {
        // The kernel's own detector takes twice the threshold.
        let line =
            "echo 2 > /proc/sys/kernel/watchdog_thresh; echo SOFTLOCKUP > /sys/kernel/debug/provoke-crash/DIRECT";
        let done = run(profile, &["--cpus", "2", "--", "sh", "-c", line]);
        assert_eq!((done.status, done.verdict()), (Some(126), "lockup"), "{}", done.stderr);
    });
}

#[test]
fn a_missing_init_is_told_from_a_panic() {
    each_profile(|profile| {
        for argument in ["init=/nowhere", "rdinit=/nowhere"] {
            let done = run(profile, &["--kernel-arg", argument, "--", "true"]);
            assert_eq!(
                (done.status, done.verdict()),
                (Some(126), "no-init"),
                "{argument}: {}",
                done.stderr
            );
        }
    });
}

#[test]
fn an_init_of_the_users_is_run() {
    each_profile(|profile| {
        // No agent will ever answer: the kernel's end of the story comes first.
        let done = run(profile, &["--kernel-arg", "init=/bin/true", "--", "true"]);
        assert_eq!((done.status, done.verdict()), (Some(126), "panic"), "{}", done.stderr);
        assert!(
            done.record["reason"]
                .as_str()
                .unwrap()
                .contains("Attempted to kill init"),
            "{}",
            done.record["reason"]
        );
    });
}

#[test]
fn a_killed_emulator_is_no_guest_failure() {
    each_profile(|profile| {
        let (mut child, directory, emulator) = start_sleeper(profile);
        signal(emulator, "-KILL");
        assert_eq!(wait_for_end(&mut child).code(), Some(125));
        assert_eq!(record_in(&directory)["verdict"], "emulator-died");
    });
}

#[test]
fn a_timeout_kills_everything() {
    each_profile(|profile| {
        run(profile, &["--", "true"]);
        let output = lkmc()
            .args(["--timeout", "3s", "profile", "run", profile, "--", "sleep", "1000"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(124));
        assert!(String::from_utf8_lossy(&output.stderr).contains("timeout"));
    });
}

/// A module that keeps its processor, deaf to everything, and one that sleeps for good.
const HANGS: [(&str, &str, &str); 2] = [
    (
        "spin",
        "local_irq_disable();\n\twhile (1)\n\t\tbarrier();",
        "<linux/irqflags.h>",
    ),
    (
        "doze",
        "set_current_state(TASK_UNINTERRUPTIBLE);\n\tschedule();",
        "<linux/sched.h>",
    ),
];

#[test]
fn a_guest_that_hangs_is_seen_where_it_hangs() {
    each_profile(|profile| {
        let directory = tempfile::tempdir().unwrap();
        for (name, body, header) in HANGS {
            let module = directory.path().join(format!("{name}.c"));
            let text = format!(
                "#include <linux/module.h>\n#include {header}\n\nstatic int __init {name}_init(void)\n{{\n\t{body}\n\treturn 0;\n}}\n\
                 module_init({name}_init);\nMODULE_LICENSE(\"GPL\");\n"
            );
            std::fs::write(&module, text).unwrap();
            let insert = format!("insmod {name}.ko");
            let words = [
                "--demos",
                &*module.to_string_lossy(),
                "--timeout",
                "15s",
                "--",
                "sh",
                "-c",
                &insert,
            ];
            let done = run(profile, &words);
            assert_eq!((done.status, done.verdict()), (Some(124), "timeout"), "{}", done.stderr);
            let stack = done.record["stack"].as_array().unwrap();
            let frame = stack.iter().find(|frame| frame["module"] == name);
            let frame = frame.unwrap_or_else(|| panic!("{name}: {}", done.stderr));
            assert_eq!(
                (&frame["function"], &frame["file"]),
                (&format!("{name}_init").into(), &format!("{name}.c").into())
            );
            assert!(frame["source"].is_string(), "{frame}");
            assert!(
                stack.iter().any(|frame| frame["function"] == "do_one_initcall"),
                "{stack:?}"
            );
            let label = &done.record["report"]["stacks"][0]["label"];
            assert!(label.as_str().unwrap().contains("(insmod)"), "{label}");
        }
    });
}

#[test]
fn ctrl_c_leaves_nothing() {
    each_profile(|profile| {
        for (name, status) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
            let (mut child, directory, emulator) = start_sleeper(profile);
            signal(child.id(), name);
            assert_eq!(child.wait().unwrap().code(), Some(status));
            assert!(!is_running(emulator));
            let record = record_in(&directory);
            assert_eq!(record["status"], status);
            assert_eq!(record["cause"]["signal"], status - 128);
            assert!(!directory.join("agent.sock").exists());
        }
    });
}

#[test]
fn a_killed_lkmc_leaves_no_emulator() {
    each_profile(|profile| {
        let (mut child, _, emulator) = start_sleeper(profile);
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        wait_until("the emulator's end", || !is_running(emulator));
        // The next run is none the worse for it.
        assert_eq!(run(profile, &["--", "true"]).status, Some(0));
    });
}

#[test]
fn a_guest_that_powers_off_has_not_failed() {
    each_profile(|profile| {
        let done = sh(profile, "poweroff; sleep 100");
        assert_eq!((done.status, done.verdict()), (Some(0), "pass"), "{}", done.stderr);
        let words = ["profile", "run", profile, "--", "sh", "-c", "poweroff; sleep 100"];
        let told = crate::common::run(&words);
        assert_says(&told, 0, &["lkmc: the guest powered off before the command ended\n"]);
    });
}

/// Nobody is left to say how the command ended.
#[test]
fn a_guest_that_powers_off_because_its_shell_was_killed_has_failed() {
    each_profile(|profile| {
        let done = sh(profile, "kill -9 -1; sleep 100");
        match done.verdict() {
            "failed" => assert_eq!((done.record["cause"].as_str(), done.status), (Some("shell"), Some(137))),
            // A guest that is slow to power off.
            verdict => assert_eq!((verdict, done.status), ("emulator-died", Some(125)), "{}", done.stderr),
        }
    });
}
