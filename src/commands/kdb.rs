//! `lkmc kdb`: the debugger in the kernel of a guest that runs.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::gdb::{self, Kit};
use crate::guest::client::Agent;
use crate::host::terminal;
use crate::kgdb::{self, Kernel, Port, shell};
use crate::paths;
use crate::run_directory::id;
use crate::run_directory::lookup::{self, Has};

pub fn kdb(global: &Global, arguments: &cli::Kdb) -> Result<ExitCode> {
    let path = lookup::find(&paths::runs()?, &arguments.guest.run, Has::Anything)?;
    let kit = Kit::read(&path)?;
    let agent = match reach(global, &path)? {
        Reached::Agent(agent) => agent,
        Reached::Kernel(kernel) => return talk(global, arguments, &path, Port::open(&path)?, &kernel),
    };
    let port = Port::open(&path)?;
    let kernel = match kgdb::is_running(&agent) {
        true => Kernel::prepare(agent, &kit.vmlinux)?,
        false if gdb::is_attached(&path) => return Err(held_by_gdb()),
        false => Kernel::standing_still(agent),
    };
    talk(global, arguments, &path, port, &kernel)
}

/// What of a guest answers.
pub enum Reached {
    Agent(Arc<Agent>),
    /// It stands in its debugger, and nobody tells of its programs: there are none yet, most likely.
    Kernel(Kernel),
}

pub fn reach(global: &Global, run: &Path) -> Result<Reached> {
    match super::vm::connect(global, run) {
        Ok(agent) => Ok(Reached::Agent(Arc::new(agent))),
        Err(error) if error.code() == super::vm::UNREACHABLE => {
            Kernel::at_prompt(run).map(Reached::Kernel).ok_or(error)
        }
        Err(error) => Err(error),
    }
}

/// KDB for whoever asked, by its commands or by the keyboard.
fn talk(global: &Global, arguments: &cli::Kdb, path: &Path, mut port: Port, kernel: &Kernel) -> Result<ExitCode> {
    let talked = shell::enter(&mut port, kernel).and_then(|said| match arguments.execute.as_slice() {
        [] => shell::interactive(&mut port, kernel, &said),
        commands => shell::script(&mut port, kernel, &said, commands, global.timeout),
    });
    if talked.is_err() {
        free(&mut port, kernel, path);
    }
    talked.map(|()| ExitCode::SUCCESS)
}

/// After a failure, which leaves the guest at KDB's prompt, most likely.
pub fn free(port: &mut Port, kernel: &Kernel, run: &Path) {
    if kernel.is_running() || shell::let_go(port, kernel).unwrap_or_default() {
        return;
    }
    let id = id::of(run);
    let message = format!("the guest may stand still: `go` in `lkmc kdb {id}` frees it, `lkmc vm stop {id}` ends it");
    terminal::announce(&message, false);
}

/// The kernel's debugger gets no instruction either.
pub fn held_by_gdb() -> Error {
    let message = "a GDB that is attached to the emulator has stopped the guest";
    Error::usage("lkmc::kgdb::held", message)
        .help("let the guest go on in that GDB, or leave it with `detach` or `quit`")
}
