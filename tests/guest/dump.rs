//! Memory dumps of real guests, on every profile that LKMC_TEST_PROFILES names: what is read from them is compared with what the
//! guest said before it died.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::common::{assert_says, each_profile, is_never_moved, lkmc, record, run, run_directory, said, skip};

/// The record of a run that ended in trouble, and its directory.
fn trouble(profile: &str, arguments: &[&str]) -> (Value, PathBuf) {
    let output = run(&[&["--json", "profile", "run", profile], arguments].concat());
    assert_says(&output, 126, &[]);
    let record = record(&output);
    let directory = run_directory(record["id"].as_str().expect("a run has an id"));
    (record, directory)
}

fn gdb(arguments: &[&str], commands: &[&str]) -> Output {
    let mut command = lkmc();
    command.arg("gdb").args(arguments).arg("--batch");
    for text in commands {
        command.args(["--ex", text]);
    }
    command.output().expect("lkmc can be started")
}

/// The value that GDB printed as `$1 = VALUE`.
fn value(output: &str, number: u32) -> String {
    let start = format!("${number} = ");
    let line = output.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no {start} in\n{output}")).to_owned()
}

fn panic_in_a_module(profile: &str) -> (Value, PathBuf) {
    let arguments = [
        "--cpus",
        "2",
        "--demos",
        "kernel_modules/panic.c",
        "--on-panic",
        "dump",
        "--",
        "insmod",
        "panic.ko",
    ];
    trouble(profile, &arguments)
}

#[test]
fn a_panics_dump_has_its_stack_its_log_and_its_modules() {
    each_profile(|profile| {
        let (record, directory) = panic_in_a_module(profile);
        assert_eq!(record["verdict"], "panic", "{record}");
        assert_eq!(record["dump"]["file"], "vmcore", "{}", record["dump"]);
        // A file of 256 MiB that takes a fraction of that.
        let file = std::fs::metadata(directory.join("vmcore")).expect("there is a dump");
        let blocks = std::os::unix::fs::MetadataExt::blocks(&file);
        assert!(blocks * 512 < file.len() / 2, "{blocks} blocks of {} bytes", file.len());
        let id = record["id"].as_str().expect("a run has an id");
        let commands = [
            "bt",
            "p linux_banner",
            "p init_task.comm",
            "info threads",
            "p jiffies_64 > 4294000000",
            "p panic_cpu.counter >= 0",
            "info symbol panic_demo_init",
            "lx-lsmod",
            "lx-dmesg",
        ];
        let text = said(&gdb(&["--core", id], &commands));
        let console = std::fs::read_to_string(directory.join("console.log")).expect("a run has a console");
        for frame in [
            " panic (fmt=",
            "panic_demo_init () at ",
            "kernel_modules/panic.c:",
            "do_init_module (mod=",
        ] {
            assert!(text.contains(frame), "`{frame}` is missing in\n{text}");
        }
        assert!(value(&text, 1).contains("Linux version 6."), "{text}");
        assert!(value(&text, 2).starts_with("\"swapper/0"), "{text}");
        let current = text.lines().find(|line| line.starts_with("* "));
        assert!(current.is_some_and(|line| line.contains(": insmod\"")), "{text}");
        assert_eq!((value(&text, 3), value(&text, 4)), ("1".into(), "1".into()), "{text}");
        assert!(text.contains("in section .init.text of "), "{text}");
        // The same line in memory and on the console. The last digits of its time are rounded here and cut off there.
        let line = console.lines().find(|line| line.contains("not syncing: hello panic"));
        let line = line.expect("the console has the panic").trim();
        let (second, words) = line.split_once(']').expect("the line has its time");
        let second = second.split('.').next().unwrap_or_default();
        let same = |other: &str| other.starts_with(second) && other.trim().ends_with(words);
        assert!(text.lines().any(same), "`{line}` is missing in\n{text}");
    });
}

#[test]
fn an_oops_is_dumped_at_the_instruction_that_made_it() {
    each_profile(|profile| {
        let command = ["--", "insmod", "oops.ko"];
        let arguments = [
            &["--demos", "kernel_modules/oops.c", "--on-panic", "dump"][..],
            &command,
        ]
        .concat();
        let (record, _) = trouble(profile, &arguments);
        assert_eq!(record["verdict"], "panic", "{record}");
        let id = record["id"].as_str().expect("a run has an id");
        let commands = ["bt", "p oops_demo_target", "lx-ps"];
        let text = said(&gdb(&["--core", id], &commands));
        assert!(
            text.contains("oops_demo_write (value=") && text.contains("oops_demo_init ()"),
            "{text}"
        );
        assert!(value(&text, 1).starts_with("(int *) 0x0"), "{text}");
        assert!(text.lines().any(|line| line.ends_with("insmod")), "{text}");
    });
}

#[test]
fn a_kernel_at_random_addresses_is_found() {
    each_profile(|profile| {
        if is_never_moved(profile) {
            return;
        }
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("random.toml");
        let text = format!("extends = [\"{profile}\"]\ndescription = \"moved\"\n\n[kernel]\nkaslr = true\n");
        std::fs::write(&path, text).expect("a profile can be written");
        let command = ["--", "sh", "-c", "echo c > /proc/sysrq-trigger"];
        let arguments = [&["--cold", "--on-panic", "dump"][..], &command].concat();
        let (record, directory) = trouble(&path.to_string_lossy(), &arguments);
        // What lkmc noted in the dump. The kernel's own words at a panic, `Kernel Offset`, are about something else on x86.
        let mut front = vec![0; 1 << 20];
        let core = std::fs::File::open(directory.join("vmcore")).expect("there is a dump");
        std::os::unix::fs::FileExt::read_exact_at(&core, &mut front, 0).expect("it is long");
        let front = String::from_utf8_lossy(&front);
        let slide = front.split("\"slide\":").nth(1).expect("lkmc's note says it");
        assert!(!slide.starts_with("0,"), "the kernel was not moved");
        let id = record["id"].as_str().expect("a run has an id");
        let text = said(&gdb(&["--core", id], &["bt", "p linux_banner", "p $lx_current().comm"]));
        assert!(text.contains("sysrq_handle_crash (key="), "{text}");
        assert!(value(&text, 1).contains("Linux version 6."), "{text}");
        assert!(value(&text, 2).starts_with("\"sh\""), "{text}");
    });
}

#[test]
fn gdb_opens_on_the_dead_guest() {
    each_profile(|profile| {
        let command = ["--", "sh", "-c", "echo c > /proc/sysrq-trigger"];
        let gdb = ["--on-panic", "gdb", "--batch", "--ex", "bt", "--ex", "p init_task.comm"];
        let mut lkmc = lkmc();
        lkmc.args(["--timeout", "4m", "profile", "run", profile])
            .args(gdb)
            .args(command);
        let output = lkmc.output().expect("lkmc can be started");
        assert_says(
            &output,
            126,
            &[
                "sysrq_handle_crash (key=",
                "panic (fmt=",
                "$1 = \"swapper/0",
                "lkmc: panic: ",
            ],
        );
    });
}

#[test]
fn what_is_no_dump_of_this_kernel_is_refused() {
    each_profile(|profile| {
        let refused = |arguments: &[&str], parts: &[&str]| assert_says(&gdb(arguments, &[]), 2, parts);
        let directory = tempfile::tempdir().expect("a directory can be made");
        let file = |name: &str, bytes: &[u8]| {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).expect("a file can be written");
            path.to_string_lossy().into_owned()
        };
        refused(
            &["--core", &file("text", b"no dump")],
            &["lkmc::dump::not_one", "no ELF file"],
        );
        refused(
            &["--core", env!("CARGO_BIN_EXE_lkmc")],
            &["lkmc::dump::not_one", "no core"],
        );
        refused(&["--core", "/no/such/file"], &["lkmc::dump::no_file"]);
        let output = lkmc()
            .args(["--json", "profile", "run", profile, "--", "true"])
            .output()
            .expect("lkmc can be started");
        let record: Value = serde_json::from_slice(&output.stderr).expect("a record");
        let healthy = record["id"].as_str().expect("a run has an id");
        refused(&["--core", healthy], &["lkmc::dump::none", "--on-panic dump"]);
        let (record, dumped) = panic_in_a_module(profile);
        let id = record["id"].as_str().expect("a run has an id");
        refused(&["--core", id, "--", "start_kernel"], &["lkmc::gdb::core_place"]);
        let mut bytes = vec![0; 1 << 20];
        let core = std::fs::File::open(dumped.join("vmcore")).expect("there is a dump");
        std::os::unix::fs::FileExt::read_exact_at(&core, &mut bytes, 0).expect("it is long");
        refused(
            &["--core", &file("short", &bytes)],
            &["lkmc::dump::not_one", "cut short"],
        );
        // The rest is not looked at.
        let length = core.metadata().expect("it is open").len();
        let file = |name: &str, bytes: &[u8]| {
            let path = file(name, bytes);
            let whole = std::fs::File::options()
                .write(true)
                .open(&path)
                .expect("it was written");
            whole.set_len(length).expect("it can be sparse");
            path
        };
        refused(&["--core", &file("alone", &bytes)], &["lkmc::dump::no_run"]);
        let build_id = b"\"build-id\":\"";
        let at = bytes
            .windows(build_id.len())
            .position(|part| part == build_id)
            .expect("a note");
        bytes[at + build_id.len()..][..4].copy_from_slice(b"0000");
        let other = file("other", &bytes);
        refused(&[id, "--core", &other], &["lkmc::dump::other_kernel", "0000"]);
        refused(&["--core", &file("cut", &bytes[..100])], &["lkmc::dump::not_one"]);
    });
}

#[test]
fn a_guest_that_runs_has_no_dump() {
    each_profile(|profile| {
        let output = lkmc()
            .args(["profile", "run", profile, "--no-demos", "--detach"])
            .output()
            .expect("lkmc can be started");
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let refused = gdb(&["--core", &id], &[]);
        let stopped = lkmc().args(["vm", "stop", &id]).output().expect("lkmc can be started");
        assert_says(&refused, 2, &["lkmc::dump::running", "lkmc gdb"]);
        assert_says(&stopped, 0, &[]);
    });
}

#[test]
fn drgn_reads_dumps_and_crash_those_of_x86_64() {
    each_profile(|profile| {
        let (record, _) = panic_in_a_module(profile);
        let id = record["id"].as_str().expect("a run has an id");
        let script = tempfile::NamedTempFile::with_suffix(".py").expect("a file can be made");
        // The other processor may have been running a task as well.
        let text = "from drgn.helpers.linux import *\n\
                    print(prog['linux_banner'].string_().decode())\n\
                    print('commands:', [t.comm.string_().decode() for t in for_each_task(prog)])\n\
                    died = [t for t in for_each_task(prog) if t.on_cpu and t.comm.string_() == b'insmod']\n\
                    print(prog.stack_trace(died[0]))\n";
        std::fs::write(script.path(), text).expect("a script can be written");
        let drgn = lkmc()
            .args(["drgn", id, "--"])
            .arg(script.path())
            .output()
            .expect("lkmc can be started");
        let commands = tempfile::NamedTempFile::new().expect("a file can be made");
        std::fs::write(commands.path(), "sys\nlog\np init_task.comm\nquit\n").expect("a file can be written");
        let crash = lkmc()
            .args(["crash", id, "--", "-s", "-i"])
            .arg(commands.path())
            .output()
            .expect("lkmc can be started");
        match record["bundle"]["arch"].as_str() {
            // Debian's crash is older than these kernels: what it makes of their dumps differs from one time to the next.
            Some("x86_64") => {
                assert_says(
                    &drgn,
                    0,
                    &["Linux version 6.", "'insmod'", "panic (", "do_init_module ("],
                );
            }
            Some("aarch64") => {
                assert_says(&drgn, 0, &["Linux version 6.", "'insmod'", "__arm_smccc_hvc"]);
                assert_says(&crash, 2, &["lkmc::dump::reader"]);
            }
            _ => {
                assert_says(&drgn, 2, &["lkmc::dump::reader", "vmcoreinfo"]);
                assert_says(&crash, 2, &["lkmc::dump::reader"]);
            }
        }
    });
}

/// In a mount namespace of its own the run directories are on a file system that the dump does not fit on.
#[test]
fn a_full_disk_leaves_no_half_of_a_dump() {
    each_profile(|profile| {
        let script = r#"mkdir -p out/run && mount -t tmpfs -o size=2m tmpfs out/run &&
            { "$LKMC" --json profile run "$1" --on-panic dump -- sh -c 'echo c > /proc/sysrq-trigger'; echo "status $?"; ls out/run/*; }"#;
        let mut command = Command::new("unshare");
        command
            .args([
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                script,
                "sh",
                profile,
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("LKMC", env!("CARGO_BIN_EXE_lkmc"))
            .stdin(Stdio::null());
        let output = command.output().expect("unshare can be started");
        let text = said(&output);
        if text.contains("unshare failed") || text.contains("Operation not permitted") {
            skip("no user namespaces here");
            return;
        }
        assert!(
            text.contains("status 126") && text.contains("\"verdict\":\"panic\""),
            "{text}"
        );
        assert!(
            text.contains("cannot write the dump") && text.contains("run.json"),
            "{text}"
        );
        assert!(!text.lines().any(|line| line.trim().starts_with("vmcore")), "{text}");
    });
}
