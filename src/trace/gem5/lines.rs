//! A trace file, line by line: never more of it in memory than one line, whatever its size.

use std::io::{BufRead, Read};
use std::path::Path;

use crate::diag::Result;

use super::super::file::{self, Broken};

/// No message of gem5's is longer; what is, is no trace.
const LONGEST: u64 = 1 << 20;

/// Lines of a file, compressed or not.
pub struct Lines {
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
    number: u64,
    broken: Option<Broken>,
}

impl Lines {
    /// Whether it is compressed is seen, not guessed from its name.
    pub fn open(path: &Path) -> Result<Lines> {
        file::open(path).map(Lines::of)
    }

    fn of(reader: Box<dyn BufRead>) -> Lines {
        Lines {
            reader,
            line: Vec::new(),
            number: 0,
            broken: None,
        }
    }

    /// The next whole line, without its end. What a killed gem5 left of its last line is none.
    pub fn next_line(&mut self) -> std::io::Result<Option<&str>> {
        loop {
            self.line.clear();
            match (&mut self.reader).take(LONGEST).read_until(b'\n', &mut self.line) {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                // Where gem5 was killed, its compressed stream just stops.
                Err(error) => {
                    self.broken = Some(Broken::by(&error).ok_or(error)?);
                    return Ok(None);
                }
            }
            if self.line.pop_if(|last| *last == b'\n').is_none() {
                self.broken = Some(Broken::Off);
                return Ok(None);
            }
            self.number += 1;
            // gem5 writes ASCII; anything else is no line of a trace.
            if self.line.is_ascii() {
                break;
            }
        }
        Ok(Some(std::str::from_utf8(&self.line).unwrap_or_default()))
    }

    /// How many lines there were up to here.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether the end was in the middle of something.
    pub fn broken(&self) -> Option<Broken> {
        self.broken
    }
}

/// What an object said at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    pub tick: u64,
    pub object: &'a str,
    pub words: &'a str,
}

impl<'a> Said<'a> {
    /// `  84000: system.cpu: words`, with or without the flag that FmtFlag puts before the object.
    pub fn parse(line: &'a str) -> Option<Said<'a>> {
        let (tick, rest) = line.split_once(": ")?;
        let tick = tick.trim_start().parse().ok()?;
        let (mut object, mut words) = rest.split_once(": ")?;
        if let Some((next, more)) = words.split_once(": ")
            && !object.contains('.')
            && next.contains('.')
            && !next.contains(' ')
        {
            (object, words) = (next, more);
        }
        Some(Said { tick, object, words })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn all(lines: &mut Lines) -> Vec<String> {
        std::iter::from_fn(|| lines.next_line().unwrap().map(str::to_owned)).collect()
    }

    fn compressed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compressed_and_plain_files_have_the_same_lines() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trace");
        for bytes in [b"a: b\nc\n".to_vec(), compressed(b"a: b\nc\n")] {
            std::fs::write(&file, bytes).unwrap();
            let mut lines = Lines::open(&file).unwrap();
            assert_eq!(all(&mut lines), ["a: b", "c"]);
            assert_eq!(lines.broken(), None);
        }
    }

    #[test]
    fn a_file_that_stops_anywhere_is_read_up_to_there() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trace.gz");
        let text: String = (0..20_000)
            .map(|number| format!("{number}: system.cpu: {}\n", number * 7919))
            .collect();
        let whole = compressed(text.as_bytes());
        for length in [whole.len() / 3, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
            std::fs::write(&file, &whole[..length]).unwrap();
            let mut lines = Lines::open(&file).unwrap();
            let read = all(&mut lines);
            assert_eq!(lines.broken(), Some(Broken::Off), "{length}");
            assert!(
                !read.is_empty() && text.starts_with(&(read.join("\n") + "\n")),
                "{length}"
            );
        }
        // Without a byte of content, and without even a header.
        for length in [12, 1] {
            std::fs::write(&file, &whole[..length]).unwrap();
            let mut lines = Lines::open(&file).unwrap();
            assert_eq!(all(&mut lines), [""; 0]);
            assert_eq!(lines.broken(), Some(Broken::Off), "{length}");
        }
    }

    #[test]
    fn flags_before_objects_are_left_out() {
        let plain = Said::parse("    500: system.cpu: T0 : 0x4").unwrap();
        assert_eq!((plain.tick, plain.object, plain.words), (500, "system.cpu", "T0 : 0x4"));
        assert_eq!(Said::parse("    500: ExecEnable: system.cpu: T0 : 0x4"), Some(plain));
        let library = "500: ExecEnable: board.processor.cores0.core: T0 : 0x4";
        assert_eq!(Said::parse(library).unwrap().object, "board.processor.cores0.core");
        assert_eq!(Said::parse("O3PipeView:decode:0"), None);
        assert_eq!(Said::parse("hello world"), None);
    }
}
