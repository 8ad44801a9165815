//! Real guests: every promise of `profile run` and `vm`, on every profile that LKMC_TEST_PROFILES names.
//!
//! Without that variable each test says that it is skipped, because building kernels takes a while:
//! Times are asserted with room for a busy machine; the benches measure them.
//! `LKMC_TEST_PROFILES="x86_64-qemu aarch64-qemu arm-qemu" cargo test --test guest`.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

mod common;

use common::{each_profile, lkmc};

struct Done {
    status: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
    /// run.json, which `--json` puts on the last line of standard error.
    record: Value,
    seconds: f64,
}

impl Done {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    fn verdict(&self) -> &str {
        self.record["verdict"].as_str().unwrap_or("none")
    }
}

/// `lkmc --json profile run PROFILE ARGS...` with this standard input.
fn run_with(profile: &str, arguments: &[&str], input: &[u8]) -> Done {
    let started = Instant::now();
    let mut child = lkmc()
        .args(["--json", "--timeout", "4m", "profile", "run", profile])
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
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let (before, last) = stderr
        .trim_end()
        .rsplit_once('\n')
        .map_or(("", stderr.trim_end()), |split| split);
    let record = serde_json::from_str(last).unwrap_or(Value::Null);
    let stderr = if record.is_null() {
        stderr.clone()
    } else {
        before.to_string()
    };
    Done {
        status: output.status.code(),
        stdout: output.stdout,
        stderr,
        record,
        seconds: started.elapsed().as_secs_f64(),
    }
}

fn run(profile: &str, arguments: &[&str]) -> Done {
    run_with(profile, arguments, b"")
}

fn sh(profile: &str, line: &str) -> Done {
    run(profile, &["--", "sh", "-c", line])
}

fn directory_of(record: &Value) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("out/run")
        .join(record["id"].as_str().unwrap())
}

/// The directory of the run that a process of ours owns.
fn directory_of_process(child: &Child) -> PathBuf {
    let deadline = Instant::now() + Duration::from_secs(60);
    let fds = format!("/proc/{}/fd", child.id());
    while Instant::now() < deadline {
        let links = std::fs::read_dir(&fds).into_iter().flatten().flatten();
        let lock = links
            .filter_map(|fd| std::fs::read_link(fd.path()).ok())
            .find(|to| to.ends_with("lock") && to.to_string_lossy().contains("/out/run/"));
        if let Some(lock) = lock {
            return lock.parent().unwrap().to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no run directory appeared");
}

fn record_in(directory: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(directory.join("run.json")).unwrap()).unwrap()
}

fn wait_for(what: &str, seconds: u64, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !condition() {
        assert!(Instant::now() < deadline, "waited too long for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn is_running(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

/// A guest command that runs for long, the run's directory, and the emulator's process.
fn start_sleeper(profile: &str) -> (Child, PathBuf, u64) {
    let mut child = lkmc()
        .args(["profile", "run", profile, "--", "sh", "-c", "echo up; sleep 1000"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = [0; 3];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
    assert_eq!(&line, b"up\n");
    let directory = directory_of_process(&child);
    let pid = record_in(&directory)["emulator-pid"].as_u64().unwrap();
    (child, directory, pid)
}

fn signal(pid: u32, name: &str) {
    assert!(
        Command::new("kill")
            .args([name, &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn the_status_passes_through() {
    each_profile("the_status_passes_through", |profile| {
        for status in [0, 1, 2, 42, 124, 125, 126, 255] {
            let done = sh(profile, &format!("exit {status}"));
            assert_eq!(done.status, Some(status), "{}", done.stderr);
            assert_eq!(done.verdict(), if status == 0 { "pass" } else { "failed" });
        }
        assert_eq!(sh(profile, "kill -9 $$").status, Some(137));
        assert_eq!(run(profile, &["--", "no-such-program"]).status, Some(127));
        assert_eq!(run(profile, &["--", "/etc/passwd"]).status, Some(126));
    });
}

#[test]
fn streams_are_the_commands_own() {
    each_profile("streams_are_the_commands_own", |profile| {
        let done = sh(profile, "echo out; echo err >&2");
        assert_eq!((done.text().as_str(), done.stderr.as_str()), ("out\n", "err"));
        assert_eq!(sh(profile, "pwd").text(), "/lkmc\n");
    });
}

#[test]
fn ten_megabytes_go_there_and_back() {
    each_profile("ten_megabytes_go_there_and_back", |profile| {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as u8
        };
        let input: Vec<u8> = (0..10_000_000).map(|_| next()).collect();
        let done = run_with(profile, &["--", "cat"], &input);
        assert_eq!(done.status, Some(0));
        assert!(done.stdout == input, "{} bytes came back", done.stdout.len());
    });
}

#[test]
fn input_that_nobody_reads_is_no_obstacle() {
    each_profile("input_that_nobody_reads_is_no_obstacle", |profile| {
        let done = run_with(profile, &["--", "true"], &vec![b'x'; 3_000_000]);
        assert_eq!(done.status, Some(0));
        let done = run_with(profile, &["--", "head", "-c", "3"], &vec![b'x'; 3_000_000]);
        assert_eq!(done.text(), "xxx");
    });
}

#[test]
fn any_argument_arrives() {
    each_profile("any_argument_arrives", |profile| {
        let odd = "a'b\"c $(d) `e` \\ \n\t* ~ \u{1F600} ;&|<>";
        let done = run(profile, &["--", "printf", "%s|%s|", odd, ""]);
        assert_eq!(done.text(), format!("{odd}||"));
        let long = "y".repeat(100_000);
        let words: Vec<&str> = std::iter::once("--")
            .chain(["echo"])
            .chain(std::iter::repeat_n(long.as_str(), 12))
            .collect();
        let done = run(profile, &words);
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        assert_eq!(done.stdout.len(), 12 * 100_001);
    });
}

#[test]
fn scripts_have_no_length_limit() {
    each_profile("scripts_have_no_length_limit", |profile| {
        let mut script = tempfile::NamedTempFile::new().unwrap();
        for _ in 0..40_000 {
            writeln!(script, ": a comment that makes the script longer").unwrap();
        }
        writeln!(script, "echo end; exit 7").unwrap();
        let done = run(profile, &["--script", script.path().to_str().unwrap()]);
        assert_eq!((done.status, done.text().as_str()), (Some(7), "end\n"));
    });
}

#[test]
fn a_panic_is_told_long_before_the_command_would_end() {
    each_profile("a_panic_is_told_long_before_the_command_would_end", |profile| {
        let done = sh(
            profile,
            "echo before; cat /proc/uptime; echo c > /proc/sysrq-trigger; sleep 100",
        );
        assert_eq!((done.status, done.verdict()), (Some(126), "panic"), "{}", done.stderr);
        assert!(done.text().starts_with("before\n"));
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
        assert!(
            done.record["seconds"]["command"].as_f64().unwrap() < 10.0,
            "{}",
            done.record["seconds"]
        );
    });
}

#[test]
fn an_oops_outweighs_the_commands_status() {
    each_profile("an_oops_outweighs_the_commands_status", |profile| {
        let done = sh(
            profile,
            "echo before; (echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT); echo after; exit 0",
        );
        assert_eq!((done.status, done.verdict()), (Some(126), "oops"), "{}", done.stderr);
        assert_eq!(done.text(), "before\nafter\n");
        let done = sh(
            profile,
            "(echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT); sleep 100",
        );
        assert_eq!((done.status, done.verdict()), (Some(126), "oops"), "{}", done.stderr);
        assert!(
            done.record["seconds"]["command"].as_f64().unwrap() < 10.0,
            "{}",
            done.record["seconds"]
        );
    });
}

#[test]
fn a_lockup_is_found() {
    each_profile("a_lockup_is_found", |profile| {
        // The kernel's own detector takes twice the threshold.
        let line =
            "echo 2 > /proc/sys/kernel/watchdog_thresh; echo SOFTLOCKUP > /sys/kernel/debug/provoke-crash/DIRECT";
        let done = run(profile, &["--cpus", "2", "--", "sh", "-c", line]);
        assert_eq!((done.status, done.verdict()), (Some(126), "lockup"), "{}", done.stderr);
    });
}

#[test]
fn a_missing_init_is_told_from_a_panic() {
    each_profile("a_missing_init_is_told_from_a_panic", |profile| {
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
    each_profile("an_init_of_the_users_is_run", |profile| {
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
    each_profile("a_killed_emulator_is_no_guest_failure", |profile| {
        let (mut child, directory, emulator) = start_sleeper(profile);
        let killed = Instant::now();
        signal(emulator as u32, "-KILL");
        assert_eq!(child.wait().unwrap().code(), Some(125));
        assert!(killed.elapsed() < Duration::from_secs(5));
        assert_eq!(record_in(&directory)["verdict"], "emulator-died");
    });
}

#[test]
fn a_timeout_kills_everything() {
    each_profile("a_timeout_kills_everything", |profile| {
        run(profile, &["--", "true"]);
        let output = lkmc()
            .args(["--timeout", "3s", "profile", "run", profile, "--", "sleep", "1000"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(124));
        assert!(String::from_utf8_lossy(&output.stderr).contains("timeout"));
    });
}

#[test]
fn ctrl_c_leaves_nothing() {
    each_profile("ctrl_c_leaves_nothing", |profile| {
        for (name, status) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
            let (mut child, directory, emulator) = start_sleeper(profile);
            signal(child.id(), name);
            assert_eq!(child.wait().unwrap().code(), Some(status));
            assert!(!is_running(emulator));
            assert_eq!(record_in(&directory)["status"], status);
            assert!(!directory.join("agent.sock").exists());
        }
    });
}

/// Its loader and its libraries are the toolbox's: nothing is executed that another machine would not have.
#[test]
fn the_emulator_uses_nothing_of_the_host() {
    each_profile("the_emulator_uses_nothing_of_the_host", |profile| {
        let (mut child, _, emulator) = start_sleeper(profile);
        let maps = std::fs::read_to_string(format!("/proc/{emulator}/maps")).unwrap();
        let code = maps.lines().filter(|line| line.contains(" r-xp "));
        let files: Vec<&str> = code.filter_map(|line| Some(&line[line.find('/')?..])).collect();
        signal(child.id(), "-INT");
        child.wait().unwrap();
        assert!(files.len() > 10, "{files:?}");
        let foreign: Vec<_> = files.iter().filter(|file| !file.contains("/nix/store/")).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
    });
}

#[test]
fn a_killed_lkmc_leaves_no_emulator() {
    each_profile("a_killed_lkmc_leaves_no_emulator", |profile| {
        let (mut child, _, emulator) = start_sleeper(profile);
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        wait_for("the emulator's end", 5, || !is_running(emulator));
        // The next run is none the worse for it.
        assert_eq!(run(profile, &["--", "true"]).status, Some(0));
    });
}

#[test]
fn a_closed_pipe_ends_the_run() {
    each_profile("a_closed_pipe_ends_the_run", |profile| {
        let mut child = lkmc()
            .args(["profile", "run", profile, "--", "yes"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut start = [0; 4];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut start).unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(141));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    });
}

#[test]
fn two_runs_at_once_do_not_meet() {
    each_profile("two_runs_at_once_do_not_meet", |profile| {
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
    each_profile("the_second_run_does_not_boot", |profile| {
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
    each_profile(
        "a_snapshot_that_cannot_be_saved_costs_a_boot_and_nothing_else",
        |profile| {
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
        },
    );
}

#[test]
fn the_console_is_shown_when_asked_for() {
    each_profile("the_console_is_shown_when_asked_for", |profile| {
        let done = run(profile, &["--console", "--", "echo", "hello"]);
        assert_eq!(done.text(), "hello\n");
        assert!(done.stderr.contains("Linux version"));
    });
}

#[test]
fn what_is_for_gem5_says_that_this_is_none() {
    each_profile("what_is_for_gem5_says_that_this_is_none", |profile| {
        let done = sh(profile, "m5 exit");
        assert_eq!(done.status, Some(1));
        assert!(done.stderr.contains("m5: this machine is not gem5"), "{}", done.stderr);
        let done = sh(profile, "m5 --address exit");
        assert_eq!(done.status, Some(1));
        assert!(done.stderr.contains("m5: what is at "), "{}", done.stderr);
        for line in [
            "m5",
            "m5 exot",
            "m5 exit 1 2",
            "m5 fail",
            "m5 fail -1",
            "m5 initparam key",
            "m5 --address=1 exit",
        ] {
            assert_eq!(sh(profile, line).status, Some(2), "{line}");
        }
        let arguments = ["--console", "--kernel-arg", "lkmc.agent=gem5", "--", "true"];
        let done = run(profile, &arguments);
        assert!(
            done.stderr.contains("lkmc-agent: this machine is not gem5"),
            "{}",
            done.stderr
        );
    });
}

#[test]
fn overrides_reach_the_machine() {
    each_profile("overrides_reach_the_machine", |profile| {
        let line = "grep -c ^processor /proc/cpuinfo; grep MemTotal /proc/meminfo";
        let done = run(profile, &["--cpus", "2", "--memory", "384MiB", "--", "sh", "-c", line]);
        let text = done.text();
        let memory: u64 = text.split_whitespace().nth(2).unwrap().parse().unwrap();
        assert!(
            text.starts_with("2\n") && (300_000..384 * 1024).contains(&memory),
            "{text}{}",
            done.stderr
        );
    });
}

#[test]
fn shares_are_read_only_unless_asked_for() {
    each_profile("shares_are_read_only_unless_asked_for", |profile| {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("there"), "from the host").unwrap();
        let host = directory.path().to_str().unwrap();
        let line = "cat /mnt/s/there; echo x > /mnt/s/new";
        let done = run(profile, &["--share", &format!("{host}:/mnt/s"), "--", "sh", "-c", line]);
        assert_eq!(
            (done.status, done.text().as_str()),
            (Some(1), "from the host"),
            "{}",
            done.stderr
        );
        // Remounting does not help: the host refuses.
        let line = "mount -o remount,rw /mnt/s; echo x > /mnt/s/new";
        assert_ne!(
            run(profile, &["--share", &format!("{host}:/mnt/s"), "--", "sh", "-c", line]).status,
            Some(0)
        );
        assert!(!directory.path().join("new").exists());
        let line = "echo from the guest > /mnt/s/new";
        let done = run(
            profile,
            &["--share", &format!("{host}:/mnt/s:rw"), "--", "sh", "-c", line],
        );
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        assert_eq!(
            std::fs::read_to_string(directory.path().join("new")).unwrap(),
            "from the guest\n"
        );
        assert_eq!(
            run(profile, &["--share", "/no/such/directory:/mnt", "--", "true"]).status,
            Some(2)
        );
    });
}

/// The image itself is read-only: what the guest writes goes to memory and is gone with it.
#[test]
fn an_ext4_root_can_be_written_to() {
    each_profile("an_ext4_root_can_be_written_to", |profile| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ext4.toml");
        let text = format!("extends = [\"{profile}\"]\ndescription = \"a disk\"\n[rootfs]\nmedium = \"ext4\"\n");
        std::fs::write(&path, text).unwrap();
        let line =
            "ls /etc/new; echo text > /etc/new && cat /etc/new; grep -c ' /mnt' /proc/mounts; grep ' / ' /proc/mounts";
        let done = sh(path.to_str().unwrap(), line);
        let text = done.text();
        assert!(
            text.starts_with("text\n0\noverlay / overlay rw"),
            "{text}{}",
            done.stderr
        );
        assert!(done.stderr.contains("/etc/new: No such file"), "{}", done.stderr);
    });
}

#[test]
fn a_disk_keeps_what_was_written() {
    each_profile("a_disk_keeps_what_was_written", |profile| {
        let disk = tempfile::NamedTempFile::new().unwrap();
        disk.as_file().set_len(16 << 20).unwrap();
        let path = disk.path().to_str().unwrap();
        let done = run(
            profile,
            &[
                "--disk",
                path,
                "--",
                "sh",
                "-c",
                "echo kept | dd of=/dev/vda bs=512 conv=notrunc 2>/dev/null",
            ],
        );
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        assert!(std::fs::read(path).unwrap().starts_with(b"kept\n"));
        let done = run(profile, &["--disk", path, "--", "head", "-c", "5", "/dev/vda"]);
        assert_eq!(done.text(), "kept\n");
    });
}

#[test]
fn ports_are_forwarded() {
    each_profile("ports_are_forwarded", |profile| {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = lkmc()
            .args(["profile", "run", profile, "--forward", &format!("{free}:80"), "--"])
            .args([
                "sh",
                "-c",
                "echo page > /tmp/index.html; httpd -h /tmp; ifconfig -a | grep -c 'addr:10.0.2.15'; sleep 60",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut page = String::new();
        wait_for("the guest's web page", 60, || {
            let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", free)) else {
                return false;
            };
            stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            let _ = stream.write_all(b"GET /index.html HTTP/1.0\r\n\r\n");
            page.clear();
            let _ = std::io::Read::read_to_string(&mut stream, &mut page);
            page.contains("page")
        });
        signal(child.id(), "-INT");
        child.wait().unwrap();
    });
}

#[test]
fn there_is_no_network_unless_asked_for() {
    each_profile("there_is_no_network_unless_asked_for", |profile| {
        assert_eq!(sh(profile, "ls /sys/class/net").text(), "lo\n");
    });
}

#[test]
fn a_guest_that_powers_off_has_not_failed() {
    each_profile("a_guest_that_powers_off_has_not_failed", |profile| {
        let done = sh(profile, "poweroff; sleep 100");
        assert_eq!((done.status, done.verdict()), (Some(0), "pass"), "{}", done.stderr);
    });
}

#[test]
fn the_shell_takes_piped_input() {
    each_profile("the_shell_takes_piped_input", |profile| {
        let done = run_with(profile, &[], b"echo $((6*7)) in $PWD\nexit 3\n");
        assert!(done.text().contains("42 in /lkmc"), "{}", done.text());
        assert_eq!(done.status, Some(3));
    });
}

#[test]
fn a_detached_guest_is_used_from_outside() {
    each_profile("a_detached_guest_is_used_from_outside", |profile| {
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

        vm(&["exec", &id, "--", "true"], b"");
        let started = Instant::now();
        let output = vm(
            &["exec", &id, "--", "sh", "-c", "cat; echo err >&2; exit 5"],
            b"in\0put",
        );
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
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
        std::thread::sleep(Duration::from_millis(300));
        let big = vec![7; 2_000_000];
        assert!(vm(&["exec", &id, "--", "cat"], &big).stdout == big);
        stuck.kill().unwrap();
        stuck.wait().unwrap();
        wait_for("the end of what a killed client started", 5, || {
            !vm(&["exec", &id, "--", "pidof", "yes"], b"").status.success()
        });

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

        assert!(vm(&["stop", &id], b"").status.success());
        let output = vm(&["exec", &id, "--", "true"], b"");
        assert_eq!(output.status.code(), Some(2));
        let record = record_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(&id));
        assert_eq!(record["verdict"], "pass");
    });
}

#[test]
fn a_detached_guest_that_panics_says_so() {
    each_profile("a_detached_guest_that_panics_says_so", |profile| {
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
    each_profile("a_killed_supervisor_leaves_a_stale_run", |profile| {
        let output = lkmc().args(["profile", "run", profile, "--detach"]).output().unwrap();
        let id = String::from_utf8_lossy(&output.stdout).trim().to_string();
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(&id);
        let emulator = record_in(&directory)["emulator-pid"].as_u64().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{emulator}/status")).unwrap();
        let parent = status
            .lines()
            .find_map(|line| line.strip_prefix("PPid:"))
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        signal(parent, "-KILL");
        wait_for("the emulator's end", 5, || !is_running(emulator));
        // The emulator dies with the thread that started it, which may be before the supervisor's last thread lets go.
        wait_for("the list to say stale", 5, || {
            let list = lkmc().args(["vm", "list", "--json"]).output().unwrap();
            let list: Value = serde_json::from_slice(&list.stdout).unwrap();
            let mut rows = list.as_array().unwrap().iter();
            rows.any(|row| row["id"] == id.as_str() && row["state"] == "stale")
        });
        let output = lkmc().args(["vm", "exec", &id, "--", "true"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("stale"));
        std::fs::remove_dir_all(directory).unwrap();
    });
}

#[test]
fn restored_runs_are_fast() {
    each_profile("restored_runs_are_fast", |profile| {
        run(profile, &["--", "true"]);
        // The best of a few: other tests run at the same time.
        let best = (0..5)
            .map(|_| run(profile, &["--", "true"]).seconds)
            .fold(f64::MAX, f64::min);
        assert!(best < 3.0, "{best}");
    });
}
