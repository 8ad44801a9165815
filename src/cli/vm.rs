//! `lkmc vm`: guests that stay.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::candidates;

#[derive(Debug, Subcommand)]
pub enum Vm {
    /// List the running guests; `lkmc run list` has all runs
    List,
    /// Run a command in a running guest
    Exec {
        #[command(flatten)]
        guest: RunningGuest,
        /// Give the command a terminal: for shells, editors and whatever else is used with the keyboard
        #[arg(short, long)]
        terminal: bool,
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// Copy a file or directory into a running guest
    Push {
        #[command(flatten)]
        guest: RunningGuest,
        /// File or directory on the host
        #[arg(value_hint = ValueHint::AnyPath)]
        source: PathBuf,
        /// Directory or file name in the guest
        #[arg(default_value = "/lkmc/")]
        destination: String,
    },
    /// Type on the console of a running guest, which goes on when you leave
    Console {
        #[command(flatten)]
        guest: RunningGuestOrLast,
    },
    /// Have QEMU's own monitor carry out a command, and print its answer
    Monitor {
        #[command(flatten)]
        guest: RunningGuest,
        /// As it is typed at the monitor: `info registers -a`; `help` lists them all
        #[arg(
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "COMMAND"
        )]
        command: Vec<String>,
    },
    /// Print the console of a guest, running or not
    Log {
        /// Run id, a unique prefix of one, or `last`
        #[arg(add = clap_complete::ArgValueCandidates::new(candidates::recorded))]
        run: String,
        /// Go on printing until the guest stops
        #[arg(short, long)]
        follow: bool,
    },
    /// Keep the state of a running guest under a name, or list what is kept
    Snapshot {
        #[command(flatten)]
        guest: RunningGuest,
        /// What to call it; a number if nothing is said
        #[arg(value_parser = snapshot_name)]
        name: Option<String>,
        /// Take the place of a snapshot of that name
        #[arg(long, requires = "name")]
        replace: bool,
        /// List the snapshots with their age and size, and take none
        #[arg(long, conflicts_with_all = ["name", "remove"])]
        list: bool,
        /// Remove this snapshot, and take none
        #[arg(long, value_name = "NAME", conflicts_with = "name", add = clap_complete::ArgValueCandidates::new(candidates::snapshots))]
        remove: Option<String>,
    },
    /// Take a guest back to a snapshot of it
    Restore {
        #[command(flatten)]
        guest: RunningGuest,
        /// The snapshot's name; the last one if nothing is said
        #[arg(add = clap_complete::ArgValueCandidates::new(candidates::snapshots))]
        name: Option<String>,
    },
    /// Power a guest off
    Stop {
        #[command(flatten)]
        guest: RunningGuest,
    },
}

/// A guest that runs.
#[derive(Clone, Debug, Args)]
pub struct RunningGuest {
    /// Run id, a unique prefix of one, or `last`
    #[arg(add = clap_complete::ArgValueCandidates::new(candidates::running))]
    pub run: String,
}

/// The same; the last one unless another is named.
#[derive(Clone, Debug, Args)]
pub struct RunningGuestOrLast {
    /// Run id, a unique prefix of one, or `last`
    #[arg(default_value = "last", add = clap_complete::ArgValueCandidates::new(candidates::running))]
    pub run: String,
}

/// Something to be typed, on one line and in one column.
fn snapshot_name(text: &str) -> Result<String, String> {
    const LONGEST: usize = 64;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !text.is_empty() && text.len() <= LONGEST && text.chars().all(fits) && !text.starts_with('-') {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a name has letters, digits, `-`, `_` and `.`, at most {LONGEST} of them"
        )),
    }
}
