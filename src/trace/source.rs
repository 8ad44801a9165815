//! Files and lines of instructions, looked up for many at a time: opening a kernel's DWARF costs a while, each address little.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::decode::object;
use crate::diag::{Error, Result};

use super::input::Input;
use super::symbols::Place;

/// What has been looked up so far.
pub struct Sources {
    vmlinux: Option<PathBuf>,
    program: Option<PathBuf>,
    /// The kernel's files are named below this.
    root: String,
    known: HashMap<u64, Option<String>>,
}

impl Sources {
    pub fn new(input: &Input) -> Sources {
        Sources {
            vmlinux: input.vmlinux.clone(),
            program: input.program.clone(),
            root: input.sources.clone().unwrap_or_default(),
            known: HashMap::new(),
        }
    }

    /// Looks up what is not known yet.
    pub fn learn(&mut self, addresses: &[(u64, Place)]) -> Result<()> {
        for kernel in [true, false] {
            let file = if kernel { &self.vmlinux } else { &self.program };
            let mut new: Vec<u64> = addresses
                .iter()
                .filter(|(address, place)| place.kernel == kernel && !self.known.contains_key(address))
                .map(|(address, _)| *address)
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
            self.known.extend(new.into_iter().zip(shown));
        }
        Ok(())
    }

    /// `kernel/sched/core.c:42`.
    pub fn get(&self, address: u64) -> Option<&str> {
        self.known.get(&address)?.as_deref()
    }
}
