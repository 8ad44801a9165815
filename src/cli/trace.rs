//! `lkmc trace`, and how a trace is recorded.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::candidates;
use crate::units::{ByteSize, Ticks};

/// What gem5 is to say while a command runs. What becomes of it is `lkmc trace`'s.
#[derive(Clone, Debug, Default, Args)]
pub struct TraceWishes {
    /// Keep the messages of gem5's debug flags: Exec, Cache, O3PipeView, or any that `gem5.opt --debug-help` lists; a dash
    /// before a name leaves it out of a group
    #[arg(
        long = "trace",
        value_name = "FLAGS",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub flags: Vec<String>,
    /// End the trace, not the run, when its compressed file is this large
    #[arg(long = "trace-limit", value_name = "SIZE", value_parser = parse_size, requires = "flags")]
    pub limit: Option<ByteSize>,
    /// Begin so long after the command, in simulated time: 100us
    #[arg(long = "trace-after", value_name = "TIME", value_parser = parse_ticks, requires = "flags")]
    pub after: Option<Ticks>,
    /// End after so much simulated time
    #[arg(long = "trace-for", value_name = "TIME", value_parser = parse_ticks, requires = "flags")]
    pub long: Option<Ticks>,
}

#[derive(Debug, Subcommand)]
pub enum Trace {
    /// Instructions in their order, with functions of the kernel and of the program (recorded with --trace Exec)
    Exec(TraceExec),
    /// Accesses to caches, by cache and by function or address (recorded with --trace Cache)
    Cache(TraceCache),
    /// The way of each instruction through the pipeline (recorded with --trace O3PipeView on DerivO3CPU, Fetch,Decode,MinorExecute on
    /// MinorCPU and HPI)
    Pipeline(TracePipeline),
}

/// Times are ticks since the command's start, of which one is a picosecond.
#[derive(Clone, Debug, Default, Args)]
pub struct TraceChoice {
    /// Run id, a unique prefix of one, `last`, or a file that gem5 wrote
    #[arg(default_value = "last", value_hint = ValueHint::FilePath, add = clap_complete::ArgValueCandidates::new(candidates::recorded))]
    pub run: String,
    /// ELF file of what the guest's programs executed; of a run without a kernel it is known
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub program: Option<PathBuf>,
    /// Kernel with its symbols; of a run it is known
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub vmlinux: Option<PathBuf>,
    /// Nothing before this time: 100us
    #[arg(long, value_name = "TIME", value_parser = parse_ticks)]
    pub from: Option<Ticks>,
    /// Nothing after this time
    #[arg(long, value_name = "TIME", value_parser = parse_ticks)]
    pub to: Option<Ticks>,
    /// Only this processor
    #[arg(long, value_name = "NUMBER")]
    pub cpu: Option<u32>,
    /// At most so many lines
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub lines: Option<usize>,
}

#[derive(Debug, Args)]
pub struct TraceExec {
    #[command(flatten)]
    pub choice: TraceChoice,
    /// Only functions whose names match one of these regular expressions
    #[arg(value_name = "PATTERN")]
    pub functions: Vec<String>,
    /// Only the kernel's instructions
    #[arg(long)]
    pub kernel: bool,
    /// Only those of programs
    #[arg(long, conflicts_with = "kernel")]
    pub user: bool,
    /// A line for each micro-operation, with the addresses that it reads and writes
    #[arg(long)]
    pub micro: bool,
    /// File and line of each instruction
    #[arg(long)]
    pub source: bool,
    /// The hottest functions
    #[arg(long, conflicts_with_all = ["micro", "source"])]
    pub summary: bool,
    /// A line for each call of a function, below its caller
    #[arg(long, conflicts_with_all = ["summary", "micro", "source"])]
    pub calls: bool,
    /// Write the functions as nested slices, for ui.perfetto.dev; .gz is compressed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["summary", "calls", "micro", "source"])]
    pub perfetto: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct TraceCache {
    #[command(flatten)]
    pub choice: TraceChoice,
    /// Only caches whose names match one of these regular expressions: `dcache`, `l2`
    #[arg(value_name = "PATTERN")]
    pub caches: Vec<String>,
    /// Accesses one by one, in place of their numbers
    #[arg(long)]
    pub events: bool,
    /// Only accesses that missed
    #[arg(long, requires = "events")]
    pub misses: bool,
}

#[derive(Debug, Args)]
pub struct TracePipeline {
    #[command(flatten)]
    pub choice: TraceChoice,
    /// Only functions whose names match one of these regular expressions
    #[arg(value_name = "PATTERN")]
    pub functions: Vec<String>,
    /// Leave out instructions that were squashed
    #[arg(long)]
    pub retired: bool,
    /// Draw it: NAME.svg or NAME.png
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write it for ui.perfetto.dev; .gz is compressed
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub perfetto: Option<PathBuf>,
}

pub(super) fn parse_size(text: &str) -> Result<ByteSize, String> {
    text.parse()
        .map_err(|error: crate::units::UnitError| format!("{error}; {}", error.help))
}

pub(super) fn parse_ticks(text: &str) -> Result<Ticks, String> {
    text.parse()
        .map_err(|error: crate::units::UnitError| format!("{error}; {}", error.help))
}
