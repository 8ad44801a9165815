//! The files of one debugging session.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::kit::BuiltKit;
use crate::diag::{Error, Result};
use crate::scratch::Scratch;

/// Copies of what is debugged, and sockets: in a directory that is gone when this is dropped.
pub struct SessionFiles {
    directory: Scratch,
    /// Keeps [`SessionFiles::socket`]'s addresses working.
    open: File,
}

impl SessionFiles {
    pub fn create() -> Result<SessionFiles> {
        let directory = Scratch::create("debug")?;
        let open = File::open(directory.path()).map_err(|error| Error::io("cannot open", directory.path(), error))?;
        Ok(SessionFiles { directory, open })
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

/// A file in an open directory of ours, as any process of this user can name it.
pub fn short_address(directory: &impl AsRawFd, name: &str) -> PathBuf {
    format!("/proc/{}/fd/{}/{name}", std::process::id(), directory.as_raw_fd()).into()
}
