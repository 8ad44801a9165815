//! Lines of a stream that grows.

/// A longer line is cut, for nobody prints such a result.
const LONGEST: usize = 4096;

/// What has come of the line that is not complete.
#[derive(Default)]
pub struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST - self.partial.len();
            self.partial.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.end(&mut each);
            }
        }
    }

    /// The last line need not have an end.
    pub fn end(&mut self, mut each: impl FnMut(&str)) {
        if !self.partial.is_empty() {
            each(String::from_utf8_lossy(&self.partial).trim_end());
        }
        self.partial.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_wherever_the_stream_is_cut() {
        let text = b"ok 1 a\r\n\xff\xc3\nlast";
        for cut in 0..text.len() {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            for part in [&text[..cut], &text[cut..]] {
                lines.feed(part, |line| found.push(line.to_owned()));
            }
            lines.end(|line| found.push(line.to_owned()));
            assert_eq!(found, ["ok 1 a", "\u{fffd}\u{fffd}", "last"]);
        }
    }

    #[test]
    fn of_a_line_without_end_the_beginning_is_kept() {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for _ in 0..3 {
            lines.feed(&[b'x'; LONGEST], |_| panic!("there is no end yet"));
        }
        lines.feed(b"\nok 1\n", |line| found.push(line.len()));
        assert_eq!(found, [LONGEST, 4]);
    }
}
