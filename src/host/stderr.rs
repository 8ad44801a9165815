//! Our standard error, where what others say and what lkmc says come together.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::diag::{Error, Result};

/// For what guests and programs say there.
pub struct Stderr;

/// Whether that has ended in the middle of a line.
static LINE_IS_OPEN: AtomicBool = AtomicBool::new(false);

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = io::stderr().write(bytes)?;
        if let Some(last) = bytes[..written].last() {
            LINE_IS_OPEN.store(*last != b'\n', Ordering::Relaxed);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A result for programs, in a line of its own: unlike what is said to people it must arrive. A reader that has gone wants none.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    end_line();
    let text = serde_json::to_string(value)
        .map_err(|error| Error::infrastructure("lkmc::json", "the result cannot be written as JSON").cause(error))?;
    match io::stderr().write_all((text + "\n").as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::output("standard error", error)),
        _ => Ok(()),
    }
}

/// What lkmc itself says next begins a line.
pub fn end_line() {
    if LINE_IS_OPEN.swap(false, Ordering::Relaxed) {
        eprint!("\n");
    }
}
