//! A program of the host's own architecture as a process of the host, on the toolbox's libc.
//!
//! A program names its dynamic loader by an absolute path, and the toolbox's lies where the user's cache is. So the program is
//! linked with a path of many zeros (nix/demo-dynamic.sh), and gets the real one when it is copied to where it is run.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};

use super::SessionFiles;
use super::kit::BuiltKit;

/// What the reserved loader path begins with; zeros follow.
const RESERVED: &[u8] = b"/lkmc-loader0000";

/// Copies a program to a directory from which it finds its loader and its libraries.
pub fn install(program: &Path, files: &SessionFiles, kit: &BuiltKit) -> Result<PathBuf> {
    let read = |error| Error::io("cannot read", program, error);
    let mut bytes = std::fs::read(program).map_err(read)?;
    let loader = kit.loader();
    if !set_loader(&mut bytes, loader.as_os_str().as_bytes()) {
        let message = format!("{} has no room for the path of its loader", program.display());
        return Err(Error::infrastructure("lkmc::debuggee::loader", message)
            .help(format!("the path is {}: a shorter LKMC_CACHE helps", loader.display())));
    }
    let copy = files.path().join(program.file_name().unwrap_or_default());
    files.write(&copy, &bytes)?;
    let libraries = files.path().join("lib");
    symlink(kit.libraries(), &libraries).map_err(|error| Error::io("cannot create", &libraries, error))?;
    Ok(copy)
}

/// Overwrites the reserved loader path; false if it is too short. A program without a libc has no loader.
fn set_loader(bytes: &mut [u8], loader: &[u8]) -> bool {
    let Some(start) = bytes.windows(RESERVED.len()).position(|window| window == RESERVED) else {
        return true;
    };
    let length = bytes[start..].iter().take_while(|&&byte| byte != 0).count();
    let place = &mut bytes[start..start + length];
    if loader.len() > place.len() {
        return false;
    }
    place.fill(0);
    place[..loader.len()].copy_from_slice(loader);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_takes_the_place_reserved_for_it() {
        let program = [b"\x7fELF\0", RESERVED, b"0000000\0rest"].concat();
        let mut bytes = program.clone();
        assert!(set_loader(&mut bytes, b"/lib/ld.so"));
        assert_eq!(bytes.len(), program.len());
        assert!(bytes.starts_with(b"\x7fELF\0/lib/ld.so\0\0") && bytes.ends_with(b"\0\0rest"));
        let patched = bytes.clone();
        assert!(set_loader(&mut bytes, b"/lib/ld.so"), "there is none to be set");
        assert_eq!(bytes, patched);
        assert!(!set_loader(&mut program.clone(), &[b'x'; 24]), "too long");
    }
}
