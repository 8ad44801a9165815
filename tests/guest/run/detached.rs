//! Guests that keep running, used by other processes.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::io::ioctl_fionread;
use serde_json::Value;

use super::world::{directory_of_process, emulator_of, record_in, signal};
use crate::common::processes::is_running;
use crate::common::{Guest, assert_says, each_profile, lkmc, lkmc_in_time, run, wait_until};

/// What a pipe holds.
const PIPE: u64 = 65536;

#[test]
fn a_process_with_the_number_of_one_that_has_ended_is_another() {
    each_profile(|profile| {
        let started = lkmc().args(["profile", "run", profile, "--detach"]).output().unwrap();
        let id = String::from_utf8_lossy(&started.stdout).trim().to_owned();
        let exec = |line: &str| {
            let mut command = lkmc();
            command.args(["vm", "exec", &id, "--", "sh", "-c", line]);
            command
        };
        // Numbers come again from 300 on.
        let few = "echo 400 > /proc/sys/kernel/pid_max; i=0; while [ $i -lt 400 ]; do (true); i=$((i + 1)); done";
        assert!(exec(few).status().unwrap().success());
        // It ends while nobody reads, so that the agent goes on listing it.
        let mut unread = exec("head -c 360000 /dev/zero; echo $$ > /tmp/number; exit 5");
        let unread = unread.stdout(Stdio::piped()).spawn().unwrap();
        let others = "while [ ! -s /tmp/number ]; do :; done; while [ -e /proc/$(cat /tmp/number) ]; do :; done
            i=0; while [ $i -lt 400 ]; do ( (exit 7) & ); i=$((i + 1)); done";
        assert!(exec(others).status().unwrap().success());
        assert_eq!(unread.wait_with_output().unwrap().status.code(), Some(5));
        lkmc().args(["vm", "stop", &id]).stdout(Stdio::null()).status().unwrap();
    });
}

#[test]
fn qemus_monitor_answers_beside_the_owner() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos"]);
        let monitor = |words: &[&str]| run(&[&["vm", "monitor", guest.0.as_str()], words].concat());
        assert_says(&monitor(&["info", "status"]), 0, &["VM status: running"]);
        assert_says(&monitor(&["info", "registers", "-a"]), 0, &["CPU#0"]);
        assert_says(
            &monitor(&["nosuch", "x"]),
            2,
            &["lkmc::vm::monitor_command", "'nosuch'"],
        );
        assert_says(&monitor(&["info", "nosuch"]), 2, &["lkmc::vm::monitor_command"]);
        assert_says(&monitor(&["device_del", "nosuch"]), 1, &["Error: "]);
        assert_says(&monitor(&[]), 2, &["COMMAND"]);
        assert_says(&monitor(&["stop"]), 0, &[]);
        assert_says(&monitor(&["info", "status"]), 0, &["VM status: paused"]);
        let mut waiting = lkmc();
        waiting.args(["vm", "exec", &guest.0, "--", "echo", "went on"]);
        let mut waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(waiting.stderr.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert!(said.contains(&format!("`lkmc vm monitor {} cont`", guest.0)), "{said}");
        assert_says(&monitor(&["cont"]), 0, &[]);
        assert_says(&waiting.wait_with_output().unwrap(), 0, &["went on"]);
        guest.assert_alive();
        assert_says(&monitor(&["quit"]), 0, &[]);
        wait_until("the end of the run", || {
            !record_in(&guest.directory())["verdict"].is_null()
        });
        assert_says(&monitor(&["info", "status"]), 2, &["lkmc::vm::ended"]);
    });
}

#[test]
fn a_guest_that_never_comes_to_its_prompt_has_a_record() {
    each_profile(|profile| {
        let directory = tempfile::tempdir().unwrap();
        let hasty = directory.path().join("hasty.toml");
        let text = format!("extends = [\"{profile}\"]\nlimits.boot = \"200ms\"\n");
        std::fs::write(&hasty, text).unwrap();
        let run = lkmc()
            .args(["profile", "run"])
            .arg(&hasty)
            .args(["--detach", "--cold", "--json"])
            .output();
        let output = run.unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        let record: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).expect(&text);
        assert_eq!(
            (output.status.code(), &record["verdict"]),
            (Some(124), &"timeout".into())
        );
    });
}

#[test]
fn a_detached_guest_is_used_from_outside() {
    each_profile(|profile| {
        let vm = |arguments: &[&str], input: &[u8]| {
            let mut child = lkmc()
                .arg("vm")
                .args(arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stdin = child.stdin.take().unwrap();
            let input = input.to_vec();
            let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
            let output = child.wait_with_output().unwrap();
            writing.join().unwrap();
            output
        };
        let text = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
        let output = lkmc().args(["profile", "run", profile, "--detach"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let id = text(&output).trim().to_string();

        let list: Value = serde_json::from_slice(&vm(&["list", "--json"], b"").stdout).unwrap();
        assert!(
            list.as_array()
                .unwrap()
                .iter()
                .any(|row| row["id"] == id.as_str() && row["state"] == "running")
        );

        let output = vm(
            &["exec", &id, "--", "sh", "-c", "cat; echo err >&2; exit 5"],
            b"in\0put",
        );
        assert_eq!(
            (output.status.code(), output.stdout.as_slice(), output.stderr.as_slice()),
            (Some(5), &b"in\0put"[..], &b"err\n"[..])
        );

        // One command whose output nobody reads does not stop another.
        let mut stuck = lkmc()
            .args(["vm", "exec", &id, "--", "yes"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let unread = stuck.stdout.as_ref().unwrap();
        wait_until("a pipe with no more room", || {
            ioctl_fionread(unread).unwrap() > PIPE - 4096
        });
        let big = vec![7; 2_000_000];
        assert!(vm(&["exec", &id, "--", "cat"], &big).stdout == big);
        stuck.kill().unwrap();
        stuck.wait().unwrap();
        wait_until("the end of what a killed client started", || {
            !vm(&["exec", &id, "--", "pidof", "yes"], b"").status.success()
        });
        wait_until("the end of its threads", || !has_thread(owner(&id), "pass"));

        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("d")).unwrap();
        std::fs::write(directory.path().join("d/f"), "pushed").unwrap();
        let path = directory.path().join("d");
        assert!(vm(&["push", &id, path.to_str().unwrap()], b"").status.success());
        assert!(
            vm(&["push", &id, path.join("f").to_str().unwrap(), "/tmp/g"], b"")
                .status
                .success()
        );
        assert_eq!(
            text(&vm(&["exec", &id, "--", "cat", "/lkmc/d/f", "/tmp/g"], b"")),
            "pushedpushed"
        );

        vm(
            &["exec", &id, "--", "sh", "-c", "echo to the console > /dev/console"],
            b"",
        );
        assert!(text(&vm(&["log", &id], b"")).contains("to the console"));

        // All of it arrives, although the input ends at once.
        vm(&["console", &id], b"echo typed > /tmp/typed\n");
        wait_until("what was typed on the console", || {
            vm(&["exec", &id, "--", "cat", "/tmp/typed"], b"").stdout == b"typed\n"
        });

        let link = directory.path().join("link");
        std::os::unix::fs::symlink(path.join("f"), &link).unwrap();
        assert!(vm(&["push", &id, link.to_str().unwrap(), "/tmp"], b"").status.success());
        assert_eq!(text(&vm(&["exec", &id, "--", "cat", "/tmp/link"], b"")), "pushed");

        // A pipe has no name.
        assert!(
            vm(&["push", &id, "/dev/stdin", "/tmp/piped"], b"piped")
                .status
                .success()
        );
        assert_eq!(text(&vm(&["exec", &id, "--", "cat", "/tmp/piped"], b"")), "piped");
        let output = vm(&["push", &id, "/dev/stdin", "/tmp"], b"piped");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("say which file in it"));

        let output = vm(&["exec", &id, "--", "nosuch"], b"");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(127));
        assert!(
            said.starts_with("lkmc: nosuch: the guest cannot start the command"),
            "{said}"
        );

        assert!(vm(&["stop", &id], b"").status.success());
        let output = vm(&["exec", &id, "--", "true"], b"");
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("`lkmc profile run NAME --detach` starts one"), "{said}");
        let record = record_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(&id));
        assert_eq!(record["verdict"], "pass");
    });
}

/// The process that owns a detached guest.
fn owner(id: &str) -> u32 {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(id);
    let emulator = emulator_of(&directory);
    let status = std::fs::read_to_string(format!("/proc/{emulator}/status")).unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
    parent.trim().parse().unwrap()
}

fn has_thread(process: u32, name: &str) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten();
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
    names.into_iter().any(|found| found.trim() == name)
}

fn detached(profile: &str) -> String {
    let output = lkmc().args(["profile", "run", profile, "--detach"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

#[test]
fn what_cannot_be_read_is_not_pushed() {
    each_profile(|profile| {
        let id = detached(profile);
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("d");
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("a"), "read").unwrap();
        let socket = directory.join("s");
        let _listener = UnixListener::bind(&socket).unwrap();
        for source in [&socket, &directory] {
            let source = source.to_str().unwrap();
            let output = lkmc()
                .args(["--timeout", "30s", "vm", "push", &id, source])
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{text}");
            assert!(text.contains("cannot read"), "{text}");
        }
        let output = lkmc()
            .args(["vm", "exec", &id, "--", "ls", "/lkmc/s"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(lkmc().args(["vm", "stop", &id]).status().unwrap().success());
    });
}

#[test]
fn a_guest_that_is_not_up_yet_says_so() {
    each_profile(|profile| {
        let mut starting = lkmc()
            .args(["profile", "run", profile, "--detach", "--cold", "--no-demos"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let directory = directory_of_process(&starting);
        wait_until("the run's record", || directory.join("run.json").exists());
        let id = directory.file_name().unwrap().to_str().unwrap();
        let output = lkmc().args(["vm", "exec", id, "--", "true"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("is still booting ("), "{said}");
        assert!(starting.wait().unwrap().success());
        assert!(lkmc().args(["vm", "stop", id]).status().unwrap().success());
    });
}

#[test]
fn a_guest_whose_agent_dies_ends_with_a_verdict() {
    each_profile(|profile| {
        let id = detached(profile);
        let line = "kill -9 $(pidof lkmc-agent); sleep 1000";
        let output = lkmc_in_time()
            .args(["vm", "exec", &id, "--", "sh", "-c", line])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{text}");
        assert!(text.contains("the connection to the guest agent ended"), "{text}");
        let record = record_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(&id));
        assert_eq!(record["verdict"], "emulator-died");
    });
}

#[test]
fn an_emulator_that_is_killed_while_its_guest_is_to_power_off_has_not_passed() {
    each_profile(|profile| {
        let id = detached(profile);
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(&id);
        let emulator = emulator_of(&directory);
        signal(emulator, "-STOP");
        let mut stopping = lkmc_in_time().args(["vm", "stop", &id]).spawn().unwrap();
        wait_until("the request", || has_thread(owner(&id), "client"));
        // The machine has five seconds from then on.
        std::thread::sleep(Duration::from_secs(1));
        signal(emulator, "-KILL");
        stopping.wait().unwrap();
        wait_until("the run's end", || !record_in(&directory)["verdict"].is_null());
        assert_eq!(record_in(&directory)["verdict"], "emulator-died");
    });
}

#[test]
fn who_stops_a_guest_that_hangs_sees_its_end() {
    each_profile(|profile| {
        let id = detached(profile);
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(&id);
        signal(emulator_of(&directory), "-STOP");
        assert_says(&run(&["vm", "stop", &id]), 0, &[]);
        let record = record_in(&directory);
        assert_eq!(record["verdict"], "timeout");
        assert!(record["reason"].as_str().unwrap().contains("asked to power off"));
    });
}

#[test]
fn a_guest_with_an_init_of_ones_own_can_be_ended() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos", "--kernel-arg", "init=/bin/sh"]);
        let exec = guest.exec("true");
        assert_says(&exec, 125, &["lkmc::vm::no_agent", "no agent of lkmc's"]);
        assert_says(&run(&["vm", "monitor", &guest.0, "info", "status"]), 0, &["running"]);
        assert_says(&run(&["vm", "stop", &guest.0]), 0, &[]);
        assert_eq!(record_in(&guest.directory())["verdict"], "timeout");
    });
}

#[test]
fn a_detached_guest_that_panics_says_so() {
    each_profile(|profile| {
        let output = lkmc().args(["profile", "run", profile, "--detach"]).output().unwrap();
        let id = String::from_utf8_lossy(&output.stdout).trim().to_string();
        let line = "echo c > /proc/sysrq-trigger; sleep 100";
        let output = lkmc()
            .args(["vm", "exec", &id, "--", "sh", "-c", line])
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(126),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(String::from_utf8_lossy(&output.stderr).contains("panic"));
    });
}

#[test]
fn a_killed_supervisor_leaves_a_stale_run() {
    each_profile(|profile| {
        let output = lkmc().args(["profile", "run", profile, "--detach"]).output().unwrap();
        let id = String::from_utf8_lossy(&output.stdout).trim().to_string();
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(&id);
        let emulator = emulator_of(&directory);
        signal(owner(&id), "-KILL");
        wait_until("the emulator's end", || !is_running(emulator));
        // The emulator dies with the thread that started it, which may be before the supervisor's last thread lets go.
        wait_until("the list to say stale", || {
            let list = lkmc().args(["vm", "list", "--json"]).output().unwrap();
            let list: Value = serde_json::from_slice(&list.stdout).unwrap();
            let mut rows = list.as_array().unwrap().iter();
            rows.any(|row| row["id"] == id.as_str() && row["state"] == "stale")
        });
        let output = lkmc().args(["vm", "exec", &id, "--", "true"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("stale"));
        let stopped = lkmc().args(["vm", "stop", &id]).output().unwrap();
        assert_eq!(stopped.status.code(), Some(0));
        assert_eq!(record_in(&directory)["verdict"], "emulator-died");
        let list = lkmc().args(["vm", "list"]).output().unwrap();
        assert!(!String::from_utf8_lossy(&list.stdout).contains(&id));
    });
}
