//! Files that users wrote, and places in them.
//!
//! A [`Span`] carries its file, so that a message can point into several files and no stage has to remember which one a
//! value came from.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name and text of one file; cloning is cheap.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    path: PathBuf,
    name: String,
    text: String,
}

impl Source {
    /// A text that is not in the file system, such as the command line.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let name = name.into();
        Source(Arc::new(Inner {
            path: PathBuf::from(&name),
            name,
            text: text.into(),
        }))
    }

    /// A file's contents, already read. The name in messages is relative to the current directory where that is shorter.
    pub fn file(path: &Path, text: String) -> Self {
        let name = display_path(path);
        Source(Arc::new(Inner {
            path: path.to_path_buf(),
            name,
            text,
        }))
    }

    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Directory that relative paths in this file start from.
    pub fn directory(&self) -> &Path {
        self.0.path.parent().unwrap_or(Path::new(""))
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn text(&self) -> &str {
        &self.0.text
    }

    pub fn span(&self, range: Range<usize>) -> Span {
        let end = range.end.min(self.text().len());
        Span {
            source: self.clone(),
            start: range.start.min(end),
            end,
        }
    }

    /// A line, counted from 1, without its indentation and end.
    pub fn line(&self, number: u32) -> Option<Span> {
        let index = number.checked_sub(1)? as usize;
        let line = self.text().split_inclusive('\n').nth(index)?;
        let before: usize = self.text().split_inclusive('\n').take(index).map(str::len).sum();
        let start = before + (line.len() - line.trim_start().len());
        Some(self.span(start..start + line.trim().len()))
    }

    fn is(&self, other: &Source) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.name())
    }
}

/// A place in a file, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub source: Source,
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn text(&self) -> &str {
        self.source.text().get(self.start..self.end).unwrap_or_default()
    }

    /// Line and column of the start, both counted from 1, the column in characters.
    pub fn position(&self) -> (u32, u32) {
        let before = &self.source.text().as_bytes()[..self.start];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        (line as u32, column as u32)
    }

    pub fn line(&self) -> u32 {
        self.position().0
    }
}

/// `file:line`, as compilers print it and editors jump to it.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.name(), self.line())
    }
}

/// A text made of pieces of a file, whose places in that file are still known.
#[derive(Clone, Debug)]
pub struct Excerpt {
    pub source: Source,
    text: String,
    /// Where each piece begins: in the text, in the file. Sorted.
    pieces: Vec<(usize, usize)>,
}

impl Excerpt {
    pub fn new(source: &Source) -> Excerpt {
        Excerpt {
            source: source.clone(),
            text: String::new(),
            pieces: Vec::new(),
        }
    }

    /// A whole file.
    pub fn whole(source: &Source) -> Excerpt {
        let mut excerpt = Excerpt::new(source);
        excerpt.push(0..source.text().len());
        excerpt
    }

    /// Appends a piece of the file.
    pub fn push(&mut self, range: Range<usize>) {
        self.pieces.push((self.text.len(), range.start));
        let source = self.source.clone();
        self.text
            .push_str(source.text().get(range).expect("pieces are cut between characters"));
    }

    /// Appends a line break that stands for none in the file.
    pub fn end_line(&mut self) {
        self.text.push('\n');
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the file a part of the text stands.
    pub fn span(&self, range: Range<usize>) -> Span {
        let place = |offset: usize| {
            let piece = self.pieces.partition_point(|(start, _)| *start <= offset).max(1) - 1;
            self.pieces
                .get(piece)
                .map_or(0, |(start, place)| place + (offset - start))
        };
        // The end belongs to the piece of the last character, not to the one that follows.
        let end = match range.end > range.start {
            true => place(range.end - 1) + 1,
            false => place(range.start),
        };
        self.source.span(place(range.start)..end)
    }
}

/// A path as messages show it: relative to the current directory if it lies below that.
pub fn display_path(path: &Path) -> String {
    let relative = std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    match relative {
        Some(relative) if !relative.as_os_str().is_empty() => relative.display().to_string(),
        _ => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("x", "a\nüb = 1\n");
        let span = source.span(4..5);
        assert_eq!((span.text(), span.position()), ("b", (2, 2)));
        assert_eq!(span.to_string(), "x:2");
        assert_eq!(source.span(90..99).position(), (3, 1));
    }

    #[test]
    fn an_excerpt_knows_where_its_text_stands() {
        let source = Source::new("x", " * a = 1\n * b = 2\n");
        let mut excerpt = Excerpt::new(&source);
        excerpt.push(3..8);
        excerpt.end_line();
        excerpt.push(12..17);
        assert_eq!(excerpt.text(), "a = 1\nb = 2");
        let last = excerpt.span(10..11);
        assert_eq!((last.text(), last.position()), ("2", (2, 8)));
        assert_eq!(excerpt.span(0..5).text(), "a = 1");
        assert_eq!(excerpt.span(4..7).text(), "1\n * b");
        assert_eq!(Excerpt::whole(&source).span(3..4).text(), "a");
    }
}
