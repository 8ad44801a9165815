//! What a simulation depends on that neither its profile nor the bundle says, each by its name and a hash: it may lie anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::emulator::gem5::{PACKAGE, SCRIPT, Simulator};
use crate::hash::sha256_of_all;
use crate::run_directory::run_json::Inputs;

use super::about;

/// Of one run: gem5, the Python that builds the machine in it, and what is simulated there.
pub fn of_run(gem5: &Simulator, repository: &Path, simulated: impl IntoIterator<Item = PathBuf>) -> Result<Inputs> {
    let mut inputs = BTreeMap::from([("what was simulated".to_owned(), of_files(simulated)?)]);
    inputs.extend(of_simulator(gem5, repository)?);
    Ok(inputs)
}

/// The part that all runs of a study share.
pub fn of_simulator(gem5: &Simulator, repository: &Path) -> Result<Inputs> {
    let mut scripts = modules(&repository.join(PACKAGE))?;
    scripts.push(repository.join(SCRIPT));
    Ok(BTreeMap::from([
        ("gem5".into(), about::ask(gem5)?.hash),
        ("gem5's script".into(), of_files(&scripts)?),
    ]))
}

/// Names of those that are not equal. What one of the two does not know says nothing.
pub fn differing<'a>(before: &'a Inputs, after: &'a Inputs) -> impl Iterator<Item = &'a str> {
    let differs = |(name, hash): &(&String, &String)| after.get(*name).is_some_and(|now| now != *hash);
    before.iter().filter(differs).map(|(name, _)| name.as_str())
}

/// The contents of files, in this order.
pub fn of_files<P: AsRef<Path>>(files: impl IntoIterator<Item = P>) -> Result<String> {
    let read = |file: P| {
        let file = file.as_ref();
        std::fs::read(file).map_err(|error| Error::io("cannot read", file, error))
    };
    let texts = files.into_iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(sha256_of_all(&texts))
}

/// Python's files in a directory, by their names.
pub(super) fn modules(directory: &Path) -> Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(directory).map_err(|error| Error::io("cannot read", directory, error))?;
    let mut files: Vec<PathBuf> = listed
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_know_can_differ() {
        let of = |pairs: &[(&str, &str)]| -> Inputs {
            pairs
                .iter()
                .map(|(name, hash)| (name.to_string(), hash.to_string()))
                .collect()
        };
        let (before, after) = (of(&[("a", "1"), ("b", "2"), ("c", "3")]), of(&[("a", "1"), ("b", "4")]));
        assert_eq!(Vec::from_iter(differing(&before, &after)), ["b"]);
        assert_eq!(differing(&before, &Inputs::new()).count(), 0);
    }
}
