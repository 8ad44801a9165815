//! The shell is offered names that exist, by the installed program itself.

use std::path::Path;
use std::process::Command;

/// What bash would be offered after `lkmc WORDS...` and a space.
fn offered(words: &[&str]) -> Vec<String> {
    offered_in(Path::new("."), words, "")
}

/// The same in a directory, with a part of the next word typed.
fn offered_in(directory: &Path, words: &[&str], part: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_lkmc"))
        .current_dir(directory)
        .arg("--")
        .arg("lkmc")
        .args(words)
        .arg(part)
        .env("COMPLETE", "bash")
        .env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"))
        .env("_CLAP_COMPLETE_INDEX", (words.len() + 1).to_string())
        .env("_CLAP_IFS", "\n")
        .output()
        .expect("lkmc runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .expect("names are UTF-8")
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn profiles_are_offered_where_a_profile_is_wanted() {
    let places: [&[&str]; 6] = [
        &["profile", "run"],
        &["profile", "check"],
        &["profile", "diff"],
        &["profile", "diff", "x86_64-qemu"],
        &["profile", "new", "mine.toml", "--from"],
        &["shell"],
    ];
    for place in places {
        let offered = offered(place);
        assert!(
            offered.iter().any(|name| name == "x86_64-qemu"),
            "{place:?}: {offered:?}"
        );
    }
}

#[test]
fn demos_are_offered_where_a_demo_is_wanted() {
    for place in [["demo", "show"], ["demo", "list"]] {
        let offered = offered(&place);
        assert!(
            offered.iter().any(|name| name == "kernel_modules/hello.c"),
            "{place:?}: {offered:?}"
        );
    }
}

#[test]
fn files_of_ones_own_are_offered_beside_what_comes_with_lkmc() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("drv")).unwrap();
    for file in ["drv.c", "drv.toml", "notes.txt", "drv/Kbuild"] {
        std::fs::write(directory.path().join(file), "").unwrap();
    }
    let offered = |words: &[&str], part: &str| offered_in(directory.path(), words, part);
    for place in [
        ["dev"].as_slice(),
        &["test"],
        &["demo", "run"],
        &["demo", "debug"],
        &["profile", "run", "x86_64-qemu", "--demos"],
    ] {
        let mut paths = offered(place, "drv");
        paths.sort();
        assert_eq!(paths, ["drv.c", "drv.toml", "drv/"], "{place:?}");
        assert_eq!(offered(place, "drv/"), ["drv/Kbuild"], "{place:?}");
        let named = offered(place, "kernel_modules/hell");
        assert!(
            named.contains(&"kernel_modules/hello.c".to_owned()),
            "{place:?}: {named:?}"
        );
    }
    assert_eq!(offered(&["profile", "run"], "drv"), ["drv.toml", "drv/"]);
    assert_eq!(offered(&["profile", "run", "x86_64-qemu", "--share"], "d"), ["drv/"]);
    assert_eq!(
        offered(&["profile", "run", "x86_64-qemu", "--accelerator"], "k"),
        ["kvm"]
    );
}

#[test]
fn runs_and_locked_names_are_offered() {
    for place in [
        ["vm", "log"].as_slice(),
        &["run", "show"],
        &["run", "diff", "last"],
        &["run", "again"],
    ] {
        assert!(offered(place).contains(&"last".to_owned()), "{place:?}");
    }
    assert!(offered(&["lock", "fetch"]).contains(&"linux-6.12".to_owned()));
}

#[test]
fn the_script_asks_this_executable() {
    for shell in ["bash", "zsh", "fish", "elvish"] {
        let output = Command::new(env!("CARGO_BIN_EXE_lkmc"))
            .args(["completions", shell])
            .output()
            .expect("lkmc runs");
        let script = String::from_utf8(output.stdout).expect("scripts are UTF-8");
        assert!(script.contains(env!("CARGO_BIN_EXE_lkmc")), "{shell}: {script}");
        assert!(script.contains("COMPLETE"), "{shell}: {script}");
    }
}
