//! Committed files that are made from others: the lowered profiles that Nix reads without the front-end, the schema, the
//! manual.

use std::path::PathBuf;

use lkmc::committed::committed;
use lkmc::profile::Library;

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
