//! The `debian` toolbox: which packages it is made of ([`manifest`]), exactly which files those are ([`lock`]), how the
//! lock is written ([`apt`]) and how its files get here ([`download`], [`deb`]). Packages for root file systems of guests are
//! [chosen](resolve) in the same way, and have [lock files of their own](crate::debian::package_lock).

pub(crate) mod apt;
pub(crate) mod check;
pub mod deb;
pub mod download;
mod error;
pub(crate) mod index;
pub mod lock;
pub(crate) mod manifest;
pub mod mirror;
pub mod resolve;
pub(crate) mod update;

use std::path::{Path, PathBuf};

pub use error::go_on;
pub use lock::Lock;
pub use manifest::Manifest;

/// The directory that holds the manifest and the lock file.
pub fn directory(repository: &Path) -> PathBuf {
    repository.join("nix/toolbox/debian")
}
