//! Booted guests that are kept for other runs: snapshots of QEMU's (`qemu/snapshot.rs`) and checkpoints of gem5's
//! (`gem5/checkpoint.rs`).
//!
//! Each is a directory `$cache/snapshots/HASH/`, named by the hash of everything that decides what the guest looks like at its
//! prompt, which stands in its `key.json`. It is written under another name and renamed when it is whole, so that no run finds
//! half of one; whoever makes one has a lock that the others wait for.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::diag::{Error, Result};
use crate::hash;
use crate::host::signals;
use crate::lock::{Lock, is_held};
use crate::random::random;
use crate::run_directory::run_json::SnapshotRecord;
use crate::store_path::{STORE, StoreOnDisk};

const KEY: &str = "key.json";
/// So many bytes make the name of a working directory one of its own.
const NUMBER: usize = 8;
/// What follows a snapshot's name in that of the lock for its making.
const TURN: &str = "lock";

/// Their directory.
pub fn directory(cache: &Path) -> PathBuf {
    cache.join("snapshots")
}

/// Everything that decides what a guest looks like at its prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pub profile: String,
    pub inputs: BTreeMap<String, String>,
}

impl Key {
    /// Without the profile's name: two profiles that ask for the same machine share its snapshot.
    pub fn hash(&self) -> String {
        let text = serde_json::to_vec(&self.inputs).unwrap_or_default();
        hash::short_sha256(text)
    }

    /// Notes beside a guest's state what its name is the hash of.
    pub fn write(&self, directory: &Path) -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        std::fs::write(directory.join(KEY), text)
    }

    /// What [`Key::write`] has noted.
    pub fn read(directory: &Path) -> Option<Key> {
        serde_json::from_slice(&std::fs::read(directory.join(KEY)).ok()?).ok()
    }

    /// The parts of the machine that are in Nix's store.
    pub fn store_paths(&self) -> impl Iterator<Item = &Path> {
        self.inputs
            .values()
            .map(Path::new)
            .filter(|path| path.starts_with(STORE))
    }

    /// Which inputs keep the nearest snapshot of the same profile from being used, and how they differ where that is a word.
    pub fn difference(&self, snapshots: &Path) -> String {
        let entries = std::fs::read_dir(snapshots).into_iter().flatten().flatten();
        let others = entries.filter_map(|entry| Key::read(&entry.path()));
        let related = others.filter(|other| other.profile == self.profile);
        match related.map(|other| other.differing(self)).min_by_key(Vec::len) {
            None => "there is none yet".into(),
            Some(names) => format!("the existing one differs in: {}", names.join(", ")),
        }
    }

    /// The inputs in which a machine that is wanted differs from this one's, with both values if they are short.
    pub fn differing(&self, wanted: &Key) -> Vec<String> {
        const SHORT: usize = 24;
        let value = |key: &Key, name: &str| key.inputs.get(name).cloned().unwrap_or_default();
        let names = wanted
            .inputs
            .keys()
            .filter(|name| value(self, name) != value(wanted, name));
        names
            .map(|name| match (value(self, name), value(wanted, name)) {
                (there, here) if there.len().max(here.len()) > SHORT => name.clone(),
                (there, here) => format!("{name} (there `{there}`, here `{here}`)"),
            })
            .collect()
    }
}

/// A booted guest that is kept, or will be: where a run starts.
#[derive(Clone, Debug)]
pub struct Kept {
    pub directory: PathBuf,
    pub key: Key,
    /// It has to be made first, in this directory.
    pub make: Option<PathBuf>,
    /// It is for this run alone.
    pub private: bool,
    pub record: SnapshotRecord,
}

impl Kept {
    /// The one of this key among these snapshots, whole or still to be made.
    pub fn find(snapshots: &Path, key: Key, is_whole: impl Fn(&Path) -> bool) -> Result<Kept> {
        let directory = snapshots.join(key.hash());
        match is_whole(&directory) {
            true => Ok(Kept {
                record: SnapshotRecord {
                    used: true,
                    key: Some(key.hash()),
                    why: "every input is the same".into(),
                    from: None,
                },
                make: None,
                private: false,
                directory,
                key,
            }),
            false => {
                let why = key.difference(snapshots);
                Kept::to_make(directory, key, why)
            }
        }
    }

    /// One that no other run finds.
    pub fn private(directory: PathBuf, key: Key, why: &str) -> Result<Kept> {
        Ok(Kept {
            private: true,
            ..Kept::to_make(directory, key, why.into())?
        })
    }

    fn to_make(directory: PathBuf, key: Key, why: String) -> Result<Kept> {
        Ok(Kept {
            record: SnapshotRecord {
                used: false,
                key: Some(key.hash()),
                why,
                from: None,
            },
            make: Some(working_directory(&directory)?),
            private: false,
            directory,
            key,
        })
    }
}

/// A file as an input: a store path says all; any other file (of a bundle made by hand) also its size and time.
pub fn identity(path: &Path, store: &StoreOnDisk) -> String {
    let name = path.display().to_string();
    if path.starts_with(STORE) {
        return name;
    }
    let metadata = std::fs::metadata(store.physical(path)).ok();
    let stamp = metadata.map(|m| (m.len(), m.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
    format!("{name} {stamp:?}")
}

/// Why a guest cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum NoRoom {
    #[error("{} has too little free space for one", .0.display())]
    TooLittle(PathBuf),
    #[error("{} cannot be written: {}", .0.display(), .1)]
    NotWritable(PathBuf, std::io::Error),
}

/// Whether a guest with so much memory can be kept.
pub fn room_for(snapshots: &Path, memory: u64) -> Result<(), NoRoom> {
    const RESERVE: u64 = 64 << 20;
    crate::paths::make_writable(snapshots).map_err(|error| NoRoom::NotWritable(snapshots.to_owned(), error))?;
    let free = crate::paths::room(snapshots).unwrap_or(0);
    match free > memory.saturating_add(RESERVE) {
        true => Ok(()),
        false => Err(NoRoom::TooLittle(snapshots.to_owned())),
    }
}

/// Where one is written until it is whole. No other run has this name, wherever it runs: process numbers alone come again, and are
/// the same in containers that share the cache.
fn working_directory(directory: &Path) -> Result<PathBuf> {
    let number = random::<NUMBER>().map_err(|error| Error::io("cannot read", Path::new("/dev/urandom"), error))?;
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    Ok(directory.with_file_name(format!(".{name}.{}", hash::hex(&number))))
}

/// A directory in which one is written; it goes with this, unless it got its name. Its lock says that somebody writes there.
pub struct Temporary {
    path: PathBuf,
    /// None where directories cannot be locked.
    _lock: Option<Lock>,
}

impl Temporary {
    /// Makes the directory, and removes those that killed processes have left beside it: each is as large as a guest's memory.
    pub fn create(path: &Path) -> Result<Temporary> {
        let parent = path.parent().unwrap_or(path);
        std::fs::create_dir_all(parent).map_err(|error| Error::io("cannot create", parent, error))?;
        // Nobody takes a directory for abandoned that is not locked yet.
        let alone = Lock::directory(parent);
        if alone.is_ok() {
            remove_abandoned(parent);
        }
        std::fs::create_dir(path).map_err(|error| Error::io("cannot create", path, error))?;
        Ok(Temporary {
            path: path.to_owned(),
            _lock: Lock::directory(path).ok(),
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn remove_abandoned(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        if is_working_directory(&entry.file_name().to_string_lossy()) && !is_held(&entry.path()) {
            // What cannot be removed now is tried again by whoever makes the next one.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A name that [`working_directory`] gives.
fn is_working_directory(name: &str) -> bool {
    let number = name.strip_prefix('.').and_then(|name| name.rsplit_once('.'));
    number
        .is_some_and(|(_, number)| number.len() == 2 * NUMBER && number.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Gives a whole one its name, when it is on the disk: a host that dies later must not leave half of one.
pub fn publish(temporary: &Path, directory: &Path, is_whole: impl Fn(&Path) -> bool) -> std::io::Result<()> {
    sync(temporary)?;
    match std::fs::rename(temporary, directory) {
        // Another run was faster; its snapshot is as good.
        Err(_) if is_whole(directory) => std::fs::remove_dir_all(temporary),
        // Half of one, from a removal that did not come to its end.
        Err(_) if directory.exists() => {
            discard(directory);
            std::fs::rename(temporary, directory)
        }
        renamed => renamed,
    }
}

/// What is in this directory is on the disk.
fn sync(directory: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        match path.is_dir() {
            true => sync(&path)?,
            false => File::open(&path)?.sync_all()?,
        }
    }
    File::open(directory)?.sync_all()
}

/// The turn of whoever makes a snapshot. The others wait for it, in this process and in all others, and restore what was made.
pub struct Turn {
    _lock: Lock,
}

/// Waits for the turn. None after `limit`, if this process is told to end, or where files cannot be locked: whoever has no turn makes
/// no snapshot for others.
pub fn take_turn(directory: &Path, limit: Duration) -> Option<Turn> {
    let deadline = Instant::now() + limit;
    std::fs::create_dir_all(directory.parent()?).ok()?;
    let wanted = || Instant::now() < deadline && !signals::has_come();
    let lock = Lock::exclusive_while(&directory.with_extension(TURN), wanted).ok()?;
    lock.map(|lock| Turn { _lock: lock })
}

/// One that cannot be restored: the next run makes a new one. It loses its name first: what a killed process has half removed is
/// taken for no snapshot.
pub fn discard(directory: &Path) {
    let unnamed = working_directory(directory).and_then(|path| {
        let renamed = std::fs::rename(directory, &path);
        renamed
            .map(|()| path)
            .map_err(|error| Error::io("cannot rename", directory, error))
    });
    let _ = std::fs::remove_dir_all(unnamed.as_deref().unwrap_or(directory));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(profile: &str, inputs: &[(&str, &str)]) -> Key {
        let inputs = inputs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        Key {
            profile: profile.into(),
            inputs,
        }
    }

    fn has_state(directory: &Path) -> bool {
        directory.join("state").exists()
    }

    #[test]
    fn the_key_is_its_inputs_not_the_profiles_name() {
        let a = key("a", &[("kernel", "1"), ("machine", "q35")]);
        assert_eq!(a.hash(), key("b", &[("kernel", "1"), ("machine", "q35")]).hash());
        assert_ne!(a.hash(), key("a", &[("kernel", "2"), ("machine", "q35")]).hash());
        assert_ne!(a.hash(), key("a", &[("kernel", "1q35"), ("machine", "")]).hash());
    }

    #[test]
    fn one_that_is_there_is_used_and_any_other_made() {
        let snapshots = tempfile::tempdir().unwrap();
        let find = |kernel| Kept::find(snapshots.path(), key("a", &[("kernel", kernel)]), has_state).unwrap();
        let missing = find("1");
        assert!(missing.make.is_some() && !missing.private && !missing.record.used);
        assert_eq!(missing.record.why, "there is none yet");
        std::fs::create_dir(&missing.directory).unwrap();
        missing.key.write(&missing.directory).unwrap();
        assert!(find("1").make.is_some(), "half of one is none");
        std::fs::write(missing.directory.join("state"), "").unwrap();
        let there = find("1");
        assert!(there.make.is_none() && there.record.used);
        assert_eq!(there.record.key, Some(there.key.hash()));
        assert!(find("2").record.why.contains("differs in: kernel"));
        let private = Kept::private("run/checkpoint".into(), there.key, "--cold was given").unwrap();
        assert!(private.private && private.make.is_some() && !private.record.used);
    }

    #[test]
    fn why_none_can_be_kept_is_said() {
        let cache = tempfile::tempdir().unwrap();
        let snapshots = directory(cache.path());
        assert!(room_for(&snapshots, 1).is_ok());
        let too_little = room_for(&snapshots, u64::MAX).unwrap_err().to_string();
        assert!(too_little.contains("too little free space"), "{too_little}");
        std::fs::remove_dir(&snapshots).unwrap();
        std::fs::write(&snapshots, "").unwrap();
        let in_its_place = room_for(&snapshots, 1).unwrap_err().to_string();
        assert!(
            in_its_place.ends_with("snapshots cannot be written: not a directory"),
            "{in_its_place}"
        );
    }

    #[test]
    fn one_at_a_time_makes_a_snapshot() {
        let snapshots = tempfile::tempdir().unwrap();
        let directory = snapshots.path().join("0123abcd");
        let soon = Duration::from_millis(50);
        let first = take_turn(&directory, soon).expect("nobody else is there");
        assert!(take_turn(&directory, soon).is_none());
        assert!(take_turn(&snapshots.path().join("another"), soon).is_some());
        drop(first);
        assert!(take_turn(&directory, soon).is_some());
        assert!(!directory.exists(), "a turn is no snapshot");
    }

    #[test]
    fn the_first_that_is_whole_stays() {
        let snapshots = tempfile::tempdir().unwrap();
        let directory = snapshots.path().join("0123abcd");
        for text in ["first", "second"] {
            let temporary = working_directory(&directory).unwrap();
            assert_eq!(temporary.parent(), directory.parent());
            std::fs::create_dir(&temporary).unwrap();
            std::fs::write(temporary.join("state"), text).unwrap();
            publish(&temporary, &directory, has_state).unwrap();
            assert!(!temporary.exists());
            assert_eq!(std::fs::read(directory.join("state")).unwrap(), b"first");
        }
    }

    #[test]
    fn what_was_half_removed_gives_way() {
        let snapshots = tempfile::tempdir().unwrap();
        let directory = snapshots.path().join("0123abcd");
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("ram"), "half").unwrap();
        let temporary = working_directory(&directory).unwrap();
        std::fs::create_dir(&temporary).unwrap();
        std::fs::write(temporary.join("state"), "whole").unwrap();
        publish(&temporary, &directory, has_state).unwrap();
        assert_eq!(std::fs::read(directory.join("state")).unwrap(), b"whole");
        assert!(!directory.join("ram").exists());
        discard(&directory);
        assert_eq!(std::fs::read_dir(snapshots.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let snapshots = tempfile::tempdir().unwrap();
        let directory = snapshots.path().join("0123abcd");
        let path = || working_directory(&directory).unwrap();
        let abandoned = path();
        std::fs::create_dir(&abandoned).unwrap();
        std::fs::write(abandoned.join("ram"), "").unwrap();
        let (one, another) = (path(), path());
        let first = Temporary::create(&one).unwrap();
        assert!(!abandoned.exists());
        let _second = Temporary::create(&another).unwrap();
        assert!(one.is_dir() && another.is_dir());
        drop(first);
        assert!(!one.exists());
    }

    #[test]
    fn the_differing_input_is_named() {
        let snapshots = tempfile::tempdir().unwrap();
        let wanted = key("a", &[("kernel", "2"), ("machine", "q35")]);
        let long = "q35 with more than anybody reads";
        let other = key("a", &[("kernel", "2"), ("machine", long)]);
        assert_eq!(other.differing(&wanted), ["machine"]);
        assert_eq!(wanted.difference(snapshots.path()), "there is none yet");
        for (name, other) in [
            ("x", key("a", &[("kernel", "1"), ("machine", "q35")])),
            ("y", key("b", &[("kernel", "2"), ("machine", "virt")])),
        ] {
            let directory = snapshots.path().join(name);
            std::fs::create_dir(&directory).unwrap();
            other.write(&directory).unwrap();
        }
        assert_eq!(
            wanted.difference(snapshots.path()),
            "the existing one differs in: kernel (there `1`, here `2`)"
        );
    }
}
