//! gem5's statistics: `stats.txt`, which holds one block for each time that they were dumped.
//!
//! A line is a name, one value or more, and after `#` what it means and its unit. Of a distribution's bucket (`name::bucket`) the
//! first value is the count; its shares of the total, which follow, are left out. Some vectors have one line for all of their columns,
//! with a `|` before each: they become `name::0`, `name::1` and so on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::diag::{Error, Result};
use crate::hash::hex;

use super::absent;

/// In gem5's output directory.
pub const FILE: &str = "stats.txt";
/// From gem5 25.1 on, a script may have put a message behind it (src/base/stats/text.cc).
const BEGIN: &str = "---------- Begin Simulation Statistics";
const END: &str = "---------- End Simulation Statistics";
/// What `gem5/lkmc/cores.py` calls the clusters, in their order.
pub const CLUSTERS: [&str; 2] = ["system.cpu_cluster", "system.little_cluster"];

/// The statistics of one stretch of simulation, in gem5's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Dump {
    pub stats: Vec<Stat>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stat {
    pub name: String,
    /// Absent where gem5 says `nan` or `inf`: a share of nothing.
    pub value: Option<f64>,
    /// As gem5 wrote it: no digit is lost.
    pub text: String,
    pub unit: Option<String>,
    pub description: String,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Those that are whole.
    pub dumps: Vec<Dump>,
    /// Another one has no end: the simulation was killed while it wrote.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("line {0}: a value is missing or is no number")]
    Value(usize),
    #[error("line {0}: this is outside of any dump")]
    Outside(usize),
    #[error("the last dump has no end: the simulation was killed while it wrote")]
    Cut,
}

/// All dumps of a file.
pub fn parse(text: &str) -> std::result::Result<Statistics, ParseError> {
    let mut found = Statistics::default();
    let mut open: Option<Dump> = None;
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let broken_off = lines.peek().is_none() && !text.ends_with('\n');
        match (&mut open, line.trim_end()) {
            (_, "") => {}
            (None, line) if line.starts_with(BEGIN) => open = Some(Dump::default()),
            (None, line) if broken_off && BEGIN.starts_with(line) => found.cut = true,
            (Some(_), line) if line.starts_with(END) => found.dumps.extend(open.take()),
            (Some(dump), line) => match statistics(line) {
                Some(stats) => dump.stats.extend(stats),
                None if broken_off => {}
                None => return Err(ParseError::Value(index + 1)),
            },
            (None, _) => return Err(ParseError::Outside(index + 1)),
        }
    }
    found.cut |= open.is_some();
    Ok(found)
}

/// Of one line.
fn statistics(line: &str) -> Option<Vec<Stat>> {
    let (values, comment) = line.split_once(" # ").unwrap_or((line, ""));
    let (name, values) = values.trim_start().split_once([' ', '|'])?;
    let (description, unit) = split_unit(comment.trim());
    let stat = |name: String, values: &str| {
        let text = values.split_whitespace().next()?;
        let value: f64 = text.trim_end_matches('%').parse().ok()?;
        Some(Stat {
            name,
            value: value.is_finite().then_some(value),
            text: text.into(),
            unit: unit.clone(),
            description: description.clone(),
        })
    };
    if !values.contains('|') {
        return Some(vec![stat(name.into(), values)?]);
    }
    let columns = values.trim_start().trim_start_matches('|').split('|').enumerate();
    columns
        .map(|(index, values)| stat(format!("{name}::{index}"), values))
        .collect()
}

/// `Number of seconds simulated (Second)`.
fn split_unit(comment: &str) -> (String, Option<String>) {
    // Units nest: `((Cycle/Count))`.
    let Some(inner) = comment.strip_suffix(')') else {
        return (comment.into(), None);
    };
    let mut depth = 1;
    for (index, byte) in inner.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let unit = inner[index + 1..].trim_matches(['(', ')']);
            return (
                inner[..index].trim_end().into(),
                (!unit.is_empty()).then(|| unit.into()),
            );
        }
    }
    (comment.into(), None)
}

/// The dumps of a run's output directory, of a run that came to its end.
pub fn read(output: &Path) -> Result<Vec<Dump>> {
    let found = read_whole(output)?;
    match found.cut {
        true => Err(malformed(output, ParseError::Cut)),
        false => Ok(found.dumps),
    }
}

fn malformed(output: &Path, why: ParseError) -> Error {
    let message = format!("{} cannot be understood", output.join(FILE).display());
    Error::infrastructure("lkmc::gem5::stats", message).cause(why)
}

/// What is whole, however the run ended.
pub fn read_whole(output: &Path) -> Result<Statistics> {
    let file = output.join(FILE);
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Error::usage(
            "lkmc::gem5::no_stats",
            format!("there are no statistics in {}", output.display()),
        )
        .cause(error)
        .help("gem5 writes them when the guest's command ends; look at the run's run.json")
    })?;
    parse(&text).map_err(|error| malformed(output, error))
}

impl Dump {
    pub fn get(&self, name: &str) -> Option<&Stat> {
        self.stats.iter().find(|stat| stat.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.stats.iter().map(|stat| stat.name.as_str())
    }

    /// A statistic of each processor: `system.cpu_cluster.cpus.NAME`, or `cpus0.NAME` and so on where there are several, and those
    /// of `system.little_cluster`.
    pub fn of_processors(&self, name: &str) -> impl Iterator<Item = (Processor<'_>, f64)> {
        self.stats.iter().filter_map(move |stat| {
            let processor = Processor::with(&stat.name, name)?;
            Some((processor, stat.value?))
        })
    }

    /// The sum over all processors; None if none has it.
    pub fn sum_over_processors(&self, name: &str) -> Option<f64> {
        let values: Vec<f64> = self.of_processors(name).map(|(_, value)| value).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }
}

/// A processor by gem5's name of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor<'a> {
    cluster: &'static str,
    /// `system.cpu_cluster.cpus1`.
    object: &'a str,
}

impl<'a> Processor<'a> {
    /// That whose statistic `name` this is.
    fn with(full: &'a str, name: &str) -> Option<Processor<'a>> {
        let object = full.strip_suffix(name)?.strip_suffix('.')?;
        let cluster = CLUSTERS.into_iter().find(|cluster| {
            let number = object.strip_prefix(cluster).and_then(|rest| rest.strip_prefix(".cpus"));
            number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        })?;
        Some(Processor { cluster, object })
    }

    pub fn stat(&self, name: &str) -> String {
        format!("{}.{name}", self.object)
    }

    /// The statistic that is its cycle, in ticks.
    pub fn clock(&self) -> String {
        format!("{}.clk_domain.clock", self.cluster)
    }
}

/// A hash of everything that is the machine's, in all dumps of a run: equal hashes, equal runs. How fast the host was is left out.
pub fn fingerprint(dumps: &[Dump]) -> String {
    let mut hash = Sha256::new();
    for (index, dump) in dumps.iter().enumerate() {
        if index > 0 {
            hash.update("\n");
        }
        for stat in dump.stats.iter().filter(|stat| !is_the_hosts(&stat.name)) {
            hash.update(format!("{} {}\n", stat.name, stat.text));
        }
    }
    hex(&hash.finalize())
}

/// `hostSeconds` and the like say how long gem5 took.
fn is_the_hosts(name: &str) -> bool {
    name.starts_with("host")
}

/// One statistic of two dumps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub name: String,
    /// Absent where gem5 says `nan` or `inf`.
    pub before: Option<f64>,
    pub after: Option<f64>,
    /// After over before; absent where before is zero, or one of them absent.
    pub ratio: Option<f64>,
}

/// What differs between two dumps, the largest change first, and last what one of them does not have. A statistic that is missing counts as zero: gem5 leaves out what
/// did not happen.
pub fn difference(before: &Dump, after: &Dump) -> Vec<Change> {
    fn by_name(dump: &Dump) -> BTreeMap<&str, &Stat> {
        dump.stats.iter().map(|stat| (stat.name.as_str(), stat)).collect()
    }
    let (before, after) = (by_name(before), by_name(after));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let change = |name: &str| {
        let (stats, zero) = ([before.get(name), after.get(name)], Some(0.0));
        let [before, after] = stats.map(|stat| stat.map_or(zero, |stat| stat.value));
        // Not every digit that gem5 writes is in a number of ours.
        let same = match stats {
            [Some(before), Some(after)] => before.text == after.text,
            _ => before == after,
        };
        let ratio = before.zip(after).filter(|(before, _)| *before != 0.0);
        (!same).then(|| Change {
            name: name.into(),
            before,
            after,
            ratio: ratio.map(|(before, after)| after / before),
        })
    };
    let machines = names.into_iter().filter(|name| !is_the_hosts(name));
    let mut changes: Vec<Change> = machines.filter_map(change).collect();
    let order = |change: &Change| (magnitude(change).is_infinite(), -magnitude(change));
    changes.sort_by(|a, b| {
        let ((a_new, a), (b_new, b)) = (order(a), order(b));
        a_new.cmp(&b_new).then(a.total_cmp(&b))
    });
    changes
}

/// Whether a change is of a bucket whose distribution has wider or narrower ones in the other dump: both say nothing of each other.
pub fn is_rescaled(change: &Change, before: &Dump, after: &Dump) -> bool {
    let (full, bucket) = absent::parted(&change.name);
    let Some(bucket) = bucket.filter(|bucket| absent::is_range(bucket) || absent::is_number(bucket)) else {
        return false;
    };
    let width = |dump: &Dump| {
        let buckets = dump
            .names()
            .filter_map(|name| name.strip_prefix(full)?.strip_prefix("::"));
        buckets.filter_map(absent::width).next()
    };
    // Another bucket of one dump is as wide as this one. Bounds of seven digits and more are rounded.
    let other = |dump: &Dump| {
        let own = absent::width(bucket).unwrap_or(0.0);
        width(dump).is_some_and(|width| (width - own).abs() > 0.1 * width.max(own))
    };
    other(before) || other(after)
}

/// A value for people.
pub fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "nan".into(), |value| value.to_string())
}

/// How far apart two values are, whichever is the larger one: 2 for half and for double.
fn magnitude(change: &Change) -> f64 {
    match change.ratio {
        Some(ratio) if ratio > 0.0 => ratio.max(1.0 / ratio),
        // From or to nothing, or across zero.
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
---------- Begin Simulation Statistics ----------
simSeconds                                   0.000035                       # Number of seconds simulated (Second)
simTicks                                     35000000                       # Number of ticks simulated (Tick)
system.cpu_cluster.cpus.numCycles               70001                       # Number of cpu cycles simulated (Cycle)
system.cpu_cluster.cpus.cpi                       nan                       # CPI: cycles per instruction ((Cycle/Count))
system.cpu_cluster.cpus.commitStats0.committedInstType::IntAlu        91     60.67%     60.67% # Class of committed instruction. (Count)

---------- End Simulation Statistics   ----------

---------- Begin Simulation Statistics ----------
simTicks                                     17500000                       # Number of ticks simulated (Tick)

---------- End Simulation Statistics   ----------
";

    #[test]
    fn each_dump_has_its_values_units_and_words() {
        let dumps = parse(TEXT).unwrap().dumps;
        assert_eq!(dumps.len(), 2);
        let cycles = dumps[0].get("system.cpu_cluster.cpus.numCycles").unwrap();
        assert_eq!((cycles.value, cycles.unit.as_deref()), (Some(70001.0), Some("Cycle")));
        assert_eq!(cycles.description, "Number of cpu cycles simulated");
        let cpi = dumps[0].get("system.cpu_cluster.cpus.cpi").unwrap();
        assert_eq!((cpi.value, cpi.unit.as_deref()), (None, Some("Cycle/Count")));
        let bucket = "system.cpu_cluster.cpus.commitStats0.committedInstType::IntAlu";
        assert_eq!(dumps[0].get(bucket).unwrap().value, Some(91.0));
        assert_eq!(dumps[1].get("simTicks").unwrap().text, "17500000");
    }

    #[test]
    fn a_dump_may_have_a_message() {
        let from_25_1 = TEXT.replacen("Statistics ----------", "Statistics : the second loop ----------", 1);
        assert_ne!(from_25_1, TEXT);
        assert_eq!(parse(&from_25_1), parse(TEXT));
    }

    #[test]
    fn processors_are_added_up() {
        let text = TEXT
            .replace("cpus.numCycles", "cpus0.numCycles")
            .replace("cpus.cpi                       nan", "cpus1.numCycles  9");
        let dump = &parse(&text).unwrap().dumps[0];
        assert_eq!(dump.sum_over_processors("numCycles"), Some(70010.0));
        assert_eq!(dump.sum_over_processors("numCycle"), None);
    }

    #[test]
    fn the_fingerprint_is_of_the_machine_alone() {
        let of = |text: &str| fingerprint(&parse(text).unwrap().dumps);
        let with_host = TEXT.replacen("simTicks", "hostSeconds 1.5 # (Second)\nsimTicks", 1);
        assert_eq!(of(TEXT), of(&with_host));
        assert_ne!(of(TEXT), of(&TEXT.replace("70001", "70002")));
        assert_ne!(
            of(TEXT),
            of(&TEXT.replace("17500000", "17500001")),
            "a later dump is of the run too"
        );
    }

    #[test]
    fn what_is_cut_or_foreign_is_no_statistics() {
        let whole = |length: usize| parse(&TEXT[..length]).map(|found| (found.dumps.len(), found.cut));
        let end = |dump: usize| TEXT.match_indices(END).nth(dump).map(|(at, _)| at).unwrap();
        for length in 1..TEXT.len() {
            let expected = match length {
                1 => (0, false),
                length if length < end(0) + END.len() => (0, true),
                length if length < end(0) + END.len() + 20 => continue,
                length if length < end(1) + END.len() => (1, true),
                _ => (2, false),
            };
            assert_eq!(whole(length), Ok(expected), "{length}");
        }
        assert_eq!(parse("hello world\n"), Err(ParseError::Outside(1)));
        assert_eq!(parse(&TEXT.replace("nan", "many")), Err(ParseError::Value(6)));
        assert_eq!(parse(""), Ok(Statistics::default()));
    }

    #[test]
    fn a_share_of_nothing_is_not_zero() {
        let of = |text: &str| parse(text).unwrap().dumps.remove(0);
        let change = &difference(&of(TEXT), &of(&TEXT.replace(" nan ", "   0 ")))[..];
        assert_eq!(change.len(), 1);
        assert_eq!(
            (change[0].before, change[0].after, change[0].ratio),
            (None, Some(0.0), None)
        );
        let without = TEXT.replacen("simTicks                                     35000000", "other  0", 1);
        assert_eq!(
            difference(&of(&without), &of(TEXT)).len(),
            1,
            "one that is zero may be missing"
        );
    }

    #[test]
    fn a_vector_may_be_one_line() {
        // As base/stats/text.cc prints one with the flag `oneline`.
        let line = "system.bus.layers |          10    100.00%    100.00% |           0      0.00%    100.00% # Layers (Count)\n";
        let text = TEXT.replacen("simTicks", &format!("{line}simTicks"), 1);
        let dump = &parse(&text).unwrap().dumps[0];
        let [first, second] = ["system.bus.layers::0", "system.bus.layers::1"].map(|name| dump.get(name).unwrap());
        assert_eq!((first.value, second.value), (Some(10.0), Some(0.0)));
        assert_eq!(second.unit.as_deref(), Some("Count"));
    }

    #[test]
    fn buckets_of_other_bounds_are_no_change() {
        let of = |buckets: &[(&str, u32)]| {
            let lines = buckets
                .iter()
                .map(|(bucket, count)| format!("walk::{bucket} {count} # (Count)\n"));
            let text = TEXT.replacen("simTicks", &format!("{}simTicks", lines.collect::<String>()), 1);
            parse(&text).unwrap().dumps.remove(0)
        };
        let narrow = of(&[("samples", 3), ("0-8191", 2), ("16384-24575", 1)]);
        let wide = of(&[("samples", 5), ("0-32767", 5)]);
        let rescaled = |before: &Dump, after: &Dump| {
            let changes = difference(before, after);
            let kept = changes.into_iter().filter(|change| !is_rescaled(change, before, after));
            kept.map(|change| change.name).collect::<Vec<_>>()
        };
        assert_eq!(rescaled(&narrow, &wide), ["walk::samples"]);
        let other = of(&[("samples", 3), ("0-8191", 1), ("8192-16383", 2)]);
        assert_eq!(
            rescaled(&narrow, &other),
            ["walk::0-8191", "walk::16384-24575", "walk::8192-16383"]
        );
        // The columns of a vector may be numbers.
        assert_eq!(
            rescaled(&of(&[("0", 1)]), &of(&[("0", 2), ("3", 1)])),
            ["walk::0", "walk::3"]
        );
    }

    #[test]
    fn the_largest_movers_come_first() {
        let dump = |values: &[(&str, f64)]| Dump {
            stats: values
                .iter()
                .map(|(name, value)| Stat {
                    name: name.to_string(),
                    value: Some(*value),
                    text: value.to_string(),
                    unit: None,
                    description: String::new(),
                })
                .collect(),
        };
        let changes = difference(
            &dump(&[("same", 5.0), ("slightly", 100.0), ("half", 10.0)]),
            &dump(&[("same", 5.0), ("slightly", 101.0), ("half", 5.0), ("new", 1.0)]),
        );
        let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, ["half", "slightly", "new"]);
        assert_eq!(changes[0].ratio, Some(0.5));
    }
}
