//! Evaluation: from a lowered profile to a derivation, or from memory when nothing changed.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::diag::{Error, Result};
use crate::hash::Framed;
use crate::kept;
use crate::lower::Lowered;
use crate::store_path::{STORE, plain_name};

use super::built::Built;
use super::process::{listen, remedy};
use super::roots::{Root, RootLock};
use super::store::Store;
use super::{Options, place, process};

/// The derivation of an attribute, kept by a root.
pub(super) fn instantiate(
    store: &Store,
    lowered: &Path,
    attr: &str,
    root: &Path,
    options: &Options,
) -> Result<PathBuf> {
    let mut command = store.command("nix-instantiate")?;
    add_arguments(&mut command, store, lowered, attr);
    command.arg("--add-root").arg(root).arg("--indirect");
    let stdout = evaluate(command, &format!("`{attr}`"), lowered, options)?;
    let link = stdout
        .lines()
        .next()
        .unwrap_or_default()
        .split('!')
        .next()
        .unwrap_or_default();
    let drv = if Path::new(link).starts_with(STORE) {
        Ok(PathBuf::from(link))
    } else {
        std::fs::read_link(link)
    };
    drv.map_err(|error| Error::io("cannot read the link", Path::new(link), error))
}

/// The standard output of an evaluation.
pub(super) fn evaluate(command: Command, what: &str, lowered: &Path, options: &Options) -> Result<String> {
    let (finished, said) = listen(command, options)?;
    if finished.status.success() {
        return Ok(finished.stdout);
    }
    let message = format!("cannot evaluate {what} of {}", lowered.display());
    let error = Error::infrastructure("lkmc::nix::evaluation_failed", message);
    Err(error
        .help(remedy(&said).unwrap_or_else(|| "with --verbose, the command is printed".to_owned()))
        .cause(said))
}

fn add_arguments(command: &mut Command, store: &Store, lowered: &Path, attr: &str) {
    command
        .arg(store.repository.join("nix/default.nix"))
        .args(["--argstr", "lowered"])
        .arg(lowered)
        .args(["-A", attr]);
}

/// The commands of a build, for a user to paste.
pub fn dry_run(lowered: &Path, attr: &str) -> Result<String> {
    let store = Store::open()?;
    let mut instantiate = store.described_command("nix-instantiate")?;
    add_arguments(&mut instantiate, &store, lowered, attr);
    let mut realise = store.described_command("nix-store")?;
    realise.arg("--realise");
    Ok(format!(
        "{} \"$({})\"",
        process::show(&realise),
        process::show(&instantiate)
    ))
}

/// Everything that an evaluation depends on.
pub(super) struct Key {
    profile: String,
    place: Option<String>,
    pub hash: String,
}

/// What the expressions read besides the lowered profile.
const EVALUATION_INPUTS: &[&str] = &["nix", "guest", "qemu", "rootfs_overlay", "baremetal/lib", "flake.lock"];

impl Key {
    pub fn new(store: &Store, lowered: &Path, attr: &str) -> Result<Key> {
        let text = std::fs::read(lowered).map_err(|error| Error::io("cannot read", lowered, error))?;
        let profile: Lowered = serde_json::from_slice(&text).map_err(|error| {
            let message = format!("{} is not a lowered profile", lowered.display());
            Error::usage("lkmc::nix::bad_lowered", message)
                .cause(error)
                .help("`lkmc profile lower NAME` prints that of a profile")
        })?;
        let mut hash = Framed::default();
        for part in [store.identity().as_bytes(), attr.as_bytes(), &text] {
            hash.add(part);
        }
        for file in EVALUATION_INPUTS.iter().copied().chain(profile.files()) {
            hash_tree(&store.repository.join(file), &mut hash)?;
        }
        for source in profile.large_files() {
            let tree = store.repository.join(source);
            stamp_tree(&tree, &UNBUILT, &mut hash).map_err(|error| Error::io("cannot read", &tree, error))?;
        }
        Ok(Key {
            profile: profile.name,
            place: place::of_lowered(&store.cache, lowered),
            hash: hash.finish(),
        })
    }

    /// The key of something that also depends on `what` and on these files.
    pub fn with(&self, what: &str, files: impl Iterator<Item = PathBuf>) -> Result<Key> {
        let mut hash = Framed::default();
        hash.add(&self.hash);
        hash.add(what);
        for file in files {
            hash_tree(&file, &mut hash)?;
        }
        Ok(Key {
            profile: self.profile.clone(),
            place: self.place.clone(),
            hash: hash.finish(),
        })
    }

    /// As a collection reads it: see `nix/gc.rs`.
    pub fn root_name(&self, attr: &str) -> String {
        let place = self.place.as_ref().map_or(String::new(), |place| format!("{place}."));
        format!("{}-{attr}-{place}{}", plain_name(&self.profile), &self.hash[..16])
    }
}

/// Names, kinds, executable bits and contents, in a fixed order. A tree that is not there counts as empty.
fn hash_tree(path: &Path, hash: &mut Framed) -> Result<()> {
    let unreadable = |error| Error::io("cannot read", path, error);
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        result => result.map_err(unreadable)?,
    };
    hash.add(path.as_os_str().as_encoded_bytes());
    if metadata.is_dir() {
        let children = std::fs::read_dir(path).and_then(|entries| {
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            paths.collect::<std::io::Result<Vec<_>>>()
        });
        let mut children = children.map_err(unreadable)?;
        children.sort();
        children.iter().try_for_each(|child| hash_tree(child, hash))
    } else if metadata.is_symlink() {
        let target = std::fs::read_link(path).map_err(unreadable)?;
        hash.add(target.as_os_str().as_encoded_bytes());
        Ok(())
    } else if !metadata.is_file() {
        let message = format!("{} is neither a file, nor a directory, nor a link", path.display());
        Err(Error::usage("lkmc::nix::special_file", message)
            .help("nothing is built from sockets, named pipes and devices; the guest makes its own in /dev"))
    } else {
        let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0;
        hash.add([u8::from(executable)]);
        hash.add(std::fs::read(path).map_err(unreadable)?);
        Ok(())
    }
}

/// What nix/gem5-source.nix leaves out.
const UNBUILT: [&str; 3] = [".git", "build", "tests"];

/// Names, sizes and times, of a tree whose contents take too long to read before each run.
fn stamp_tree(path: &Path, passed: &[&str], hash: &mut Framed) -> std::io::Result<()> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        result => result?,
    };
    hash.add(path.as_os_str().as_encoded_bytes());
    if !metadata.is_dir() {
        for part in [metadata.size() as i64, metadata.mtime(), metadata.mtime_nsec()] {
            hash.add(part.to_le_bytes());
        }
        return Ok(());
    }
    let children = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    let passed = |name: &std::ffi::OsStr| passed.iter().any(|other| name == *other);
    let mut children: Vec<PathBuf> = children
        .iter()
        .filter(|child| !passed(&child.file_name()))
        .map(std::fs::DirEntry::path)
        .collect();
    children.sort();
    children.iter().try_for_each(|child| stamp_tree(child, &[], hash))
}

/// The result of an evaluation and build, remembered.
#[derive(Serialize, Deserialize)]
pub(super) struct Known {
    pub out: PathBuf,
    pub drv: PathBuf,
}

impl Known {
    pub fn path(store: &Store, key: &Key) -> PathBuf {
        store.cache.join("eval").join(format!("{}.json", key.hash))
    }

    pub fn read(path: &Path) -> Option<Known> {
        kept::recall(path)
    }

    /// The root still points at the output, and the output is there. Then it counts as the newest of its profile's.
    pub fn holds(&self, store: &Store, root: &Root) -> bool {
        let holds =
            std::fs::read_link(&root.link).is_ok_and(|target| target == self.out) && store.physical(&self.out).exists();
        if holds {
            root.refresh();
        }
        holds
    }

    /// Itself, of which this is known too.
    pub fn built<T>(self, content: T, store: &Store, lock: RootLock) -> Built<T> {
        Built {
            content,
            out: self.out,
            drv: Some(self.drv),
            store: store.on_disk(),
            lock,
        }
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        kept::remember(path, self).map_err(|error| Error::io("cannot write", path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_pipe_is_named_and_nobody_waits_for_its_writer() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::write(tree.path().join("file"), "text").unwrap();
        assert!(hash_tree(tree.path(), &mut Framed::default()).is_ok());
        let pipe = tree.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let error = hash_tree(tree.path(), &mut Framed::default()).unwrap_err();
        assert_eq!(error.exit.status(), 2);
        assert!(error.to_string().contains(&pipe.display().to_string()), "{error}");
    }

    #[test]
    fn an_edit_of_gem5s_sources_is_noticed_and_a_build_of_them_is_not() {
        let tree = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = tree.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let stamp = || {
            let mut hash = Framed::default();
            stamp_tree(tree.path(), &UNBUILT, &mut hash).unwrap();
            hash.finish()
        };
        write("src/cpu/minor/cpu.cc", "old");
        let before = stamp();
        write("build/ARM/gem5.opt", "binary");
        write(".git/HEAD", "ref");
        assert_eq!(stamp(), before);
        write("src/cpu/minor/cpu.cc", "newer");
        let edited = stamp();
        assert_ne!(edited, before);
        write("src/build/a.cc", "only the top's are passed over");
        assert_ne!(stamp(), edited);
    }
}
