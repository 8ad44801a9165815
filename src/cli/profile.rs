//! `lkmc profile`: what a profile is, and what becomes of it.

use std::path::PathBuf;

use super::candidates;
use clap::{Args, Subcommand, ValueHint};

use super::{Debug, Run};
use crate::profile::Settings;

#[derive(Debug, Subcommand)]
pub enum Profile {
    /// List the profiles
    List,
    /// Print a profile as the stages of a run see it
    Show {
        #[command(flatten)]
        machine: ChangedProfile,
        #[command(flatten)]
        stage: ShowStage,
    },
    /// Validate profiles without building anything
    Check {
        /// Names or paths; all shipped profiles unless given
        #[arg(add = clap_complete::ArgValueCompleter::new(candidates::profiles_and_files))]
        names: Vec<String>,
        /// Also ask Kconfig whether every requested symbol survives (seconds)
        #[arg(long)]
        kconfig: bool,
    },
    /// Explain options of a profile's kernel: their values, why, and what it takes to have others (seconds)
    ///
    /// With --set it answers what would be: --set kernel.config.KASAN=y
    Kconfig {
        #[command(flatten)]
        machine: ChangedProfile,
        /// Names, with or without CONFIG_; or regular expressions, for lists: '^KASAN'
        #[arg(required = true, value_name = "SYMBOL")]
        symbols: Vec<String>,
    },
    /// Print the JSON Schema of a profile file
    Schema,
    /// Write a commented starter profile
    New {
        /// Path or name of the new profile
        name: String,
        /// Profile to start from
        #[arg(long, value_name = "NAME", default_value = "x86_64-qemu", add = clap_complete::ArgValueCompleter::new(candidates::profiles_and_files))]
        from: String,
    },
    /// Change values in a profile file, keeping its comments and layout
    ///
    /// Several at once are checked together: a cache is complete with its size, associativity and latency only.
    Set {
        #[command(flatten)]
        profile: ProfileName,
        /// Dotted key and TOML value, where a bare word is a string: memory.size 1GiB
        #[arg(required = true, num_args = 1.., value_names = ["KEY", "VALUE"])]
        settings: Vec<String>,
    },
    /// Say which settings and derivation inputs differ between two profiles
    Diff {
        /// A profile: a name, or the path of a .toml file
        #[arg(add = clap_complete::ArgValueCompleter::new(candidates::profiles_and_files))]
        left: String,
        /// The other one
        #[arg(add = clap_complete::ArgValueCompleter::new(candidates::profiles_and_files))]
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
    /// Choose the versions of a root file system's Debian packages, and write them beside the file that names them
    Lock {
        #[command(flatten)]
        profile: ProfileName,
    },
    /// Build what a profile needs
    Build {
        #[command(flatten)]
        profile: ProfileName,
    },
    /// Print the directory with the sources of a profile's kernel, unpacked and patched; or copy them to work on
    Source {
        #[command(flatten)]
        profile: ProfileName,
        /// A new directory: the sources are copied into it, with the kernel's .config
        #[arg(value_hint = ValueHint::DirPath)]
        directory: Option<PathBuf>,
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
    #[arg(value_name = "NAME", env = "LKMC_PROFILE", add = clap_complete::ArgValueCompleter::new(candidates::profiles_and_files))]
    pub name: String,
}

/// A profile with other values for some of its keys.
#[derive(Clone, Debug, Args)]
pub struct ChangedProfile {
    #[command(flatten)]
    pub profile: ProfileName,
    #[command(flatten)]
    pub settings: Settings,
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
