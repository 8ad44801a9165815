//! Results on standard output.

use std::io::Write;
use std::process::ExitCode;

use crate::diag::{Error, Result};

/// A reader that has had enough, as in `lkmc profile list | head -1`, is no error.
pub fn print(text: &str) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::output("standard output", error)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The same for `--json`: one document, indented for people who look at it.
pub fn print_json(value: &impl serde::Serialize) -> Result<ExitCode> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::infrastructure("lkmc::json", "the result cannot be written as JSON").cause(error))?;
    print(&format!("{text}\n"))
}
