//! What several test programs share. None of them uses all of it.
#![allow(dead_code)]

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub mod edits;
pub mod gem5;
pub mod mirror;
pub mod processes;
pub mod small;
pub mod terminal;

/// The checkout.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// How long a test waits for what comes at once. It is for a broken lkmc, not for a slow machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Asks until there is an answer. `what` completes "waited in vain for".
#[track_caller]
pub fn wait_for<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(begin.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The same for what holds or does not.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    wait_for(what, || holds().then_some(()));
}

/// How a program ends that is about to. It is killed if it does not.
#[track_caller]
pub fn wait_for_end(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return status;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("it does not end")
}

/// Says why a test, or a part of it, is left out, in the form that `./test` collects. The name is that of the test's thread.
pub fn skip(why: impl Display) {
    let thread = std::thread::current();
    println!("SKIPPED {}: {why}", thread.name().unwrap_or_default());
}

/// Whether a test that spawns Nix is to be left out; if so it has said why.
pub fn skipped_without_nix() -> bool {
    let missing = std::env::var_os("LKMC_TEST_NIX").is_none();
    if missing {
        skip("LKMC_TEST_NIX is not set");
    }
    missing
}

/// Whether a test that asks apt is to be left out; if so it has said why.
pub fn skipped_without_apt() -> bool {
    let keyring = Path::new("/usr/share/keyrings/debian-archive-keyring.gpg").exists();
    let missing = !keyring || Command::new("apt-config").arg("dump").output().is_err();
    if missing {
        skip("needs apt and Debian's keys");
    }
    missing
}

/// The profiles to boot guests of. If there are none, that is said.
pub fn profiles() -> Vec<String> {
    let names = std::env::var("LKMC_TEST_PROFILES").unwrap_or_default();
    if names.trim().is_empty() {
        skip("LKMC_TEST_PROFILES names no profile");
    }
    names.split_whitespace().map(str::to_owned).collect()
}

pub fn first_profile() -> Option<String> {
    profiles().into_iter().next()
}

pub fn each_profile(body: impl Fn(&str)) {
    profiles().iter().for_each(|profile| body(profile));
}

pub fn arch(profile: &str) -> &str {
    profile.split('-').next().unwrap_or(profile)
}

/// Whether a profile's kernel cannot run at random addresses; a test of these says that it is skipped.
pub fn is_never_moved(profile: &str) -> bool {
    let never = ["arm", "riscv64"].contains(&arch(profile));
    if never {
        skip(format_args!("the kernel of {profile} is never moved"));
    }
    never
}

pub fn emulator(profile: &str) -> &str {
    profile.split('-').nth(1).unwrap_or_default()
}

/// Of these profiles those that have a board for bare metal, and gem5's where there is a gem5.
pub fn boards(mut profiles: Vec<String>) -> Vec<String> {
    profiles.retain(|profile| ["aarch64", "arm"].contains(&arch(profile)));
    if std::env::var_os("LKMC_GEM5").is_some_and(|value| !value.is_empty()) {
        profiles.extend(["aarch64-gem5-atomic", "arm-gem5-hpi"].map(str::to_owned));
    }
    profiles
}

/// What git would hand to Nix: the tracked files, as they are in the work tree, and nothing else (`target/` has gigabytes).
pub fn tracked_copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary directory");
    let status = Command::new("sh")
        .arg("-c")
        .arg("git ls-files -z | xargs -0 cp --parents -pt \"$0\"")
        .arg(copy.path())
        .current_dir(ROOT)
        .status()
        .expect("sh starts");
    assert!(status.success());
    copy
}

/// Copies what there is of a checkout; builds, results and history are no part of it.
pub fn copy_checkout(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory can be made");
    for entry in std::fs::read_dir(from).expect("it can be read") {
        let entry = entry.expect("it can be read");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("it has a type");
        if ["target", "out", ".git"].iter().any(|name| entry.file_name() == *name) {
            continue;
        } else if kind.is_dir() {
            copy_checkout(&path, &target);
        } else if kind.is_symlink() {
            let goal = std::fs::read_link(&path).expect("it can be read");
            std::os::unix::fs::symlink(goal, &target).expect("a link can be made");
        } else {
            std::fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}

/// A kernel tree of x86_64 that looks built: all files that lkmc wants of one are there, and empty.
pub fn pretend_kernel_tree(tree: &Path) {
    for name in [
        "arch/x86/boot/bzImage",
        "arch/x86/boot/compressed/vmlinux",
        "vmlinux",
        "System.map",
        ".config",
        "include/config/kernel.release",
    ] {
        let file = tree.join(name);
        std::fs::create_dir_all(file.parent().expect("it is in the tree")).expect("a directory can be made");
        std::fs::write(file, "").expect("it can be written");
    }
}

/// lkmc on this checkout, with nothing to read.
pub fn lkmc() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
    command.current_dir(ROOT).env("LKMC_ROOT", ROOT).stdin(Stdio::null());
    command
}

/// With a deadline that a busy machine keeps.
pub fn lkmc_in_time() -> Command {
    let mut command = lkmc();
    command.args(["--timeout", "4m"]);
    command
}

/// To its end.
pub fn run(arguments: &[&str]) -> Output {
    lkmc_in_time().args(arguments).output().expect("lkmc can be started")
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether a script of GDB's came to its last line, "NAME: 7 checks". What a program says on the same terminal may stand before
/// and behind it.
pub fn all_checked(text: &str) -> bool {
    text.match_indices(" checks").any(|(end, _)| {
        let words = &text[..end];
        let number = &words[words.trim_end_matches(|c: char| c.is_ascii_digit()).len()..];
        number.parse().is_ok_and(|checks: usize| checks > 0)
    })
}

/// It ended with this status, and has said all of this, to the letter.
#[track_caller]
pub fn assert_says(output: &Output, status: i32, parts: &[&str]) {
    let text = said(output);
    assert_eq!(output.status.code(), Some(status), "{text}");
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

/// To its end, however long that takes.
pub fn output(arguments: &[&str]) -> Output {
    lkmc().args(arguments).output().expect("lkmc can be started")
}

/// The document that `--json` prints.
pub fn json(arguments: &[&str]) -> Value {
    let ran = output(&[&["--json"], arguments].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    serde_json::from_str(&stdout(&ran)).unwrap_or_else(|error| panic!("{error}: {}", stdout(&ran)))
}

/// The objects that `--json` prints, one a line.
pub fn objects(arguments: &[&str]) -> Vec<Value> {
    let ran = output(&[&["--json"], arguments].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let object = |line: &str| serde_json::from_str(line).expect("each line is JSON");
    stdout(&ran).lines().map(object).collect()
}

/// It failed with this status, and its message says all of this.
#[track_caller]
pub fn assert_failed(output: &Output, status: i32, parts: &[&str]) {
    let text = said(output);
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(!text.contains("panicked at"), "{text}");
    assert_message(output, parts);
}

/// Its message says all of this. Where it is broken into lines does not matter.
#[track_caller]
pub fn assert_message(output: &Output, parts: &[&str]) {
    let bare = |text: &str| text.replace(|c: char| c.is_whitespace() || "│╰─▶".contains(c), "");
    let text = stderr(output);
    for part in parts {
        assert!(bare(&text).contains(&bare(part)), "`{part}` is missing in\n{text}");
    }
}

/// The record of a run, which `--json` puts on the last line of standard error.
pub fn record(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().rev().find(|line| line.starts_with('{'));
    let record = line.and_then(|line| serde_json::from_str(line).ok());
    record.unwrap_or_else(|| panic!("no record in\n{}", said(output)))
}

/// The directory of a run.
pub fn run_directory(id: &str) -> PathBuf {
    Path::new(ROOT).join("out/run").join(id)
}

/// A guest in the background, switched off when dropped.
pub struct Guest(pub String);

impl Guest {
    pub fn start(profile: &str, more: &[&str]) -> Guest {
        let mut arguments = vec!["profile", "run", profile, "--detach"];
        arguments.extend(more);
        let output = run(&arguments);
        assert_says(&output, 0, &[]);
        Guest(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A line of shell.
    pub fn exec(&self, line: &str) -> Output {
        run(&["vm", "exec", &self.0, "--", "/bin/sh", "-c", line])
    }

    /// It still does what it is told.
    pub fn assert_alive(&self) {
        assert_says(&self.exec("cat /proc/version"), 0, &["Linux version"]);
    }

    pub fn directory(&self) -> PathBuf {
        run_directory(&self.0)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        run(&["vm", "stop", &self.0]);
    }
}
