//! The cycles of all processors together, where gem5 has counted them.
//!
//! AtomicSimpleCPU and TimingSimpleCPU count a sleep (WFI, WFE) when it ends, and then all of it: also what of it was before the
//! statistics were reset (gem5's src/cpu/simple/atomic.cc, activateContext, and timing.cc, updateCycleCounts). A sleep that has not
//! ended is not in the sum. The other models leave sleeps out.

use super::stats::{Dump, Processor};

impl Dump {
    /// None if there are none, or if those of one processor are no count of the time since the reset.
    pub fn cycles(&self) -> Option<f64> {
        let counted: Option<Vec<f64>> = self
            .of_processors("numCycles")
            .map(|(processor, cycles)| self.is_of_this_stretch(&processor, cycles).then_some(cycles))
            .collect();
        counted
            .filter(|counted| !counted.is_empty())
            .map(|counted| counted.iter().sum())
    }

    /// A dump that does not say how long it was, or how long a cycle is, is believed.
    fn is_of_this_stretch(&self, processor: &Processor, cycles: f64) -> bool {
        let value = |name: &str| self.get(name).and_then(|stat| stat.value);
        let Some((ticks, period)) = value("simTicks").zip(value(&processor.clock())) else {
            return true;
        };
        let elapsed = ticks / period;
        // An access to memory or a cycle that was under way at the reset is no sleep.
        let about = |expected: f64| (cycles - expected).abs() <= 2.0 + elapsed / 1000.0;
        match value(&processor.stat("exec_context.thread_0.notIdleFraction")) {
            // A simple model: all of its sleeps are in the count, or none is.
            Some(busy) => about(elapsed) || about(busy * elapsed),
            None => cycles <= elapsed || about(elapsed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stats::parse;

    fn cycles(text: &str) -> Option<f64> {
        parse(text).expect("they are statistics").dumps[0].cycles()
    }

    /// Two processors on bare metal, of which the second sleeps before the reset and wakes up behind it.
    #[test]
    fn a_sleep_before_the_reset_is_not_counted() {
        let atomic = include_str!("../../tests/gem5/recorded/stats-sleep-atomic.txt");
        let timing = include_str!("../../tests/gem5/recorded/stats-sleep-timing.txt");
        let hpi = include_str!("../../tests/gem5/recorded/stats-sleep-hpi.txt");
        assert_eq!([atomic, timing, hpi].map(cycles), [None, None, Some(32138.0)]);
        // It counted a part of its sleep: as few cycles as there were, and no count of them.
        assert_eq!(cycles(&atomic.replace(" 100028 ", " 100 ")), None);
        // It never woke up, or slept and counted all of that.
        assert_eq!(cycles(&atomic.replace(" 100028 ", " 23 ")), Some(228.0));
        assert_eq!(cycles(&atomic.replace(" 100028 ", " 205 ")), Some(410.0));
        // More cycles than there were, on any model.
        assert_eq!(cycles(&hpi.replace(" 4180 ", " 30000 ")), None);
    }

    #[test]
    fn every_processor_is_counted_by_its_own_clock() {
        let hpi = include_str!("../../tests/gem5/recorded/stats-sleep-hpi.txt");
        let little = hpi
            .replace("cpu_cluster.cpus1", "little_cluster.cpus")
            .replace(
                "numInsts           24",
                "numInsts  24\nsystem.little_cluster.clk_domain.clock 1000",
            )
            .replace(" 4180 ", " 20000 ");
        assert_eq!(cycles(&little), None, "there were 13979");
        assert_eq!(cycles(&little.replace(" 20000 ", " 13979 ")), Some(41937.0));
    }
}
