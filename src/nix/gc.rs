//! `lkmc gc`: removes what nobody uses.
//!
//! Of each profile's roots the newest stays, and whatever a process holds a lock on. The store of a Nix that the user brought
//! is not collected, only our roots in it are removed: the rest of it is none of our business.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::FlockOperation;

use super::Options;
use super::process::succeed;
use super::store::{Store, lock_file, remove_tree};
use crate::diag::{Error, Result};
use crate::toolbox;

/// What was removed.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Freed {
    pub builds: usize,
    pub snapshots: usize,
    pub downloads: usize,
    pub bytes: u64,
}

pub fn gc(options: &Options) -> Result<Freed> {
    let store = Store::open()?;
    let before = toolbox::error::available(&store.cache).unwrap_or(0);
    let turn = store.cache.join("gc.lock");
    let _turn = lock_file(&turn, FlockOperation::NonBlockingLockExclusive)
        .map_err(|error| error.help("a build is under way, perhaps in another terminal; try again when it is done"))?;
    let mut freed = Freed {
        builds: remove_roots(&store)?,
        ..Freed::default()
    };
    if store.is_private() && store.cache.join("store/nix/store").exists() {
        let mut command = store.command("nix-store")?;
        // Build-time inputs of the builds that stay: without them, the next small change would rebuild the whole toolbox.
        command.args([
            "--option",
            "keep-outputs",
            "true",
            "--option",
            "keep-derivations",
            "true",
            "--gc",
        ]);
        succeed(command, "collect garbage", options)?;
        remove_tree(&store.cache.join("build"))?;
    }
    freed.snapshots = remove_snapshots(&store)?;
    freed.downloads = remove_downloads(&store)?;
    remove_nix_roots(&store)?;
    remove_lowered(&store)?;
    // GDB does not say which of its indexes it has used, and makes one again in seconds.
    remove_tree(&store.cache.join("gdb-index"))?;
    let after = toolbox::error::available(&store.cache).unwrap_or(0);
    freed.bytes = after.saturating_sub(before);
    Ok(freed)
}

/// Roots are called `PROFILE-ATTRIBUTE-KEY`.
fn remove_roots(store: &Store) -> Result<usize> {
    let roots = store.cache.join("roots");
    let mut names: BTreeSet<String> = BTreeSet::new();
    for path in children(&roots) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let base = name
            .strip_suffix(".lock")
            .or(name.strip_suffix(".drv"))
            .unwrap_or(&name);
        names.insert(base.to_owned());
    }
    let mut groups: BTreeMap<&str, Vec<(SystemTime, PathBuf)>> = BTreeMap::new();
    for name in &names {
        let group = name.rsplit_once('-').map_or(name.as_str(), |(group, _)| group);
        let written = |path: &Path| path.symlink_metadata().and_then(|metadata| metadata.modified()).ok();
        let (link, drv) = (roots.join(name), roots.join(format!("{name}.drv")));
        // One that was never built must not push out one that was.
        let time = written(&link).or_else(|| written(&drv).map(|_| SystemTime::UNIX_EPOCH));
        groups
            .entry(group)
            .or_default()
            .push((time.unwrap_or(SystemTime::UNIX_EPOCH), link));
    }
    let mut removed = 0;
    for (_, mut roots) in groups {
        roots.sort();
        roots.pop();
        for (_, link) in roots {
            removed += usize::from(remove_root(&link)?);
        }
    }
    Ok(removed)
}

/// False if somebody uses it.
fn remove_root(link: &Path) -> Result<bool> {
    let with = |suffix: &str| {
        let mut path = link.as_os_str().to_owned();
        path.push(suffix);
        PathBuf::from(path)
    };
    let Ok(_lock) = lock_file(&with(".lock"), FlockOperation::NonBlockingLockExclusive) else {
        return Ok(false);
    };
    for path in [link.to_owned(), with(".drv"), with(".lock")] {
        remove_file(&path)?;
    }
    Ok(true)
}

/// A snapshot of a machine whose parts are gone can never be used again.
fn remove_snapshots(store: &Store) -> Result<usize> {
    let mut removed = 0;
    for snapshot in children(&store.cache.join("snapshots")) {
        if snapshot.is_file() {
            // A lock, which may have its owner.
            continue;
        }
        let key = std::fs::read(snapshot.join("key.json"))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        let new = snapshot
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(is_recent);
        if key.is_none() && new {
            // Somebody is writing it.
            continue;
        }
        if key.is_none_or(|key| store_paths(&key).iter().any(|path| !store.physical(path).exists())) {
            remove_tree(&snapshot)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn is_recent(time: SystemTime) -> bool {
    time.elapsed().is_ok_and(|age| age < Duration::from_secs(3600))
}

fn store_paths(value: &serde_json::Value) -> Vec<PathBuf> {
    use serde_json::Value;
    match value {
        Value::String(text) if text.starts_with("/nix/store/") => vec![PathBuf::from(text)],
        Value::Array(values) => values.iter().flat_map(store_paths).collect(),
        Value::Object(values) => values.values().flat_map(store_paths).collect(),
        _ => Vec::new(),
    }
}

/// Downloads that the lock file no longer names, and unfinished ones.
fn remove_downloads(store: &Store) -> Result<usize> {
    let lock = store.lock()?;
    let wanted: BTreeSet<&str> = lock.all_files().into_iter().map(|file| file.sha256.as_str()).collect();
    let mut removed = 0;
    for directory in children(&store.cache.join("downloads")) {
        if directory
            .file_name()
            .and_then(|name| name.to_str())
            .is_none_or(|name| !wanted.contains(name))
        {
            remove_tree(&directory)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Lowered profiles, unless a build that waits for us may just have written one.
fn remove_lowered(store: &Store) -> Result<()> {
    let old = |path: &PathBuf| {
        !path
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(is_recent)
    };
    children(&store.cache.join("lowered"))
        .iter()
        .filter(|path| old(path))
        .try_for_each(|path| remove_file(path))
}

/// Older versions of the toolbox's Nix.
fn remove_nix_roots(store: &Store) -> Result<()> {
    let current = store.private_root_path()?;
    let old = children(&store.cache.join("nix-root"))
        .into_iter()
        .filter(|path| path.is_dir() && *path != current);
    old.into_iter().try_for_each(|path| remove_tree(&path))
}

fn children(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect()
}

fn remove_file(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("cannot remove", path, error)),
        _ => Ok(()),
    }
}
