//! Which profile a build is of. Profiles of one name in several directories, or in several checkouts, have each their own builds,
//! and none is an older one of another.
//!
//! A profile's place in the cache is a directory for what it is lowered to, named by a hash of the profile's path. The path is kept
//! in it, so that builds of a profile that is gone can go too.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::hash::short_sha256;
use crate::kept;

/// Below the cache directory.
pub const LOWERED: &str = "lowered";
/// The profile's path, in its place.
const PROFILE: &str = "profile";
/// As many digits of the hash tell all profiles of one name apart.
const DIGITS: usize = 8;

/// A directory for what this profile is lowered to.
pub fn of_profile(cache: &Path, profile: &Path) -> Result<PathBuf> {
    let profile = profile.canonicalize().unwrap_or_else(|_| profile.to_owned());
    let path = profile.as_os_str().as_encoded_bytes();
    let place = cache.join(LOWERED).join(&short_sha256(path)[..DIGITS]);
    let kept = place.join(PROFILE);
    if std::fs::read(&kept).is_ok_and(|known| known == path) {
        return Ok(place);
    }
    kept::write(&kept, path).map_err(|error| Error::io("cannot write", &kept, error))?;
    Ok(place)
}

/// The name of the place in which this lowered profile lies. None for one that the user keeps.
pub fn of_lowered(cache: &Path, lowered: &Path) -> Option<String> {
    let place = lowered.parent()?;
    let ours = place.parent() == Some(&cache.join(LOWERED));
    ours.then(|| Some(place.file_name()?.to_str()?.to_owned())).flatten()
}

/// Whether the profile of a place is known to be gone.
pub fn is_deserted(cache: &Path, place: &str) -> bool {
    let path = std::fs::read(cache.join(LOWERED).join(place).join(PROFILE));
    path.is_ok_and(|path| !Path::new(&OsString::from_vec(path)).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_a_place_while_it_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let (cache, profile) = (directory.path().join("cache"), directory.path().join("a.toml"));
        std::fs::write(&profile, "").unwrap();
        let place = of_profile(&cache, &profile).unwrap();
        assert_eq!(of_profile(&cache, &directory.path().join("./a.toml")).unwrap(), place);
        let name = of_lowered(&cache, &place.join("0123.json")).unwrap();
        assert!(!is_deserted(&cache, &name));
        std::fs::remove_file(&profile).unwrap();
        assert!(is_deserted(&cache, &name));
        assert!(!is_deserted(&cache, "unknown"));
        assert_eq!(of_lowered(&cache, &directory.path().join("a.json")), None);
        assert_eq!(of_lowered(&cache, &cache.join("lowered/a.json")), None);
    }
}
