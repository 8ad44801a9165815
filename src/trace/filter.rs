//! What of a trace is wanted.

use std::ops::Range;

use clap::Args;
use regex::Regex;

use crate::diag::{Error, Result};
use crate::patterns;
use crate::units::{Ticks, from_argument};

use super::symbols::{Place, Symbols};

/// Times are ticks since the command's start, of which one is a picosecond on gem5 and an instruction on QEMU.
#[derive(Clone, Debug, Default, Args)]
pub struct Window {
    /// Nothing before this time: 100us on gem5; on QEMU, a number of instructions
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Moment>,
    /// Nothing after this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Moment>,
    /// Only this processor
    #[arg(long, value_name = "NUMBER")]
    pub cpu: Option<u32>,
}

/// A time, and whether it was told in a unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub ticks: u64,
    pub timed: bool,
}

fn moment(text: &str) -> Result<Moment, String> {
    let ticks = from_argument::<Ticks>(text)?;
    Ok(Moment {
        ticks: ticks.0,
        timed: text.parse::<u64>().is_err(),
    })
}

/// Which side's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Both,
    Kernel,
    User,
}

/// All conditions have to hold.
pub struct Filter {
    cpu: Option<u32>,
    side: Side,
    functions: Vec<Regex>,
    from: u64,
    to: u64,
    timed: bool,
}

impl Filter {
    pub fn new(window: &Window, side: Side, functions: &[String]) -> Result<Filter> {
        Ok(Filter {
            cpu: window.cpu,
            side,
            functions: patterns::compile(functions)?,
            from: window.from.map_or(0, |moment| moment.ticks),
            to: window.to.map_or(u64::MAX, |moment| moment.ticks),
            timed: [window.from, window.to]
                .into_iter()
                .flatten()
                .any(|moment| moment.timed),
        })
    }

    /// By what costs nothing to look at. The processor is unknown of what several share.
    pub fn time_and_cpu(&self, tick: u64, cpu: Option<u32>) -> bool {
        (self.from..=self.to).contains(&tick) && self.cpu.is_none_or(|wanted| cpu == Some(wanted))
    }

    /// Which of so many instructions in a row are of the time that is wanted. The first one is executed at `first`.
    pub fn times(&self, first: u64, number: usize) -> Range<usize> {
        let until = |tick: u64| usize::try_from(tick.saturating_sub(first)).map_or(number, |many| many.min(number));
        let begin = until(self.from);
        begin..until(self.to.saturating_add(1)).max(begin)
    }

    /// Whether this one is meant.
    pub fn cpu(&self, cpu: u32) -> bool {
        self.cpu.is_none_or(|wanted| cpu == wanted)
    }

    /// Asks for one processor, where `what` is not said.
    pub fn refuse_cpu(&self, what: &str) -> Result<()> {
        match self.cpu {
            None => Ok(()),
            Some(_) => {
                let message = format!("{what} does not say which processor it is about");
                Err(Error::usage("lkmc::trace::no_processor", message).help("leave `--cpu` out"))
            }
        }
    }

    /// QEMU's traces have no time.
    pub fn refuse_times(&self) -> Result<()> {
        match self.timed {
            false => Ok(()),
            true => {
                let message = "QEMU knows no simulated time: a trace of QEMU's counts instructions";
                Err(Error::usage("lkmc::trace::time", message).help("say `--from` and `--to` without a unit"))
            }
        }
    }

    pub fn place(&self, symbols: &Symbols, place: Place) -> bool {
        let side = match self.side {
            Side::Both => true,
            Side::Kernel => place.kernel,
            Side::User => !place.kernel,
        };
        side && (self.functions.is_empty() || {
            let name = symbols.name(place.function);
            self.functions.iter().any(|function| function.is_match(name))
        })
    }

    pub fn over(&self, tick: u64) -> bool {
        tick > self.to
    }

    /// Nothing that is said after this is wanted. DerivO3CPU says of an instruction at its end when it began.
    pub fn long_over(&self, tick: u64) -> bool {
        /// 100 µs: no instruction takes that long.
        const IN_FLIGHT: u64 = 100_000_000;
        tick > self.to.saturating_add(IN_FLIGHT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_block_may_be_wanted() {
        let times = |from: Option<u64>, to: Option<u64>| {
            let moment = |ticks| Moment { ticks, timed: false };
            let window = Window {
                from: from.map(moment),
                to: to.map(moment),
                cpu: None,
            };
            Filter::new(&window, Side::Both, &[]).unwrap().times(100, 10)
        };
        assert_eq!(times(None, None), 0..10);
        assert_eq!(times(Some(103), Some(105)), 3..6);
        assert_eq!(times(Some(110), None), 10..10);
        assert_eq!(times(None, Some(99)), 0..0);
        assert_eq!(times(Some(108), Some(1000)), 8..10);
    }
}
