//! What programs on bare metal are run and debugged with: an emulator, and GDB.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::bundle::Program;
use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator;
use crate::emulator::gem5::{Simulator, Trace};
use crate::nix::{self, RootLock, Store, of_profile};
use crate::profile::{self, Arch, Profile};
use crate::run::asked;

use super::alone::{Gem5, Machine};

/// What a board is emulated by.
pub enum Emulator {
    /// The program with what it always needs.
    Qemu(CommandLine),
    Gem5(Simulator),
}

impl Emulator {
    /// The user's own, else the one that was built.
    pub fn find(profile: &Profile, built: Option<&Program>, physical: &dyn Fn(&Path) -> PathBuf) -> Result<Emulator> {
        match &profile.emulator {
            profile::Emulator::Qemu(qemu) => emulator::qemu_program(qemu, built, physical)
                .map(Emulator::Qemu)
                .ok_or_else(|| emulator::no_emulator(profile)),
            profile::Emulator::Gem5(_) => Simulator::find(profile, built, physical).map(Emulator::Gem5),
        }
    }

    pub(super) fn machine<'a>(&'a self, trace: Option<&'a Trace>) -> Machine<'a> {
        match self {
            Emulator::Qemu(program) => Machine::Qemu(program),
            Emulator::Gem5(simulator) => Machine::Gem5(Gem5 {
                simulator,
                asked: &asked::NOTHING,
                trace,
            }),
        }
    }
}

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
