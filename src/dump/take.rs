//! Taking the dump of a machine that stands still.
//!
//! QEMU writes into a pipe, so that no copy with all the zeroes of unused memory is ever on the disk, and a full disk is noticed
//! by the one who can clean up.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::pipe::{PipeFlags, pipe_with};
use serde_json::{Value, json};

use crate::emulator::qmp::{self, Qmp};
use crate::run_directory::files::DUMP;

use super::error::{DumpError, strange_end};
use super::firmware::Firmware;
use super::{Made, write};

/// A machine of some gigabytes on a busy host.
const LIMIT: Duration = Duration::from_secs(300);
/// Under this name QEMU gets the pipe.
const PIPE: &str = "dump";

/// Stops the machine and dumps its memory into `directory`. The file appears under its name when it is complete.
pub fn take(qmp: &mut Qmp, directory: &Path, vmlinux: &Path) -> Result<(PathBuf, Made), DumpError> {
    let deadline = Instant::now() + LIMIT;
    qmp.execute("stop", Value::Null, deadline)?;
    let part = tempfile::Builder::new()
        .prefix(DUMP)
        .suffix(".part")
        .tempfile_in(directory)
        .map_err(DumpError::Write)?;
    let file = part.as_file().try_clone().map_err(DumpError::Write)?;
    let registers = json!({ "command-line": "info registers -a" });
    let registers = qmp.execute("human-monitor-command", registers, deadline)?;
    let firmware = Firmware::of(registers.as_str().unwrap_or_default());
    let made = copy(qmp, file, firmware, vmlinux, deadline)?;
    let path = directory.join(DUMP);
    part.persist(&path).map_err(|error| DumpError::Write(error.error))?;
    Ok((path, made))
}

fn copy(qmp: &mut Qmp, file: File, firmware: Firmware, vmlinux: &Path, deadline: Instant) -> Result<Made, DumpError> {
    let pipe = |errno: rustix::io::Errno| DumpError::Write(errno.into());
    let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC).map_err(pipe)?;
    qmp.execute_with_file("getfd", json!({ "fdname": PIPE }), theirs.as_fd(), deadline)?;
    drop(theirs);
    let vmlinux = vmlinux.to_owned();
    let spawned = std::thread::Builder::new().name("dump".into()).spawn(move || {
        let mut input = File::from(ours);
        let made = write(&mut input, &firmware, &file, &vmlinux);
        // A writer that nobody listens to is told so.
        drop(input);
        made
    });
    let writing = spawned.map_err(DumpError::Write)?;
    let arguments = json!({ "paging": false, "protocol": format!("fd:{PIPE}"), "format": "elf" });
    let told = qmp.execute("dump-guest-memory", arguments, deadline);
    if told.is_err() {
        // Its end of the pipe is closed then, and the writer ends; unless the machine does not answer at all.
        let _ = qmp.execute("closefd", json!({ "fdname": PIPE }), deadline);
    }
    if let Err(error @ qmp::Error::Deadline(_)) = told {
        // The writer ends with the machine.
        return Err(error.into());
    }
    let made = writing.join().map_err(|_| strange_end())?;
    match (made, told) {
        // What QEMU says of a pipe that broke explains nothing.
        (Err(error @ (DumpError::Write(_) | DumpError::Read { .. } | DumpError::Symbols(_))), _) => Err(error),
        (_, Err(error)) => Err(error.into()),
        (made, Ok(_)) => made,
    }
}
