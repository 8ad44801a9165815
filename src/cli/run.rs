//! `lkmc profile run`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::gem5::demands::Demands;
use crate::profile::MachineOverrides;
use crate::run::request::OnPanic;
use crate::run::set_up::push::Push;
use crate::trace_capture;

use super::{GdbWishes, ProfileName, candidates};

const MACHINE: &str = "Machine";
const FILES: &str = "Files";
const ENDING: &str = "Ending";
const TESTS: &str = "The kernel's own tests";
const DEBUGGING: &str = "Debugging the emulator";

/// A guest that a command boots: its machine, what of it is shown, and what is brought into it.
#[derive(Clone, Debug, Default, Args)]
pub struct Guest {
    #[command(flatten, next_help_heading = MACHINE)]
    pub machine: MachineOverrides,
    /// Boot even if a snapshot of this very set-up exists
    #[arg(long, help_heading = MACHINE)]
    pub cold: bool,
    /// Show the console as well, from the first boot message
    #[arg(long, help_heading = MACHINE)]
    pub console: bool,
    #[command(flatten, next_help_heading = FILES)]
    pub files: GuestFiles,
    /// Run this host file as a shell script in the guest; what follows `--` are its arguments
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = FILES)]
    pub script: Option<PathBuf>,
}

/// What a guest finds in its /lkmc.
#[derive(Clone, Debug, Default, Args)]
pub struct GuestFiles {
    /// Put the demos whose path contains FILTER, or a file of your own, into the guest's /lkmc, built; repeatable
    #[arg(long, value_name = "FILTER", value_parser = clap::builder::NonEmptyStringValueParser::new(), add = clap_complete::ArgValueCompleter::new(candidates::demos_and_paths))]
    pub demos: Vec<String>,
    /// Put a file or directory of this machine into the guest's /lkmc, under NAME if one is given; repeatable
    #[arg(long, value_name = "FILE[:NAME]", value_hint = ValueHint::AnyPath)]
    pub push: Vec<Push>,
}

#[derive(Clone, Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Command to run in the guest; an interactive shell if none
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    #[command(flatten)]
    pub guest: Guest,
    /// Begin with a named snapshot of a guest that stays (`lkmc vm snapshot`), which has to be of the same machine
    #[arg(
        long,
        value_name = "[RUN:]SNAPSHOT",
        conflicts_with_all = ["cold", "console", "record", "boot", "debug_emulator", "rr", "disk"],
        help_heading = MACHINE,
        add = clap_complete::ArgValueCandidates::new(candidates::beginnings)
    )]
    pub from: Option<String>,
    /// Leave /lkmc empty: a shell finds kernel_modules there unless --demos says otherwise
    #[arg(long, conflicts_with = "demos", help_heading = FILES)]
    pub no_demos: bool,
    /// Type the command at the console's shell, which is yours when it has ended
    #[arg(long, conflicts_with_all = ["detach", "record", "debug_emulator"], help_heading = ENDING)]
    pub then_shell: bool,
    /// Leave the guest running in the background and print its run id
    #[arg(long, conflicts_with_all = ["command", "script", "flags"], help_heading = ENDING)]
    pub detach: bool,
    /// What to do with a guest whose kernel panics, oopses or locks up
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnPanic::Exit, conflicts_with = "record", help_heading = ENDING)]
    pub on_panic: OnPanic,
    /// Record the run, so that `lkmc replay` can repeat it; the command gets all of its standard input at the start
    #[arg(long, conflicts_with_all = ["detach", "flags"], help_heading = ENDING)]
    pub record: bool,
    /// Read the results of tests (KTAP, TAP) that the kernel logs and the command prints: the status is 1 if one failed or is missing
    #[arg(long, conflicts_with_all = ["detach", "record", "debug_emulator"], help_heading = TESTS)]
    pub ktap: bool,
    /// Write these results as JUnit's XML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "ktap", help_heading = TESTS)]
    pub junit: Option<PathBuf>,
    #[command(flatten, next_help_heading = "gem5")]
    pub simulation: Demands,
    #[command(flatten, next_help_heading = "Traces")]
    pub trace: trace_capture::Wishes,
    /// Start the emulator itself under GDB, which has the terminal; without a terminal it does what --ex and -x say
    #[arg(long, conflicts_with_all = ["detach", "record", "console", "on_panic"], help_heading = DEBUGGING)]
    pub debug_emulator: bool,
    /// With --debug-emulator: the guest's console in a pane beside GDB
    #[arg(long, requires = "debug_emulator", conflicts_with = "batch", help_heading = DEBUGGING)]
    pub tmux: bool,
    /// Record the emulator itself under rr, so that `lkmc replay` can repeat it
    #[arg(long, conflicts_with_all = ["debug_emulator", "detach", "record"], help_heading = DEBUGGING)]
    pub rr: bool,
    #[command(flatten, next_help_heading = "GDB, with --debug-emulator or --on-panic gdb")]
    pub gdb: GdbWishes,
}
