//! `lkmc profile run --record`: what of an ordinary run's options a recording takes.

use std::io::Read;
use std::time::Duration;

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::events::streams::Input;
use crate::recording::limits;
use crate::run::{Errand, Task};
use crate::wanted::Wanted;

/// How long standard input may take to end, unless --timeout says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);
/// It becomes a file in the guest's memory.
const MOST: u64 = 64 << 20;

/// Before anything is built.
pub fn check(arguments: &cli::Run, wanted: &Wanted) -> Result<()> {
    if arguments.command.is_empty() && arguments.guest.script.is_none() {
        return Err(limits::refused(
            "a shell",
            "lkmc hands the command over before the guest starts",
            "give a command after `--`, or --script FILE",
        ));
    }
    limits::check(&wanted.profile, !wanted.disks.is_empty())
}

pub fn task(global: &Global, task: Task) -> Result<Errand> {
    let Task::Command { spec, input } = task else {
        // `check` has refused it.
        return Err(Error::usage("lkmc::record::unsupported", "a shell cannot be recorded"));
    };
    let input = match input {
        Input::Ours => standard_input(global)?,
        Input::Nothing => Vec::new(),
    };
    Ok(Errand { spec, input })
}

/// All of it. Somebody at a terminal has nothing to say to a run that is only heard.
pub fn standard_input(global: &Global) -> Result<Vec<u8>> {
    let patience = global.timeout.unwrap_or(PATIENCE);
    if rustix::termios::isatty(std::io::stdin()) {
        return Ok(Vec::new());
    }
    let (sender, bytes) = crossbeam_channel::bounded(1);
    // If it never ends, neither does this thread, which holds nothing that matters.
    crate::host::thread::spawn_thread("input", move || {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes);
        let _ = sender.send(read.map(|_| bytes));
    })?;
    let refused = |what: String| {
        Error::usage("lkmc::record::input", what)
            .help("the command gets all of its input at the start; use `< FILE` or `< /dev/null`")
    };
    match bytes.recv_timeout(patience) {
        Ok(Ok(bytes)) if bytes.len() as u64 <= MOST => Ok(bytes),
        Ok(Ok(_)) => Err(refused(format!("standard input has more than {} MiB", MOST >> 20))),
        Ok(Err(error)) => Err(refused("standard input cannot be read".into()).cause(error)),
        Err(_) => Err(refused(format!("standard input did not end within {patience:?}"))),
    }
}
