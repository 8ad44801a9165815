//! `lkmc nix`: the `nix` that lkmc uses, for what lkmc itself has no command for, such as `nix develop` on a machine without Nix.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;

use super::store::Store;
use crate::diag::{Error, Result};

/// Becomes nix, so it returns only if something went wrong.
pub fn plain(arguments: &[OsString]) -> Result<std::convert::Infallible> {
    let mut command = Store::open()?.command("nix")?;
    command
        .args(["--extra-experimental-features", "nix-command flakes"])
        .args(arguments);
    let error = command.exec();
    Err(Error::infrastructure("lkmc::nix::cannot_run", "cannot run nix").cause(error))
}
