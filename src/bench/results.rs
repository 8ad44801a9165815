//! `results.jsonl`: a line for each run that has ended, written whole or not at all.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::diag::{Error, Result};
use crate::gem5::stats::{self, Dump};
use crate::verdict::Verdict;

use super::study::{Alone, Directory};

pub(super) const FILE: &str = "results.jsonl";

/// One run of one point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    pub point: usize,
    pub repetition: u32,
    pub settings: BTreeMap<String, String>,
    /// Its directory in `out/run/`, with run.json.
    pub run: String,
    pub verdict: Verdict,
    pub status: u8,
    /// Absent if the command did not end by itself.
    pub measured: Option<Measured>,
}

/// What gem5 counted in one dump: the first one, from the command's start to the command's own dump or to its end, unless the study
/// wants another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Measured {
    /// Simulated time in picoseconds.
    pub ticks: f64,
    /// Of all processors together. None where gem5 has not counted them ([`Dump::cycles`]).
    pub cycles: Option<f64>,
    pub instructions: f64,
    /// Those that the study asked for and that gem5 wrote: it leaves out what did not happen. None for a share of nothing.
    pub stats: BTreeMap<String, Option<f64>>,
    /// Hash of all statistics of all dumps but the host's: equal hashes, equal runs.
    pub fingerprint: String,
}

impl Measured {
    /// What the dump of this number says; None if there is none, or if gem5 did not count these.
    pub fn of(dumps: &[Dump], number: usize, wanted: &[regex::Regex]) -> Option<Measured> {
        let dump = dumps.get(number.checked_sub(1)?)?;
        let stats = dump
            .stats
            .iter()
            .filter(|stat| wanted.iter().any(|pattern| pattern.is_match(&stat.name)))
            .map(|stat| (stat.name.clone(), stat.value))
            .collect();
        Some(Measured {
            ticks: dump.get("simTicks")?.value?,
            cycles: dump.cycles(),
            // `simInsts` counts from the start of gem5, whatever the guest resets; since gem5 24.1 no longer.
            instructions: dump.sum_over_processors("commitStats0.numInsts")?,
            stats,
            fingerprint: stats::fingerprint(dumps),
        })
    }

    /// One of [`MEASURES`]; None where there is no such number.
    pub fn measure(&self, name: &str) -> Option<f64> {
        match name {
            "ticks" => Some(self.ticks),
            "cycles" => self.cycles,
            "instructions" => Some(self.instructions),
            "ipc" => self
                .cycles
                .filter(|cycles| *cycles != 0.0)
                .map(|cycles| self.instructions / cycles),
            "seconds" => Some(self.ticks / 1e12),
            _ => None,
        }
    }
}

/// What every run has, beside the statistics that were asked for.
pub const MEASURES: [&str; 5] = ["ticks", "cycles", "instructions", "ipc", "seconds"];

impl Outcome {
    /// Whether another try could end otherwise: its time was over, or its emulator was killed.
    pub fn is_final(&self) -> bool {
        !matches!(self.verdict, Verdict::Timeout | Verdict::EmulatorDied)
    }
}

/// What stands in the file, for each run its last try. A line that was cut off by a crash is dropped: that run is repeated.
pub fn read(directory: &Directory) -> Result<Vec<Outcome>> {
    let file = directory.file(FILE);
    let mut text = String::new();
    match File::open(&file).and_then(|mut open| open.read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("cannot read", &file, error)),
    }
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let message = format!("line {} of {} is no result", index + 1, file.display());
            Error::infrastructure("lkmc::bench::malformed", message).cause(error)
        })
    };
    let mut tries: BTreeMap<(usize, u32), Outcome> = BTreeMap::new();
    for outcome in whole.lines().enumerate().map(parse) {
        let outcome: Outcome = outcome?;
        tries.insert((outcome.point, outcome.repetition), outcome);
    }
    Ok(tries.into_values().collect())
}

/// Adds a line, and does not return before it is on the disk. For whoever has claimed the directory.
pub fn append(directory: &Directory, _alone: &Alone, outcome: &Outcome) -> Result<()> {
    let file = directory.file(FILE);
    let line = serde_json::to_string(outcome).unwrap_or_default() + "\n";
    add(&file, line.as_bytes()).map_err(|error| Error::io("cannot write", &file, error))
}

fn add(file: &Path, line: &[u8]) -> std::io::Result<()> {
    let mut open = File::options().create(true).read(true).append(true).open(file)?;
    let mut text = Vec::new();
    open.read_to_end(&mut text)?;
    // Half a line of somebody who was killed is not to become the beginning of ours.
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        open.set_len(whole as u64)?;
    }
    open.write_all(line)?;
    open.sync_data()
}

#[cfg(test)]
mod tests {
    use super::super::study::Study;
    use super::*;

    fn outcome(point: usize) -> Outcome {
        Outcome {
            point,
            repetition: 0,
            settings: BTreeMap::new(),
            run: "20260101-000000-aaaa".into(),
            verdict: Verdict::Pass,
            status: 0,
            measured: None,
        }
    }

    #[test]
    fn only_what_came_after_the_reset_is_counted() {
        let text = include_str!("../../tests/gem5/recorded/stats.txt");
        let dumps = crate::gem5::stats::parse(text).unwrap();
        let measured = Measured::of(
            &dumps.dumps,
            1,
            &[regex::Regex::new("l2.overallMisses::total").unwrap()],
        )
        .unwrap();
        assert_eq!(measured.instructions, 659186.0);
        assert_eq!(measured.cycles, Some(2324070.0));
        assert_eq!(measured.stats.len(), 1);
        assert_eq!(Measured::of(&dumps.dumps, dumps.dumps.len() + 1, &[]), None);
    }

    #[test]
    fn half_a_line_is_not_there() {
        let parent = tempfile::tempdir().unwrap();
        let study = Study::of_nothing();
        let directory = Directory::open(parent.path(), "a", &study).unwrap();
        assert_eq!(read(&directory).unwrap(), []);
        let alone = directory.claim().unwrap();
        append(&directory, &alone, &outcome(0)).unwrap();
        let file = directory.file(FILE);
        let mut text = std::fs::read(&file).unwrap();
        text.extend(b"{\"point\": 1, \"repet");
        std::fs::write(&file, text).unwrap();
        assert_eq!(read(&directory).unwrap(), [outcome(0)]);
        append(&directory, &alone, &outcome(1)).unwrap();
        assert_eq!(read(&directory).unwrap(), [outcome(0), outcome(1)]);
        let again = Outcome {
            verdict: Verdict::Timeout,
            ..outcome(0)
        };
        append(&directory, &alone, &again).unwrap();
        assert_eq!(read(&directory).unwrap(), [again.clone(), outcome(1)]);
        assert!(outcome(1).is_final() && !again.is_final());
    }
}
