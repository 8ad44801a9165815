//! `lkmc vm log`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::diag::{Error, Result};
use crate::emulator::qemu::CONSOLE_LOG;
use crate::run::console;
use crate::run_directory;

pub fn log(path: &Path, follow: bool) -> Result<ExitCode> {
    let stop = console::Stop::default();
    if !follow {
        stop.set();
    }
    let file = path.join(CONSOLE_LOG);
    let mut out = std::io::stdout();
    let end = stop.clone();
    let owner = path.to_owned();
    if follow {
        std::thread::spawn(move || {
            run_directory::wait(&owner, None);
            end.set();
        });
    }
    let print = |bytes: &[u8]| out.write_all(bytes).and_then(|()| out.flush()).is_ok();
    console::follow(&file, 0, &stop, print).map_err(|error| Error::io("cannot read", &file, error))?;
    Ok(ExitCode::SUCCESS)
}
