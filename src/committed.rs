//! Files in the checkout that are made from other files in it.
//!
//! They are committed so that Nix, editors and readers need no front-end; `lkmc check` and a test compare them, and
//! `lkmc profile lower --bless` writes them.

use std::path::PathBuf;

use crate::demo;
use crate::diag::Result;
use crate::lower::lower;
use crate::profile::{Library, raw, reference};

/// Each file with what it should hold.
pub fn committed(library: &Library) -> Result<Vec<(PathBuf, String)>> {
    let lowered = library.names().into_iter().map(|name| {
        let profile = library.load(&name)?;
        Ok((library.lowered(&name), lower(&profile, &library.root)?.to_json()))
    });
    let schema = (library.profiles().join("schema.json"), raw::file_schema_text());
    let manual = (library.root.join("docs/profiles.md"), reference::markdown());
    let demos = (library.root.join("docs/demos.md"), demo::reference());
    lowered.chain([Ok(schema), Ok(manual), Ok(demos)]).collect()
}
