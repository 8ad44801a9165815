//! What of a trace is wanted.

use regex::Regex;

use crate::cli::TraceChoice;
use crate::diag::Result;
use crate::gem5::stats;

use super::symbols::{Place, Symbols};

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
}

impl Filter {
    pub fn new(choice: &TraceChoice, side: Side, functions: &[String]) -> Result<Filter> {
        Ok(Filter {
            cpu: choice.cpu,
            side,
            functions: stats::patterns(functions)?,
            from: choice.from.map_or(0, |ticks| ticks.0),
            to: choice.to.map_or(u64::MAX, |ticks| ticks.0),
        })
    }

    /// By what costs nothing to look at. The processor is unknown of what several share.
    pub fn time_and_cpu(&self, tick: u64, cpu: Option<u32>) -> bool {
        (self.from..=self.to).contains(&tick) && self.cpu.is_none_or(|wanted| cpu == Some(wanted))
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

    /// Nothing after this is wanted.
    pub fn over(&self, tick: u64) -> bool {
        tick > self.to
    }
}
