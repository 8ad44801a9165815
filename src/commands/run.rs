//! `lkmc profile run`: profile, overrides, build, launch, exit status.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::{self, Global};
use crate::demo::{Collection, Demo, language};
use crate::diag::{Error, Result};
use crate::emulator::gem5::Simulator;
use crate::emulator::{self, Disk, DiskFormat, Trace};
use crate::gdb::Wishes;
use crate::gem5;
use crate::guest::protocol::CommandSpec;
use crate::host::streams::Input;
use crate::linux;
use crate::linux::Linux;
use crate::profile::Profile;
use crate::run::push;
use crate::run::request::{Cold, OnPanic};
use crate::run::under::Under;
use crate::run::{self, FirstLine, Order, Task};
use crate::suite::files::{self, Files};
use crate::tracing;

use super::script::Script;
use super::{debugger, preview, record};

pub fn run(global: &Global, arguments: &cli::Run) -> Result<ExitCode> {
    let mut base = crate::profile::load_with(&arguments.profile.name, &arguments.machine.settings)?;
    let mut profile = crate::profile::apply_overrides(base.clone(), &arguments.machine)?;
    base.kernel.tree.clone_from(&profile.kernel.tree);
    profile.check_host(std::env::consts::ARCH)?;
    let on_gem5 = profile.emulator.gem5().is_some();
    match (on_gem5, arguments.simulation.first()) {
        (true, _) => check_gem5(arguments, &profile, arguments.machine.disk.len())?,
        (false, Some(option)) => drop(emulator::gem5_for(&profile, option)?),
        (false, None) => {}
    }
    let disks = arguments.machine.disk.iter().map(|path| disk(path));
    let disks: Vec<Disk> = disks.collect::<Result<_>>()?;
    let trace = tracing::wanted(&profile, &arguments.trace)?;
    let asked_of_gem5 = arguments.simulation.find()?;
    if asked_of_gem5.resumed.is_some() {
        check_resumed(arguments, &profile)?;
    }
    if arguments.record {
        record::check(arguments, &profile)?;
    }
    check_on_panic(arguments)?;
    let asked = files::asked_for(&arguments.demos)?;
    let wishes = debugger::wishes(&arguments.gdb)?;
    let under = under(arguments, &wishes)?;
    let pane = match arguments.tmux {
        true => Some(super::tmux::enter(&profile.emulator)?),
        false => None,
    };
    if arguments.then_shell && !has_command(arguments) {
        return Err(Error::usage(
            "lkmc::run::no_command",
            "`--then-shell` comes after a command, and there is none",
        )
        .help("without `--then-shell` the guest's shell is all that runs"));
    }
    if !has_command(arguments) && std::env::args_os().next_back().is_some_and(|last| last == "--") {
        return Err(Error::usage("lkmc::run::no_command", "nothing follows `--`")
            .help("a command, in words of its own; without `--` the guest's shell is what runs"));
    }
    let script = arguments.script.as_deref().map(Script::stage).transpose()?;
    let pushed = push::stage(&arguments.push)?;
    let task = task(arguments, script.as_ref())?;
    if global.dry_run {
        return preview::show(global, &base, &profile, disks);
    }
    run::refuse_without_kvm(&profile)?;
    run::refuse_without_memory(&profile)?;
    run::ports::choose_ports(&mut profile)?;
    // Overrides change the machine and the kernel that it boots, never what is built.
    let built = Linux::build(&base, &super::build::options(global))?;
    if let Some(trace) = trace.as_ref().and_then(Trace::gem5) {
        let gem5 = Simulator::find(&profile, built.bundle.emulator.as_ref(), &*built.physical)?;
        gem5::tracing::check_built(&profile, Some(trace), &gem5)?;
    }
    let (trace, _plugin) = tracing::build(trace, &base, &super::build::options(global))?;
    let demos = demos(global, arguments, (&base, &profile), &built, asked)?;
    let order = Order {
        disks,
        modules: demos.modules.clone(),
        push: demos
            .push
            .iter()
            .cloned()
            .chain(pushed.as_ref().map(|directory| directory.path().to_owned()))
            .chain(script.as_ref().map(Script::directory))
            .collect(),
        sources: demos.sources.clone(),
        console: arguments.console || profile.console.show,
        cold: match (arguments.record, arguments.cold) {
            (true, _) => Some(Cold::Recorded),
            (_, true) => Some(Cold::Asked),
            _ => None,
        },
        custom_arguments: !arguments.machine.qemu_arg.is_empty(),
        asked: asked_of_gem5,
        trace,
        on_panic: arguments.on_panic,
        wishes,
        under,
        timeout: global.timeout,
        verbose: global.verbose,
        json: global.json,
        ..Order::new(&profile, &built.bundle, &*built.physical)
    };
    let runs = crate::paths::runs()?;
    if arguments.record {
        let conclusion = crate::recording::record::record(&order, &runs, &record::task(global, task)?)?;
        return Ok(ExitCode::from(conclusion.status));
    }
    if arguments.detach {
        return match run::supervise::detach(&order, &runs, built.lock.as_ref().map(AsFd::as_fd))? {
            Ok(id) if global.json => super::print(&format!("{}\n", serde_json::json!({ "id": id }))),
            Ok(id) => super::print(&format!("{id}\n")),
            Err(conclusion) => Ok(ExitCode::from(conclusion.status)),
        };
    }
    let conclusion = match on_gem5 {
        true => {
            let work = match task {
                _ if let Some(resumed) = &order.asked.resumed => gem5::course::Work::of(resumed),
                Task::Shell { first } => gem5::course::Work::Shell(first),
                command => gem5::course::Work::Command(record::task(global, command)?),
            };
            gem5::course::run(&order, &runs, &work, pane)?
        }
        false if arguments.debug_emulator => run::debug_emulator::debug(&order, &runs, task, pane)?,
        false => run::run(&order, &runs, task)?,
    };
    if conclusion.status != 0 && !global.json {
        hint_at_demos(arguments);
    }
    Ok(ExitCode::from(conclusion.status))
}

/// A command that failed may have looked for a demo, of which a guest has none unless it is told.
fn hint_at_demos(arguments: &cli::Run) {
    let asked_for_none = arguments.demos.is_empty() && arguments.push.is_empty() && arguments.script.is_none();
    let (directory, stem) = match arguments.command.as_slice() {
        _ if !asked_for_none => return,
        [insmod, module, ..] if insmod == "insmod" => (
            "kernel_modules/",
            module.to_str().and_then(|module| module.strip_suffix(".ko")),
        ),
        [program, ..] => (
            "userland/",
            program.to_str().and_then(|program| program.strip_prefix("./")),
        ),
        [] => return,
    };
    let sources = language::sources_of(stem.unwrap_or_default());
    let names = Collection::installed().map(|demos| demos.names()).unwrap_or_default();
    if let Some(name) = names
        .iter()
        .find(|name| name.starts_with(directory) && sources.iter().any(|source| Path::new(name).ends_with(source)))
    {
        eprintln!("lkmc: the guest's /lkmc is empty unless demos are asked for: `--demos {name}` puts this one there");
    }
}

/// What the emulator is started under.
fn under(arguments: &cli::Run, wishes: &Wishes) -> Result<Under> {
    if arguments.rr {
        return crate::rr::require().map(Under::Recorder);
    }
    if !arguments.debug_emulator {
        return Ok(Under::Nothing);
    }
    let mut wishes = wishes.clone();
    wishes.batch |= !rustix::termios::isatty(std::io::stdin());
    if wishes.batch && wishes.steps.is_empty() {
        return Err(Error::usage(
            "lkmc::gdb::no_terminal",
            "GDB has neither a terminal nor commands to execute",
        )
        .help("say it with `--ex COMMAND` or `-x FILE`, for example `--ex 'break qemu_init' --ex continue --ex bt`"));
    }
    Ok(Under::Debugger(wishes))
}

fn has_command(arguments: &cli::Run) -> bool {
    !arguments.command.is_empty() || arguments.script.is_some()
}

fn is_shell(arguments: &cli::Run) -> bool {
    arguments.then_shell || !has_command(arguments)
}

/// What gem5 cannot do is refused before anything is built for it.
fn check_gem5(arguments: &cli::Run, profile: &Profile, disks: usize) -> Result<()> {
    for (asked, what) in [
        (arguments.record, "record a run"),
        (arguments.detach, "detach a guest"),
        (
            is_shell(arguments) && (arguments.debug_emulator || arguments.rr),
            "give the terminal to GDB and to a shell",
        ),
    ] {
        if asked {
            emulator::only_qemu(profile, what)?;
        }
    }
    gem5::course::check(profile, arguments.on_panic, disks)
}

/// A guest that goes on has its command and its files.
fn check_resumed(arguments: &cli::Run, profile: &Profile) -> Result<()> {
    let refuse = |what: &str, why: &str| {
        let message = format!("a restored guest {what}");
        Err(Error::usage("lkmc::gem5::restored", message).help(why.to_owned()))
    };
    match () {
        () if has_command(arguments) => refuse(
            "goes on with the command that it was at, and takes no other",
            "leave the command out; a script that `m5 readfile` prints may be another one each time (`--readfile FILE`)",
        ),
        () if !arguments.demos.is_empty() || !arguments.push.is_empty() => {
            refuse("has the files that it had", "leave `--demos` and `--push` out")
        }
        () if arguments.cold => refuse("does not boot", "leave `--cold` out"),
        () if !profile.shares.is_empty() => refuse(
            "finds nobody who serves its shares: a server of 9p is in no checkpoint",
            "`--demos` and `--push` put files into the guest before its command starts",
        ),
        () => Ok(()),
    }
}

/// The demos that the guest gets: those that were asked for, or for a shell the modules. `base` is the profile before overrides,
/// for which they are built.
fn demos(
    global: &Global,
    arguments: &cli::Run,
    (base, profile): (&Profile, &Profile),
    built: &Linux,
    asked: Vec<Demo>,
) -> Result<Files> {
    // gem5 would simulate how they are unpacked, for minutes.
    let shell = is_shell(arguments) && profile.emulator.qemu().is_some();
    let for_a_shell = shell && !arguments.no_demos && !linux::is_by_hand();
    if profile.has_custom_init() || (asked.is_empty() && !for_a_shell) {
        return Ok(Files::default());
    }
    let kernel_config = built.kernel_config()?;
    let demos = match asked.is_empty() {
        true => files::for_a_shell(base, &kernel_config)?,
        false => asked,
    };
    files::build(base, &kernel_config, &demos, &super::build::options(global))
}

fn task(arguments: &cli::Run, script: Option<&Script>) -> Result<Task> {
    let spec = match script {
        Some(script) => script.command(&arguments.command),
        None if arguments.command.is_empty() => return Ok(Task::Shell { first: None }),
        None => CommandSpec::new(&arguments.command),
    };
    if arguments.then_shell {
        let first = Some(FirstLine::of(&spec.argv)?);
        return Ok(Task::Shell { first });
    }
    // GDB will want what is typed.
    let for_gdb = arguments.debug_emulator || arguments.on_panic == OnPanic::Gdb;
    let input = match for_gdb && rustix::termios::isatty(std::io::stdin()) {
        true => Input::Nothing,
        false => Input::Ours,
    };
    Ok(Task::Command { spec, input })
}

fn check_on_panic(arguments: &cli::Run) -> Result<()> {
    if arguments.on_panic == OnPanic::Gdb && arguments.detach {
        return Err(
            Error::usage("lkmc::run::detached_gdb", "a detached guest has no terminal for GDB")
                .help("`--on-panic dump` leaves a dump, which `lkmc gdb --core RUN` opens"),
        );
    }
    Ok(())
}

/// QEMU is started in another directory than ours.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Error::io("cannot find", path, error))
}

fn disk(path: &Path) -> Result<Disk> {
    const QCOW2: &[u8] = b"QFI\xfb";
    let path = absolute(path)?;
    let unusable = |error| {
        Error::usage(
            "lkmc::run::disk",
            format!("cannot use the disk image {}", path.display()),
        )
        .cause(error)
        .help(format!("make one with `truncate -s 1G {}`", path.display()))
    };
    let mut start = Vec::new();
    let file = File::options().read(true).write(true).open(&path).map_err(unusable)?;
    file.take(4).read_to_end(&mut start).map_err(unusable)?;
    let format = if start == QCOW2 {
        DiskFormat::Qcow2
    } else {
        DiskFormat::Raw
    };
    debug_assert!(path.as_os_str().as_bytes().starts_with(b"/"));
    Ok(Disk { path, format })
}
