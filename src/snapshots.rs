//! Booted guests that are kept for other runs: snapshots of QEMU's (`run/snapshot.rs`) and checkpoints of gem5's
//! (`gem5/checkpoint.rs`).
//!
//! Each is a directory `$cache/snapshots/HASH/`, named by the hash of everything that decides what the guest looks like at its
//! prompt, which stands in its `key.json`. It is written under another name and renamed when it is whole, so that no run finds
//! half of one; whoever makes one has a lock that the others wait for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::diag::{Error, Result};
use crate::hash;
use crate::host::signals;
use crate::lock::Lock;
use crate::random::random;
use crate::store_path::STORE;

const KEY: &str = "key.json";
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

/// A file as an input: a store path says all; any other file (of a bundle made by hand) also its size and time.
pub fn identity(path: &Path, physical: &dyn Fn(&Path) -> PathBuf) -> String {
    let name = path.display().to_string();
    if path.starts_with(STORE) {
        return name;
    }
    let metadata = std::fs::metadata(physical(path)).ok();
    let stamp = metadata.map(|m| (m.len(), m.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
    format!("{name} {stamp:?}")
}

/// Whether a guest with so much memory can be kept.
pub fn room_for(snapshots: &Path, memory: u64) -> bool {
    const RESERVE: u64 = 64 << 20;
    if std::fs::create_dir_all(snapshots).is_err() {
        return false;
    }
    let free = crate::paths::room(snapshots).unwrap_or(0);
    free > memory + RESERVE
}

/// Where one is written until it is whole. No other run has this name, wherever it runs: process numbers alone come again, and are
/// the same in containers that share the cache.
pub fn working_directory(directory: &Path) -> Result<PathBuf> {
    let number = random::<8>().map_err(|error| Error::io("cannot read", Path::new("/dev/urandom"), error))?;
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    Ok(directory.with_file_name(format!(".{name}.{}", hash::hex(&number))))
}

/// A directory in which one is written; it goes with this, unless it got its name.
pub struct Temporary<'a>(pub &'a Path);

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0);
    }
}

/// Gives a whole one its name. `last` is the file without which none is whole.
pub fn publish(temporary: &Path, directory: &Path, last: &str) -> std::io::Result<()> {
    match std::fs::rename(temporary, directory) {
        // Another run was faster; its snapshot is as good.
        Err(_) if directory.join(last).exists() => std::fs::remove_dir_all(temporary),
        renamed => renamed,
    }
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

/// One that cannot be restored: the next run makes a new one.
pub fn discard(directory: &Path) {
    let _ = std::fs::remove_dir_all(directory);
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

    #[test]
    fn the_key_is_its_inputs_not_the_profiles_name() {
        let a = key("a", &[("kernel", "1"), ("machine", "q35")]);
        assert_eq!(a.hash(), key("b", &[("kernel", "1"), ("machine", "q35")]).hash());
        assert_ne!(a.hash(), key("a", &[("kernel", "2"), ("machine", "q35")]).hash());
        assert_ne!(a.hash(), key("a", &[("kernel", "1q35"), ("machine", "")]).hash());
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
            publish(&temporary, &directory, "state").unwrap();
            assert!(!temporary.exists());
            assert_eq!(std::fs::read(directory.join("state")).unwrap(), b"first");
        }
        // What stands in its place and is none is not taken for one.
        let temporary = working_directory(&directory).unwrap();
        std::fs::create_dir(&temporary).unwrap();
        assert!(publish(&temporary, &directory, "other").is_err());
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
