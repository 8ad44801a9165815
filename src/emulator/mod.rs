//! Launching: (profile, bundle) -> the emulator's command line, as data that can be printed, compared and run.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::bundle::{Bundle, Program};
use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::profile::{Emulator, Gem5, Profile, Qemu};
use crate::shell::quote;
use crate::store_path::StoreOnDisk;

pub(crate) mod gem5;
pub mod kvm;
pub(crate) mod qemu;
pub mod qmp;
pub(crate) mod ticks;

/// What the emulator itself says.
pub const EMULATOR_LOG: &str = "emulator.log";

/// What one launch needs to know. Nothing in it has side effects.
#[derive(Clone, Copy)]
pub struct Launch<'a> {
    pub profile: &'a Profile,
    pub qemu: &'a Qemu,
    pub bundle: &'a Bundle,
    pub store: &'a StoreOnDisk,
    pub engine: Engine,
    pub disks: &'a [Disk],
    pub memory: MemoryBacking<'a>,
    /// Wait for saved device state, in place of starting with the firmware.
    pub incoming: bool,
    /// What a kernel that boots is told of its time stamp counter: its rate in kHz.
    pub ticks: Option<u64>,
    pub trace: Option<&'a qemu::Trace>,
}

/// The accelerator that was decided on; [`crate::profile::Accelerator`] is the wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    Kvm,
    Tcg,
}

impl Engine {
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Kvm => "kvm",
            Engine::Tcg => "tcg",
        }
    }
}

/// What is to be recorded of the code that a guest executes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    Gem5(gem5::Trace),
    Qemu(qemu::Trace),
}

impl Trace {
    pub fn gem5(&self) -> Option<&gem5::Trace> {
        match self {
            Trace::Gem5(trace) => Some(trace),
            Trace::Qemu(_) => None,
        }
    }

    pub fn qemu(&self) -> Option<&qemu::Trace> {
        match self {
            Trace::Qemu(trace) => Some(trace),
            Trace::Gem5(_) => None,
        }
    }
}

/// A disk image that the guest may write to for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    pub path: PathBuf,
    pub format: DiskFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFormat {
    Raw,
    Qcow2,
}

impl Disk {
    /// An image that somebody names. QEMU is started in another directory than ours.
    pub fn open(path: &Path) -> Result<Disk> {
        const QCOW2: &[u8] = b"QFI\xfb";
        let path = std::path::absolute(path).map_err(|error| Error::io("cannot find", path, error))?;
        let unusable = |error| {
            Error::usage(
                "lkmc::run::disk",
                format!("cannot use the disk image {}", path.display()),
            )
            .cause(error)
            .help(format!("make one with `truncate -s 1G {}`", quote(path.as_ref())))
        };
        let mut start = Vec::new();
        let file = File::options().read(true).write(true).open(&path).map_err(unusable)?;
        file.take(4).read_to_end(&mut start).map_err(unusable)?;
        let format = match start == QCOW2 {
            true => DiskFormat::Qcow2,
            false => DiskFormat::Raw,
        };
        Ok(Disk { path, format })
    }
}

/// What the guest's memory is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryBacking<'a> {
    Anonymous,
    /// The same, called as it is where it is a file.
    Named,
    /// Memory is this file: afterwards it is one half of a snapshot.
    Shared(&'a Path),
    /// Memory starts as this file's contents, and the file is not changed.
    Private(&'a Path),
}

/// Refuses gem5 for what only QEMU can do, before anything is built for it.
pub fn only_qemu<'a>(profile: &'a Profile, what: &str) -> Result<&'a Qemu> {
    match &profile.emulator {
        Emulator::Qemu(qemu) => Ok(qemu),
        Emulator::Gem5(_) => {
            let message = format!("profile `{}` runs on gem5, where lkmc cannot {what}", profile.name);
            Err(Error::usage("lkmc::gem5::unsupported", message).help(
                "use a QEMU profile of the same architecture for that; on gem5 `profile run NAME -- COMMAND` and `demo run` work",
            ))
        }
    }
}

/// Refuses QEMU for an option that only gem5 can heed.
pub fn gem5_for<'a>(profile: &'a Profile, option: &str) -> Result<&'a Gem5> {
    only_gem5(profile).map_err(|mut error| {
        for problem in &mut error.diagnostics {
            problem.message = format!("{option} is for gem5, and {}", problem.message);
        }
        error
    })
}

/// For what only gem5 can do.
pub fn only_gem5(profile: &Profile) -> Result<&Gem5> {
    match &profile.emulator {
        Emulator::Gem5(gem5) => Ok(gem5),
        Emulator::Qemu(_) => {
            let message = format!("profile `{}` runs on {}", profile.name, profile.emulator.kind().title());
            Err(Error::usage("lkmc::gem5::not_gem5", message)
                .help("name a gem5 profile: `lkmc profile list` shows them, aarch64-gem5-atomic is the quickest"))
        }
    }
}

/// The emulator of a launch: the user's own, else the bundle's.
pub(crate) fn program(launch: &Launch) -> Result<CommandLine> {
    let program = qemu_program(launch.qemu, launch.bundle.emulator.as_ref(), launch.store);
    program.ok_or_else(|| no_emulator(launch.profile))
}

/// The user's own, else the one that was built.
pub fn qemu_program(qemu: &Qemu, built: Option<&Program>, store: &StoreOnDisk) -> Option<CommandLine> {
    match &qemu.binary {
        Some(binary) => Some(CommandLine::of_binary(binary)),
        None => built.map(|program| CommandLine::of_program(program, store)),
    }
}

pub fn no_emulator(profile: &Profile) -> Error {
    let message = format!("profile `{}` has no emulator", profile.name);
    Error::usage("lkmc::emulator::none", message).help("set `emulator.binary` to one that you built")
}

/// Under this name the guest mounts a share.
pub fn share_tag(index: usize) -> String {
    format!("share{index}")
}
