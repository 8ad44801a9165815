//! Which trace is meant, and what it is a trace of.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::diag::{Error, Result};
use crate::emulator::gem5::OUTPUT;
use crate::emulator::qemu::{TRACE_FAMILY, TRACE_MAGIC};
use crate::gdb::Kit;
use crate::run_directory;
use crate::run_directory::files::{PROGRAM, RECORD, TRACE};
use crate::run_directory::lookup::{self, Has};
use crate::run_directory::run_json::Record;

use super::qemu::blocks::Blocks;
use super::symbols::Symbols;
use super::tree::Tree;
use super::{file, gem5, qemu};

/// A trace and what is known of it.
pub struct Input {
    pub file: PathBuf,
    /// Of a run of ours, and not from elsewhere.
    ours: bool,
    pub vmlinux: Option<PathBuf>,
    pub program: Option<PathBuf>,
    /// Its source files.
    pub tree: Tree,
    flags: Vec<String>,
    pub machine: Machine,
    /// Reading it takes no longer.
    pub deadline: Option<Instant>,
}

/// What was traced.
pub enum Machine {
    Gem5(gem5::traced::Traced),
    Qemu(qemu::traced::Traced),
}

impl Machine {
    /// What traced it, as people call it.
    pub fn emulator(&self) -> &'static str {
        match self {
            Machine::Gem5(_) => "gem5",
            Machine::Qemu(_) => "QEMU",
        }
    }
}

/// Finds the trace of a run, or the file itself.
pub fn find(name: &str) -> Result<Input> {
    let path = Path::new(name);
    let of_run = |run: &Path| match run.join(TRACE).is_file() {
        true => of_qemu(run),
        false => of_gem5(run),
    };
    if path.is_file() {
        // One that is where runs have theirs is that run's.
        let run = path.parent().filter(|_| path.ends_with(TRACE));
        let run = run.map(|place| {
            if place.ends_with(OUTPUT) {
                place.join("..")
            } else {
                place.to_owned()
            }
        });
        return match run.filter(|run| run.join(RECORD).is_file()) {
            Some(run) => Ok(of_run(&run)),
            None => foreign(path),
        };
    }
    match lookup::at(path) {
        Some(run) => Has::Trace.check(&run).map(|()| of_run(&run)),
        None => lookup::find(&crate::paths::runs()?, name, Has::Trace)
            .map(|run| of_run(&run))
            .map_err(|error| match error.code() {
                "lkmc::run::unknown" | "lkmc::run::none" if name != "last" => {
                    let message = format!("there is no file `{name}`, and no run is called so");
                    Error::usage(error.code(), message).help("`lkmc run list` shows all runs")
                }
                _ => error,
            }),
    }
}

fn foreign(path: &Path) -> Result<Input> {
    let mut start = file::open(path)?;
    // A file that cannot be read says so when it is.
    let start = start.fill_buf().unwrap_or_default();
    // Of whatever version.
    let blocks = start.starts_with(TRACE_FAMILY);
    Ok(Input {
        file: path.to_owned(),
        ours: false,
        vmlinux: None,
        program: None,
        tree: Tree::default(),
        flags: Vec::new(),
        machine: match blocks {
            true => Machine::Qemu(qemu::traced::Traced::default()),
            false => Machine::Gem5(gem5::traced::Traced::elsewhere()),
        },
        deadline: None,
    })
}

fn of_qemu(run: &Path) -> Input {
    let record = run_directory::read_record(run);
    let kit = Kit::read(run).ok();
    Input {
        file: run.join(TRACE),
        ours: true,
        vmlinux: there(kit.as_ref().map(|kit| kit.vmlinux.clone())),
        program: None,
        tree: Tree::of(kernel_source(record.as_ref()), kit.as_ref()),
        flags: vec!["Exec".into()],
        machine: Machine::Qemu(qemu::traced::Traced::read(record.as_ref(), kit.as_ref())),
        deadline: None,
    }
}

fn of_gem5(run: &Path) -> Input {
    let output = run.join(OUTPUT);
    let record = run_directory::read_record(run);
    let machine = record.as_ref().and_then(Record::simulated).unwrap_or_default();
    Input {
        file: output.join(TRACE),
        ours: true,
        vmlinux: there(machine.kernel),
        program: there(Some(run.join(PROGRAM))).or(there(machine.program)),
        tree: Tree::of(kernel_source(record.as_ref()), None),
        flags: machine.trace.flags,
        machine: Machine::Gem5(gem5::traced::Traced::read(&output, &machine.clusters)),
        deadline: None,
    }
}

fn there(path: Option<PathBuf>) -> Option<PathBuf> {
    path.filter(|path| path.is_file())
}

fn kernel_source(record: Option<&Record>) -> Option<String> {
    record.and_then(Record::kernel_source)
}

impl Input {
    /// How many processors there are; none for a file that does not say it.
    pub fn cpus(&self) -> Option<usize> {
        match &self.machine {
            Machine::Gem5(traced) => traced.cpus(),
            Machine::Qemu(traced) => traced.cpus(),
        }
    }

    /// Refuses a processor that the machine does not have.
    pub fn check_processor(&self, cpu: Option<u32>) -> Result<()> {
        match (cpu, self.cpus()) {
            (Some(cpu), Some(count)) if cpu as usize >= count => {
                let message = format!("there is no processor {cpu}: the machine has {count}, counted from 0");
                Err(Error::usage("lkmc::trace::no_processor", message))
            }
            _ => Ok(()),
        }
    }

    /// To be asked at each line or block, of which this is the number.
    pub fn check_deadline(&self, number: u64) -> Result<()> {
        /// A look at the clock costs more than most lines.
        const OFTEN: u64 = 4096;
        match self.deadline {
            Some(deadline) if number.is_multiple_of(OFTEN) && Instant::now() >= deadline => {
                let message = format!(
                    "{} was not read to its end in the time given with --timeout",
                    self.file.display()
                );
                Err(Error::timeout("lkmc::trace::timeout", message).help("`-n`, `--from` and `--to` read a part of it"))
            }
            _ => Ok(()),
        }
    }

    /// For what only gem5 says.
    pub fn gem5(&self) -> Result<&gem5::traced::Traced> {
        match &self.machine {
            Machine::Gem5(traced) => Ok(traced),
            Machine::Qemu(_) => {
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
        let mut reader = file::open(&self.file)?;
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

    /// Files of which a trace does not say where they were loaded.
    pub fn images(&self) -> Result<qemu::images::Images> {
        match &self.machine {
            Machine::Gem5(_) => Ok(qemu::images::Images::default()),
            Machine::Qemu(traced) => traced.images(self.vmlinux.as_deref(), self.program.as_deref()),
        }
    }

    /// Of what lies at its own addresses.
    pub fn symbols(&self) -> Result<Symbols> {
        // QEMU's programs are told by their bytes.
        let program = self
            .program
            .as_deref()
            .filter(|_| matches!(self.machine, Machine::Gem5(_)));
        Symbols::read(self.vmlinux.as_deref(), program)
    }

    /// The run's id, or the file's name.
    pub fn name(&self) -> String {
        let run = self
            .file
            .parent()
            .filter(|_| self.ours)
            .map(|place| match place.ends_with(OUTPUT) {
                true => place.parent().unwrap_or(place),
                false => place,
            });
        let named = run.unwrap_or(&self.file).file_name().unwrap_or_default();
        named.to_string_lossy().into_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_from_elsewhere_is_a_trace_too() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trace.out");
        std::fs::write(&file, "  500: system.cpu: words\n").unwrap();
        let input = find(&file.to_string_lossy()).unwrap();
        assert_eq!(input.gem5().unwrap().clock().since_start(500), Some(500));
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
