//! gem5's statistics: `stats.txt`, which holds one block for each time that they were dumped.
//!
//! A line is a name, one value or more, and after `#` what it means and its unit. Of a distribution's bucket (`name::bucket`) the
//! first value is the count; its shares of the total, which follow, are left out.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::diag::{Error, Result};
use crate::hash::hex;

/// In gem5's output directory.
pub const FILE: &str = "stats.txt";
/// From gem5 25.1 on, a script may have put a message behind it (src/base/stats/text.cc).
const BEGIN: &str = "---------- Begin Simulation Statistics";
const END: &str = "---------- End Simulation Statistics";
/// Before a processor's number (`gem5/lkmc/cores.py` names the clusters).
const CPUS: [&str; 2] = ["system.cpu_cluster.cpus", "system.little_cluster.cpus"];

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
pub fn parse(text: &str) -> std::result::Result<Vec<Dump>, ParseError> {
    let mut dumps = Vec::new();
    let mut open: Option<Dump> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.trim_end()) {
            (_, "") => {}
            (None, line) if line.starts_with(BEGIN) => open = Some(Dump::default()),
            (Some(_), line) if line.starts_with(END) => dumps.extend(open.take()),
            (Some(dump), line) => dump.stats.push(stat(line).ok_or(ParseError::Value(index + 1))?),
            (None, _) => return Err(ParseError::Outside(index + 1)),
        }
    }
    match open {
        Some(_) => Err(ParseError::Cut),
        None => Ok(dumps),
    }
}

fn stat(line: &str) -> Option<Stat> {
    let (values, comment) = line.split_once(" # ").unwrap_or((line, ""));
    let mut words = values.split_whitespace();
    let (name, text) = (words.next()?, words.next()?);
    let value: f64 = text.trim_end_matches('%').parse().ok()?;
    let (description, unit) = split_unit(comment.trim());
    Some(Stat {
        name: name.into(),
        value: value.is_finite().then_some(value),
        text: text.into(),
        unit,
        description,
    })
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

/// Regular expressions for names of statistics.
pub fn patterns(texts: &[String]) -> Result<Vec<Regex>> {
    let compile = |text: &String| {
        Regex::new(text).map_err(|error| {
            Error::usage("lkmc::gem5::pattern", format!("`{text}` is no regular expression"))
                .cause(error)
                .help("for example 'numCycles$' or 'l2\\..*miss_rate::total'")
        })
    };
    texts.iter().map(compile).collect()
}

/// The dumps of a run's output directory.
pub fn read(output: &Path) -> Result<Vec<Dump>> {
    let file = output.join(FILE);
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Error::usage(
            "lkmc::gem5::no_stats",
            format!("there are no statistics in {}", output.display()),
        )
        .cause(error)
        .help("gem5 writes them when the guest's command ends; look at the run's run.json")
    })?;
    parse(&text).map_err(|error| {
        Error::infrastructure("lkmc::gem5::stats", format!("{} cannot be understood", file.display())).cause(error)
    })
}

impl Dump {
    pub fn get(&self, name: &str) -> Option<&Stat> {
        self.stats.iter().find(|stat| stat.name == name)
    }

    /// A hash of everything that is the machine's: equal hashes, equal runs. How fast the host was is left out.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for stat in self.stats.iter().filter(|stat| !is_the_hosts(&stat.name)) {
            hash.update(format!("{} {}\n", stat.name, stat.text));
        }
        hex(&hash.finalize())
    }

    /// The sum over all processors: `system.cpu_cluster.cpus.NAME`, or `cpus0.NAME` and so on where there are several, and those of
    /// `system.little_cluster`.
    pub fn sum_over_cpus(&self, name: &str) -> Option<f64> {
        let of_a_cpu = |stat: &&Stat| {
            let rest = CPUS.iter().find_map(|cpus| stat.name.strip_prefix(cpus));
            rest.and_then(|rest| rest.split_once('.'))
                .is_some_and(|(number, last)| number.bytes().all(|byte| byte.is_ascii_digit()) && last == name)
        };
        let values: Vec<f64> = self
            .stats
            .iter()
            .filter(of_a_cpu)
            .filter_map(|stat| stat.value)
            .collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }
}

/// `hostSeconds` and the like say how long gem5 took.
fn is_the_hosts(name: &str) -> bool {
    name.starts_with("host")
}

/// One statistic of two dumps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub name: String,
    pub before: f64,
    pub after: f64,
    /// After over before; absent where before is zero.
    pub ratio: Option<f64>,
}

/// What differs between two dumps, the largest change first. A value that is missing counts as zero: gem5 leaves out what did
/// not happen.
pub fn difference(before: &Dump, after: &Dump) -> Vec<Change> {
    let values = |dump: &Dump| -> BTreeMap<String, f64> {
        dump.stats
            .iter()
            .filter_map(|stat| Some((stat.name.clone(), stat.value?)))
            .collect()
    };
    let (before, after) = (values(before), values(after));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |values: &BTreeMap<String, f64>, name: &str| values.get(name).copied().unwrap_or(0.0);
    let mut changes: Vec<Change> = names
        .into_iter()
        .map(|name| (name, value(&before, name), value(&after, name)))
        .filter(|(name, before, after)| before != after && !is_the_hosts(name))
        .map(|(name, before, after)| Change {
            name: name.clone(),
            before,
            after,
            ratio: (before != 0.0).then(|| after / before),
        })
        .collect();
    changes.sort_by(|a, b| magnitude(b).total_cmp(&magnitude(a)));
    changes
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
        let dumps = parse(TEXT).unwrap();
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
        let dump = &parse(
            &TEXT
                .replace("cpus.numCycles", "cpus0.numCycles")
                .replace("cpus.cpi                       nan", "cpus1.numCycles  9"),
        )
        .unwrap()[0];
        assert_eq!(dump.sum_over_cpus("numCycles"), Some(70010.0));
        assert_eq!(dump.sum_over_cpus("numCycle"), None);
    }

    #[test]
    fn the_fingerprint_is_of_the_machine_alone() {
        let of = |text: &str| parse(text).unwrap()[0].fingerprint();
        let with_host = TEXT.replacen("simTicks", "hostSeconds 1.5 # (Second)\nsimTicks", 1);
        assert_eq!(of(TEXT), of(&with_host));
        assert_ne!(of(TEXT), of(&TEXT.replace("70001", "70002")));
    }

    #[test]
    fn what_is_cut_or_foreign_is_no_statistics() {
        let cut = &TEXT[..TEXT.len() / 2];
        assert!(
            matches!(parse(cut), Err(ParseError::Value(_) | ParseError::Cut)),
            "{:?}",
            parse(cut)
        );
        assert_eq!(parse("hello world"), Err(ParseError::Outside(1)));
        assert_eq!(parse(""), Ok(vec![]));
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
        assert_eq!(names, ["new", "half", "slightly"]);
        assert_eq!(changes[1].ratio, Some(0.5));
    }
}
