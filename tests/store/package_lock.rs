//! `lkmc profile lock`, which asks apt and a mirror.

use std::path::Path;
use std::process::Output;

use crate::common::{
    assert_failed, assert_message, assert_says, lkmc_in_time, skipped_without_apt, skipped_without_nix, stdout,
};

fn lkmc(arguments: &[&str], file: &Path) -> Output {
    lkmc_in_time()
        .args(arguments)
        .arg(file)
        .output()
        .expect("lkmc can be started")
}

#[test]
fn packages_are_settled_once_and_for_all_and_asked_for_when_they_change() {
    if skipped_without_nix() || skipped_without_apt() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("mine.toml");
    let lock = directory.path().join("mine.lock.json");
    let write = |packages: &str| {
        let text = format!(
            "extends = [\"aarch64-qemu\"]\ndescription = \"x\"\n[rootfs]\nkind = \"debian\"\npackages = {packages}\n"
        );
        std::fs::write(&file, text).expect("a profile");
    };
    write("[\"strase\", \"stress-ng\", \"libc6\", \"gbd\"]");
    assert_failed(
        &lkmc(&["profile", "check"], &file),
        2,
        &["lkmc::profile::not_locked", "there is no"],
    );
    let refused = lkmc(&["profile", "lock"], &file);
    assert_eq!(refused.status.code(), Some(2));
    assert_message(
        &refused,
        &[
            "has no package `strase` for aarch64",
            "did you mean `strace`?",
            "has no package `gbd`",
        ],
    );
    assert!(!lock.exists());

    write("[\"strace\"]");
    assert_says(&lkmc(&["profile", "lock"], &file), 0, &["mine.lock.json names"]);
    assert_says(&lkmc(&["profile", "check"], &file), 0, &["1 of 1 valid"]);
    let settled = std::fs::read_to_string(&lock).expect("it is there");
    assert_says(&lkmc(&["profile", "lock"], &file), 0, &["is as it was"]);
    assert_eq!(std::fs::read_to_string(&lock).expect("it is there"), settled);
    let lowered = stdout(&lkmc(&["profile", "show", "--lowered"], &file));
    for name in ["\"strace\"", "\"bash\"", "\"libc6\"", "\"usr-is-merged\""] {
        assert!(lowered.contains(&format!("\"name\": {name}")), "{name}");
    }
    assert!(lowered.contains("_arm64.deb") && !lowered.contains("_amd64.deb") && !lowered.contains("\"perl\""));

    write("[\"strace\", \"less\"]");
    assert_failed(&lkmc(&["profile", "check"], &file), 2, &["mine.lock.json lacks `less`"]);
    // Another machine with the same packages, which has a section of its own in the same file.
    let other = directory.path().join("other.toml");
    std::fs::write(&other, "extends = [\"mine\"]\narch = \"arm\"\ndescription = \"x\"\n").expect("a profile");
    write("[\"strace\"]");
    assert_failed(
        &lkmc(&["profile", "check"], &other),
        2,
        &["mine.lock.json has none for arm"],
    );
    assert_says(&lkmc(&["profile", "lock"], &other), 0, &["mine.lock.json names"]);
    assert_says(&lkmc(&["profile", "check"], &other), 0, &["1 of 1 valid"]);
    assert_says(&lkmc(&["profile", "check"], &file), 0, &["1 of 1 valid"]);
}

#[test]
fn only_debian_packages_are_locked() {
    let refused = lkmc(&["profile", "lock"], Path::new("x86_64-qemu"));
    assert_failed(&refused, 2, &["lkmc::profile::nothing_to_lock", "fragments/debian"]);
    if skipped_without_apt() {
        return;
    }
    let dry = lkmc(&["--dry-run", "profile", "lock"], Path::new("arm-qemu-debian"));
    assert_says(
        &dry,
        0,
        &[
            "apt-get update -q",
            "apt-get install -q -s --no-install-recommends $(",
            "usr-is-merged device-tree-compiler",
        ],
    );
}
