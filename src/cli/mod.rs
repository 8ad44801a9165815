//! The command line: clap types only, a file for each group of commands. A doc comment here is the help text.

mod advice;
mod candidates;
mod debug;
mod demo;
mod everywhere;
mod gem5;
mod profile;
mod refusal;
mod run;
mod runs;
mod trace;
mod vm;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use debug::*;
pub use demo::*;
pub use everywhere::{check, command};
pub use gem5::*;
pub use profile::*;
pub use refusal::{parse, wants_json};
pub use run::*;
pub use runs::*;
pub use trace::*;
pub use vm::*;

/// Where `lkmc --help` leads on to.
const BEGIN: &str = "\
To begin:
  lkmc doctor                                          what this machine can do
  lkmc profile run x86_64-qemu -- uname -a             a command in a guest; without one, a shell
  lkmc demo run kernel_modules/hello.c                 one of many demos: `lkmc demo list`
The pages are in docs/ of the checkout, README.md has a list of them; `lkmc COMMAND --help` has a command's options.";

/// A laboratory bench for kernels, operating systems and computer architecture.
#[derive(Debug, Parser)]
#[command(name = "lkmc", version, after_help = BEGIN)]
pub struct Cli {
    #[command(flatten, next_help_heading = "Everywhere")]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Print the external commands that would be run, and run none of them
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Print machine-readable results
    #[arg(long, global = true)]
    pub json: bool,
    /// Give up after this long: 30s, 5m, 1h
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
    /// Say more on standard error
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Since when the time for what has to be built passes: all builds of a command share it.
    #[arg(skip = Instant::now())]
    pub since: Instant,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Named machines: list, check, build, run
    #[command(subcommand)]
    Profile(Profile),
    /// Kernel modules, programs and scripts that show one thing each, by source path
    #[command(subcommand)]
    Demo(Demo),
    /// Build a kernel module after each save and put it into a guest that keeps running
    Dev(Box<Dev>),
    /// Run demos as tests, each in a pristine guest, and compare what they do with what they promise
    Test(Test),
    /// Guests that keep running
    #[command(subcommand)]
    Vm(Vm),
    /// Runs that were: list, show, compare, repeat
    #[command(subcommand)]
    Run(Runs),
    /// Attach GDB to a guest that runs, or open a memory dump in it
    Gdb(Gdb),
    /// Repeat a recorded run instruction by instruction, and compare it with the recording or give it to GDB
    Replay(Replay),
    /// Stop a running guest in KDB, its kernel's own debugger, and type commands there
    Kdb(Kdb),
    /// Open a memory dump in drgn: Python on the kernel's data
    Drgn(DumpReader),
    /// Open a memory dump in crash
    Crash(DumpReader),
    /// Measure commands on gem5: repeat, sweep over keys of the profile, plot, compare, verify
    #[command(subcommand)]
    Bench(Bench),
    /// What gem5 measured in a run, and what it simulated
    #[command(subcommand)]
    Gem5(Gem5),
    /// What was executed in a run that was recorded with --trace; on gem5 also caches and the pipeline
    #[command(subcommand)]
    Trace(Trace),
    /// Pinned packages of the toolbox
    #[command(subcommand)]
    Lock(Lock),
    /// Check every profile, every demo and the committed files derived from them
    Check,
    /// Say what this machine can do, and how to fix what it cannot
    Doctor,
    /// Remove builds, snapshots and runs that nothing uses
    Gc(Gc),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Open a shell with a profile's cross toolchain and emulator
    Shell(ShellArgs),
    /// Run the `nix` that lkmc uses, in its store: `lkmc nix -- flake show`
    Nix {
        /// Arguments of nix
        #[arg(last = true, required = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
    /// Enter a namespace in which /nix is a private store (internal)
    #[command(name = "__enter", hide = true)]
    Enter {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Own a detached guest (internal)
    #[command(name = "__supervise", hide = true)]
    Supervise {
        /// Run directory that holds the request
        directory: PathBuf,
        /// Descriptor of its lock
        #[arg(value_parser = clap::value_parser!(i32).range(3..))]
        lock: i32,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
}

#[derive(Debug, Subcommand)]
pub enum Lock {
    /// Choose package versions afresh from apt's signed indexes and write the lock file
    Update {
        /// Only these roots or sources, and those that the lock file does not have yet; the others stay as they are
        #[arg(add = clap_complete::ArgValueCandidates::new(candidates::locked))]
        names: Vec<String>,
    },
    /// Compare the lock file with the list of wanted packages and with the mirrors
    Check,
    /// Download everything that the lock file names
    Fetch {
        /// Also add them to the Nix store, for a Nix that lkmc does not run (`nix develop`)
        #[arg(long)]
        store: bool,
        /// Only these roots or sources
        #[arg(add = clap_complete::ArgValueCandidates::new(candidates::locked))]
        names: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Gc {
    /// Also remove run directories in which nothing changed for this many days and that no study names
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = days, allow_negative_numbers = true)]
    pub keep_days: u32,
}

#[derive(Debug, Args)]
pub struct ShellArgs {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Command to run in place of an interactive shell
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

fn days(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "a whole number of days, 0 or more".into())
}

/// A number of things of which there is at least one.
fn one_or_more(text: &str) -> Result<std::num::NonZeroUsize, String> {
    text.parse().map_err(|_| "a whole number, 1 or more".into())
}

pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    text.parse::<crate::units::Seconds>()
        .map(|seconds| seconds.0)
        .map_err(|error| format!("{error}; {}", error.help))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    /// clap looks for this itself in debug builds only: of two arguments of one name, the second one takes the first one's values.
    #[test]
    fn no_command_has_two_arguments_of_the_same_name() {
        fn check(command: &clap::Command, path: &str) {
            let mut names: Vec<&str> = command
                .get_arguments()
                .map(|argument| argument.get_id().as_str())
                .collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{path}: {names:?}");
            for inner in command.get_subcommands() {
                check(inner, &format!("{path} {}", inner.get_name()));
            }
        }
        check(&Cli::command(), "lkmc");
    }
}
