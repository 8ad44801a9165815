//! Turns that processes take at one thing. A turn ends with the file that stands for it, however its owner ends.

use std::fs::{File, OpenOptions};
use std::io::Result;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// Locks a file, which is made if it is not there. None if another has it and `operation` does not wait.
pub fn take(path: &Path, operation: FlockOperation) -> Result<Option<File>> {
    let mut open = OpenOptions::new();
    open.create(true).truncate(false).write(true);
    loop {
        let file = open.open(path)?;
        match flock(&file, operation) {
            Err(Errno::WOULDBLOCK) => return Ok(None),
            result => result?,
        }
        // A collection removes locks with what they are for: one that has gone in between locks nothing.
        let same = |there: std::fs::Metadata| file.metadata().is_ok_and(|ours| ours.ino() == there.ino());
        if path.metadata().is_ok_and(same) {
            return Ok(Some(file));
        }
    }
}

/// Waits until nobody else changes what is in this directory. None where directories cannot be locked, as on some networks.
pub fn in_directory(directory: &Path) -> Option<File> {
    let file = File::open(directory).ok()?;
    flock(&file, FlockOperation::LockExclusive).ok()?;
    Some(file)
}
