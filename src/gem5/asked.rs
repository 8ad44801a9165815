//! What a user has asked of a simulation beside the profile, when it has been found.

use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::run_directory::files::READFILE;
use crate::run_directory::id;
use crate::run_directory::run_json::{Record, SnapshotRecord};
use crate::snapshots::Key;

#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub params: Vec<String>,
    pub readfile: Option<PathBuf>,
    pub resumed: Option<Resumed>,
}

/// Nothing is asked for.
pub static NOTHING: Asked = Asked {
    params: Vec::new(),
    readfile: None,
    resumed: None,
};

impl Asked {
    /// The file that `m5 readfile` prints: the one that is named, or that of the run that goes on.
    fn readfile(&self) -> Option<PathBuf> {
        let of_run = || Some(self.resumed.as_ref()?.run.join(READFILE)).filter(|file| file.is_file());
        self.readfile.clone().or_else(of_run)
    }

    pub fn reads_a_file(&self) -> bool {
        self.readfile().is_some()
    }

    /// Copies it into a run's directory, so that nobody edits it under the simulation.
    pub fn keep_readfile(&self, directory: &Path) -> Result<Option<PathBuf>> {
        let Some(source) = self.readfile() else { return Ok(None) };
        let copy = directory.join(READFILE);
        std::fs::copy(&source, &copy).map_err(|error| Error::io("cannot copy", &source, error))?;
        Ok(Some(copy))
    }
}

/// A checkpoint that is there, and the run that it is from.
#[derive(Clone, Debug)]
pub struct Resumed {
    pub run: PathBuf,
    pub record: Record,
    /// gem5's checkpoint.
    pub directory: PathBuf,
    pub tick: u64,
    /// Of the machine that took it.
    pub key: Key,
}

impl Resumed {
    /// Refuses another machine.
    pub fn check(&self, wanted: &Key) -> Result<()> {
        let differing = self.key.differing(wanted);
        if differing.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the checkpoint of run {} is of another machine, which differs in: {}",
            id::of(&self.run),
            differing.join(", ")
        );
        Err(Error::usage("lkmc::gem5::another_machine", message)
            .help("processor models, caches and the memory's model may differ; everything else has to be the same"))
    }

    pub fn snapshot(&self) -> SnapshotRecord {
        SnapshotRecord {
            used: true,
            key: Some(self.key.hash()),
            why: format!("the checkpoint at tick {} of run {}", self.tick, id::of(&self.run)),
            from: None,
        }
    }
}
