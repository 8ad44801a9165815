//! `lkmc profile run`: profile, overrides, build, launch, exit status.

use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::{self, Global};
use crate::demo::{Collection, Demo, language};
use crate::diag::{Error, Result};
use crate::emulator::gem5::Simulator;
use crate::emulator::{self, Trace};
use crate::events::streams::Input;
use crate::gdb::Wishes;
use crate::gem5;
use crate::gem5::asked::Asked;
use crate::junit;
use crate::linux;
use crate::linux::Linux;
use crate::nix::RootLock;
use crate::profile::Profile;
use crate::qemu;
use crate::qemu::stay::supervise;
use crate::run::beginning::{self, Beginning};
use crate::run::driver::debugger::Pane;
use crate::run::request::{Cold, OnPanic, Tests};
use crate::run::under::Under;
use crate::run::{FirstLine, Order, Task};
use crate::suite::files::{self, Files};
use crate::trace_capture;
use crate::wanted::{Ready, Wanted};

use super::brought::Brought;
use super::{build, debugger, preview, record, tmux};

pub fn run(global: &Global, arguments: &cli::Run) -> Result<ExitCode> {
    let wanted = Wanted {
        on_panic: arguments.on_panic,
        ..Wanted::load(&arguments.profile.name, &arguments.guest.machine)?
    };
    if let (Some(_), Some(_)) = (&arguments.from, wanted.profile.emulator.gem5()) {
        return Err(from_on_gem5());
    }
    check(arguments, &wanted)?;
    let trace = trace_capture::wanted(&wanted.profile, &arguments.trace)?;
    let asked = arguments.simulation.find()?;
    if asked.resumed.is_some() {
        check_resumed(arguments, &wanted.profile)?;
    }
    let from = arguments.from.as_deref().map(|name| beginning(name, &wanted.profile));
    let from = from.transpose()?;
    let demos = files::asked_for(&arguments.guest.files.demos)?;
    let wishes = debugger::wishes(&arguments.gdb)?;
    let under = under(arguments, &wishes)?;
    let pane = arguments.tmux.then(|| tmux::enter(&wanted.profile.emulator));
    let pane = pane.transpose()?;
    let brought = Brought::stage(&arguments.guest)?;
    let task = task(arguments, &brought)?;
    if global.dry_run {
        return preview::show_run(global, &wanted, from, &asked);
    }
    if let Some(path) = &arguments.junit {
        junit::check(path)?;
    }
    let ready = wanted.ready()?;
    let linux = Linux::build(ready.base(), &build::options(global))?;
    let (trace, _plugin) = build_trace(global, trace, &ready, &linux)?;
    let demos = build_demos(global, arguments, (&ready, &linux), demos)?;
    let usual = brought.order((global, &arguments.guest), &ready, &linux, &demos);
    let order = Order {
        cold: match arguments.record {
            true => Some(Cold::Recorded),
            false => usual.cold,
        },
        from,
        trace,
        tests: arguments.ktap.then(|| Tests {
            junit: arguments.junit.clone(),
        }),
        wishes,
        under,
        ..usual
    };
    carry_out(global, arguments, (&order, &asked, &linux), task, pane)
}

/// Refuses what can be seen to go wrong before anything else is looked at.
fn check(arguments: &cli::Run, wanted: &Wanted) -> Result<()> {
    let profile = &wanted.profile;
    match (profile.emulator.gem5(), arguments.simulation.first()) {
        (Some(_), _) => check_gem5(arguments, profile)?,
        (None, Some(option)) => drop(emulator::gem5_for(profile, option)?),
        (None, None) => {}
    }
    wanted.check()?;
    if arguments.record {
        record::check(arguments, wanted)?;
    }
    if arguments.on_panic == OnPanic::Gdb && arguments.detach {
        return Err(
            Error::usage("lkmc::run::detached_gdb", "a detached guest has no terminal for GDB")
                .help("`--on-panic dump` leaves a dump, which `lkmc gdb --core RUN` opens"),
        );
    }
    if has_command(arguments) {
        return Ok(());
    }
    let no_command = |what, help| Err(Error::usage("lkmc::run::no_command", what).help(help));
    match std::env::args_os().next_back() {
        _ if arguments.then_shell => no_command(
            "`--then-shell` comes after a command, and there is none",
            "without `--then-shell` the guest's shell is all that runs",
        ),
        Some(last) if last == "--" => no_command(
            "nothing follows `--`",
            "a command, in words of its own; without `--` the guest's shell is what runs",
        ),
        _ => Ok(()),
    }
}

fn from_on_gem5() -> Error {
    let message = "snapshots with names are of guests on QEMU, and this profile is one of gem5's";
    Error::usage("lkmc::run::from_gem5", message)
        .help("`--restore RUN[:TICK]` goes on where a guest on gem5 has executed `m5 checkpoint`")
}

/// A snapshot that this machine can begin with.
fn beginning(name: &str, profile: &Profile) -> Result<Beginning> {
    let runs = crate::paths::runs()?;
    let found = beginning::find(&runs, name)?;
    found.refuse_another(&runs, profile)?;
    Ok(found)
}

/// What a trace needs, and whether the gem5 that was built can make it.
fn build_trace(
    global: &Global,
    trace: Option<Trace>,
    ready: &Ready,
    linux: &Linux,
) -> Result<(Option<Trace>, Option<RootLock>)> {
    if let Some(trace) = trace.as_ref().and_then(Trace::gem5) {
        let profile = ready.profile();
        let gem5 = Simulator::find(profile, linux.bundle.emulator.as_ref(), &linux.store)?;
        gem5::trace_capture::check_built(profile, Some(trace), &gem5)?;
    }
    trace_capture::build(trace, ready.base(), &build::options(global))
}

/// Runs to the end, or lets it run.
fn carry_out(
    global: &Global,
    arguments: &cli::Run,
    (order, asked, linux): (&Order, &Asked, &Linux),
    task: Task,
    pane: Option<Pane>,
) -> Result<ExitCode> {
    let runs = crate::paths::runs()?;
    if arguments.record {
        let conclusion = crate::recording::record::record(order, &runs, &record::task(global, task)?)?;
        return Ok(ExitCode::from(conclusion.status));
    }
    if arguments.detach {
        return match supervise::detach(order, &runs, linux.lock.as_ref().map(AsFd::as_fd))? {
            Ok(id) if global.json => super::print(&format!("{}\n", serde_json::json!({ "id": id }))),
            Ok(id) => super::print(&format!("{id}\n")),
            Err(conclusion) => Ok(ExitCode::from(conclusion.status)),
        };
    }
    let conclusion = match order.profile.emulator.gem5() {
        Some(_) => {
            let work = match task {
                _ if let Some(resumed) = &asked.resumed => gem5::course::Work::of(resumed),
                Task::Shell { first } => gem5::course::Work::Shell(first),
                command => gem5::course::Work::Command(record::task(global, command)?),
            };
            gem5::course::run((order, asked), &runs, &work, pane)?
        }
        None if arguments.debug_emulator => qemu::debug_emulator::debug(order, &runs, task, pane)?,
        None => qemu::course::run(order, &runs, task)?,
    };
    if conclusion.status != 0 && !global.json {
        hint_at_demos(arguments);
    }
    Ok(ExitCode::from(conclusion.status))
}

/// A command that failed may have looked for a demo, of which a guest has none unless it is told.
fn hint_at_demos(arguments: &cli::Run) {
    let guest = &arguments.guest;
    let asked_for_none = guest.files.demos.is_empty() && guest.files.push.is_empty() && guest.script.is_none();
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
    !arguments.command.is_empty() || arguments.guest.script.is_some()
}

fn is_shell(arguments: &cli::Run) -> bool {
    arguments.then_shell || !has_command(arguments)
}

/// What a run on gem5 cannot be.
fn check_gem5(arguments: &cli::Run, profile: &Profile) -> Result<()> {
    for (asked, what) in [
        (arguments.record, "record a run"),
        (arguments.detach, "detach a guest"),
        (arguments.ktap, "read the results of the kernel's own tests"),
        (
            is_shell(arguments) && (arguments.debug_emulator || arguments.rr),
            "give the terminal to GDB and to a shell",
        ),
    ] {
        if asked {
            emulator::only_qemu(profile, what)?;
        }
    }
    Ok(())
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
        () if !arguments.guest.files.demos.is_empty() || !arguments.guest.files.push.is_empty() => {
            refuse("has the files that it had", "leave `--demos` and `--push` out")
        }
        () if arguments.guest.cold => refuse("does not boot", "leave `--cold` out"),
        () if !profile.shares.is_empty() => refuse(
            "finds nobody who serves its shares: a server of 9p is in no checkpoint",
            "`--demos` and `--push` put files into the guest before its command starts",
        ),
        () => Ok(()),
    }
}

/// The demos that the guest gets: those that were asked for, or for a shell the modules. They are built for the profile before
/// overrides.
fn build_demos(
    global: &Global,
    arguments: &cli::Run,
    (ready, linux): (&Ready, &Linux),
    asked: Vec<Demo>,
) -> Result<Files> {
    let (base, profile) = (ready.base(), ready.profile());
    // gem5 would simulate how they are unpacked, for minutes; and a make of all modules takes as long, each time.
    let shell = is_shell(arguments) && profile.emulator.qemu().is_some() && profile.kernel.tree.is_none();
    let for_a_shell = shell && !arguments.no_demos && !linux::is_by_hand();
    if profile.has_custom_init() || (asked.is_empty() && !for_a_shell) {
        return Ok(Files::default());
    }
    let kernel_config = linux.kernel_config()?;
    let demos = match asked.is_empty() {
        true => files::for_a_shell(base, &kernel_config)?,
        false => asked,
    };
    files::build(base, &kernel_config, &demos, &build::options(global))
}

fn task(arguments: &cli::Run, brought: &Brought) -> Result<Task> {
    let Some(spec) = brought.command(&arguments.command) else {
        return Ok(Task::Shell { first: None });
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
