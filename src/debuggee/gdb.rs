//! GDB's command line for a program. What happens in GDB stands in `gdb/lkmc/process.py`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::gdb::{self, Step, Wishes};
use crate::profile::Arch;

use super::kit::BuiltKit;
use super::{DebugOptions, Side, Subject};

/// The compiler was told that a demo's files are below this (nix/demo-dynamic.sh, nix/demo-bare-metal.sh).
const DEMO: &str = "/demo";
/// The names of glibc's files are relative: `./stdlib/qsort.c`.
const GLIBC: &str = ".";

/// What GDB is to do.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Brief<'a> {
    program: &'a Path,
    /// For a process that GDB starts itself.
    arguments: Vec<String>,
    /// Stub to connect to; none: GDB starts the process itself.
    target: Option<&'a Path>,
    /// Where the libraries of a process elsewhere lie here.
    sysroot: Option<&'a Path>,
    /// File that says which registers the stub has, where the stub itself says it badly.
    registers: Option<PathBuf>,
    /// Symbols of the libraries, by build id.
    debug_files: Option<PathBuf>,
    /// Shows what C++'s library has in its objects.
    printers: Option<PathBuf>,
    /// How directories are called in DWARF, and where they lie.
    directories: Vec<(&'a str, PathBuf)>,
    place: Option<&'a str>,
    /// Variables that are GDB's own.
    unset: Vec<&'a str>,
    /// The user's, of a GDB without a prompt.
    steps: Vec<Step>,
}

/// `program`: the file that is executed. `target`: the stub's socket, and a tree with the libraries.
pub fn command_line(
    subject: &Subject,
    options: &DebugOptions,
    program: &Path,
    target: Option<(&Path, &Path)>,
) -> Result<CommandLine> {
    let scripts = crate::paths::repository()?.join("gdb");
    let kit = &subject.kit;
    let order = Brief {
        program,
        arguments: options
            .arguments
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        target: target.map(|(socket, _)| socket),
        sysroot: target.map(|(_, libraries)| libraries),
        registers: (options.side == Side::User && kit.content.arch == Arch::X86_64)
            .then(|| scripts.join("user-x86_64.xml")),
        debug_files: Some(kit.debug_files()),
        printers: kit.printers(),
        directories: vec![(DEMO, subject.demo.root.clone()), (GLIBC, kit.libc_source())],
        place: options.place.as_deref(),
        steps: options.wishes.for_order(),
        unset: kit.content.gdb.env.keys().map(String::as_str).collect(),
    };
    let gdb = CommandLine::of_program(&kit.content.gdb, &kit.store);
    started(&gdb, &order, &options.wishes)
}

/// A program in an emulator that has no Linux: what GDB has to know of it.
pub struct Simulated {
    gdb: CommandLine,
    /// The libraries that it runs on, where they are not in the program itself, and their symbols.
    libraries: Option<(PathBuf, PathBuf)>,
    printers: Option<PathBuf>,
    /// How directories are called in DWARF, and where they lie.
    directories: Vec<(&'static str, PathBuf)>,
    /// Where to go first; `main`, or the first instruction of one without, if none.
    place: Option<String>,
}

impl Simulated {
    /// One that gem5 plays the kernel for, or one that the user has linked.
    pub fn linked_elsewhere(kit: &BuiltKit) -> Simulated {
        Simulated {
            gdb: CommandLine::of_program(&kit.content.gdb, &kit.store),
            libraries: Some((kit.root(), kit.debug_files())),
            printers: kit.printers(),
            directories: vec![(GLIBC, kit.libc_source())],
            place: None,
        }
    }

    /// A demo on bare metal. `sources`: what its files are below.
    pub fn on_bare_metal(gdb: CommandLine, sources: &Path, place: Option<&str>) -> Simulated {
        Simulated {
            gdb,
            libraries: None,
            printers: None,
            directories: vec![(DEMO, sources.to_owned())],
            place: place.map(str::to_owned),
        }
    }

    /// GDB on the program. `socket`: the emulator's stub, or what stands before it.
    pub fn command_line(&self, program: &Path, socket: &Path, wishes: &Wishes) -> Result<CommandLine> {
        let order = Brief {
            program,
            arguments: Vec::new(),
            target: Some(socket),
            sysroot: self.libraries.as_ref().map(|(root, _)| root.as_path()),
            registers: None,
            debug_files: self.libraries.as_ref().map(|(_, symbols)| symbols.clone()),
            printers: self.printers.clone(),
            directories: self.directories.clone(),
            place: self.place.as_deref(),
            steps: wishes.for_order(),
            unset: self.gdb.env.iter().map(|(name, _)| name.as_str()).collect(),
        };
        started(&self.gdb, &order, wishes)
    }
}

fn started(gdb: &CommandLine, order: &Brief, wishes: &Wishes) -> Result<CommandLine> {
    // Plain data that serde_json can always represent.
    let order = serde_json::to_string(order).unwrap_or_default();
    gdb::session(gdb, &[], "lkmc.process", &[&order], wishes)
}
