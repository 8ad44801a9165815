//! `vm snapshot` and `vm restore`: states of a guest that are kept and gone back to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::world::{each_profile_with_snapshots, record_in};
use crate::common::terminal::Session;
use crate::common::{
    Guest, assert_failed, assert_says, each_profile, lkmc, lkmc_in_time, run, stderr, stdout, wait_until,
};

impl Guest {
    fn vm(&self, verb: &str, more: &[&str]) -> Output {
        run(&[&["vm", verb, &self.0], more].concat())
    }

    fn snapshot(&self, name: &str) {
        let output = self.vm("snapshot", &[name]);
        assert_says(&output, 0, &[]);
        assert_eq!(stdout(&output), format!("{name}\n"));
    }

    fn restore(&self, name: &str) {
        assert_says(&self.vm("restore", &[name]), 0, &[]);
    }

    fn says(&self, line: &str) -> String {
        let output = self.exec(line);
        assert_says(&output, 0, &[]);
        stdout(&output)
    }

    fn record(&self) -> Value {
        record_in(&self.directory())
    }

    fn is_halted(&self) -> bool {
        !self.record()["ended"].is_null()
    }

    /// A command that runs while something else happens.
    fn begin(&self, line: &str) -> Child {
        let mut command = lkmc_in_time();
        command.args(["vm", "exec", &self.0, "--", "/bin/sh", "-c", line]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }
}

fn with(profile: &str) -> Guest {
    Guest::start(profile, &["--no-demos"])
}

#[test]
fn a_guest_is_where_it_was_as_often_as_wanted() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        assert_says(&guest.exec("echo before > /tmp/state; (sleep 100000 &)"), 0, &[]);
        guest.snapshot("before");
        for round in 0..3 {
            assert_says(
                &guest.exec("echo after > /tmp/state; killall sleep; rm -rf /bin/ls"),
                0,
                &[],
            );
            guest.restore("before");
            assert_eq!(
                guest.says("cat /tmp/state; ls /tmp/state; pidof sleep | wc -w"),
                "before\n/tmp/state\n1\n"
            );
            assert_eq!(guest.record()["restores"].as_array().unwrap().len(), round + 1);
        }
        // A later one, and from it back to the earlier one and forth.
        assert_says(&guest.exec("echo later > /tmp/state"), 0, &[]);
        guest.snapshot("later");
        guest.restore("before");
        assert_eq!(guest.says("cat /tmp/state"), "before\n");
        assert_says(&guest.vm("restore", &[]), 0, &[]);
        assert_eq!(guest.says("cat /tmp/state"), "later\n");
        let record = guest.record();
        let names: Vec<&Value> = record["restores"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["snapshot"])
            .collect();
        assert_eq!(names, ["before", "before", "before", "before", "later"]);
        assert_says(&guest.vm("stop", &[]), 0, &[]);
        assert_eq!(
            (&guest.record()["verdict"], &guest.record()["restores"][4]["given-up"]),
            (&"pass".into(), &Value::Null)
        );
    });
}

#[test]
fn clock_and_random_numbers_are_not_those_of_the_snapshot() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        guest.snapshot("s");
        let draw = || {
            guest.restore("s");
            guest.says("head -c 16 /dev/urandom | md5sum; date +%s")
        };
        let (first, second) = (draw(), draw());
        assert_ne!(first.lines().next(), second.lines().next());
        let time: i64 = second.lines().last().unwrap().parse().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        assert!(
            (now - time).abs() < 60,
            "the guest's clock stands at {time}, ours at {now}"
        );
    });
}

#[test]
fn a_kernel_that_dies_is_no_end_for_a_guest_with_a_snapshot() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        assert_says(&guest.exec("echo 1 > /tmp/state"), 0, &[]);
        guest.snapshot("before-crash");
        for line in [
            "echo c > /proc/sysrq-trigger; sleep 1000",
            // Without a word of the kernel's, and with many.
            "echo b > /proc/sysrq-trigger; sleep 1000",
            "kill -9 $(pidof lkmc-agent); sleep 1000",
            "poweroff -f; sleep 1000",
        ] {
            let output = guest.exec(line);
            assert_failed(&output, 126, &["lkmc::vm::halted", "vm restore"]);
            wait_until("the record to say so", || guest.is_halted());
            assert!(guest.record()["verdict"].is_null());
            assert_says(
                &run(&["vm", "list"]),
                0,
                &[&format!("{}  halted", guest.0), "before-crash"],
            );
            assert_failed(
                &guest.exec("true"),
                126,
                &["lkmc::vm::halted", "stands still at its end: "],
            );
            assert_failed(&guest.vm("snapshot", &["late"]), 2, &["lkmc::vm::halted"]);
            guest.restore("before-crash");
            assert_eq!(guest.says("cat /tmp/state"), "1\n");
            assert!(!guest.is_halted());
        }
        let record = guest.record();
        let given_up = record["restores"][0]["given-up"].as_str().unwrap();
        assert!(given_up.contains("sysrq triggered crash"), "{given_up}");
        // What was given up is no verdict; what comes now is.
        assert_failed(&guest.exec("echo c > /proc/sysrq-trigger; sleep 1000"), 126, &[]);
        wait_until("the record to say so", || guest.is_halted());
        assert_says(&guest.vm("stop", &[]), 0, &[]);
        let record = guest.record();
        assert_eq!(
            (&record["verdict"], record["restores"].as_array().unwrap().len()),
            (&"panic".into(), 4)
        );
        assert_failed(&guest.vm("restore", &[]), 2, &["lkmc::vm::ended"]);
    });
}

#[test]
fn an_oops_that_was_given_up_is_no_verdict() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        guest.snapshot("s");
        let oops = "echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT";
        guest.exec(oops);
        wait_until("the guest to answer", || guest.exec("true").status.code() == Some(0));
        guest.restore("s");
        assert_says(&guest.vm("stop", &[]), 0, &[]);
        assert_eq!(guest.record()["verdict"], "pass");
        assert!(guest.record()["restores"][0]["given-up"].is_string());
    });
}

#[test]
fn what_runs_at_a_restore_is_told() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        guest.snapshot("s");
        let mut running = guest.begin("echo up; exec sleep 100000");
        let mut line = [0; 3];
        running.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
        guest.restore("s");
        let output = running.wait_with_output().unwrap();
        assert_failed(
            &output,
            125,
            &["lkmc::vm::taken_back", "taken back to `s` while /bin/sh ran"],
        );
        // One that ran when the snapshot was taken has nobody who waits for it any more.
        let mut running = guest.begin("echo up; exec sleep 100001");
        running.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
        guest.snapshot("running");
        guest.restore("running");
        assert_failed(&running.wait_with_output().unwrap(), 125, &["lkmc::vm::taken_back"]);
        wait_until("its end", || guest.exec("pidof sleep").status.code() == Some(1));
        // With a terminal it is the same, and the terminal is put back.
        let mut session = Session::start(&["vm", "exec", "-t", &guest.0, "--", "sh"]);
        session.expect("# ");
        guest.restore("s");
        session.expect("lkmc::vm::taken_back");
        assert_eq!(session.status(), Some(125));
        guest.assert_alive();
    });
}

#[test]
fn names_are_minded() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        assert_failed(
            &guest.vm("restore", &[]),
            2,
            &["lkmc::vm::snapshot_unknown", "has no snapshot"],
        );
        assert_eq!(stdout(&guest.vm("snapshot", &[])), "1\n");
        assert_eq!(stdout(&guest.vm("snapshot", &[])), "2\n");
        assert_says(&guest.exec("touch /tmp/later"), 0, &[]);
        guest.snapshot("before-crash");
        assert_failed(
            &guest.vm("snapshot", &["2"]),
            2,
            &["lkmc::vm::snapshot_exists", "--replace"],
        );
        assert_failed(
            &guest.vm("restore", &["before-crsh"]),
            2,
            &["did you mean `before-crash`"],
        );
        assert_says(&guest.vm("snapshot", &["2", "--replace"]), 0, &["2\n"]);
        guest.restore("2");
        assert_says(&guest.exec("ls /tmp/later"), 0, &[]);
        let list: Value = serde_json::from_str(&stdout(&guest.vm("snapshot", &["--list", "--json"]))).unwrap();
        let names: Vec<&Value> = list.as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["1", "before-crash", "2"]);
        assert!(list[0]["bytes"].as_u64().unwrap() > 1 << 20, "{list}");
        assert_says(
            &guest.vm("snapshot", &["--list"]),
            0,
            &["before-crash  ", " MiB\n", " s  "],
        );
        assert_says(&guest.vm("snapshot", &["--remove", "1"]), 0, &[]);
        assert_failed(
            &guest.vm("snapshot", &["--remove", "1"]),
            2,
            &["lkmc::vm::snapshot_unknown"],
        );
        // A dry run says what the monitor would be told, and does nothing.
        let dry = guest.vm("snapshot", &["dry", "--dry-run"]);
        assert_says(
            &dry,
            0,
            &[r#""execute":"snapshot-save""#, r#""execute":"blockdev-create""#],
        );
        assert_says(
            &guest.vm("restore", &["2", "--dry-run"]),
            0,
            &[r#""execute":"snapshot-load""#],
        );
        assert_failed(&guest.vm("restore", &["dry"]), 2, &["there are: before-crash, 2"]);
        assert_eq!(guest.record()["restores"].as_array().unwrap().len(), 1);
        // A shell is offered those of this guest.
        let mut shell = lkmc();
        shell
            .env("COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", "4")
            .env("_CLAP_IFS", "\n");
        let offered = shell
            .args(["--", "lkmc", "vm", "restore", &guest.0, ""])
            .output()
            .unwrap();
        assert!(
            stdout(&offered).starts_with("2\nbefore-crash\n-"),
            "{}",
            stdout(&offered)
        );
    });
}

#[test]
fn two_at_once_take_turns() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        let at_once = |wishes: [[&str; 2]; 3]| {
            let start = |[verb, name]: [&str; 2]| {
                let mut command = lkmc_in_time();
                command.args(["vm", verb, &guest.0, name]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            };
            let outputs = wishes.map(start).map(|child| child.wait_with_output().unwrap());
            let mut statuses = outputs.each_ref().map(|output| output.status.code().unwrap());
            statuses.sort_unstable();
            (statuses, outputs.map(|output| stderr(&output)).concat())
        };
        let (statuses, said) = at_once([["snapshot", "same"], ["snapshot", "same"], ["snapshot", "other"]]);
        assert_eq!(statuses, [0, 0, 2], "{said}");
        assert!(said.contains("lkmc::vm::snapshot_exists"), "{said}");
        // What is asked for while the guest goes back waits for its turn.
        let (statuses, said) = at_once([["restore", "same"], ["restore", "other"], ["snapshot", "third"]]);
        assert_eq!(statuses, [0, 0, 0], "{said}");
        guest.assert_alive();
    });
}

#[test]
fn a_command_in_the_middle_of_a_restore_is_told_and_never_waits() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        let start = |words: &[&str]| {
            let mut command = lkmc_in_time();
            command
                .arg("vm")
                .args(words)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        assert!(start(&["snapshot", &guest.0, "here"]).wait().unwrap().success());
        for _ in 0..3 {
            let mut restore = start(&["restore", &guest.0, "here"]);
            // One after the other, so that some fall into it.
            let commands: Vec<_> = (0..8)
                .map(|_| start(&["exec", &guest.0, "--", "true"]).wait_with_output().unwrap())
                .collect();
            assert!(restore.wait().unwrap().success());
            for done in commands {
                let said = stderr(&done);
                match done.status.code() {
                    Some(0) => {}
                    Some(125) => assert!(said.contains("the guest was taken back to `here`"), "{said}"),
                    other => panic!("{other:?}: {said}"),
                }
            }
        }
        guest.assert_alive();
    });
}

/// The emulator is stopped, so that the snapshot is under way when whoever wants it goes away.
#[test]
fn nothing_is_kept_of_what_nobody_waits_for() {
    each_profile_with_snapshots(|profile| {
        let guest = with(profile);
        let emulator = guest.record()["emulator-pid"].to_string();
        let kill = |signal: &str, process: &str| {
            assert!(Command::new("kill").args([signal, process]).status().unwrap().success());
        };
        kill("-STOP", &emulator);
        let mut asking = lkmc_in_time()
            .args(["vm", "snapshot", &guest.0, "unwanted"])
            .spawn()
            .unwrap();
        let connected = format!("/proc/{}/fd", asking.id());
        wait_until("the question", || {
            let links = std::fs::read_dir(&connected).into_iter().flatten().flatten();
            links
                .filter_map(|link| std::fs::read_link(link.path()).ok())
                .any(|to| to.to_string_lossy().starts_with("socket:"))
        });
        kill("-INT", &asking.id().to_string());
        asking.wait().unwrap();
        kill("-CONT", &emulator);
        guest.snapshot("wanted");
        let list: Value = serde_json::from_str(&stdout(&guest.vm("snapshot", &["--list", "--json"]))).unwrap();
        assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
        assert!(!guest.directory().join("undo.qcow2").exists());
    });
}

#[test]
fn what_does_not_belong_to_the_machine_is_refused() {
    each_profile_with_snapshots(|profile| {
        let place = tempfile::tempdir().unwrap();
        let share = format!("{}:/mnt/share", place.path().display());
        let guest = Guest::start(profile, &["--no-demos", "--share", &share]);
        assert_failed(
            &guest.vm("snapshot", &["s"]),
            2,
            &["lkmc::vm::snapshot_share", "/mnt/share", "umount"],
        );
        assert_says(&guest.exec("cd /; umount /mnt/share"), 0, &[]);
        guest.snapshot("s");
        // What was mounted since is not any more, and can be again.
        let mount = "mount -t 9p -o trans=virtio,version=9p2000.L share0 /mnt/share && ls /mnt/share";
        assert_says(&guest.exec(mount), 0, &[]);
        guest.restore("s");
        assert_says(
            &guest.exec(&format!("! grep -q share0 /proc/mounts && {mount}")),
            0,
            &[],
        );
        drop(guest);
        let disk = place.path().join("disk.img");
        std::fs::File::create(&disk).unwrap().set_len(1 << 20).unwrap();
        let guest = Guest::start(profile, &["--no-demos", "--disk", disk.to_str().unwrap()]);
        assert_failed(
            &guest.vm("snapshot", &["s"]),
            2,
            &["lkmc::vm::snapshot_disk", "disk.img"],
        );
        guest.assert_alive();
    });
}

#[test]
fn a_network_works_after_a_restore() {
    each_profile_with_snapshots(|profile| {
        let guest = Guest::start(profile, &["--no-demos", "--forward", "0:80"]);
        assert_says(&guest.exec("mkdir /www; echo served > /www/f; httpd -h /www"), 0, &[]);
        guest.snapshot("s");
        guest.restore("s");
        let record = guest.record();
        let port = record["profile"]["network"]["forwards"][0]["host"].as_u64().unwrap();
        wait_until("an answer", || {
            let mut said = String::new();
            let mut server = TcpStream::connect(("127.0.0.1", port as u16)).unwrap();
            server.write_all(b"GET /f HTTP/1.0\r\n\r\n").unwrap();
            let _ = server.read_to_string(&mut said);
            said.ends_with("served\n")
        });
    });
}

#[test]
fn a_shell_goes_back_from_another_terminal() {
    each_profile_with_snapshots(|profile| {
        let mut session = Session::start(&["profile", "run", profile, "--no-demos"]);
        session.expect("# ");
        let list = || -> Value { serde_json::from_str(&stdout(&run(&["vm", "list", "--json"]))).unwrap() };
        let own = session.child.id();
        let mut id = String::new();
        wait_until("the run", || {
            let all = list();
            let ours = |row: &&Value| {
                let emulator = row["emulator-pid"].as_u64().unwrap_or_default() as u32;
                crate::common::processes::descendants(own).contains(&emulator)
            };
            let found = all
                .as_array()
                .unwrap()
                .iter()
                .find(ours)
                .map(|row| row["id"].as_str().unwrap().to_owned());
            id = found.unwrap_or_default();
            !id.is_empty()
        });
        wait_until("the snapshot", || {
            run(&["vm", "snapshot", &id, "s"]).status.code() == Some(0)
        });
        session.type_keys("echo c > /proc/sysrq-trigger\r");
        session.expect("the guest stands still");
        assert_says(&run(&["vm", "restore", &id]), 0, &[]);
        session.expect("the guest is back at the snapshot `s`");
        session.type_keys("\recho still $((40 + 2))\r");
        session.expect("still 42");
        session.type_keys("exit 3\r");
        assert_eq!(session.status(), Some(3));
    });
}

/// Elsewhere QEMU would not keep what the processors' timers were at.
#[test]
fn a_machine_that_cannot_be_taken_back_is_refused() {
    each_profile(|profile| {
        if crate::common::arch(profile) != "riscv64" {
            return;
        }
        let guest = with(profile);
        assert_failed(&guest.vm("snapshot", &["s"]), 2, &["lkmc::vm::snapshot_arch"]);
        guest.assert_alive();
    });
}
