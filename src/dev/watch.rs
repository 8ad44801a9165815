//! Notices when a source file is saved.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode};

use crate::demo::language;
use crate::diag::{Error, Result};

/// An editor that writes in several steps gets this long between two of them.
const QUIET: Duration = Duration::from_millis(15);

/// Watches the directories of the files, because many editors replace a file by a new one.
pub struct Watcher {
    watcher: RecommendedWatcher,
    /// Numbers of the inodes: that of a directory which was made anew is another one, and not watched yet.
    watched: BTreeMap<PathBuf, u64>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    files: BTreeSet<PathBuf>,
    /// Files below these count too: a directory with a Kbuild file of the user's.
    trees: Vec<PathBuf>,
    /// All of them lie in these.
    directories: BTreeSet<PathBuf>,
    /// First and last save that nobody has asked for yet.
    saved: Option<(Instant, Instant)>,
}

impl Watcher {
    /// `wake` is called after each save, from another thread.
    pub fn new(wake: impl Fn() + Send + 'static) -> Result<Watcher> {
        let shared: Arc<Mutex<Shared>> = Arc::default();
        let of_thread = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if !is_save(event.kind) {
                return;
            }
            let mut shared = of_thread.lock().unwrap_or_else(PoisonError::into_inner);
            if event.paths.iter().any(|path| shared.counts(path)) {
                let now = Instant::now();
                let first = shared.saved.map_or(now, |(first, _)| first);
                shared.saved = Some((first, now));
                drop(shared);
                wake();
            }
        });
        Ok(Watcher {
            watcher: watcher.map_err(failed)?,
            watched: BTreeMap::new(),
            shared,
        })
    }

    /// From now on it is these files that count.
    pub fn follow(&mut self, files: &[PathBuf], trees: &[PathBuf]) -> Result<()> {
        let parents = files.iter().filter_map(|file| file.parent());
        let directories: BTreeSet<PathBuf> = parents
            .chain(trees.iter().map(PathBuf::as_path))
            .map(Path::to_owned)
            .collect();
        {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.files = files.iter().cloned().collect();
            shared.trees = trees.to_vec();
            shared.directories.clone_from(&directories);
        }
        for directory in &directories {
            self.watch(directory)?;
            // Who replaces a whole directory does it in the one above.
            directory.parent().map_or(Ok(()), |above| self.watch(above))?;
        }
        Ok(())
    }

    fn watch(&mut self, directory: &Path) -> Result<()> {
        let Ok(number) = directory.metadata().map(|metadata| metadata.ino()) else {
            // The one above tells when it is there again.
            self.watched.remove(directory);
            return Ok(());
        };
        if self.watched.insert(directory.to_owned(), number) != Some(number) {
            notify::Watcher::watch(&mut self.watcher, directory, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        Ok(())
    }

    /// When the oldest save was that has not been asked for, once no more come.
    pub fn saved(&self) -> Option<Instant> {
        loop {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (first, last) = shared.saved?;
            let rest = QUIET.saturating_sub(last.elapsed());
            if rest.is_zero() {
                shared.saved = None;
                return Some(first);
            }
            drop(shared);
            std::thread::sleep(rest);
        }
    }
}

impl Shared {
    fn counts(&self, path: &Path) -> bool {
        // Editors write backups and lock files beside a source; builds of the user's write objects.
        let source = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            language::is_compiled(name) || language::is_header(path) || ["Kbuild", "Makefile"].contains(&name)
        };
        let below = |tree: &PathBuf| path.starts_with(tree) && source(path);
        let made_anew = self.directories.contains(path) && path.is_dir();
        self.files.contains(path) || self.trees.iter().any(below) || made_anew
    }
}

fn is_save(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Create(_)
            | EventKind::Modify(ModifyKind::Name(_))
            | EventKind::Access(AccessKind::Close(AccessMode::Write))
    )
}

fn failed(error: notify::Error) -> Error {
    Error::infrastructure("lkmc::dev::no_watch", "the source files cannot be watched")
        .cause(error)
        .help("the number of watches is limited: /proc/sys/fs/inotify/max_user_watches and max_user_instances")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saves_within(watcher: &Watcher, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if watcher.saved().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    #[test]
    fn saves_of_all_kinds_are_noticed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let file = root.join("hello.c");
        std::fs::write(&file, "1").unwrap();
        let mut watcher = Watcher::new(|| {}).unwrap();
        watcher.follow(std::slice::from_ref(&file), &[]).unwrap();
        std::fs::write(&file, "2").unwrap();
        assert!(saves_within(&watcher, Duration::from_secs(5)));
        // A new file in the place of the old one.
        std::fs::write(root.join("hello.c~"), "3").unwrap();
        assert!(!saves_within(&watcher, Duration::from_millis(100)));
        std::fs::rename(root.join("hello.c~"), &file).unwrap();
        assert!(saves_within(&watcher, Duration::from_secs(5)));
        std::fs::read(&file).unwrap();
        assert!(!saves_within(&watcher, Duration::from_millis(100)));
    }

    #[test]
    fn a_directory_that_is_made_anew_is_watched_again() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap().join("driver");
        let file = root.join("hello.c");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(&file, "1").unwrap();
        let mut watcher = Watcher::new(|| {}).unwrap();
        watcher.follow(std::slice::from_ref(&file), &[]).unwrap();
        std::fs::rename(&root, root.with_extension("old")).unwrap();
        std::fs::create_dir(&root).unwrap();
        std::fs::write(&file, "2").unwrap();
        assert!(saves_within(&watcher, Duration::from_secs(5)));
        watcher.follow(std::slice::from_ref(&file), &[]).unwrap();
        std::fs::write(&file, "3").unwrap();
        assert!(saves_within(&watcher, Duration::from_secs(5)));
        // While it is not there it is waited for.
        std::fs::remove_dir_all(&root).unwrap();
        watcher.follow(std::slice::from_ref(&file), &[]).unwrap();
        while watcher.saved().is_some() {}
        std::fs::create_dir(&root).unwrap();
        assert!(saves_within(&watcher, Duration::from_secs(5)));
        watcher.follow(std::slice::from_ref(&file), &[]).unwrap();
        std::fs::write(&file, "4").unwrap();
        assert!(saves_within(&watcher, Duration::from_secs(5)));
    }
}
