//! `lkmc nix`: the `nix` that lkmc uses, for what lkmc itself has no command for, such as `nix develop` on a machine without Nix.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;

use super::roots::{building, hand_on};
use super::store::Store;
use crate::diag::{Error, Result};

/// Becomes nix, so it returns only if something went wrong.
pub fn plain(arguments: &[OsString]) -> Result<std::convert::Infallible> {
    let store = Store::open()?;
    let mut command = store.command("nix")?;
    let mut lock = None;
    if store.is_private() {
        // Nix protects what it uses by its process number, which means nothing to a collection with process numbers of its own.
        hand_on(lock.insert(building(&store)?))?;
        // The directory of builds is swept by the next build that finds nobody building; what a shell was given must stay.
        command.env("TMPDIR", store.cache.join("nix-home"));
    }
    command
        .args(["--extra-experimental-features", "nix-command flakes"])
        .args(arguments);
    let error = command.exec();
    drop(lock);
    Err(Error::infrastructure("lkmc::nix::cannot_run", "cannot run nix").cause(error))
}
