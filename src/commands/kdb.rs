//! `lkmc kdb`: the debugger in the kernel of a guest that runs.

use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::gdb::{self, Kit};
use crate::kgdb::{self, Kernel, Port, shell};
use crate::paths;
use crate::run::directory;

pub fn kdb(global: &Global, arguments: &cli::Kdb) -> Result<ExitCode> {
    let path = directory::find(&paths::runs()?, &arguments.run)?;
    let kit = Kit::read(&path)?;
    let agent = Arc::new(super::vm::connect(global, &path)?);
    let mut port = Port::open(&path)?;
    let kernel = match kgdb::is_running(&agent) {
        true => Kernel::prepare(agent, &kit.vmlinux)?,
        false if gdb::is_attached(&path) => return Err(held_by_gdb()),
        false => Kernel::standing_still(agent),
    };
    let said = shell::enter(&mut port, &kernel)?;
    match arguments.execute.as_slice() {
        [] => shell::interactive(&mut port, &kernel, &said)?,
        commands => shell::script(&mut port, &kernel, &said, commands, global.timeout)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The kernel's debugger gets no instruction either.
pub fn held_by_gdb() -> Error {
    let message = "a GDB that is attached to the emulator has stopped the guest";
    Error::usage("lkmc::kgdb::held", message)
        .help("let the guest go on in that GDB, or leave it with `detach` or `quit`")
}
