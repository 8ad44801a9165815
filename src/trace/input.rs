//! Which trace is meant, what it is a trace of, and what of it is wanted.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::emulator::gem5::ending::Written;
use crate::emulator::gem5::{OUTPUT, RecordedCluster};
use crate::emulator::qemu::TRACE_MAGIC;
use crate::gdb::Kit;
use crate::gem5::stats::CLUSTERS;
use crate::run_directory;
use crate::run_directory::files::{PROGRAM, TRACE};
use crate::run_directory::lookup::{self, Has};
use crate::run_directory::run_json::Record;

use super::blocks::Blocks;
use super::images::{Images, Side};
use super::lines::{self, Lines};
use super::processors::Processors;
use super::symbols::Symbols;

/// gem5's ticks in a second.
const TICKS: u64 = 1_000_000_000_000;

/// A trace and what is known of it.
pub struct Input {
    pub file: PathBuf,
    /// The command's start and end, in gem5's ticks; a file from elsewhere has neither.
    begin: Option<u64>,
    end: Option<u64>,
    /// Of a run of ours: its first line is where it begins if nothing says so.
    ours: bool,
    /// Ended before the command, at this tick.
    pub ended_early: Option<u64>,
    pub vmlinux: Option<PathBuf>,
    pub program: Option<PathBuf>,
    /// Where the compiler found the kernel's sources.
    pub sources: Option<String>,
    pub processors: Processors,
    /// Each processor's cycle, in ticks.
    periods: Vec<u64>,
    pub flags: Vec<String>,
    /// What QEMU executed, and not what gem5 said.
    pub blocks: bool,
    /// Why it is not all of what QEMU executed.
    pub cut: Option<String>,
    /// Files with code that QEMU may have executed.
    modules: Vec<PathBuf>,
    programs: Vec<PathBuf>,
    /// QEMU's begins with the machine.
    pub boot: bool,
    /// What unpacks the kernel.
    decompressor: Option<PathBuf>,
}

/// Finds the trace of a run, or the file itself.
pub fn find(name: &str) -> Result<Input> {
    let path = Path::new(name);
    if path.is_file() {
        return foreign(path);
    }
    let of_run = |run: &Path| match run.join(TRACE).is_file() {
        true => of_qemu(run),
        false => of_run(run),
    };
    match lookup::at(path) {
        Some(run) => Has::Trace.check(&run).map(|()| of_run(&run)),
        None => lookup::find(&crate::paths::runs()?, name, Has::Trace)
            .map(|run| of_run(&run))
            .map_err(|error| match error.code() {
                "lkmc::run::unknown" | "lkmc::run::none" if name != "last" => {
                    let message = format!("there is no file `{name}`, and no run is called so");
                    Error::usage(error.code(), message).help("`lkmc vm list --all` shows all runs")
                }
                _ => error,
            }),
    }
}

fn empty(file: PathBuf) -> Input {
    Input {
        file,
        begin: None,
        end: None,
        ours: false,
        ended_early: None,
        vmlinux: None,
        program: None,
        sources: None,
        processors: Processors::default(),
        periods: Vec::new(),
        flags: Vec::new(),
        blocks: false,
        cut: None,
        modules: Vec::new(),
        programs: Vec::new(),
        boot: false,
        decompressor: None,
    }
}

fn foreign(file: &Path) -> Result<Input> {
    let mut start = lines::reader(file)?;
    // A file that cannot be read says so when it is.
    let blocks = start.fill_buf().is_ok_and(|bytes| bytes.starts_with(TRACE_MAGIC));
    Ok(Input {
        blocks,
        ..empty(file.to_owned())
    })
}

/// The kit that each run leaves for GDB names all files that it was made of.
fn of_qemu(run: &Path) -> Input {
    let record = run_directory::read_record(run);
    let cpus = record
        .as_ref()
        .and_then(|record| record.profile["cpu"]["count"].as_u64());
    let source = record
        .as_ref()
        .and_then(|record| record.bundle["kernel"]["source"].as_str());
    let trace = record.as_ref().and_then(|record| record.trace.clone());
    let kit = Kit::read(run).ok();
    let there = |path: Option<PathBuf>| path.filter(|path| path.is_file());
    let below = |directories: &[PathBuf]| -> Vec<PathBuf> {
        let mut files = Vec::new();
        directories
            .iter()
            .for_each(|directory| elf_files(directory, &mut files));
        files
    };
    let programs = kit
        .as_ref()
        .map(|kit| below(&kit.program_directories))
        .unwrap_or_default();
    let (mut modules, programs): (Vec<PathBuf>, Vec<PathBuf>) = programs.into_iter().partition(|path| is_module(path));
    if let Some(kit) = &kit {
        let known = |path: &&PathBuf| kit.modules.keys().any(|name| *name == module_name(path));
        modules = modules.iter().filter(|path| !known(path)).cloned().collect();
        modules.extend(kit.modules.values().cloned());
        let installed = kit
            .module_directories
            .iter()
            .filter(|path| path.join("modules.dep").exists());
        modules.extend(
            below(&installed.cloned().collect::<Vec<_>>())
                .into_iter()
                .filter(|path| is_module(path)),
        );
    }
    Input {
        ours: true,
        vmlinux: there(kit.as_ref().map(|kit| kit.vmlinux.clone())),
        decompressor: there(kit.as_ref().and_then(|kit| kit.decompressor.clone())),
        sources: source.map(|path| format!("{path}/")),
        periods: vec![1; cpus.unwrap_or(1) as usize],
        flags: vec!["Exec".into()],
        blocks: true,
        boot: trace.as_ref().is_some_and(|trace| trace.boot),
        cut: trace.and_then(|trace| trace.cut),
        modules,
        programs,
        ..empty(run.join(TRACE))
    }
}

fn is_module(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ko")
}

/// As the kernel has it.
fn module_name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().replace('-', "_")
}

/// All ELF files below a directory, in the order of their names.
fn elf_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let mut start = [0; 4];
        if path.is_dir() && !path.is_symlink() {
            elf_files(&path, found);
        } else if File::open(&path)
            .and_then(|mut file| file.read_exact(&mut start))
            .is_ok()
            && start == *b"\x7fELF"
        {
            found.push(path);
        }
    }
}

fn of_run(run: &Path) -> Input {
    let output = run.join(OUTPUT);
    let traced = Written::read(&output)
        .and_then(|written| written.trace)
        .unwrap_or_default();
    let record = run_directory::read_record(run);
    let machine = record.as_ref().and_then(Record::simulated).unwrap_or_default();
    let sources = record.as_ref().and_then(Record::kernel_source);
    let there = |path: &PathBuf| path.is_file();
    let program = Some(run.join(PROGRAM)).filter(there);
    Input {
        begin: traced.begin,
        end: traced.dumps.last().copied(),
        ours: true,
        ended_early: traced.cut,
        vmlinux: machine.kernel.filter(there),
        program: program.or(machine.program.filter(there)),
        sources: sources.map(|path| format!("{path}/")),
        processors: processors(&machine.clusters),
        periods: periods(&machine.clusters),
        flags: machine.trace.flags,
        ..empty(output.join(TRACE))
    }
}

/// Of a clock in hertz, in ticks; to the nearest one, as gem5 has it (src/python/m5/ticks.py).
fn period(clock: u64) -> u64 {
    (TICKS + clock / 2) / clock
}

fn processors(clusters: &[RecordedCluster]) -> Processors {
    let counts = clusters.iter().map(|cluster| cluster.cpu.count);
    Processors::of(CLUSTERS.into_iter().map(str::to_owned).zip(counts))
}

/// Processors are numbered through all clusters.
fn periods(clusters: &[RecordedCluster]) -> Vec<u64> {
    let of_cluster = |cluster: &RecordedCluster| {
        let clock = cluster.cpu.clock.filter(|clock| clock.0 > 0)?;
        Some((period(clock.0), cluster.cpu.count))
    };
    clusters
        .iter()
        .filter_map(of_cluster)
        .flat_map(|(period, count)| (0..count).map(move |_| period))
        .collect()
}

impl Input {
    /// A processor's cycle, in ticks; that of 2 GHz for a file that does not say what it is of.
    pub fn period(&self, cpu: u32) -> u64 {
        self.periods.get(cpu as usize).copied().unwrap_or(period(2_000_000_000))
    }

    /// Whether processors have to be told apart: those of a file from elsewhere may be several.
    pub fn several_processors(&self) -> bool {
        self.periods.len() != 1
    }

    /// Refuses one that the machine does not have.
    pub fn check_processor(&self, cpu: Option<u32>) -> Result<()> {
        match (cpu, self.periods.len()) {
            (Some(cpu), count @ 1..) if cpu as usize >= count => {
                let message = format!("there is no processor {cpu}: the machine has {count}, counted from 0");
                Err(Error::usage("lkmc::trace::no_processor", message))
            }
            _ => Ok(()),
        }
    }

    pub fn lines(&self) -> Result<Lines> {
        match self.blocks {
            false => Lines::open(&self.file),
            true => {
                let message = format!("{} is of QEMU, which says only what it executed", self.file.display());
                Err(Error::usage("lkmc::trace::qemu", message).help(
                    "`lkmc trace exec` reads it; caches, pipelines and other messages are gem5's: \
                     `lkmc profile run aarch64-gem5-hpi --trace Cache -- COMMAND`",
                ))
            }
        }
    }

    /// Of a trace of QEMU's.
    pub fn blocks(&self) -> Result<Blocks> {
        let mut reader = lines::reader(&self.file)?;
        let mut magic = vec![0; TRACE_MAGIC.len()];
        match reader.read_exact(&mut magic) {
            // A run that was killed may not have written that much.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Blocks::new(Box::new(io::empty()))),
            Err(error) => Err(Error::io("cannot read", &self.file, error)),
            Ok(()) if magic == TRACE_MAGIC => Ok(Blocks::new(reader)),
            Ok(()) => {
                let message = format!("{} is no trace of this lkmc's", self.file.display());
                Err(Error::usage("lkmc::trace::format", message).help("record it again"))
            }
        }
    }

    /// The files that QEMU may have executed code of, beside the kernel at its own addresses.
    pub fn images(&self) -> Result<Images> {
        let mut images = Images::default();
        for module in &self.modules {
            images.add(module, Side::Kernel)?;
        }
        for program in self.program.iter().chain(&self.programs) {
            images.add(program, Side::User)?;
        }
        // Before it has its own addresses, the kernel runs at those of the memory.
        for early in self.decompressor.iter().chain(&self.vmlinux).filter(|_| self.boot) {
            images.add(early, Side::Early)?;
        }
        Ok(images)
    }

    pub fn symbols(&self) -> Result<Symbols> {
        Symbols::read(self.vmlinux.as_deref(), self.program.as_deref())
    }

    pub fn clock(&self) -> Clock {
        Clock {
            begin: self.begin.or(if self.ours { None } else { Some(0) }),
            end: self.end,
        }
    }

    /// A file that nobody said to be a trace.
    pub fn is_foreign(&self) -> bool {
        !self.ours
    }

    /// What nobody finds in it is to be told from what is not in it.
    pub fn nothing(&self, what: &str, flag: &str) -> Error {
        let message = format!("{} has no {what}", self.file.display());
        if self
            .flags
            .iter()
            .any(|own| flag.split(['`', ',']).any(|flag| flag == own))
        {
            return Error::usage("lkmc::trace::nothing", message).help(
                "it was recorded with the right flags: the command ended before the trace began, or \
                 `--trace-after` and `--trace-for` left nothing of it",
            );
        }
        let help = match self.flags.is_empty() {
            true => format!("they are there with `--trace {flag}`"),
            false => format!(
                "it was recorded with {}; they are there with `--trace {flag}`",
                self.flags.join(",")
            ),
        };
        Error::usage("lkmc::trace::nothing", message).help(help)
    }
}

/// From gem5's ticks to those since the command's start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    begin: Option<u64>,
    end: Option<u64>,
}

impl Clock {
    /// Where the command started, if that is known.
    pub fn begin(&self) -> Option<u64> {
        self.begin
    }

    /// None for what is not the command's. The first one asked about is the start where nothing else says so.
    pub fn since_start(&mut self, tick: u64) -> Option<u64> {
        let begin = *self.begin.get_or_insert(tick);
        match self.end.is_some_and(|end| tick > end) {
            true => None,
            false => tick.checked_sub(begin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::gem5::Recorded;

    #[test]
    fn cycles_are_the_nearest_number_of_ticks() {
        assert_eq!([2_000_000_000, 1_500_000_000].map(period), [500, 667]);
    }

    #[test]
    fn each_processor_has_the_cycle_of_its_cluster() {
        let profile = crate::profile::load("aarch64-gem5-biglittle").expect("it is shipped");
        let gem5 = profile.emulator.gem5().expect("it is one of gem5's");
        let clusters: Vec<_> = gem5.clusters().collect();
        let machine = serde_json::json!({ "clusters": clusters });
        let machine: Recorded = serde_json::from_value(machine).expect("it was written so");
        let clocks = clusters.iter().flat_map(|cluster| {
            let clock = cluster.cpu.clock.0;
            (0..cluster.cpu.count).map(move |_| period(clock))
        });
        let mut numbers = processors(&machine.clusters);
        let little = clusters[0].cpu.count;
        assert_eq!(numbers.of_part("system.little_cluster.cpus0"), Some(little));
        assert_eq!(numbers.of_part("system.cpu_cluster.cpus1.dcache"), Some(1));
        let periods = periods(&machine.clusters);
        assert_eq!(periods, Vec::from_iter(clocks));
        assert!(
            periods.first() < periods.last(),
            "the little ones are slower: {periods:?}"
        );
    }

    #[test]
    fn time_begins_with_the_command() {
        let mut known = Clock {
            begin: Some(100),
            end: Some(200),
        };
        let times = [99, 100, 150, 200, 201].map(|tick| known.since_start(tick));
        assert_eq!(times, [None, Some(0), Some(50), Some(100), None]);
        let mut unknown = Clock { begin: None, end: None };
        assert_eq!([70, 75].map(|tick| unknown.since_start(tick)), [Some(0), Some(5)]);
    }

    #[test]
    fn a_file_from_elsewhere_is_a_trace_too() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trace.out");
        std::fs::write(&file, "  500: system.cpu: words\n").unwrap();
        let input = find(&file.to_string_lossy()).unwrap();
        assert_eq!(input.clock().since_start(500), Some(500));
        assert_eq!(input.nothing("caches", "Cache").code(), "lkmc::trace::nothing");
        let missing = find(&directory.path().join("none").to_string_lossy()).err().unwrap();
        // The first one where there has been no run at all yet.
        assert!(
            ["lkmc::run::none", "lkmc::run::unknown"].contains(&missing.code()),
            "{}",
            missing.code()
        );
    }
}
