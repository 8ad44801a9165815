//! `lkmc demo`, `lkmc test` and `lkmc dev`.

use super::candidates;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::GdbWishes;
use crate::debuggee::Side;
use crate::profile::{MachineOverrides, Setting, Settings};
use crate::trace_capture;

#[derive(Debug, Subcommand)]
pub enum Demo {
    /// List the demos with what each shows
    List {
        /// Only demos whose path contains one of these; a file or directory of your own by its path
        #[arg(value_name = "FILTER", add = clap_complete::ArgValueCompleter::new(candidates::demos_and_paths))]
        filters: Vec<String>,
    },
    /// Explain a demo: what it shows, what it needs, how it is run, what it must print
    Show {
        /// Source path of a demo, or of a file of your own
        #[arg(add = clap_complete::ArgValueCompleter::new(candidates::demos_and_paths))]
        path: String,
    },
    /// Build a demo and print where its modules and programs are, or copy them to a directory of yours, with the
    /// compile_commands.json that clangd reads
    Build {
        #[command(flatten)]
        demo: DemoOnProfile,
        /// Directory for copies of them and compile_commands.json, made if it is not there
        #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        output: Option<PathBuf>,
    },
    /// Build a demo, run it in a pristine guest, and compare what it does with what it promises
    Run {
        #[command(flatten)]
        demo: DemoOnProfile,
        #[command(flatten)]
        trace: trace_capture::Wishes,
        /// Parameter of one of gem5's objects, for example system.cpu_cluster.cpus.executeIssueLimit=1; repeatable
        #[arg(long = "param", value_name = "PATH=VALUE")]
        params: Vec<Setting>,
        /// Build its modules for the kernel that runs this machine, or for a build tree, and never insert them
        #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
        host: Option<Option<PathBuf>>,
    },
    /// Debug a demo: a program as a process, with its libc; a kernel module from the first line of its init function; a program on
    /// bare metal on its board
    Debug(DemoDebug),
}

/// A demo, and the machine that it is for.
#[derive(Clone, Debug, Args)]
pub struct DemoOnProfile {
    /// Source path of a demo, or a file or directory of your own
    #[arg(add = clap_complete::ArgValueCompleter::new(candidates::demos_and_paths))]
    pub path: String,
    #[command(flatten)]
    pub profile: DemoProfile,
    #[command(flatten)]
    pub settings: Settings,
}

/// The profile of a command that is given a demo.
#[derive(Clone, Debug, Args)]
pub struct DemoProfile {
    /// Profile to build for and to run on; x86_64-qemu unless given, where the demo runs there
    #[arg(short = 'p', long = "profile", env = "LKMC_PROFILE", value_name = "NAME", add = clap_complete::ArgValueCompleter::new(candidates::profiles_and_files))]
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct DemoDebug {
    /// Source path of a demo, or a file of your own
    #[arg(add = clap_complete::ArgValueCompleter::new(candidates::demos_and_paths))]
    pub path: String,
    /// Run to a function of the program or its libc, FILE:LINE or *ADDRESS; main unless given
    #[arg(value_name = "WHERE")]
    pub place: Option<String>,
    #[command(flatten)]
    pub profile: DemoProfile,
    /// Where a program runs: a process of this machine, one in QEMU's user mode, or one in a guest; `guest` unless given
    #[arg(long = "in", value_name = "SIDE")]
    pub side: Option<Side>,
    #[command(flatten)]
    pub gdb: GdbWishes,
    /// Arguments of the program
    #[arg(last = true, value_name = "ARGUMENT")]
    pub arguments: Vec<OsString>,
}

#[derive(Debug, Args)]
pub struct Dev {
    /// Source of the module: a demo's path, or a file or directory with a Kbuild file of your own
    #[arg(add = clap_complete::ArgValueCompleter::new(candidates::demos_and_paths))]
    pub path: String,
    #[command(flatten)]
    pub profile: DemoProfile,
    /// Shell line to run in the guest each time the module has been inserted
    #[arg(long, value_name = "LINE")]
    pub then: Option<String>,
    /// Build and insert once, and exit with the outcome as status
    #[arg(long)]
    pub once: bool,
    /// Parameters of the module: NAME=VALUE
    #[arg(last = true, value_name = "PARAMETER")]
    pub parameters: Vec<String>,
    #[command(flatten, next_help_heading = "Machine")]
    pub machine: MachineOverrides,
}

#[derive(Debug, Args)]
pub struct Test {
    /// Demos whose path contains one of these, or a file or directory of your own; all demos of the checkout unless given
    #[arg(value_name = "FILTER", add = clap_complete::ArgValueCompleter::new(candidates::demos_and_paths))]
    pub filters: Vec<String>,
    /// Profile to test on; repeatable; the QEMU profile of each architecture unless given
    #[arg(short, long, env = "LKMC_PROFILE", value_name = "NAME", add = clap_complete::ArgValueCompleter::new(candidates::profiles_and_files))]
    pub profile: Vec<String>,
    /// Run each demo once per architecture and kernel, on the first of the profiles that has what it needs
    #[arg(long)]
    pub once: bool,
    /// Guests side by side; as many as there are processors unless given
    #[arg(short, long, value_name = "N", value_parser = super::one_or_more)]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Run the demos in a random order; give a seed to repeat an order
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true)]
    pub shuffle: Option<Option<u64>>,
    /// Flip each expected line in turn and fail where no comparison notices
    #[arg(long)]
    pub mutate: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
}
