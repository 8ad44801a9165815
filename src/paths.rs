//! Where things are: the checkout, the cache, the run directories. Nothing is written anywhere else.

use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};

/// The checkout: `LKMC_ROOT`, else the nearest directory above the executable, else above the working directory.
///
/// The executable comes first because a binary belongs to the checkout that it was built from.
pub fn repository() -> Result<PathBuf> {
    if let Some(root) = non_empty("LKMC_ROOT") {
        // Without links, so that paths inside it are known to be.
        let root = root.canonicalize().unwrap_or(root);
        return if is_checkout(&root) {
            Ok(root)
        } else {
            let message = format!(
                "LKMC_ROOT={} is not an lkmc checkout: it lacks `profiles/` or `nix/`",
                root.display()
            );
            let error = Error::infrastructure("lkmc::paths::bad_root", message);
            Err(error.help("set LKMC_ROOT to the directory of the checkout, or unset it"))
        };
    }
    let above_exe = std::env::current_exe().ok().and_then(|exe| above(&exe));
    above_exe
        .or_else(|| std::env::current_dir().ok().and_then(|cwd| above(&cwd)))
        .ok_or_else(|| {
            let message = "cannot find the lkmc checkout (a directory with `profiles/` and `nix/`)";
            let error = Error::infrastructure("lkmc::paths::no_checkout", message);
            error.help("run lkmc inside the checkout, or set LKMC_ROOT to its directory")
        })
}

/// This program, to be started again: by its name while that leads to it, else by what the kernel still holds.
///
/// A `cargo build` replaces the file under an `lkmc` that runs for hours, and another version need not understand this one's
/// requests.
pub fn ourselves() -> PathBuf {
    use std::os::unix::fs::MetadataExt;
    let held = Path::new("/proc/self/exe");
    let identity = |path: &Path| path.metadata().ok().map(|file| (file.dev(), file.ino()));
    std::env::current_exe()
        .ok()
        .filter(|named| identity(named) == identity(held))
        .unwrap_or_else(|| held.to_owned())
}

/// The cache directory, created, known to be writable.
pub fn cache() -> Result<PathBuf> {
    let path = cache_path().ok_or_else(|| {
        let message = "there is no place for the cache: LKMC_CACHE is not set, and neither XDG_CACHE_HOME nor HOME is an absolute path";
        let error = Error::infrastructure("lkmc::paths::no_cache", message);
        error.help("set LKMC_CACHE to a directory with a few GB to spare")
    })?;
    let not_writable = |why: std::io::Error| {
        let message = format!("the cache directory {} cannot be written: {why}", path.display());
        let error = Error::infrastructure("lkmc::paths::cache_not_writable", message);
        error.help("set LKMC_CACHE to a directory that you can write, with a few GB to spare")
    };
    make_writable(&path).map_err(not_writable)?;
    Ok(path)
}

/// The directory is there, and files can be made in it.
pub fn make_writable(directory: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind;
    std::fs::create_dir_all(directory).map_err(|error| match error.kind() {
        // Something else has its name.
        ErrorKind::AlreadyExists => ErrorKind::NotADirectory.into(),
        _ => error,
    })?;
    Ok(rustix::fs::access(
        directory,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    )?)
}

/// Where the cache would be; may not exist.
pub fn cache_path() -> Option<PathBuf> {
    // A relative one would make a cache of some GB wherever somebody happens to be.
    let absolute = |variable| non_empty(variable).filter(|path| path.is_absolute());
    let path = non_empty("LKMC_CACHE")
        .or_else(|| absolute("XDG_CACHE_HOME").map(|caches| caches.join("lkmc")))
        .or_else(|| absolute("HOME").map(|home| home.join(".cache/lkmc")))?;
    std::path::absolute(path).ok()
}

/// Parent of all run directories; may not exist yet.
pub fn runs() -> Result<PathBuf> {
    Ok(repository()?.join("out/run"))
}

/// Studies of `lkmc bench`.
pub fn benches() -> Result<PathBuf> {
    Ok(repository()?.join("out/bench"))
}

/// Bytes that an ordinary user may still write on the file system of `path` or of its nearest existing parent.
pub fn room(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|ancestor| ancestor.exists())?;
    let stat = rustix::fs::statvfs(existing).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Bytes that a file or all of a directory takes on its disk. Links are not followed; what cannot be read counts nothing.
pub fn occupied(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    // What `stat` counts in, whatever the file system does.
    const BLOCK: u64 = 512;
    let Ok(metadata) = path.symlink_metadata() else {
        return 0;
    };
    let inside = match metadata.is_dir() {
        true => std::fs::read_dir(path).into_iter().flatten().flatten(),
        false => return metadata.blocks() * BLOCK,
    };
    metadata.blocks() * BLOCK + inside.map(|entry| occupied(&entry.path())).sum::<u64>()
}

fn non_empty(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn above(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|directory| is_checkout(directory))
        .map(Path::to_owned)
}

fn is_checkout(directory: &Path) -> bool {
    directory.join("profiles").is_dir() && directory.join("nix").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_and_targets_of_links_take_no_room() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| std::fs::File::create(directory.path().join(name)).unwrap();
        std::fs::create_dir(directory.path().join("run")).unwrap();
        let empty = occupied(&directory.path().join("run"));
        std::fs::write(directory.path().join("image"), vec![1; 1 << 20]).unwrap();
        std::os::unix::fs::symlink("../image", directory.path().join("run/image")).unwrap();
        file("run/hole").set_len(1 << 30).unwrap();
        std::fs::write(directory.path().join("run/log"), vec![1; 1 << 16]).unwrap();
        let taken = occupied(&directory.path().join("run")) - empty;
        assert!((1 << 16..1 << 20).contains(&taken), "{taken}");
        assert_eq!(occupied(&directory.path().join("gone")), 0);
    }

    #[test]
    fn walks_up_to_the_checkout() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir_all(root.join("profiles/fragments")).unwrap();
        assert_eq!(above(&root.join("profiles/fragments")), None, "nix/ is missing");
        std::fs::create_dir(root.join("nix")).unwrap();
        assert_eq!(above(&root.join("profiles/fragments")).as_deref(), Some(root));
    }
}
