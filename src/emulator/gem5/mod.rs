//! gem5's command line: the simulator, its output directory, lkmc's script, and the machine as JSON. Runs nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, Program};
use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::profile::emulator::Gem5Program;
use crate::profile::{Arch, Cache, CacheLevel, Cluster, Gem5, Gem5Cpu, Profile};
use crate::store_path::StoreOnDisk;
use crate::units::{ByteSize, Frequency, Ticks};

/// gem5's output directories in a run directory: of the boot that made the checkpoint, and of the command.
pub const BOOT: &str = "boot";
pub const OUTPUT: &str = "m5out";
/// Where memory begins on gem5's Arm boards (src/dev/arm/RealView.py, VExpress_GEM5_Base), and with it the kernel.
pub const MEMORY: u64 = 0x8000_0000;
/// Names a gem5 that the user built, for all profiles that name none themselves.
pub const VARIABLE: &str = "LKMC_GEM5";
/// The console's log, in gem5's output directory: the name of the terminal's object.
pub const CONSOLE: &str = "system.terminal";
/// gem5's stub for GDB, in gem5's output directory. [`crate::gem5::stub`] stands before it.
pub const STUB_SOCKET: &str = "stub.sock";
/// The console's, in the run directory: what is typed there the guest reads (`gem5/lkmc/stub.py` names it).
pub const CONSOLE_SOCKET: &str = "m5out/system.terminal.sock";
/// What the script leaves when the simulation has ended.
pub const ENDING: &str = "ending.json";

/// What the agent sends, in gem5's output directory. gem5 ends with an error where a 32-bit guest writes a file, so its agent
/// talks to the second serial port.
pub fn agent_output(arch: Arch) -> &'static str {
    match arch {
        Arch::Arm => "system.realview.uart1.device",
        Arch::Aarch64 | Arch::X86_64 | Arch::Riscv64 => "agent.out",
    }
}

/// The model that boots: one instruction a cycle, which is as fast as gem5 can be.
const BOOT_CPU: Gem5Cpu = Gem5Cpu::AtomicSimple;
/// The script, from the checkout.
pub const SCRIPT: &str = "gem5/run.py";
/// What it imports.
pub const PACKAGE: &str = "gem5/lkmc";

/// What a simulation is for.
#[derive(Clone, Copy, Debug)]
pub enum Stage<'a> {
    /// Boots on the fastest model and leaves a checkpoint in this directory.
    Boot { save: &'a Path },
    /// Boots on the fastest model and carries out the request in this file: for GDB, which sees all of the boot.
    Through { request: &'a Path },
    /// Starts at a checkpoint, on the profile's model, and carries out the request in this file.
    Restore {
        from: &'a Path,
        request: &'a Path,
        readfile: Option<&'a Path>,
    },
    /// Starts in the middle of a command, at a checkpoint that something in the guest took.
    Resume { from: &'a Path, readfile: Option<&'a Path> },
    /// No kernel: gem5 carries out this program's system calls.
    Process(&'a Process),
    /// No kernel: this program is all that runs on the board.
    BareMetal(&'a Process),
}

/// A program of the host's file system, and what it is given by gem5: as a kernel would, or by semihosting.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Process {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub stdin: PathBuf,
    /// Files that its output goes to: gem5's own messages go to the standard streams.
    pub stdout: PathBuf,
    pub stderr: PathBuf,
    /// What the operation of that name reads.
    pub readfile: Option<PathBuf>,
    /// A checkpoint at which it goes on.
    pub restore: Option<PathBuf>,
}

/// What gem5's debug flags are to leave behind of a command; `gem5/lkmc/trace.py` reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Trace {
    /// With a dash before those that are switched off again.
    pub flags: Vec<String>,
    /// In the output directory; compressed if it ends in `.gz`.
    pub file: &'static str,
    /// The largest size of that file, in bytes.
    pub limit: ByteSize,
    /// From the command's start to the first message.
    pub after: Ticks,
    /// From the first message to the last.
    pub long: Option<Ticks>,
}

/// What a board runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FullSystem<'a> {
    pub board: &'a str,
    pub bits: u32,
    /// ELF.
    pub kernel: PathBuf,
    pub initramfs: PathBuf,
    pub command_line: String,
    pub boot_loader: PathBuf,
    /// File in the output directory that grows while the guest says something.
    pub console: &'static str,
    /// What the agent reads.
    pub request: Option<&'a Path>,
    /// What `m5 readfile` reads, from the command's start on.
    pub readfile: Option<&'a Path>,
    pub shares: &'a [Shared],
    pub save: Option<&'a Path>,
    pub restore: Option<&'a Path>,
    /// The command has started when the restored machine goes on.
    pub resumed: bool,
}

/// A host directory that the guest can mount.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shared {
    /// Under this name.
    pub tag: String,
    pub host: PathBuf,
    /// What gem5 starts: a server of 9p that takes diod's arguments. Relative to gem5's working directory.
    pub server: String,
}

/// A board and nothing on it but a program.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BareMetal<'a> {
    pub board: &'a str,
    pub bits: u32,
    #[serde(flatten)]
    pub process: &'a Process,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Workload<'a> {
    FullSystem(FullSystem<'a>),
    Process(&'a Process),
    BareMetal(BareMetal<'a>),
}

/// The stub for GDB.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stub {
    /// In the output directory.
    pub socket: &'static str,
    /// Nothing is simulated until GDB is there.
    pub wait: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Memory<'a> {
    pub size: ByteSize,
    /// None for what answers at once.
    pub model: Option<&'a str>,
    pub channels: u32,
}

/// What the script builds; `gem5/lkmc/` reads it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Machine<'a> {
    #[serde(flatten)]
    pub workload: Workload<'a>,
    /// The second one is the little one of big.LITTLE.
    pub clusters: Vec<Cluster>,
    /// Between all clusters and the memory.
    pub l3: Option<CacheLevel>,
    pub memory: Memory<'a>,
    /// `path=value` of gem5's own objects.
    pub params: Vec<String>,
    /// None for a boot that is to be the same in every run.
    pub gdb: Option<Stub>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<&'a Trace>,
}

/// What is read of a [`Machine`] that was recorded. What another lkmc did not write is not known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Recorded {
    pub kernel: Option<PathBuf>,
    pub program: Option<PathBuf>,
    pub clusters: Vec<RecordedCluster>,
    pub trace: RecordedTrace,
}

/// Of a [`Cluster`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct RecordedCluster {
    pub cpu: RecordedCpu,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct RecordedCpu {
    pub count: u32,
    pub clock: Option<Frequency>,
}

impl Default for RecordedCpu {
    fn default() -> RecordedCpu {
        RecordedCpu { count: 1, clock: None }
    }
}

/// Of a [`Trace`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct RecordedTrace {
    pub flags: Vec<String>,
}

/// Everything that a simulation is made of.
#[derive(Clone, Copy)]
pub struct Simulation<'a> {
    pub profile: &'a Profile,
    pub machine: &'a Gem5,
    /// Absent for a program that needs no kernel.
    pub bundle: Option<&'a Bundle>,
    pub store: &'a StoreOnDisk,
    /// The checkout.
    pub repository: &'a Path,
    pub gem5: &'a Simulator,
    /// Linux only.
    pub shares: &'a [Shared],
    pub params: &'a [String],
    /// Begin when GDB is there, and not before.
    pub wait_for_gdb: bool,
    pub trace: Option<&'a Trace>,
}

/// gem5, the program.
#[derive(Clone, Debug)]
pub struct Simulator {
    call: CommandLine,
    /// What tells one build of it from another; a store path is not yet mapped.
    pub file: PathBuf,
}

impl Simulator {
    pub fn of_binary(binary: &Path) -> Simulator {
        Simulator {
            call: CommandLine::of_binary(binary),
            file: binary.to_owned(),
        }
    }

    /// Its command line with these arguments.
    pub fn with(&self, arguments: Vec<OsString>) -> CommandLine {
        let mut line = self.call.clone();
        line.groups.push(arguments);
        line
    }

    /// The one that was compiled for the profile, else the profile's own, else the environment's.
    pub fn find(profile: &Profile, built: Option<&Program>, store: &StoreOnDisk) -> Result<Simulator> {
        match built {
            Some(program) => Ok(Simulator {
                call: CommandLine::of_program(program, store),
                file: program.binary.clone(),
            }),
            None => existing(profile).map(|binary| Simulator::of_binary(&binary)),
        }
    }
}

/// Whether there is, or will be, a gem5 for the profile: asked before anything is built.
pub fn check(profile: &Profile) -> Result<()> {
    match super::only_gem5(profile)?.program {
        Gem5Program::Compiled(_) => Ok(()),
        Gem5Program::Binary(_) | Gem5Program::Environment => existing(profile).map(drop),
    }
}

fn existing(profile: &Profile) -> Result<PathBuf> {
    if let Gem5Program::Binary(binary) = &super::only_gem5(profile)?.program {
        return Ok(binary.clone());
    }
    let Some(named) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) else {
        let message = format!("there is no gem5 for profile `{}`", profile.name);
        return Err(Error::usage("lkmc::gem5::none", message).help(format!(
            "set {VARIABLE} to a gem5 that was built for Arm, for example build/ARM/gem5.opt, or `emulator.binary` in the profile; \
             with `emulator.build.source` lkmc compiles it"
        )));
    };
    let path = PathBuf::from(named);
    let usable = rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_ok() && path.is_file();
    match usable {
        true => std::path::absolute(&path).map_err(|error| Error::io("cannot find", &path, error)),
        false => Err(Error::usage(
            "lkmc::gem5::not_executable",
            format!("{VARIABLE} is {}, which cannot be executed", path.display()),
        )
        .help("it has to name the program, for example build/ARM/gem5.opt")),
    }
}

/// The command line of a stage, whose results go to this directory.
pub fn command_line(simulation: &Simulation, stage: Stage, output: &str) -> Result<CommandLine> {
    let machine = machine(simulation, stage)?;
    // Plain data that serde_json can always represent.
    let description = serde_json::to_string(&machine).unwrap_or_default();
    let mut line = simulation.gem5.call.clone();
    // Python would leave its compiled files in the checkout.
    line.env.push(("PYTHONDONTWRITEBYTECODE".into(), "1".into()));
    line.groups.push(vec![format!("--outdir={output}").into()]);
    let listening = if machine.gdb.is_some() { "on" } else { "off" };
    line.groups.push(vec![format!("--listener-mode={listening}").into()]);
    line.groups.push(vec![
        simulation.repository.join(SCRIPT).into_os_string(),
        description.into(),
    ]);
    Ok(line)
}

/// Those of the profile, then those of the command line, which win.
fn params(simulation: &Simulation) -> Vec<String> {
    let of_profile = simulation.machine.params.iter();
    let of_profile = of_profile.map(|(path, value)| format!("{path}={value}"));
    of_profile.chain(simulation.params.iter().cloned()).collect()
}

fn machine<'a>(simulation: &Simulation<'a>, stage: Stage<'a>) -> Result<Machine<'a>> {
    let profile = simulation.profile;
    let described = |workload| Machine {
        workload,
        clusters: simulation.machine.clusters().cloned().collect(),
        l3: simulation.machine.l3.clone(),
        memory: Memory {
            size: profile.memory,
            model: Some(&simulation.machine.memory.class),
            channels: simulation.machine.memory.channels,
        },
        params: params(simulation),
        trace: simulation.trace,
        gdb: Some(Stub {
            socket: STUB_SOCKET,
            wait: simulation.wait_for_gdb,
        }),
    };
    Ok(match stage {
        Stage::Boot { save } => Machine {
            gdb: None,
            // What is traced is the command.
            trace: None,
            ..booting(described(Workload::FullSystem(FullSystem {
                save: Some(save),
                ..full_system(simulation)?
            })))
        },
        Stage::Through { request } => booting(described(Workload::FullSystem(FullSystem {
            request: Some(request),
            ..full_system(simulation)?
        }))),
        Stage::Restore {
            from,
            request,
            readfile,
        } => described(Workload::FullSystem(FullSystem {
            request: Some(request),
            readfile,
            restore: Some(from),
            ..full_system(simulation)?
        })),
        Stage::Resume { from, readfile } => described(Workload::FullSystem(FullSystem {
            readfile,
            restore: Some(from),
            resumed: true,
            ..full_system(simulation)?
        })),
        Stage::Process(process) => described(Workload::Process(process)),
        Stage::BareMetal(process) => described(Workload::BareMetal(BareMetal {
            board: &simulation.machine.board,
            bits: profile.arch.facts().bits,
            process,
        })),
    })
}

/// What a machine without a kernel is to whoever goes on from a checkpoint of it: everything but its models, its places on the host, and
/// what it is to do now.
pub fn lasting(simulation: &Simulation, stage: Stage) -> Result<String> {
    let machine = Machine {
        gdb: None,
        trace: None,
        ..booting(machine(simulation, stage)?)
    };
    // Plain data that serde_json can always represent.
    Ok(serde_json::to_string(&machine).unwrap_or_default())
}

/// A checkpoint holds the machine's state, not its model: caches, a detailed processor and channels of memory begin with the restore.
fn booting(mut machine: Machine) -> Machine {
    for cluster in &mut machine.clusters {
        cluster.cpu.model = BOOT_CPU;
        cluster.cache = Cache::default();
    }
    machine.l3 = None;
    machine.memory.model = None;
    machine.memory.channels = 1;
    machine.params.retain(|param| concerns_the_boot(param));
    machine
}

/// Whether a `path=value` is about what the guest finds at its boot, which its checkpoint holds: an identification register, a clock,
/// a device. The others are about objects that a boot has not, or not of the same kind.
fn concerns_the_boot(param: &str) -> bool {
    const DETAILED: [&str; 5] = ["l3", "third_level_bus", "mem_ctrls", "iocache", "dmabridge"];
    // Parameters of the system itself that gem5 looks at when a guest asks it for something.
    const DUE: [&str; 4] = ["init_param", "work_", "num_work_ids", "exit_on_work_items"];
    let path = param.split('=').next().unwrap_or_default();
    let mut steps = path.split('.').skip(1);
    let (part, inner, object) = (steps.next(), steps.next(), steps.next());
    match (part, inner) {
        (Some("cpu_cluster" | "little_cluster"), Some(inner)) if inner.starts_with("cpus") => {
            object.is_some_and(|object| object.starts_with("isa"))
        }
        (Some("cpu_cluster" | "little_cluster"), Some(inner)) => !["l2", "second_level_bus"].contains(&inner),
        (Some(part), None) if DUE.iter().any(|name| part.starts_with(name)) => false,
        (Some(part), _) => !DETAILED.iter().any(|name| part.starts_with(name)),
        (None, _) => true,
    }
}

fn full_system<'a>(simulation: &Simulation<'a>) -> Result<FullSystem<'a>> {
    let none = || {
        Error::infrastructure(
            "lkmc::gem5::boot_loader",
            "there is no boot loader for gem5 in what was built",
        )
        .help("build the profile again with `lkmc profile build`")
    };
    let profile = simulation.profile;
    let bundle = simulation.bundle.ok_or_else(none)?;
    let place = |path: &PathBuf| simulation.store.physical(path);
    let boot_loader = bundle.boot_loader.as_ref().ok_or_else(none)?;
    Ok(FullSystem {
        board: &simulation.machine.board,
        bits: profile.arch.facts().bits,
        kernel: place(&bundle.kernel.vmlinux),
        initramfs: place(&bundle.rootfs.initramfs),
        command_line: kernel_command_line(profile),
        boot_loader: place(boot_loader),
        console: CONSOLE,
        request: None,
        readfile: None,
        shares: simulation.shares,
        save: None,
        restore: None,
        resumed: false,
    })
}

/// What the kernel needs on gem5's boards, then what the profile asks for.
fn kernel_command_line(profile: &Profile) -> String {
    let own = [
        // The board's first UART: a panic before the console driver would be lost otherwise.
        "earlycon=pl011,0x1c090000",
        "console=ttyAMA0",
        "printk.time=1",
        "panic=-1",
        // The agent talks by pseudo-instructions, and takes its orders from a file.
        "lkmc.agent=gem5",
    ];
    let own = own.iter().map(|word| word.to_string());
    own.chain(profile.kernel.command_line.iter().cloned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_has_the_parameters_whose_state_its_checkpoint_holds() {
        for param in [
            "system.cpu_cluster.cpus.isa.midr=0x410fd034",
            "system.little_cluster.cpus1.isa[0].id_aa64isar0_el1=0",
            "system.cpu_cluster.clk_domain.clock=3GHz",
            "system.realview.rtc.time=Wed Jan  1 2020",
            "system.multi_proc=false",
        ] {
            assert!(concerns_the_boot(param), "{param}");
        }
        for param in [
            "system.cpu_cluster.cpus.branchPred.btb.numEntries=4096",
            "system.cpu_cluster.cpus.executeIssueLimit=1",
            "system.cpu_cluster.l2.size=2MiB",
            "system.little_cluster.second_level_bus.width=64",
            "system.l3.clusivity=mostly_excl",
            "system.third_level_bus.width=64",
            "system.mem_ctrls0.dram.tCL=10ns",
            "system.init_param=42",
            "system.work_begin_exit_count=3",
            "system.iocache.mshrs=2",
        ] {
            assert!(!concerns_the_boot(param), "{param}");
        }
    }
}

pub mod ending;
