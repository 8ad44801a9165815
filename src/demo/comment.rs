//! The leading comment of a source file: what stands before the first line of code.
//!
//! Comments of C (`/* */`, `//`) and of shell and make (`#`). A `#!` line and SPDX lines are passed over.

use std::ops::Range;
use std::path::Path;

use super::language::Language;
use crate::source::{Source, Span};

/// How a language spells its comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    C,
    Hash,
}

impl Style {
    /// Scripts and makefiles begin theirs with `#`.
    pub fn of(file: &Path) -> Style {
        match Language::of(file).is_some_and(Language::is_compiled) {
            true => Style::C,
            false => Style::Hash,
        }
    }
}

/// A leading comment, line by line, without what makes it a comment.
#[derive(Clone, Debug)]
pub struct Comment {
    pub source: Source,
    /// Where each line's text stands in the file.
    pub lines: Vec<Range<usize>>,
    /// Where the first line that is no comment begins.
    pub end: usize,
}

impl Comment {
    pub fn text(&self, line: &Range<usize>) -> &str {
        self.source.text().get(line.clone()).unwrap_or_default()
    }

    /// The line without its indentation, for messages.
    pub fn span(&self, line: &Range<usize>) -> Span {
        let text = self.text(line);
        let start = line.start + (text.len() - text.trim_start().len());
        self.source.span(start..start + text.trim().len())
    }
}

/// Reads all comments up to the first line of code; an empty line stands between two of them.
pub fn leading(source: &Source, style: Style) -> Comment {
    let mut reader = Reader {
        text: source.text(),
        at: 0,
        lines: Vec::new(),
    };
    if reader.text.starts_with("#!") {
        reader.next_line();
    }
    while reader.comment(style) {}
    Comment {
        source: source.clone(),
        end: reader.at,
        lines: reader.lines,
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    lines: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    /// The rest of the present line, without its end.
    fn line(&self) -> &'a str {
        self.text[self.at..].lines().next().unwrap_or_default()
    }

    fn next_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
    }

    /// Reads one comment, or an empty line. False at code and at the end.
    fn comment(&mut self, style: Style) -> bool {
        if self.at == self.text.len() {
            return false;
        }
        let line = self.line().trim();
        if line.is_empty() || is_license(line, style) {
            self.push(self.at..self.at);
            self.next_line();
            return true;
        }
        match style {
            Style::C if line.starts_with("/*") => self.block(),
            Style::C if line.starts_with("//") => self.rest_of_line("//"),
            Style::Hash if line.starts_with('#') => self.rest_of_line("#"),
            _ => return false,
        }
        true
    }

    fn push(&mut self, range: Range<usize>) {
        self.lines.push(range);
    }

    fn rest_of_line(&mut self, prefix: &str) {
        let line = self.line();
        let start = self.at + line.find(prefix).map_or(0, |at| at + prefix.len());
        let end = self.at + line.len();
        self.push(after_blank(self.text, start..end));
        self.next_line();
    }

    /// From `/*` to the line of `*/`; what follows on that line would be code.
    fn block(&mut self) {
        let rest = &self.text[self.at..];
        let open = self.at + rest.find("/*").map_or(0, |at| at + 2);
        let close = self.text[open..].find("*/").map_or(self.text.len(), |at| open + at);
        let mut start = open + self.text[open..close].chars().take_while(|c| *c == '*').count();
        for (index, line) in self.text[start..close].split('\n').enumerate() {
            let end = start + line.trim_end_matches('\r').len();
            let content = match index {
                0 => after_blank(self.text, start..end),
                _ => after_star(self.text, start..end),
            };
            // The lines of `/*` and `*/` themselves are empty.
            if (index > 0 && end < close) || !self.text[content.clone()].trim().is_empty() {
                self.push(content);
            }
            start += line.len() + 1;
        }
        self.at = (close + 2).min(self.text.len());
        if self.line().trim().is_empty() {
            self.next_line();
        }
        self.push(close..close);
    }
}

/// A comment that says nothing but the licence.
fn is_license(line: &str, style: Style) -> bool {
    let inside = match style {
        Style::C => line
            .strip_prefix("//")
            .or_else(|| line.strip_prefix("/*")?.strip_suffix("*/")),
        Style::Hash => line.strip_prefix('#'),
    };
    inside.is_some_and(|inside| inside.trim_start().starts_with("SPDX-License-Identifier:"))
}

/// Without one blank, which separates a text from its prefix.
fn after_blank(text: &str, range: Range<usize>) -> Range<usize> {
    let blank = usize::from(text[range.clone()].starts_with(' '));
    range.start + blank..range.end
}

/// Without the star that begins a comment's line. A line that has none is taken as it is.
fn after_star(text: &str, range: Range<usize>) -> Range<usize> {
    let line = &text[range.clone()];
    let indentation = line.len() - line.trim_start().len();
    match line[indentation..].starts_with('*') {
        true => after_blank(text, range.start + indentation + 1..range.end),
        false => range,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, style: Style) -> (Vec<String>, String) {
        let source = Source::new("x", text);
        let comment = leading(&source, style);
        let lines = comment
            .lines
            .iter()
            .map(|line| comment.text(line).to_string())
            .collect();
        (lines, text[comment.end..].to_string())
    }

    #[test]
    fn comments_of_c_lose_their_stars() {
        let text = "// SPDX-License-Identifier: GPL-2.0-or-later\n/*\n * One.\n *\n *   a = 1\n *\tb\n */\n#include <x>\n/* no */\n";
        let (lines, rest) = read(text, Style::C);
        assert_eq!(lines, ["", "One.", "", "  a = 1", "\tb", ""]);
        assert_eq!(rest, "#include <x>\n/* no */\n");
    }

    #[test]
    fn comments_in_other_shapes() {
        assert_eq!(read("/* one */\n// two\nint x;", Style::C).0, ["one ", "", "two"]);
        assert_eq!(read("/** a\n  b\n*/", Style::C).0, ["a", "  b", ""]);
        assert_eq!(read("/* never\n * closed", Style::C).0, ["never", "closed", ""]);
        assert_eq!(
            read("/* a */ int x;\n", Style::C),
            (vec!["a ".into(), String::new()], " int x;\n".into())
        );
        assert_eq!(
            read(
                "#!/bin/sh\n# SPDX-License-Identifier: X\n#\n# Two\n\nset -e\n# no\n",
                Style::Hash
            ),
            (
                vec!["".into(), "".into(), "Two".into(), "".into()],
                "set -e\n# no\n".into()
            )
        );
        assert_eq!(read("", Style::C).0, [""; 0]);
        assert_eq!(read("/*\r\n * a\r\n */\r\n", Style::C).0, ["a", ""]);
    }
}
