//! A run's directory, `out/run/<id>/`, and who owns it.

use std::fs::DirBuilder;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::diag::{Error, Result};
use crate::exit::Exit;
use crate::kept;
use crate::lock::{Lock, is_held};
use crate::verdict::Verdict;

use self::conclusion::{Cause, Conclusion};
use self::files::{LOCK, RECORD};
use self::run_json::Record;

pub mod conclusion;
pub mod difference;
pub mod files;
pub mod id;
pub mod lookup;
pub mod run_json;
pub mod state;

/// A run directory that this process owns.
pub struct RunDirectory {
    pub path: PathBuf,
    pub id: String,
    /// Released by the kernel however this process ends.
    lock: Lock,
    /// Whether how the run ends has been written down, or is left to another process.
    settled: AtomicBool,
}

/// The reason of a run of which its owner could write down no other.
pub const UNFINISHED: &str = "lkmc could not go on with this run; its own message says why";

impl RunDirectory {
    /// Makes the directory of a new run below `runs`.
    pub fn create(runs: &Path) -> Result<RunDirectory> {
        let failed = |path: &Path, error| Error::io("cannot create", path, error);
        std::fs::create_dir_all(runs).map_err(|error| failed(runs, error))?;
        loop {
            let id = id::new();
            let path = runs.join(&id);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return RunDirectory::own(path, id),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&path, error)),
            }
        }
    }

    fn own(path: PathBuf, id: String) -> Result<RunDirectory> {
        let file = path.join(LOCK);
        // Whoever lists the runs at this moment has it for a look.
        let lock = Lock::exclusive(&file).map_err(|error| Error::io("cannot lock", &file, error))?;
        Ok(RunDirectory::of(path, id, lock))
    }

    fn of(path: PathBuf, id: String, lock: Lock) -> RunDirectory {
        RunDirectory {
            path,
            id,
            lock,
            settled: AtomicBool::new(false),
        }
    }

    /// Leaves the run to a process that has the directory's lock.
    pub fn hand_over(self) {
        self.settled.store(true, Ordering::Relaxed);
    }

    /// The directory's lock, for a process that shall own the run: it has it from its parent, so that the run is never nobody's.
    pub fn lock(&self) -> BorrowedFd<'_> {
        self.lock.as_fd()
    }

    /// Takes over a directory that the parent made, with its lock.
    pub fn adopt(path: &Path, lock: OwnedFd) -> Result<RunDirectory> {
        let id = id::of(path);
        let file = path.join(LOCK);
        let lock = Lock::adopt(&file, lock).map_err(|error| Error::io("cannot take over", &file, error))?;
        let path = path.to_owned();
        Ok(RunDirectory::of(path, id, lock))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A socket that nobody listens on any more tells nobody anything, and what copies a directory stumbles over it.
    pub fn remove_sockets(&self) {
        remove_sockets(&self.path);
    }

    /// Replaces run.json in one step, so that a reader never finds half of it.
    pub fn write(&self, record: &Record) -> Result<()> {
        write_record(&self.path, record)?;
        self.settled.store(record.verdict.is_some(), Ordering::Relaxed);
        Ok(())
    }

    /// An error of ours has ended the run before its end could be written down.
    fn settle(&self) {
        if let Some(mut record) = read_record(&self.path).filter(|record| record.verdict.is_none()) {
            record.conclude(&Conclusion {
                verdict: Verdict::EmulatorDied,
                cause: Cause::Infrastructure,
                status: Exit::Infrastructure.status(),
                reason: UNFINISHED.into(),
            });
            // Without it the run counts as one whose owner was killed.
            let _ = write_record(&self.path, &record);
        }
        self.remove_sockets();
    }
}

/// What never came to be a run leaves nothing, and every run an end.
impl Drop for RunDirectory {
    fn drop(&mut self) {
        if !self.file(RECORD).exists() {
            let _ = std::fs::remove_dir_all(&self.path);
        } else if !self.settled.load(Ordering::Relaxed) {
            self.settle();
        }
    }
}

fn remove_sockets(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => remove_sockets(&entry.path()),
            Ok(kind) if kind.is_socket() => drop(std::fs::remove_file(entry.path())),
            _ => {}
        }
    }
}

/// The same for a run that is nobody's any more.
pub fn write_record(run: &Path, record: &Record) -> Result<()> {
    let path = run.join(RECORD);
    let write = || -> std::io::Result<()> {
        let mut text = serde_json::to_vec_pretty(record)?;
        text.push(b'\n');
        kept::write(&path, &text)
    };
    write().map_err(|error| Error::io("cannot write", &path, error))
}

/// Whether the process that owned this run is still there.
pub fn is_alive(directory: &Path) -> bool {
    is_held(&directory.join(LOCK))
}

/// Waits until nobody owns this run any more. The deadline passes first: false.
pub fn wait(run: &Path, deadline: Option<Instant>) -> bool {
    const LOOK: Duration = Duration::from_millis(10);
    while is_alive(run) {
        if deadline.is_some_and(|deadline| deadline < Instant::now()) {
            return false;
        }
        std::thread::sleep(LOOK);
    }
    true
}

pub fn read_record(directory: &Path) -> Option<Record> {
    serde_json::from_slice(&std::fs::read(directory.join(RECORD)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_looks_at_a_run_that_begins_does_not_end_it() {
        let runs = tempfile::tempdir().unwrap();
        let look = Lock::shared(&runs.path().join(LOCK)).unwrap();
        let looking = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(look);
        });
        RunDirectory::own(runs.path().to_owned(), "run".into()).unwrap();
        looking.join().unwrap();
    }

    #[test]
    fn what_never_came_to_be_a_run_leaves_nothing() {
        let runs = tempfile::tempdir().unwrap();
        drop(RunDirectory::create(runs.path()).unwrap());
        assert_eq!(std::fs::read_dir(runs.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_run_that_an_error_ends_has_a_conclusion() {
        let runs = tempfile::tempdir().unwrap();
        let owner = RunDirectory::create(runs.path()).unwrap();
        let path = owner.path.clone();
        let mut record = Record::empty(&owner.id);
        owner.write(&record).unwrap();
        drop(owner);
        let conclusion = read_record(&path).unwrap().conclusion().unwrap();
        assert_eq!((conclusion.status, &*conclusion.reason), (125, UNFINISHED));
        // One that another process has is not over.
        let owner = RunDirectory::create(runs.path()).unwrap();
        let path = owner.path.clone();
        owner.write(&record).unwrap();
        owner.hand_over();
        assert!(read_record(&path).unwrap().conclusion().is_none());
        // Nor is another end written over the first.
        let owner = RunDirectory::create(runs.path()).unwrap();
        let path = owner.path.clone();
        let passed = Conclusion {
            verdict: Verdict::Pass,
            cause: Cause::Command,
            status: 0,
            reason: "the command succeeded".into(),
        };
        record.conclude(&passed);
        owner.write(&record).unwrap();
        drop(owner);
        assert_eq!(read_record(&path).unwrap().conclusion(), Some(passed));
    }

    #[test]
    fn a_run_that_is_over_has_no_sockets() {
        let runs = tempfile::tempdir().unwrap();
        let owner = RunDirectory::create(runs.path()).unwrap();
        std::fs::create_dir(owner.file("m5out")).unwrap();
        let files = ["qmp.sock", "m5out/stub.sock"].map(|name| owner.file(name));
        let _sockets = files
            .each_ref()
            .map(|file| std::os::unix::net::UnixListener::bind(file).unwrap());
        std::fs::write(owner.file("m5out/stats.txt"), "").unwrap();
        owner.remove_sockets();
        assert!(files.iter().all(|file| !file.exists()));
        assert!(owner.file("m5out/stats.txt").exists());
    }

    #[test]
    fn a_dead_owner_is_noticed() {
        let runs = tempfile::tempdir().unwrap();
        let owner = RunDirectory::create(runs.path()).unwrap();
        let path = owner.path.clone();
        std::fs::write(owner.file(RECORD), "{}").unwrap();
        assert!(is_alive(&path));
        assert!(!wait(&path, Some(Instant::now())));
        drop(owner);
        assert!(!is_alive(&path));
        assert!(wait(&path, None));
    }
}
