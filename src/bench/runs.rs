//! Which runs the studies name: a result is worth as much as the run that it is from.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use super::results;

/// All that can be read of a result, whatever else a later version has in it.
#[derive(Deserialize)]
struct Named {
    run: String,
}

/// Ids of the runs that any study below this directory has a result of.
pub fn named(benches: &Path) -> BTreeSet<String> {
    let studies = std::fs::read_dir(benches).into_iter().flatten().flatten();
    let texts = studies.filter_map(|study| std::fs::read(study.path().join(results::FILE)).ok());
    let names = |text: Vec<u8>| -> Vec<String> {
        let lines = text.split(|byte| *byte == b'\n');
        lines
            .filter_map(|line| serde_json::from_slice::<Named>(line).ok())
            .map(|named| named.run)
            .collect()
    };
    texts.flat_map(names).collect()
}
