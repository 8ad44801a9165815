//! What is made outside of Nix's sandbox, and kept in the store like a build: under a hash of its contents, because nobody can say
//! what it was made from.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Options;
use super::built::Built;
use super::eval::Key;
use super::process::succeed;
use super::realise::add_root;
use super::roots::{Root, building};
use super::store::Store;
use crate::diag::{Error, Result};
use crate::lock::Lock;

/// A directory to make something in. It is removed with this; that of a killed process, before the next build.
pub struct Workplace {
    // Dropped before the lock on it is.
    directory: TempDir,
    store: Store,
    _building: Lock,
}

impl Workplace {
    pub fn open(options: &Options) -> Result<Workplace> {
        let store = Store::open()?.until(options.deadline);
        let building = building(&store)?;
        let above = store.directory("build")?;
        let directory = tempfile::tempdir_in(&above).map_err(|error| Error::io("cannot write to", &above, error))?;
        Ok(Workplace {
            directory,
            store,
            _building: building,
        })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Puts a directory into the store, which is called there as it is here.
    pub fn keep(&self, directory: &Path, lowered: &Path, options: &Options) -> Result<Built<()>> {
        let mut command = self.store.command("nix-store")?;
        command.args(["--add-fixed", "--recursive", "sha256"]).arg(directory);
        let out = PathBuf::from(succeed(command, "add what was built to the store", options)?.trim_end());
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        let key = Key::new(&self.store, lowered, &name)?.with(&out.to_string_lossy(), std::iter::empty())?;
        let root = Root::new(&self.store, &key.root_name(&name))?;
        let lock = root.share()?;
        add_root(&self.store, &out, &root.link, options)?;
        Ok(Built {
            content: (),
            out,
            drv: None,
            store: self.store.on_disk(),
            lock,
        })
    }
}
