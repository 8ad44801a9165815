//! lkmc dies while a guest runs, or has no room to keep its state.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::processes::{descendants, emulator_below, is_running};
use crate::common::{arch, assert_says, first_profile, stdout, wait_until};
use crate::world::{CHECKOUT, LKMC, finish, spawn, without_namespaces};

/// A run of the real thing, with the cache of whoever runs the tests.
fn run(profile: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(LKMC);
    command
        .args(["--timeout", "4m", "profile", "run", profile])
        .args(arguments)
        .current_dir(CHECKOUT)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    command
}

/// Where the emulator runs: the run directory.
fn directory(emulator: u32) -> PathBuf {
    std::fs::read_link(format!("/proc/{emulator}/cwd")).unwrap_or_default()
}

/// Kills lkmc alone, and waits until everything below it is gone. Gives the run directory.
fn kill(mut child: Child, when: impl Fn(&Path) -> bool) -> PathBuf {
    let mut found = None;
    wait_until("the emulator, and the moment", || {
        let ended = child.try_wait().ok().flatten();
        assert!(ended.is_none(), "it ended by itself: {ended:?}");
        found = emulator_below(child.id())
            .map(directory)
            .filter(|directory| when(directory));
        found.is_some()
    });
    let below = descendants(child.id());
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    wait_until("the end of all below it", || below.iter().all(|pid| !is_running(*pid)));
    found.unwrap_or_default()
}

fn works_again(profile: &str, arguments: &[&str]) {
    let mut all = arguments.to_vec();
    all.extend(["--", "echo", "well again"]);
    let said = finish(run(profile, &all));
    assert_eq!(
        (said.status.code(), stdout(&said).as_str()),
        (Some(0), "well again\n"),
        "{said:?}"
    );
}

fn console_has(directory: &Path, text: &str) -> bool {
    let console = std::fs::read(directory.join("console.log")).unwrap_or_default();
    String::from_utf8_lossy(&console).contains(text)
}

#[test]
fn killed_while_a_guest_boots_no_emulator_is_left() {
    let Some(profile) = first_profile() else {
        return;
    };
    let child = spawn(run(&profile, &["--cold", "--", "sleep", "1000"]));
    let directory = kill(child, |directory| console_has(directory, "Linux version"));
    let record = std::fs::read_to_string(directory.join("run.json")).expect("it is written at the start");
    let record: serde_json::Value = serde_json::from_str(&record).expect("it is never half written");
    assert_eq!(record["verdict"], serde_json::Value::Null, "{record}");
    let id = directory
        .file_name()
        .expect("it has a name")
        .to_string_lossy()
        .into_owned();
    let list = Command::new(LKMC)
        .args(["vm", "list"])
        .current_dir(CHECKOUT)
        .output()
        .expect("it starts");
    assert_says(&list, 0, &[]);
    assert!(
        !stdout(&list).contains(&id),
        "a dead guest is listed: {}",
        stdout(&list)
    );
    works_again(&profile, &["--cold"]);
}

/// The snapshot is made by the first run of a machine; a kernel argument that nobody used makes a new machine.
#[test]
fn killed_while_a_snapshot_is_made_the_next_run_makes_it() {
    let Some(profile) = first_profile() else {
        return;
    };
    let fresh = format!("lkmc.test={}", std::process::id());
    for moment in ["Run /init as init process", "lkmc"] {
        let child = spawn(run(&profile, &["--kernel-arg", &fresh, "--", "sleep", "1000"]));
        kill(child, |directory| console_has(directory, moment));
    }
    works_again(&profile, &["--kernel-arg", &fresh]);
    // Twice: made, then restored.
    works_again(&profile, &["--kernel-arg", &fresh]);
}

/// The runs' directory is a small disk of its own, which is full when the second snapshot is taken.
#[test]
fn of_a_snapshot_that_the_disk_has_no_room_for_nothing_is_left() {
    let Some(profile) = first_profile().filter(|profile| arch(profile) != "riscv64") else {
        return;
    };
    if without_namespaces() {
        return;
    }
    let script = r#"
        mkdir -p out/run
        mount -t tmpfs -o size=300m tmpfs out/run
        cd out/run
        id=$("$LKMC" --timeout 4m profile run "$PROFILE" --detach --no-demos)
        vm() { verb=$1; shift; "$LKMC" --timeout 4m vm "$verb" "$id" "$@"; }
        trap '"$LKMC" vm stop "$id"' EXIT
        vm exec -- touch /tmp/one
        vm snapshot one
        dd if=/dev/zero of=spare bs=1M count=8
        dd if=/dev/zero of=fill bs=1M || true
        rm spare
        before=$(df --output=avail . | tail -1)
        status=0; vm snapshot two || status=$?
        [ $status -eq 125 ]
        after=$(df --output=avail . | tail -1)
        [ $((before - after)) -lt 1024 ]
        vm exec -- test -e /tmp/one
        rm fill
        vm restore one
        vm exec -- test -e /tmp/one
        vm snapshot two
        vm restore two
        vm exec -- echo well again
    "#;
    let mut command = Command::new("unshare");
    command
        .args(["-Urm", "sh", "-euc", script])
        .env("LKMC", LKMC)
        .env("PROFILE", profile)
        .env("LKMC_ROOT", CHECKOUT)
        .current_dir(CHECKOUT)
        .stdin(Stdio::null());
    let output = finish(command);
    assert_says(&output, 0, &["lkmc::vm::snapshot_failed", "MiB are free", "well again"]);
}
