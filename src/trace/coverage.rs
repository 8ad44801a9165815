//! Which lines were executed, and which could have been: counts by address first, of all traces that are added, then the line
//! tables of the files that these addresses are in.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use regex::Regex;
use serde::Serialize;

use crate::decode::units::{self, Unit};
use crate::diag::{Error, Result};

use super::filter::Filter;
use super::input::Input;
use super::source::Files;
use super::tree::Tree;
use super::walk::{self, Seen};

/// How often each address was executed.
type Counts = HashMap<u64, u64>;

/// The code of one ELF file.
struct Image {
    counts: Counts,
    tree: Tree,
    /// vmlinux.
    kernel: bool,
}

/// What traces say, before any source is looked at.
#[derive(Default)]
pub struct Executed(BTreeMap<PathBuf, Image>);

impl Executed {
    /// Adds a trace.
    pub fn add(&mut self, input: &Input, filter: &Filter) -> Result<Seen> {
        let (files, mut symbols) = (Files::of(input)?, input.symbols()?);
        walk::counts(input, &mut symbols, filter, |address, place, count| {
            let Some((file, address)) = files.at(address, place) else {
                return;
            };
            if !self.0.contains_key(file) {
                let image = Image {
                    counts: Counts::new(),
                    tree: input.tree.clone(),
                    kernel: input.vmlinux.as_deref() == Some(file),
                };
                self.0.insert(file.to_owned(), image);
            }
            if let Some(image) = self.0.get_mut(file) {
                *image.counts.entry(address).or_default() += count;
            }
        })
    }

    /// Looks up the lines of the files whose names match a pattern, of all of them if there is none.
    pub fn lines(&self, patterns: &[Regex]) -> Result<Coverage> {
        let wanted = |name: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.is_match(name));
        let mut coverage = Coverage::default();
        for (path, image) in &self.0 {
            units::read(
                path,
                |file| wanted(image.tree.short(file)),
                |unit| coverage.add(unit, image),
            )
            .map_err(|error| Error::usage("lkmc::trace::symbols", error.to_string()))?;
        }
        coverage.0.retain(|name, file| wanted(name) && !file.lines.is_empty());
        Ok(coverage)
    }
}

/// By the names of source files.
#[derive(Default)]
pub struct Coverage(pub BTreeMap<String, File>);

/// One source file.
#[derive(Default)]
pub struct File {
    /// Where it is on this machine.
    pub path: Option<PathBuf>,
    /// In vmlinux, or among the kernel's sources.
    pub kernel: bool,
    /// How often each line with code was executed.
    pub lines: BTreeMap<u32, u64>,
    /// Each function's line, and how often it was entered, by the linker's names.
    pub functions: BTreeMap<String, (u32, u64)>,
}

/// So many of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    pub executed: usize,
    pub all: usize,
}

impl Share {
    fn of<'a>(counts: impl Iterator<Item = &'a u64>) -> Share {
        counts.fold(Share::default(), |share, count| Share {
            executed: share.executed + usize::from(*count > 0),
            all: share.all + 1,
        })
    }

    pub fn plus(self, other: Share) -> Share {
        Share {
            executed: self.executed + other.executed,
            all: self.all + other.all,
        }
    }

    /// None of nothing.
    pub fn percent(self) -> Option<f64> {
        (self.all > 0).then(|| 100.0 * self.executed as f64 / self.all as f64)
    }
}

impl File {
    pub fn of_lines(&self) -> Share {
        Share::of(self.lines.values())
    }

    pub fn of_functions(&self) -> Share {
        Share::of(self.functions.values().map(|(_, count)| count))
    }

    pub fn was_executed(&self) -> bool {
        self.lines.values().any(|count| *count > 0)
    }
}

impl Coverage {
    fn add(&mut self, unit: &Unit, image: &Image) {
        for ((file, line), count) in lines(unit, &image.counts) {
            let known = self.file(unit, file, image);
            *known.lines.entry(line).or_default() += count;
        }
        for body in &unit.bodies {
            let function = &unit.functions[body.function];
            let known = self.file(unit, function.file, image);
            let known = known.functions.entry(function.name.clone());
            known.or_insert((function.line, 0)).1 += image.counts.get(&body.entry).unwrap_or(&0);
        }
    }

    fn file(&mut self, unit: &Unit, number: usize, image: &Image) -> &mut File {
        let named = &unit.files[number];
        let name = image.tree.short(named).to_owned();
        let file = self.0.entry(name).or_insert_with(|| File {
            path: image.tree.find(named, &unit.directory),
            ..File::default()
        });
        file.kernel |= image.kernel || image.tree.is_kernels(named);
        file
    }
}

/// How often a body's part of a line was executed.
#[derive(Default)]
struct Part {
    /// Where statements begin.
    begun: Option<u64>,
    /// Where the compiler has moved a part of one.
    moved: u64,
}

/// How often each line of a unit was executed, by the file's number and the line's. In one body of its function a line's code may be
/// in several places, of which the busiest counts; bodies add up. Code that has got into other functions, because these end alike,
/// counts where there is no other.
fn lines(unit: &Unit, counts: &Counts) -> HashMap<(usize, u32), u64> {
    let owners = Owners::of(unit);
    let mut lines: HashMap<(usize, u32), HashMap<Option<usize>, Part>> = HashMap::new();
    for row in &unit.rows {
        let count = counts.get(&row.address).copied().unwrap_or(0);
        let bodies = lines.entry((row.file, row.line)).or_default();
        let part = bodies.entry(owners.body(row)).or_default();
        match row.statement {
            true => part.begun = part.begun.max(Some(count)),
            false => part.moved = part.moved.max(count),
        }
    }
    let executed = |bodies: HashMap<Option<usize>, Part>| {
        let only = bodies.len() == 1;
        let own = bodies.iter().filter(|(body, _)| only || body.is_some());
        own.map(|(_, part)| part.begun.unwrap_or(part.moved)).sum()
    };
    lines
        .into_iter()
        .map(|(line, bodies)| (line, executed(bodies)))
        .collect()
}

/// Which function a line is of: that which is declared last before it.
struct Owners<'a> {
    unit: &'a Unit,
    /// By file. A macro may declare several functions in one line.
    declared: HashMap<usize, BTreeMap<u32, Vec<usize>>>,
}

impl Owners<'_> {
    fn of(unit: &Unit) -> Owners<'_> {
        let mut declared: HashMap<usize, BTreeMap<u32, Vec<usize>>> = HashMap::new();
        for (number, function) in unit.functions.iter().enumerate() {
            let of_file = declared.entry(function.file).or_default();
            of_file.entry(function.line).or_default().push(number);
        }
        Owners { unit, declared }
    }

    /// The body of that function around an address, and of several functions the outermost: a macro makes a system call of three that
    /// are inlined into each other.
    fn body(&self, row: &units::Row) -> Option<usize> {
        let (_, functions) = self.declared.get(&row.file)?.range(..=row.line).next_back()?;
        let inside = |body: &usize| self.unit.bodies[*body].inside;
        let around = std::iter::successors(self.unit.body_at(row.address), inside);
        around
            .filter(|body| functions.contains(&self.unit.bodies[*body].function))
            .last()
    }
}

/// The names of source files in the order in which they are shown: first those of the user's modules and programs, then by how much of
/// them was executed.
pub fn ordered(coverage: &Coverage) -> Vec<(&str, &File)> {
    let mut files: Vec<(&str, &File)> = coverage.0.iter().map(|(name, file)| (name.as_str(), file)).collect();
    files.sort_by_key(|(name, file)| (file.kernel, std::cmp::Reverse(file.of_lines().executed), *name));
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::units::{Body, Function, Row};

    fn unit() -> Unit {
        let function = |name: &str, line| Function {
            name: name.into(),
            file: 0,
            line,
        };
        let body = |function, inside, entry| Body {
            function,
            inside,
            entry,
        };
        let row = |address, line, statement| Row {
            address,
            file: 0,
            line,
            statement,
        };
        // check() in lines 1 to 4 is inlined twice into work() in lines 10 to 20.
        let bodies = vec![body(1, None, 100), body(0, Some(0), 110), body(0, Some(0), 130)];
        let spans = [(100..200, 0), (110..120, 1), (130..150, 2)];
        let rows = vec![
            row(100, 10, true),
            row(104, 11, true),
            // Its call stands where its body begins.
            row(110, 12, true),
            row(110, 2, true),
            row(114, 3, true),
            // What is left of line 14 has been moved to before a branch to it; nothing begins in line 16.
            row(118, 14, false),
            row(122, 16, false),
            row(124, 14, true),
            row(130, 2, true),
            row(140, 2, true),
            row(150, 12, false),
            row(160, 12, true),
            // The end of check() has got into work().
            row(170, 3, true),
        ];
        Unit::of(
            vec!["a.c".into()],
            rows,
            vec![function("check", 1), function("work", 10)],
            bodies,
            &spans,
        )
    }

    #[test]
    fn the_busiest_place_of_each_body_counts() {
        let executed = [
            (100, 5),
            (104, 5),
            (110, 7),
            (118, 5),
            (122, 5),
            (130, 1),
            (140, 3),
            (150, 1),
            (160, 4),
            (170, 9),
        ];
        let lines = lines(&unit(), &executed.into());
        let count = |line| lines[&(0, line)];
        assert_eq!([10, 11].map(count), [5, 5]);
        // Seven times in one body, three times in a loop of the other one.
        assert_eq!([2, 3].map(count), [10, 0]);
        // All of its places are of one body of work().
        assert_eq!(count(12), 7);
        assert_eq!([14, 16].map(count), [0, 5]);
    }

    #[test]
    fn a_function_is_entered_in_all_of_its_bodies() {
        let image = Image {
            counts: [(100, 5), (110, 7), (130, 1)].into(),
            tree: Tree::default(),
            kernel: false,
        };
        let mut coverage = Coverage::default();
        coverage.add(&unit(), &image);
        let file = &coverage.0["a.c"];
        assert_eq!(file.functions["work"], (10, 5));
        assert_eq!(file.functions["check"], (1, 8));
        assert_eq!(file.of_lines(), Share { executed: 3, all: 7 });
        assert_eq!(Share::default().percent(), None);
    }
}
