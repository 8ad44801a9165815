//! `lkmc gc` beside others who use the same cache.

use std::collections::BTreeSet;

use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};

use crate::common::mirror::Habit;
use crate::common::{assert_failed, assert_says, stdout, wait_until};
use crate::world::{NAMES, World, finish, length, mirror, spawn};

/// A private store asks the lock file for its Nix. Of the packages only that one stays.
fn with_a_root_called_nix(world: &World) {
    let path = world.path("checkout/nix/toolbox/debian/lock.json");
    let mut lock: Value = serde_json::from_slice(&std::fs::read(&path).expect("it is there")).expect("it is JSON");
    lock["packages"] = json!({ "anvil_1.0-1_all": lock["packages"]["anvil_1.0-1_all"] });
    lock["roots"] = json!({ "nix": ["anvil_1.0-1_all"] });
    std::fs::write(&path, lock.to_string()).expect("it can be written");
}

#[test]
fn a_collection_that_is_refused_has_removed_nothing() {
    let world = World::new();
    let run = world.path("checkout/out/run/old");
    std::fs::create_dir_all(&run).expect("it can be made");
    std::fs::create_dir(world.cache()).expect("it is not there yet");
    let turn = std::fs::File::create(world.cache().join("gc.lock")).expect("it can be made");
    flock(&turn, FlockOperation::LockShared).expect("nobody has it");
    let gc = || {
        let mut command = world.lkmc("", ["gc", "--keep-days", "0"]);
        command.env("LKMC_NIX", "private");
        finish(command)
    };
    assert_failed(&gc(), 125, &["is under way"]);
    assert!(run.exists());
}

#[test]
fn what_runs_take_is_counted_and_shown_before() {
    let world = World::new();
    with_a_root_called_nix(&world);
    let run = world.path("checkout/out/run/old");
    std::fs::create_dir_all(&run).expect("it can be made");
    std::fs::write(run.join("console.log"), vec![b'x'; 5 << 20]).expect("it can be written");
    let gc = |options: &[&str]| {
        let mut command = world.lkmc("", [&["gc", "--keep-days", "0"], options].concat());
        command.env("LKMC_NIX", "private");
        let said = finish(command);
        assert_says(&said, 0, &[]);
        stdout(&said)
    };
    let preview = gc(&["--dry-run"]);
    assert!(preview.contains("\n1 runs, 5.0"), "{preview}");
    let commands = gc(&["--dry-run", "--verbose"]);
    assert_eq!(commands, format!("rm -r {}\n", run.display()));
    let removed = gc(&[]);
    assert!(removed.starts_with("removed 1 runs, "), "{removed}");
    let freed = removed.split("; ").nth(1).unwrap_or_default();
    assert!(freed.contains("MiB") || freed.contains("GiB"), "{removed}");
    assert!(!run.exists());
}

#[test]
fn a_deadline_holds_while_a_collection_is_under_way() {
    let world = World::new();
    let lowered = world.path("lowered.json");
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/lowered/x86_64-qemu.json");
    std::fs::copy(committed, &lowered).expect("it can be written");
    std::fs::create_dir(world.cache()).expect("it is not there yet");
    let turn = std::fs::File::create(world.cache().join("gc.lock")).expect("it can be made");
    flock(&turn, FlockOperation::LockExclusive).expect("nobody has it");
    let build = ["profile", "build", "lowered.json", "--timeout", "1s"];
    let mut command = world.lkmc("", build);
    command.env("LKMC_NIX", "private").current_dir(world.path(""));
    assert_failed(&finish(command), 124, &["waiting for `lkmc gc`", "lkmc::nix::timeout"]);
}

/// Another checkout wants other files of the same cache.
#[test]
fn a_collection_leaves_what_is_just_being_downloaded() {
    let (world, mirror) = (World::new(), mirror(Habit::StallsAfter(1000)));
    let mut child = spawn(world.lkmc(&mirror.base, ["lock", "fetch"]));
    wait_until("all parts to begin", || {
        NAMES.iter().all(|name| length(&world.part(name)) == 1000)
    });
    let other = World::new();
    with_a_root_called_nix(&other);
    let gc = |options: &[&str]| {
        let mut command = other.lkmc("", [&["gc"], options].concat());
        command.env("LKMC_NIX", "private").env("LKMC_CACHE", world.cache());
        let said = finish(command);
        assert_says(&said, 0, &[]);
        stdout(&said)
    };
    let left = || -> BTreeSet<&str> { NAMES.into_iter().filter(|name| world.part(name).exists()).collect() };
    assert!(gc(&["--dry-run"]).contains("nothing to remove"));
    assert!(gc(&[]).contains("0 downloads"));
    assert_eq!(left(), BTreeSet::from(NAMES));
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    assert!(gc(&[]).contains("2 downloads"));
    assert_eq!(left(), BTreeSet::from(["anvil"]));
    world.fetch_works(&mirror);
}
