//! What a line of KTAP or TAP is, without what it is indented by.

/// Of the lines that say something of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Results follow. KTAP's have numbers, TAP's may have none.
    Version {
        numbered: bool,
    },
    /// So many results follow, or came; if it is none, why.
    Plan {
        results: u64,
        skipped: Option<&'a str>,
    },
    /// What the test is called whose subtests follow.
    Subtest(&'a str),
    Result(Said<'a>),
    /// No more results come, and why.
    Bail(&'a str),
    Other,
}

/// What is said of one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    pub ok: bool,
    pub number: Option<u64>,
    pub name: &'a str,
    pub directive: Option<Directive>,
    /// What else stands behind the `#`.
    pub why: &'a str,
}

/// A word that makes another outcome of `ok` and `not ok`. TIMEOUT and ERROR do not: they are why it is `not ok`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    Skip,
    Todo,
    Xfail,
}

const DIRECTIVES: &[(&str, Directive)] = &[
    ("skip", Directive::Skip),
    ("todo", Directive::Todo),
    ("xfail", Directive::Xfail),
];

impl<'a> Line<'a> {
    pub fn of(text: &'a str) -> Line<'a> {
        let text = text.trim_end();
        let read = [version, plan, subtest, result, bail];
        read.iter().find_map(|read| read(text)).unwrap_or(Line::Other)
    }
}

/// Whether results begin here.
pub fn is_version(text: &str) -> bool {
    version(text.trim_end()).is_some()
}

fn version(text: &str) -> Option<Line<'_>> {
    let (numbered, number) = match text.strip_prefix("KTAP version ") {
        Some(number) => (true, number),
        None => (false, text.strip_prefix("TAP version ")?),
    };
    is_number(number).then_some(Line::Version { numbered })
}

fn plan(text: &str) -> Option<Line<'_>> {
    let text = text.strip_prefix("1..")?;
    let (number, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let rest = rest.trim_start();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let (_, directive, why) = behind_hash(rest);
    Some(Line::Plan {
        results: number.parse().ok()?,
        skipped: (directive == Some(Directive::Skip)).then_some(why),
    })
}

fn subtest(text: &str) -> Option<Line<'_>> {
    let name = text.strip_prefix("# Subtest:")?.trim();
    (!name.is_empty()).then_some(Line::Subtest(name))
}

fn result(text: &str) -> Option<Line<'_>> {
    let (ok, rest) = match text.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix("ok")?),
    };
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let rest = rest.trim_start();
    let word = rest.split(' ').next().unwrap_or_default();
    let number = is_number(word).then(|| word.parse().ok()).flatten();
    let rest = if number.is_some() { &rest[word.len()..] } else { rest };
    let (name, directive, why) = behind_hash(rest);
    let name = name.trim();
    let name = name.strip_prefix("- ").unwrap_or(name).trim();
    Some(Line::Result(Said {
        ok,
        number,
        name: if name == "-" { "" } else { name },
        directive,
        why,
    }))
}

fn bail(text: &str) -> Option<Line<'_>> {
    text.strip_prefix("Bail out!").map(|why| Line::Bail(why.trim()))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name, and what its `#` says of it: of several the one before a directive, else the first. A name may have a `#` in a word.
fn behind_hash(text: &str) -> (&str, Option<Directive>, &str) {
    let marks = || {
        let hashes = text.match_indices('#').map(|(at, _)| at);
        hashes.filter(|at| text[..*at].ends_with([' ', '\t']) || *at == 0)
    };
    let behind = |at: usize| text[at + 1..].trim();
    for at in marks() {
        if let Some((directive, why)) = directive(behind(at)) {
            return (&text[..at], Some(directive), why);
        }
    }
    match marks().find(|at| text[at + 1..].starts_with(' ')) {
        Some(at) => (&text[..at], None, behind(at)),
        None => (text, None, ""),
    }
}

/// `SKIP reason`, `skipped: reason`.
fn directive(text: &str) -> Option<(Directive, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let why = rest.trim_start_matches([':', ' ']);
    let word = word.to_ascii_lowercase();
    let word = if word == "skipped" { "skip" } else { &word };
    let found = DIRECTIVES.iter().find(|(name, _)| *name == word);
    found.map(|(_, directive)| (*directive, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said<'_> {
        match Line::of(text) {
            Line::Result(said) => said,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn results_as_tests_write_them() {
        for (text, ok, number, name) in [
            ("ok 1 test_case_name", true, Some(1), "test_case_name"),
            ("not ok 12 - two words", false, Some(12), "two words"),
            ("ok 3", true, Some(3), ""),
            ("ok - without a number", true, None, "without a number"),
            ("not ok", false, None, ""),
            (
                "ok 2 selftests: timers: posix_timers",
                true,
                Some(2),
                "selftests: timers: posix_timers",
            ),
            ("ok 4 test #1 of two", true, Some(4), "test #1 of two"),
            (
                "ok 99999999999999999999 no number",
                true,
                None,
                "99999999999999999999 no number",
            ),
        ] {
            let said = said(text);
            assert_eq!((said.ok, said.number, said.name), (ok, number, name), "{text}");
            assert_eq!((said.directive, said.why), (None, ""), "{text}");
        }
    }

    #[test]
    fn what_stands_behind_the_hash() {
        use Directive::{Skip, Todo, Xfail};
        for (text, name, directive, why) in [
            ("ok 1 test # SKIP no device", "test", Some(Skip), "no device"),
            ("ok 1 # SKIP no device", "", Some(Skip), "no device"),
            ("not ok 1 test # skipped: no device", "test", Some(Skip), "no device"),
            ("ok 1 test #SKIP", "test", Some(Skip), ""),
            ("not ok 2 test # TODO one day", "test", Some(Todo), "one day"),
            ("ok 5 # XFAIL known", "", Some(Xfail), "known"),
            ("not ok 1 test # TIMEOUT 30 seconds", "test", None, "TIMEOUT 30 seconds"),
            ("not ok 1 test # exit=139", "test", None, "exit=139"),
            ("ok 1 a # b # SKIP c", "a # b", Some(Skip), "c"),
            (
                "ok 1 test # skipping is not skipped",
                "test",
                None,
                "skipping is not skipped",
            ),
        ] {
            let said = said(text);
            assert_eq!((said.name, said.directive, said.why), (name, directive, why), "{text}");
        }
    }

    #[test]
    fn the_other_lines() {
        assert_eq!(Line::of("KTAP version 1\r"), Line::Version { numbered: true });
        assert_eq!(Line::of("TAP version 14"), Line::Version { numbered: false });
        let plan = |results, skipped| Line::Plan { results, skipped };
        assert_eq!(Line::of("1..4"), plan(4, None));
        assert_eq!(Line::of("1..0 # SKIP no root"), plan(0, Some("no root")));
        assert_eq!(Line::of("1..7 # tests"), plan(7, None));
        assert_eq!(Line::of("# Subtest: example"), Line::Subtest("example"));
        assert_eq!(Line::of("Bail out! no memory"), Line::Bail("no memory"));
        for text in [
            "",
            "# comment",
            "okay 1 test",
            "oken",
            "not okay",
            "1..",
            "1..4 files",
            "1..99999999999999999999",
            "KTAP version",
            "KTAP version one",
            "a KTAP version 1",
            "# Subtest:",
        ] {
            assert_eq!(Line::of(text), Line::Other, "{text}");
        }
    }
}
