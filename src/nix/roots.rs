//! What a garbage collection must not take: one root per built thing, and a lock on it while somebody uses it.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW};

use super::store::{Store, remove_tree};
use crate::diag::{Error, Result};
use crate::lock::Lock;

/// Keeps a build from being collected while it is used. The lock goes with the process, however that ends.
#[derive(Debug)]
pub struct RootLock(Lock);

impl RootLock {
    /// The lock also lives on in the program that this process becomes.
    pub(crate) fn inherited(self) -> Result<RootLock> {
        hand_on(&self.0)?;
        Ok(self)
    }
}

/// A lock that the program which this process becomes has as well.
pub(super) fn hand_on(lock: &Lock) -> Result<()> {
    let failed = |error| Error::infrastructure("lkmc::nix::lock", "cannot hand on a lock").cause(error);
    lock.hand_on().map_err(failed)
}

/// For handing the lock on to a process that goes on using the build.
impl AsFd for RootLock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
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

    /// Of a profile's roots a collection leaves the one that was written last; one that is used again is as good as new.
    pub fn refresh(&self) {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        // A root that somebody else owns keeps its time, which harms only later collections.
        let _ = rustix::fs::utimensat(CWD, &self.link, &times, AtFlags::SYMLINK_NOFOLLOW);
    }

    pub fn share(&self) -> Result<RootLock> {
        let lock = Lock::shared(&self.lock).map_err(|error| Error::io("cannot lock", &self.lock, error))?;
        Ok(RootLock(lock))
    }
}

/// Held while something enters the store that has no root yet; a collection waits for it. Who builds alone first removes the
/// build directories that killed builds left.
pub fn building(store: &Store) -> Result<Lock> {
    let turn = store.cache.join("gc.lock");
    if let Ok(Some(_alone)) = Lock::try_exclusive(&turn) {
        remove_tree(&store.cache.join("build"))?;
    }
    store.wait_for_lock(&turn, Lock::try_shared, "`lkmc gc`")
}
