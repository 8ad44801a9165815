//! What Nix has built, as all that use it have it: kernels and root file systems, demos, kits.

use std::path::{Path, PathBuf};

use super::roots::RootLock;
use crate::diag::{Error, Result};
use crate::store_path::StoreOnDisk;

/// Something in the store, safe from collection while this lives.
#[derive(Debug)]
pub struct Built<T> {
    /// What is known of it, in paths of the store.
    pub content: T,
    /// Itself, a store path.
    pub out: PathBuf,
    /// None of what was made outside of Nix's sandbox.
    pub drv: Option<PathBuf>,
    pub store: StoreOnDisk,
    pub lock: RootLock,
}

impl<T> Built<T> {
    /// Where it lies on this machine's disk.
    pub fn path(&self) -> PathBuf {
        self.store.physical(&self.out)
    }

    /// The same, of which something else is known.
    pub fn with<U>(self, content: U) -> Built<U> {
        Built {
            content,
            out: self.out,
            drv: self.drv,
            store: self.store,
            lock: self.lock,
        }
    }
}

impl Built<()> {
    /// With what a file of it says. `misread` makes an error of the path of one that this lkmc does not understand.
    pub(super) fn read<T>(
        self,
        file: &str,
        parse: impl FnOnce(&str) -> serde_json::Result<T>,
        misread: impl FnOnce(&Path) -> Error,
    ) -> Result<Built<T>> {
        let path = self.path().join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| Error::io("cannot read", &path, error))?;
        let content = parse(&text).map_err(|error| misread(&path).cause(error))?;
        Ok(self.with(content))
    }
}
