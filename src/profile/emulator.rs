//! The program that plays the machine, with all of the machine that only this program has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Accelerator, EmulatorKind, Gem5Cpu, Gem5Variant, Network, Prefetcher};
use crate::units::{ByteSize, Frequency};

#[derive(Clone, Debug)]
pub enum Emulator {
    Qemu(Qemu),
    Gem5(Box<Gem5>),
}

#[derive(Clone, Debug)]
pub struct Qemu {
    /// `-machine`.
    pub machine: String,
    /// `-cpu`.
    pub cpu: String,
    /// `-smp`.
    pub cpus: u32,
    pub accelerator: Accelerator,
    pub network: Network,
    /// After all other arguments.
    pub extra_args: Vec<String>,
    /// One that the user built, in place of the toolbox's.
    pub binary: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct Gem5 {
    pub program: Gem5Program,
    /// The class of its platform.
    pub board: String,
    pub cluster: Cluster,
    /// Processors of a second kind.
    pub little: Option<Cluster>,
    /// Between the caches of all processors and the memory.
    pub l3: Option<CacheLevel>,
    pub memory: MemoryModel,
    /// Debug flags; not checked, for the same reason.
    pub trace: Vec<String>,
    /// Values of its objects' parameters, by their paths; gem5's script checks them against the objects that are there.
    pub params: BTreeMap<String, String>,
}

/// Where the gem5 of a profile is from.
#[derive(Clone, Debug)]
pub enum Gem5Program {
    /// The one that the environment names.
    Environment,
    /// One that the user built for this profile.
    Binary(PathBuf),
    Compiled(Gem5Build),
}

/// A gem5 that Nix compiles.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gem5Build {
    pub source: PathBuf,
    pub variant: Gem5Variant,
    /// Lines of gem5's Kconfig, beside those of the instruction set.
    pub options: Vec<String>,
}

/// How memory behaves.
#[derive(Clone, Debug)]
pub struct MemoryModel {
    /// A class of gem5's, for example `DDR3_1600_8x8`; not checked, because each gem5 has others.
    pub class: String,
    /// A power of two.
    pub channels: u32,
}

/// Processors of one kind, and the caches that they have to themselves.
#[derive(Clone, Debug, Serialize)]
pub struct Cluster {
    pub cpu: Cpu,
    pub cache: Cache,
}

#[derive(Clone, Debug, Serialize)]
pub struct Cpu {
    pub model: Gem5Cpu,
    pub count: u32,
    pub clock: Frequency,
}

/// A level that is absent is not simulated.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cache {
    pub l1i: Option<CacheLevel>,
    pub l1d: Option<CacheLevel>,
    pub l2: Option<CacheLevel>,
}

#[derive(Clone, Debug, Serialize)]
pub struct CacheLevel {
    pub size: ByteSize,
    pub associativity: u32,
    /// Cycles from a request to its data.
    pub latency: u32,
    pub prefetcher: Option<Prefetcher>,
}

impl Emulator {
    pub fn kind(&self) -> EmulatorKind {
        match self {
            Emulator::Qemu(_) => EmulatorKind::Qemu,
            Emulator::Gem5(_) => EmulatorKind::Gem5,
        }
    }

    pub fn qemu(&self) -> Option<&Qemu> {
        match self {
            Emulator::Qemu(qemu) => Some(qemu),
            Emulator::Gem5(_) => None,
        }
    }

    pub fn gem5(&self) -> Option<&Gem5> {
        match self {
            Emulator::Qemu(_) => None,
            Emulator::Gem5(gem5) => Some(gem5),
        }
    }

    /// One that the user built.
    pub fn binary(&self) -> Option<&Path> {
        match self {
            Emulator::Qemu(qemu) => qemu.binary.as_deref(),
            Emulator::Gem5(gem5) => match &gem5.program {
                Gem5Program::Binary(binary) => Some(binary),
                Gem5Program::Environment | Gem5Program::Compiled(_) => None,
            },
        }
    }

    /// One that Nix compiles for the profile alone.
    pub fn build(&self) -> Option<&Gem5Build> {
        match &self.gem5()?.program {
            Gem5Program::Compiled(build) => Some(build),
            Gem5Program::Environment | Gem5Program::Binary(_) => None,
        }
    }
}

impl Qemu {
    /// Whether nothing but KVM will do.
    pub fn needs_kvm(&self) -> bool {
        self.accelerator == Accelerator::Kvm
    }
}

impl Gem5 {
    /// Processors by kind, those of `[cpu]` first.
    pub fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        std::iter::once(&self.cluster).chain(&self.little)
    }
}
