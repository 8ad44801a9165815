//! A directory for the files of one debugging session.

use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::kit::BuiltKit;
use crate::diag::{Error, Result};
use crate::lock::{Lock, is_held};

/// A directory for one session's files, gone when dropped, with a name that fits a socket's address.
pub struct Scratch {
    directory: tempfile::TempDir,
    /// Keeps the short name working, and says by its lock that somebody uses the directory.
    open: Lock,
}

impl Scratch {
    pub fn create() -> Result<Scratch> {
        Scratch::create_in(&crate::paths::runs()?.with_file_name("debug"))
    }

    fn create_in(parent: &Path) -> Result<Scratch> {
        let failed = |error| Error::io("cannot create a directory in", parent, error);
        std::fs::create_dir_all(parent).map_err(failed)?;
        // Nobody takes a directory for abandoned that is not locked yet.
        let _alone = Lock::directory(parent).map_err(failed)?;
        remove_abandoned(parent);
        let directory = tempfile::tempdir_in(parent).map_err(failed)?;
        let open = Lock::directory(directory.path()).map_err(failed)?;
        Ok(Scratch { directory, open })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A copy of the program. Files in the store are of 1970, and GDB warns of sources that are newer.
    pub fn copy(&self, program: &Path) -> Result<PathBuf> {
        let copy = self.path().join(program.file_name().unwrap_or_default());
        let bytes = std::fs::read(program).map_err(|error| Error::io("cannot read", program, error))?;
        self.write(&copy, &bytes)?;
        Ok(copy)
    }

    /// Writes a program.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        std::fs::write(path, bytes)
            .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)))
            .map_err(|error| Error::io("cannot write", path, error))
    }

    /// A tree with the libraries where programs look for them.
    pub fn root(&self, kit: &BuiltKit) -> Result<PathBuf> {
        let root = self.path().join("root");
        kit.lay_out(&root)
            .map_err(|error| Error::io("cannot write to", &root, error))?;
        Ok(root)
    }

    /// An address for any process of this user; the address of a socket is limited to 108 bytes.
    pub fn socket(&self, name: &str) -> PathBuf {
        short_address(&self.open, name)
    }
}

/// What a killed lkmc has left. Its lock went with it.
fn remove_abandoned(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.path().is_dir() && !is_held(&entry.path()) {
            // What cannot be removed now is tried again by the next session.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A file in an open directory of ours, as any process of this user can name it.
pub fn short_address(directory: &impl AsRawFd, name: &str) -> PathBuf {
    format!("/proc/{}/fd/{}/{name}", std::process::id(), directory.as_raw_fd()).into()
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
