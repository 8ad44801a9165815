//! The edit loop on real guests, on every profile that LKMC_TEST_PROFILES names: twenty edits, five of which kill the kernel, in
//! one guest that is never booted again; what does not compile; and that nothing is left behind.
//!
//! What is asserted is what happens. How fast is what `cargo bench --bench dev` tells.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::common::edits::{Loop, hello, lkmc, module, oops, own_file, save};
use crate::common::processes::{children, emulator_below, is_running};
use crate::common::{arch, assert_failed, assert_says, each_profile, json, output, said, stdout, wait_for_end};

fn says(iteration: &Value, line: &str) -> bool {
    iteration["dmesg"].as_array().unwrap().iter().any(|said| said == line)
}

#[test]
fn twenty_edits_five_of_them_oopsing() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let mut lkmc = Loop::start(profile, &file);
        assert_eq!(lkmc.next()["outcome"], "inserted");
        for number in 1..=20 {
            let dies = number % 4 == 0;
            save(&file, &if dies { oops(number) } else { hello(number) });
            let iteration = lkmc.next();
            assert_eq!(
                iteration["outcome"],
                if dies { "oops" } else { "inserted" },
                "{iteration:#}"
            );
            assert!(says(&iteration, &format!("mymodule: edit {number}")), "{iteration:#}");
            // The module before it left in order, unless it had died or the guest had gone back.
            let left = number > 1 && number % 4 != 1 || number == 1;
            assert_eq!(says(&iteration, "mymodule: exit"), left, "{iteration:#}");
            if dies {
                let stack = iteration["stack"][0].as_str().unwrap();
                assert_eq!(stack, "mymodule_init at mymodule.c:8", "{iteration:#}");
                assert!(iteration["seconds"]["rollback"].is_number(), "{iteration:#}");
            }
        }
    });
}

#[test]
fn what_does_not_compile_leaves_the_guest_alone() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let mut lkmc = Loop::start(profile, &file);
        assert_eq!(lkmc.next()["outcome"], "inserted");
        save(&file, &module("\tthis is not C;"));
        let iteration = lkmc.next();
        assert_eq!(iteration["outcome"], "not-built");
        let errors = iteration["errors"].as_str().unwrap();
        assert!(errors.contains("mymodule.c:7:"), "{errors}");
        assert_eq!(iteration["seconds"]["rmmod"], Value::Null);
        save(&file, &hello(1));
        let iteration = lkmc.next();
        // The module of before the mistake was still there.
        assert!(
            says(&iteration, "mymodule: exit") && says(&iteration, "mymodule: edit 1"),
            "{iteration:#}"
        );
    });
}

#[test]
fn what_the_compiler_warns_about_is_told_apart_from_errors() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, module("\tint unused;")).unwrap();
        let output = lkmc(&["-p", profile, "--once"], &file).output().unwrap();
        let round: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&round["outcome"], &round["errors"]), (&"inserted".into(), &"".into()));
        let warnings = round["warnings"].as_str().unwrap();
        assert!(
            warnings.contains("mymodule.c:7:13: warning: unused variable 'unused'"),
            "{warnings}"
        );
    });
}

#[test]
fn a_panic_and_a_lost_machine_are_survived() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let mut lkmc = Loop::start(profile, &file);
        assert_eq!(lkmc.next()["outcome"], "inserted");
        save(&file, &module("\tpanic(\"mymodule is at its end\");"));
        let iteration = lkmc.next();
        assert_eq!(iteration["outcome"], "panic", "{iteration:#}");
        let stack = iteration["stack"].as_array().unwrap();
        assert!(
            stack.iter().any(|frame| frame == "mymodule_init at mymodule.c:7"),
            "{iteration:#}"
        );
        save(&file, &hello(1));
        assert!(says(&lkmc.next(), "mymodule: edit 1"));
        // The machine resets, and no word of the kernel says why.
        save(
            &file,
            &module("\temergency_restart();").replace("linux/module.h>", "linux/module.h>\n#include <linux/reboot.h>"),
        );
        assert_eq!(lkmc.next()["outcome"], "panic");
        save(&file, &hello(2));
        assert!(says(&lkmc.next(), "mymodule: edit 2"));
    });
}

/// QEMU tells late that the guest's agent, whose port going back closes for a moment, is there.
#[test]
fn an_emulator_that_is_slow_after_an_oops_is_waited_for() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, oops(0)).unwrap();
        let mut lkmc = Loop::start(profile, &file);
        let iteration = lkmc.next();
        assert_eq!(iteration["outcome"], "oops", "{iteration:#}");
        assert!(iteration["seconds"]["rollback"].is_number(), "{iteration:#}");
        let emulator = emulator_below(lkmc.child.id()).unwrap().cast_signed();
        let emulator = Pid::from_raw(emulator).unwrap();
        kill_process(emulator, Signal::STOP).unwrap();
        // The loop is idle while its emulator stands still, and listens.
        std::thread::sleep(Duration::from_secs(4));
        kill_process(emulator, Signal::CONT).unwrap();
        save(&file, &hello(1));
        let iteration = lkmc.next();
        assert_eq!(iteration["outcome"], "inserted", "{iteration:#}");
    });
}

#[test]
fn programs_too_are_told_why_a_loop_ends() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let line = "kill -9 $(pidof lkmc-agent); sleep 1000";
        let output = lkmc(&["-p", profile, "--then", line], &file).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{stderr}");
        let record: Value = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
        assert_eq!(record["verdict"], "emulator-died");
        let reason = record["reason"].as_str().unwrap();
        assert!(reason.contains("the connection to the guest agent ended"), "{reason}");
    });
}

#[test]
fn once_exits_with_the_outcome() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        for (text, status) in [
            (hello(1), 0),
            (module("\treturn -EBUSY;"), 1),
            (oops(2), 126),
            (module("\tthis is not C;"), 125),
        ] {
            std::fs::write(&file, &text).unwrap();
            let output = lkmc(&["-p", profile, "--once"], &file).output().unwrap();
            assert_eq!(
                output.status.code(),
                Some(status),
                "{text}\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    });
}

/// By the round, and in the record with the module's lines as well.
#[test]
fn what_a_guest_died_of_is_shown_once() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, oops(1)).unwrap();
        let arguments = ["dev", "-p", profile, "--once", file.to_str().unwrap()];
        let for_people = output(&arguments);
        assert_says(&for_people, 126, &["at mymodule.c:", "lkmc: oops: "]);
        assert_eq!(
            said(&for_people).matches("decoded stack").count(),
            1,
            "{}",
            said(&for_people)
        );
        let record = record(&output(&[&["--json"], &arguments[..]].concat()));
        assert_eq!(record["stack"][0]["file"], "mymodule.c", "{record:#}");
    });
}

/// The exit function is the module's too.
#[test]
fn what_a_module_does_when_it_goes_is_seen() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        let fatal = hello(1).replace("pr_info(\"mymodule: exit\\n\")", "WRITE_ONCE(*mymodule_nowhere, 1)");
        assert!(fatal.contains("mymodule_nowhere, 1"));
        std::fs::write(&file, &fatal).unwrap();
        let output = lkmc(&["-p", profile, "--once"], &file).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(126),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let round: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(round["outcome"], "oops");
        assert!(
            round["stack"][0].as_str().unwrap().starts_with("mymodule_exit at "),
            "{round}"
        );
        assert!(round["dmesg"].to_string().contains("mymodule: edit 1"), "{round}");
        // In the loop the next round takes it out, says what came of that, and goes on in the guest as it was before.
        let mut lkmc = Loop::start(profile, &file);
        assert_eq!(lkmc.next()["outcome"], "inserted");
        std::fs::write(&file, hello(2)).unwrap();
        let next = lkmc.next();
        assert_eq!(next["outcome"], "inserted");
        let removal = &next["removal"];
        assert_eq!(removal["why"], "rmmod ended in oops", "{next}");
        assert!(
            removal["stack"][0].as_str().unwrap().starts_with("mymodule_exit at "),
            "{next}"
        );
    });
}

/// The record of a loop that was run with --once and --json, on the last line of standard error.
fn record(output: &std::process::Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(stderr.lines().last().unwrap()).unwrap_or_else(|error| panic!("{error}: {stderr}"))
}

#[test]
fn the_record_says_what_the_round_came_to() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        for (text, verdict, status, reason) in [
            (hello(1), "pass", 0, "the loop ended: inserted"),
            (module("\treturn -EBUSY;"), "failed", 1, "the loop ended: refused"),
            (module("\tthis is not C;"), "failed", 125, "the loop ended: not built"),
        ] {
            std::fs::write(&file, &text).unwrap();
            let output = lkmc(&["-p", profile, "--once"], &file).output().unwrap();
            let record = record(&output);
            assert_eq!(output.status.code(), Some(status), "{record:#}");
            assert_eq!(record["status"], status);
            assert_eq!(
                (&record["verdict"], &record["cause"]),
                (&verdict.into(), &"loop".into())
            );
            assert_eq!(record["reason"], reason);
            assert_eq!(record["command"], serde_json::json!(["dev", file]));
        }
    });
}

#[test]
fn a_line_that_fails_after_the_insertion_is_no_refusal() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(1)).unwrap();
        let output = lkmc(&["-p", profile, "--once", "--then", "ls /nowhere"], &file)
            .output()
            .unwrap();
        let round: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{round:#}");
        assert_eq!(round["outcome"], "then-failed");
        assert!(round["output"].as_str().unwrap().contains("/nowhere"), "{round:#}");
        // It was in, so it is taken out.
        assert!(says(&round, "mymodule: exit"), "{round:#}");
    });
}

#[test]
fn the_time_of_all_rounds_is_limited() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(1)).unwrap();
        // So that the build takes nothing of the time.
        let first = lkmc(&["-p", profile, "--once"], &file).output().unwrap();
        assert!(first.status.success());
        for (options, outcome) in [
            (&["-p", profile, "--once", "--then", "sleep 1000"][..], "timeout"),
            (&["-p", profile], "inserted"),
        ] {
            let since = Instant::now();
            let output = lkmc(options, &file).args(["--timeout", "12s"]).output().unwrap();
            let record = record(&output);
            assert_eq!(output.status.code(), Some(124), "{record:#}");
            assert!(since.elapsed() < Duration::from_secs(40), "{:?}", since.elapsed());
            let round: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(round["outcome"], outcome);
            assert_eq!(
                (&record["verdict"], &record["cause"]),
                (&"timeout".into(), &"deadline".into())
            );
            assert_eq!(record["reason"], "the time given by --timeout is over");
        }
    });
}

#[test]
fn a_module_that_stays_is_told() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, module("\t__module_get(THIS_MODULE);")).unwrap();
        let output = lkmc(&["-p", profile, "--once"], &file).output().unwrap();
        let round: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{round:#}");
        let why = round["removal"]["why"].as_str().unwrap();
        assert!(why.contains("mymodule"), "{round:#}");
    });
}

#[test]
fn a_parameter_that_no_module_has_is_told() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        let text = module("\tpr_info(\"mymodule: %d\\n\", val);").replace(
            "int *mymodule_nowhere;",
            "static int val;\nmodule_param(val, int, 0444);\nint *mymodule_nowhere;",
        );
        std::fs::write(&file, text).unwrap();
        let parameters = ["-p", profile, "--once", "--", "vla=3", "mymodule.val=4"];
        let output = lkmc(&parameters, &file).output().unwrap();
        let round: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(round["unknown-parameters"], serde_json::json!(["vla"]), "{round:#}");
        assert!(says(&round, "mymodule: 4"), "{round:#}");
        // For people it is a sentence.
        let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
        command.arg("dev").arg(&file).args(parameters);
        let output = command.env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR")).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stderr.contains("lkmc: no parameter vla; mymodule has: val\n"),
            "{stderr}"
        );
    });
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let mut lkmc = Loop::start(profile, &file);
        assert_eq!(lkmc.next()["outcome"], "inserted");
        let started = children(lkmc.child.id());
        assert!(!started.is_empty());
        let pid = lkmc.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert_eq!(wait_for_end(&mut lkmc.child).code(), Some(130));
        let left: Vec<u32> = started.into_iter().filter(|pid| is_running(*pid)).collect();
        assert_eq!(left, [0; 0]);
    });
}

/// The run of a loop that waits.
fn run_of(pid: u32) -> String {
    let emulator = emulator_below(pid).unwrap();
    let runs = json(&["vm", "list"]);
    let run = runs
        .as_array()
        .unwrap()
        .iter()
        .find(|run| run["emulator-pid"] == emulator);
    run.unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_guest_of_a_waiting_loop_is_there_for_others() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let mut lkmc = Loop::start(profile, &file);
        assert_eq!(lkmc.next()["outcome"], "inserted");
        let run = run_of(lkmc.child.id());
        assert_says(&output(&["vm", "exec", &run, "--", "lsmod"]), 0, &["mymodule"]);
        assert_says(&output(&["vm", "push", &run, file.to_str().unwrap()]), 0, &[]);
        assert_says(&output(&["vm", "exec", &run, "--", "ls"]), 0, &["mymodule.c"]);
        assert_failed(&output(&["vm", "snapshot", &run]), 2, &["lkmc::vm::snapshot_dev"]);
        // The page tables of a process that has not used a module lack it on 32-bit Arm, and the processor idles in those of any.
        let sees_modules = arch(profile) != "arm";
        let line = || -> u32 {
            let output = output(&["gdb", &run, "--batch", "-ex", "info line mymodule_exit"]);
            assert_says(&output, 0, &["mymodule.c\" starts at address"]);
            let said = stdout(&output);
            let number = said.split("Line ").nth(1).and_then(|rest| rest.split(' ').next());
            number.unwrap().parse().unwrap()
        };
        let before = sees_modules.then(line);
        // None of this has done anything to the loop, and GDB knows the lines of what is inserted next.
        save(&file, &hello(1).replacen("int *my", "\nint *my", 1));
        assert_eq!(lkmc.next()["outcome"], "inserted");
        assert_eq!(sees_modules.then(line), before.map(|before| before + 1));
        // What they have removed is gone, and no reason to take the guest back.
        assert_says(&output(&["vm", "exec", &run, "--", "rmmod", "mymodule"]), 0, &[]);
        save(&file, &hello(2));
        let round = lkmc.next();
        assert_eq!(
            (&round["outcome"], &round["removal"]),
            (&"inserted".into(), &Value::Null)
        );
        assert_says(&output(&["vm", "exec", &run, "--", "ls"]), 0, &["mymodule.c"]);
        assert_says(&output(&["vm", "stop", &run]), 0, &[]);
        assert_eq!(wait_for_end(&mut lkmc.child).code(), Some(0));
    });
}

#[test]
fn no_round_begins_while_a_debugger_has_the_guest() {
    each_profile(|profile| {
        let (directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let mut lkmc = Command::new(env!("CARGO_BIN_EXE_lkmc"));
        lkmc.args(["dev", "-p", profile]).arg(&file);
        lkmc.env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"));
        let mut lkmc = lkmc.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(lkmc.stderr.take().unwrap()).lines();
        let mut until = |part: &str| {
            let line = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains(part)));
            line.unwrap_or_else(|| panic!("it ends without `{part}`")).unwrap()
        };
        until("waiting for the next save");
        let run = run_of(lkmc.id());
        // GDB keeps the guest until this is closed.
        let fifo = directory.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let hold = format!("shell cat {}", fifo.display());
        let mut gdb = Command::new(env!("CARGO_BIN_EXE_lkmc"));
        gdb.args(["gdb", &run, "--batch", "-ex", &hold]).stdout(Stdio::null());
        let mut gdb = gdb.env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR")).spawn().unwrap();
        let held = std::fs::File::options().write(true).open(&fifo).unwrap();
        save(&file, &hello(1));
        until("a debugger is attached to the guest");
        drop(held);
        assert_eq!(wait_for_end(&mut gdb).code(), Some(0));
        assert!(until("lkmc: 2: ").contains("inserted"));
        // KDB keeps it until its keyboard ends.
        until("waiting for the next save");
        let mut kdb = Command::new(env!("CARGO_BIN_EXE_lkmc"));
        kdb.args(["kdb", &run]).env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"));
        kdb.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut kdb = kdb.stderr(Stdio::piped()).spawn().unwrap();
        let mut says = BufReader::new(kdb.stderr.take().unwrap()).lines();
        assert!(says.any(|line| line.unwrap().contains("Entering kdb")));
        save(&file, &hello(2));
        until("a debugger is attached to the guest");
        drop(kdb.stdin.take());
        assert_eq!(wait_for_end(&mut kdb).code(), Some(0));
        assert!(until("lkmc: 3: ").contains("inserted"));
        kill_process(Pid::from_raw(lkmc.id().cast_signed()).unwrap(), Signal::INT).unwrap();
        assert_eq!(wait_for_end(&mut lkmc).code(), Some(130));
    });
}

/// An init function gets 20 seconds, of which those that GDB takes in its middle are none.
#[test]
fn a_round_waits_for_a_guest_that_gdb_has_stopped() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        let sleeps = "\tpr_info(\"mymodule: begin\\n\");\n\tmsleep(12000);\n\tpr_info(\"mymodule: end\\n\");";
        let text = module(sleeps).replace("linux/module.h>", "linux/module.h>\n#include <linux/delay.h>");
        std::fs::write(&file, text).unwrap();
        let mut lkmc = Command::new(env!("CARGO_BIN_EXE_lkmc"));
        lkmc.args(["dev", "-p", profile]).arg(&file);
        lkmc.env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"));
        let mut lkmc = lkmc.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut kernel = BufReader::new(lkmc.stdout.take().unwrap()).lines();
        let begun = kernel.any(|line| line.unwrap().contains("mymodule: begin"));
        assert!(begun, "the module was not inserted");
        let gdb = output(&["gdb", &run_of(lkmc.id()), "--batch", "-ex", "shell sleep 21"]);
        assert_says(&gdb, 0, &[]);
        let lines = BufReader::new(lkmc.stderr.take().unwrap()).lines().map(Result::unwrap);
        let said: Vec<String> = lines
            .take_while(|line| !line.contains("waiting for the next save"))
            .collect();
        let told = said.iter().filter(|line| line.contains("GDB has stopped the guest"));
        assert_eq!(told.count(), 1, "{said:#?}");
        assert!(said.iter().any(|line| line.contains("lkmc: 1: inserted")), "{said:#?}");
        kill_process(Pid::from_raw(lkmc.id().cast_signed()).unwrap(), Signal::INT).unwrap();
        assert_eq!(wait_for_end(&mut lkmc).code(), Some(130));
    });
}

/// Builds it, so that a build takes nothing of the time that is measured or given. What is built is copied to a directory.
fn build(profile: &str, file: &Path, more: &[&str]) -> std::process::Output {
    output(&[&["demo", "build", file.to_str().unwrap(), "-p", profile], more].concat())
}

#[test]
fn a_wait_in_vain_is_in_the_times_of_its_round() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        let text = module("\tmsleep(1000000);").replace("linux/module.h>", "linux/module.h>\n#include <linux/delay.h>");
        std::fs::write(&file, text).unwrap();
        assert_says(&build(profile, &file, &[]), 0, &["mymodule.ko"]);
        let output = lkmc(&["-p", profile, "--once"], &file)
            .args(["--timeout", "15s"])
            .output()
            .unwrap();
        let round: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(round["outcome"], "timeout", "{round:#}");
        for part in ["saved", "insmod", "decode"] {
            assert!(round["seconds"][part].is_number(), "{part}: {round:#}");
        }
    });
}

#[test]
fn the_command_line_changes_the_machine() {
    each_profile(|profile| {
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let line = "nproc; grep -c lkmc_was_here /proc/cmdline";
        let options = ["-p", profile, "--once", "--then", line];
        let mut command = lkmc(&options, &file);
        command.args(["--cpus", "2", "--kernel-arg", "lkmc_was_here"]);
        let output = command.output().unwrap();
        let round: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&round["outcome"], &round["output"]),
            (&"inserted".into(), &"2\n1\n".into())
        );
        assert!(round["seconds"]["then"].is_number(), "{round:#}");
    });
}

#[test]
fn what_was_built_can_be_had() {
    each_profile(|profile| {
        let (directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(7)).unwrap();
        let to = directory.path().join("new/out");
        // Again over what is there.
        for _ in 0..2 {
            let module = to.join("mymodule.ko");
            assert_says(
                &build(profile, &file, &["-o", to.to_str().unwrap()]),
                0,
                &[module.to_str().unwrap()],
            );
        }
        let push = to.join("mymodule.ko");
        let insert = ["profile", "run", profile, "--push", push.to_str().unwrap(), "--"];
        let inserted = output(&[&insert[..], &["sh", "-c", "insmod mymodule.ko; dmesg | tail -1"]].concat());
        assert_says(&inserted, 0, &["mymodule: edit 7"]);
    });
}
