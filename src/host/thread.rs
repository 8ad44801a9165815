//! Threads that nobody joins.

use crate::diag::{Error, Result};

/// It ends by itself, when what it waits for ends.
pub fn spawn_thread(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = std::thread::Builder::new().name(name.into()).spawn(body);
    spawned
        .map(drop)
        .map_err(|error| Error::infrastructure("lkmc::run::thread", "cannot start a thread").cause(error))
}
