//! Recordings and replays in real guests, on every profile that LKMC_TEST_PROFILES names.
//!
//! LKMC_REPLAY_RECORDINGS says how many recordings the corpus makes on each (3 if not set); docs/replay.md has the results of 20.

use std::io::Read;
use std::path::PathBuf;
use std::process::Stdio;

use crate::common::{assert_says, lkmc, profiles, record, run, run_directory, said, skip, wait_for_end};

/// What the guests of the corpus do, in turn: what differs from one boot to the next, what takes time, what writes much, and what
/// goes wrong. With the status of the recorded run.
const CORPUS: &[(&str, i32)] = &[
    ("head -c 64 /dev/urandom | od -An -tx1", 0),
    ("cat /proc/interrupts /proc/uptime /proc/stat; exit 3", 3),
    ("echo c > /proc/sysrq-trigger", 126),
    ("sleep 3; date; cat /proc/sys/kernel/random/uuid", 0),
    ("for i in $(seq 200); do (echo $i) & done; wait; dmesg | tail -5", 0),
    ("dd if=/dev/urandom bs=4k count=64 2>/dev/null | md5sum", 0),
    ("seq 3000; echo to stderr >&2; kill -9 $$", 137),
    ("find / -xdev -type f | head -n 300 | md5sum; ps", 0),
    ("echo BUG > /sys/kernel/debug/provoke-crash/DIRECT; sleep 100", 126),
    (
        "od -An -tx1 -N 32 /dev/random; cat /proc/sys/kernel/random/boot_id; ls -l /proc/self/fd >&2",
        0,
    ),
];

struct Lkmc {
    profiles: Vec<String>,
}

impl Lkmc {
    /// `None`: no guest is wanted, which is said.
    fn new() -> Option<Lkmc> {
        let profiles = profiles();
        (!profiles.is_empty()).then_some(Lkmc { profiles })
    }

    /// The profiles whose machines QEMU takes back, or those others (docs/riscv64.md). If there are none, that is said.
    fn reversible(&self, wanted: bool) -> Vec<&String> {
        let is_reversible = |profile: &&String| !profile.starts_with("riscv64");
        let profiles = self.profiles.iter().filter(|it| is_reversible(it) == wanted);
        let found: Vec<&String> = profiles.collect();
        if found.is_empty() {
            skip("no profile of the kind it needs was asked for");
        }
        found
    }

    /// A recorded run: its directory and status.
    fn record(&self, profile: &str, options: &[&str], command: &[&str]) -> (PathBuf, i32) {
        let mut arguments = vec!["--json", "profile", "run", profile, "--record"];
        arguments.extend(options);
        arguments.push("--");
        arguments.extend(command);
        let output = run(&arguments);
        let record = record(&output);
        let id = record["id"].as_str().unwrap_or_else(|| panic!("{}", said(&output)));
        assert_eq!(record["recording"], "recording.bin", "{}", said(&output));
        let why = "a recording begins with the first instruction";
        assert_eq!(record["snapshot"]["why"], why);
        (run_directory(id), output.status.code().expect("lkmc exits"))
    }
}

fn id(directory: &std::path::Path) -> String {
    directory
        .file_name()
        .expect("a run directory has a name")
        .to_string_lossy()
        .into_owned()
}

#[test]
fn a_recording_whose_output_nobody_reads_any_more_ends() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    for profile in &lkmc_.profiles {
        let mut child = lkmc()
            .args(["--json", "profile", "run", profile, "--record", "--", "yes"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 2];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{}", said(&output));
        // It is whole all the same.
        let record = record(&output);
        assert_eq!(record["recording"], "recording.bin", "{}", said(&output));
    }
}

#[test]
fn a_corpus_of_recordings_replays_identically() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    let wanted = std::env::var("LKMC_REPLAY_RECORDINGS")
        .ok()
        .and_then(|text| text.parse().ok());
    let wanted: usize = wanted.unwrap_or(3);
    let mut different = Vec::new();
    for profile in &lkmc_.profiles {
        for (line, status) in CORPUS.iter().cycle().take(wanted) {
            let (directory, got) = lkmc_.record(profile, &[], &["sh", "-c", line]);
            assert_eq!(got, *status, "{profile}: {line}");
            let replayed = run(&["replay", &id(&directory)]);
            let verdict = String::from_utf8_lossy(&replayed.stderr).into_owned();
            println!("{profile}: {line}: {}", verdict.trim());
            // The console is what a replay prints.
            let console = std::fs::read(directory.join("console.log")).expect("a run has a console");
            if replayed.status.code() != Some(0) || !verdict.contains("identical: ") || replayed.stdout != console {
                different.push(format!("{profile}: {line}: {} ({verdict})", directory.display()));
            }
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn a_recorded_command_gets_its_input_and_gives_its_output_and_status() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    for profile in &lkmc_.profiles {
        let script = tempfile::NamedTempFile::new().expect("a file can be made");
        // More than a serial port's buffers hold, and bytes that a terminal would change.
        std::fs::write(&script, "printf 'a\\r\\n\\tb\\004'; seq 5000; echo word >&2; exit 7\n")
            .expect("it can be written");
        let path = script.path().to_string_lossy().into_owned();
        let output = run(&["profile", "run", profile, "--record", "--script", &path]);
        let numbers: String = (1..=5000).map(|number| format!("{number}\n")).collect();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("a\r\n\tb\u{4}{numbers}"),
            "{profile}"
        );
        assert_says(&output, 7, &["word\n"]);
    }
}

#[test]
fn a_guest_that_switches_itself_off_is_replayed_to_that() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    for profile in lkmc_.reversible(true) {
        let (directory, status) = lkmc_.record(profile, &[], &["sh", "-c", "poweroff; sleep 100"]);
        assert_eq!(status, 0);
        let replayed = run(&["replay", &id(&directory)]);
        assert_says(
            &replayed,
            0,
            &["reboot: Power down", "until the guest switched itself off"],
        );
    }
}

#[test]
fn a_deadline_leaves_a_recording() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    let profile = &lkmc_.profiles[0];
    let command = [
        "--json",
        "--timeout",
        "8s",
        "profile",
        "run",
        profile,
        "--record",
        "--",
        "sh",
        "-c",
        "while :; do :; done",
    ];
    let output = lkmc().args(command).output().expect("lkmc can be started");
    assert_eq!(output.status.code(), Some(124), "{}", said(&output));
    let id = record(&output)["id"].as_str().expect("a run has an id").to_owned();
    assert_says(&run(&["replay", &id]), 0, &["identical: "]);
}

#[test]
fn gdb_goes_backwards() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    for profile in lkmc_.reversible(true) {
        let (directory, _) = lkmc_.record(profile, &[], &["sh", "-c", "echo c > /proc/sysrq-trigger"]);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replay/steps.py");
        let replay = ["replay", &id(&directory), "--at-panic", "--batch", "-x", script];
        assert_says(
            &run(&replay),
            0,
            &[
                "steps: 12 back and forth",
                "steps: vfs_write and back to the panic",
                "steps: the end",
            ],
        );
    }
}

#[test]
fn gdb_goes_back_to_a_call() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    for profile in lkmc_.reversible(true) {
        let (directory, _) = lkmc_.record(profile, &[], &["sh", "-c", "exit 3"]);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replay/finish.py");
        let replay = ["replay", &id(&directory), "--batch", "-x", script];
        assert_says(&run(&replay), 0, &["finish: back to the call"]);
    }
}

/// Where there is no way back, none is begun: it would not come to an end. Nor is a log without its end called a recording.
#[test]
fn what_a_machine_cannot_do_is_said() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    for profile in lkmc_.reversible(false) {
        let (directory, _) = lkmc_.record(profile, &[], &["sh", "-c", "echo c > /proc/sysrq-trigger"]);
        let id = id(&directory);
        for back in ["reverse-stepi", "rc", "reverse-finish"] {
            let replay = ["replay", &id, "--at-panic", "--batch", "-ex", back, "-ex", "print 1"];
            assert_says(
                &run(&replay),
                1,
                &["panic (fmt=", "QEMU cannot take a machine of this architecture back"],
            );
        }
        let forwards = [
            "replay",
            &id,
            "--at-panic",
            "--batch",
            "-ex",
            "set $at = $pc",
            "-ex",
            "stepi",
            "-ex",
            "print $pc != $at",
        ];
        assert_says(&run(&forwards), 0, &["$1 = 1"]);
        // Its power switch ends QEMU in the middle of the log.
        let off = [
            "profile",
            "run",
            profile,
            "--record",
            "--",
            "sh",
            "-c",
            "poweroff; sleep 100",
        ];
        assert_says(&run(&off), 0, &["the recording is cut short"]);
    }
}

#[test]
fn the_store_that_corrupted_a_value_is_found() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    for profile in lkmc_.reversible(true) {
        let command = ["insmod", "crash_stray_write.ko"];
        let (directory, status) = lkmc_.record(profile, &["--demos", "crash_stray_write"], &command);
        assert_eq!(status, 126);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replay/culprit.py");
        let replay = ["replay", &id(&directory), "--at-panic", "--batch", "-x", script];
        assert_says(
            &run(&replay),
            0,
            &["culprit: crash_stray_write_rename made", "culprit: the same again"],
        );
    }
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let Some(lkmc_) = Lkmc::new() else {
        return;
    };
    let profile = &lkmc_.profiles[0];
    let (directory, status) = lkmc_.record(profile, &[], &["true"]);
    assert_eq!(status, 0);
    let id = id(&directory);
    assert_says(
        &run(&["replay", &id, "--at-panic"]),
        2,
        &["lkmc::replay::no_panic", "did not end in a panic or an oops"],
    );
    // Another initramfs is another machine.
    let initrd = directory.join("recording.initrd");
    let before = std::fs::read(&initrd).expect("a recording has an initramfs");
    std::fs::write(&initrd, [&before[..], b"\0\0\0\0"].concat()).expect("it can be written");
    assert_says(
        &run(&["replay", &id]),
        2,
        &["lkmc::replay::other_machine", "recording.initrd"],
    );
    std::fs::write(&initrd, before).expect("it can be written");
    assert_says(&run(&["replay", &id]), 0, &["identical: "]);
    // What QEMU leaves behind when it is killed: no version in front.
    let events = directory.join("recording.bin");
    let mut log = std::fs::read(&events).expect("a recording has a log");
    log[..4].fill(0);
    std::fs::write(&events, log).expect("it can be written");
    assert_says(&run(&["replay", &id]), 2, &["lkmc::replay::cut_short"]);
    let plain = run(&["--json", "profile", "run", profile, "--", "true"]);
    let plain = record(&plain)["id"].as_str().expect("a run has an id").to_owned();
    assert_says(
        &run(&["replay", &plain]),
        2,
        &["lkmc::replay::not_recorded", "was not recorded"],
    );
}

#[test]
fn what_cannot_be_recorded_is_refused_with_its_reason() {
    let refused: &[(&[&str], &str)] = &[
        (
            &["--share", "/tmp:/mnt", "--", "true"],
            "shared directories cannot be recorded: ",
        ),
        (&["--network", "--", "true"], "a network cannot be recorded: "),
        (
            &["--cpus", "2", "--", "true"],
            "several processors cannot be recorded: ",
        ),
        (&["--accelerator", "kvm", "--", "true"], "KVM cannot be recorded: "),
        (
            &["--kernel-arg", "init=/bin/sh", "--", "true"],
            "an init of your own cannot be recorded: ",
        ),
        (
            &["--qemu-arg=-device", "--qemu-arg=edu", "--", "true"],
            "QEMU arguments of your own cannot be recorded: ",
        ),
        (&[], "a shell cannot be recorded: "),
    ];
    for (options, reason) in refused {
        let arguments = [&["profile", "run", "x86_64-qemu", "--record"], *options].concat();
        let output = run(&arguments);
        assert_says(&output, 2, &["lkmc::record::unsupported"]);
        // Long messages are wrapped.
        let text = said(&output)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace("│ ", "");
        assert!(text.contains(reason.trim()), "{text}");
    }
    assert_says(
        &run(&["profile", "run", "x86_64-qemu", "--record", "--detach"]),
        2,
        &["cannot be used with"],
    );
    assert_says(&run(&["replay", "no-such-run"]), 2, &["lkmc::run::"]);
}

#[test]
fn a_deadline_holds_while_nobody_reads_the_output() {
    let Some(guests) = Lkmc::new() else { return };
    for profile in &guests.profiles {
        let mut child = lkmc()
            .args(["--timeout", "40s", "profile", "run", profile, "--record", "--no-demos"])
            .args(["--", "head", "-c", "200000", "/dev/zero"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert_eq!(wait_for_end(&mut child).code(), Some(124));
    }
}
