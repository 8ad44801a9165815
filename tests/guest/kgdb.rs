//! The kernel's own debuggers in real guests, on every profile that LKMC_TEST_PROFILES names.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::common::{Guest, arch, assert_says, each_profile, lkmc, record, run, said, wait_until};
use crate::run::world::directory_of_process;

/// The kernel's side of a system call.
fn system_call(profile: &str, name: &str) -> String {
    let before = match arch(profile) {
        "x86_64" => "__x64_sys_",
        "aarch64" => "__arm64_sys_",
        "riscv64" => "__riscv_sys_",
        _ => "sys_",
    };
    format!("{before}{name}")
}

/// How far KDB's own `bt` comes behind the exception that the kernel stopped in. The kernel's walker for riscv64 takes the function
/// that raises it, which calls nothing and so keeps no return address, for one that does.
fn deepest_caller(profile: &str) -> &'static str {
    match arch(profile) {
        "riscv64" => "kgdb_compiled_break",
        _ => "write_sysrq_trigger",
    }
}

/// KDB stops a guest that runs, answers, and lets it go on.
fn assert_kdb_comes(guest: &Guest) {
    let output = run(&["kdb", &guest.0, "--ex", "pid"]);
    assert_says(&output, 0, &["KDB current process is sh"]);
    guest.assert_alive();
}

#[test]
fn kdb_answers_and_lets_the_guest_go_on() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos"]);
        let commands = [
            "--ex",
            "ps",
            "--ex",
            "bt",
            "--ex",
            "lsmod",
            "--ex",
            "md linux_banner 1",
            "--ex",
            "summary",
        ];
        let output = run(&[&["kdb", &guest.0][..], &commands].concat());
        let parts = [
            "Entering kdb",
            "lkmc-agent",
            // Whoever stopped the kernel.
            deepest_caller(profile),
            "Module                  Size",
            "release    6.",
        ];
        assert_says(&output, 0, &parts);
        // The bytes of `Linux`, as text behind the words.
        assert_says(&output, 0, &["Linux"]);
        guest.assert_alive();
        // A second time, after the first.
        assert_kdb_comes(&guest);
    });
}

/// `kgdbwait`: there is neither an agent nor a program yet.
#[test]
fn a_kernel_that_waits_for_its_debugger_is_reached_from_the_boot_on() {
    each_profile(|profile| {
        let port = match arch(profile) {
            "x86_64" | "riscv64" => "kgdboc=ttyS1,115200",
            _ => "kgdboc=ttyS0,115200",
        };
        let arguments = ["--kernel-arg", port, "--kernel-arg", "kgdbwait"];
        let kdb = ["kdb", "--ex", "pid"];
        let gdb = ["gdb", "--kgdb", "--batch", "--ex", "p $lx_current().comm"];
        for (debugger, says) in [(&kdb[..], "KDB current process is swapper"), (&gdb, "\"swapper/0\\0")] {
            let mut waiting = lkmc();
            waiting.args(["profile", "run", profile, "--cold"]).args(arguments);
            waiting.args(["--", "echo", "up"]).stdout(Stdio::piped());
            let waiting = waiting.spawn().unwrap();
            let run_directory = directory_of_process(&waiting);
            let said = || std::fs::read(run_directory.join("console.log")).unwrap_or_default();
            wait_until("the kernel's prompt", || said().ends_with(b"kdb> "));
            let id = run_directory.file_name().unwrap().to_str().unwrap();
            let output = run(&[&debugger[..1], &[id], &debugger[1..]].concat());
            assert_says(&output, 0, &[says]);
            let ended = waiting.wait_with_output().unwrap();
            assert_eq!((ended.status.code(), &ended.stdout[..]), (Some(0), &b"up\n"[..]));
        }
    });
}

/// With nobody at the keyboard: at once.
#[test]
fn leaving_kdb_asks_it_nothing() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos"]);
        let output = run(&["kdb", &guest.0]);
        assert_says(&output, 0, &["kdb> go"]);
        assert!(!said(&output).contains("Unknown kdb command"), "{}", said(&output));
        guest.assert_alive();
    });
}

#[test]
fn nobody_goes_back_behind_kdb() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos"]);
        let kdb = lkmc()
            .args(["kdb", &guest.0])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut kdb = kdb.unwrap();
        // At the prompt, it is said there.
        let mut said = BufReader::new(kdb.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("Entering kdb") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended");
        }
        let output = run(&["vm", "snapshot", &guest.0]);
        let code = match arch(profile) {
            "riscv64" => "lkmc::vm::snapshot_arch",
            _ => "lkmc::vm::snapshot_debugger",
        };
        assert_says(&output, 2, &[code]);
        drop(kdb.stdin.take());
        std::io::copy(&mut said, &mut std::io::sink()).unwrap();
        assert!(kdb.wait().unwrap().success());
        guest.assert_alive();
    });
}

#[test]
fn kdb_stops_at_a_breakpoint() {
    each_profile(|profile| {
        let set = format!("bp {}", system_call(profile, "getppid"));
        let commands = ["--kdb", "--ex", &set, "--ex", "go", "--ex", "bt", "--ex", "bc *"];
        let command = ["--", "sh", "-c", "(exit 0); echo $PPID"];
        let output = run(&[&["profile", "debug", profile][..], &commands, &command].concat());
        // busybox's shell asks for its parent when it starts.
        assert_says(&output, 0, &["due to Breakpoint @", "getppid", "cleared"]);
    });
}

/// Also what is said while a run lasts.
#[test]
fn what_goes_wrong_in_kdb_is_said_to_programs_in_json() {
    each_profile(|profile| {
        // Whoever asks whether the guest runs starts a program in it.
        let set = format!("bp {}", system_call(profile, "execve"));
        let output = run(&[
            "--json", "profile", "debug", profile, "--kdb", "--ex", &set, "--", "true",
        ]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let errors = stderr.lines().filter(|line| line.contains("lkmc::kgdb::stopped"));
        let errors: Vec<serde_json::Value> = errors.map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(errors.len(), 1, "{stderr}");
        assert_eq!(errors[0]["exit-status"], 124, "{stderr}");
        let record = record(&output);
        let reason = "KDB: the guest did not go on after KDB's last command";
        assert_eq!(
            (record["reason"].as_str(), &record["status"]),
            (Some(reason), &124.into())
        );
    });
}

#[test]
fn gdb_speaks_to_the_kernels_stub() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos"]);
        let commands = [
            "bt",
            "p linux_banner",
            "p init_task.comm",
            "monitor ps",
            "p jiffies_64 > 4294000000",
            "lx-version",
            "p $lx_current().comm",
        ];
        let steps: Vec<&str> = commands.iter().flat_map(|command| ["--ex", command]).collect();
        let output = run(&[&["gdb", &guest.0, "--kgdb", "--batch"][..], &steps].concat());
        let parts = [
            "kgdb_breakpoint () at ",
            "__handle_sysrq (key=",
            "write_sysrq_trigger (file=",
            "\"Linux version 6.",
            "\"swapper/0\\000",
            "lkmc-agent",
            "$3 = 1",
            // Whoever stopped the kernel.
            "$4 = \"sh\"",
        ];
        assert_says(&output, 0, &parts);
        guest.assert_alive();
        // GDB has left the stub in GDB's language; KDB comes back all the same.
        assert_kdb_comes(&guest);
    });
}

#[test]
fn gdb_runs_to_a_place_in_a_module_through_the_kernels_stub() {
    each_profile(|profile| {
        let steps = ["--ex", "bt 3", "--ex", "p mod->name", "--ex", "info breakpoints"];
        let arguments = ["--demos", "kernel_modules/hello.c", "--kgdb", "--batch"];
        let place = ["profile", "debug", profile, "do_init_module"];
        let command = ["--", "insmod", "hello.ko"];
        let output = run(&[&place[..], &arguments, &steps, &command].concat());
        assert_says(
            &output,
            0,
            &["#0  do_init_module (mod=", "load_module (", "= \"hello\""],
        );
    });
}

/// The timer has become due while somebody looked at the guest; a step is one all the same.
#[test]
fn gdb_steps_in_an_init_function_through_the_kernels_stub() {
    each_profile(|profile| {
        let steps = [
            "--ex", "bt 2", "--ex", "stepi", "--ex", "stepi", "--ex", "bt 1", "--ex", "next", "--ex", "next", "--ex",
            "bt 1",
        ];
        let place = [
            "profile",
            "debug",
            profile,
            "--kgdb",
            "--module-init",
            "hello",
            "--batch",
        ];
        let output = run(&[&place[..], &steps].concat());
        assert_says(
            &output,
            0,
            &[
                "hello_init () at ",
                "in do_one_initcall (fn=",
                "return 0;",
                "#0  do_one_initcall (fn=",
            ],
        );
    });
}

#[test]
fn a_guest_that_gdb_leaves_stopped_goes_on() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos"]);
        assert_says(
            &run(&["gdb", &guest.0, "--kgdb", "--batch", "--ex", "disconnect"]),
            0,
            &[],
        );
        guest.assert_alive();
    });
}

#[test]
fn what_the_kernels_debuggers_cannot_do_is_said_at_once() {
    each_profile(|profile| {
        let refused = |arguments: &[&str], parts: &[&str]| {
            assert_says(
                &run(&[&["profile", "debug", profile][..], arguments].concat()),
                2,
                parts,
            );
        };
        refused(&["--kgdb", "--early"], &["lkmc::kgdb::place"]);
        refused(&["--kgdb", "--boot", "--", "true"], &["lkmc::kgdb::place"]);
        refused(&["--kgdb", "--user", "./hello"], &["lkmc::kgdb::place"]);
        refused(&["--kdb", "start_kernel"], &["lkmc::kgdb::place", "--ex 'bp"]);
        refused(&["--kdb", "--kgdb"], &["cannot be used with"]);
    });
}
