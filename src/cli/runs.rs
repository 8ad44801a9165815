//! `lkmc run`: runs that were.

use clap::{Args, Subcommand};

use super::candidates;

#[derive(Debug, Subcommand)]
pub enum Runs {
    /// List the runs whose directories are there, newest first: how they ended, when they began, how long they took
    List {
        /// How many, at most
        #[arg(short = 'n', long, value_name = "NUMBER", default_value = "20", value_parser = super::one_or_more)]
        number: std::num::NonZeroUsize,
    },
    /// Print what a run was, with what, how it came out and what it left
    Show {
        /// Run id, a unique prefix of one, `last`, a run directory, or a run.json
        #[arg(default_value = "last", add = clap_complete::ArgValueCandidates::new(candidates::recorded))]
        run: String,
    },
    /// Compare two runs: what went in, and what came out; the status is 1 if anything differs
    Diff {
        #[command(flatten)]
        left: RunName,
        /// Another run, named in the same ways
        #[arg(add = clap_complete::ArgValueCandidates::new(candidates::recorded))]
        right: String,
    },
    /// Give lkmc the run's command line once more, where it was given, and compare the two runs; the status is 1 if anything differs
    ///
    /// The command's output is passed on. On gem5 it reads what it read then. On QEMU that is not recorded: it reads lkmc's own standard
    /// input, and nothing if that is a terminal.
    Again {
        #[command(flatten)]
        run: RunName,
    },
}

/// A run, wherever its record lies.
#[derive(Clone, Debug, Args)]
pub struct RunName {
    /// Run id, a unique prefix of one, `last`, a run directory, or a run.json
    #[arg(add = clap_complete::ArgValueCandidates::new(candidates::recorded))]
    pub run: String,
}
