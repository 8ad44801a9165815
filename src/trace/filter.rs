//! What of a trace is wanted.

use clap::Args;
use regex::Regex;

use crate::diag::{Error, Result};
use crate::patterns;
use crate::units::{Ticks, from_argument};

use super::symbols::{Place, Symbols};

/// Times are ticks since the command's start, of which one is a picosecond.
#[derive(Clone, Debug, Default, Args)]
pub struct Window {
    /// Nothing before this time: 100us
    #[arg(long, value_name = "TIME", value_parser = from_argument::<Ticks>)]
    pub from: Option<Ticks>,
    /// Nothing after this time
    #[arg(long, value_name = "TIME", value_parser = from_argument::<Ticks>)]
    pub to: Option<Ticks>,
    /// Only this processor
    #[arg(long, value_name = "NUMBER")]
    pub cpu: Option<u32>,
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
}

impl Filter {
    pub fn new(window: &Window, side: Side, functions: &[String]) -> Result<Filter> {
        Ok(Filter {
            cpu: window.cpu,
            side,
            functions: patterns::compile(functions)?,
            from: window.from.map_or(0, |ticks| ticks.0),
            to: window.to.map_or(u64::MAX, |ticks| ticks.0),
        })
    }

    /// By what costs nothing to look at. The processor is unknown of what several share.
    pub fn time_and_cpu(&self, tick: u64, cpu: Option<u32>) -> bool {
        (self.from..=self.to).contains(&tick) && self.cpu.is_none_or(|wanted| cpu == Some(wanted))
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
