//! `lkmc gem5` and `lkmc bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::gem5::demands::Demands;
use crate::trace_capture;

use super::{ChangedProfile, GdbWishes, GuestFiles};

#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Run a command several times, and see that all runs are equal
    Run {
        #[command(flatten)]
        measure: Measure,
        /// Number of repetitions
        #[arg(short = 'n', long, value_name = "TIMES", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
        repeat: u32,
    },
    /// Run a command on every combination of values of the profile's keys; the same command goes on after an interruption
    Sweep {
        #[command(flatten)]
        measure: Measure,
        /// Key and its values: `cache.l2.size=256KiB,1MiB`, `cpu.count=1..4`; keys joined by `+` take the same value; repeatable
        #[arg(long, value_name = "KEY=VALUES", required = true)]
        over: Vec<crate::bench::study::Axis>,
        /// How often each combination is run
        #[arg(short = 'n', long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        repeat: u32,
        /// Runs at a time
        #[arg(short, long, value_name = "NUMBER", default_value_t = std::thread::available_parallelism().map_or(1, usize::from))]
        jobs: usize,
    },
    /// List the studies: how many of their runs are there, on which profile, over what, of which command
    List,
    /// Print a study's results
    Show {
        #[command(flatten)]
        study: StudyName,
        /// Statistics to show that the study did not keep, as regular expressions: as long as its runs are there; repeatable
        #[arg(long, value_name = "PATTERN")]
        stat: Vec<String>,
    },
    /// Draw a measure over an axis, or the Pareto front of two objectives
    Plot {
        #[command(flatten)]
        study: StudyName,
        /// Axis to plot over; the first one unless given
        #[arg(short, value_name = "KEY")]
        x: Option<String>,
        /// cycles, ticks, instructions, ipc, seconds, or a statistic's whole name
        #[arg(short, value_name = "MEASURE", default_value = "cycles")]
        y: String,
        /// Two objectives, measures or axes; less is better, or more with a `+` before it as for ipc: cache.l2.size +ipc
        #[arg(long, value_name = "OBJECTIVE", num_args = 2)]
        pareto: Option<Vec<String>>,
        /// The picture: NAME.svg or NAME.png
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Compare a measure of two studies, point by point
    Compare {
        /// The study to compare with: its name or directory
        before: String,
        /// The study that is compared
        after: String,
        /// cycles, ticks, instructions, ipc, seconds, or a statistic's whole name
        #[arg(long, default_value = "cycles")]
        measure: String,
    },
    /// Print a study's results for other programs
    Export {
        #[command(flatten)]
        study: StudyName,
        #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
        format: ExportFormat,
        /// Statistics to print that the study did not keep, as regular expressions: as long as its runs are there; repeatable
        #[arg(long, value_name = "PATTERN")]
        stat: Vec<String>,
    },
    /// Repeat a run and compare every statistic with the recorded one
    Verify {
        /// Run id, run directory or its run.json
        run: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ExportFormat {
    Csv,
    Json,
}

#[derive(Clone, Debug, Args)]
pub struct StudyName {
    /// The study's name or directory
    pub study: String,
}

#[derive(Debug, Args)]
pub struct Measure {
    #[command(flatten)]
    pub machine: ChangedProfile,
    /// Command for the guest; without a kernel a statically linked program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    #[command(flatten)]
    pub files: GuestFiles,
    /// No guest: gem5 carries out the program's system calls, as in `lkmc gem5 run`
    #[arg(long, conflicts_with_all = ["demos", "push", "bare_metal"])]
    pub no_kernel: bool,
    /// No guest: the program runs alone on the board, as in `lkmc gem5 run --bare-metal`
    #[arg(long, conflicts_with_all = ["demos", "push"])]
    pub bare_metal: bool,
    /// Name of the study; the time of day unless given
    #[arg(long = "name", value_name = "STUDY")]
    pub study: Option<String>,
    /// Statistics to keep, as regular expressions; repeatable
    #[arg(long, value_name = "PATTERN")]
    pub stat: Vec<String>,
    /// Which dump is measured, counted from 1: of a program that dumps statistics itself
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = from_one)]
    pub dump: usize,
}

fn from_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("dumps are counted from 1".into()),
    }
}

#[derive(Debug, Subcommand)]
pub enum Gem5 {
    /// Statistics of the run's command, or of each stretch that the guest dumped
    Stats(Gem5Stats),
    /// Run a program on the profile's processors without a kernel; gem5 carries out its system calls
    Run(Box<Gem5Run>),
    /// Parameters of the simulated machine, as gem5 used them
    Config {
        #[command(flatten)]
        simulation: SimulationName,
        /// Regular expressions for the names
        #[arg(value_name = "PATTERN")]
        patterns: Vec<String>,
    },
}

/// What gem5 has left behind.
#[derive(Clone, Debug, Args)]
pub struct SimulationName {
    /// Run id, a unique prefix of one, `last`, or gem5's output directory
    #[arg(default_value = "last")]
    pub run: String,
}

#[derive(Debug, Args)]
pub struct Gem5Run {
    #[command(flatten)]
    pub machine: ChangedProfile,
    /// Statically linked program for the profile's architecture, and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    pub command: Vec<String>,
    /// Run the program alone on the board, from reset on; nothing carries out system calls. It speaks through the serial port or
    /// by semihosting
    #[arg(long)]
    pub bare_metal: bool,
    #[command(flatten)]
    pub simulation: Demands,
    #[command(flatten)]
    pub trace: trace_capture::Wishes,
    /// Open GDB on the program, in its main(); implied by the options that are for GDB
    #[arg(long)]
    pub gdb: bool,
    #[command(flatten)]
    pub wishes: GdbWishes,
}

#[derive(Debug, Args)]
pub struct Gem5Stats {
    #[command(flatten)]
    pub simulation: SimulationName,
    /// Regular expressions for the names: `numCycles$`, `miss_rate`
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// Which dump, counted from 1; the first one is the command's unless it dumps itself
    #[arg(long, value_name = "NUMBER")]
    pub dump: Option<usize>,
    /// All dumps; with --compare all differences
    #[arg(long)]
    pub all: bool,
    /// Another run: what differs, the largest change first, then what one of them does not have
    #[arg(long, value_name = "RUN")]
    pub compare: Option<String>,
}
