//! Shows how a text differs from what was expected, for people.

use super::pattern::{Bindings, Pattern};

/// Lines that are the same before the first difference.
const CONTEXT: usize = 2;
/// Of each side.
const MOST: usize = 10;

/// `-` was expected, `+` came, from the first difference to where both are the same again.
pub fn lines(patterns: &[&str], lines: &[&str], first: usize, bindings: &Bindings) -> Vec<String> {
    // What follows the last line break is no line.
    let ended = |all: &[&str]| all.last() == Some(&"");
    let (patterns_end, lines_end) = (ended(patterns), ended(lines));
    let patterns = &patterns[..patterns.len() - usize::from(patterns_end)];
    let lines = &lines[..lines.len() - usize::from(lines_end)];
    let first = first.min(patterns.len()).min(lines.len());
    let same_end = patterns[first..]
        .iter()
        .rev()
        .zip(lines[first..].iter().rev())
        .take_while(|(pattern, line)| Pattern::of(pattern).matches(line, &mut bindings.clone()))
        .count();
    let start = first.saturating_sub(CONTEXT);
    let mut shown: Vec<String> = lines[start..first]
        .iter()
        .map(|line| format!("  {}", visible(line)))
        .collect();
    side("-", &patterns[first..patterns.len() - same_end], &mut shown);
    side("+", &lines[first..lines.len() - same_end], &mut shown);
    if patterns_end != lines_end {
        let sign = if patterns_end { "+" } else { "-" };
        shown.push(format!("{sign} (without a line break at the end)"));
    }
    shown
}

fn side(sign: &str, part: &[&str], shown: &mut Vec<String>) {
    shown.extend(part.iter().take(MOST).map(|line| format!("{sign} {}", visible(line))));
    if part.len() > MOST {
        shown.push(format!("{sign} ... and {} lines more", part.len() - MOST));
    }
}

/// Lines that resemble a pattern most, best first, with their index.
pub fn near<'a>(pattern: &str, lines: &[&'a str]) -> Vec<(usize, &'a str)> {
    const LIKE: f64 = 0.4;
    let score = |line: &str| strsim::normalized_levenshtein(pattern, line);
    let mut scored: Vec<(f64, usize, &str)> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| (score(line), at, *line))
        .collect();
    scored.retain(|(score, _, _)| *score >= LIKE);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.into_iter().take(3).map(|(_, at, line)| (at, line)).collect()
}

/// What a terminal would not show, or obey.
pub fn visible(line: &str) -> String {
    let kept = line.trim_end_matches(' ');
    let mut text: String = kept
        .chars()
        .map(|c| match c {
            '\t' => "\\t".to_string(),
            c if c.is_control() => c.escape_default().to_string(),
            c => c.to_string(),
        })
        .collect();
    text.extend(std::iter::repeat_n('·', line.len() - kept.len()));
    text
}
