//! What is known of the machine that gem5 traced, and when the command began and ended on it.

use std::path::Path;

use crate::emulator::gem5::RecordedCluster;
use crate::emulator::gem5::ending::Written;
use crate::gem5::stats::CLUSTERS;

use super::processors::Processors;

/// gem5's ticks in a second.
const TICKS: u64 = 1_000_000_000_000;

#[derive(Default)]
pub struct Traced {
    /// The command's start and end, in gem5's ticks. Without a start, it is at the first message.
    begin: Option<u64>,
    end: Option<u64>,
    /// The trace ended before the command, at this tick.
    cut: Option<u64>,
    pub processors: Processors,
    /// Each processor's cycle, in ticks.
    periods: Vec<u64>,
}

impl Traced {
    /// A file from elsewhere is a trace from the simulation's start on.
    pub fn elsewhere() -> Traced {
        Traced {
            begin: Some(0),
            ..Traced::default()
        }
    }

    /// By what gem5 wrote into its output directory, and the machine that it was given.
    pub fn read(output: &Path, clusters: &[RecordedCluster]) -> Traced {
        let traced = Written::read(output)
            .and_then(|written| written.trace)
            .unwrap_or_default();
        Traced {
            begin: traced.begin,
            end: traced.dumps.last().copied(),
            cut: traced.cut,
            processors: processors(clusters),
            periods: periods(clusters),
        }
    }

    /// A processor's cycle, in ticks; that of 2 GHz for a file that does not say what it is of.
    pub fn period(&self, cpu: u32) -> u64 {
        self.periods.get(cpu as usize).copied().unwrap_or(period(2_000_000_000))
    }

    /// How many processors there are; none for a file that does not say it.
    pub fn cpus(&self) -> Option<usize> {
        Some(self.periods.len()).filter(|count| *count > 0)
    }

    pub fn clock(&self) -> Clock {
        Clock {
            begin: self.begin,
            end: self.end,
        }
    }

    /// How long the trace lasts, in ticks, if the command went on after it.
    pub fn cut_after(&self) -> Option<u64> {
        Some(self.cut?.saturating_sub(self.begin?))
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

/// From gem5's ticks to those since the command's start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    begin: Option<u64>,
    end: Option<u64>,
}

impl Clock {
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
}
