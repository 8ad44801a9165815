//! The kernel log as it grows, for somebody who watches.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::emulator::qemu::CONSOLE_LOG;
use crate::run::session::END_MARK;
use crate::verdict;

/// Shows the kernel's lines of a run's console, each once. The console's file is the source, because events may come late.
pub struct Log {
    inner: RefCell<Inner>,
    show: bool,
}

struct Inner {
    file: Option<File>,
    partial: Vec<u8>,
    /// Since [`Log::start`], without time stamps.
    lines: Vec<String>,
}

impl Log {
    /// From the present end of the console on.
    pub fn new(directory: &Path, show: bool) -> Log {
        let file = File::open(directory.join(CONSOLE_LOG)).ok().and_then(|mut file| {
            file.seek(SeekFrom::End(0)).ok()?;
            Some(file)
        });
        Log {
            inner: RefCell::new(Inner {
                file,
                partial: Vec::new(),
                lines: Vec::new(),
            }),
            show,
        }
    }

    /// What comes next is a new chapter.
    pub fn start(&self) {
        self.read();
        self.inner.borrow_mut().lines.clear();
    }

    /// The chapter's lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.read();
        self.inner.borrow().lines.clone()
    }

    /// Reads and shows what is new.
    pub fn read(&self) {
        let mut inner = self.inner.borrow_mut();
        let mut bytes = Vec::new();
        if let Some(file) = &mut inner.file {
            // What cannot be read now is read next time.
            let _ = file.read_to_end(&mut bytes);
        }
        for byte in bytes {
            if byte != b'\n' {
                inner.partial.push(byte);
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut inner.partial)).into_owned();
            let line = line.trim_end_matches('\r');
            let Some(text) = verdict::kernel_text(line).filter(|text| *text != END_MARK) else {
                continue;
            };
            if self.show {
                let _ = crate::host::stdout::print(&format!("{}\n", stamped(line)));
            }
            inner.lines.push(text.to_owned());
        }
    }
}

/// A prompt may stand before the time stamp.
fn stamped(line: &str) -> &str {
    let begins = |at: &usize| {
        let inner = line[*at + 1..].trim_start();
        inner.starts_with(|c: char| c.is_ascii_digit())
    };
    let at = line.match_indices('[').map(|(at, _)| at).find(begins);
    at.map_or(line, |at| &line[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_kernel_says_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(CONSOLE_LOG);
        std::fs::write(&path, "[    0.500000] before\n").unwrap();
        let log = Log::new(directory.path(), false);
        let text = "[    0.500000] before\n/lkmc # [    1.000000] hello init\r\na program\n[    1.000001] lkmc: end of the run\n[    1.1";
        std::fs::write(&path, text).unwrap();
        assert_eq!(log.lines(), ["hello init"]);
        assert_eq!(stamped("/lkmc # [    1.000000] hello [1]"), "[    1.000000] hello [1]");
    }
}
