//! The flake and the front-end are two routes to the same derivations, and the flake needs no network.
//!
//! Spawns Nix, so it runs only where `LKMC_TEST_NIX` is set (`./test` sets it once the store exists).

use std::path::Path;
use std::process::{Command, Output};

use crate::common::{skipped_without_nix, tracked_copy};

const LKMC: &str = env!("CARGO_BIN_EXE_lkmc");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn lkmc(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(LKMC)
        .args(arguments)
        .current_dir(directory)
        .env("LKMC_ROOT", ROOT)
        .output()
        .expect("the lkmc under test starts")
}

fn stdout(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .expect("names are UTF-8")
        .trim()
        .to_owned()
}

#[test]
fn both_routes_give_the_same_derivations() {
    if skipped_without_nix() {
        return;
    }
    let copy = tracked_copy();
    let lowered = std::fs::read_dir(copy.path().join("profiles/lowered")).expect("it is committed");
    let names: Vec<String> = lowered
        .map(|entry| entry.expect("it can be read").path())
        .map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names.iter().map(String::as_str) {
        let attribute = format!(
            "path:{}#packages.x86_64-linux.\"{name}\".drvPath",
            copy.path().display()
        );
        let flake = stdout(lkmc(
            copy.path(),
            &["nix", "--", "eval", "--raw", "--no-write-lock-file", &attribute],
        ));
        let plan = stdout(lkmc(copy.path(), &["profile", "show", name, "--plan", "--json"]));
        let plan: serde_json::Value = serde_json::from_str(&plan).expect("--json prints JSON");
        assert_eq!(plan["derivation"].as_str(), Some(flake.as_str()), "{name}");
    }
}

/// Nix asks git what belongs to a checkout, and its own root has one, whatever the machine has. What runs leave behind is no part of it.
#[test]
fn a_checkout_that_is_used_needs_no_other_name() {
    if skipped_without_nix() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let clone = directory.path().join("clone");
    let made = Command::new("git")
        .args(["clone", "--quiet", ROOT])
        .arg(&clone)
        .status();
    assert!(made.expect("git starts").success());
    std::fs::create_dir(clone.join("out")).expect("it is not there yet");
    let _socket = std::os::unix::net::UnixListener::bind(clone.join("out/stub.sock")).expect("it can be made");
    let evaluate = [
        "nix",
        "--",
        "eval",
        "--raw",
        ".#packages.x86_64-linux.x86_64-qemu.drvPath",
    ];
    assert!(stdout(lkmc(&clone, &evaluate)).ends_with("-bundle-x86_64.drv"));
    // The shells of the other toolbox are there, and nothing is fetched for saying so.
    let shells = ["nix", "--", "eval", ".#nixpkgs", "--apply", "builtins.attrNames"];
    assert_eq!(
        stdout(lkmc(&clone, &shells)),
        r#"[ "aarch64" "arm" "riscv64" "x86_64" ]"#
    );
}

#[test]
fn a_shell_has_the_cross_compiler_without_nixpkgs() {
    if skipped_without_nix() {
        return;
    }
    let copy = tracked_copy();
    let shell = format!("path:{}#aarch64", copy.path().display());
    let develop = [
        "nix",
        "--",
        "develop",
        "--no-write-lock-file",
        &shell,
        "-c",
        "aarch64-linux-gnu-gcc",
        "-dumpmachine",
    ];
    assert_eq!(stdout(lkmc(copy.path(), &develop)), "aarch64-linux-gnu");
}

#[test]
fn a_misspelt_lowered_argument_fails_evaluation() {
    if skipped_without_nix() {
        return;
    }
    let copy = tracked_copy();
    let lowered = copy.path().join("profiles/lowered/x86_64-qemu.json");
    let text = std::fs::read_to_string(&lowered).expect("the committed file");
    let bad = copy.path().join("bad.json");
    std::fs::write(&bad, text.replacen("\"overlay\"", "\"overlays\"", 1)).expect("a temporary file");
    let output = lkmc(
        copy.path(),
        &[
            "nix",
            "--",
            "eval",
            "--impure",
            "--raw",
            "-f",
            "nix/default.nix",
            "--argstr",
            "lowered",
            bad.to_str().expect("UTF-8"),
            "bundle.drvPath",
        ],
    );
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("overlay"));
}
