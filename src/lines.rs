//! Lines out of bytes that come in pieces.

/// A line without end is cut here.
const LONGEST: usize = 16 * 1024;

#[derive(Default)]
pub struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// Takes in what follows: the lines that end in it, without their ends.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for &byte in bytes {
            if byte == b'\n' {
                lines.push(self.take());
                continue;
            }
            if self.partial.len() == LONGEST {
                lines.push(self.take());
            }
            self.partial.push(byte);
        }
        lines
    }

    /// The last one, which need not have an end.
    pub fn end(&mut self) -> Option<String> {
        (!self.partial.is_empty()).then(|| self.take())
    }

    /// What has begun and not ended.
    pub fn partial(&self) -> String {
        String::from_utf8_lossy(&self.partial).into_owned()
    }

    fn take(&mut self) -> String {
        let line = self.partial();
        self.partial.clear();
        line.trim_end_matches('\r').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_is_cut_and_nothing_is_lost() {
        let mut lines = Lines::default();
        assert_eq!(lines.feed(b"one\r\ntw"), ["one"]);
        assert_eq!(
            (lines.feed(b"o\n\n"), lines.partial()),
            (vec!["two".into(), String::new()], String::new())
        );
        let long: String = (0..LONGEST + 1).map(|at| char::from(b'a' + (at % 26) as u8)).collect();
        let cut = lines.feed(long.as_bytes());
        assert_eq!(cut.concat() + &lines.partial(), long);
        assert_eq!(lines.feed(b"\n").len(), 1);
        let whole = &long[..LONGEST];
        assert_eq!(lines.feed(format!("{whole}\nrest").as_bytes()), [whole]);
        assert_eq!((lines.end().as_deref(), lines.end()), (Some("rest"), None));
    }
}
