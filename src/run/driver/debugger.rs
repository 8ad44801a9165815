//! GDB on the guest of a run: what it is asked for, and its start.

use crate::diag::Result;
use crate::gdb::{Brief, Debugger, KIT, Leave, Place, State, Wishes, attach_lock};
use crate::guest::protocol::CommandSpec;
use crate::run::ending::Ending;

use super::Driver;

/// What is to be debugged.
pub struct DebugOptions {
    pub place: Option<Place>,
    /// Stop before the first instruction, not at the prompt.
    pub from_reset: bool,
    /// Run in the guest once GDB has let it go on.
    pub command: Option<CommandSpec>,
    pub wishes: Wishes,
    pub stub: Stub,
    /// Shows the console of a run beside GDB.
    pub pane: Option<Pane>,
}

/// Who stops the guest and looks into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stub {
    /// QEMU, from outside.
    Emulator,
    /// The guest's kernel, for GDB.
    Kgdb,
    /// The guest's kernel, without GDB.
    Kdb,
}

pub type Pane = fn(&str) -> Result<()>;

/// GDB in its own process, on this socket of the run directory. `slide`: how far the kernel has moved itself, if somebody knows.
pub fn start(driver: &Driver, options: &DebugOptions, socket: &str, slide: Option<u64>) -> Result<Debugger, Ending> {
    let (directory, kit) = (&driver.directory.path, &driver.plan.kit);
    if let Some(pane) = options.pane {
        pane(&driver.directory.id).map_err(Ending::Failed)?;
    }
    let order = Brief {
        directory: directory.clone(),
        target: socket.into(),
        state: match options.from_reset {
            true => State::Reset,
            false => State::Running,
        },
        place: options.place.clone(),
        steps: options.wishes.for_order(),
        slide: slide.or(kit.slide()),
        processor: None,
        leave: match options.stub {
            Stub::Emulator => Leave::Disconnect,
            // A kernel that stands still cannot be told anything more.
            Stub::Kgdb | Stub::Kdb => Leave::Detach,
        },
    };
    let line = kit
        .command_line(&directory.join(KIT), &order, &options.wishes)
        .map_err(Ending::Failed)?;
    let attached = (options.stub == Stub::Emulator).then(|| attach_lock(directory));
    let lock = attached.transpose().map_err(Ending::Failed)?;
    Debugger::start(&line, options.wishes.terminal(), lock, driver.sender.clone()).map_err(Ending::Failed)
}
