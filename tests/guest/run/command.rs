//! What a command gets and gives: arguments, streams, status.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use super::world::{run, run_with, sh};
use crate::common::{self, Guest, arch, assert_says, each_profile, lkmc, wait_for_end};

#[test]
fn a_guest_without_memory_kills_its_programs_before_the_agent() {
    each_profile(|profile| {
        let done = sh(
            profile,
            "cat /proc/self/oom_score_adj /proc/$(pidof lkmc-agent)/oom_score_adj",
        );
        assert_eq!(done.text(), "0\n-1000\n", "{}", done.stderr);
    });
}

#[test]
fn the_status_passes_through() {
    each_profile(|profile| {
        for status in [0, 1, 2, 42, 124, 125, 126, 255] {
            let done = sh(profile, &format!("exit {status}"));
            assert_eq!(done.status, Some(status), "{}", done.stderr);
            assert_eq!(done.verdict(), if status == 0 { "pass" } else { "failed" });
        }
        assert_eq!(sh(profile, "kill -9 $$").status, Some(137));
        let causes = |words: &[&str]| {
            let done = run(profile, words);
            (done.status, done.record["cause"].as_str().map(str::to_owned))
        };
        assert_eq!(
            causes(&["--", "no-such-program"]),
            (Some(127), Some("not-started".into()))
        );
        assert_eq!(causes(&["--", "/etc/passwd"]), (Some(126), Some("not-started".into())));
        assert_eq!(
            causes(&["--", "sh", "-c", "exit 127"]),
            (Some(127), Some("command".into()))
        );
    });
}

#[test]
fn a_program_of_another_machine_is_refused_and_named() {
    each_profile(|profile| {
        let (foreign, machine) = match arch(profile) {
            "aarch64" => ("x86_64", 62),
            _ => ("aarch64", 183),
        };
        let share = tempfile::tempdir().unwrap();
        let mut program = b"\x7fELF\x02\x01\x01".to_vec();
        program.resize(16, 0);
        // An executable file of that machine, with nothing in it.
        program.extend([2, 0, machine, 0, 1, 0, 0, 0]);
        program.resize(64, 0);
        let path = share.path().join("hello");
        std::fs::write(&path, program).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let share = format!("{}:/mnt", share.path().display());
        let words = format!("it is a program for {foreign}; this guest is {}", arch(profile));
        let done = run(profile, &["--share", &share, "--", "/mnt/hello"]);
        assert_eq!((done.status, done.text().as_str()), (Some(126), ""), "{}", done.stderr);
        let reason = done.record["reason"].as_str().unwrap();
        assert!(reason.ends_with(&words), "{reason}");
        assert_eq!(done.record["cause"], "not-started");
        let guest = Guest::start(profile, &["--share", &share, "--no-demos"]);
        let exec = common::run(&["vm", "exec", &guest.0, "--", "/mnt/hello"]);
        assert_says(&exec, 126, &[&words]);
    });
}

#[test]
fn the_shell_after_a_command_takes_what_was_piped_in() {
    each_profile(|profile| {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("first.sh");
        std::fs::write(&script, "echo $1 $((6*7))\nexit 5\n").unwrap();
        let options = [
            "--then-shell",
            "--no-demos",
            "--script",
            script.to_str().unwrap(),
            "--",
            "it is",
        ];
        let done = run_with(profile, &options, b"exit $(($? + 4))\n");
        assert!(done.text().contains("it is 42"), "{}", done.text());
        assert_eq!(done.status, Some(9), "{}", done.text());
    });
}

#[test]
fn a_file_with_the_ends_of_lines_of_dos_is_told() {
    each_profile(|profile| {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("dos.sh");
        std::fs::write(&script, "#!/bin/sh\r\necho hello\r\n").unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let script = script.to_str().unwrap();
        let done = run(profile, &["--script", script]);
        assert!(done.stderr.contains("end with CR LF"), "{}", done.stderr);
        assert_eq!((done.status, done.text().as_str()), (Some(0), "hello\r\n"));
        let done = run(profile, &["--push", script, "--", "./dos.sh"]);
        let reason = done.record["reason"].as_str().unwrap();
        assert!(reason.contains("the CR of a CR LF"), "{reason}");
    });
}

#[test]
fn what_only_a_shell_can_do_is_told() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos"]);
        for word in ["cd", "A=1"] {
            let exec = common::run(&["vm", "exec", &guest.0, "--", word]);
            assert_says(&exec, 127, &["sh -c 'LINE'"]);
        }
    });
}

#[test]
fn a_command_is_roots_and_root_has_a_name() {
    each_profile(|profile| {
        let done = sh(profile, "whoami; stat -c %U /; echo ~root");
        assert_eq!(done.text(), "root\nroot\n/root\n", "{}", done.stderr);
    });
}

#[test]
fn streams_are_the_commands_own() {
    each_profile(|profile| {
        let done = sh(profile, "echo out; echo err >&2");
        assert_eq!((done.text().as_str(), done.stderr.as_str()), ("out\n", "err"));
        assert_eq!(sh(profile, "pwd").text(), "/lkmc\n");
    });
}

#[test]
fn streams_have_names() {
    each_profile(|profile| {
        let line = "cat /dev/stdin > /dev/stdout; echo wrong > /dev/stderr; cat /dev/fd/3 3< /etc/hostname";
        let done = run_with(profile, &["--", "sh", "-c", line], b"typed\n");
        assert_eq!(done.text(), "typed\nlkmc\n");
        assert!(done.stderr.contains("wrong"), "{}", done.stderr);
    });
}

#[test]
fn ten_megabytes_go_there_and_back() {
    each_profile(|profile| {
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
    each_profile(|profile| {
        let done = run_with(profile, &["--", "true"], &vec![b'x'; 3_000_000]);
        assert_eq!(done.status, Some(0));
        let done = run_with(profile, &["--", "head", "-c", "3"], &vec![b'x'; 3_000_000]);
        assert_eq!(done.text(), "xxx");
    });
}

#[test]
fn any_argument_arrives() {
    each_profile(|profile| {
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
    each_profile(|profile| {
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
fn a_script_has_arguments_and_the_input_of_its_own() {
    each_profile(|profile| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("an odd $name.sh");
        std::fs::write(&file, "read first\necho \"$2 $first\"\ncat\nexit $#\n").unwrap();
        let options = ["--script", file.to_str().unwrap(), "--", "a", "b c", "d"];
        let done = run_with(profile, &options, b"one\ntwo\n");
        assert_eq!(
            (done.status, done.text().as_str()),
            (Some(3), "b c one\ntwo\n"),
            "{}",
            done.stderr
        );
    });
}

#[test]
fn a_closed_pipe_ends_the_run() {
    each_profile(|profile| {
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
fn a_closed_pipe_ends_a_shell_that_would_read_more() {
    each_profile(|profile| {
        let mut child = lkmc()
            .args(["profile", "run", profile, "--no-demos"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut keys = child.stdin.take().unwrap();
        keys.write_all(b"yes\n").unwrap();
        let mut start = [0; 4];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut start).unwrap();
        drop(child.stdout.take());
        assert_eq!(wait_for_end(&mut child).code(), Some(141));
        drop(keys);
    });
}

#[test]
fn the_shell_takes_piped_input() {
    each_profile(|profile| {
        let done = run_with(profile, &[], b"echo $((6*7)) in $PWD\nexit 3\n");
        assert!(done.text().contains("42 in /lkmc"), "{}", done.text());
        assert_eq!(done.status, Some(3));
    });
}

#[test]
fn what_is_typed_while_the_shell_is_busy_arrives_later() {
    each_profile(|profile| {
        let lines: String = (0..600).map(|number| format!("echo line-$(({number}))\n")).collect();
        let input = format!("sleep 4\n{lines}exit 7\n");
        let done = run_with(profile, &["--no-demos"], input.as_bytes());
        assert_eq!(done.status, Some(7), "{}", done.stderr);
        let text = done.text();
        let missing: Vec<u32> = (0..600)
            .filter(|number| !text.contains(&format!("line-{number}\r\n")))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    });
}

#[test]
fn input_that_ends_without_a_newline_ends_the_shell() {
    each_profile(|profile| {
        let done = run_with(profile, &["--no-demos"], b"sleep 3; echo $((6*7))");
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        assert!(done.text().contains("42\r\n"), "{}", done.text());
    });
}
