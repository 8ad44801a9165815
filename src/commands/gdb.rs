//! `lkmc gdb`: GDB on a guest that runs, or on what one has left.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::dump::open;
use crate::gdb::{self, Attendance, Brief, KIT, Kit, Leave, Place, State, Wishes};
use crate::kgdb::{self, Kernel, Port, shell};
use crate::paths;
use crate::run_directory;
use crate::run_directory::id;
use crate::run_directory::lookup::{self, Has};

use super::debugger::{check_for_kernel, place, wishes};
use super::kdb::{Reached, reach};

/// A kernel that GDB has left standing goes on at once, or never.
const RELEASE: Duration = Duration::from_secs(10);

pub fn attach(global: &Global, arguments: &cli::Gdb) -> Result<ExitCode> {
    if let Some(core) = &arguments.core {
        return open_core(global, arguments, core);
    }
    let path = lookup::find(
        &paths::runs()?,
        arguments.run.as_deref().unwrap_or("last"),
        Has::Anything,
    )?;
    let id = id::of(&path);
    if !run_directory::is_alive(&path) {
        return Err(Error::usage("lkmc::gdb::ended", format!("run {id} has ended"))
            .help("`lkmc vm list` shows the running ones"));
    }
    let place = place(&arguments.place);
    if place.as_ref().is_some_and(Place::is_early) {
        return Err(
            Error::usage("lkmc::gdb::running", format!("run {id} has booted already"))
                .help("`lkmc profile debug NAME --early` boots one under GDB"),
        );
    }
    let wishes = wishes(&arguments.gdb)?;
    let kit = Kit::read(&path)?;
    if arguments.kgdb {
        check_for_kernel(place.as_ref(), false, false)?;
        return attach_to_kernel(global, &path, &kit, place, &wishes);
    }
    let order = Brief {
        place,
        ..Brief::here(&path, &kit, &wishes)
    };
    run_gdb(global, &kit, &order, &wishes, Some(&path))
}

/// `lkmc gdb --kgdb`: the guest goes on when GDB ends.
fn attach_to_kernel(
    global: &Global,
    path: &Path,
    kit: &Kit,
    place: Option<Place>,
    wishes: &Wishes,
) -> Result<ExitCode> {
    let kernel = Arc::new(kernel(global, path, kit)?);
    let mut port = Port::open(path)?;
    if let Err(error) = shell::enter(&mut port, &kernel) {
        super::kdb::free(&mut port, &kernel, path);
        return Err(error);
    }
    let reserved = port.leave_to_gdb(path, kit.arch)?;
    if !wishes.batch {
        kgdb::stop_on_interrupt(&kernel)?;
    }
    let order = Brief {
        directory: path.to_owned(),
        target: reserved.socket.into(),
        state: State::Running,
        place,
        steps: wishes.for_order(),
        slide: Some(kernel.slide),
        processor: None,
        leave: Leave::Detach,
    };
    let ended = run_gdb(global, kit, &order, wishes, None);
    drop(reserved);
    if run_directory::is_alive(path) && !kernel.is_running() {
        // GDB was killed, or has disconnected.
        let mut port = Port::open(path)?;
        port.await_kdb(Instant::now() + RELEASE)?;
        port.release(&kernel)?;
    }
    ended
}

/// The kernel of a guest, unless another debugger has it or nobody knows where it is.
fn kernel(global: &Global, path: &Path, kit: &Kit) -> Result<Kernel> {
    match reach(global, path)? {
        Reached::Kernel(_) if moves(path) => Err(Error::usage(
            "lkmc::kgdb::moved",
            "nobody can be asked where this kernel has moved itself to",
        )
        .help("`kernel.kaslr = false` in the profile keeps it where it was linked")),
        Reached::Kernel(kernel) => Ok(kernel),
        Reached::Agent(agent) if kgdb::is_running(&agent) => Kernel::prepare(agent, &kit.vmlinux),
        Reached::Agent(_) if gdb::is_attached(path) => Err(super::kdb::held_by_gdb()),
        Reached::Agent(_) => Err(
            Error::usage("lkmc::kgdb::standing", "the guest's kernel stands still already")
                .help("`lkmc kdb RUN` gets at it, and its `go` lets the guest go on"),
        ),
    }
}

/// Whether the kernel of a run chooses its own addresses.
fn moves(run: &Path) -> bool {
    run_directory::read_record(run).is_some_and(|record| record.is_randomised())
}

/// `lkmc gdb --core`.
fn open_core(global: &Global, arguments: &cli::Gdb, core: &str) -> Result<ExitCode> {
    if place(&arguments.place).is_some() {
        return Err(Error::usage(
            "lkmc::gdb::core_place",
            "a memory dump does not run: there is nowhere to go",
        )
        .help("leave the place out"));
    }
    let wishes = wishes(&arguments.gdb)?;
    let dump = open::open(&paths::runs()?, core, arguments.run.as_deref())?;
    let order = Brief {
        directory: dump.run.clone(),
        target: dump.core.to_string_lossy().into_owned(),
        state: State::Dead,
        place: None,
        steps: wishes.for_order(),
        slide: Some(dump.about.slide),
        processor: dump.about.panic_cpu,
        leave: Leave::Detach,
    };
    run_gdb(global, &dump.kit, &order, &wishes, None)
}

/// GDB until its end. `attached`: the run whose emulator it uses.
fn run_gdb(global: &Global, kit: &Kit, order: &Brief, wishes: &Wishes, attached: Option<&Path>) -> Result<ExitCode> {
    let attendance = Attendance {
        line: &kit.command_line(&order.directory.join(KIT), order, wishes)?,
        terminal: wishes.terminal(),
        run: attached,
        limit: wishes.limit(global.timeout, usual_limit(&order.directory)),
    };
    attendance.attend().map(ExitCode::from)
}

/// What the profile of a run gives to a command.
fn usual_limit(run: &Path) -> Option<Duration> {
    run_directory::read_record(run)?.command_limit()
}
