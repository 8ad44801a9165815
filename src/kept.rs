//! Files that are there whole or not at all: a reader never finds half of one, whoever else writes it and however that ends.

use std::io::{Result, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Puts these bytes in the place of what was there, by rename.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// The same for a file of the user's: its permissions stay, and a link to it leads on to it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::create_dir_all(directory(path))?;
    let (target, mut file) = beside(path)?;
    file.write_all(bytes)?;
    let mode = target
        .metadata()
        .map_or_else(|_| new_file_mode(), |known| known.permissions());
    file.as_file().set_permissions(mode)?;
    file.persist(&target)?;
    Ok(())
}

/// The error that [`replace`] would end with, found out before the bytes are known. The directory has to be there.
pub fn can_replace(path: &Path) -> Result<()> {
    beside(path).map(drop)
}

/// The file that a path leads to, and a new one in the same directory.
fn beside(path: &Path) -> Result<(PathBuf, tempfile::NamedTempFile)> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let file = tempfile::NamedTempFile::new_in(directory(&target))?;
    Ok((target, file))
}

/// The directory that a file is in, also if its path is only a name.
pub fn directory(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// A temporary file is private; one that is kept is as any other that the user makes.
fn new_file_mode() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    std::fs::Permissions::from_mode(0o666 & !mask.bits())
}

/// Keeps a value for [`recall`].
pub fn remember<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    write(path, &serde_json::to_vec(value)?)
}

/// What was kept; nothing if it cannot be read any more, which is as good as never having been kept.
pub fn recall<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_a_file_can_be_replaced_is_known_beforehand() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.json");
        can_replace(&path).unwrap();
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
        assert!(can_replace(&path.join("b.json")).is_err());
        assert_eq!(directory(Path::new("a.json")), Path::new("."));
        assert_eq!(directory(&path), place.path());
    }

    #[test]
    fn what_is_kept_is_recalled_and_what_is_spoilt_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("not/yet/there.json");
        assert_eq!(recall::<Vec<u32>>(&path), None);
        remember(&path, &vec![1, 2]).unwrap();
        remember(&path, &vec![3]).unwrap();
        assert_eq!(recall(&path), Some(vec![3]));
        std::fs::write(&path, "[3").unwrap();
        assert_eq!(recall::<Vec<u32>>(&path), None);
        // No temporary file is left beside it.
        let beside = std::fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(beside.count(), 1);
    }
}
