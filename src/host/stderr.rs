//! Our standard error, where what others say and what lkmc says come together.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

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

/// What lkmc itself says next begins a line.
pub fn end_line() {
    if LINE_IS_OPEN.swap(false, Ordering::Relaxed) {
        eprint!("\n");
    }
}
