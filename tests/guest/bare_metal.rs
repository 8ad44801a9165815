//! Programs on bare metal: verdicts, what is refused, and that nothing is left. What one sees in them through GDB is what the
//! scripts in `tests/bare_metal/` look at, which `tests/gdb.rs` runs.
//!
//! Profiles are those of LKMC_TEST_PROFILES that have a board (aarch64 and arm), and gem5's where LKMC_GEM5 is set.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::processes::{children, is_running};
use crate::common::{
    arch, assert_failed, assert_says, emulator, lkmc, lkmc_in_time, profiles, run, skip, stdout, wait_until,
};

/// The profiles to run on; that there is none has been explained.
fn boards() -> Vec<String> {
    let names = profiles();
    let asked = !names.is_empty();
    let boards = crate::common::boards(names);
    if asked && boards.is_empty() {
        skip("none of the profiles has a board for bare metal");
    }
    boards
}

/// A program of one's own, by what it includes.
fn source(directory: &Path, body: &str) -> String {
    let path = directory.join("own.c");
    let text = format!("#include <lkmc/board.h>\n#include <stdio.h>\n{body}\n");
    std::fs::write(&path, text).expect("a file can be written");
    path.to_string_lossy().into_owned()
}

#[test]
fn what_a_program_ends_with_is_told_apart() {
    for profile in boards() {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let run = |body: &str| run(&["demo", "run", &source(directory.path(), body), "-p", &profile]);
        assert_says(
            &run("int main(void) { return 0; }"),
            0,
            &["pass: ", "the command succeeded"],
        );
        assert_says(
            &run("int main(void) { return 3; }"),
            1,
            &["FAILED", "the command ended with status 3, not 0"],
        );
        // An exception that nobody handles says what it was.
        let faults = run("int main(void) { __builtin_trap(); }");
        assert_says(
            &faults,
            1,
            &[
                match arch(&profile) {
                    "arm" => "unexpected exception: undefined instruction, syndrome 0x0, at 0x",
                    _ => "unexpected exception: synchronous, syndrome 0x",
                },
                "the command ended with status 139, not 0",
            ],
        );
        assert_says(&run("int main(void) { return 0 }"), 125, &["does not compile"]);
    }
}

#[test]
fn a_program_that_does_not_end_is_a_timeout() {
    for profile in boards() {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("own.c");
        // gem5's start takes most of a second of its own.
        let limit = if emulator(&profile) == "gem5" { 10 } else { 2 };
        let text = format!(
            r#"/*
 * For ever.
 *
 * [lkmc]
 * [[lkmc.run]]
 * timeout = "{limit}s"
 * verdict = "timeout"
 * stdout-has = ["begun"]
 * [/lkmc]
 */
#include <lkmc/board.h>
#include <stdio.h>
int main(void) {{ puts("begun"); for (;;) ; }}
"#
        );
        std::fs::write(&path, text).expect("a file can be written");
        let ran = run(&["demo", "run", &path.to_string_lossy(), "-p", &profile]);
        assert_says(
            &ran,
            0,
            &["pass: ", &format!("the program did not end within {limit}s")],
        );
    }
}

/// Reset is in EL2 or EL3 then, PSCI answers to SMC or is not there, and the GIC has two worlds.
#[test]
fn boards_with_more_exception_levels_run_the_same_programs() {
    const MACHINES: [&str; 3] = [
        "virt,virtualization=on",
        "virt,secure=on",
        "virt,secure=on,virtualization=on",
    ];
    let directory = tempfile::tempdir().expect("a directory can be made");
    for board in boards().iter().filter(|board| emulator(board) == "qemu") {
        let mut words = vec!["test".to_owned(), "baremetal".to_owned()];
        for (number, machine) in MACHINES.iter().enumerate() {
            let profile = directory.path().join(format!("{board}-{number}.toml"));
            let text = format!("extends = [\"{board}\"]\n[emulator]\nmachine = \"{machine}\"\n");
            std::fs::write(&profile, text).expect("a file can be written");
            words.extend(["-p".into(), profile.to_string_lossy().into_owned()]);
        }
        let tested = lkmc_in_time().args(&words).output().expect("lkmc can be started");
        assert_says(&tested, 0, &[" passed, 0 failed, "]);
        let profile = directory.path().join(format!("{board}-0.toml"));
        let path = source(
            directory.path(),
            "int main(void) { printf(\"level %u\\n\", lkmc_reset_level()); return 0; }",
        );
        let ran = run(&["demo", "run", &path, "-p", &profile.to_string_lossy()]);
        assert_says(&ran, 0, &["level 2\n"]);
    }
}

/// Starts a program under GDB that says a word and goes on for ever, until it has said it.
fn running(profile: &str, directory: &Path) -> Child {
    let path = source(directory, "int main(void) { puts(\"begun\"); for (;;) ; }");
    let mut command: Command = lkmc();
    command.args(["--timeout", "2m", "demo", "debug", &path, "-p", profile]);
    command.args(["--batch", "-ex", "continue"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("lkmc can be started");
    let stdout = BufReader::new(child.stdout.take().expect("it is a pipe"));
    let begun = stdout.lines().map_while(Result::ok).any(|line| line.trim() == "begun");
    assert!(begun, "it did not begin");
    child
}

/// Ctrl-C, and the sudden death of lkmc: nothing is left running.
#[test]
fn nothing_outlives_lkmc() {
    for profile in boards() {
        for signal in [Signal::INT, Signal::KILL] {
            let directory = tempfile::tempdir().expect("a directory can be made");
            let mut child = running(&profile, directory.path());
            let started = children(child.id());
            assert!(started.len() >= 2, "{profile}: the emulator and GDB: {started:?}");
            let pid = Pid::from_raw(child.id() as i32).expect("a process has a number");
            kill_process(pid, signal).expect("lkmc can be signalled");
            let status = child.wait().expect("lkmc can be waited for");
            if signal == Signal::INT {
                assert_eq!(status.code(), Some(130), "{profile}");
            }
            wait_until(&format!("the end of all after {signal:?} on {profile}"), || {
                !started.iter().any(|pid| is_running(*pid))
            });
        }
    }
}

/// The demo says how long it took, and cannot know what to expect: only here it is known what simulates it.
#[test]
fn caches_that_are_off_are_missed() {
    if crate::common::gem5::skipped_without_gem5() {
        return;
    }
    let ran = run(&["demo", "run", "baremetal/enable_cache.c", "-p", "aarch64-gem5-hpi"]);
    let text = stdout(&ran);
    let ticks = |which: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(which));
        let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        number.unwrap_or_else(|| panic!("{which} {text}"))
    };
    let both = ticks("both caches:");
    for off in ["no data cache:", "no instruction cache:", "none:"] {
        assert!(ticks(off) > 2 * both, "{off}\n{text}");
    }
}

fn refused(arguments: &[&str], code: &str, says: &str) {
    let ran: Output = run(arguments);
    assert_failed(&ran, 2, &[code, says]);
}

/// These need neither a store nor an emulator.
#[test]
fn what_has_no_board_is_refused() {
    const HELLO: &str = "baremetal/hello.c";
    const CASES: &[(&[&str], &str, &str)] = &[
        (
            &["demo", "run", HELLO, "-p", "x86_64-qemu"],
            "lkmc::demo::not_here",
            "it is for aarch64, arm only",
        ),
        (
            &["demo", "debug", HELLO, "--in", "user"],
            "lkmc::debuggee::no_program",
            "leave out `--in`",
        ),
        (
            &["demo", "debug", HELLO, "--", "x"],
            "lkmc::debuggee::arguments",
            "takes no arguments",
        ),
        (&["dev", HELLO], "lkmc::dev::no_module", "is no kernel module"),
        (
            &["demo", "run", HELLO, "--host"],
            "lkmc::host::no_module",
            "--host is for kernel modules",
        ),
        (
            &["profile", "run", "aarch64-qemu", "--demos", HELLO],
            "lkmc::demo::no_guest",
            "those run in no guest",
        ),
        (
            &["profile", "run", "aarch64-qemu", "--demos", "nonsens"],
            "lkmc::demo::no_match",
            "no demo's path contains",
        ),
    ];
    for (arguments, code, says) in CASES {
        refused(arguments, code, says);
    }
}

#[test]
fn a_place_that_does_not_exist_is_refused() {
    for profile in boards().iter().take(1) {
        let on = |place| {
            [
                "demo",
                "debug",
                "baremetal/hello.c",
                place,
                "-p",
                profile.as_str(),
                "--batch",
            ]
        };
        refused(&on("mian"), "lkmc::debuggee::no_function", "did you mean `main`?");
        refused(&on("hello.c:4000"), "lkmc::debuggee::no_line", "has no line 4000");
        refused(&on("hallo.c:1"), "lkmc::debuggee::no_file", "did you mean `hello.c`?");
    }
}
