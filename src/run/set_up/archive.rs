//! Files of the host, packed for a guest to unpack.

use std::path::{Path, PathBuf};

/// The files of host directories: the same bytes whoever has them, in whatever order they lie on the disk, because a simulation
/// executes what it takes to unpack them.
pub fn of_directories(directories: &[PathBuf]) -> Result<Vec<u8>, String> {
    let mut archive = tar::Builder::new(Vec::new());
    // A linker leaves holes in what it writes; busybox's tar does not know entries with holes.
    archive.sparse(false);
    archive.mode(tar::HeaderMode::Deterministic);
    archive.follow_symlinks(false);
    for directory in directories {
        let added = append_sorted(&mut archive, directory, Path::new(""));
        added.map_err(|error| format!("cannot read {}: {error}", directory.display()))?;
    }
    archive.into_inner().map_err(cannot_pack)
}

fn append_sorted(archive: &mut tar::Builder<Vec<u8>>, directory: &Path, below: &Path) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(directory)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let (path, name) = (entry.path(), below.join(entry.file_name()));
        match entry.file_type()?.is_dir() {
            true => {
                archive.append_dir(&name, &path)?;
                append_sorted(archive, &path, &name)?;
            }
            false => archive.append_path_with_name(&path, &name)?,
        }
    }
    Ok(())
}

/// Files of the host, each under another name.
pub fn of_files(files: &[(PathBuf, PathBuf)]) -> Result<Vec<u8>, String> {
    let mut archive = tar::Builder::new(Vec::new());
    archive.sparse(false);
    for (name, file) in files {
        let added = archive.append_path_with_name(file, name);
        added.map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    }
    archive.into_inner().map_err(cannot_pack)
}

fn cannot_pack(error: std::io::Error) -> String {
    format!("cannot pack the files for the guest: {error}")
}
