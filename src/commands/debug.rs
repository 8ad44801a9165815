//! `lkmc profile debug`: a guest of one's own under GDB.

use std::process::ExitCode;

use super::debugger::{check_for_kernel, place, wishes};
use super::{preview, tmux};
use crate::cli::{self, Global};
use crate::demo::{Demo, language};
use crate::diag::{Error, Result};
use crate::gdb::{Place, Program};
use crate::gem5;
use crate::guest::protocol::CommandSpec;
use crate::linux::Linux;
use crate::paths;
use crate::profile::Profile;
use crate::run::debug::{DebugOptions, Stub};
use crate::run::request::{Cold, OnPanic};
use crate::run::{self, Order};
use crate::suggest;
use crate::suite::files::{self, Files};

pub fn debug(global: &Global, arguments: &cli::Debug) -> Result<ExitCode> {
    let mut base = crate::profile::load_with(&arguments.profile.name, &arguments.machine.settings)?;
    let pane = match arguments.tmux {
        true => Some(tmux::enter(&base.emulator)?),
        false => None,
    };
    let mut profile = crate::profile::apply_overrides(base.clone(), &arguments.machine)?;
    base.kernel.tree.clone_from(&profile.kernel.tree);
    profile.check_host(std::env::consts::ARCH)?;
    let (place, own) = named_by_file(place(&arguments.place))?;
    let wishes = wishes(&arguments.gdb)?;
    let stub = match (arguments.kgdb, arguments.kdb) {
        (true, _) => Stub::Kgdb,
        (_, true) => Stub::Kdb,
        _ => Stub::Emulator,
    };
    let on_gem5 = profile.emulator.gem5().is_some();
    if on_gem5 {
        gem5::course::check(&profile, OnPanic::Exit, arguments.machine.disk.len())?;
        gem5::debug::check(&profile, place.as_ref(), stub)?;
    }
    check(&profile, place.as_ref(), arguments)?;
    let mut wanted = wanted(arguments, &profile, place.as_ref(), own)?;
    wanted.dedup_by(|a, b| a.path == b.path);
    let command = command(arguments, place.as_ref());
    let by_kernel = arguments.kgdb || arguments.kdb;
    // The kernel's own stub is there once the kernel has booted.
    let from_reset = arguments.boot || (command.is_none() && !by_kernel);
    if from_reset {
        // Until the kernel has chosen its addresses nobody can say where a symbol is.
        profile.kernel.kaslr = false;
    }
    let cold = from_reset.then_some(Cold::FromReset);
    if global.dry_run {
        return preview::show_cold(global, &base, &profile, Vec::new(), cold.unwrap_or(Cold::Asked));
    }
    run::refuse_without_kvm(&profile)?;
    run::refuse_without_memory(&profile)?;
    run::ports::choose_ports(&mut profile)?;
    let built = Linux::build(&base, &super::build::options(global))?;
    let demos = match wanted.is_empty() {
        true => Files::default(),
        false => files::build(&base, &built.kernel_config()?, &wanted, &super::build::options(global))?,
    };
    let order = Order {
        modules: demos.modules.clone(),
        push: demos.push.clone(),
        sources: demos.sources.clone(),
        cold,
        custom_arguments: !arguments.machine.qemu_arg.is_empty(),
        timeout: global.timeout,
        verbose: global.verbose,
        json: global.json,
        ..Order::new(&profile, &built.bundle, &*built.physical)
    };
    let options = DebugOptions {
        place,
        from_reset,
        command,
        pane,
        wishes,
        stub,
    };
    let runs = paths::runs()?;
    let conclusion = match on_gem5 {
        true => gem5::debug::debug(&order, &runs, &options)?,
        false => run::debug::debug(&order, &runs, &options)?,
    };
    Ok(ExitCode::from(conclusion.status))
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
    if *place == Place::Decompressor && profile.arch.facts().decompressor.is_none() {
        let message = format!("the kernel of {} is not compressed: nothing unpacks it", profile.arch);
        return Err(Error::usage("lkmc::gdb::no_decompressor", message).help("use --early"));
    }
    Ok(())
}

/// A module or program may be named as everywhere else: by its source file.
fn named_by_file(place: Option<Place>) -> Result<(Option<Place>, Option<Demo>)> {
    let stem = |demo: &Demo| demo.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(match place {
        Some(Place::ModuleInit { module, then }) if module.ends_with(".c") => {
            let demo = crate::demo::load(&module)?;
            let module = stem(&demo);
            (Some(Place::ModuleInit { module, then }), Some(demo))
        }
        Some(Place::User(user)) if language::is_compiled(&user.program) => {
            let demo = crate::demo::load(&user.program)?;
            let program = stem(&demo);
            (Some(Place::User(Program { program, ..user })), Some(demo))
        }
        place => (place, None),
    })
}

/// The demos asked for, else those that the place is in. `own`: the one that was named for it.
fn wanted(arguments: &cli::Debug, profile: &Profile, place: Option<&Place>, own: Option<Demo>) -> Result<Vec<Demo>> {
    if own.is_some() || !arguments.demos.is_empty() {
        let asked = files::asked_for(&arguments.demos)?;
        return Ok(own.into_iter().chain(asked).collect());
    }
    let (name, what, code) = match place {
        Some(Place::ModuleInit { module, .. }) => (module.as_str(), "module", "lkmc::gdb::unknown_module"),
        Some(Place::User(user)) if !user.program.contains('/') => {
            (user.program.as_str(), "program", "lkmc::gdb::unknown_program")
        }
        Some(Place::User(user)) => return files::at_hand(&language::sources_of(base_name(&user.program))),
        _ => return Ok(Vec::new()),
    };
    let found = match place {
        Some(Place::User(_)) => files::at_hand(&language::sources_of(name))?,
        _ => files::at_hand(&[format!("{name}.c")])?,
    };
    let nothing_else = [
        arguments.command.is_empty(),
        profile.shares.is_empty(),
        profile.rootfs.overlay.is_empty(),
    ];
    if !found.is_empty() || nothing_else.contains(&false) {
        return Ok(found);
    }
    let names = crate::demo::Collection::installed()?.names();
    let stems: Vec<&str> = names.iter().map(|name| language::stem(base_name(name))).collect();
    let near = suggest::did_you_mean(name, &stems).map_or(String::new(), |near| format!("{near} "));
    Err(
        Error::usage(code, format!("no {what} is called `{name}`")).help(format!(
            "{near}One of your own is named by its file, `{name}.c`, or brought with --demos or --share"
        )),
    )
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
        Place::ModuleInit { module, .. } => Some(CommandSpec::shell(format!("insmod {module}.ko"))),
        Place::User(user) if user.program.contains('/') => Some(CommandSpec::new([&user.program])),
        Place::User(user) => Some(CommandSpec::new([format!("./{}", user.program)])),
        _ => None,
    }
}
