//! What every Nix store has in common: where it is, and what its names are made of; and where one of them lies on the disk.

use std::path::{Path, PathBuf};

/// Where every store is, to those who use it.
pub const STORE: &str = "/nix/store";

/// Where the paths of a store lie on this machine's disk.
#[derive(Clone, Debug)]
pub struct StoreOnDisk {
    /// None: where they say.
    directory: Option<PathBuf>,
}

impl StoreOnDisk {
    /// The store of the host; and what was made without any, whose paths are taken as they are.
    pub const AS_NAMED: StoreOnDisk = StoreOnDisk { directory: None };

    /// One whose `/nix/store` is this directory.
    pub fn at(directory: impl Into<PathBuf>) -> StoreOnDisk {
        StoreOnDisk {
            directory: Some(directory.into()),
        }
    }

    /// Where a path of the store lies. Other paths stay what they are.
    pub fn physical(&self, path: &Path) -> PathBuf {
        match (&self.directory, path.strip_prefix(STORE)) {
            (Some(directory), Ok(rest)) => directory.join(rest),
            _ => path.to_owned(),
        }
    }
}

/// A text as a name in the store, which takes few characters.
pub fn plain_name(text: &str) -> String {
    let plain = |c: char| match c.is_ascii_alphanumeric() || "+._-".contains(c) {
        true => c,
        false => '-',
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_store_lie_elsewhere() {
        let store = StoreOnDisk::at("/cache/store");
        for (path, physical) in [
            ("/nix/store/x/bin", "/cache/store/x/bin"),
            ("/nix/storeroom", "/nix/storeroom"),
            ("/home/me/linux", "/home/me/linux"),
        ] {
            assert_eq!(store.physical(Path::new(path)), Path::new(physical));
            assert_eq!(StoreOnDisk::AS_NAMED.physical(Path::new(path)), Path::new(path));
        }
        assert_eq!(store.physical(Path::new(STORE)), Path::new("/cache/store"));
    }
}
