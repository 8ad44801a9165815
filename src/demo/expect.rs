//! Compares what a run did with what it promised.

use std::fmt;

use serde::Serialize;

use crate::verdict::Verdict;

use super::diff;
use super::pattern::{Bindings, Pattern};
use super::{Expect, Observed, Text};

/// One promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mismatch {
    pub part: Part,
    /// One line.
    pub summary: String,
    /// Lines that show it: `-` was expected, `+` came.
    pub detail: Vec<String>,
}

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    Verdict,
    Status,
    Stdout,
    Stderr,
    Stack,
    Dmesg,
    DmesgNot,
}

impl Part {
    /// As sentences call it.
    pub fn name(self) -> &'static str {
        match self {
            Part::Verdict => "verdict",
            Part::Status => "status",
            Part::Stdout => "stdout",
            Part::Stderr => "stderr",
            Part::Stack => "decoded stack",
            Part::Dmesg | Part::DmesgNot => "kernel log",
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        self.detail.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Everything in which a run differs from its expectation; empty if it is as expected.
///
/// A named placeholder is bound by the first part that has it, in this order: standard output and error, stack, kernel log.
pub fn compare(expect: &Expect, observed: &Observed) -> Vec<Mismatch> {
    let mut bindings = Bindings::default();
    let mut all = Vec::new();
    all.extend(verdict(expect, observed));
    all.extend(status(expect, observed));
    all.extend(text(Part::Stdout, &expect.stdout, &observed.stdout, &mut bindings));
    all.extend(text(Part::Stderr, &expect.stderr, &observed.stderr, &mut bindings));
    let stack: Vec<&str> = observed.stack.iter().map(String::as_str).collect();
    all.extend(in_order(Part::Stack, &expect.stack, &stack, &mut bindings));
    let dmesg: Vec<&str> = observed.dmesg.iter().map(String::as_str).collect();
    all.extend(in_order(Part::Dmesg, &expect.dmesg, &dmesg, &mut bindings));
    all.extend(absent(&expect.dmesg_not, &dmesg, &bindings));
    all
}

fn verdict(expect: &Expect, observed: &Observed) -> Option<Mismatch> {
    // A command that fails is judged by its status.
    let survived = |verdict| matches!(verdict, Verdict::Pass | Verdict::Failed);
    let wanted = expect.verdict.as_str();
    let summary = match observed.verdict {
        Some(came) if came == expect.verdict || (survived(came) && survived(expect.verdict)) => return None,
        Some(came) => format!("the verdict is {}, not {wanted}", came.as_str()),
        None => format!("the run came to no verdict; {wanted} was expected"),
    };
    Some(Mismatch {
        part: Part::Verdict,
        summary,
        detail: Vec::new(),
    })
}

fn status(expect: &Expect, observed: &Observed) -> Option<Mismatch> {
    let wanted = expect.status?;
    let summary = match observed.status {
        Some(came) if came == wanted => return None,
        Some(came) => format!("the command ended with status {came}, not {wanted}"),
        // The guest powered off, and the command with it. Only a line of the log can say that this was meant.
        None if wanted == 0 && observed.verdict == Some(Verdict::Pass) && !expect.dmesg.is_empty() => return None,
        None => format!("the command did not end; status {wanted} was expected"),
    };
    Some(Mismatch {
        part: Part::Status,
        summary,
        detail: Vec::new(),
    })
}

fn text(part: Part, expected: &Text, observed: &str, bindings: &mut Bindings) -> Vec<Mismatch> {
    match expected {
        Text::Exact(expected) => exact(part, expected, observed, bindings).into_iter().collect(),
        Text::Has(lines) => in_order(part, lines, &observed.lines().collect::<Vec<_>>(), bindings),
    }
}

/// Line by line; a line break at the end counts.
fn exact(part: Part, expected: &str, observed: &str, bindings: &mut Bindings) -> Option<Mismatch> {
    let patterns: Vec<&str> = expected.split('\n').collect();
    let lines: Vec<&str> = observed.split('\n').collect();
    let same = |(pattern, line): &(&&str, &&str)| Pattern::of(pattern).matches(line.trim_end_matches('\r'), bindings);
    let first = patterns.iter().zip(&lines).take_while(same).count();
    if first == patterns.len() && first == lines.len() {
        return None;
    }
    Some(Mismatch {
        part,
        summary: match (expected.is_empty(), observed.is_empty()) {
            (true, _) => format!("{} should be empty", part.name()),
            (_, true) => format!("{} is empty", part.name()),
            _ if expected.trim_end() == observed.trim_end() => format!("{} differs in how it ends", part.name()),
            _ => format!("{} differs from line {} on", part.name(), first + 1),
        },
        detail: diff::lines(&patterns, &lines, first, bindings),
    })
}

/// Finds the lines one after the other; what comes between does not matter. Every line that is missing is reported.
fn in_order(part: Part, expected: &[String], observed: &[&str], bindings: &mut Bindings) -> Vec<Mismatch> {
    let patterns: Vec<Pattern> = expected.iter().map(|line| Pattern::of(line)).collect();
    let mut missing = Vec::new();
    let mut greedy = bindings.clone();
    let mut from = 0;
    for (pattern, written) in patterns.iter().zip(expected) {
        match observed[from..]
            .iter()
            .position(|line| pattern.matches(line, &mut greedy))
        {
            Some(at) => from += at + 1,
            None => missing.push(missing_line(part, pattern, written, observed, from, &greedy)),
        }
    }
    if missing.is_empty() {
        *bindings = greedy;
    } else if patterns.iter().any(|pattern| pattern.names().next().is_some()) {
        // A name may have been bound by the wrong line.
        bindings.start();
        if subsequence(&patterns, observed, bindings) {
            missing.clear();
        }
    }
    missing
}

/// Tries every line for every pattern that has a name to bind; for the others the earliest is as good as any.
fn subsequence(patterns: &[Pattern], lines: &[&str], bindings: &mut Bindings) -> bool {
    let Some((first, rest)) = patterns.split_first() else {
        return true;
    };
    let binds = first.names().any(|name| bindings.get(name).is_none());
    for (at, line) in lines.iter().enumerate() {
        let mut tried = false;
        let mut then = |bindings: &mut Bindings| {
            tried = true;
            subsequence(rest, &lines[at + 1..], bindings)
        };
        if first.every_match(line, bindings, &mut then) {
            return true;
        }
        if tried && !binds {
            return false;
        }
    }
    false
}

fn missing_line(
    part: Part,
    pattern: &Pattern,
    written: &str,
    observed: &[&str],
    from: usize,
    bindings: &Bindings,
) -> Mismatch {
    let earlier = observed[..from]
        .iter()
        .position(|line| pattern.matches(line, &mut bindings.clone()));
    let mut detail = vec![format!("- {}", diff::visible(written))];
    let what = part.name();
    let summary = match earlier {
        Some(at) => {
            let after = observed[from - 1];
            detail.push(format!(
                "  it comes as line {}, but not after `{}`",
                at + 1,
                diff::visible(after)
            ));
            format!("a line of the {what} is out of order")
        }
        None if observed.is_empty() => format!("the {what} is empty and lacks a line"),
        None => format!("the {what} lacks a line"),
    };
    if earlier.is_none() {
        for name in pattern.names() {
            if let Some(bound) = bindings.get(name) {
                detail.push(format!("  where `{name}` is `{}`", diff::visible(bound)));
            }
        }
        let near = diff::near(written, observed);
        detail.extend(
            near.iter()
                .map(|(at, line)| format!("+ {} (line {})", diff::visible(line), at + 1)),
        );
    }
    Mismatch { part, summary, detail }
}

fn absent(unwanted: &[String], observed: &[&str], bindings: &Bindings) -> Vec<Mismatch> {
    let found = unwanted.iter().filter_map(|written| {
        let pattern = Pattern::of(written);
        let at = observed
            .iter()
            .position(|line| pattern.matches(line, &mut bindings.clone()))?;
        Some(Mismatch {
            part: Part::DmesgNot,
            summary: "the kernel log has a line that it must not have".into(),
            detail: vec![
                format!("- not: {}", diff::visible(written)),
                format!("+ {} (line {})", diff::visible(observed[at]), at + 1),
            ],
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests;
