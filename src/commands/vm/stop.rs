//! `lkmc vm stop`.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::cli::Global;
use crate::diag::{Error, Result};
use crate::guest::client;
use crate::run;
use crate::run_directory;
use crate::run_directory::id;
use crate::run_directory::state::State;

use super::{connect, soon, unreachable_guest};

pub fn stop(global: &Global, path: &Path) -> Result<ExitCode> {
    const LIMIT: Duration = Duration::from_secs(15);
    let id = id::of(path);
    if let Some(mut record) = run_directory::read_record(path).filter(|record| State::of(path, record) == State::Stale)
    {
        run::conclude_abandoned(path, &mut record)?;
        eprintln!("lkmc: run {id} had ended already: its owner was killed");
        return Ok(ExitCode::SUCCESS);
    }
    let agent = connect(global, path)?;
    match agent.stop(soon(global)) {
        // It may be gone before it has answered.
        Ok(()) | Err(client::Error::Lost) => {}
        Err(error) => return Err(unreachable_guest(&id, error)),
    }
    let deadline = Instant::now() + global.timeout.unwrap_or(LIMIT);
    if !run_directory::wait(path, Some(deadline)) {
        return Err(Error::timeout(
            "lkmc::vm::stop",
            format!("run {id} did not end in time"),
        ));
    }
    Ok(ExitCode::SUCCESS)
}
