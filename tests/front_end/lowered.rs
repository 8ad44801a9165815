//! Committed files that are made from others: the lowered profiles that Nix reads without the front-end, the schema, the
//! manual.

use std::path::PathBuf;

use lkmc::committed::committed;
use lkmc::lower::lower;
use lkmc::profile::{Library, Profile};
use lkmc::source::Source;

fn library() -> Library {
    Library {
        root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    }
}

#[test]
fn committed_files_are_what_their_sources_make() {
    let library = library();
    let committed = committed(&library).unwrap_or_else(|error| panic!("{}", lkmc::diag::to_plain_text(&error)));
    for (path, fresh) in committed {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == fresh,
            "{} is stale: run `lkmc profile lower --bless`",
            path.display()
        );
    }
}

#[test]
fn no_committed_json_lacks_its_profile() {
    let library = library();
    let directory = library.profiles().join("lowered");
    for entry in std::fs::read_dir(directory).expect("profiles/lowered is committed") {
        let path = entry.expect("a directory can be listed").path();
        let name = path
            .file_stem()
            .expect("a listed file has a name")
            .to_string_lossy()
            .into_owned();
        assert!(
            library.names().contains(&name),
            "{} has no profile; delete it",
            path.display()
        );
    }
}

fn profile(text: &str) -> Profile {
    let library = library();
    let source = Source::file(&library.root.join("tests/ui/any.toml"), text.to_string());
    library
        .load_source(&source)
        .unwrap_or_else(|error| panic!("{}", lkmc::diag::to_plain_text(&error)))
}

fn lowered(text: &str) -> String {
    lower(&profile(text), &library().root).unwrap().to_json()
}

/// What moves in a file, or is said in another way, must not rebuild a kernel.
#[test]
fn only_what_is_meant_is_lowered() {
    let one = lowered("arch = \"arm\"\nkernel.config.DEBUG_FS = \"y\"\nkernel.config.HZ = 100\n");
    let two = lowered("# Moved\narch = 'arm'\n[kernel.config]\nHZ = \"100\"\n\nDEBUG_FS = \"y\" # here\n");
    assert_eq!(one, two);
}

/// Nor what is only set when the machine starts.
#[test]
fn a_machine_that_no_build_depends_on_is_not_lowered() {
    let plain = lowered("arch = \"arm\"\n");
    let other = "arch = \"arm\"\ncpu.count = 2\nmemory.size = \"1GiB\"\nkernel.command-line = [\"quiet\"]\nnetwork.enable = true\n";
    assert_eq!(lowered(other), plain);
}

#[test]
fn overlays_inside_the_checkout_are_relative_to_it() {
    let text = lowered("arch = \"arm\"\nrootfs.overlay = [\"support\", \"/usr\"]\n");
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(
        json["rootfs"]["overlay"],
        serde_json::json!(["rootfs_overlay", "tests/ui/support", "/usr"])
    );
}

#[test]
fn the_manual_names_every_fragment() {
    let manual = lkmc::profile::reference::markdown();
    for name in library()
        .extendable()
        .iter()
        .filter(|name| name.starts_with("fragments/"))
    {
        assert!(
            manual.contains(&format!("| `{name}` |")),
            "src/profile/reference.md says nothing about {name}"
        );
    }
}
