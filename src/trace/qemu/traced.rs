//! What is known of the machine that QEMU traced, and all files whose code it may have executed.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::diag::Result;
use crate::gdb::Kit;
use crate::run_directory::run_json::Record;

use super::images::{Images, Side};

#[derive(Default)]
pub struct Traced {
    /// Why the trace is not all of what was executed.
    pub cut: Option<String>,
    /// It begins with the machine.
    pub boot: bool,
    cpus: Option<u64>,
    modules: Vec<PathBuf>,
    programs: Vec<PathBuf>,
    /// What unpacks the kernel.
    decompressor: Option<PathBuf>,
}

impl Traced {
    /// The kit that each run leaves for GDB names all files that it was made of.
    pub fn read(record: Option<&Record>, kit: Option<&Kit>) -> Traced {
        let trace = record.and_then(|record| record.trace.clone());
        let (modules, programs) = kit.map(code).unwrap_or_default();
        Traced {
            boot: trace.as_ref().is_some_and(|trace| trace.boot),
            cut: trace.and_then(|trace| trace.cut),
            cpus: record.map(|record| record.profile["cpu"]["count"].as_u64().unwrap_or(1)),
            modules,
            programs,
            decompressor: kit.and_then(|kit| kit.decompressor.clone()),
        }
    }

    /// How many processors there are; none for a file that does not say what it is of.
    pub fn cpus(&self) -> Option<usize> {
        self.cpus.map(|count| count as usize)
    }

    /// The files that code may be of, beside the kernel at its own addresses.
    pub fn images(&self, vmlinux: Option<&Path>, program: Option<&Path>) -> Result<Images> {
        // Before it has its own addresses, the kernel runs at those of the memory.
        let early = self.decompressor.iter().map(PathBuf::as_path).chain(vmlinux);
        let early = early.filter(|path| self.boot && path.is_file());
        let modules = self.modules.iter().map(PathBuf::as_path);
        let programs = program.into_iter().chain(self.programs.iter().map(PathBuf::as_path));
        let all = modules
            .map(|path| (path, Side::Kernel))
            .chain(programs.map(|path| (path, Side::User)))
            .chain(early.map(|path| (path, Side::Early)));
        let mut images = Images::default();
        for (path, side) in all {
            images.add(path, side)?;
        }
        Ok(images)
    }
}

/// Modules and programs.
fn code(kit: &Kit) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (built, programs): (Vec<PathBuf>, Vec<PathBuf>) = elf_files(&kit.program_directories)
        .into_iter()
        .partition(|path| is_module(path));
    let installed = kit
        .module_directories
        .iter()
        .filter(|path| path.join("modules.dep").exists());
    let installed = elf_files(installed).into_iter().filter(|path| is_module(path));
    // The kit has the files that were inserted, of which a directory may have copies.
    let inserted = |path: &PathBuf| kit.modules.contains_key(&module_name(path));
    let modules = built.into_iter().filter(|path| !inserted(path));
    (
        modules.chain(kit.modules.values().cloned()).chain(installed).collect(),
        programs,
    )
}

fn is_module(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ko")
}

/// As the kernel has it.
fn module_name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().replace('-', "_")
}

/// All ELF files below directories, in the order of their names.
fn elf_files<'a>(directories: impl IntoIterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for directory in directories {
        collect(directory, &mut found);
    }
    found
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let mut start = [0; 4];
        if path.is_dir() && !path.is_symlink() {
            collect(&path, found);
        } else if File::open(&path)
            .and_then(|mut file| file.read_exact(&mut start))
            .is_ok()
            && start == *b"\x7fELF"
        {
            found.push(path);
        }
    }
}
