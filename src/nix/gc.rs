//! `lkmc gc`: removes what nobody uses.
//!
//! Of each profile's roots the newest stays, and whatever a process holds a lock on. The store of a Nix that the user brought
//! is not collected, only our roots in it are removed: the rest of it is none of our business.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use rustix::io::Errno;

use crate::diag::{Error, Result};
use crate::lock::Lock;
use crate::snapshots::{self, Key};

use super::plan::Closure;
use super::process::{self, succeed};
use super::store::{Store, remove_tree};
use super::{Options, place};

/// What was removed.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Freed {
    pub builds: usize,
    pub snapshots: usize,
    pub downloads: usize,
    pub bytes: u64,
}

/// What would be.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Garbage {
    /// Roots, each with files of its name beside it.
    pub builds: Vec<PathBuf>,
    /// Those that are of no use now; what is collected takes others with it.
    pub snapshots: Vec<PathBuf>,
    pub downloads: Vec<PathBuf>,
    /// The command that removes what no root keeps.
    pub collect: Option<String>,
}

pub fn gc(options: &Options) -> Result<Freed> {
    let store = Store::open()?.until(options.deadline);
    let before = crate::paths::room(&store.cache).unwrap_or(0);
    let turn = store.cache.join("gc.lock");
    let cannot_lock = |error| Error::io("cannot lock", &turn, error);
    let _alone = Lock::try_exclusive(&turn).map_err(cannot_lock)?.ok_or_else(|| {
        cannot_lock(Errno::WOULDBLOCK.into()).help(
            "a build or what `lkmc nix` began is under way, perhaps in another terminal; try again when it is done",
        )
    })?;
    let mut freed = Freed::default();
    for root in superseded_roots(&store.cache) {
        freed.builds += usize::from(remove_root(&root)?);
    }
    if has_own_garbage(&store) {
        succeed(collection(store.command("nix-store")?), "collect garbage", options)?;
        remove_tree(&store.cache.join("build"))?;
    }
    let snapshots = useless_snapshots(&store);
    freed.snapshots = snapshots.len();
    snapshots.iter().try_for_each(|path| remove_tree(path))?;
    for download in unknown_downloads(&store)? {
        freed.downloads += usize::from(remove_locked(&download)?);
    }
    remove_nix_roots(&store)?;
    remove_lowered(&store)?;
    // GDB does not say which of its indexes it has used, and makes one again in seconds.
    remove_tree(&store.cache.join("gdb-index"))?;
    let after = crate::paths::room(&store.cache).unwrap_or(0);
    freed.bytes = after.saturating_sub(before);
    Ok(freed)
}

/// What [`gc`] would remove; removes nothing.
pub fn garbage() -> Result<Garbage> {
    let store = Store::open()?;
    let unused = |root: &PathBuf| is_free(&root_lock(root));
    let collect = match has_own_garbage(&store) {
        true => Some(process::show(&collection(store.described_command("nix-store")?))),
        false => None,
    };
    Ok(Garbage {
        builds: superseded_roots(&store.cache).into_iter().filter(unused).collect(),
        snapshots: useless_snapshots(&store),
        downloads: unknown_downloads(&store)?
            .into_iter()
            .filter(|download| is_free(&download.join("lock")))
            .collect(),
        collect,
    })
}

/// Whether there is a store that we may collect.
fn has_own_garbage(store: &Store) -> bool {
    store.is_private() && store.directory_of_store().exists()
}

fn collection(mut command: Command) -> Command {
    // Build-time inputs of the builds that stay: without them, the next small change would rebuild the whole toolbox.
    for option in ["keep-outputs", "keep-derivations"] {
        command.args(["--option", option, "true"]);
    }
    command.arg("--gc");
    command
}

/// What a root is of. It is called `PROFILE-ATTRIBUTE-PLACE.KEY`; without a place, `PROFILE-ATTRIBUTE-KEY`, if it is of a lowered
/// profile that the user keeps, or of a lkmc that knew no places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    what: &'a str,
    place: Option<&'a str>,
}

impl Group<'_> {
    fn of(root: &str) -> Group<'_> {
        let (what, key) = root.rsplit_once('-').unwrap_or((root, ""));
        let place = key.split_once('.').map(|(place, _)| place);
        Group { what, place }
    }
}

/// Of each group all roots but the newest, and that too if the profile is gone. One without a place may be of any place.
fn superseded_roots(cache: &Path) -> Vec<PathBuf> {
    let roots = &cache.join("roots");
    let mut names: BTreeSet<String> = BTreeSet::new();
    for path in children(roots) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let base = name
            .strip_suffix(".lock")
            .or(name.strip_suffix(".drv"))
            .unwrap_or(&name);
        names.insert(base.to_owned());
    }
    let mut groups: BTreeMap<Group, Vec<(bool, SystemTime, PathBuf)>> = BTreeMap::new();
    for name in &names {
        let written = |path: &Path| path.symlink_metadata().and_then(|metadata| metadata.modified()).ok();
        let (link, drv) = (roots.join(name), roots.join(format!("{name}.drv")));
        let output = written(&link);
        // One that was never built must not push out one that was. Those of shells have no output, and are equals.
        let time = output.or_else(|| written(&drv)).unwrap_or(SystemTime::UNIX_EPOCH);
        groups
            .entry(Group::of(name))
            .or_default()
            .push((output.is_some(), time, link));
    }
    groups.values_mut().for_each(|group| group.sort());
    let newest_of_any_place = |what: &str| {
        let placed = groups
            .iter()
            .filter(|(group, _)| group.what == what && group.place.is_some());
        placed.filter_map(|(_, roots)| roots.last()).max()
    };
    let stays = |group: &Group, newest| match group.place {
        Some(place) => !place::is_deserted(cache, place),
        None => newest_of_any_place(group.what) < Some(newest),
    };
    let superseded = groups.iter().flat_map(|(group, roots)| {
        let kept = roots.last().is_some_and(|newest| stays(group, newest));
        &roots[..roots.len() - usize::from(kept)]
    });
    superseded.map(|(_, _, link)| link.clone()).collect()
}

/// A root's link, with another ending.
fn beside(link: &Path, suffix: &str) -> PathBuf {
    let mut path = link.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn root_lock(link: &Path) -> PathBuf {
    beside(link, ".lock")
}

/// None if somebody has it.
fn lock_alone(lock: &Path) -> Option<Lock> {
    Lock::try_exclusive(lock).ok().flatten()
}

fn is_free(lock: &Path) -> bool {
    !lock.exists() || lock_alone(lock).is_some()
}

/// Removes a directory with the lock in it. False if somebody uses it.
fn remove_locked(directory: &Path) -> Result<bool> {
    let Some(_lock) = lock_alone(&directory.join("lock")) else {
        return Ok(false);
    };
    remove_tree(directory).map(|()| true)
}

/// False if somebody uses it.
fn remove_root(link: &Path) -> Result<bool> {
    let Some(_lock) = lock_alone(&root_lock(link)) else {
        return Ok(false);
    };
    for path in [link.to_owned(), beside(link, ".drv"), root_lock(link)] {
        remove_file(&path)?;
    }
    Ok(true)
}

/// A snapshot of a machine whose parts are gone can never be used again.
fn useless_snapshots(store: &Store) -> Vec<PathBuf> {
    let useless = |snapshot: &PathBuf| {
        // A file is a lock, which may have its owner.
        if snapshot.is_file() {
            return false;
        }
        match Key::read(snapshot) {
            Some(key) => key.store_paths().any(|path| !store.physical(path).exists()),
            // Perhaps somebody is writing it.
            None => !snapshot
                .metadata()
                .and_then(|metadata| metadata.modified())
                .is_ok_and(is_recent),
        }
    };
    let snapshots = children(&snapshots::directory(&store.cache));
    snapshots.into_iter().filter(useless).collect()
}

fn is_recent(time: SystemTime) -> bool {
    time.elapsed().is_ok_and(|age| age < Duration::from_secs(3600))
}

/// Downloads that neither the toolbox's lock file names any more nor a build that stays, and unfinished ones.
fn unknown_downloads(store: &Store) -> Result<Vec<PathBuf>> {
    let lock = store.lock()?;
    let locked = lock.all_files().into_iter().map(|file| file.sha256.clone());
    let wanted: BTreeSet<String> = locked.chain(files_of_builds(store)).collect();
    let unknown = |directory: &PathBuf| {
        let name = directory.file_name().and_then(|name| name.to_str());
        name.is_none_or(|name| !wanted.contains(name))
    };
    let downloads = children(&store.cache.join("downloads"));
    Ok(downloads.into_iter().filter(unknown).collect())
}

/// Hashes of what builds are made from. Packages for a root file system stand in the lock file of some profile.
fn files_of_builds(store: &Store) -> impl Iterator<Item = String> {
    let roots = children(&store.cache.join("roots")).into_iter();
    let drvs = roots.filter(|root| root.extension().is_some_and(|extension| extension == "drv"));
    let closure = |root: PathBuf| Closure::read(store, &std::fs::read_link(root).ok()?).ok();
    let nodes = drvs.filter_map(closure).flat_map(|closure| closure.nodes.into_values());
    nodes.filter_map(|node| Some(node.file()?.sha256))
}

/// Lowered profiles, unless a build that waits for us may just have written one.
fn remove_lowered(store: &Store) -> Result<()> {
    let old = |path: &Path| {
        let modified = path.metadata().and_then(|metadata| metadata.modified());
        path.extension().is_some_and(|extension| extension == "json") && !modified.is_ok_and(is_recent)
    };
    for path in children(&store.cache.join(place::LOWERED)) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if place::is_deserted(&store.cache, &name) {
            remove_tree(&path)?;
        }
        let lowered = children(&path).into_iter().chain([path]);
        lowered
            .filter(|path| old(path))
            .try_for_each(|path| remove_file(&path))?;
    }
    Ok(())
}

/// Older versions of the toolbox's Nix, unless somebody unpacks one just now. Who uses one builds, and then nothing is collected.
fn remove_nix_roots(store: &Store) -> Result<()> {
    let current = store.private_root_path()?;
    let roots = store.cache.join("nix-root");
    if !roots.exists() {
        return Ok(());
    }
    let Some(_lock) = lock_alone(&roots.join("lock")) else {
        return Ok(());
    };
    let old = children(&roots)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Roots are links, which have times of their own.
    fn link(path: &Path, age: u64) {
        std::os::unix::fs::symlink("/nix/store/gone", path).unwrap();
        let seconds = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs()
            - age;
        let time = rustix::fs::Timespec {
            tv_sec: seconds as i64,
            tv_nsec: 0,
        };
        let times = rustix::fs::Timestamps {
            last_access: time,
            last_modification: time,
        };
        rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }

    #[test]
    fn the_newest_root_stays_and_one_that_was_never_built_is_older_than_all() {
        let cache = tempfile::tempdir().unwrap();
        std::fs::create_dir(cache.path().join("roots")).unwrap();
        let path = |name: &str| cache.path().join("roots").join(name);
        for (name, age) in [("a-bundle-2", 20), ("a-bundle-1", 10), ("a-bundle-3.drv", 0)] {
            link(&path(name), age);
        }
        for (name, age) in [("a-shell-9.drv", 20), ("a-shell-1.drv", 10)] {
            link(&path(name), age);
        }
        assert_eq!(
            superseded_roots(cache.path()),
            [path("a-bundle-3"), path("a-bundle-2"), path("a-shell-9")]
        );
    }

    #[test]
    fn profiles_of_one_name_have_each_their_newest_root_while_they_are_there() {
        let cache = tempfile::tempdir().unwrap();
        let profile = |name: &str| {
            let directory = cache.path().join(name);
            std::fs::create_dir(&directory).unwrap();
            std::fs::write(directory.join("a.toml"), "").unwrap();
            let place = place::of_profile(cache.path(), &directory.join("a.toml")).unwrap();
            place.file_name().unwrap().to_string_lossy().into_owned()
        };
        let (one, other) = (profile("one"), profile("other"));
        std::fs::create_dir(cache.path().join("roots")).unwrap();
        let path = |name: &str| cache.path().join("roots").join(name);
        for (name, age) in [
            (format!("a-bundle-{one}.1"), 10),
            (format!("a-bundle-{one}.2"), 40),
            (format!("a-bundle-{other}.1"), 20),
            ("a-bundle-1".into(), 30),
            ("a-bundle-2".into(), 5),
            ("a-demo-x.c-1".into(), 50),
        ] {
            link(&path(&name), age);
        }
        let second = path(&format!("a-bundle-{one}.2"));
        assert_eq!(superseded_roots(cache.path()), [path("a-bundle-1"), second.clone()]);
        std::fs::remove_file(path("a-bundle-2")).unwrap();
        assert_eq!(superseded_roots(cache.path()), [path("a-bundle-1"), second.clone()]);
        std::fs::remove_file(cache.path().join("other/a.toml")).unwrap();
        let deserted = path(&format!("a-bundle-{other}.1"));
        let mut superseded = superseded_roots(cache.path());
        superseded.sort();
        let mut expected = [path("a-bundle-1"), second, deserted];
        expected.sort();
        assert_eq!(superseded, expected);
    }
}
