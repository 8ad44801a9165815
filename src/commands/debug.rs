//! `lkmc profile debug` and `lkmc gdb`: GDB on a guest of its own, or on one that runs.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::{self, EarlyStage, Global};
use crate::demo::Demo;
use crate::diag::{Error, Result};
use crate::dump::open;
use crate::emulator::{qemu::GDB_SOCKET, qemu::KGDB_SOCKET};
use crate::gdb::{Attendance, KIT, Kit, Order as GdbOrder, Place, State, Step, Wishes};
use crate::gem5;
use crate::guest::protocol::CommandSpec;
use crate::kgdb::{self, Kernel, Port, shell};
use crate::paths;
use crate::profile::{EmulatorKind, Profile};
use crate::run::debug::{Session, Stub};
use crate::run::plan::OnPanic;
use crate::run::snapshot::Cold;
use crate::run::{self, Order, directory};
use crate::suite::files::{self, Files};

/// A kernel that GDB has left standing goes on at once, or never.
const RELEASE: Duration = Duration::from_secs(10);

pub fn debug(global: &Global, arguments: &cli::Debug) -> Result<ExitCode> {
    let base = crate::profile::load(&arguments.profile.name)?;
    let pane = match arguments.tmux {
        true => Some(super::tmux::enter(base.emulator.kind)?),
        false => None,
    };
    let mut profile = crate::profile::apply_overrides(base.clone(), &arguments.machine)?;
    profile.check_host(std::env::consts::ARCH)?;
    let place = place(&arguments.place);
    let wishes = wishes(&arguments.gdb)?;
    let stub = match (arguments.kgdb, arguments.kdb) {
        (true, _) => Stub::Kgdb,
        (_, true) => Stub::Kdb,
        _ => Stub::Emulator,
    };
    let on_gem5 = profile.emulator.kind == EmulatorKind::Gem5;
    if on_gem5 {
        gem5::course::check(&profile, OnPanic::Exit, arguments.machine.disk.len())?;
        gem5::debug::check(&profile, place.as_ref(), stub)?;
    }
    check(&profile, place.as_ref(), arguments)?;
    let wanted = wanted(arguments, place.as_ref())?;
    run::refuse_without_kvm(&profile)?;
    super::run::choose_ports(&mut profile)?;
    let by_kernel = arguments.kgdb || arguments.kdb;
    let built = super::run::bundle(global, &base)?;
    let demos = match wanted.is_empty() {
        true => Files::default(),
        false => files::build(
            &base,
            &super::run::kernel_config(&built)?,
            &wanted,
            &super::build::options(global),
        )?,
    };
    let command = command(arguments, place.as_ref());
    // The kernel's own stub is there once the kernel has booted.
    let from_reset = arguments.boot || (command.is_none() && !by_kernel);
    if from_reset {
        // Until the kernel has chosen its addresses nobody can say where a symbol is.
        profile.kernel.kaslr = false;
    }
    let order = Order {
        modules: demos.modules.clone(),
        push: demos.push.clone(),
        cold: from_reset.then_some(Cold::FromReset),
        custom_arguments: !arguments.machine.qemu_arg.is_empty(),
        timeout: global.timeout,
        verbose: global.verbose,
        json: global.json,
        ..Order::new(&profile, &built.bundle, &built.physical)
    };
    let session = Session {
        place,
        from_reset,
        command,
        pane,
        wishes,
        stub,
    };
    let runs = paths::runs()?;
    let conclusion = match on_gem5 {
        true => gem5::debug::debug(&order, &runs, &session)?,
        false => run::debug::debug(&order, &runs, &session)?,
    };
    Ok(ExitCode::from(conclusion.status))
}

fn place(wanted: &cli::WhereToStop) -> Option<Place> {
    let early = wanted.early.map(|stage| match stage {
        EarlyStage::Kernel => Place::Early,
        EarlyStage::Decompressor => Place::Decompressor,
    });
    let module = |module: &String| Place::ModuleInit {
        module: module.trim_end_matches(".ko").replace('-', "_"),
    };
    early
        .or_else(|| wanted.location.as_deref().map(Place::location))
        .or_else(|| wanted.module_init.as_ref().map(module))
        .or_else(|| wanted.syscall.clone().map(|name| Place::Syscall { name }))
        .or_else(|| wanted.user.clone().map(Place::User))
}

/// What can be seen to go wrong before anything is built.
fn check(profile: &Profile, place: Option<&Place>, arguments: &cli::Debug) -> Result<()> {
    if arguments.kgdb || arguments.kdb {
        check_for_kernel(place, arguments.boot, arguments.kdb)?;
    }
    let Some(place) = place else { return Ok(()) };
    if place.is_early() && !arguments.command.is_empty() && !arguments.boot {
        return Err(
            Error::usage("lkmc::gdb::early_command", "--early is over when a command can run")
                .help("leave the command out, or add --boot: it then starts when the guest has booted"),
        );
    }
    if *place == Place::Decompressor && !profile.arch.has_decompressor() {
        let message = format!("the kernel of {} is not compressed: nothing unpacks it", profile.arch);
        return Err(Error::usage("lkmc::gdb::no_decompressor", message).help("use --early"));
    }
    Ok(())
}

/// What the kernel's own debuggers cannot do.
fn check_for_kernel(place: Option<&Place>, boot: bool, kdb: bool) -> Result<()> {
    let refused = |what: &str| {
        Err(Error::usage("lkmc::kgdb::place", what).help("the emulator's stub can: leave --kgdb or --kdb out"))
    };
    match place {
        _ if boot => refused("the kernel's debugger is not there before the kernel is"),
        Some(_) if kdb => refused("KDB has no place to go to first: give it a breakpoint, `--ex 'bp FUNCTION'`"),
        Some(place) if place.is_early() => refused("the kernel's debugger is not there before the kernel is"),
        // The register that tells one from the other is none that KGDB shows.
        Some(Place::User(_)) => refused("KGDB cannot tell one process's addresses from another's"),
        _ => Ok(()),
    }
}

/// The demos asked for, else those that the place is in.
fn wanted(arguments: &cli::Debug, place: Option<&Place>) -> Result<Vec<Demo>> {
    match (arguments.demos.as_slice(), place) {
        ([], Some(Place::ModuleInit { module })) => files::at_hand(&format!("/{module}.c")),
        ([], Some(Place::User(user))) => files::at_hand(&format!("/{}.c", base_name(&user.program))),
        (asked, _) => files::asked_for(asked),
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The command asked for, else the one that gets to the place.
fn command(arguments: &cli::Debug, place: Option<&Place>) -> Option<CommandSpec> {
    if !arguments.command.is_empty() {
        return Some(CommandSpec::new(&arguments.command));
    }
    match place? {
        Place::ModuleInit { module } => Some(CommandSpec::shell(format!("insmod {module}.ko"))),
        Place::User(user) if user.program.contains('/') => Some(CommandSpec::new([&user.program])),
        Place::User(user) => Some(CommandSpec::new([format!("./{}", user.program)])),
        _ => None,
    }
}

pub fn wishes(wishes: &cli::GdbWishes) -> Result<Wishes> {
    let commands = wishes.execute.iter().cloned().map(|text| Ok(Step::Command { text }));
    let scripts = wishes.scripts.iter().map(|path| match std::path::absolute(path) {
        Ok(path) if path.is_file() => Ok(Step::Script { path }),
        _ => Err(Error::usage(
            "lkmc::gdb::script",
            format!("there is no script {}", path.display()),
        )),
    });
    Ok(Wishes {
        batch: wishes.batch,
        steps: commands.chain(scripts).collect::<Result<_>>()?,
    })
}

/// `lkmc gdb`.
pub fn attach(global: &Global, arguments: &cli::Gdb) -> Result<ExitCode> {
    if let Some(core) = &arguments.core {
        return open_core(global, arguments, core);
    }
    let path = directory::find(&paths::runs()?, arguments.run.as_deref().unwrap_or("last"))?;
    let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !directory::is_alive(&path) {
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
    let order = GdbOrder {
        directory: path.clone(),
        target: GDB_SOCKET.into(),
        state: State::Running,
        place,
        steps: wishes.for_order(),
        slide: kit.slide(),
        processor: None,
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
    let agent = Arc::new(super::vm::connect(global, path)?);
    let kernel = match kgdb::is_running(&agent) {
        true => Kernel::prepare(agent, &kit.vmlinux)?,
        false => {
            return Err(
                Error::usage("lkmc::kgdb::standing", "the guest's kernel stands still already")
                    .help("`lkmc kdb RUN` gets at it, and its `go` lets the guest go on"),
            );
        }
    };
    let kernel = Arc::new(kernel);
    let mut port = Port::open(path)?;
    shell::enter(&mut port, &kernel)?;
    let reserved = port.leave_to_gdb();
    if !wishes.batch {
        kgdb::stop_on_interrupt(&kernel)?;
    }
    let order = GdbOrder {
        directory: path.to_owned(),
        target: KGDB_SOCKET.into(),
        state: State::Running,
        place,
        steps: wishes.for_order(),
        slide: Some(kernel.slide),
        processor: None,
    };
    let ended = run_gdb(global, kit, &order, wishes, None);
    drop(reserved);
    if directory::is_alive(path) && !kernel.is_running() {
        // GDB was killed, or has disconnected.
        let mut port = Port::open(path)?;
        port.await_kdb(Instant::now() + RELEASE)?;
        port.release(&kernel)?;
    }
    ended
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
    let order = GdbOrder {
        directory: dump.run.clone(),
        target: dump.core.to_string_lossy().into_owned(),
        state: State::Dead,
        place: None,
        steps: wishes.for_order(),
        slide: Some(dump.about.slide),
        processor: dump.about.panic_cpu,
    };
    run_gdb(global, &dump.kit, &order, &wishes, None)
}

/// GDB until its end. `attached`: the run whose emulator it uses.
fn run_gdb(global: &Global, kit: &Kit, order: &GdbOrder, wishes: &Wishes, attached: Option<&Path>) -> Result<ExitCode> {
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
    let mut record = directory::read_record(run)?;
    serde_json::from_value(record.profile["limits"]["command"].take()).ok()
}
