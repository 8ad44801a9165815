//! lkmc dies while a guest runs.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::processes::{descendants, emulator_below, is_running};
use crate::common::{assert_says, first_profile, stdout, wait_until};
use crate::world::{CHECKOUT, LKMC, finish, spawn};

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
