//! What a run is asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::diag::Result;
use crate::emulator::{Disk, Engine, Launch, MemoryBacking, only_qemu};
use crate::profile::Profile;

/// What a run starts from.
pub struct Request<'a> {
    /// With the command line's overrides applied.
    pub profile: &'a Profile,
    pub bundle: &'a Bundle,
    pub physical: &'a dyn Fn(&Path) -> PathBuf,
    pub engine: Engine,
    pub disks: &'a [Disk],
    /// Modules that will be loaded, by name: their symbols decode a report.
    pub modules: &'a BTreeMap<String, PathBuf>,
    pub push: &'a [PathBuf],
    pub sources: &'a [PathBuf],
    pub console: bool,
    pub cold: Option<Cold>,
    /// QEMU arguments came from the command line.
    pub custom_arguments: bool,
    pub on_panic: OnPanic,
}

impl Request<'_> {
    pub fn launch<'a>(&'a self, memory: MemoryBacking<'a>, incoming: bool) -> Result<Launch<'a>> {
        Ok(Launch {
            profile: self.profile,
            qemu: only_qemu(self.profile, "start QEMU")?,
            bundle: self.bundle,
            physical: self.physical,
            engine: self.engine,
            disks: self.disks,
            memory,
            incoming,
        })
    }
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
    Probe,
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
            Cold::NoTurn => "another run is at making one, and was waited for too long",
            Cold::Probe => "whether it boots is the question",
        }
    }
}
