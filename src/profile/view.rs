//! A profile as `profile show --json` prints it and run.json keeps it: one shape, whichever emulator plays the machine.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Serialize, Serializer};

use super::emulator::{CacheLevel, Cluster, Emulator, Gem5, Gem5Build, MemoryModel, Qemu};
use super::{Accelerator, Arch, Console, EmulatorKind, Kernel, Limits, Network, Profile, Rootfs, Share, ToolboxKind};
use crate::units::{ByteSize, Frequency};

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Profile {
            name,
            description,
            path,
            arch,
            toolbox,
            kernel,
            rootfs,
            emulator,
            memory,
            console,
            shares,
            limits,
            provenance: _,
        } = self;
        let machine = match emulator {
            Emulator::Qemu(qemu) => Machine::of_qemu(qemu),
            Emulator::Gem5(gem5) => Machine::of_gem5(gem5),
        };
        View {
            name,
            description,
            path,
            arch: *arch,
            toolbox: *toolbox,
            kernel,
            rootfs,
            emulator: Program {
                kind: emulator.kind(),
                accelerator: machine.accelerator,
                machine: machine.board,
                extra_args: machine.extra_args,
                binary: emulator.binary(),
                trace: machine.trace,
                params: machine.params,
                build: emulator.build(),
            },
            cpu: machine.cpu,
            memory: Memory {
                size: *memory,
                model: machine.memory.map(|memory| memory.class.as_str()),
                channels: machine.memory.map(|memory| memory.channels),
            },
            cache: machine.cache,
            little: machine.little,
            console,
            network: machine.network,
            shares,
            limits,
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct View<'a> {
    name: &'a str,
    description: &'a str,
    path: &'a Path,
    arch: Arch,
    toolbox: ToolboxKind,
    kernel: &'a Kernel,
    rootfs: &'a Rootfs,
    emulator: Program<'a>,
    cpu: Cpu<'a>,
    memory: Memory<'a>,
    cache: Cache<'a>,
    little: Option<&'a Cluster>,
    console: &'a Console,
    network: &'a Network,
    shares: &'a [Share],
    limits: &'a Limits,
}

#[derive(Serialize)]
struct Program<'a> {
    kind: EmulatorKind,
    accelerator: Accelerator,
    machine: &'a str,
    extra_args: &'a [String],
    binary: Option<&'a Path>,
    trace: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: &'a BTreeMap<String, String>,
    build: Option<&'a Gem5Build>,
}

#[derive(Serialize)]
struct Cpu<'a> {
    model: &'a str,
    count: u32,
    clock: Option<Frequency>,
}

#[derive(Serialize)]
struct Memory<'a> {
    size: ByteSize,
    model: Option<&'a str>,
    channels: Option<u32>,
}

/// What the processors of `[cpu]` have to themselves, and what all share.
#[derive(Default, Serialize)]
struct Cache<'a> {
    l1i: Option<&'a CacheLevel>,
    l1d: Option<&'a CacheLevel>,
    l2: Option<&'a CacheLevel>,
    l3: Option<&'a CacheLevel>,
}

/// What one emulator has, and what stands for it where the other one has nothing.
struct Machine<'a> {
    accelerator: Accelerator,
    board: &'a str,
    extra_args: &'a [String],
    trace: &'a [String],
    params: &'a BTreeMap<String, String>,
    cpu: Cpu<'a>,
    memory: Option<&'a MemoryModel>,
    cache: Cache<'a>,
    little: Option<&'a Cluster>,
    network: &'a Network,
}

impl<'a> Machine<'a> {
    fn of_qemu(qemu: &'a Qemu) -> Machine<'a> {
        const NO_PARAMS: &BTreeMap<String, String> = &BTreeMap::new();
        Machine {
            accelerator: qemu.accelerator,
            board: &qemu.machine,
            extra_args: &qemu.extra_args,
            trace: &[],
            params: NO_PARAMS,
            cpu: Cpu {
                model: &qemu.cpu,
                count: qemu.cpus,
                clock: None,
            },
            memory: None,
            cache: Cache::default(),
            little: None,
            network: &qemu.network,
        }
    }

    fn of_gem5(gem5: &'a Gem5) -> Machine<'a> {
        const NO_NETWORK: &Network = &Network {
            enable: false,
            forwards: Vec::new(),
        };
        let Cluster { cpu, cache } = &gem5.cluster;
        Machine {
            accelerator: Accelerator::Tcg,
            board: &gem5.board,
            extra_args: &[],
            trace: &gem5.trace,
            params: &gem5.params,
            cpu: Cpu {
                model: cpu.model.as_str(),
                count: cpu.count,
                clock: Some(cpu.clock),
            },
            memory: Some(&gem5.memory),
            cache: Cache {
                l1i: cache.l1i.as_ref(),
                l1d: cache.l1d.as_ref(),
                l2: cache.l2.as_ref(),
                l3: gem5.l3.as_ref(),
            },
            little: gem5.little.as_ref(),
            network: NO_NETWORK,
        }
    }
}
