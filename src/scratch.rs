//! Directories below `out/` in which somebody works. They go with him, and what a killed process has left goes with the next one.

use std::path::Path;

use tempfile::TempDir;

use crate::diag::{Error, Result};
use crate::lock::{Lock, is_held};

/// A directory that is gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
    /// Says that somebody uses it. None where directories cannot be locked.
    _lock: Option<Lock>,
}

impl Scratch {
    /// In `out/PURPOSE`.
    pub fn create(purpose: &str) -> Result<Scratch> {
        Scratch::create_in(&crate::paths::runs()?.with_file_name(purpose))
    }

    pub fn create_in(parent: &Path) -> Result<Scratch> {
        let failed = |error| Error::io("cannot create a directory in", parent, error);
        std::fs::create_dir_all(parent).map_err(failed)?;
        // Nobody takes a directory for abandoned that is not locked yet.
        let alone = Lock::directory_if_possible(parent).map_err(failed)?;
        if alone.is_some() {
            remove_abandoned(parent);
        }
        let directory = tempfile::tempdir_in(parent).map_err(failed)?;
        let lock = Lock::directory_if_possible(directory.path()).map_err(failed)?;
        Ok(Scratch { directory, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// What a killed lkmc has left. Its lock went with it.
fn remove_abandoned(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.path().is_dir() && !is_held(&entry.path()) {
            // What cannot be removed now is tried again by whoever comes next.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_uses_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let used = Scratch::create_in(parent.path()).unwrap();
        let abandoned = parent.path().join("abandoned");
        std::fs::create_dir(&abandoned).unwrap();
        std::fs::write(abandoned.join("program"), "").unwrap();
        let next = Scratch::create_in(parent.path()).unwrap();
        assert!(!abandoned.exists());
        assert!(used.path().is_dir() && next.path().is_dir());
    }
}
