//! Committed files that are made from others: the lowered profiles that Nix reads without the front-end, the schema, the
//! manual.

use std::path::PathBuf;

use lkmc::committed::committed;
use lkmc::lower::lower;
use lkmc::profile::Library;
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

fn lowered(text: &str) -> String {
    let library = library();
    let source = Source::file(&library.root.join("tests/ui/any.toml"), text.to_string());
    let profile = library
        .load_source(&source)
        .unwrap_or_else(|error| panic!("{}", lkmc::diag::to_plain_text(&error)));
    lower(&profile, &library.root).to_json()
}

/// What moves in a file, or is said in another way, must not rebuild a kernel.
#[test]
fn only_what_is_meant_is_lowered() {
    let one = lowered("arch = \"arm\"\nkernel.config.DEBUG_FS = \"y\"\nkernel.config.HZ = 100\n");
    let two = lowered("# Moved\narch = 'arm'\n[kernel.config]\nHZ = \"100\"\n\nDEBUG_FS = \"y\" # here\n");
    assert_eq!(one, two);
}

#[test]
fn a_cache_of_no_size_is_as_good_as_absent() {
    let profile = "extends = [\"fragments/gem5-hpi\"]\narch = \"aarch64\"\n";
    let caches = |text: &str| {
        let json: serde_json::Value = serde_json::from_str(&lowered(text)).expect("it is JSON");
        json["machine"]["cache"].clone()
    };
    let mut with = caches(profile);
    assert_eq!(with["l2"]["size"], 1024 * 1024);
    with["l2"] = serde_json::Value::Null;
    assert_eq!(caches(&format!("{profile}cache.l2.size = \"0B\"\n")), with);
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
