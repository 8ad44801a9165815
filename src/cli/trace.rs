//! `lkmc trace`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::candidates;
use crate::trace::filter::Window;

#[derive(Debug, Subcommand)]
pub enum Trace {
    /// Instructions in their order, with functions of the kernel and of the program (recorded with --trace Exec)
    Exec(TraceExec),
    /// Which lines of its sources were executed, by file (recorded with --trace Exec)
    Coverage(TraceCoverage),
    /// Accesses to caches, by cache and by function or address (gem5, recorded with --trace Cache)
    Cache(TraceCache),
    /// The way of each instruction through the pipeline (gem5, recorded with --trace O3PipeView on DerivO3CPU,
    /// Fetch,Decode,MinorExecute on MinorCPU and HPI)
    Pipeline(TracePipeline),
    /// What gem5 said, of whatever flags, with times since the command's start
    Raw(TraceRaw),
}

/// Which trace.
#[derive(Clone, Debug, Default, Args)]
pub struct TraceName {
    /// Run id, a unique prefix of one, `last`, or a file with a trace
    #[arg(default_value = "last", add = clap_complete::ArgValueCompleter::new(candidates::recorded_and_files))]
    pub run: String,
}

/// How much of it.
#[derive(Clone, Debug, Default, Args)]
pub struct TracePart {
    #[command(flatten)]
    pub window: Window,
    /// Print at most this many lines
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub lines: Option<usize>,
}

/// A trace with its symbols, and how much of it.
#[derive(Clone, Debug, Default, Args)]
pub struct TraceChoice {
    #[command(flatten)]
    pub trace: TraceName,
    /// ELF file of what the guest's programs executed; a run without a kernel knows it, and one on QEMU the programs of its demos
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub program: Option<PathBuf>,
    /// Kernel with its symbols; a run knows it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub vmlinux: Option<PathBuf>,
    #[command(flatten)]
    pub part: TracePart,
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
    /// Only the instructions of programs
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
    /// Write the functions of all of it as nested slices, for ui.perfetto.dev; .gz is compressed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["summary", "calls", "micro", "source", "kernel", "user", "functions", "lines"])]
    pub perfetto: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct TraceCoverage {
    #[command(flatten)]
    pub choice: TraceChoice,
    /// Only files whose names match one of these regular expressions: `hello.c`, `^kernel/sched/`
    #[arg(value_name = "PATTERN")]
    pub files: Vec<String>,
    /// Add what this run executed; repeatable
    #[arg(long, value_name = "RUN", add = clap_complete::ArgValueCompleter::new(candidates::recorded_and_files))]
    pub also: Vec<String>,
    /// Also files of which nothing was executed
    #[arg(long)]
    pub all: bool,
    /// The lines of the files, each with how often it was executed
    #[arg(long)]
    pub source: bool,
    /// Write a tracefile for lcov and genhtml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["source", "lines"])]
    pub lcov: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct TraceCache {
    #[command(flatten)]
    pub choice: TraceChoice,
    /// Only caches whose names match one of these regular expressions: `dcache`, `l2`
    #[arg(value_name = "PATTERN")]
    pub caches: Vec<String>,
    /// Each access, instead of counts
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

#[derive(Debug, Args)]
pub struct TraceRaw {
    #[command(flatten)]
    pub trace: TraceName,
    /// Only lines whose object and words one of these regular expressions finds
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    #[command(flatten)]
    pub part: TracePart,
}
