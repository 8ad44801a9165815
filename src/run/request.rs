//! What a run is asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::emulator::{Disk, Trace};
use crate::gdb::Wishes;
use crate::profile::Profile;
use crate::store_path::StoreOnDisk;

use super::beginning::Beginning;
use super::under::Under;

/// Everything that a run needs to know.
pub struct Order<'a> {
    /// With the command line's overrides applied.
    pub profile: &'a Profile,
    pub bundle: &'a Bundle,
    pub store: &'a StoreOnDisk,
    pub disks: Vec<Disk>,
    /// `.ko` files that will be loaded, by the module's name: a report's places are looked up in them.
    pub modules: BTreeMap<String, PathBuf>,
    /// Host directories whose files are copied into the guest's /lkmc.
    pub push: Vec<PathBuf>,
    /// Directories with the sources of those files.
    pub sources: Vec<PathBuf>,
    /// Show the console from the first boot message.
    pub console: bool,
    pub cold: Option<Cold>,
    /// A named snapshot of a guest that stays, in place of a boot.
    pub from: Option<Beginning>,
    /// QEMU arguments came from the command line.
    pub custom_arguments: bool,
    /// What is to be recorded of what is executed.
    pub trace: Option<Trace>,
    pub on_panic: OnPanic,
    /// Results of tests count that the kernel logs or the command prints.
    pub tests: Option<Tests>,
    /// For GDB, if it is opened.
    pub wishes: Wishes,
    /// What the emulator itself is started under.
    pub under: Under,
    /// For the whole run.
    pub timeout: Option<Duration>,
    pub verbose: bool,
    /// End with run.json on one line of standard error.
    pub json: bool,
}

impl<'a> Order<'a> {
    /// A machine as it was built, and nothing special about the run.
    pub fn new(profile: &'a Profile, bundle: &'a Bundle, store: &'a StoreOnDisk) -> Order<'a> {
        Order {
            profile,
            bundle,
            store,
            disks: Vec::new(),
            modules: BTreeMap::new(),
            push: Vec::new(),
            sources: Vec::new(),
            console: false,
            cold: None,
            from: None,
            custom_arguments: false,
            trace: None,
            on_panic: OnPanic::Exit,
            tests: None,
            wishes: Wishes::default(),
            under: Under::Nothing,
            timeout: None,
            verbose: false,
            json: false,
        }
    }

    /// How long something may take at most in a run that began then; `--timeout` may leave less.
    pub fn at_most(&self, limit: Duration, began: Instant) -> Duration {
        self.timeout
            .map_or(limit, |total| limit.min(total.saturating_sub(began.elapsed())))
    }
}

/// What is wanted of the results of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tests {
    /// A file for JUnit's XML.
    pub junit: Option<PathBuf>,
}

/// What becomes of a machine whose kernel is in trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum OnPanic {
    /// It ends
    #[default]
    Exit,
    /// Its memory is written to the run directory
    Dump,
    /// GDB opens on it as it is
    Gdb,
}

/// Why a guest boots although there may be a snapshot of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cold {
    Asked,
    FromReset,
    Recorded,
    LookedAt,
    Traced,
    /// Others wait for one, and whoever makes it takes too long.
    NoTurn,
}

impl Cold {
    pub fn why(self) -> &'static str {
        match self {
            Cold::Asked => "--cold was given",
            Cold::FromReset => "the machine is wanted before its first instruction",
            Cold::Recorded => "a recording begins with the first instruction",
            Cold::LookedAt => "it takes a second emulator to make one, and this one is itself looked at",
            Cold::Traced => "its first instruction is to be in the trace",
            Cold::NoTurn => "another run is at making one, and was waited for too long",
        }
    }
}
