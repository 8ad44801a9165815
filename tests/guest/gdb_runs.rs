//! GDB on guests that run, two at once, and what goes wrong: on the first profile that LKMC_TEST_PROFILES names.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Output, Stdio};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};

use crate::common::terminal::Session;
use crate::common::{
    Guest, ROOT, arch, assert_says, first_profile, is_never_moved, lkmc, lkmc_in_time, record, run, said,
};

fn gdb(guest: &Guest, arguments: &[&str]) -> Output {
    let all = ["gdb", &guest.0, "--batch"];
    run(&[&all[..], arguments].concat())
}

#[test]
fn gdb_comes_and_goes_while_the_guest_lives() {
    let Some(profile) = first_profile() else {
        return;
    };
    let guest = Guest::start(&profile, &["--demos", "debug_me"]);
    assert_says(&guest.exec("insmod debug_me.ko"), 0, &[]);
    // Loaded before GDB came.
    let looked = gdb(&guest, &["-ex", "info symbol debug_me_add", "-ex", "print point[1].y"]);
    assert_says(&looked, 0, &["debug_me_add in section .text", "= 20"]);
    assert_says(&guest.exec("rmmod debug_me; echo still here"), 0, &["still here"]);
    let looked = gdb(&guest, &["-ex", "info symbol debug_me_add"]);
    assert_says(&looked, 1, &["No symbol \"debug_me_add\""]);
    guest.assert_alive();
}

#[test]
fn one_gdb_at_a_time() {
    let Some(profile) = first_profile() else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let lock = std::fs::File::create(guest.directory().join("gdb.lock")).expect("the lock can be made");
    flock(&lock, FlockOperation::NonBlockingLockExclusive).expect("nobody has it");
    assert_says(&gdb(&guest, &[]), 2, &["lkmc::gdb::attached"]);
    drop(lock);
    assert_says(&gdb(&guest, &["-ex", "print 6 * 7"]), 0, &["= 42"]);
}

/// Of one build, as it comes with `--demos DIRECTORY`.
#[test]
fn a_module_is_inserted_after_those_that_it_uses() {
    let Some(profile) = first_profile() else {
        return;
    };
    let directory = tempfile::tempdir().expect("a directory can be made");
    let write = |name: &str, text: &str| {
        std::fs::write(directory.path().join(name), text).expect("a file can be written");
    };
    write("Kbuild", "obj-m += a_user.o z_base.o\n");
    write(
        "z_base.c",
        "#include <linux/module.h>\nint base_value(void);\nint base_value(void) { return 42; }\n\
         EXPORT_SYMBOL_GPL(base_value);\nMODULE_LICENSE(\"GPL\");\n",
    );
    write(
        "a_user.c",
        "#include <linux/module.h>\nint base_value(void);\nstatic volatile int value;\n\
         static int __init user_init(void)\n{\n\tvalue = base_value();\n\treturn 0;\n}\n\
         module_init(user_init);\nMODULE_LICENSE(\"GPL\");\n",
    );
    let directory = directory.path().to_str().expect("its name is text");
    let output = run(&[
        "profile",
        "debug",
        &profile,
        "--module-init",
        "a_user",
        "--demos",
        directory,
        "--batch",
        "-ex",
        "next",
        "-ex",
        "print value",
    ]);
    assert_says(&output, 0, &["user_init ()", "= 42"]);
}

#[test]
fn runs_that_are_over_or_never_were() {
    let Some(profile) = first_profile() else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let id = guest.0.clone();
    drop(guest);
    assert_says(&run(&["gdb", &id, "--batch"]), 2, &["lkmc::gdb::ended"]);
    assert_says(&run(&["gdb", "nosuchrun", "--batch"]), 2, &["lkmc::run::unknown"]);
    assert_says(
        &run(&["profile", "debug", &profile, "--batch", "-x", "/no/such/script.py"]),
        2,
        &["lkmc::gdb::script"],
    );
    assert_says(
        &run(&["profile", "debug", &profile, "--batch", "--early", "--", "true"]),
        2,
        &["lkmc::gdb::early_command"],
    );
}

#[test]
fn two_guests_under_two_gdbs() {
    let Some(profile) = first_profile() else {
        return;
    };
    let start = |syscall: &str| {
        let mut command = lkmc_in_time();
        command
            .args([
                "profile",
                "debug",
                &profile,
                "--batch",
                "--syscall",
                syscall,
                "-ex",
                "info symbol $pc",
            ])
            .args(["--", "cat", "/proc/version"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("lkmc can be started")
    };
    let both = [start("openat"), start("read")];
    for (child, function) in both.into_iter().zip(["sys_openat", "sys_read"]) {
        assert_says(&child.wait_with_output().expect("it ends"), 0, &[function]);
    }
}

/// A profile whose kernel boots at random addresses, in a directory of its own; nothing if there is none to be had.
fn random() -> Option<(tempfile::TempDir, String)> {
    let name = first_profile().filter(|name| !is_never_moved(name))?;
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("random.toml");
    let text = format!("extends = [\"{name}\"]\n[kernel]\nkaslr = true\n");
    std::fs::write(&path, text).expect("a file can be written");
    Some((directory, path.to_string_lossy().into_owned()))
}

/// A kernel at random addresses: attached to twice, it was found at two places, and its symbols were there.
#[test]
fn symbols_follow_a_kernel_at_random_addresses() {
    let Some((_directory, profile)) = random() else {
        return;
    };
    let mut addresses = Vec::new();
    for _ in 0..2 {
        let guest = Guest::start(&profile, &["--cold"]);
        // Variables of a processor may be linked at zero, and stay there.
        let asked = [
            "print &linux_banner",
            "x/s &linux_banner",
            "lx-version",
            "print $lx_current().comm",
            "print $lx_per_cpu(runqueues, 0).cpu",
        ];
        let looked = gdb(&guest, &asked.map(|command| ["-ex", command]).concat());
        assert_says(&looked, 0, &["Linux version 6.", "$2 = \"swapper/0\\000", "\n$3 = 0\n"]);
        let text = said(&looked);
        let line = text
            .lines()
            .find(|line| line.contains("<linux_banner>"))
            .expect("the banner's address");
        addresses.push(line.to_owned());
    }
    assert_ne!(addresses[0], addresses[1]);
}

/// The same for what GDB is asked about processes: which one executes a program, and which one is in the way of a command's end.
#[test]
fn processes_of_a_kernel_at_random_addresses_are_found() {
    let Some((_directory, profile)) = random() else {
        return;
    };
    let words = [
        "profile", "debug", &profile, "--batch", "--user", "sysconf", "-ex", "next",
    ];
    assert_says(&run(&words), 0, &["main () at userland/linux/sysconf.c:"]);
    if first_profile().is_none_or(|name| arch(&name) != "x86_64") {
        return; // aarch64's kernel knows by a register, which is the program's until an exception's first instructions are over.
    }
    let words = ["profile", "run", &profile, "--timeout", "10s"];
    let output = run(&[&words[..], &["--", "sh", "-c", "while :; do :; done"]].concat());
    assert_says(&output, 124, &["at PID ", " (sh) in "]);
}

/// The emulator dies under GDB: a script ends at once and says why, and nothing is left.
/// As with `profile run`, which takes the same options.
#[test]
fn a_guest_under_gdb_has_the_users_disk_and_files() {
    let Some(profile) = first_profile() else {
        return;
    };
    let directory = tempfile::tempdir().expect("a directory can be made");
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path.to_string_lossy().into_owned()
    };
    let disk = write("disk", &format!("from the disk\n{}", "\0".repeat((1 << 20) - 14)));
    let pushed = write("pushed", "from a file\n");
    let script = write("show.sh", "head -n 1 /dev/vda\ncat pushed\necho \"from $1\"\n");
    let files = ["--disk", &disk, "--push", &pushed, "--script", &script, "--console"];
    let all = [
        &["profile", "debug", &profile, "--batch", "-ex", "continue"],
        &files[..],
        &["--", "an argument"],
    ];
    assert_says(
        &run(&all.concat()),
        0,
        &[
            "Linux version",
            "from the disk\n",
            "from a file\n",
            "from an argument\n",
        ],
    );
}

#[test]
fn an_emulator_that_is_killed_ends_the_script() {
    let Some(profile) = first_profile() else {
        return;
    };
    let directory = tempfile::tempdir().expect("a directory can be made");
    let script = directory.path().join("kill.py");
    // Others run at the same time: this one is known by its command.
    let mark = format!("{}", script.display());
    let text = "import glob, json, os, gdb\n\
                records = [json.load(open(file)) for file in glob.glob(os.environ['RUNS'] + '/*/run.json')]\n\
                here, = [record for record in records if os.environ['MARK'] in record['command']]\n\
                os.kill(here['emulator-pid'], 9)\n\
                gdb.execute('stepi')\n";
    std::fs::write(&script, text).expect("a file can be written");
    let mut command = lkmc();
    let output = command
        .env("MARK", &mark)
        .env("RUNS", Path::new(ROOT).join("out/run"))
        .args(["--json", "profile", "debug", &profile, "--batch", "-x"])
        .arg(&script)
        .args(["--", "true", &mark])
        .output()
        .expect("lkmc can be started");
    let text = said(&output);
    assert!(matches!(output.status.code(), Some(1 | 125)), "{text}");
    let emulator = record(&output)["emulator-pid"].as_u64().expect("a process id");
    assert!(!Path::new(&format!("/proc/{emulator}")).exists());
}

#[test]
fn a_run_from_reset_says_why_it_boots() {
    let Some(profile) = first_profile() else {
        return;
    };
    let output = run(&["--json", "profile", "debug", &profile, "--batch", "-ex", "print $pc"]);
    let snapshot = &record(&output)["snapshot"];
    assert_eq!(snapshot["used"], false);
    assert_eq!(snapshot["why"], "the machine is wanted before its first instruction");
}

#[test]
fn a_script_that_waits_for_ever_meets_the_deadline() {
    let Some(profile) = first_profile() else {
        return;
    };
    let output = lkmc()
        .args([
            "--timeout",
            "15s",
            "profile",
            "debug",
            &profile,
            "--batch",
            "-ex",
            "continue",
        ])
        .args(["--", "sleep", "1000"])
        .output()
        .expect("lkmc can be started");
    assert_says(&output, 124, &["timeout"]);
}

const GDB_PROMPT: &str = "(gdb) ";

/// Ctrl-C of a user is for GDB, which stops the guest with it; lkmc goes on, and so does the guest when the user leaves.
#[test]
fn ctrl_c_stops_the_guest_and_not_lkmc() {
    let Some(profile) = first_profile() else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let mut session = Session::start(&["gdb", &guest.0, "-ex", "set confirm off"]);
    session.expect(GDB_PROMPT);
    for _ in 0..2 {
        session.type_keys("continue\r");
        session.expect("Continuing.");
        // The guest goes on a moment after that has been printed, and answers when it does.
        guest.assert_alive();
        session.type_keys("\x03");
        session.expect("received signal SIGINT");
        session.expect(GDB_PROMPT);
    }
    session.type_keys("print 6 * 7\r");
    session.expect("= 42");
    session.type_keys("quit\r");
    assert_eq!(session.status(), Some(0));
    assert!(session.is_as_before());
    guest.assert_alive();
}

/// GDB on a guest in a script that has a breakpoint, says its process number, and never ends.
fn hang(guest: &Guest) -> (Child, Pid) {
    let mut command = lkmc();
    command
        .args(["gdb", &guest.0, "--batch"])
        .args(["-ex", "set breakpoint always-inserted on", "-ex", "break ksys_read"])
        .args(["-ex", "python import os; print('I am', os.getpid(), flush=True)"])
        .args(["-ex", "python while True: pass"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("lkmc can be started");
    let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    let number = lines.find_map(|line| line.ok()?.strip_prefix("I am ")?.parse().ok());
    (
        child,
        Pid::from_raw(number.expect("GDB's process number")).expect("no zero"),
    )
}

/// However GDB ends, the guest that it held goes on, and nothing of GDB is left in it.
#[test]
fn a_guest_goes_on_when_its_gdb_is_killed() {
    let Some(profile) = first_profile() else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let (running, gdb) = hang(&guest);
    kill_process(gdb, Signal::KILL).expect("GDB can be killed");
    let output = running.wait_with_output().expect("lkmc ends");
    assert_says(&output, 125, &["lkmc::gdb::killed", "signal 9"]);
    guest.assert_alive();
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let (running, gdb) = hang(&guest);
        kill_process(Pid::from_child(&running), signal).expect("lkmc can be signalled");
        let output = running.wait_with_output().expect("lkmc ends");
        assert_says(&output, status, &["lkmc::gdb::interrupted"]);
        assert!(
            !Path::new(&format!("/proc/{}", gdb.as_raw_nonzero())).exists(),
            "GDB has ended"
        );
        guest.assert_alive();
    }
    let timeout = lkmc()
        .args([
            "--timeout",
            "8s",
            "gdb",
            &guest.0,
            "--batch",
            "-ex",
            "python while True: pass",
        ])
        .output()
        .expect("lkmc can be started");
    assert_says(&timeout, 124, &["lkmc::gdb::timeout", "8s"]);
    guest.assert_alive();
}

/// Nobody is left to let go of the guest then, but for its owner.
#[test]
fn a_guest_goes_on_when_lkmc_is_killed_together_with_its_gdb() {
    let Some(profile) = first_profile() else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    // A second time, because the owner has to look out again.
    for _ in 0..2 {
        let (mut running, _) = hang(&guest);
        running.kill().expect("lkmc can be killed");
        running.wait().expect("it is ours");
        guest.assert_alive();
    }
    // Nothing of them is in the next one's way.
    assert_says(&gdb(&guest, &["-ex", "print 6 * 7"]), 0, &["= 42"]);
    guest.assert_alive();
    // A guest that a debugger holds is no secret to those who wait for it.
    let (mut running, _) = hang(&guest);
    let mut waiting = lkmc_in_time()
        .args(["vm", "exec", &guest.0, "--", "true"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("lkmc can be started");
    let said = BufReader::new(waiting.stderr.take().expect("a pipe"));
    let first = said.lines().next().expect("it says something").expect("as text");
    assert!(first.contains("a debugger is attached"), "{first}");
    running.kill().expect("lkmc can be killed");
    running.wait().expect("it is ours");
    assert!(waiting.wait().expect("it is ours").success());
}

/// The terminal is put back also when GDB cannot do it.
#[test]
fn a_killed_gdb_leaves_the_terminal_as_it_was() {
    let Some(profile) = first_profile() else {
        return;
    };
    let guest = Guest::start(&profile, &[]);
    let mut session = Session::start(&["gdb", &guest.0]);
    session.expect(GDB_PROMPT);
    assert!(session.is_raw());
    session.type_keys("python import os; os.kill(os.getpid(), 9)\r");
    assert_eq!(session.status(), Some(125));
    session.expect("lkmc::gdb::killed");
    assert!(session.is_as_before());
    guest.assert_alive();
}
