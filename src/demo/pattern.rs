//! A line that is expected: literal text, with placeholders for what varies.
//!
//! `{dec}` stands for a decimal number, `{hex}` for hexadecimal digits, `{word}` for anything without a blank, `{any}` for
//! anything at all. `{hex:addr}` has a name: wherever the name stands in a run, the text must be the same. Other braces are
//! literal text.

use std::ops::Range;

use crate::suggest;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hole {
    Dec,
    Hex,
    Word,
    Any,
}

const HOLES: &[(&str, Hole)] = &[
    ("dec", Hole::Dec),
    ("hex", Hole::Hex),
    ("word", Hole::Word),
    ("any", Hole::Any),
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole { kind: Hole, name: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// In the pattern's text.
    pub range: Range<usize>,
    pub message: String,
    pub help: String,
}

/// What names stand for so far.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    bound: Vec<(String, String)>,
    steps: u32,
}

/// A pattern with many placeholders on a long line can be tried in very many ways; after so many it does not match.
const MOST_STEPS: u32 = 200_000;

impl Bindings {
    /// Before a new search.
    pub(super) fn start(&mut self) {
        self.steps = 0;
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.bound.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.as_str())
    }
}

impl Pattern {
    pub fn parse(text: &str) -> Result<Pattern, Problem> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(open) = text[at..].find('{').map(|found| at + found) {
            literal.push_str(&text[at..open]);
            match hole(text, open)? {
                Some((kind, name, end)) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Hole { kind, name });
                    at = end;
                }
                None => {
                    literal.push('{');
                    at = open + 1;
                }
            }
        }
        literal.push_str(&text[at..]);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(Pattern { pieces })
    }

    /// The pattern of a demo that was checked; anything else stands for itself.
    pub fn of(text: &str) -> Pattern {
        Pattern::parse(text).unwrap_or_else(|_| Pattern {
            pieces: vec![Piece::Text(text.to_string())],
        })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole { name, .. } => name.as_deref(),
            Piece::Text(_) => None,
        })
    }

    /// Whether a line is what is expected; binds the names that are not bound yet.
    pub fn matches(&self, line: &str, bindings: &mut Bindings) -> bool {
        bindings.start();
        self.every_match(line, bindings, &mut |_| true)
    }

    /// Tries every way in which the line matches, until `then` is content with one. The bindings are kept in that case only.
    pub fn every_match(
        &self,
        line: &str,
        bindings: &mut Bindings,
        then: &mut dyn FnMut(&mut Bindings) -> bool,
    ) -> bool {
        match_pieces(&self.pieces, line, bindings, then)
    }
}

/// A placeholder that begins at an opening brace: its kind, its name, where it ends. `None` if the brace is text.
fn hole(text: &str, open: usize) -> Result<Option<(Hole, Option<String>, usize)>, Problem> {
    let inside = &text[open + 1..];
    let word_end = inside
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(inside.len());
    let (word, rest) = inside.split_at(word_end);
    let problem = |length: usize, message: String, help: String| Problem {
        range: open..open + length,
        message,
        help,
    };
    let Some((_, kind)) = HOLES.iter().find(|(name, _)| *name == word) else {
        let names: Vec<&str> = HOLES.iter().map(|(name, _)| *name).collect();
        let closed = rest.starts_with('}') || rest.starts_with(':');
        return match suggest::nearest(word, &names).filter(|_| closed && !word.is_empty()) {
            Some(near) => Err(problem(
                word.len() + 2,
                format!("there is no placeholder `{word}`"),
                format!("did you mean `{{{near}}}`? Write {{any}} where such text is meant as it is"),
            )),
            None => Ok(None),
        };
    };
    if rest.starts_with('}') {
        return Ok(Some((*kind, None, open + 1 + word_end + 1)));
    }
    let Some(named) = rest.strip_prefix(':') else {
        // `{decimal}` was asked about above; `{dec ` is text.
        return Ok(None);
    };
    let name_end = named
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(named.len());
    let length = 1 + word_end + 1 + name_end;
    let example = format!("for example {{{word}:first}}");
    if !named[name_end..].starts_with('}') {
        return Err(problem(length, "this placeholder is not closed".into(), example));
    }
    if name_end == 0 {
        return Err(problem(
            length + 1,
            "this placeholder has an empty name".into(),
            example,
        ));
    }
    Ok(Some((*kind, Some(named[..name_end].to_string()), open + length + 1)))
}

fn match_pieces(
    pieces: &[Piece],
    text: &str,
    bindings: &mut Bindings,
    then: &mut dyn FnMut(&mut Bindings) -> bool,
) -> bool {
    bindings.steps += 1;
    if bindings.steps > MOST_STEPS {
        return false;
    }
    let Some((first, rest)) = pieces.split_first() else {
        return text.is_empty() && then(bindings);
    };
    match first {
        Piece::Text(literal) => {
            let Some(after) = text.strip_prefix(literal.as_str()) else {
                return false;
            };
            match_pieces(rest, after, bindings, then)
        }
        Piece::Hole { kind, name } => {
            if let Some(bound) = name.as_deref().and_then(|name| bindings.get(name)) {
                let length = bound.len();
                return text.starts_with(bound)
                    && kind.admits(&text[..length])
                    && match_pieces(rest, &text[length..], bindings, then);
            }
            // The longest first, as a reader takes it.
            let longest = kind.longest(text);
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            let ends: Vec<usize> = ends.take_while(|end| *end <= longest).collect();
            ends.into_iter().rev().any(|end| {
                if !kind.admits(&text[..end]) {
                    return false;
                }
                if let Some(name) = name {
                    bindings.bound.push((name.clone(), text[..end].to_string()));
                }
                let depth = bindings.bound.len();
                let found = match_pieces(rest, &text[end..], bindings, then);
                if !found && name.is_some() {
                    bindings.bound.truncate(depth - 1);
                }
                found
            })
        }
    }
}

impl Hole {
    fn admits(self, text: &str) -> bool {
        match self {
            Hole::Dec => {
                let digits = text.strip_prefix('-').unwrap_or(text);
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            }
            Hole::Hex => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            Hole::Word => !text.is_empty() && !text.contains(char::is_whitespace),
            Hole::Any => true,
        }
    }

    /// No longer beginning of the text is admitted.
    fn longest(self, text: &str) -> usize {
        let end = match self {
            Hole::Dec => text.find(|c: char| !(c.is_ascii_digit() || c == '-')),
            Hole::Hex => text.find(|c: char| !c.is_ascii_hexdigit()),
            Hole::Word => text.find(char::is_whitespace),
            Hole::Any => None,
        };
        end.unwrap_or(text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, line: &str) -> bool {
        Pattern::parse(pattern)
            .expect("test input is a pattern")
            .matches(line, &mut Bindings::default())
    }

    #[test]
    fn placeholders_stand_for_what_they_say() {
        for (pattern, line, expected) in [
            ("a {dec} b", "a -12 b", true),
            ("a {dec} b", "a 12x b", false),
            ("{dec}", "", false),
            ("0x{hex}", "0xdeadBEEF", true),
            ("0x{hex}", "0xg", false),
            ("{word} {word}", "a b", true),
            ("{word}", "a b", false),
            ("{any}", "", true),
            ("{any}end", "the end", true),
            ("{any}end", "the end.", false),
            ("{word}/{dec}", "a/b/3", true),
            ("struct { int x; }", "struct { int x; }", true),
            ("{}", "{}", true),
            ("ü{any}", "ü€", true),
            ("whole", "whole line", false),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern:?} and {line:?}");
        }
    }

    #[test]
    fn a_name_stands_for_one_text() {
        let mut bindings = Bindings::default();
        assert!(Pattern::of("at {hex:addr}, again {hex:addr}").matches("at 1f, again 1f", &mut bindings));
        assert_eq!(bindings.get("addr"), Some("1f"));
        assert!(!Pattern::of("{hex:addr}").matches("20", &mut bindings));
        assert!(Pattern::of("{any:addr}").matches("1f", &mut bindings));
        assert!(!matches("{word:a} {word:a}", "x y"));
        assert!(matches("{any:a}-{any:a}", "x-y-x-y"), "the middle of three is found");
        let mut untouched = Bindings::default();
        assert!(!Pattern::of("{word:a} end").matches("x y", &mut untouched));
        assert_eq!(untouched.get("a"), None);
    }

    #[test]
    fn slips_are_explained() {
        for (pattern, part) in [
            ("{deec}", "no placeholder"),
            ("{hexa:x}", "no placeholder"),
            ("{hex:}", "empty name"),
            ("{hex:addr", "not closed"),
            ("x {word:a b}", "not closed"),
        ] {
            let problem = Pattern::parse(pattern).expect_err(pattern);
            assert!(problem.message.contains(part), "{pattern}: {problem:?}");
            assert!(pattern.get(problem.range.clone()).is_some(), "{problem:?}");
        }
        for text in ["{ hex}", "{0}", "{", "}{", "{key: value}", "{dec }"] {
            assert!(Pattern::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_cannot_match_is_given_up() {
        let pattern = "{any}a".repeat(12) + "b";
        assert!(!matches(&pattern, &"a".repeat(400)));
    }
}
