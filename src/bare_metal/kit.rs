//! What programs on bare metal are run and debugged with: an emulator, and GDB.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::bundle::Program;
use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::nix::{self, RootLock, Store, of_profile};
use crate::profile::{Arch, Profile};

use super::Emulator;

/// `share/lkmc/bare-metal.json` of nix/bare-metal.nix. Paths are store paths.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Kit {
    #[expect(dead_code, reason = "for people who look into the file")]
    arch: Arch,
    /// Absent where the user brings one.
    pub emulator: Option<Program>,
    pub gdb: Program,
}

/// A kit in the store, safe from collection while this lives.
pub struct BuiltKit {
    kit: Kit,
    store: Store,
    _lock: RootLock,
}

impl BuiltKit {
    /// Builds it. It needs no kernel.
    pub fn build(profile: &Profile, options: &nix::Options) -> Result<BuiltKit> {
        let misread = |message| {
            Error::infrastructure("lkmc::bare_metal::bad_kit", message)
                .help("nix/bare-metal.nix and src/bare_metal/kit.rs must agree")
        };
        let place = ("bareMetal", "share/lkmc/bare-metal.json");
        let (kit, store, _lock) = of_profile::described(profile, place, misread, options)?;
        Ok(BuiltKit { kit, store, _lock })
    }

    pub fn emulator(&self, profile: &Profile) -> Result<Emulator> {
        Emulator::find(profile, self.kit.emulator.as_ref(), &|path| self.physical(path))
    }

    pub fn gdb(&self) -> CommandLine {
        CommandLine::of_program(&self.kit.gdb, &|path| self.physical(path))
    }

    fn physical(&self, path: &Path) -> PathBuf {
        self.store.physical(path)
    }
}
