//! Restored guests, and several at once.

use super::world::{Done, directory_of, each_profile_with_snapshots, run, sh, signal};
use crate::common::{each_profile, lkmc, wait_for_end, wait_until};

#[test]
fn two_runs_at_once_do_not_meet() {
    each_profile(|profile| {
        let both: Vec<_> = (0..2)
            .map(|number| {
                let profile = profile.to_string();
                let line = format!("echo {number} > /tmp/x; sleep 1; cat /tmp/x");
                std::thread::spawn(move || sh(&profile, &line))
            })
            .collect();
        for (number, done) in both.into_iter().map(|thread| thread.join().unwrap()).enumerate() {
            assert_eq!(done.text(), format!("{number}\n"));
        }
    });
}

#[test]
fn the_second_run_does_not_boot() {
    each_profile_with_snapshots(|profile| {
        run(profile, &["--", "true"]);
        let done = sh(
            profile,
            "date +%s; head -c 16 /dev/urandom | od -A n -t x1; cat /proc/sys/kernel/random/uuid",
        );
        assert_eq!(done.record["snapshot"]["used"], true, "{}", done.record["snapshot"]);
        let console = std::fs::read(directory_of(&done.record).join("console.log")).unwrap();
        assert!(!String::from_utf8_lossy(&console).contains("Linux version"));
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let guest: u64 = done.text().lines().next().unwrap().parse().unwrap();
        assert!(now.abs_diff(guest) <= 10, "the guest's clock is {guest}, ours {now}");
        let other = sh(
            profile,
            "date +%s; head -c 16 /dev/urandom | od -A n -t x1; cat /proc/sys/kernel/random/uuid",
        );
        let random = |done: &Done| done.text().lines().skip(1).map(str::to_string).collect::<Vec<_>>();
        assert_ne!(
            random(&done),
            random(&other),
            "two runs of one snapshot draw the same random numbers"
        );

        let cold = run(profile, &["--cold", "--", "true"]);
        assert_eq!(cold.record["snapshot"]["used"], false);
        assert_eq!(cold.record["snapshot"]["why"], "--cold was given");
        let console = std::fs::read(directory_of(&cold.record).join("console.log")).unwrap();
        assert!(String::from_utf8_lossy(&console).contains("Linux version"));

        let other = run(profile, &["--kernel-arg", "lkmc.test=1", "--", "cat", "/proc/cmdline"]);
        assert!(other.text().contains("lkmc.test=1"));
    });
}

/// QEMU hands its state to a shell's `cat`; without one, nothing can be saved. The odd memory size is for a key of its own.
#[test]
fn a_snapshot_that_cannot_be_saved_costs_a_boot_and_nothing_else() {
    each_profile_with_snapshots(|profile| {
        let output = lkmc()
            .args([
                "--timeout",
                "4m",
                "profile",
                "run",
                profile,
                "--memory",
                "201MiB",
                "--",
                "echo",
                "fine",
            ])
            .env("PATH", "/nonexistent")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "fine\n", "{stderr}");
        assert!(stderr.contains("no snapshot could be saved"), "{stderr}");
        assert_eq!(output.status.code(), Some(0));
    });
}

/// Its memory got lost with the host, say: a processor that finds nothing there resets the machine.
#[test]
fn a_snapshot_whose_machine_is_in_trouble_gives_way() {
    each_profile_with_snapshots(|profile| {
        let run = || run(profile, &["--memory", "207MiB", "--no-demos", "--", "echo", "fine"]);
        let key = run().record["snapshot"]["key"].as_str().unwrap().to_owned();
        let kept = ::lkmc::paths::cache().unwrap().join("snapshots").join(&key);
        let ram = std::fs::File::options().write(true).open(kept.join("ram")).unwrap();
        let size = ram.metadata().unwrap().len();
        ram.set_len(0).unwrap();
        ram.set_len(size).unwrap();
        let spoilt = run();
        assert_eq!(
            (spoilt.text().as_str(), spoilt.status),
            ("fine\n", Some(0)),
            "{}",
            spoilt.stderr
        );
        assert!(spoilt.stderr.contains("could not be restored"), "{}", spoilt.stderr);
        assert!(!kept.exists());
    });
}

/// Whoever waits for another run to make a snapshot ends with its time, and when it is told to, however long a boot may take.
#[test]
fn who_waits_for_a_snapshot_can_be_ended() {
    each_profile_with_snapshots(|profile| {
        let directory = tempfile::tempdir().unwrap();
        let slow = directory.path().join("slow.toml");
        let text = format!("extends = [\"{profile}\"]\nmemory.size = \"205MiB\"\nlimits.boot = \"1h\"\n");
        std::fs::write(&slow, text).unwrap();
        let slow = slow.to_str().unwrap();
        let key = run(slow, &["--no-demos", "--", "true"]).record["snapshot"]["key"]
            .as_str()
            .unwrap()
            .to_owned();
        let snapshots = ::lkmc::paths::cache().unwrap().join("snapshots");
        std::fs::remove_dir_all(snapshots.join(&key)).unwrap();
        let lock = std::fs::File::create(snapshots.join(&key).with_extension("lock")).unwrap();
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
        let mut demo = lkmc();
        demo.args(["--timeout", "20s", "demo", "run", "kernel_modules/hello.c", "-p", slow]);
        assert_eq!(wait_for_end(&mut demo.spawn().unwrap()).code(), Some(124));
        let mut dev = lkmc();
        let mut dev = dev.args(["dev", "kernel_modules/hello.c", "-p", slow]).spawn().unwrap();
        wait_until("the end", || {
            signal(dev.id(), "-INT");
            dev.try_wait().unwrap().is_some()
        });
    });
}

#[test]
fn what_is_left_of_a_snapshot_that_was_removed_gives_way_to_the_next_one() {
    each_profile_with_snapshots(|profile| {
        let run = || run(profile, &["--memory", "203MiB", "--no-demos", "--", "echo", "fine"]);
        let key = run().record["snapshot"]["key"].as_str().unwrap().to_owned();
        let snapshots = ::lkmc::paths::cache().unwrap().join("snapshots");
        for file in ["state", "key.json"] {
            std::fs::remove_file(snapshots.join(&key).join(file)).unwrap();
        }
        let again = run();
        assert_eq!(again.text(), "fine\n", "{}", again.stderr);
        assert!(!again.stderr.contains("no snapshot could be saved"), "{}", again.stderr);
        assert_eq!(run().record["snapshot"]["used"], true);
        std::fs::remove_dir_all(snapshots.join(&key)).unwrap();
    });
}
