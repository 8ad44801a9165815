//! Every shipped profile lowers to its committed JSON, which Nix reads without the front-end.

use std::path::PathBuf;

use lkmc::lower::lower;
use lkmc::profile::Library;

fn library() -> Library {
    Library {
        root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    }
}

#[test]
fn committed_json_is_what_the_profiles_lower_to() {
    let library = library();
    for name in library.names() {
        let profile = library
            .load(&name)
            .unwrap_or_else(|error| panic!("{}", lkmc::diag::to_plain_text(&error)));
        let path = library.lowered(&name);
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let fresh = lower(&profile, &library.root).to_json();
        assert!(
            committed == fresh,
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
