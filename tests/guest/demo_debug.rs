//! `lkmc demo debug` of programs and modules: where it stops, what it refuses, and that nothing is left. What one sees in a program
//! is what the scripts in `tests/debuggee/` look at, which `tests/gdb.rs` runs.
//!
//! What runs on this machine alone (`native`, `user`) needs a store, and guests besides: profiles are those that
//! LKMC_TEST_PROFILES names.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::common::processes::command_lines_with;
use crate::common::terminal::Session;
use crate::common::{arch, assert_failed, assert_says, said, skip, wait_until};

/// Profiles for whose architecture there is a libc with symbols.
fn with_libc() -> Vec<String> {
    let (with, without): (Vec<String>, _) = crate::common::profiles()
        .into_iter()
        .partition(|profile| arch(profile) != "riscv64");
    if !without.is_empty() {
        skip("Debian 12 has no libc with symbols for riscv64");
    }
    with
}

fn lkmc(arguments: &[&str]) -> Command {
    let mut command = crate::common::lkmc();
    command.args(["--timeout", "2m", "demo", "debug"]).args(arguments);
    command
}

fn output(arguments: &[&str]) -> Output {
    lkmc(arguments).output().expect("lkmc can be started")
}

fn refused(arguments: &[&str], parts: &[&str]) {
    assert_failed(&output(arguments), 2, parts);
}

const VALUES: &str = "userland/gdb_tests/values.c";

/// These need neither a store nor a guest.
#[test]
fn what_is_no_program_is_refused_by_name() {
    refused(
        &["userland/proc/version.sh"],
        &[
            "lkmc::debuggee::no_program",
            "is a script",
            "profile debug NAME -- sh SCRIPT",
        ],
    );
    refused(
        &["kernel_modules/hello.c", "--in", "user"],
        &["lkmc::debuggee::no_program", "is a kernel module", "leave out `--in`"],
    );
    refused(
        &["kernel_modules/hello.c", "--", "x"],
        &["lkmc::debuggee::arguments", "takes no arguments"],
    );
    let directory = tempfile::tempdir().expect("a directory can be made");
    let directory = directory.path();
    std::fs::write(directory.join("Kbuild"), "obj-m += one.o\n").expect("a file can be written");
    std::fs::write(directory.join("one.c"), "#include <linux/module.h>\n").expect("a file can be written");
    let directory = directory.to_str().expect("its name is text");
    let demos = format!("--module-init MODULE --demos {directory}");
    refused(&[directory], &["lkmc::debuggee::which_module", &demos]);
    refused(&["userland/gdb_tests/valus.c"], &["lkmc::demo::not_found", "values.c"]);
    refused(&[VALUES, "--in", "space"], &["native, user, guest"]);
    refused(
        &[VALUES, "-p", "arm-qemu", "--in", "native"],
        &["lkmc::debuggee::not_native", "--in user"],
    );
    refused(
        &["kernel_modules/crash/crash_triple_fault.c", "-p", "arm-qemu"],
        &["lkmc::debuggee::other_arch", "x86_64", "-p"],
    );
}

#[test]
fn a_place_that_does_not_exist_is_refused() {
    for profile in with_libc().iter().take(1) {
        let on = |place| [VALUES, place, "-p", profile.as_str(), "--in", "user", "--batch"];
        refused(&on("sqare"), &["lkmc::debuggee::no_function", "did you mean `square`?"]);
        refused(&on("qsrot"), &["lkmc::debuggee::no_function", "did you mean `qsort`?"]);
        refused(
            &on("valus.c:3"),
            &["lkmc::debuggee::no_file", "did you mean `values.c`?"],
        );
        refused(&on("values.c:4000"), &["lkmc::debuggee::no_line", "has no line 4000"]);
        refused(&on("*nonsense"), &["lkmc::debuggee::no_place", "`*nonsense`"]);
        // It is in the libc, and the program never comes there.
        let parts = ["lkmc::debuggee::not_reached", "exited normally"];
        assert_says(&output(&on("fork")), 1, &parts);
    }
}

#[test]
fn places_in_program_and_libc_are_reached() {
    for profile in with_libc() {
        for (place, function) in [
            ("square", "square"),
            ("values.c:90", "main"),
            ("qsort", "qsort"),
            ("puts", "puts"),
        ] {
            let show = "python print('stopped in', gdb.selected_frame().name())";
            let output = output(&[VALUES, place, "-p", &profile, "--in", "user", "--batch", "-ex", show]);
            let text = said(&output);
            let line = text
                .lines()
                .find(|line| line.starts_with("stopped in"))
                .unwrap_or_default();
            assert!(
                output.status.success() && line.contains(function),
                "{place} on {profile}: {text}"
            );
        }
    }
}

/// By all of its scopes, by some, by none, without a template's arguments, or in the library.
#[test]
fn places_in_cpp_are_reached_by_any_of_their_names() {
    const OBJECTS: &str = "userland/gdb_tests/objects.cpp";
    for profile in with_libc() {
        for (place, function) in [
            ("shapes::Square::area", "shapes::Square::area"),
            ("Square::area", "shapes::Square::area"),
            ("sum", "sum"),
            ("largest", "largest<int>"),
            ("objects.cpp:65", "shapes::Nothing::area"),
            ("__cxa_throw", "__cxa_throw"),
        ] {
            let show = "python print('stopped in', gdb.selected_frame().name())";
            let output = output(&[OBJECTS, place, "-p", &profile, "--in", "user", "--batch", "-ex", show]);
            assert_says(&output, 0, &[&format!("stopped in {function}")]);
        }
        let on = |place| [OBJECTS, place, "-p", profile.as_str(), "--in", "user", "--batch"];
        refused(
            &on("Sqare::area"),
            &["lkmc::debuggee::no_function", "did you mean `Square::area`?"],
        );
    }
}

/// A script that never ends is ended, with its process.
#[test]
fn a_script_that_hangs_meets_its_deadline() {
    for profile in with_libc().iter().take(1) {
        for side in ["native", "user", "guest"] {
            if side == "native" && arch(profile) != std::env::consts::ARCH {
                continue;
            }
            let mut command = crate::common::lkmc();
            command.args(["--timeout", "12s", "demo", "debug", VALUES]);
            command.args(["-p", profile, "--in", side, "--batch", "-ex", "python while True: pass"]);
            let output = command.output().expect("lkmc can be started");
            assert_eq!(output.status.code(), Some(124), "{side}: {}", said(&output));
            assert_eq!(command_lines_with("gdb_tests-values.c"), Vec::<String>::new(), "{side}");
        }
    }
}

/// So is a user who stays in GDB beyond it.
#[test]
fn a_session_with_gdbserver_ends_with_its_time() {
    for profile in with_libc().iter().take(1) {
        let guest = ["demo", "debug", VALUES, "-p", profile, "--in", "guest"];
        let mut session = Session::start(&[&["--timeout", "40s"][..], &guest].concat());
        session.expect("(gdb) ");
        assert_eq!(session.status(), Some(124));
        assert!(session.is_as_before());
    }
}

/// Kills what a failed test leaves.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a session that waits in GDB, until a file says that it has got there.
fn waiting(profile: &str, side: &str, directory: &Path) -> Running {
    let reached = directory.join("reached");
    let mark = format!("python open('{}', 'w').close()", reached.display());
    let mut command = lkmc(&[VALUES, "square", "-p", profile, "--in", side, "--batch"]);
    command.args(["-ex", &mark, "-ex", "python while True: pass"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let running = Running(command.spawn().expect("lkmc can be started"));
    wait_until(&format!("GDB to come to `square`, {side}"), || reached.exists());
    running
}

/// Ctrl-C and the sudden death of lkmc: nothing is left running.
#[test]
fn nothing_outlives_lkmc() {
    use rustix::process::{Pid, Signal, kill_process};
    for profile in with_libc().iter().take(1) {
        for (side, signal) in [
            ("native", Signal::INT),
            ("native", Signal::KILL),
            ("user", Signal::INT),
            ("user", Signal::KILL),
            ("guest", Signal::INT),
            ("guest", Signal::KILL),
        ] {
            if side == "native" && arch(profile) != std::env::consts::ARCH {
                continue;
            }
            let directory = tempfile::tempdir().expect("a directory can be made");
            let mut running = waiting(profile, side, directory.path());
            let own = directory.path().display().to_string();
            assert!(!command_lines_with(&own).is_empty(), "GDB runs");
            let pid = Pid::from_raw(running.0.id() as i32).expect("a process has a number");
            kill_process(pid, signal).expect("lkmc can be signalled");
            let status = running.0.wait().expect("lkmc can be waited for");
            if signal == Signal::INT {
                assert_eq!(status.code(), Some(130), "{side}");
            }
            wait_until(&format!("the end of all after {signal:?}, {side}"), || {
                command_lines_with(&own).is_empty()
            });
        }
    }
}

/// The guest's kernel dies under the program: the verdict is the kernel's, not GDB's.
#[test]
fn a_guest_that_dies_mid_step_is_reported() {
    for profile in with_libc().iter().take(1) {
        let crash = r#"call (int)system("echo c > /proc/sysrq-trigger")"#;
        let arguments = [VALUES, "main", "-p", profile, "--in", "guest", "--batch", "-ex", crash];
        assert_says(&output(&arguments), 126, &["sysrq triggered crash", "lkmc: panic:"]);
    }
}

/// A module's demo is debugged in its kernel, where its own run leads to it. That it works so everywhere is shown elsewhere.
#[test]
fn a_module_stops_in_its_init_function() {
    for profile in with_libc().iter().take(1) {
        let output = output(&[
            "kernel_modules/hello.c",
            "hello_exit",
            "-p",
            profile,
            "--batch",
            "-ex",
            "bt",
        ]);
        let parts = [
            "hello_init () at kernel_modules/hello.c:",
            "#0  hello_exit () at kernel_modules/hello.c:",
            "delete_module",
        ];
        assert_says(&output, 0, &parts);
    }
}

/// It is looked for when the module is there, and then the session ends.
#[test]
fn a_place_that_neither_a_module_nor_the_kernel_has_is_refused() {
    for profile in with_libc().iter().take(1) {
        let on = |place| {
            [
                "kernel_modules/hello.c",
                place,
                "-p",
                profile.as_str(),
                "--batch",
                "-ex",
                "bt",
            ]
        };
        refused(
            &on("hello_exti"),
            &[
                "lkmc::gdb::unknown_place",
                "neither kernel_modules/hello.c nor the kernel has a function `hello_exti`",
                "did you mean `hello_exit`?",
            ],
        );
        refused(&on("vfs_raed"), &["has a function `vfs_raed`", "`vfs_read`"]);
        refused(&on("hello.c:4000"), &["has a place `hello.c:4000`"]);
    }
}

/// It is built and put into the guest as a demo would be.
#[test]
fn a_module_of_ones_own_stops_in_its_init_function() {
    for profile in with_libc().iter().take(1) {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("of-mine.c");
        let text = "#include <linux/module.h>\n\
                    static volatile int answer;\n\
                    static int __init mine_init(void)\n{\n\tanswer = 42;\n\tpr_info(\"mine\\n\");\n\treturn 0;\n}\n\
                    static void __exit mine_exit(void) { }\n\
                    module_init(mine_init);\nmodule_exit(mine_exit);\nMODULE_LICENSE(\"GPL\");\n";
        std::fs::write(&path, text).expect("it can be written");
        let path = path.display().to_string();
        let output = output(&[
            &path,
            "_printk",
            "-p",
            profile,
            "--batch",
            "-ex",
            "up",
            "-ex",
            "print answer",
        ]);
        assert_says(&output, 0, &["mine_init ()", "$1 = 42"]);
    }
}

/// A file of one's own, outside of the repository.
#[test]
fn a_program_of_ones_own_is_debugged_too() {
    for profile in with_libc().iter().take(1) {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path: PathBuf = directory.path().join("own.c");
        std::fs::write(&path, "int main(void)\n{\n\tint answer = 42;\n\treturn answer;\n}\n")
            .expect("it can be written");
        let path = path.display().to_string();
        for side in ["user", "guest"] {
            let output = output(&[
                &path,
                "-p",
                profile,
                "--in",
                side,
                "--batch",
                "-ex",
                "next",
                "-ex",
                "print answer",
            ]);
            let text = said(&output);
            assert!(output.status.success() && text.contains("$1 = 42"), "{side}: {text}");
        }
    }
}
