//! `lkmc profile run`, and what every command says that starts a machine.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::profile::{Accelerator, Forward, Share};
use crate::run::plan::OnPanic;
use crate::units::ByteSize;

use super::{GdbWishes, ProfileName, TraceWishes, parse_size};

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
    /// Put the demos whose path contains FILTER, or a file of your own, into the guest's /lkmc, built; repeatable. A shell gets
    /// kernel_modules
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

pub(super) fn parse_accelerator(text: &str) -> Result<Accelerator, String> {
    Accelerator::from_name(text)
        .ok_or_else(|| format!("no such accelerator; one of: {}", Accelerator::NAMES.join(", ")))
}

pub(super) fn parse_forward(text: &str) -> Result<Forward, String> {
    text.parse()
}

pub(super) fn parse_share(text: &str) -> Result<Share, String> {
    text.parse()
}
