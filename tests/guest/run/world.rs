//! One run, with all that came of it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::processes::descendants;
use crate::common::{arch, each_profile, lkmc, skip, wait_for};

pub struct Done {
    pub status: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
    /// run.json, which `--json` puts on the last line of standard error.
    pub record: Value,
}

impl Done {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn verdict(&self) -> &str {
        self.record["verdict"].as_str().unwrap_or("none")
    }
}

/// `lkmc --json profile run PROFILE ARGS...` with this standard input.
pub fn run_with(profile: &str, arguments: &[&str], input: &[u8]) -> Done {
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
    }
}

pub fn run(profile: &str, arguments: &[&str]) -> Done {
    run_with(profile, arguments, b"")
}

pub fn sh(profile: &str, line: &str) -> Done {
    run(profile, &["--", "sh", "-c", line])
}

pub fn directory_of(record: &Value) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("out/run")
        .join(record["id"].as_str().unwrap())
}

/// The directory of the run that a process of ours owns, or has handed to one that it has started.
pub fn directory_of_process(child: &Child) -> PathBuf {
    let lock_of = |pid: u32| {
        let links = std::fs::read_dir(format!("/proc/{pid}/fd"))
            .into_iter()
            .flatten()
            .flatten();
        links
            .filter_map(|fd| std::fs::read_link(fd.path()).ok())
            .find(|to| to.ends_with("lock") && to.to_string_lossy().contains("/out/run/"))
    };
    wait_for("the run directory", || {
        let processes = [vec![child.id()], descendants(child.id())].concat();
        Some(processes.into_iter().find_map(lock_of)?.parent()?.to_owned())
    })
}

pub fn record_in(directory: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(directory.join("run.json")).unwrap()).unwrap()
}

/// A guest command that runs for long, the run's directory, and the emulator's process.
pub fn start_sleeper(profile: &str) -> (Child, PathBuf, u32) {
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
    let emulator = emulator_of(&directory);
    (child, directory, emulator)
}

/// The emulator's process of a run in this directory.
pub fn emulator_of(directory: &Path) -> u32 {
    record_in(directory)["emulator-pid"]
        .as_u64()
        .unwrap()
        .try_into()
        .unwrap()
}

pub fn signal(pid: u32, name: &str) {
    assert!(
        Command::new("kill")
            .args([name, &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

/// The same for machines that a snapshot is made of; another one is skipped by name.
pub fn each_profile_with_snapshots(body: impl Fn(&str)) {
    each_profile(|profile| match arch(profile) {
        "riscv64" => skip("QEMU 7.2 keeps no timers of RISC-V processors in a snapshot"),
        _ => body(profile),
    });
}
