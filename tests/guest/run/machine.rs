//! The machine around a command: console, overrides, shares, disks, network.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::world::{run, sh, signal, start_sleeper};
use crate::common::{Guest, each_profile, lkmc, stdout, wait_until};

#[test]
fn the_emulator_uses_nothing_of_the_host() {
    each_profile(|profile| {
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

/// On x86 the kernel has to know the rate of its counter for that, and measures it wrongly on a busy machine.
#[test]
fn a_second_is_as_long_in_the_guest_as_outside() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--cold"]);
        let uptime = || {
            let text = stdout(&guest.exec("cat /proc/uptime"));
            text.split(' ')
                .next()
                .and_then(|word| word.parse().ok())
                .unwrap_or_else(|| panic!("{text}"))
        };
        let (since, before): (Instant, f64) = (Instant::now(), uptime());
        std::thread::sleep(Duration::from_secs(3));
        let passed = uptime() - before;
        let outer = since.elapsed().as_secs_f64();
        assert!(
            (2.0..outer + 0.1).contains(&passed),
            "{passed} s in the guest, {outer} s outside"
        );
    });
}

#[test]
fn the_console_is_shown_when_asked_for() {
    each_profile(|profile| {
        let done = run(profile, &["--console", "--", "echo", "hello"]);
        assert_eq!(done.text(), "hello\n");
        assert!(done.stderr.contains("Linux version"));
    });
}

#[test]
fn modprobe_finds_the_kernels_own_modules() {
    each_profile(|profile| {
        for how in [&[][..], &["--cold"][..]] {
            // Whether this line can be had depends on the machine; the module says which, so it was there.
            let load = ["--", "sh", "-c", "modprobe dummy-irq irq=1 2>/dev/null; dmesg"];
            let done = run(profile, &[how, &load[..]].concat());
            assert!(done.text().contains("dummy-irq: "), "{} {}", done.text(), done.stderr);
        }
    });
}

#[test]
fn what_is_for_gem5_says_that_this_is_none() {
    each_profile(|profile| {
        let done = sh(profile, "m5 exit");
        assert_eq!(done.status, Some(1));
        assert!(done.stderr.contains("m5: this machine is not gem5"), "{}", done.stderr);
        let done = sh(profile, "m5 --address exit");
        assert_eq!(done.status, Some(1));
        let refused = ["m5: what is at ", "m5: nothing answers at that address"];
        assert!(refused.iter().any(|said| done.stderr.contains(said)), "{}", done.stderr);
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
    each_profile(|profile| {
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
    each_profile(|profile| {
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
    each_profile(|profile| {
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
    each_profile(|profile| {
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
fn a_disk_keeps_what_was_written_before_a_deadline() {
    each_profile(|profile| {
        let directory = tempfile::tempdir().unwrap();
        let hasty = directory.path().join("hasty.toml");
        std::fs::write(&hasty, format!("extends = [\"{profile}\"]\nlimits.command = \"3s\"\n")).unwrap();
        let disk = tempfile::NamedTempFile::new().unwrap();
        disk.as_file().set_len(16 << 20).unwrap();
        let path = disk.path().to_str().unwrap();
        // What a file system holds stays in the guest's memory for half a minute.
        let line =
            "mkdir /m && mke2fs /dev/vda > /dev/null && sync && mount /dev/vda /m && echo precious > /m/f; sleep 100";
        let done = run(
            hasty.to_str().unwrap(),
            &["--no-demos", "--disk", path, "--", "sh", "-c", line],
        );
        assert_eq!(done.status, Some(124), "{}", done.stderr);
        let written = std::fs::read(path).unwrap();
        let found = written.windows(9).any(|part| part == b"precious\n");
        assert!(found, "{}", done.stderr);
    });
}

#[test]
fn ports_are_forwarded() {
    each_profile(|profile| {
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
        wait_until("the guest's web page", || {
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
    each_profile(|profile| {
        assert_eq!(sh(profile, "ls /sys/class/net").text(), "lo\n");
    });
}
