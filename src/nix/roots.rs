//! What a garbage collection must not take: one root per built thing, and a lock on it while somebody uses it.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;

use rustix::fs::FlockOperation;

use super::store::{Store, lock_file, remove_tree, wait_for_lock};
use crate::diag::{Error, Result};

/// Keeps a build from being collected while it is used. The lock goes with the process, however that ends.
#[derive(Debug)]
pub struct RootLock {
    file: File,
}

impl RootLock {
    /// The lock also lives on in the program that this process becomes.
    pub(crate) fn inherited(self) -> Result<RootLock> {
        let keep = rustix::io::fcntl_setfd(&self.file, rustix::io::FdFlags::empty());
        keep.map_err(|errno| Error::infrastructure("lkmc::nix::lock", "cannot hand on a lock").cause(errno))?;
        Ok(self)
    }
}

/// For handing the lock on to a process that goes on using the build.
impl AsFd for RootLock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The root of one built thing.
pub struct Root {
    /// A link to the output, known to Nix as an indirect root.
    pub link: PathBuf,
    /// The same for the derivation, so that its closure can be looked at later.
    pub drv_link: PathBuf,
    lock: PathBuf,
}

impl Root {
    pub fn new(store: &Store, name: &str) -> Result<Root> {
        let roots = store.directory("roots")?;
        let path = |suffix: &str| roots.join(format!("{name}{suffix}"));
        Ok(Root {
            link: path(""),
            drv_link: path(".drv"),
            lock: path(".lock"),
        })
    }

    pub fn share(&self) -> Result<RootLock> {
        Ok(RootLock {
            file: lock_file(&self.lock, FlockOperation::LockShared)?,
        })
    }
}

/// Held while something enters the store that has no root yet; a collection waits for it. Who builds alone first removes the
/// build directories that killed builds left.
pub fn building(store: &Store) -> Result<File> {
    let turn = store.cache.join("gc.lock");
    if let Ok(_alone) = lock_file(&turn, FlockOperation::NonBlockingLockExclusive) {
        remove_tree(&store.cache.join("build"))?;
    }
    wait_for_lock(&turn, FlockOperation::LockShared, "`lkmc gc`")
}
