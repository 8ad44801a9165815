//! From lines to results. What is nested is told by its indentation alone: an unknown line may stand anywhere, and a kernel that dies
//! ends everything in the middle.

use std::collections::VecDeque;

use super::line::{Directive, Line, Said, is_version};
use super::results::{Outcome, Problem, Results, Test};

/// What is indented by more is no result.
const DEEPEST: usize = 128;
/// So many lines that say something of tests are read: what comes from a guest may have no end.
const MOST: usize = 100_000;
/// What a test that failed has said before.
const LOG: usize = 20;
/// No name is longer.
const LONGEST_NAME: usize = 400;

/// Takes one line after the other, of one stream.
#[derive(Default)]
pub struct Parser {
    /// Results that are open, from the outermost in; each is indented by more than the one before.
    levels: Vec<Level>,
    ended: Body,
    /// Lines since something was said of a test.
    log: VecDeque<String>,
    block: Block,
    /// TAP names a test before its subtests begin.
    announced: Option<String>,
    /// Lines that said something.
    taken: usize,
}

/// YAML that belongs to the result before it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Block {
    #[default]
    No,
    /// The last line was a result, which was indented by this.
    MayBegin(usize),
    Open(usize),
}

/// Where the text of a line begins.
#[derive(Clone, Copy)]
struct Place {
    column: usize,
    /// And where the `#` stands that the runner of kselftest puts before each line of a program.
    hash: Option<usize>,
}

/// Results between a version line, or a plan, and the result of the test that they are of.
struct Level {
    place: Place,
    /// A result without a number is none.
    numbered: bool,
    name: Option<String>,
    plan: Option<u64>,
    results: u64,
    /// The number before the first one; none if that is not known, where nobody said that results begin.
    before: Option<u64>,
    highest: u64,
    body: Body,
    /// Subtests, of a test that has not said its own result.
    waiting: Option<Closed>,
}

/// Tests and gaps between them, whose names begin with the innermost.
#[derive(Default)]
struct Body {
    tests: Vec<Test>,
    gaps: Vec<Gap>,
}

struct Gap {
    names: Vec<String>,
    what: String,
}

struct Closed {
    name: Option<String>,
    body: Body,
    /// Of a program in the hands of kselftest's runner.
    hashed: bool,
}

impl Parser {
    pub fn line(&mut self, text: &str) {
        if self.taken == MOST {
            return;
        }
        let (place, content) = self.place(text);
        if self.is_of_a_block(place, content) {
            return;
        }
        let line = match place.column <= DEEPEST {
            true => Line::of(content),
            false => Line::Other,
        };
        let taken = match line {
            Line::Version { numbered } => self.begin(place, numbered),
            Line::Plan { results, skipped } => self.plan(place, results, skipped),
            Line::Subtest(name) => self.subtest(place, name),
            Line::Result(said) => self.result(place, &said),
            Line::Bail(why) => self.bail(why),
            Line::Other => false,
        };
        if taken {
            self.taken += 1;
            self.log.clear();
        } else if !self.levels.is_empty() && !content.is_empty() {
            if self.log.len() == LOG {
                self.log.pop_front();
            }
            self.log.push_back(text.to_owned());
        }
    }

    /// Whatever has come by now is all.
    pub fn finish(&mut self) -> Results {
        let closed = self.close_from(0);
        self.put_away(closed);
        let cut = self.taken == MOST;
        let Parser { ended, .. } = std::mem::take(self);
        let tests = ended.tests.into_iter().map(|mut test| {
            test.names.reverse();
            test
        });
        let problem = |gap: Gap| Problem {
            suite: gap.names.into_iter().rev().collect::<Vec<_>>().join("."),
            what: gap.what,
        };
        let more = cut.then(|| Problem {
            suite: String::new(),
            what: format!("only the first {MOST} lines that say something of tests were read"),
        });
        Results {
            tests: tests.collect(),
            problems: ended.gaps.into_iter().map(problem).chain(more).collect(),
        }
    }

    /// Behind blanks, and behind the `# ` of a program whose results have begun so.
    fn place<'t>(&self, text: &'t str) -> (Place, &'t str) {
        let mut content = text.trim_start_matches(' ');
        let (at, mut hash) = (text.len() - content.len(), None);
        if let Some(behind) = content.strip_prefix('#') {
            let inner = behind.trim_start_matches(' ');
            if is_version(inner) || self.levels.iter().any(|level| level.place.hash == Some(at)) {
                (content, hash) = (inner, Some(at));
            }
        }
        let column = text.len() - content.len();
        (Place { column, hash }, content.trim_end())
    }

    fn is_of_a_block(&mut self, place: Place, content: &str) -> bool {
        match self.block {
            Block::MayBegin(column) if content == "---" && place.column > column => self.block = Block::Open(column),
            Block::Open(column) if place.column > column && content == "..." => self.block = Block::No,
            Block::Open(column) if place.column > column || content.is_empty() => {
                let test = self.levels.last_mut().and_then(|level| level.body.tests.last_mut());
                if let Some(test) = test.filter(|test| test.outcome == Outcome::Failed && test.log.len() < LOG) {
                    test.log.push(content.to_owned());
                }
            }
            _ => {
                self.block = Block::No;
                return false;
            }
        }
        true
    }

    /// What is indented as much, or by more, has ended.
    fn close_from(&mut self, column: usize) -> Option<Closed> {
        let mut closed = None;
        while let Some(level) = self.levels.pop_if(|level| level.place.column >= column) {
            closed = Some(level.close(closed.take(), self.levels.is_empty()));
        }
        closed
    }

    /// What has ended and is of a test that is still to say its result, or of none.
    fn put_away(&mut self, closed: Option<Closed>) {
        let Some(mut closed) = closed else { return };
        match self.levels.last_mut() {
            Some(parent) => parent.hold(Some(closed)),
            None => {
                if let Some(name) = &closed.name {
                    closed.body.put_under(name);
                }
                self.ended.append(closed.body);
            }
        }
    }

    fn begin(&mut self, place: Place, numbered: bool) -> bool {
        let all_came = |level: &Level| level.plan.is_some_and(|plan| plan <= level.results);
        // What comes after all results that were planned is of others, although it is indented.
        let from = match self.levels.as_slice() {
            [only] if all_came(only) => 0,
            _ => place.column,
        };
        let closed = self.close_from(from);
        self.put_away(closed);
        self.levels.push(Level {
            name: self.announced.take(),
            ..Level::new(place, numbered)
        });
        true
    }

    fn level(&self, place: Place) -> Option<&Level> {
        self.levels.iter().find(|level| level.place.column == place.column)
    }

    /// The level of this place, and nothing deeper is open.
    fn back_to(&mut self, place: Place) -> Option<&mut Level> {
        let closed = self.close_from(place.column + 1);
        if self.level(place).is_none() {
            // Of kernel 6.1, whose modules' suites have nothing around them, and are numbered on from those of the boot.
            self.levels.push(Level {
                before: None,
                ..Level::new(place, true)
            });
        }
        let level = self.levels.last_mut()?;
        level.hold(closed);
        Some(level)
    }

    fn plan(&mut self, place: Place, results: u64, skipped: Option<&str>) -> bool {
        if self.level(place).is_none_or(|level| level.plan.is_some()) {
            let numbered = self.levels.last().is_some_and(|level| level.numbered);
            self.begin(place, numbered);
        }
        let outermost = self
            .levels
            .first()
            .is_some_and(|level| level.place.column == place.column);
        let Some(level) = self.back_to(place) else { return false };
        level.plan = Some(results);
        // Of what is nested the test says itself that it was skipped.
        if let (0, true, Some(why)) = (results, outermost, skipped) {
            let name = level.name.take().unwrap_or_else(|| "all tests".into());
            level.body.tests.push(Test {
                names: vec![name],
                outcome: Outcome::Skipped,
                why: why.to_owned(),
                log: Vec::new(),
            });
        }
        true
    }

    /// KUnit names a test behind the version line of its subtests, TAP before them.
    fn subtest(&mut self, place: Place, name: &str) -> bool {
        let name = shortened(name);
        let begun = self.levels.last().filter(|level| level.place.column == place.column);
        let is_new = |level: &Level| level.plan.is_none() && level.results == 0 && level.name.is_none();
        match begun {
            Some(level) if place.column > 0 && is_new(level) => {
                if let Some(level) = self.levels.last_mut() {
                    level.name = Some(name);
                }
            }
            None if place.column > self.levels.last().map_or(0, |level| level.place.column) => {
                self.announced = Some(name);
                self.begin(place, true);
            }
            _ => self.announced = Some(name),
        }
        true
    }

    fn result(&mut self, place: Place, said: &Said) -> bool {
        let Some(deepest) = self.levels.last() else {
            return false;
        };
        let numbered = match self.level(place) {
            Some(level) => level.numbered,
            None if place.column > deepest.place.column => return false,
            None => true,
        };
        if numbered && said.number.is_none() {
            return false;
        }
        let log = std::mem::take(&mut self.log);
        let Some(level) = self.back_to(place) else { return false };
        level.take(said, log);
        self.block = Block::MayBegin(place.column);
        true
    }

    fn bail(&mut self, why: &str) -> bool {
        let Some(level) = self.levels.last_mut() else {
            return false;
        };
        let what = match why {
            "" => "it gave up".to_owned(),
            why => format!("it gave up: {why}"),
        };
        level.body.gaps.push(Gap {
            names: Vec::new(),
            what,
        });
        true
    }
}

impl Level {
    fn new(place: Place, numbered: bool) -> Level {
        Level {
            place,
            numbered,
            name: None,
            plan: None,
            results: 0,
            before: Some(0),
            highest: 0,
            body: Body::default(),
            waiting: None,
        }
    }

    fn take(&mut self, said: &Said, log: VecDeque<String>) {
        self.results += 1;
        let number = said.number.unwrap_or(self.results);
        self.before.get_or_insert(number.saturating_sub(1));
        self.highest = self.highest.max(number);
        let (called, mut body) = match self.waiting.take() {
            // The runner knows how its program ended; what such programs print is often less than they plan.
            Some(mut closed) if closed.hashed && said.ok => {
                closed.body.gaps.clear();
                (closed.name, closed.body)
            }
            Some(closed) => (closed.name, closed.body),
            None => (None, Body::default()),
        };
        let name = match (said.name, called) {
            ("", Some(called)) => called,
            ("", None) => number.to_string(),
            (name, _) => shortened(name),
        };
        let outcome = outcome(said);
        // A test is the sum of its subtests, unless it knows of a failure that they do not.
        let is_told = !body.tests.is_empty() && (outcome != Outcome::Failed || body.has_failed());
        body.put_under(&name);
        self.body.append(body);
        if !is_told {
            self.body.tests.push(Test {
                names: vec![name],
                outcome,
                why: said.why.to_owned(),
                log: match outcome {
                    Outcome::Failed => log.into(),
                    _ => Vec::new(),
                },
            });
        }
    }

    /// Subtests that have ended.
    fn hold(&mut self, closed: Option<Closed>) {
        let Some(closed) = closed else { return };
        if let Some(orphan) = self.waiting.replace(closed) {
            self.adopt(orphan);
        }
    }

    /// Subtests of a test that has never said its own result.
    fn adopt(&mut self, orphan: Closed) {
        let (name, mut body) = (orphan.name.unwrap_or_else(|| "unnamed".into()), orphan.body);
        body.put_under(&name);
        self.body.append(body);
        // Where there is a plan it is short by one.
        if self.plan.is_none() {
            self.body.gaps.push(Gap {
                names: vec![name],
                what: "its own result is missing".into(),
            });
        }
    }

    fn close(mut self, deeper: Option<Closed>, outermost: bool) -> Closed {
        self.hold(deeper);
        if let Some(orphan) = self.waiting.take() {
            self.adopt(orphan);
        }
        let numbers = self.highest.saturating_sub(self.before.unwrap_or(0));
        let (came, planned) = (self.results, self.plan.unwrap_or(numbers));
        let what = match planned.saturating_sub(came) {
            0 if self.plan.is_some() && came > planned => {
                Some(format!("{came} results came where {planned} were planned"))
            }
            0 if outermost && self.plan.is_none() && self.body.is_empty() => Some("no result came".into()),
            0 => None,
            1 => Some(format!("1 of {planned} results is missing")),
            missing => Some(format!("{missing} of {planned} results are missing")),
        };
        self.body.gaps.extend(what.map(|what| Gap {
            names: Vec::new(),
            what,
        }));
        Closed {
            name: self.name,
            body: self.body,
            hashed: self.place.hash.is_some(),
        }
    }
}

impl Body {
    fn put_under(&mut self, name: &str) {
        let tests = self.tests.iter_mut().map(|test| &mut test.names);
        let gaps = self.gaps.iter_mut().map(|gap| &mut gap.names);
        tests.chain(gaps).for_each(|names| names.push(name.to_owned()));
    }

    fn append(&mut self, more: Body) {
        self.tests.extend(more.tests);
        self.gaps.extend(more.gaps);
    }

    fn has_failed(&self) -> bool {
        self.tests.iter().any(|test| test.outcome == Outcome::Failed)
    }

    fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.gaps.is_empty()
    }
}

fn outcome(said: &Said) -> Outcome {
    match (said.directive, said.ok) {
        (Some(Directive::Skip), _) => Outcome::Skipped,
        // kselftest says `ok` of what failed as expected.
        (Some(Directive::Xfail), _) | (Some(Directive::Todo), false) => Outcome::Expected,
        (_, true) => Outcome::Passed,
        (_, false) => Outcome::Failed,
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests;
