//! `kernel.patches`: changes to a kernel's sources, up to the sources that would be compiled. Spawns Nix.

use std::path::{Path, PathBuf};

use crate::common::{assert_says, json, pretend_kernel_tree, run, skipped_without_nix, stdout};

/// A profile with one patch, which adds this line in a place that every kernel of the series has.
fn profile(directory: &Path, line: &str, context: &str) -> PathBuf {
    let patch =
        format!("--- a/MAINTAINERS\n+++ b/MAINTAINERS\n@@ -1,2 +1,3 @@\n+{line}\n {context}\n ===================\n");
    std::fs::write(directory.join("own.patch"), patch).expect("it can be written");
    let path = directory.join("own.toml");
    let text = "extends = [\"x86_64-qemu\"]\n[kernel]\npatches = [\"own.patch\"]\n";
    std::fs::write(&path, text).expect("it can be written");
    path
}

const TITLE: &str = "List of maintainers";

fn derivation(profile: &str) -> String {
    json(&["profile", "show", profile, "--plan"])["derivation"]
        .as_str()
        .expect("a plan has a derivation")
        .to_owned()
}

#[test]
fn a_kernel_depends_on_what_is_in_its_patches_and_on_nothing_else() {
    if skipped_without_nix() {
        return;
    }
    let [one, other] = [0, 1].map(|_| tempfile::tempdir().expect("a directory can be made"));
    let of = |path: PathBuf| derivation(&path.to_string_lossy());
    let first = of(profile(one.path(), "first", TITLE));
    assert_ne!(first, derivation("x86_64-qemu"));
    assert_eq!(
        first,
        of(profile(other.path(), "first", TITLE)),
        "where a patch lies is nothing"
    );
    assert_ne!(first, of(profile(one.path(), "second", TITLE)), "what is in it is all");
}

#[test]
fn patches_change_the_sources_or_say_that_they_do_not_fit() {
    if skipped_without_nix() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let fits = profile(directory.path(), "changed by a test", TITLE);
    let built = run(&["profile", "source", &fits.to_string_lossy()]);
    assert_says(&built, 0, &[]);
    let sources = PathBuf::from(stdout(&built).trim());
    let text = std::fs::read_to_string(sources.join("MAINTAINERS")).expect("the sources are there");
    assert!(text.starts_with("changed by a test\nList of maintainers\n"));
    let does_not = profile(directory.path(), "changed by a test", "no line of that file");
    let refused = run(&["profile", "source", &does_not.to_string_lossy()]);
    let parts = ["Hunk #1 FAILED", "patch 1 of kernel.patches does not fit the sources"];
    assert_says(&refused, 125, &parts);
}

#[test]
fn nothing_is_compiled_for_a_kernel_that_is_there() {
    if skipped_without_nix() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let tree = directory.path().join("linux");
    pretend_kernel_tree(&tree);
    let path = directory.path().join("own.toml");
    let text = "extends = [\"x86_64-qemu\"]\n[kernel]\ntree = \"linux\"\n";
    std::fs::write(&path, text).expect("it can be written");
    let plan = json(&["profile", "show", &path.to_string_lossy(), "--plan"]);
    let names = ["valid", "build"]
        .into_iter()
        .flat_map(|part| plan[part].as_array().expect("a list").clone());
    let names: Vec<String> = names.map(|name| name.as_str().expect("a name").to_owned()).collect();
    assert!(names.iter().any(|name| name == "bundle-x86_64"), "{names:?}");
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with("linux-") && name.ends_with("-x86_64")),
        "{names:?}"
    );
}
