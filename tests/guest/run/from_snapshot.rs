//! `profile run --from`: runs that begin where another guest was when it was kept by name.

use super::world::{each_profile_with_snapshots, record_in, run as run_profile};
use crate::common::{Guest, assert_failed, assert_says, lkmc, lkmc_in_time, run, stdout, wait_until};

/// A guest that has left a file, and is kept under this name.
fn kept(profile: &str, more: &[&str], name: &str) -> Guest {
    let guest = Guest::start(profile, &[&["--no-demos"], more].concat());
    assert_says(&guest.exec("echo before > /tmp/state; (sleep 100000 &)"), 0, &[]);
    assert_says(&run(&["vm", "snapshot", &guest.0, name]), 0, &[]);
    guest
}

/// A run that begins there, with this line of shell.
fn from(profile: &str, snapshot: &str, line: &str) -> std::process::Output {
    run(&["profile", "run", profile, "--from", snapshot, "--", "sh", "-c", line])
}

/// Names are told apart from those of other tests, which run at the same time.
fn name(profile: &str, what: &str) -> String {
    format!("{what}-{profile}-{}", std::process::id())
}

#[test]
fn any_number_of_runs_begin_where_a_guest_was() {
    each_profile_with_snapshots(|profile| {
        let name = name(profile, "many");
        let guest = kept(profile, &[], &name);
        assert_says(&guest.exec("echo later > /tmp/state; killall sleep"), 0, &[]);
        let line = "cat /tmp/state; pidof sleep | wc -w; echo other > /tmp/state";
        let runs: Vec<_> = (0..3)
            .map(|_| {
                let mut command = lkmc_in_time();
                command.args(["profile", "run", profile, "--from", &name, "--", "sh", "-c", line]);
                command.stdout(std::process::Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for run in runs {
            let output = run.wait_with_output().unwrap();
            assert_says(&output, 0, &[]);
            assert_eq!(stdout(&output), "before\n1\n");
        }
        // None of them has done anything to the guest, or to the snapshot.
        assert_eq!(stdout(&guest.exec("cat /tmp/state")), "later\n");
        let done = run_profile(
            profile,
            &["--from", &format!("{}:{name}", guest.0), "--", "cat", "/tmp/state"],
        );
        assert_eq!(done.text(), "before\n");
        let began = &done.record["snapshot"]["from"];
        assert_eq!(
            (&began["run"], &began["snapshot"]),
            (&guest.0.as_str().into(), &name.as_str().into())
        );
        assert_eq!(done.record["snapshot"]["used"], true);
        assert!(done.record["seconds"]["boot"].is_null(), "{}", done.record["seconds"]);
        // The guest may have died meanwhile.
        run(&[
            "vm",
            "exec",
            &guest.0,
            "--",
            "sh",
            "-c",
            "echo c > /proc/sysrq-trigger; sleep 100",
        ]);
        wait_until("the machine stands still", || {
            !record_in(&guest.directory())["ended"].is_null()
        });
        assert_eq!(stdout(&from(profile, &name, "cat /tmp/state")), "before\n");
        // Its snapshots end with its run.
        let directory = guest.directory();
        assert!(directory.join("snapshots").exists());
        drop(guest);
        assert!(!directory.join("snapshots").exists());
        assert_failed(&from(profile, &name, "true"), 2, &["lkmc::run::from_unknown"]);
    });
}

#[test]
fn a_guest_that_began_with_a_snapshot_has_its_own() {
    each_profile_with_snapshots(|profile| {
        let name = name(profile, "twice");
        // A machine that has booted itself calls its memory otherwise than one that was restored.
        let first = kept(profile, &["--cold"], &name);
        let second = Guest::start(profile, &["--no-demos", "--from", &name]);
        let list = stdout(&run(&["vm", "list"]));
        assert!(list.contains(&format!("from {}:{name}", first.0)), "{list}");
        assert_says(&second.exec("cat /tmp/state; echo second > /tmp/state"), 0, &["before"]);
        assert_says(&run(&["vm", "snapshot", &second.0, &name]), 0, &[]);
        // Two of them are called so now.
        let ambiguous = from(profile, &name, "true");
        let (one, other) = (format!("{}:{name}", first.0), format!("{}:{name}", second.0));
        assert_failed(&ambiguous, 2, &["lkmc::run::from_ambiguous", &one, &other]);
        assert_eq!(stdout(&from(profile, &other, "cat /tmp/state")), "second\n");
        assert_eq!(stdout(&from(profile, &one, "cat /tmp/state")), "before\n");
        assert_says(&second.exec("echo third > /tmp/state"), 0, &[]);
        assert_says(&run(&["vm", "snapshot", &second.0, &name, "--replace"]), 0, &[]);
        assert_eq!(stdout(&from(profile, &other, "cat /tmp/state")), "third\n");
        assert_says(&run(&["vm", "restore", &second.0]), 0, &[]);
        assert_says(&run(&["vm", "snapshot", &second.0, "--remove", &name]), 0, &[]);
        assert_failed(&from(profile, &other, "true"), 2, &["lkmc::run::from_unknown"]);
        assert_eq!(stdout(&from(profile, &name, "cat /tmp/state")), "before\n");
    });
}

#[test]
fn what_is_another_machine_is_refused_before_anything_starts() {
    each_profile_with_snapshots(|profile| {
        let name = name(profile, "refused");
        let guest = kept(profile, &[], &name);
        let refused = |more: &[&str], parts: &[&str]| {
            let words = [&["profile", "run", profile, "--from", &name], more, &["--", "true"]].concat();
            assert_failed(&run(&words), 2, parts);
        };
        let differs = "lkmc::run::from_differs";
        refused(
            &["--memory", "512MiB"],
            &[differs, "memory.size (there 256MiB, here 512MiB)"],
        );
        refused(&["--cpus", "2"], &[differs, "cpu.count (there 1, here 2)"]);
        refused(&["--share", "/tmp:/mnt"], &[differs, "share 1 (there none, here one)"]);
        refused(
            &["--set", "kernel.version=6.1"],
            &[differs, "kernel.version (there `6.12`, here `6.1`)"],
        );
        refused(&["--kernel-arg", "quiet"], &[differs, "kernel.command-line"]);
        refused(&["--cold"], &["cannot be used with"]);
        let completed = lkmc()
            .env("COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", "5")
            .args(["--", "lkmc", "profile", "run", profile, "--from", ""])
            .output()
            .unwrap();
        assert!(
            stdout(&completed).lines().any(|line| line == name),
            "{}",
            stdout(&completed)
        );
        let misspelt = name.replacen("refused", "refusde", 1);
        assert_failed(
            &from(profile, &misspelt, "true"),
            2,
            &[&format!("did you mean `{name}`?")],
        );
        // What the guest cannot see may be another.
        let done = run_profile(profile, &["--from", &name, "--set", "limits.command=1m", "--", "true"]);
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        let shown = run(&["profile", "run", profile, "--from", &name, "--dry-run", "--", "true"]);
        let waits = format!("the state of the snapshot {}:{name}", guest.0);
        assert_says(&shown, 0, &[&waits, " -S"]);
        // One that nobody knows to be the same has snapshots for itself.
        let own = Guest::start(profile, &["--no-demos", "--qemu-arg=-name", "--qemu-arg=mine"]);
        assert_says(&run(&["vm", "snapshot", &own.0, "own"]), 0, &[]);
        let refused = from(profile, &format!("{}:own", own.0), "true");
        assert_failed(
            &refused,
            2,
            &["lkmc::run::from_own", "--qemu-arg was given", "lkmc vm restore"],
        );
    });
}

#[test]
fn gem5_has_checkpoints_in_place_of_names() {
    let output = run(&["profile", "run", "aarch64-gem5-hpi", "--from", "any", "--", "true"]);
    assert_failed(&output, 2, &["lkmc::run::from_gem5", "--restore RUN[:TICK]"]);
}

#[test]
fn a_snapshot_that_goes_before_the_run_begins_is_told() {
    each_profile_with_snapshots(|profile| {
        let name = name(profile, "gone");
        let guest = kept(profile, &[], &name);
        let kept = std::fs::read_dir(guest.directory().join("snapshots")).unwrap();
        let mut kept = kept.map(|entry| entry.unwrap().path());
        let image = kept.find(|path| path.extension().is_some_and(|it| it == "qcow2"));
        std::fs::remove_file(image.unwrap()).unwrap();
        assert_says(&from(profile, &name, "true"), 125, &["lkmc::run::from_gone"]);
    });
}
