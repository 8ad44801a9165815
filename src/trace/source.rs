//! Files and lines of instructions, looked up for many at a time: opening a kernel's DWARF costs a while, each address little.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::decode::object;
use crate::diag::{Error, Result};

use super::input::Input;
use super::symbols::Place;

/// What has been looked up so far.
pub struct Sources {
    /// vmlinux, the program, then the files that may lie anywhere.
    files: Vec<Option<PathBuf>>,
    /// The kernel's files are named below this.
    root: String,
    /// By file and address in it.
    known: HashMap<(usize, u64), Option<String>>,
}

impl Sources {
    pub fn new(input: &Input) -> Result<Sources> {
        let images = input.images()?.files().to_vec();
        let fixed = [input.vmlinux.clone(), input.program.clone()];
        Ok(Sources {
            files: fixed.into_iter().chain(images.into_iter().map(Some)).collect(),
            root: input.sources.clone().unwrap_or_default(),
            known: HashMap::new(),
        })
    }

    /// Looks up what is not known yet.
    pub fn learn(&mut self, addresses: &[(u64, Place)]) -> Result<()> {
        for (number, file) in self.files.iter().enumerate() {
            let mut new: Vec<u64> = addresses
                .iter()
                .map(|(address, place)| linked(*address, *place))
                .filter(|key| key.0 == number && !self.known.contains_key(key))
                .map(|(_, address)| address)
                .collect();
            new.sort_unstable();
            new.dedup();
            let (Some(file), false) = (file, new.is_empty()) else {
                continue;
            };
            let found = object::source_lines(file, &new)
                .map_err(|error| Error::usage("lkmc::trace::symbols", error.to_string()))?;
            let root = self.root.clone();
            let shown = found
                .into_iter()
                .map(|line| line.map(|(file, line)| format!("{}:{line}", file.strip_prefix(&root).unwrap_or(&file))));
            self.known
                .extend(new.into_iter().map(|address| (number, address)).zip(shown));
        }
        Ok(())
    }

    /// `kernel/sched/core.c:42`.
    pub fn get(&self, address: u64, place: Place) -> Option<&str> {
        self.known.get(&linked(address, place))?.as_deref()
    }
}

/// Which file an address is of, and where it is there.
fn linked(address: u64, place: Place) -> (usize, u64) {
    match place.linked {
        Some(home) => (2 + usize::from(home.image), home.address),
        None => (if place.kernel { 0 } else { 1 }, address),
    }
}
