//! Which trace is meant, what it is a trace of, and what of it is wanted.

use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::emulator::gem5::ending::Written;
use crate::emulator::gem5::{OUTPUT, RecordedCluster};
use crate::gem5::stats::CLUSTERS;
use crate::run_directory;
use crate::run_directory::files::{PROGRAM, TRACE};
use crate::run_directory::lookup::{self, Has};
use crate::run_directory::run_json::Record;

use super::lines::Lines;
use super::processors::Processors;
use super::symbols::Symbols;

/// gem5's ticks in a second.
const TICKS: u64 = 1_000_000_000_000;

/// A trace and what is known of it.
pub struct Input {
    pub file: PathBuf,
    /// The command's start and end, in gem5's ticks; a file from elsewhere has neither.
    begin: Option<u64>,
    end: Option<u64>,
    /// Of a run of ours: its first line is where it begins if nothing says so.
    ours: bool,
    /// Ended before the command, at this tick.
    pub ended_early: Option<u64>,
    pub vmlinux: Option<PathBuf>,
    pub program: Option<PathBuf>,
    /// Where the compiler found the kernel's sources.
    pub sources: Option<String>,
    pub processors: Processors,
    /// Each processor's cycle, in ticks.
    periods: Vec<u64>,
    pub flags: Vec<String>,
}

/// Finds the trace of a run, or the file itself.
pub fn find(name: &str) -> Result<Input> {
    let path = Path::new(name);
    if path.is_file() {
        return Ok(foreign(path));
    }
    match lookup::at(path) {
        Some(run) => Has::Trace.check(&run).map(|()| of_run(&run)),
        None => lookup::find(&crate::paths::runs()?, name, Has::Trace)
            .map(|run| of_run(&run))
            .map_err(|error| match error.code() {
                "lkmc::run::unknown" | "lkmc::run::none" if name != "last" => {
                    let message = format!("there is no file `{name}`, and no run is called so");
                    Error::usage(error.code(), message).help("`lkmc vm list --all` shows all runs")
                }
                _ => error,
            }),
    }
}

fn foreign(file: &Path) -> Input {
    Input {
        file: file.to_owned(),
        begin: None,
        end: None,
        ours: false,
        ended_early: None,
        vmlinux: None,
        program: None,
        sources: None,
        processors: Processors::default(),
        periods: Vec::new(),
        flags: Vec::new(),
    }
}

fn of_run(run: &Path) -> Input {
    let output = run.join(OUTPUT);
    let traced = Written::read(&output)
        .and_then(|written| written.trace)
        .unwrap_or_default();
    let record = run_directory::read_record(run);
    let machine = record.as_ref().and_then(Record::simulated).unwrap_or_default();
    let sources = record.as_ref().and_then(Record::kernel_source);
    let there = |path: &PathBuf| path.is_file();
    let program = Some(run.join(PROGRAM)).filter(there);
    Input {
        file: output.join(TRACE),
        begin: traced.begin,
        end: traced.dumps.last().copied(),
        ours: true,
        ended_early: traced.cut,
        vmlinux: machine.kernel.filter(there),
        program: program.or(machine.program.filter(there)),
        sources: sources.map(|path| format!("{path}/")),
        processors: processors(&machine.clusters),
        periods: periods(&machine.clusters),
        flags: machine.trace.flags,
    }
}

/// Of a clock in hertz, in ticks; to the nearest one, as gem5 has it (src/python/m5/ticks.py).
fn period(clock: u64) -> u64 {
    (TICKS + clock / 2) / clock
}

fn processors(clusters: &[RecordedCluster]) -> Processors {
    let counts = clusters.iter().map(|cluster| cluster.cpu.count);
    Processors::of(CLUSTERS.into_iter().map(str::to_owned).zip(counts))
}

/// Processors are numbered through all clusters.
fn periods(clusters: &[RecordedCluster]) -> Vec<u64> {
    let of_cluster = |cluster: &RecordedCluster| {
        let clock = cluster.cpu.clock.filter(|clock| clock.0 > 0)?;
        Some((period(clock.0), cluster.cpu.count))
    };
    clusters
        .iter()
        .filter_map(of_cluster)
        .flat_map(|(period, count)| (0..count).map(move |_| period))
        .collect()
}

impl Input {
    /// A processor's cycle, in ticks; that of 2 GHz for a file that does not say what it is of.
    pub fn period(&self, cpu: u32) -> u64 {
        self.periods.get(cpu as usize).copied().unwrap_or(period(2_000_000_000))
    }

    /// Whether processors have to be told apart: those of a file from elsewhere may be several.
    pub fn several_processors(&self) -> bool {
        self.periods.len() != 1
    }

    /// Refuses one that the machine does not have.
    pub fn check_processor(&self, cpu: Option<u32>) -> Result<()> {
        match (cpu, self.periods.len()) {
            (Some(cpu), count @ 1..) if cpu as usize >= count => {
                let message = format!("there is no processor {cpu}: the machine has {count}, counted from 0");
                Err(Error::usage("lkmc::trace::no_processor", message))
            }
            _ => Ok(()),
        }
    }

    pub fn lines(&self) -> Result<Lines> {
        Lines::open(&self.file)
    }

    pub fn symbols(&self) -> Result<Symbols> {
        Symbols::read(self.vmlinux.as_deref(), self.program.as_deref())
    }

    pub fn clock(&self) -> Clock {
        Clock {
            begin: self.begin.or(if self.ours { None } else { Some(0) }),
            end: self.end,
        }
    }

    /// A file that nobody said to be a trace.
    pub fn is_foreign(&self) -> bool {
        !self.ours
    }

    /// What nobody finds in it is to be told from what is not in it.
    pub fn nothing(&self, what: &str, flag: &str) -> Error {
        let message = format!("{} has no {what}", self.file.display());
        if self
            .flags
            .iter()
            .any(|own| flag.split(['`', ',']).any(|flag| flag == own))
        {
            return Error::usage("lkmc::trace::nothing", message).help(
                "it was recorded with the right flags: the command ended before the trace began, or \
                 `--trace-after` and `--trace-for` left nothing of it",
            );
        }
        let help = match self.flags.is_empty() {
            true => format!("they are there with `--trace {flag}`"),
            false => format!(
                "it was recorded with {}; they are there with `--trace {flag}`",
                self.flags.join(",")
            ),
        };
        Error::usage("lkmc::trace::nothing", message).help(help)
    }
}

/// From gem5's ticks to those since the command's start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    begin: Option<u64>,
    end: Option<u64>,
}

impl Clock {
    /// Where the command started, if that is known.
    pub fn begin(&self) -> Option<u64> {
        self.begin
    }

    /// None for what is not the command's. The first one asked about is the start where nothing else says so.
    pub fn since_start(&mut self, tick: u64) -> Option<u64> {
        let begin = *self.begin.get_or_insert(tick);
        match self.end.is_some_and(|end| tick > end) {
            true => None,
            false => tick.checked_sub(begin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::gem5::Recorded;

    #[test]
    fn cycles_are_the_nearest_number_of_ticks() {
        assert_eq!([2_000_000_000, 1_500_000_000].map(period), [500, 667]);
    }

    #[test]
    fn each_processor_has_the_cycle_of_its_cluster() {
        let profile = crate::profile::load("aarch64-gem5-biglittle").expect("it is shipped");
        let gem5 = profile.emulator.gem5().expect("it is one of gem5's");
        let clusters: Vec<_> = gem5.clusters().collect();
        let machine = serde_json::json!({ "clusters": clusters });
        let machine: Recorded = serde_json::from_value(machine).expect("it was written so");
        let clocks = clusters.iter().flat_map(|cluster| {
            let clock = cluster.cpu.clock.0;
            (0..cluster.cpu.count).map(move |_| period(clock))
        });
        let mut numbers = processors(&machine.clusters);
        let little = clusters[0].cpu.count;
        assert_eq!(numbers.of_part("system.little_cluster.cpus0"), Some(little));
        assert_eq!(numbers.of_part("system.cpu_cluster.cpus1.dcache"), Some(1));
        let periods = periods(&machine.clusters);
        assert_eq!(periods, Vec::from_iter(clocks));
        assert!(
            periods.first() < periods.last(),
            "the little ones are slower: {periods:?}"
        );
    }

    #[test]
    fn time_begins_with_the_command() {
        let mut known = Clock {
            begin: Some(100),
            end: Some(200),
        };
        let times = [99, 100, 150, 200, 201].map(|tick| known.since_start(tick));
        assert_eq!(times, [None, Some(0), Some(50), Some(100), None]);
        let mut unknown = Clock { begin: None, end: None };
        assert_eq!([70, 75].map(|tick| unknown.since_start(tick)), [Some(0), Some(5)]);
    }

    #[test]
    fn a_file_from_elsewhere_is_a_trace_too() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trace.out");
        std::fs::write(&file, "  500: system.cpu: words\n").unwrap();
        let input = find(&file.to_string_lossy()).unwrap();
        assert_eq!(input.clock().since_start(500), Some(500));
        assert_eq!(input.nothing("caches", "Cache").code(), "lkmc::trace::nothing");
        let missing = find(&directory.path().join("none").to_string_lossy()).err().unwrap();
        // The first one where there has been no run at all yet.
        assert!(
            ["lkmc::run::none", "lkmc::run::unknown"].contains(&missing.code()),
            "{}",
            missing.code()
        );
    }
}
