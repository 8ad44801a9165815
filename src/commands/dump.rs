//! `lkmc drgn` and `lkmc crash`: other programs than GDB on a memory dump.

use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::dump::{open, reader, reader::Reader};
use crate::nix::{self, of_profile};

/// Becomes the reader.
pub fn read(global: &Global, arguments: &cli::DumpReader, reader: Reader) -> Result<ExitCode> {
    let dump = open::open(&crate::paths::runs()?, &arguments.dump, arguments.run.as_deref())?;
    reader.check(dump.about.arch)?;
    // Any profile will do: the readers are the same for all.
    let lowered = of_profile::lowered(&crate::profile::load(ANY_PROFILE)?)?;
    if global.dry_run {
        return super::print(&format!("{}\n", nix::dry_run(&lowered, reader::ATTRIBUTE)?));
    }
    let built = nix::build_attr(&lowered, reader::ATTRIBUTE, &super::build::options(global))?;
    let programs = reader::programs(&built.path())?;
    let program = programs.get(reader.name()).ok_or_else(|| {
        let message = format!("the toolbox has no {}", reader.name());
        Error::infrastructure("lkmc::dump::readers", message)
    })?;
    let line = reader.command_line(program, &built.store, &dump, &arguments.arguments);
    let _lock = built.lock.inherited()?;
    let error = line.to_command().exec();
    let message = format!("{} cannot be started", reader.name());
    Err(Error::infrastructure("lkmc::dump::not_started", message)
        .cause(error)
        .help(format!("the command was:\n{}", line.to_shell())))
}

const ANY_PROFILE: &str = "x86_64-qemu";
