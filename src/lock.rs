//! Locks between processes, on files and directories. A lock ends with the value that stands for it, and with the processes that
//! have it, however those end.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, FdFlags, fcntl_setfd, retry_on_intr};

/// How often somebody who waits for a lock looks whether the wait is still wanted.
const SLICE: Duration = Duration::from_millis(20);

/// A lock that this process has. The file is made if it is not there.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// Waits until nobody else has the lock in any way.
    pub fn exclusive(path: &Path) -> Result<Lock> {
        wait(path, &file(), FlockOperation::LockExclusive)
    }

    /// Waits until nobody has the lock exclusively.
    pub fn shared(path: &Path) -> Result<Lock> {
        wait(path, &file(), FlockOperation::LockShared)
    }

    /// None if another has it.
    pub fn try_exclusive(path: &Path) -> Result<Option<Lock>> {
        take(path, &file(), FlockOperation::NonBlockingLockExclusive)
    }

    /// None if another has it exclusively.
    pub fn try_shared(path: &Path) -> Result<Option<Lock>> {
        take(path, &file(), FlockOperation::NonBlockingLockShared)
    }

    /// Waits for it. None if another still has it when it is not `wanted` any more.
    pub fn exclusive_while(path: &Path, mut wanted: impl FnMut() -> bool) -> Result<Option<Lock>> {
        loop {
            let lock = Lock::try_exclusive(path)?;
            if lock.is_some() || !wanted() {
                return Ok(lock);
            }
            std::thread::sleep(SLICE);
        }
    }

    /// The same as [`Lock::exclusive`] for a directory that is there. An error where directories cannot be locked, as on some
    /// networks.
    pub fn directory(path: &Path) -> Result<Lock> {
        wait(path, OpenOptions::new().read(true), FlockOperation::LockExclusive)
    }

    /// The same, and none where directories cannot be locked.
    pub fn directory_if_possible(path: &Path) -> Result<Option<Lock>> {
        const CANNOT: [Errno; 5] = [Errno::BADF, Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOSYS, Errno::INVAL];
        match Lock::directory(path) {
            Err(error) if Errno::from_io_error(&error).is_some_and(|error| CANNOT.contains(&error)) => Ok(None),
            lock => lock.map(Some),
        }
    }

    /// Takes over from the parent process what it has locked at `path`. The children of this one do not get it.
    pub fn adopt(path: &Path, lock: OwnedFd) -> Result<Lock> {
        let lock = File::from(lock);
        if !is_at(&lock.metadata()?, path) {
            return Err(ErrorKind::InvalidInput.into());
        }
        fcntl_setfd(&lock, FdFlags::CLOEXEC)?;
        Ok(Lock(lock))
    }

    /// The program that this process becomes has the lock as well.
    pub fn hand_on(&self) -> Result<()> {
        Ok(fcntl_setfd(&self.0, FdFlags::empty())?)
    }
}

impl AsFd for Lock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Lock {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// Whether somebody has a lock exclusively. What cannot be opened nobody has.
pub fn is_held(path: &Path) -> bool {
    // An error is no proof that it is free.
    File::open(path).is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}

fn file() -> OpenOptions {
    let mut open = OpenOptions::new();
    open.create(true).truncate(false).write(true);
    open
}

fn wait(path: &Path, open: &OpenOptions, operation: FlockOperation) -> Result<Lock> {
    take(path, open, operation)?.ok_or_else(|| Error::from(ErrorKind::WouldBlock))
}

/// None if another has it and `operation` does not wait.
fn take(path: &Path, open: &OpenOptions, operation: FlockOperation) -> Result<Option<Lock>> {
    loop {
        let file = open.open(path)?;
        match retry_on_intr(|| flock(&file, operation)) {
            Err(Errno::WOULDBLOCK) => return Ok(None),
            result => result?,
        }
        // A collection removes locks with what they are for: one that has gone in between locks nothing.
        if is_at(&file.metadata()?, path) {
            return Ok(Some(Lock(file)));
        }
    }
}

fn is_at(file: &Metadata, path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|there| (there.dev(), there.ino()) == (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_or_several_share_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        assert!(!is_held(&path) && !path.exists());
        let alone = Lock::exclusive(&path).unwrap();
        assert!(is_held(&path));
        assert!(Lock::try_shared(&path).unwrap().is_none());
        let mut asked = 0;
        let waited = Lock::exclusive_while(&path, || {
            asked += 1;
            asked < 3
        });
        assert!(waited.unwrap().is_none());
        drop(alone);
        let _shared = [Lock::shared(&path).unwrap(), Lock::try_shared(&path).unwrap().unwrap()];
        assert!(!is_held(&path));
        assert!(Lock::try_exclusive(&path).unwrap().is_none());
    }

    #[test]
    fn a_directory_that_is_not_there_is_another_matter_than_one_that_cannot_be_locked() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Lock::directory_if_possible(directory.path()).unwrap().is_some());
        assert!(Lock::directory_if_possible(&directory.path().join("none")).is_err());
        assert!(Lock::directory_if_possible(Path::new("")).is_err());
    }

    #[test]
    fn a_lock_that_was_removed_meanwhile_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let old = Lock::exclusive(&path).unwrap();
        let waiting = {
            let path = path.clone();
            std::thread::spawn(move || Lock::exclusive(&path).unwrap())
        };
        std::thread::sleep(Duration::from_millis(50));
        std::fs::remove_file(&path).unwrap();
        drop(old);
        let new = waiting.join().unwrap();
        assert!(is_at(&new.0.metadata().unwrap(), &path));
        assert!(is_held(&path));
    }
}
