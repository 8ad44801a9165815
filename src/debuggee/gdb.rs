//! GDB's command line for a program. What happens in GDB stands in `gdb/lkmc/process.py`.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::Side;
use crate::diag::Result;
use crate::emulator::CommandLine;
use crate::emulator::qemu::GDB_SOCKET;
use crate::gdb::{self, Step, Wishes};
use crate::profile::Arch;

use super::kit::BuiltKit;
use super::{Session, Subject};

/// What GDB is to do.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Order<'a> {
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
    debug_files: PathBuf,
    /// What the demo's sources are below.
    sources: &'a Path,
    libc_source: PathBuf,
    place: Option<&'a str>,
    /// Variables that are GDB's own.
    unset: Vec<&'a str>,
    /// The user's, of a GDB without a prompt.
    steps: Vec<Step>,
}

/// `program`: the file that is executed. `target`: the stub's socket, and a tree with the libraries.
pub fn command_line(
    subject: &Subject,
    session: &Session,
    program: &Path,
    target: Option<(&Path, &Path)>,
) -> Result<CommandLine> {
    let scripts = crate::paths::repository()?.join("gdb");
    let kit = &subject.kit;
    let order = Order {
        program,
        arguments: session
            .arguments
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        target: target.map(|(socket, _)| socket),
        sysroot: target.map(|(_, libraries)| libraries),
        registers: (session.side == Side::User && kit.kit.arch == Arch::X86_64)
            .then(|| scripts.join("user-x86_64.xml")),
        debug_files: kit.root().join("usr/lib/debug"),
        sources: &subject.demo.root,
        libc_source: kit.physical(&kit.kit.libc_source),
        place: session.place.as_deref(),
        steps: session.wishes.for_order(),
        unset: kit.kit.gdb.env.keys().map(String::as_str).collect(),
    };
    started(kit, &order, &session.wishes)
}

/// GDB on a program that gem5 plays the kernel for. `directory`: where its stub is.
pub fn simulated(kit: &BuiltKit, program: &Path, directory: &File, wishes: &Wishes) -> Result<CommandLine> {
    let (socket, root) = (super::short_address(directory, GDB_SOCKET), kit.root());
    let order = Order {
        program,
        arguments: Vec::new(),
        target: Some(&socket),
        sysroot: Some(&root),
        registers: None,
        debug_files: root.join("usr/lib/debug"),
        sources: Path::new("/"),
        libc_source: kit.physical(&kit.kit.libc_source),
        place: None,
        steps: wishes.for_order(),
        unset: kit.kit.gdb.env.keys().map(String::as_str).collect(),
    };
    started(kit, &order, wishes)
}

fn started(kit: &BuiltKit, order: &Order, wishes: &Wishes) -> Result<CommandLine> {
    let program = CommandLine::of_program(&kit.kit.gdb, &|path| kit.physical(path));
    // Plain data that serde_json can always represent.
    let order = serde_json::to_string(order).unwrap_or_default();
    gdb::session(&program, &[], "lkmc.process", &[&order], wishes)
}
