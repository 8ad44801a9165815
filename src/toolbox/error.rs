//! What can go wrong in several places of the toolbox.

use std::path::Path;
use std::time::Instant;

use crate::diag::{Error, Exit, Result};
use crate::host::interrupt::{self, Stop};

/// The error for a full disk under `path`, with what is free there now.
pub fn disk_full(path: &Path, needed: u64) -> Error {
    let available = crate::paths::room(path).unwrap_or(0);
    let message = format!(
        "the disk is full: {} needs {needed} bytes, {available} are free",
        path.display()
    );
    Error::infrastructure("lkmc::toolbox::disk_full", message).help(
        "free some space (`lkmc gc` removes old builds), or set LKMC_CACHE to a directory on a larger disk; \
         downloads resume where they stopped",
    )
}

/// An error once the user wants us to stop, or the time is over.
pub fn go_on(deadline: Option<Instant>) -> Result<()> {
    interrupt::go_on(deadline).map_err(|stop| match stop {
        Stop::Signal(signal) => Error::new(Exit::Interrupted(signal), "lkmc::toolbox::interrupted", "interrupted"),
        Stop::Deadline => timeout(),
    })
}

pub fn timeout() -> Error {
    let error = Error::timeout("lkmc::toolbox::timeout", "the time given with --timeout is over");
    error.help("what came so far is kept; the next run goes on from there")
}

pub fn no_mirror() -> Error {
    let error = Error::infrastructure("lkmc::toolbox::no_mirror", "no Debian mirror is known on this machine");
    error.help(
        "set LKMC_DEBIAN_MIRROR to the base address of one, as in http://HOST/debian (several: separate by spaces)",
    )
}

pub fn no_security_mirror() -> Error {
    let message = "no mirror of Debian's security updates is known on this machine";
    Error::infrastructure("lkmc::toolbox::no_mirror", message).help(
        "name one in LKMC_DEBIAN_MIRROR besides, as in \"http://HOST/debian http://HOST/debian-security\"; what is called \
         otherwise than `debian` says nothing of where they are",
    )
}

pub fn bad_deb(path: &Path, message: impl std::fmt::Display) -> Error {
    let message = format!(
        "{} is not a Debian package that can be unpacked: {message}",
        path.display()
    );
    Error::infrastructure("lkmc::toolbox::bad_deb", message)
}
