//! Finding a dump and making sure that it is of the kernel whose symbols it will be read with.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::decode::object::{self as symbols, Unreadable};
use crate::diag::{Error, Result};
use crate::gdb::Kit;
use crate::run_directory;
use crate::run_directory::files::DUMP;
use crate::run_directory::lookup::{self, Has};

use super::about::{About, NOTE_OWNER, NOTE_TYPE};
use super::elf;
use super::error::DumpError;

/// A dump that can be read.
pub struct Dump {
    pub core: PathBuf,
    /// Of the run with the kernel's symbols: mostly the run that was dumped.
    pub run: PathBuf,
    pub kit: Kit,
    pub about: About,
    /// `uname -r` of its kernel.
    pub release: String,
}

/// Opens the dump called `what`, a run or a file. A file that lies in no run directory is of a kernel of `run`.
pub fn open(runs: &Path, what: &str, run: Option<&str>) -> Result<Dump> {
    let (core, beside) = locate(runs, what)?;
    let about = read_about(&core)?;
    let run = match (run, beside) {
        (Some(name), _) => lookup::find(runs, name, Has::Anything)?,
        (None, Some(directory)) => directory,
        (None, None) => {
            let message = format!("{} lies in no run directory: its kernel is unknown", core.display());
            return Err(Error::usage("lkmc::dump::no_run", message)
                .help("name a run of the same kernel: `lkmc gdb RUN --core FILE`"));
        }
    };
    let kit = Kit::read(&run)?;
    compare(&core, &about, &kit)?;
    let release = run_directory::read_record(&run)
        .and_then(|record| record.kernel_release())
        .unwrap_or_default();
    Ok(Dump {
        core,
        run,
        kit,
        about,
        release,
    })
}

/// The file, and the run that it belongs to if that can be seen. `last` is the last dump.
fn locate(runs: &Path, what: &str) -> Result<(PathBuf, Option<PathBuf>)> {
    let path = Path::new(what);
    if path.is_file() {
        let core = path
            .canonicalize()
            .map_err(|error| Error::io("cannot find", path, error))?;
        let beside = core.parent().and_then(lookup::at);
        return Ok((core, beside));
    }
    if what.contains('/') && !path.is_dir() {
        return Err(Error::usage("lkmc::dump::no_file", format!("there is no file {what}")));
    }
    let run = match lookup::at(path) {
        Some(run) => Has::Dump.check(&run).map(|()| run)?,
        None => lookup::find(runs, what, Has::Dump)?,
    };
    Ok((run.join(DUMP), Some(run)))
}

/// What lkmc noted in a dump.
pub fn read_about(core: &Path) -> Result<About> {
    let refused = |why: String| {
        Error::usage(
            "lkmc::dump::not_one",
            format!("{} is no dump of lkmc's", core.display()),
        )
        .cause(why)
        .help("`lkmc profile run NAME --on-panic dump` makes one")
    };
    let headers = headers(core).map_err(|error| refused(error.to_string()))?;
    let note = headers
        .notes
        .iter()
        .find(|note| note.owner == NOTE_OWNER && note.kind == NOTE_TYPE)
        .ok_or_else(|| refused("it is a core, but lkmc did not make it".into()))?;
    let end = headers.ranges.iter().map(|range| range.offset + range.size).max();
    let length = core
        .metadata()
        .map_err(|error| Error::io("cannot read", core, error))?
        .len();
    if let Some(end) = end.filter(|end| *end > length) {
        return Err(refused(format!("it is cut short: {length} of {end} bytes are there")));
    }
    serde_json::from_slice(&note.content).map_err(|error| refused(format!("its note cannot be understood: {error}")))
}

fn headers(core: &Path) -> Result<elf::Headers, DumpError> {
    let failed = |error: std::io::Error| DumpError::Read {
        path: core.to_owned(),
        reason: error.to_string(),
    };
    let file = File::open(core).map_err(failed)?;
    let mut start = Vec::new();
    (&file).take(elf::FRONT).read_to_end(&mut start).map_err(failed)?;
    let end = elf::table_end(&start)?;
    if end > start.len() {
        // The program headers lie behind the memory.
        let map = crate::decode::object::map(&file).map_err(failed)?;
        return elf::read(&map);
    }
    elf::read(&start)
}

/// The symbols of another kernel would name wrong functions.
fn compare(core: &Path, about: &About, kit: &Kit) -> Result<()> {
    let unreadable = |error: Unreadable| {
        Error::usage("lkmc::dump::no_symbols", "the kernel's symbols cannot be read")
            .cause(error)
            .help("a build that was collected comes back with `lkmc profile build`")
    };
    let build_id = symbols::build_id_of(&kit.vmlinux).map_err(unreadable)?;
    if about.arch == kit.arch && about.build_id == build_id {
        return Ok(());
    }
    let message = format!("{} is of another kernel than the run", core.display());
    Err(Error::usage("lkmc::dump::other_kernel", message)
        .cause(format!(
            "the dump's is {} {}, the run's {} {build_id}",
            about.arch, about.build_id, kit.arch
        ))
        .help("name a run of the dump's kernel: `lkmc gdb RUN --core FILE`"))
}
