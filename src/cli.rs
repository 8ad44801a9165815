//! The command line: clap types only. A doc comment here is the help text.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::commands::completions;
use crate::profile::{Accelerator, Forward, Share};
use crate::run::plan::OnPanic;
use crate::units::{ByteSize, Ticks};

/// A laboratory bench for kernels, operating systems and computer architecture.
#[derive(Debug, Parser)]
#[command(name = "lkmc", version)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Clone, Debug, Default, Args)]
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
    Dev(Dev),
    /// Run demos as tests, each in a pristine guest, and compare what they do with what they promise
    Test(Test),
    /// Guests that keep running
    #[command(subcommand)]
    Vm(Vm),
    /// Attach GDB to a guest that runs, or open a memory dump in it
    Gdb(Gdb),
    /// Repeat a recorded run instruction by instruction, and compare it with the recording or give it to GDB
    Replay(Replay),
    /// Stop a guest that runs in its kernel's own debugger, KDB, and talk to that
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
    /// What gem5 said of a run that was recorded with --trace: instructions, caches, the pipeline
    #[command(subcommand)]
    Trace(Trace),
    /// Pinned packages of the toolbox
    #[command(subcommand)]
    Lock(Lock),
    /// Check every profile, every demo and the committed files derived from them
    Check,
    /// Say what this machine can do, and how to mend what it cannot
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
    /// Run the `nix` that lkmc uses, in the store that it uses: lkmc nix -- flake show path:.
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
pub enum Profile {
    /// List the profiles
    List,
    /// Print a profile as the stages of a run see it
    Show {
        #[command(flatten)]
        profile: ProfileName,
        #[command(flatten)]
        stage: ShowStage,
    },
    /// Validate profiles without building anything
    Check {
        /// Names or paths; all shipped profiles if none
        #[arg(add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
        names: Vec<String>,
        /// Also ask Kconfig whether every requested symbol survives (seconds)
        #[arg(long)]
        kconfig: bool,
    },
    /// Print the JSON Schema of a profile file
    Schema,
    /// Write a commented starter profile
    New {
        /// Path or name of the new profile
        name: String,
        /// Profile to start from
        #[arg(long, value_name = "NAME", default_value = "x86_64-qemu", add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
        from: String,
    },
    /// Change one value in a profile file, keeping its comments and layout
    Set {
        #[command(flatten)]
        profile: ProfileName,
        /// Dotted key: memory.size
        key: String,
        /// TOML value; a bare word is a string
        value: String,
    },
    /// Say which settings and derivation inputs differ between two profiles
    Diff {
        #[arg(add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
        left: String,
        #[arg(add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
        right: String,
    },
    /// Write the lowered JSON that Nix reads
    Lower {
        /// Profile: a name, or the path of a .toml file
        #[arg(value_name = "NAME", env = "LKMC_PROFILE", required_unless_present = "bless")]
        name: Option<String>,
        /// Rewrite the committed files of all shipped profiles
        #[arg(long)]
        bless: bool,
    },
    /// Build what a profile needs
    Build {
        #[command(flatten)]
        profile: ProfileName,
    },
    /// Rebuild every output and compare the bytes
    Verify {
        #[command(flatten)]
        profile: ProfileName,
    },
    /// Boot a profile; open a shell, or run COMMAND in the guest and exit with its status
    Run(Box<Run>),
    /// Boot a profile under GDB: stopped before its first instruction, or at WHERE, or with COMMAND at its prompt
    Debug(Box<Debug>),
}

#[derive(Clone, Debug, Args)]
pub struct ProfileName {
    /// Profile: a name, or the path of a .toml file
    #[arg(value_name = "NAME", env = "LKMC_PROFILE", value_hint = ValueHint::FilePath, add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
    pub name: String,
}

#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct ShowStage {
    /// After inheritance and defaults (the default)
    #[arg(long)]
    pub resolved: bool,
    /// The arguments that Nix gets
    #[arg(long)]
    pub lowered: bool,
    /// The emulator's command line
    #[arg(long)]
    pub command: bool,
    /// What is cached and what would be built
    #[arg(long)]
    pub plan: bool,
}

#[derive(Clone, Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub profile: ProfileName,
    #[command(flatten)]
    pub machine: MachineOverrides,
    /// Show the console as well, from the first boot message
    #[arg(long)]
    pub console: bool,
    /// Run this host file as a shell script in the guest
    #[arg(long, value_name = "FILE", conflicts_with = "command", value_hint = ValueHint::FilePath)]
    pub script: Option<PathBuf>,
    /// Boot even if a snapshot of this very set-up exists
    #[arg(long)]
    pub cold: bool,
    /// Put the demos whose path contains FILTER into the guest's /lkmc, built; repeatable. A shell gets kernel_modules
    #[arg(long, value_name = "FILTER")]
    pub demos: Vec<String>,
    /// Leave /lkmc empty
    #[arg(long, conflicts_with = "demos")]
    pub no_demos: bool,
    /// Leave the guest running in the background and print its run id
    #[arg(long, conflicts_with_all = ["command", "script"])]
    pub detach: bool,
    /// Record the run, so that `lkmc replay` can repeat it; the command gets all of its standard input at the start
    #[arg(long, conflicts_with = "detach")]
    pub record: bool,
    /// Start the emulator itself under GDB, which has the terminal; without a terminal it does what --ex and -x say
    #[arg(long, conflicts_with_all = ["detach", "record", "console", "on_panic"])]
    pub debug_emulator: bool,
    /// With --debug-emulator: the guest's console in a pane beside GDB
    #[arg(long, requires = "debug_emulator", conflicts_with = "batch")]
    pub tmux: bool,
    /// Record the emulator itself under rr, for `rr replay`
    #[arg(long, conflicts_with_all = ["debug_emulator", "detach", "record"])]
    pub rr: bool,
    /// What becomes of a guest whose kernel panics, oopses or locks up
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnPanic::Exit, conflicts_with = "record")]
    pub on_panic: OnPanic,
    /// Parameter of one of gem5's objects; repeatable
    #[arg(long = "param", value_name = "PATH=VALUE")]
    pub params: Vec<String>,
    #[command(flatten)]
    pub trace: TraceWishes,
    #[command(flatten)]
    pub gdb: GdbWishes,
    /// Command to run in the guest; an interactive shell if none
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

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

#[derive(Clone, Debug, Args)]
pub struct Debug {
    #[command(flatten)]
    pub profile: ProfileName,
    #[command(flatten)]
    pub place: WhereToStop,
    #[command(flatten)]
    pub machine: MachineOverrides,
    /// Stop before the first instruction although there is a COMMAND, which starts when the guest has booted
    #[arg(long)]
    pub boot: bool,
    /// Put the demos whose path contains FILTER into the guest's /lkmc, built; repeatable
    #[arg(long, value_name = "FILTER")]
    pub demos: Vec<String>,
    #[command(flatten)]
    pub gdb: GdbWishes,
    /// Use the kernel's own stub, KGDB, in place of the emulator's
    #[arg(long)]
    pub kgdb: bool,
    /// Use the kernel's own debugger, KDB, in place of GDB; --ex takes its commands
    #[arg(long, conflicts_with_all = ["kgdb", "batch", "scripts", "tmux"])]
    pub kdb: bool,
    /// Split the terminal: GDB beside the guest's console
    #[arg(long, conflicts_with = "batch")]
    pub tmux: bool,
    /// Command to run in the guest, which is brought to its prompt first
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
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
    /// Run to a function of a program (main if none), in the process that executes it
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
    /// End after the commands and scripts, without a prompt; the exit status is GDB's
    #[arg(long)]
    pub batch: bool,
    /// GDB command to execute; repeatable, in order. GDB's own spelling, `-ex`, is understood too
    #[arg(long = "ex", value_name = "COMMAND", allow_hyphen_values = true)]
    pub execute: Vec<String>,
    /// GDB or Python script to execute, after the commands; repeatable
    #[arg(short = 'x', value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub scripts: Vec<PathBuf>,
}

/// What a run may change about its profile without editing it.
#[derive(Clone, Debug, Default, Args)]
pub struct MachineOverrides {
    /// Number of processors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=512))]
    pub cpus: Option<u32>,
    /// Memory, with its unit: 512MiB
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<ByteSize>,
    /// kvm, tcg or auto
    #[arg(long, value_name = "NAME", value_parser = parse_accelerator)]
    pub accelerator: Option<Accelerator>,
    /// Append to the kernel command line; repeatable
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub kernel_arg: Vec<String>,
    /// Append to QEMU's arguments; repeatable, never combined with a snapshot
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub qemu_arg: Vec<String>,
    /// Connect the guest to the host's network through QEMU's user-mode stack
    #[arg(long)]
    pub network: bool,
    /// Forward a TCP port of the host's loopback address: HOST:GUEST (HOST 0: a free one); implies --network; repeatable
    #[arg(long, value_name = "HOST:GUEST", value_parser = parse_forward)]
    pub forward: Vec<Forward>,
    /// Share a host directory: HOST:GUEST[:rw], read-only unless :rw; repeatable
    #[arg(long, value_name = "HOST:GUEST[:rw]", value_parser = parse_share)]
    pub share: Vec<Share>,
    /// Attach a raw or qcow2 image as a virtio disk, written to for good; repeatable
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub disk: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Demo {
    /// List the demos with what each shows
    List {
        /// Only demos whose path contains one of these
        #[arg(value_name = "FILTER", add = clap_complete::ArgValueCandidates::new(crate::demo::complete_names))]
        filters: Vec<String>,
    },
    /// Explain a demo: what it shows, what it needs, how it is run, what it must print
    Show {
        /// Source path of a demo, or of a file of your own
        #[arg(value_hint = ValueHint::FilePath, add = clap_complete::ArgValueCandidates::new(crate::demo::complete_names))]
        path: String,
    },
    /// Build a demo, run it in a pristine guest, and compare what it does with what it promises
    Run {
        /// Source path of a demo, or a file or directory of your own
        #[arg(value_hint = ValueHint::AnyPath, add = clap_complete::ArgValueCandidates::new(crate::demo::complete_names))]
        path: String,
        /// Profile to run on; x86_64-qemu if none, where the demo runs there
        #[arg(short, long, env = "LKMC_PROFILE", value_name = "NAME", add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
        profile: Option<String>,
        /// Build its modules for the kernel that runs this machine, or for a build tree, and never insert them
        #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
        host: Option<Option<PathBuf>>,
    },
    /// Debug a demo: a program as a process, with its libc; a kernel module from the first line of its init function
    Debug(DemoDebug),
}

#[derive(Debug, Args)]
pub struct DemoDebug {
    /// Source path of a demo, or a file of your own
    #[arg(value_hint = ValueHint::FilePath, add = clap_complete::ArgValueCandidates::new(crate::demo::complete_names))]
    pub path: String,
    /// Run to a function of the program or its libc, FILE:LINE or *ADDRESS; main if none
    #[arg(value_name = "WHERE")]
    pub place: Option<String>,
    /// Profile that says which architecture, and which guest; x86_64-qemu if none, where the demo runs there
    #[arg(short, long, env = "LKMC_PROFILE", value_name = "NAME", add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
    pub profile: Option<String>,
    /// Where a program runs: a process of this machine, one in QEMU's user mode, or one in a guest; `guest` if none
    #[arg(long = "in", value_name = "SIDE")]
    pub side: Option<Side>,
    #[command(flatten)]
    pub gdb: GdbWishes,
    /// Arguments of the program
    #[arg(last = true, value_name = "ARGUMENT")]
    pub arguments: Vec<OsString>,
}

/// Where a program is debugged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// This machine, which must be of the program's architecture
    Native,
    /// QEMU's emulator of one process: any architecture, no kernel
    User,
    /// A guest, under gdbserver
    Guest,
}

#[derive(Debug, Subcommand)]
pub enum Vm {
    /// List the running guests
    List,
    /// Run a command in a running guest
    Exec {
        /// Run id, a unique prefix of one, or `last`
        #[arg(add = clap_complete::ArgValueCandidates::new(completions::running))]
        run: String,
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// Copy a file or directory into a running guest
    Push {
        /// Run id, a unique prefix of one, or `last`
        #[arg(add = clap_complete::ArgValueCandidates::new(completions::running))]
        run: String,
        /// File or directory on the host
        #[arg(value_hint = ValueHint::AnyPath)]
        source: PathBuf,
        /// Directory or file name in the guest
        #[arg(default_value = "/lkmc/")]
        destination: String,
    },
    /// Type on the console of a running guest, which goes on when you leave
    Console {
        /// Run id, a unique prefix of one, or `last`
        #[arg(default_value = "last", add = clap_complete::ArgValueCandidates::new(completions::running))]
        run: String,
    },
    /// Print the console of a guest, running or not
    Log {
        /// Run id, a unique prefix of one, or `last`
        #[arg(add = clap_complete::ArgValueCandidates::new(completions::recorded))]
        run: String,
        /// Go on printing until the guest stops
        #[arg(short, long)]
        follow: bool,
    },
    /// Power a guest off
    Stop {
        /// Run id, a unique prefix of one, or `last`
        #[arg(add = clap_complete::ArgValueCandidates::new(completions::running))]
        run: String,
    },
}

#[derive(Debug, Args)]
pub struct Gdb {
    /// Run id, a unique prefix of one, or `last`, which is meant if there is none. With --core: a run of the dump's kernel
    #[arg(add = clap_complete::ArgValueCandidates::new(completions::running))]
    pub run: Option<String>,
    /// Open the memory dump of a run, or in a file
    #[arg(long, value_name = "RUN|FILE", value_hint = ValueHint::FilePath, add = clap_complete::ArgValueCandidates::new(completions::recorded))]
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
    #[arg(default_value = "last", add = clap_complete::ArgValueCandidates::new(completions::replayable))]
    pub run: String,
    /// Open GDB at the first instruction; `reverse-step`, `reverse-continue` and the like work
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
    /// Run id, a unique prefix of one, or `last`
    #[arg(default_value = "last", add = clap_complete::ArgValueCandidates::new(completions::running))]
    pub run: String,
    /// Command of KDB's to run; repeatable, in order. Without any the terminal becomes KDB's
    #[arg(long = "ex", value_name = "COMMAND")]
    pub execute: Vec<String>,
}

#[derive(Debug, Args)]
pub struct DumpReader {
    /// Run that left a dump (its id, a unique prefix of one, `last`), or the dump's file
    #[arg(value_name = "RUN|FILE", value_hint = ValueHint::FilePath, add = clap_complete::ArgValueCandidates::new(completions::recorded))]
    pub dump: String,
    /// Run of the same kernel, for a file that lies in no run directory
    #[arg(long, value_name = "RUN", add = clap_complete::ArgValueCandidates::new(completions::recorded))]
    pub run: Option<String>,
    /// The reader's own arguments: a script, options
    #[arg(last = true, value_name = "ARGUMENT")]
    pub arguments: Vec<OsString>,
}

#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Run a command several times, and see that all runs are equal
    Run {
        #[command(flatten)]
        measure: Measure,
        /// How often
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
    /// Print a study's results
    Show {
        /// The study's name or directory
        study: String,
    },
    /// Draw a measure over an axis, or the Pareto front of two objectives
    Plot {
        /// The study's name or directory
        study: String,
        /// The axis; the first one unless it is named
        #[arg(short, value_name = "KEY")]
        x: Option<String>,
        /// cycles, ticks, instructions, ipc, seconds, or a statistic that the study kept
        #[arg(short, value_name = "MEASURE", default_value = "cycles")]
        y: String,
        /// Two objectives of which less is better, measures or axes
        #[arg(long, value_name = "OBJECTIVE", num_args = 2)]
        pareto: Option<Vec<String>>,
        /// The picture: NAME.svg or NAME.png
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// A measure of two studies, point by point
    Compare {
        before: String,
        after: String,
        /// cycles, ticks, instructions, ipc, seconds, or a statistic that both studies kept
        #[arg(long, default_value = "cycles")]
        measure: String,
    },
    /// Print a study's results for other programs
    Export {
        /// The study's name or directory
        study: String,
        #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
        format: ExportFormat,
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

#[derive(Debug, Args)]
pub struct Measure {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Command for the guest
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Demos whose programs the guest gets: a path or a part of one; repeatable
    #[arg(long, value_name = "FILTER")]
    pub demos: Vec<String>,
    /// Name of the study; the time unless it is given
    #[arg(long = "name", value_name = "STUDY")]
    pub study: Option<String>,
    /// Statistics to keep, as regular expressions; repeatable
    #[arg(long, value_name = "PATTERN")]
    pub stat: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum Gem5 {
    /// Statistics of the run's command, or of each stretch that the guest dumped
    Stats(Gem5Stats),
    /// Run a program on the profile's processors without a kernel: gem5 carries out its system calls, or nobody
    Run {
        #[command(flatten)]
        profile: ProfileName,
        /// Statically linked program for the profile's architecture, and its arguments
        #[arg(last = true, required = true, value_name = "PROGRAM")]
        command: Vec<String>,
        /// Nobody: the program is all that runs on the board, from reset on. It speaks through the serial port or by semihosting
        #[arg(long)]
        bare_metal: bool,
        /// Parameter of one of gem5's objects, for example system.cpu_cluster.cpus.branchPred.localPredictorSize=128
        #[arg(long = "param", value_name = "PATH=VALUE")]
        params: Vec<String>,
        #[command(flatten)]
        trace: TraceWishes,
        /// Open GDB on the program, in its main(); implied by the options that are for GDB
        #[arg(long)]
        gdb: bool,
        #[command(flatten)]
        wishes: GdbWishes,
    },
    /// Parameters of the simulated machine, as gem5 used them
    Config {
        /// Run id, a unique prefix of one, `last`, or gem5's output directory
        #[arg(default_value = "last")]
        run: String,
        /// Regular expressions for the names
        #[arg(value_name = "PATTERN")]
        patterns: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Gem5Stats {
    /// Run id, a unique prefix of one, `last`, or gem5's output directory
    #[arg(default_value = "last")]
    pub run: String,
    /// Regular expressions for the names: `numCycles$`, `miss_rate`
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// Which dump, counted from 1; the first one is the command's unless it dumps itself
    #[arg(long, value_name = "NUMBER")]
    pub dump: Option<usize>,
    /// All dumps; with --compare all differences
    #[arg(long)]
    pub all: bool,
    /// Another run: what differs, the largest change first
    #[arg(long, value_name = "RUN")]
    pub compare: Option<String>,
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
    #[arg(default_value = "last", value_hint = ValueHint::FilePath, add = clap_complete::ArgValueCandidates::new(completions::recorded))]
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

#[derive(Debug, Subcommand)]
pub enum Lock {
    /// Choose package versions afresh from apt's signed indexes and write the lock file
    Update {
        /// Only these roots or sources, and those that the lock file does not have yet; the others stay as they are
        #[arg(add = clap_complete::ArgValueCandidates::new(completions::locked))]
        names: Vec<String>,
    },
    /// Compare the lock file with the list of wanted packages and with the mirrors
    Check,
    /// Download everything that the lock file names
    Fetch {
        /// Put them into the Nix store as well, where a Nix that lkmc does not drive finds them (`nix develop`)
        #[arg(long)]
        store: bool,
        /// Only these roots or sources
        #[arg(add = clap_complete::ArgValueCandidates::new(completions::locked))]
        names: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Gc {
    /// Also remove run directories older than this many days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
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

fn parse_size(text: &str) -> Result<ByteSize, String> {
    text.parse()
        .map_err(|error: crate::units::UnitError| format!("{error}; {}", error.help))
}

fn parse_ticks(text: &str) -> Result<Ticks, String> {
    text.parse()
        .map_err(|error: crate::units::UnitError| format!("{error}; {}", error.help))
}

fn parse_accelerator(text: &str) -> Result<Accelerator, String> {
    Accelerator::from_name(text)
        .ok_or_else(|| format!("no such accelerator; one of: {}", Accelerator::NAMES.join(", ")))
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    text.parse::<crate::units::Seconds>()
        .map(|seconds| seconds.0)
        .map_err(|error| format!("{error}; {}", error.help))
}

fn parse_forward(text: &str) -> Result<Forward, String> {
    text.parse()
}

fn parse_share(text: &str) -> Result<Share, String> {
    text.parse()
}

#[derive(Debug, Args)]
pub struct Dev {
    /// Source of the module: a demo's path, or a file or directory with a Kbuild file of your own
    #[arg(value_hint = ValueHint::AnyPath, add = clap_complete::ArgValueCandidates::new(crate::demo::complete_names))]
    pub path: String,
    /// Profile to run on; x86_64-qemu if none, where the module runs there
    #[arg(short, long, env = "LKMC_PROFILE", value_name = "NAME", add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
    pub profile: Option<String>,
    /// Shell line to run in the guest each time the module has been inserted
    #[arg(long, value_name = "LINE")]
    pub then: Option<String>,
    /// Build and insert once, and exit with the outcome as status
    #[arg(long)]
    pub once: bool,
    /// Parameters of the module: NAME=VALUE
    #[arg(last = true, value_name = "PARAMETER")]
    pub parameters: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Test {
    /// Demos whose path contains one of these; all demos if none
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Profile to test on; repeatable; the QEMU profile of each architecture if none
    #[arg(short, long, value_name = "NAME", add = clap_complete::ArgValueCandidates::new(crate::profile::complete_names))]
    pub profile: Vec<String>,
    /// Run each demo once per architecture and kernel, on the first of the profiles that has what it needs
    #[arg(long)]
    pub once: bool,
    /// Guests side by side; as many as there are processors if not given
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Run the demos in a random order; a seed repeats one
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true)]
    pub shuffle: Option<Option<u64>>,
    /// Flip each expected line in turn and fail where no comparison notices
    #[arg(long)]
    pub mutate: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
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
