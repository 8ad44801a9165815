//! Files and lines of instructions, looked up for many at a time: opening a kernel's DWARF costs a while, each address little.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::decode::object;
use crate::diag::{Error, Result};

use super::input::{Input, Machine};
use super::symbols::Place;
use super::tree::Tree;

/// The files that executed code is from: vmlinux, the program, then those that may lie anywhere.
pub struct Files(Vec<Option<PathBuf>>);

impl Files {
    pub fn of(input: &Input) -> Result<Files> {
        let images = input.images()?.files().to_vec();
        // Of QEMU's programs it is known by their bytes which one an instruction is of.
        let program = input
            .program
            .clone()
            .filter(|_| matches!(input.machine, Machine::Gem5(_)));
        let fixed = [input.vmlinux.clone(), program];
        Ok(Files(fixed.into_iter().chain(images.into_iter().map(Some)).collect()))
    }

    /// Which of them an address is of, by number, and where it is there.
    fn linked(address: u64, place: Place) -> (usize, u64) {
        match place.linked {
            Some(home) => (2 + usize::from(home.image), home.address),
            None => (if place.kernel { 0 } else { 1 }, address),
        }
    }

    /// The same with the file itself.
    pub fn at(&self, address: u64, place: Place) -> Option<(&Path, u64)> {
        let (number, address) = Files::linked(address, place);
        Some((self.0.get(number)?.as_deref()?, address))
    }
}

/// What has been looked up so far.
pub struct Sources {
    files: Files,
    tree: Tree,
    /// By file and address in it.
    known: HashMap<(usize, u64), Option<String>>,
}

impl Sources {
    pub fn new(input: &Input) -> Result<Sources> {
        Ok(Sources {
            files: Files::of(input)?,
            tree: input.tree.clone(),
            known: HashMap::new(),
        })
    }

    /// Looks up what is not known yet.
    pub fn learn(&mut self, addresses: &[(u64, Place)]) -> Result<()> {
        for (number, file) in self.files.0.iter().enumerate() {
            let mut new: Vec<u64> = addresses
                .iter()
                .map(|(address, place)| Files::linked(*address, *place))
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
            let shown = found
                .into_iter()
                .map(|line| line.map(|(file, line)| format!("{}:{line}", self.tree.short(&file))));
            self.known
                .extend(new.into_iter().map(|address| (number, address)).zip(shown));
        }
        Ok(())
    }

    /// `kernel/sched/core.c:42`.
    pub fn get(&self, address: u64, place: Place) -> Option<&str> {
        self.known.get(&Files::linked(address, place))?.as_deref()
    }
}
