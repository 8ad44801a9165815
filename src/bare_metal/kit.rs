//! What programs on bare metal are run and debugged with: an emulator, and GDB.

use serde::Deserialize;

use crate::bundle::Program;
use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator;
use crate::emulator::gem5::{Simulator, Trace};
use crate::gem5::asked;
use crate::nix::{self, Built, of_profile};
use crate::profile::{self, Arch, Profile};
use crate::store_path::StoreOnDisk;

use super::alone::{Gem5, Machine};

/// What a board is emulated by.
pub enum Emulator {
    /// The program with what it always needs.
    Qemu(CommandLine),
    Gem5(Simulator),
}

impl Emulator {
    /// The user's own, else the one that was built.
    pub fn find(profile: &Profile, built: Option<&Program>, store: &StoreOnDisk) -> Result<Emulator> {
        match &profile.emulator {
            profile::Emulator::Qemu(qemu) => emulator::qemu_program(qemu, built, store)
                .map(Emulator::Qemu)
                .ok_or_else(|| emulator::no_emulator(profile)),
            profile::Emulator::Gem5(_) => Simulator::find(profile, built, store).map(Emulator::Gem5),
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

pub type BuiltKit = Built<Kit>;

impl BuiltKit {
    /// Builds it. It needs no kernel.
    pub fn of(profile: &Profile, options: &nix::Options) -> Result<BuiltKit> {
        let misread = |message| {
            Error::infrastructure("lkmc::bare_metal::bad_kit", message)
                .help("nix/bare-metal.nix and src/bare_metal/kit.rs must agree")
        };
        let place = ("bareMetal", "share/lkmc/bare-metal.json");
        of_profile::described(profile, place, misread, options)
    }

    pub fn emulator(&self, profile: &Profile) -> Result<Emulator> {
        Emulator::find(profile, self.content.emulator.as_ref(), &self.store)
    }

    pub fn gdb(&self) -> CommandLine {
        CommandLine::of_program(&self.content.gdb, &self.store)
    }
}
