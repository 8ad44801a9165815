//! What users meet: a console that says much, disks that are full, ports that are taken, machines that answer nothing.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use super::world::{directory_of, each_profile_with_snapshots, emulator_of, record_in, run, run_with, sh, signal};
use crate::common::{arch, each_profile, first_profile, lkmc, wait_until};

#[test]
fn a_shell_that_says_much_is_heard_to_the_byte() {
    each_profile(|profile| {
        let done = run_with(profile, &[], b"seq 100000 104000\nexit 4\n");
        assert_eq!(done.status, Some(4));
        let numbers = |text: &str| -> Vec<u32> {
            let lines = text.lines().map(|line| line.trim_end_matches('\r'));
            let numbers = lines.filter_map(|line| line.parse().ok());
            // The terminal's echo of `exit 4` may be broken by the shell's editing of that line.
            numbers.filter(|number| *number >= 100_000).collect()
        };
        let wanted: Vec<u32> = (100_000..=104_000).collect();
        assert_eq!(numbers(&done.text()), wanted);
        let log = std::fs::read(directory_of(&done.record).join("console.log")).unwrap();
        assert_eq!(numbers(&String::from_utf8_lossy(&log)), wanted, "the log has it twice");
    });
}

#[test]
fn output_that_cannot_be_written_is_no_closed_pipe() {
    each_profile(|profile| {
        for (more, input) in [(&["--", "echo", "hi"][..], ""), (&["--no-demos"], "echo hi\n")] {
            let mut child = lkmc()
                .args(["profile", "run", profile])
                .args(more)
                .stdin(Stdio::piped())
                .stdout(File::options().write(true).open("/dev/full").unwrap())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            let text = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(125), "{more:?}: {text}");
            assert!(text.contains("No space left on device"), "{more:?}: {text}");
        }
    });
}

#[test]
fn a_record_that_cannot_be_written_is_no_success() {
    let Some(profile) = first_profile() else { return };
    for (options, status) in [(&["--json"][..], 125), (&[], 0)] {
        let ended = lkmc()
            .args(options)
            .args(["profile", "run", &profile, "--", "true"])
            .stderr(File::options().write(true).open("/dev/full").unwrap())
            .status()
            .unwrap();
        assert_eq!(ended.code(), Some(status), "{options:?}");
    }
}

#[test]
fn a_parent_that_ignores_its_children_hides_no_failure() {
    each_profile(|profile| {
        // Debian's own shell never ignores this signal.
        let output = Command::new("/bin/bash")
            .args(["-c", r#"trap "" CHLD; exec "$@""#, "sh", env!("CARGO_BIN_EXE_lkmc")])
            .args(["profile", "run", profile, "--qemu-arg=-no-such-option", "--", "true"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{text}");
        assert!(text.contains("exited with status 1"), "{text}");
    });
}

#[test]
fn a_port_that_is_taken_costs_no_snapshot() {
    each_profile_with_snapshots(|profile| {
        assert_eq!(run(profile, &["--network", "--", "true"]).status, Some(0));
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let forward = format!("{}:22", taken.local_addr().unwrap().port());
        let refused = run(profile, &["--forward", &forward, "--", "true"]);
        assert_eq!(refused.status, Some(2));
        assert!(refused.stderr.contains("port_taken") || refused.record.to_string().contains("port_taken"));
        let after = run(profile, &["--network", "--", "true"]);
        assert_eq!(after.record["snapshot"]["used"], true);
    });
}

#[test]
fn a_guest_that_does_not_power_off_is_not_said_to() {
    each_profile(|profile| {
        let started = lkmc().args(["profile", "run", profile, "--detach"]).output().unwrap();
        assert!(started.status.success());
        let id = String::from_utf8_lossy(&started.stdout).trim().to_owned();
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(&id);
        signal(emulator_of(&directory), "-STOP");
        lkmc().args(["vm", "stop", &id]).stdout(Stdio::null()).status().unwrap();
        wait_until("the run's end", || !record_in(&directory)["verdict"].is_null());
        assert_eq!(record_in(&directory)["verdict"], "timeout");
    });
}

/// As `make` leaves it, of a kernel that is there already.
fn kernel_tree(profile: &str, directory: &Path) {
    let built = sh(profile, "true").record["bundle"]["kernel"].clone();
    let cache = lkmc::paths::cache().unwrap().join("store");
    let physical = |path: &str| match Path::new(path).exists() {
        true => path.into(),
        false => cache.join(path.trim_start_matches('/')),
    };
    let (images, compressed) = match arch(profile) {
        "x86_64" => ("arch/x86/boot/bzImage", Some("arch/x86/boot/compressed/vmlinux")),
        "aarch64" => ("arch/arm64/boot/Image", None),
        "arm" => ("arch/arm/boot/zImage", Some("arch/arm/boot/compressed/vmlinux")),
        _ => ("arch/riscv/boot/Image", None),
    };
    let files = [
        ("image", images),
        ("vmlinux", "vmlinux"),
        ("system-map", "System.map"),
        ("config", ".config"),
    ];
    let compressed = compressed.map(|file| ("decompressor", file));
    for (key, file) in files.into_iter().chain(compressed) {
        let file = directory.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(physical(built[key].as_str().unwrap()), file).unwrap();
    }
    let release = directory.join("include/config/kernel.release");
    std::fs::create_dir_all(release.parent().unwrap()).unwrap();
    std::fs::write(release, "of-my-own\n").unwrap();
    let module = directory.join("drivers/misc/dummy-irq.ko");
    let (image, release) = (built["image"].as_str().unwrap(), built["release"].as_str().unwrap());
    let installed = physical(image).with_file_name(format!("lib/modules/{release}/kernel/drivers/misc/dummy-irq.ko"));
    std::fs::create_dir_all(module.parent().unwrap()).unwrap();
    std::fs::copy(installed, module).unwrap();
}

#[test]
fn a_kernel_of_ones_own_boots_with_its_own_modules() {
    each_profile(|profile| {
        let tree = tempfile::tempdir().unwrap();
        let own = ["--kernel-tree", &tree.path().to_string_lossy()];
        let run_own = |words: &[&str]| run(profile, &[&own[..], words].concat());
        let empty = run_own(&["--", "true"]);
        assert_eq!(empty.status, Some(2));
        kernel_tree(profile, tree.path());
        let done = run_own(&["--", "sh", "-c", "exit 5"]);
        assert_eq!(done.status, Some(5), "{}", done.stderr);
        let kernel = &done.record["bundle"]["kernel"];
        assert_eq!(kernel["release"], "of-my-own");
        assert!(
            kernel["image"]
                .as_str()
                .unwrap()
                .starts_with(&*tree.path().to_string_lossy())
        );
        let modules = || run_own(&["--", "sh", "-c", "cat /lib/modules/*/modules.dep"]).text();
        assert_eq!(modules(), "");
        // The snapshot of the kernel without them is not the one with them.
        std::fs::write(tree.path().join("modules.order"), "drivers/misc/dummy-irq.o\n").unwrap();
        assert_eq!(modules(), "kernel/drivers/misc/dummy-irq.ko:\n");
        let large = std::fs::File::create(tree.path().join("large.ko")).unwrap();
        large.set_len(4 << 30).unwrap();
        std::fs::write(tree.path().join("modules.order"), "large.o\n").unwrap();
        let without = run_own(&["--", "true"]);
        assert_eq!(without.status, Some(0));
        let said = "does not get the kernel's own modules: 4096 MiB are more";
        assert!(without.stderr.contains(said), "{}", without.stderr);
        let crash = run_own(&["--cold", "--", "sh", "-c", "echo c > /proc/sysrq-trigger"]);
        assert_eq!(crash.verdict(), "panic");
        assert!(
            crash.record["stack"].to_string().contains("sysrq_handle_crash"),
            "{}",
            crash.stderr
        );
        let demos = run_own(&["--demos", "kernel_modules/hello.c", "--", "true"]);
        assert!(
            demos.stderr.contains("`make modules_prepare` there writes it"),
            "{}",
            demos.stderr
        );
    });
}

#[test]
fn an_init_function_that_refuses_runs_once() {
    each_profile(|profile| {
        let directory = tempfile::tempdir().unwrap();
        let module = directory.path().join("refuse.c");
        let text = "#include <linux/module.h>\nstatic int __init refuse_init(void)\n{\n\tpr_info(\"asked\\n\");\n\treturn -EINVAL;\n}\n\
                    module_init(refuse_init);\nMODULE_LICENSE(\"GPL\");\n";
        std::fs::write(&module, text).unwrap();
        let line = "insmod refuse.ko; echo $?; dmesg | grep -c asked";
        let done = run(profile, &["--demos", &module.to_string_lossy(), "--", "sh", "-c", line]);
        assert_eq!(done.text(), "22\n1\n", "{}", done.stderr);
        assert!(
            done.stderr.contains("can't insert 'refuse.ko': Invalid argument"),
            "{}",
            done.stderr
        );
    });
}

#[test]
fn a_module_of_ones_own_that_does_not_compile_is_an_error() {
    each_profile(|profile| {
        let directory = tempfile::tempdir().unwrap();
        let module = directory.path().join("broken.c");
        std::fs::write(&module, "#include <linux/module.h>\nint broken(void) { return 0 }\n").unwrap();
        let done = run(profile, &["--demos", &module.to_string_lossy(), "--", "true"]);
        assert_eq!(done.status, Some(125), "{}", done.stderr);
    });
}
