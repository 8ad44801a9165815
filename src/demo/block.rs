//! The block of a demo: TOML between `[lkmc]` and `[/lkmc]` in its leading comment.

use serde_json::Value;

use super::comment::{Comment, Style, leading};
use super::raw;
use crate::diag::{Diagnostic, Diagnostics};
use crate::profile::structure;
use crate::profile::tree::Node;
use crate::source::{Excerpt, Source, Span};

const OPEN: &str = "[lkmc]";
const CLOSE: &str = "[/lkmc]";

/// What a leading comment says.
#[derive(Clone, Debug)]
pub struct Block {
    /// The comment's text without the block.
    pub explanation: String,
    /// The table `lkmc`, as far as it is right. `None` if there is no block.
    pub tree: Option<Node>,
    /// The line that opens the block, or the beginning of the file.
    pub span: Span,
}

/// Reads a file's block and compares it with the schema.
pub fn read(source: &Source, style: Style, problems: &mut Diagnostics) -> Block {
    let comment = leading(source, style);
    let (inside, explanation) = split(&comment, problems);
    let span = inside.first().map_or(source.span(0..0), |line| comment.span(line));
    if inside.is_empty() {
        misplaced(&comment, problems);
    }
    let tree = (!inside.is_empty())
        .then(|| parse(&comment, &inside, problems))
        .flatten();
    Block {
        explanation,
        tree,
        span,
    }
}

type Lines = Vec<std::ops::Range<usize>>;

/// The lines of the block, with the one that opens it and without the one that ends it; and the text around them.
fn split(comment: &Comment, problems: &mut Diagnostics) -> (Lines, String) {
    let is = |line: &&std::ops::Range<usize>, marker: &str| comment.text(line).trim() == marker;
    let open = comment.lines.iter().position(|line| is(&line, OPEN));
    let Some(open) = open else {
        return (Vec::new(), paragraphs(comment, &comment.lines));
    };
    let mut rest = comment.lines[open + 1..].iter();
    let Some(length) = rest.position(|line| is(&line, CLOSE)) else {
        problems.push(unclosed(comment, open));
        return (Vec::new(), paragraphs(comment, &comment.lines[..open]));
    };
    let close = open + 1 + length;
    if let Some(second) = comment.lines[close..].iter().find(|line| is(line, OPEN)) {
        problems.push(
            Diagnostic::error("lkmc::demo::block_twice", "a demo has one block")
                .label(&comment.span(second), "a second one begins here")
                .label(&comment.span(&comment.lines[open]), "the first one"),
        );
    }
    let around = [&comment.lines[..open], &comment.lines[close + 1..]].concat();
    (comment.lines[open..close].to_vec(), paragraphs(comment, &around))
}

fn unclosed(comment: &Comment, open: usize) -> Diagnostic {
    // What ends a comment of C may stand in a path: /sys/*/name.
    let text = comment.source.text();
    let early = text[..comment.end].trim_end().ends_with("*/") && text[comment.end..].contains(CLOSE);
    let problem = Diagnostic::error("lkmc::demo::block_open", format!("the block is not ended by {CLOSE}"))
        .label(&comment.span(&comment.lines[open]), "begins here");
    match early {
        true => {
            let end = text[..comment.end].rfind("*/").unwrap_or_default();
            problem
                .label(&comment.source.span(end..end + 2), "this ends the comment")
                .help("`*/` cannot stand in a comment; a shell takes `[*]/` for the same")
        }
        false => problem.help(format!("end it by a line {CLOSE}")),
    }
}

/// A block where nobody looks for it.
fn misplaced(comment: &Comment, problems: &mut Diagnostics) {
    let text = comment.source.text();
    let mut at = comment.end;
    for line in text[comment.end..].split_inclusive('\n') {
        let bare = line.trim().trim_start_matches(['/', '*', '#']).trim();
        if bare == OPEN {
            let start = at + line.find(OPEN).unwrap_or_default();
            problems.push(
                Diagnostic::error(
                    "lkmc::demo::block_misplaced",
                    "this block is not in the leading comment",
                )
                .label(&comment.source.span(start..start + OPEN.len()), "code comes before it")
                .help("move it into the comment at the beginning of the file"),
            );
            return;
        }
        at += line.len();
    }
}

fn parse(comment: &Comment, inside: &Lines, problems: &mut Diagnostics) -> Option<Node> {
    let mut excerpt = Excerpt::new(&comment.source);
    for line in inside {
        excerpt.push(line.clone());
        excerpt.end_line();
    }
    let mut tree = match Node::parse_excerpt(&excerpt, 1) {
        Ok(tree) => tree,
        Err((span, message)) => {
            problems.push(
                Diagnostic::error("lkmc::demo::syntax", "the block is not TOML")
                    .label(&span, message)
                    .help("https://toml.io describes the syntax; strings need quotes, '...' takes backslashes as they are"),
            );
            return None;
        }
    };
    let schema: &Value = &raw::SCHEMA;
    structure::check(&mut tree, schema, &raw::DIALECT, problems);
    // The line that opens the block is the table's header.
    tree.get("lkmc").cloned()
}

/// Lines as text, without empty ones at both ends and with one at most between two paragraphs.
fn paragraphs(comment: &Comment, lines: &[std::ops::Range<usize>]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|line| comment.text(line).trim_end()) {
        if line.is_empty() && (text.is_empty() || text.ends_with("\n\n")) {
            continue;
        }
        text.push_str(line);
        text.push('\n');
    }
    text.trim_end().to_string()
}

/// The first sentence, on one line.
pub fn summary(explanation: &str) -> String {
    let paragraph: Vec<&str> = explanation.lines().take_while(|line| !line.is_empty()).collect();
    let words: Vec<&str> = paragraph.iter().flat_map(|line| line.split_whitespace()).collect();
    let text = words.join(" ");
    // A dot within a name, as in ioctl.c or 6.12, ends nothing; neither does one before a small letter, as in `e.g. this`.
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| {
        let next = text[at + 2..].chars().next();
        next.is_some_and(|next| !next.is_lowercase())
    });
    let sentence = end.map_or(text.as_str(), |end| &text[..end]);
    sentence.strip_suffix('.').unwrap_or(sentence).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> (Block, Vec<&'static str>) {
        let mut problems = Diagnostics::default();
        let block = read(&Source::new("x.c", text), Style::C, &mut problems);
        (block, problems.0.iter().map(|problem| problem.code).collect())
    }

    #[test]
    fn values_point_into_the_file() {
        let text = "/*\n * Say hello. Twice.\n *\n * More.\n *\n * [lkmc]\n * arches = [\"arm\"]\n *\n * [[lkmc.run]]\n * guest = \"\"\"\n * a\n *   b\n * \"\"\"\n * [/lkmc]\n */\n";
        let (block, problems) = block(text);
        assert_eq!(problems, [""; 0]);
        assert_eq!(block.explanation, "Say hello. Twice.\n\nMore.");
        assert_eq!(summary(&block.explanation), "Say hello");
        let tree = block.tree.expect("there is a block");
        let arch = &tree.get("arches").expect("it was written").elements()[0];
        assert_eq!((arch.span.text(), arch.span.position()), ("\"arm\"", (7, 14)));
        let run = &tree.get("run").expect("it was written").elements()[0];
        assert_eq!((run.span.text(), run.span.line()), ("[[lkmc.run]]", 9));
        assert_eq!(run.get("guest").and_then(Node::text), Some("a\n  b\n"));
    }

    #[test]
    fn summaries_end_where_sentences_do() {
        for (text, expected) in [
            (
                "Pass an integer through ioctl(2), and\nget it back.\nMore",
                "Pass an integer through ioctl(2), and get it back",
            ),
            ("One without end\n\nTwo.", "One without end"),
            ("What 6.12 does, e.g. this. Then more.", "What 6.12 does, e.g. this"),
            ("", ""),
        ] {
            assert_eq!(summary(text), expected);
        }
    }

    #[test]
    fn blocks_out_of_shape_are_reported() {
        let codes = |text: &str| block(text).1;
        assert_eq!(codes("/*\n * [lkmc]\n */\n"), ["lkmc::demo::block_open"]);
        assert_eq!(
            codes("int x;\n/*\n * [lkmc]\n * [/lkmc]\n */\n"),
            ["lkmc::demo::block_misplaced"]
        );
        assert_eq!(
            codes("// [lkmc]\n// [/lkmc]\n// [lkmc]\n// [/lkmc]\n"),
            ["lkmc::demo::block_twice"]
        );
        assert_eq!(codes("// [lkmc]\n// x = \n// [/lkmc]\n"), ["lkmc::demo::syntax"]);
        assert_eq!(
            codes("// [lkmc]\n// archs = [\"arm\"]\n// [/lkmc]\n"),
            ["lkmc::demo::unknown_key"]
        );
    }
}
