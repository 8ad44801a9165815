//! Builds with a private store, and what becomes of it when lkmc is killed in the middle.
//!
//! The checkout is a small one of our own: its bundle needs only the toolbox's static busybox. Spawns Nix, so it runs only where
//! `LKMC_TEST_NIX` is set (`./test` sets it once the downloads are there).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use crate::common::processes::command_lines_with;
use crate::common::small::{self, GOOD};
use crate::common::{ROOT, assert_failed, skipped_without_nix, wait_until};
use rustix::process::{Pid, Signal, kill_process};

const LKMC: &str = env!("CARGO_BIN_EXE_lkmc");

/// A cache of our own with the real one's downloads, so that nothing is fetched twice. It stays for the next run.
static CACHE: LazyLock<PathBuf> = LazyLock::new(|| {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nix-cache");
    let downloads = lkmc::paths::cache().unwrap().join("downloads");
    fs::create_dir_all(&downloads).unwrap();
    fs::create_dir_all(&cache).unwrap();
    // Left by an earlier run, perhaps for another cache.
    let _ = fs::remove_file(cache.join("downloads"));
    std::os::unix::fs::symlink(downloads, cache.join("downloads")).unwrap();
    cache
});

/// A checkout whose bundle is built by `script`, which may use `$busybox`, `$input` and `$out`.
struct Checkout {
    directory: tempfile::TempDir,
}

impl Checkout {
    fn new(name: &str, script: &str) -> Checkout {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        small::write(directory.path(), name, script);
        Checkout { directory }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(LKMC);
        command.args(arguments).arg(self.directory.path().join("lowered.json"));
        command
            .env("LKMC_ROOT", self.directory.path())
            .env("LKMC_CACHE", &*CACHE)
            .env("LKMC_NIX", "private");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts a build and waits until its builder is at work.
    fn start(&self, marker: &str) -> Child {
        let child = self.command(&["profile", "build"]).spawn().unwrap();
        wait_until("the builder to start", || !command_lines_with(marker).is_empty());
        child
    }
}

/// Seconds that no other sleep on this machine takes, whoever else runs these tests.
fn nap(number: u32) -> String {
    format!("{}{number}", 1_000_000 + std::process::id())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn assert_success(output: &Output) {
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[test]
fn builds_once_and_then_knows() {
    if skipped_without_nix() {
        return;
    }
    let checkout = Checkout::new("once", GOOD);
    // Each command of Nix is printed then.
    let build = || checkout.run(&["--verbose", "profile", "build"]);
    let first = build();
    assert_success(&first);
    assert!(text(&first.stderr).contains("nix-instantiate"));
    assert!(
        Path::new(text(&first.stdout).trim())
            .join("share/lkmc/bundle.json")
            .exists()
    );
    let second = build();
    assert_eq!(
        (text(&second.stdout), text(&second.stderr)),
        (text(&first.stdout), String::new())
    );
}

#[test]
fn two_first_builds_at_once_both_work() {
    if skipped_without_nix() {
        return;
    }
    let checkout = Checkout::new("twice", GOOD);
    let children: Vec<Child> = (0..3)
        .map(|_| checkout.command(&["profile", "build"]).spawn().unwrap())
        .collect();
    let outputs: Vec<Output> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    outputs.iter().for_each(assert_success);
    assert!(outputs.iter().all(|output| output.stdout == outputs[0].stdout));
}

#[test]
fn a_failing_builder_shows_the_end_of_its_log() {
    if skipped_without_nix() {
        return;
    }
    let checkout = Checkout::new("failing", "echo all is lost; exit 7");
    let output = checkout.run(&["profile", "build"]);
    let parts = [
        "failing-bundle> all is lost",
        "lkmc::nix::build_failed",
        "building failing-bundle failed",
        "exit code 7",
    ];
    assert_failed(&output, 125, &parts);
}

/// Two demos that need what cannot be built: neither has a log that says why.
#[test]
fn what_all_demos_lack_is_no_fault_of_theirs() {
    if skipped_without_nix() {
        return;
    }
    let script = GOOD.replace(r#""config":"/x""#, r#""config":"$out/share/lkmc/bundle.json""#);
    let checkout = Checkout::new("demos", &script);
    let path = |name: &str| checkout.directory.path().join(name);
    for name in ["x86_64-qemu.toml", "fragments", "kconfig"] {
        let profiles = Path::new(ROOT).join("profiles").join(name);
        std::os::unix::fs::symlink(profiles, path("profiles").join(name)).unwrap();
    }
    fs::create_dir(path("userland")).unwrap();
    for name in ["userland/one.sh", "userland/two.sh"] {
        fs::write(path(name), "#!/bin/sh\n# Does nothing.\n#\n# [lkmc]\n# [/lkmc]\n").unwrap();
    }
    let demos = r#"{ lowered, demos }:
let
  inherit (import ./default.nix { inherit lowered; }) bundle;
  make = name: script: input: derivation {
    inherit name input;
    inherit (bundle) system builder busybox;
    args = [ "sh" "-c" script ];
  };
  kernel = make "kernel" "echo no kernel; exit 7" "";
in
{
  d0 = make "one" "echo > $out" kernel;
  d1 = make "two" "echo > $out" kernel;
}
"#;
    fs::write(path("nix/demos.nix"), demos).unwrap();
    let mut command = Command::new(LKMC);
    command
        .args(["test", "userland", "--profile", "x86_64-qemu"])
        .current_dir(checkout.directory.path())
        .env("LKMC_ROOT", checkout.directory.path())
        .env("LKMC_CACHE", &*CACHE)
        .env("LKMC_NIX", "private");
    let output = command.output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(125), "{}{said}", text(&output.stdout));
    assert!(said.contains("building kernel failed"), "{said}");
}

#[test]
fn a_killed_lkmc_leaves_nothing_running_and_a_store_that_works() {
    if skipped_without_nix() {
        return;
    }
    let nap = format!("sleep {}", nap(1));
    let checkout = Checkout::new("killed", &format!("$busybox {nap}; {GOOD}"));
    let mut child = checkout.start(&nap);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the builder to die with lkmc", || command_lines_with(&nap).is_empty());
    fs::write(
        checkout.directory.path().join("nix/default.nix"),
        small::expression("killed", GOOD),
    )
    .unwrap();
    assert_success(&checkout.run(&["profile", "build"]));
}

#[test]
fn an_interrupt_stops_the_build_in_order() {
    if skipped_without_nix() {
        return;
    }
    let nap = format!("sleep {}", nap(2));
    let checkout = Checkout::new("interrupted", &format!("$busybox {nap}; {GOOD}"));
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let child = checkout.start(&nap);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status));
        assert!(
            text(&output.stderr).contains("lkmc::nix::interrupted"),
            "{}",
            text(&output.stderr)
        );
        wait_until("the builder to stop", || command_lines_with(&nap).is_empty());
    }
}

#[test]
fn a_deadline_ends_the_build() {
    if skipped_without_nix() {
        return;
    }
    let nap = format!("sleep {}", nap(3));
    let checkout = Checkout::new("late", &format!("$busybox {nap}; {GOOD}"));
    // Sets the store up without a deadline.
    assert_success(&Checkout::new("setup", GOOD).run(&["profile", "build"]));
    let output = checkout.run(&["profile", "build", "--timeout", "3s"]);
    assert_eq!(output.status.code(), Some(124), "{}", text(&output.stderr));
    wait_until("the builder to stop", || command_lines_with(&nap).is_empty());
}

#[test]
fn a_rebuild_that_differs_names_the_file() {
    if skipped_without_nix() {
        return;
    }
    let same = Checkout::new("same", GOOD).run(&["profile", "verify"]);
    assert_success(&same);
    assert!(
        text(&same.stdout).contains("same     same-bundle"),
        "{}",
        text(&same.stdout)
    );
    let script = format!("{GOOD} $busybox head -c 16 /dev/urandom > $out/share/noise");
    let output = Checkout::new("noisy", &script).run(&["profile", "verify"]);
    assert_eq!(output.status.code(), Some(125));
    let said = text(&output.stdout);
    assert!(
        said.contains("DIFFERS  noisy-bundle") && said.contains("share/noise: differs from byte"),
        "{said}"
    );
    assert!(said.contains("same     noisy-input"), "{said}");
}

#[test]
fn a_dry_run_prints_a_command_that_works() {
    if skipped_without_nix() {
        return;
    }
    let checkout = Checkout::new("dry", GOOD);
    let built = checkout.run(&["profile", "build"]);
    let printed = checkout.run(&["profile", "build", "--dry-run"]);
    assert_success(&printed);
    let pasted = Command::new("sh")
        .arg("-c")
        .arg(text(&printed.stdout))
        .output()
        .unwrap();
    assert_success(&pasted);
    let base = |output: &Output| text(&output.stdout).trim().rsplit('/').next().map(str::to_owned);
    assert_eq!(base(&pasted), base(&built));
}

/// In `lkmc nix -- develop` a shell may be open for hours, and outlive the one that it was started from.
#[test]
fn what_lkmc_nix_runs_is_collected_by_nobody_and_outlives_its_caller() {
    if skipped_without_nix() {
        return;
    }
    let checkout = Checkout::new("plain", GOOD);
    let cache = checkout.directory.path().join("cache");
    small::copy_downloads(&cache);
    let marker = checkout.directory.path().join("begun");
    let expression = format!("builtins.readFile {}", marker.display());
    let settle = |command: &mut Command| {
        command
            .env("LKMC_ROOT", checkout.directory.path())
            .env("LKMC_CACHE", &cache)
            .env("LKMC_NIX", "private");
    };
    // Nix waits for what is written to the pipe.
    let made = Command::new("mkfifo").arg(&marker).status().unwrap();
    assert!(made.success());
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" nix -- eval --impure --expr \"$1\" > \"$2\" & wait"]);
    shell
        .arg(LKMC)
        .arg(&expression)
        .arg(checkout.directory.path().join("said"));
    settle(&mut shell);
    let mut shell = shell.spawn().unwrap();
    let at_work = || command_lines_with(&marker.display().to_string()).len() > 1;
    let writer = std::thread::spawn({
        let marker = marker.clone();
        move || fs::OpenOptions::new().write(true).open(marker).unwrap()
    });
    wait_until("Nix to read", || writer.is_finished());
    let mut pipe = writer.join().unwrap();
    shell.kill().unwrap();
    shell.wait().unwrap();
    let gc = || {
        let mut command = Command::new(LKMC);
        command.arg("gc");
        settle(&mut command);
        command.output().unwrap()
    };
    let refused = gc();
    assert_eq!(refused.status.code(), Some(125));
    assert!(
        text(&refused.stderr).contains("is under way"),
        "{}",
        text(&refused.stderr)
    );
    assert!(at_work());
    std::io::Write::write_all(&mut pipe, b"still here").unwrap();
    drop(pipe);
    wait_until("Nix to end", || !at_work());
    let said = fs::read_to_string(checkout.directory.path().join("said")).unwrap();
    assert!(said.contains("still here"), "{said}");
    assert_success(&gc());
}

#[test]
fn a_build_that_is_used_again_is_the_newest() {
    if skipped_without_nix() {
        return;
    }
    let checkout = Checkout::new("again", GOOD);
    let cache = checkout.directory.path().join("cache");
    small::copy_downloads(&cache);
    let run = |mut command: Command| {
        let output = command.env("LKMC_CACHE", &cache).output().unwrap();
        assert_success(&output);
        text(&output.stdout)
    };
    let build = |script: &str| {
        let expression = small::expression("again", script);
        fs::write(checkout.directory.path().join("nix/default.nix"), expression).unwrap();
        PathBuf::from(run(checkout.command(&["profile", "build"])).trim())
    };
    let changed = format!("{GOOD} # changed");
    let [first, second, again] = [GOOD, &changed, GOOD].map(build);
    assert_eq!(first, again);
    let mut gc = Command::new(LKMC);
    gc.arg("gc")
        .env("LKMC_ROOT", checkout.directory.path())
        .env("LKMC_NIX", "private");
    assert!(run(gc).contains("1 builds"));
    assert!(first.exists() && !second.exists());
}

#[test]
fn a_collection_takes_old_builds_and_leaves_used_ones() {
    if skipped_without_nix() {
        return;
    }
    let checkout = Checkout::new("kept", GOOD);
    let cache = checkout.directory.path().join("cache");
    small::copy_downloads(&cache);
    let run = |arguments: &[&str]| {
        let output = checkout.command(arguments).env("LKMC_CACHE", &cache).output().unwrap();
        assert_success(&output);
        text(&output.stdout)
    };
    let gc = |options: &[&str]| {
        let mut command = Command::new(LKMC);
        command
            .arg("gc")
            .args(options)
            .env("LKMC_ROOT", checkout.directory.path())
            .env("LKMC_CACHE", &cache)
            .env("LKMC_NIX", "private");
        let output = command.output().unwrap();
        assert_success(&output);
        text(&output.stdout)
    };
    let old = PathBuf::from(run(&["profile", "build"]).trim());
    let lock = fs::read_dir(cache.join("roots"))
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    let lock = lock
        .into_iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "lock"))
        .unwrap();
    fs::write(
        checkout.directory.path().join("nix/default.nix"),
        small::expression("kept", &format!("{GOOD} # changed")),
    )
    .unwrap();
    let new = PathBuf::from(run(&["profile", "build"]).trim());
    assert_ne!(old, new);

    let user = fs::File::open(&lock).unwrap();
    rustix::fs::flock(&user, rustix::fs::FlockOperation::LockShared).unwrap();
    assert!(!gc(&["--dry-run", "--verbose"]).contains("rm -f "));
    assert!(gc(&[]).contains("0 builds"));
    assert!(old.exists() && new.exists());
    drop(user);
    assert!(gc(&["--dry-run"]).contains("\n1 builds, "));
    let preview = gc(&["--dry-run", "--verbose"]);
    let root = lock.with_extension("");
    assert!(preview.contains(&format!("rm -f {} ", root.display())), "{preview}");
    assert!(preview.contains("nix-store"), "{preview}");
    assert!(old.exists() && new.exists());
    assert!(gc(&[]).contains("1 builds"));
    assert!(!old.exists() && new.exists());
}
