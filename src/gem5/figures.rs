//! What a run has measured, in one line: the figures that everybody asks for first.

use std::path::Path;

use crate::emulator::gem5::OUTPUT;
use crate::host::{stderr, terminal};
use crate::run_directory::conclusion::Conclusion;
use crate::verdict::Verdict;

use super::stats::{self, Dump};

/// Says on standard error what the run in this directory has measured, if it came to its end.
pub fn tell(conclusion: &Conclusion, directory: &Path) {
    let ended =
        matches!(conclusion.verdict, Verdict::Pass | Verdict::Failed) && conclusion.cause.cut_short_by().is_none();
    if let Some(figures) = ended.then(|| Figures::of_output(&directory.join(OUTPUT))).flatten() {
        stderr::end_line();
        terminal::announce(&figures.line(), false);
    }
}

/// Of the command: the first dump, as `lkmc bench` takes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// None where gem5 has not counted them ([`Dump::cycles`]).
    cycles: Option<f64>,
    instructions: f64,
}

impl Figures {
    /// None of a simulation that left no whole dump: that is its verdict's concern.
    pub fn of_output(output: &Path) -> Option<Figures> {
        Figures::of(stats::read_whole(output).ok()?.dumps.first()?)
    }

    fn of(dump: &Dump) -> Option<Figures> {
        Some(Figures {
            cycles: dump.cycles(),
            instructions: dump.sum_over_processors("commitStats0.numInsts")?,
        })
    }

    /// For people.
    pub fn line(&self) -> String {
        let instructions = format!("{} instructions", self.instructions);
        let figures = match self.cycles {
            Some(cycles) if cycles > 0.0 => {
                format!("{cycles} cycles, {instructions}, IPC {:.4}", self.instructions / cycles)
            }
            _ => instructions,
        };
        format!("{figures}; lkmc gem5 stats last")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_left_out() {
        let text = include_str!("../../tests/gem5/recorded/stats.txt");
        let mut dump = stats::parse(text).unwrap().dumps.swap_remove(0);
        let line = |dump: &Dump| Figures::of(dump).map(|figures| figures.line());
        assert_eq!(
            line(&dump).as_deref(),
            Some("2324070 cycles, 659186 instructions, IPC 0.2836; lkmc gem5 stats last")
        );
        dump.stats.retain(|stat| !stat.name.ends_with("numCycles"));
        assert_eq!(
            line(&dump).as_deref(),
            Some("659186 instructions; lkmc gem5 stats last")
        );
        dump.stats.retain(|stat| !stat.name.ends_with("numInsts"));
        assert_eq!(line(&dump), None);
    }
}
