//! Guests under GDB: live, replayed, through the kernel's own debugger, as a dump.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::{Guest, ProfileName, RunningGuestOrLast, candidates};

#[derive(Clone, Debug, Args)]
pub struct Debug {
    #[command(flatten)]
    pub profile: ProfileName,
    #[command(flatten)]
    pub place: WhereToStop,
    /// Command to run in the guest, which is brought to its prompt first
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    /// Stop before the first instruction although there is a COMMAND, which starts when the guest has booted
    #[arg(long)]
    pub boot: bool,
    /// Use the kernel's own stub, KGDB, in place of the emulator's
    #[arg(long)]
    pub kgdb: bool,
    /// Use the kernel's own debugger, KDB, in place of GDB; --ex takes its commands
    #[arg(long, conflicts_with_all = ["kgdb", "batch", "scripts", "tmux"])]
    pub kdb: bool,
    /// Split the terminal: GDB beside the guest's console
    #[arg(long, conflicts_with = "batch")]
    pub tmux: bool,
    #[command(flatten, next_help_heading = "GDB")]
    pub gdb: GdbWishes,
    #[command(flatten)]
    pub guest: Guest,
}

/// At most one of them.
#[derive(Clone, Debug, Default, Args)]
#[group(multiple = false)]
pub struct WhereToStop {
    /// Run to a function, FILE:LINE or ADDRESS
    #[arg(value_name = "WHERE")]
    pub location: Option<String>,
    /// Run to the first line of this module's init function
    #[arg(long, value_name = "MODULE")]
    pub module_init: Option<String>,
    /// Stop at the kernel's first instruction, before the MMU is on; `--early=decompressor` at that of what unpacks it
    #[arg(long, value_name = "STAGE", num_args = 0..=1, require_equals = true, default_missing_value = "kernel")]
    pub early: Option<EarlyStage>,
    /// Run to the kernel's side of a system call
    #[arg(long, value_name = "NAME")]
    pub syscall: Option<String>,
    /// Run to a function of a program (main unless given), in the process that executes it
    #[arg(long, value_name = "PROGRAM[:FUNCTION]")]
    pub user: Option<crate::gdb::Program>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EarlyStage {
    Kernel,
    Decompressor,
}

/// What is passed on to GDB.
#[derive(Clone, Debug, Default, Args)]
pub struct GdbWishes {
    /// End after the commands and scripts, without a prompt; the first that fails ends it with status 1
    #[arg(long)]
    pub batch: bool,
    /// GDB command to execute; repeatable, in order. GDB's own spelling, `-ex`, is understood too
    #[arg(long = "ex", value_name = "COMMAND", allow_hyphen_values = true)]
    pub execute: Vec<String>,
    /// GDB or Python script to execute, after the commands; repeatable
    #[arg(short = 'x', value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub scripts: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Gdb {
    /// Run id, a unique prefix of one, or `last` (the default). With --core: a run of the dump's kernel
    #[arg(add = clap_complete::ArgValueCandidates::new(candidates::running))]
    pub run: Option<String>,
    /// Open a memory dump: that of a run, or a file
    #[arg(long, value_name = "RUN|FILE", add = clap_complete::ArgValueCompleter::new(candidates::recorded_and_files))]
    pub core: Option<String>,
    /// Use the kernel's own stub, KGDB, in place of the emulator's
    #[arg(long, conflicts_with = "core")]
    pub kgdb: bool,
    #[command(flatten)]
    pub place: WhereToStop,
    #[command(flatten)]
    pub gdb: GdbWishes,
}

#[derive(Debug, Args)]
pub struct Replay {
    /// Run id, a unique prefix of one, or `last`: the last recording
    #[arg(default_value = "last", add = clap_complete::ArgValueCandidates::new(candidates::replayable))]
    pub run: String,
    /// Open GDB at the first instruction (of a run with --rr: in the emulator's main()); `reverse-continue` and the like work
    #[arg(long)]
    pub gdb: bool,
    /// Open GDB where the kernel panicked or oopsed
    #[arg(long)]
    pub at_panic: bool,
    #[command(flatten)]
    pub wishes: GdbWishes,
}

#[derive(Debug, Args)]
pub struct Kdb {
    #[command(flatten)]
    pub guest: RunningGuestOrLast,
    /// Command of KDB's to run; repeatable, in order. Without any the terminal becomes KDB's
    #[arg(long = "ex", value_name = "COMMAND")]
    pub execute: Vec<String>,
}

#[derive(Debug, Args)]
pub struct DumpReader {
    /// Run that left a dump (its id, a unique prefix of one, `last`), or the dump's file
    #[arg(value_name = "RUN|FILE", add = clap_complete::ArgValueCompleter::new(candidates::recorded_and_files))]
    pub dump: String,
    /// Run of the same kernel, for a file that lies in no run directory
    #[arg(long, value_name = "RUN", add = clap_complete::ArgValueCandidates::new(candidates::recorded))]
    pub run: Option<String>,
    /// The reader's own arguments: a script, options
    #[arg(last = true, value_name = "ARGUMENT")]
    pub arguments: Vec<OsString>,
}
