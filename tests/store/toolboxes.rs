//! The two toolboxes have one interface, and every attribute of it evaluates, as do all profiles with the nixpkgs toolbox.
//!
//! nixpkgs is not fetched: tests/nix/nixpkgs stands for it, or a tree of it that `LKMC_TEST_NIXPKGS` names. Spawns Nix, so it
//! runs only where `LKMC_TEST_NIX` is set.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::{ROOT, assert_says, lkmc, skip, skipped_without_nix, stderr, stdout, tracked_copy};
use serde_json::Value;

/// The checkout with another nixpkgs in the place of the locked one.
fn checkout() -> tempfile::TempDir {
    let copy = tracked_copy();
    let stand_in = || Path::new(ROOT).join("tests/nix/nixpkgs");
    let nixpkgs = std::env::var_os("LKMC_TEST_NIXPKGS").map_or_else(stand_in, PathBuf::from);
    let locked = copy.path().join("nix/toolbox/nixpkgs/locked.nix");
    std::fs::write(locked, nixpkgs.to_str().expect("UTF-8")).expect("a file of our copy");
    copy
}

fn evaluate(checkout: &Path, expression: &str) -> Output {
    let evaluate = ["nix", "--", "eval", "--impure", "--json", "--expr", expression];
    let mut command = lkmc();
    command.args(evaluate).current_dir(checkout);
    command.output().expect("lkmc can be started")
}

fn value(checkout: &Path, expression: &str) -> Value {
    let output = evaluate(checkout, expression);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).expect("--json prints JSON")
}

fn names(value: &Value) -> BTreeSet<String> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, _)| name.clone()).collect()
}

#[test]
fn both_toolboxes_have_the_whole_interface() {
    if skipped_without_nix() {
        return;
    }
    let checkout = checkout();
    // What the Debian toolbox has beyond it, for lkmc and for the other toolbox.
    for (kind, more) in [("debian", &["lock", "roots"][..]), ("nixpkgs", &[][..])] {
        let toolbox = format!("(import ./nix/toolbox {{ kind = \"{kind}\"; }})");
        let interface = value(
            checkout.path(),
            &format!("import ./tests/nix/interface.nix {{ toolbox = {toolbox}; }}"),
        );
        assert_eq!(interface["name"], kind);
        let mut all = names(&value(
            checkout.path(),
            &format!("builtins.mapAttrs (_: _: 0) {toolbox}"),
        ));
        more.iter().for_each(|name| assert!(all.remove(*name), "{name}"));
        assert_eq!(
            all,
            names(&interface),
            "what interface.nix evaluates of the {kind} toolbox"
        );
    }
}

#[test]
fn every_profile_evaluates_with_nixpkgs() {
    if skipped_without_nix() {
        return;
    }
    let derivations = value(
        checkout().path(),
        "import ./tests/nix/profiles.nix { toolbox = \"nixpkgs\"; }",
    );
    let shipped = std::fs::read_dir(Path::new(ROOT).join("profiles/lowered")).expect("the shipped profiles");
    assert_eq!(names(&derivations).len(), shipped.count());
    let bundle = &derivations["arm-qemu.json"]["bundle"];
    assert!(
        bundle.as_str().is_some_and(|path| path.ends_with("-bundle-arm.drv")),
        "{bundle}"
    );
}

/// An attribute of a shipped profile, with the nixpkgs toolbox.
fn attribute(name: &str) -> String {
    format!(
        "(import ./nix {{ lowered = builtins.toFile \"lowered.json\" (builtins.toJSON (builtins.fromJSON (builtins.readFile \
         ./profiles/lowered/x86_64-qemu.json) // {{ toolbox = \"nixpkgs\"; }})); }}).{name}.drvPath"
    )
}

#[test]
fn what_only_debian_has_is_said() {
    if skipped_without_nix() {
        return;
    }
    let output = evaluate(checkout().path(), &attribute("debuggee"));
    assert_says(&output, 1, &["`lkmc demo debug` needs the debian toolbox"]);
}

#[test]
fn an_old_nix_is_told_before_nixpkgs_is_fetched() {
    if skipped_without_nix() {
        return;
    }
    let version = value(
        Path::new(ROOT),
        "builtins.compareVersions builtins.nixVersion \"2.18\" < 0",
    );
    if version == Value::Bool(false) {
        skip("the Nix of this machine is new enough");
        return;
    }
    let output = evaluate(tracked_copy().path(), &attribute("bundle"));
    assert_says(&output, 1, &["nixpkgs needs Nix 2.18 or newer"]);
}
