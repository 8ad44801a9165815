//! What was written of the emulator and its machine, as the one of the two that plays it.

use std::path::PathBuf;

use crate::profile::emulator::{Cluster, Cpu, Emulator, Gem5, Gem5Build, Gem5Program, MemoryModel, Qemu};
use crate::profile::raw::{Levels, RawCpu, RawProfile};
use crate::profile::{Accelerator, EmulatorKind, Gem5Cpu};
use crate::units::Frequency;

/// None only if something was reported.
pub fn emulator(raw: &RawProfile, binary: Option<PathBuf>, build: Option<Gem5Build>) -> Option<Emulator> {
    Some(match raw.emulator.kind {
        EmulatorKind::Qemu => Emulator::Qemu(Qemu {
            machine: raw.emulator.machine.clone(),
            cpu: raw.cpu.model.clone(),
            cpus: raw.cpu.count,
            accelerator: raw.emulator.accelerator.unwrap_or(Accelerator::Tcg),
            network: raw.network.as_ref().map(Into::into).unwrap_or_default(),
            extra_args: raw.emulator.extra_args.clone(),
            binary,
        }),
        EmulatorKind::Gem5 => Emulator::Gem5(Box::new(gem5(raw, binary, build)?)),
    })
}

fn gem5(raw: &RawProfile, binary: Option<PathBuf>, build: Option<Gem5Build>) -> Option<Gem5> {
    let clock = raw.cpu.clock?.0;
    let little = match &raw.little {
        Some(little) => Some(cluster(&little.cpu, little.levels(), clock)?),
        None => None,
    };
    Some(Gem5 {
        program: match (build, binary) {
            (Some(build), _) => Gem5Program::Compiled(build),
            (None, Some(binary)) => Gem5Program::Binary(binary),
            (None, None) => Gem5Program::Environment,
        },
        board: raw.emulator.machine.clone(),
        cluster: cluster(&raw.cpu, raw.levels(), clock)?,
        little,
        l3: raw.third_level().map(Into::into),
        memory: MemoryModel {
            class: raw.memory.model.clone()?,
            channels: raw.memory.channels?,
        },
        trace: raw.emulator.trace.clone(),
        params: raw.emulator.params.clone(),
    })
}

/// `clock`: of processors that have none of their own.
fn cluster(cpu: &RawCpu, levels: Levels, clock: Frequency) -> Option<Cluster> {
    Some(Cluster {
        cpu: Cpu {
            model: Gem5Cpu::from_name(&cpu.model)?,
            count: cpu.count,
            clock: cpu.clock.map_or(clock, |clock| clock.0),
        },
        cache: levels.into(),
    })
}
