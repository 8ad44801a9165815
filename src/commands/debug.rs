//! `lkmc profile debug`: a guest of one's own under GDB.

use std::process::ExitCode;

use super::brought::Brought;
use super::debugger::{check_for_kernel, place, wishes};
use super::{build, preview, tmux};
use crate::cli::{self, Global};
use crate::demo::{Demo, Kind, language, modules};
use crate::diag::{Error, Result};
use crate::gdb::{Place, Program};
use crate::gem5;
use crate::guest::protocol::CommandSpec;
use crate::linux::Linux;
use crate::paths;
use crate::profile::{Emulator, Profile};
use crate::qemu;
use crate::run::Order;
use crate::run::driver::debugger::{DebugOptions, Stub};
use crate::run::request::Cold;
use crate::suggest;
use crate::suite::files::{self, Files};
use crate::wanted::Wanted;

pub fn debug(global: &Global, arguments: &cli::Debug) -> Result<ExitCode> {
    let mut wanted = Wanted::load(&arguments.profile.name, &arguments.guest.machine)?;
    let pane = arguments.tmux.then(|| tmux::enter(&wanted.profile.emulator));
    let pane = pane.transpose()?;
    let (place, own) = named_by_file(place(&arguments.place))?;
    let wishes = wishes(&arguments.gdb)?;
    check(&wanted, place.as_ref(), arguments)?;
    let demos = demos(arguments, &wanted.profile, place.as_ref(), own)?;
    let brought = Brought::stage(&arguments.guest)?;
    let asked = brought.command(&arguments.command);
    let stub = stub(arguments);
    let at_prompt = asked.is_some() || place.as_ref().is_some_and(has_command);
    // The kernel's own stub is there once the kernel has booted.
    let from_reset = arguments.boot || (!at_prompt && stub == Stub::Emulator);
    if from_reset {
        // Until the kernel has chosen its addresses nobody can say where a symbol is.
        wanted.profile.kernel.kaslr = false;
    }
    let cold = from_reset.then_some(Cold::FromReset);
    if global.dry_run {
        return preview::show(global, &wanted, cold.unwrap_or(Cold::Asked));
    }
    let ready = wanted.ready()?;
    let linux = Linux::build(ready.base(), &build::options(global))?;
    let demos = match demos.is_empty() {
        true => Files::default(),
        false => files::build(ready.base(), &linux.kernel_config()?, &demos, &build::options(global))?,
    };
    let usual = brought.order((global, &arguments.guest), &ready, &linux, &demos);
    let order = Order {
        cold: cold.or(usual.cold),
        ..usual
    };
    let options = DebugOptions {
        from_reset,
        command: asked.or_else(|| command(place.as_ref()?, &demos)),
        place,
        pane,
        wishes,
        stub,
    };
    let runs = paths::runs()?;
    let conclusion = match order.profile.emulator {
        Emulator::Gem5(_) => gem5::debug::debug(&order, &runs, &options)?,
        Emulator::Qemu(_) => qemu::debug::debug(&order, &runs, &options)?,
    };
    Ok(ExitCode::from(conclusion.status))
}

fn stub(arguments: &cli::Debug) -> Stub {
    match (arguments.kgdb, arguments.kdb) {
        (true, _) => Stub::Kgdb,
        (_, true) => Stub::Kdb,
        _ => Stub::Emulator,
    }
}

/// What can be seen to go wrong before anything is built.
fn check(wanted: &Wanted, place: Option<&Place>, arguments: &cli::Debug) -> Result<()> {
    let profile = &wanted.profile;
    wanted.check()?;
    if profile.emulator.gem5().is_some() {
        gem5::debug::check(profile, place, stub(arguments))?;
    }
    if arguments.kgdb || arguments.kdb {
        check_for_kernel(place, arguments.boot, arguments.kdb)?;
    }
    let Some(place) = place else { return Ok(()) };
    let has_command = !arguments.command.is_empty() || arguments.guest.script.is_some();
    if place.is_early() && has_command && !arguments.boot {
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
fn demos(arguments: &cli::Debug, profile: &Profile, place: Option<&Place>, own: Option<Demo>) -> Result<Vec<Demo>> {
    if own.is_some() || !arguments.guest.files.demos.is_empty() {
        let asked = files::asked_for(&arguments.guest.files.demos)?;
        let mut demos: Vec<Demo> = own.into_iter().chain(asked).collect();
        demos.dedup_by(|a, b| a.path == b.path);
        return Ok(demos);
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
        _ => files::at_hand(&[format!("{name}.c")])?
            .into_iter()
            .filter(|demo| demo.kind == Kind::Module)
            .collect(),
    };
    let nothing_else = [
        arguments.command.is_empty(),
        arguments.guest.script.is_none(),
        arguments.guest.files.push.is_empty(),
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
            "{near}One of your own is named by its file, `{name}.c`, or brought with --demos, --push or --share"
        )),
    )
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether [`command`] knows one that gets there.
fn has_command(place: &Place) -> bool {
    matches!(place, Place::ModuleInit { .. } | Place::User(_))
}

/// The command that gets to the place.
fn command(place: &Place, files: &Files) -> Option<CommandSpec> {
    match place {
        Place::ModuleInit { module, .. } => {
            let built = files.push.iter().map(|directory| modules::in_order(directory));
            let lines = built.map(|modules| modules::insertion(&modules, &module.replace('-', "_")));
            let line = lines.into_iter().find(|line| !line.is_empty());
            Some(CommandSpec::shell(
                line.unwrap_or_else(|| format!("insmod {module}.ko")),
            ))
        }
        Place::User(user) if user.program.contains('/') => Some(CommandSpec::new([&user.program])),
        Place::User(user) => Some(CommandSpec::new([format!("./{}", user.program)])),
        _ => None,
    }
}
