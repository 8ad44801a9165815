//! `lkmc run`: a run is looked at, compared, and made again.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::world::{directory_of_process, emulator_of, record_in, signal};
use crate::common::processes::is_running;
use crate::common::{
    assert_says, each_profile, first_profile, lkmc, lkmc_in_time, stderr, stdout, wait_for_end, wait_until,
};

/// A directory with a profile of its own in it, where commands are given.
struct Place(tempfile::TempDir);

impl Place {
    fn new(profile: &str) -> Place {
        let place = Place(tempfile::tempdir().expect("a temporary directory"));
        place.write(&format!("extends = [\"{profile}\"]\n"));
        place
    }

    fn write(&self, text: &str) {
        std::fs::write(self.0.path().join("my.toml"), text).expect("it can be written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = lkmc_in_time();
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn lkmc(&self, arguments: &[&str]) -> std::process::Output {
        self.command(arguments).output().expect("lkmc can be started")
    }

    /// A run of a command in the guest: its record.
    fn run(&self, command: &[&str]) -> Value {
        let output = self.lkmc(&[&["--json", "profile", "run", "my.toml", "--"], command].concat());
        let said = stderr(&output);
        let record = said.lines().last().and_then(|line| serde_json::from_str(line).ok());
        record.unwrap_or_else(|| panic!("{said}"))
    }
}

#[test]
fn a_run_is_shown_and_made_again_until_its_profile_changes() {
    each_profile(|profile| {
        let place = Place::new(profile);
        let first = place.run(&["sh", "-c", "echo said; exit 3"]);
        let id = first["id"].as_str().expect("it has one");
        let shown = place.lkmc(&["run", "show", id]);
        assert_says(
            &shown,
            0,
            &[
                "sh -c 'echo said; exit 3'",
                "my (my.toml)",
                "failed, status 3",
                "run.json",
            ],
        );
        let whole: Value =
            serde_json::from_slice(&place.lkmc(&["run", "show", id, "--json"]).stdout).expect("it is JSON");
        assert_eq!(whole, first);

        // From anywhere, and from a copy of the record.
        let copy = place.0.path().join("copy.json");
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/run").join(id);
        std::fs::copy(directory.join("run.json"), &copy).expect("it can be copied");
        for name in [id, copy.to_str().expect("it is text")] {
            let again = lkmc_in_time()
                .args(["run", "again", name])
                .output()
                .expect("lkmc can be started");
            assert_says(&again, 0, &["with the same inputs: failed, status 3"]);
            assert_eq!(stdout(&again), "said\n");
        }

        place.write(&format!("extends = [\"{profile}\"]\n[memory]\nsize = \"320MiB\"\n"));
        let changed = place.lkmc(&["run", "again", id]);
        assert_says(
            &changed,
            1,
            &[
                "the inputs are no longer the same: memory.size\n",
                "320MiB",
                "Outcome: equal (failed, status 3)",
            ],
        );

        let another = place.run(&["true"]);
        let another = another["id"].as_str().expect("it has one");
        let difference = place.lkmc(&["run", "diff", id, another]);
        assert_says(&difference, 1, &["memory.size", "320MiB", "command", "verdict", "pass"]);
        let equal = place.lkmc(&["run", "diff", id, copy.to_str().expect("it is text")]);
        assert_says(&equal, 0, &["Inputs: equal\nOutcome: equal (failed, status 3)\n"]);
        let listed = stdout(&place.lkmc(&["run", "list", "-n", "500"]));
        let at = |id: &str| listed.find(id).unwrap_or_else(|| panic!("{id} is not in {listed}"));
        assert!(at(another) < at(id), "the newest one is first: {listed}");
    });
}

#[test]
fn files_that_were_brought_are_known_again() {
    let Some(profile) = first_profile() else { return };
    let place = Place::new(&profile);
    let write = |name: &str, text: &str| std::fs::write(place.0.path().join(name), text).expect("it can be written");
    write("data", "one\n");
    write("script", "cat data\n");
    write("disk", "its contents are nothing to a guest that does not look\n");
    let options = ["--push", "data", "--disk", "disk", "--script", "script"];
    let line = [&["--json", "profile", "run", "my.toml"], &options[..]].concat();
    let first: Value =
        serde_json::from_str(stderr(&place.lkmc(&line)).lines().last().unwrap_or_default()).expect("JSON");
    let id = first["id"].as_str().expect("it has one");
    assert_says(&place.lkmc(&["run", "again", id]), 0, &["with the same inputs"]);

    for (file, text, key) in [
        ("data", "two\n", "what was copied into the guest"),
        ("data", "one\n", ""),
        ("script", "cat ./data\n", "what was copied into the guest"),
        ("script", "cat data\n", ""),
        ("disk", "others\n", "disk "),
    ] {
        write(file, text);
        let again = place.lkmc(&["run", "again", id]);
        match key {
            "" => assert_says(&again, 0, &["with the same inputs"]),
            key => assert_says(
                &again,
                1,
                &[
                    "the inputs are no longer the same: ",
                    key,
                    "Outcome: equal (pass, status 0)",
                ],
            ),
        }
    }
}

#[test]
fn another_outcome_is_told_from_the_recorded_one() {
    let Some(profile) = first_profile() else { return };
    let place = Place::new(&profile);
    let first = place.run(&["grep", "-q", "word"]);
    let id = first["id"].as_str().expect("it has one");
    assert_eq!(first["status"], 1);
    let mut again = place
        .command(&["run", "again", id, "--json"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("lkmc can be started");
    let mut input = again.stdin.take().expect("it is a pipe");
    input.write_all(b"a word\n").expect("it can be written");
    drop(input);
    let output = again.wait_with_output().expect("it ends");
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let result: Value = serde_json::from_str(said.lines().last().unwrap_or_default()).expect("it is JSON");
    assert_eq!(
        (&result["equal-inputs"], &result["equal-outcome"]),
        (&true.into(), &false.into())
    );
}

#[test]
fn a_run_that_is_made_again_ends_with_whoever_asked_for_it() {
    let Some(profile) = first_profile() else { return };
    let place = Place::new(&profile);
    // Without standard input it ends at once.
    let first = place.run(&["sh", "-c", "echo up; cat"]);
    let id = first["id"].as_str().expect("it has one");
    let (mut again, directory, emulator) = started(&mut place.command(&["run", "again", id]));
    signal(again.id(), "-INT");
    assert_eq!(wait_for_end(&mut again).code(), Some(130));
    wait_until("the end of the emulator", || !is_running(emulator));
    assert_eq!(record_in(&directory)["cause"]["signal"], 2);

    // A deadline is another outcome.
    let mut command = lkmc();
    command
        .current_dir(place.0.path())
        .args(["--timeout", "20s", "run", "again", id]);
    let (mut again, directory, emulator) = started(&mut command);
    assert_eq!(wait_for_end(&mut again).code(), Some(1));
    wait_until("the end of the emulator", || !is_running(emulator));
    assert_eq!(record_in(&directory)["verdict"], "timeout");
}

/// A run that is made again, its directory, and its emulator, once its command runs.
fn started(again: &mut Command) -> (Child, PathBuf, u32) {
    let piped = again
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut again = piped.spawn().expect("lkmc can be started");
    let mut line = [0; 3];
    let out = again.stdout.as_mut().expect("it is a pipe");
    out.read_exact(&mut line).expect("the command says so");
    assert_eq!(&line, b"up\n");
    let directory = directory_of_process(&again);
    let emulator = emulator_of(&directory);
    (again, directory, emulator)
}
