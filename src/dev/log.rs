//! The kernel log as it grows, for somebody who watches.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::emulator::qemu::CONSOLE_LOG;
use crate::lines::Lines;
use crate::run::console::log::END_MARK;
use crate::verdict;

/// Shows the kernel's lines of a run's console, each once. The console's file is the source, because events may come late.
pub struct Log {
    inner: RefCell<Inner>,
    show: bool,
}

struct Inner {
    file: Option<File>,
    stream: Lines,
    /// Since [`Log::start`], without time stamps: the last of them.
    lines: VecDeque<String>,
    /// How many there were in all.
    count: usize,
}

/// So many lines of a chapter are kept.
const KEPT: usize = 10_000;
/// So much is read at once.
const CHUNK: usize = 64 * 1024;

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
                stream: Lines::default(),
                lines: VecDeque::new(),
                count: 0,
            }),
            show,
        }
    }

    /// What comes next is a new chapter.
    pub fn start(&self) {
        self.read();
        let mut inner = self.inner.borrow_mut();
        inner.lines.clear();
        inner.count = 0;
    }

    /// The chapter's lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.read();
        self.inner.borrow().lines.iter().cloned().collect()
    }

    /// How many lines the chapter has so far.
    pub fn count(&self) -> usize {
        self.read();
        self.inner.borrow().count
    }

    /// Reads and shows what is new.
    pub fn read(&self) {
        let mut inner = self.inner.borrow_mut();
        let mut chunk = vec![0; CHUNK];
        // What cannot be read now is read next time.
        while let Some(Ok(length @ 1..)) = inner.file.as_mut().map(|file| file.read(&mut chunk)) {
            for line in inner.stream.feed(&chunk[..length]) {
                inner.take(&line, self.show);
            }
        }
    }
}

impl Inner {
    fn take(&mut self, line: &str, show: bool) {
        let Some(text) = verdict::kernel_text(line).filter(|text| *text != END_MARK) else {
            return;
        };
        if show {
            let _ = crate::host::stdout::print(&format!("{}\n", stamped(line)));
        }
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(text.to_owned());
        self.count += 1;
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
        let many: String = (0..2 * KEPT)
            .map(|number| format!("[    2.000000] {number}\n"))
            .collect();
        std::fs::write(&path, format!("{text}00000] rest\n{many}")).unwrap();
        assert_eq!((log.count(), log.lines().len()), (2 * KEPT + 2, KEPT));
        assert_eq!(log.lines().last(), Some(&(2 * KEPT - 1).to_string()));
        log.start();
        assert_eq!((log.count(), log.lines().len()), (0, 0));
        assert_eq!(stamped("/lkmc # [    1.000000] hello [1]"), "[    1.000000] hello [1]");
    }
}
