//! `lkmc profile run`: profile, overrides, build, launch, exit status.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::record;
use crate::bundle::{BUNDLE_VERSION, Bundle};
use crate::cli::{self, Global};
use crate::demo::Demo;
use crate::diag::{Error, Result};
use crate::emulator::gem5::Simulator;
use crate::emulator::{self, Disk, DiskFormat};
use crate::gdb::Wishes;
use crate::gem5;
use crate::guest::protocol::CommandSpec;
use crate::nix::{RootLock, of_profile};
use crate::profile::{EmulatorKind, Profile};
use crate::run::output::Input;
use crate::run::plan::OnPanic;
use crate::run::snapshot::Cold;
use crate::run::under::Under;
use crate::run::{self, Order, Task};
use crate::suite::files::{self, Files};
use crate::trace::recording;

/// Names a bundle.json that was made by hand: the developer's way to run without Nix. Its paths are taken as they are, and
/// `{arch}` in its name becomes the profile's architecture.
const BUNDLE_VARIABLE: &str = "LKMC_BUNDLE";

pub fn run(global: &Global, arguments: &cli::Run) -> Result<ExitCode> {
    let base = crate::profile::load(&arguments.profile.name)?;
    let mut profile = crate::profile::apply_overrides(base.clone(), &arguments.machine)?;
    profile.check_host(std::env::consts::ARCH)?;
    let disks: Vec<Disk> = arguments
        .machine
        .disk
        .iter()
        .map(|path| disk(path))
        .collect::<Result<_>>()?;
    let on_gem5 = profile.emulator.kind == EmulatorKind::Gem5;
    match (on_gem5, arguments.params.is_empty() && arguments.trace.flags.is_empty()) {
        (true, _) => check_gem5(arguments, &profile, disks.len())?,
        (false, false) => return Err(gem5::not_gem5(&profile)),
        (false, true) => {}
    }
    let trace = recording::wanted(&profile, &arguments.trace)?;
    if arguments.record {
        record::check(arguments, &profile)?;
    }
    check_on_panic(arguments)?;
    let asked = files::asked_for(&arguments.demos)?;
    let wishes = super::debug::wishes(&arguments.gdb)?;
    let under = under(arguments, &wishes)?;
    let pane = match arguments.tmux {
        true => Some(super::tmux::enter(profile.emulator.kind)?),
        false => None,
    };
    let task = task(arguments)?;
    if global.dry_run {
        return show_command(global, &base, &profile, disks);
    }
    run::refuse_without_kvm(&profile)?;
    choose_ports(&mut profile)?;
    // Overrides change the machine only, never what is built.
    let built = bundle(global, &base)?;
    if trace.is_some() {
        let gem5 = Simulator::find(&profile, built.bundle.emulator.as_ref(), &built.physical)?;
        recording::check_built(&profile, trace.as_ref(), &gem5)?;
    }
    let demos = demos(global, arguments, (&base, &profile), &built, asked)?;
    let order = Order {
        disks,
        modules: demos.modules.clone(),
        push: demos.push.clone(),
        console: arguments.console || profile.console.show,
        cold: match (arguments.record, arguments.cold) {
            (true, _) => Some(Cold::Recorded),
            (_, true) => Some(Cold::Asked),
            _ => None,
        },
        custom_arguments: !arguments.machine.qemu_arg.is_empty(),
        params: arguments.params.clone(),
        trace,
        on_panic: arguments.on_panic,
        wishes,
        under,
        timeout: global.timeout,
        verbose: global.verbose,
        json: global.json,
        ..Order::new(&profile, &built.bundle, &built.physical)
    };
    let runs = crate::paths::runs()?;
    if arguments.record {
        let conclusion = run::record::record(&order, &runs, &record::task(global, task)?)?;
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
                Task::Shell => gem5::course::Work::Shell,
                command => gem5::course::Work::Command(record::task(global, command)?),
            };
            gem5::course::run(&order, &runs, &work, pane)?
        }
        false if arguments.debug_emulator => run::under::debug(&order, &runs, task, pane)?,
        false => run::run(&order, &runs, task)?,
    };
    Ok(ExitCode::from(conclusion.status))
}

/// What the emulator is started under.
fn under(arguments: &cli::Run, wishes: &Wishes) -> Result<Under> {
    if arguments.rr {
        return emulator::rr::require().map(Under::Recorder);
    }
    if !arguments.debug_emulator {
        return Ok(Under::Nothing);
    }
    let mut wishes = wishes.clone();
    wishes.batch |= !rustix::termios::isatty(std::io::stdin());
    if wishes.batch && wishes.steps.is_empty() {
        return Err(Error::usage(
            "lkmc::gdb::no_terminal",
            "there is no terminal for GDB, and nothing that it shall do",
        )
        .help("say it with `--ex COMMAND` or `-x FILE`, for example `--ex 'break qemu_init' --ex continue --ex bt`"));
    }
    Ok(Under::Debugger(wishes))
}

fn is_shell(arguments: &cli::Run) -> bool {
    arguments.command.is_empty() && arguments.script.is_none()
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

/// The demos that the guest gets: those that were asked for, or for a shell the modules. `base` is the profile before overrides,
/// for which they are built.
fn demos(
    global: &Global,
    arguments: &cli::Run,
    (base, profile): (&Profile, &Profile),
    built: &Ready,
    asked: Vec<Demo>,
) -> Result<Files> {
    // gem5 would simulate how they are unpacked, for minutes.
    let shell = is_shell(arguments) && profile.emulator.kind == EmulatorKind::Qemu;
    let for_a_shell = shell && !arguments.no_demos && std::env::var_os(BUNDLE_VARIABLE).is_none();
    if run::plan::has_custom_init(profile) || (asked.is_empty() && !for_a_shell) {
        return Ok(Files::default());
    }
    let kernel_config = kernel_config(built)?;
    let demos = match asked.is_empty() {
        true => files::for_a_shell(base, &kernel_config)?,
        false => asked,
    };
    files::build(base, &kernel_config, &demos, &super::build::options(global))
}

/// The `.config` that a profile's kernel was built with.
pub(super) fn kernel_config(built: &Ready) -> Result<String> {
    let config = (built.physical)(&built.bundle.kernel.config);
    std::fs::read_to_string(&config).map_err(|error| Error::io("cannot read", &config, error))
}

/// Prints the emulator's command line for pasting: `profile show --command`, `profile run --dry-run`. `base` is the profile
/// before overrides. Builds nothing: what has not been built yet is shown as a plan.
pub fn show_command(global: &Global, base: &Profile, profile: &Profile, disks: Vec<Disk>) -> Result<ExitCode> {
    if std::env::var_os(BUNDLE_VARIABLE).is_none() {
        let lowered = of_profile::lowered(base)?;
        let (_, _, plan) = crate::nix::plan(&lowered, "bundle", &super::build::options(global))?;
        if !plan.build.is_empty() {
            let build = crate::nix::dry_run(&lowered, "bundle")?;
            return super::print(&format!(
                "{build}\n# the emulator's command line is known when this has been built\n"
            ));
        }
    }
    let built = bundle(global, base)?;
    let order = Order {
        disks,
        cold: Some(Cold::Asked),
        ..Order::new(profile, &built.bundle, &built.physical)
    };
    let (line, why) = run::preview(&order)?;
    if global.json {
        let argv: Vec<_> = line.argv().map(|word| word.to_string_lossy().into_owned()).collect();
        let env: serde_json::Map<_, _> = line
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.to_string_lossy().into()))
            .collect();
        return super::print(&format!("{}\n", serde_json::json!({ "env": env, "argv": argv })));
    }
    super::print(&format!(
        "# accelerator: {why}\n# the sockets and console.log go to the working directory\ncd \"$(mktemp -d)\" &&\n{}\n",
        line.to_shell()
    ))
}

/// A forward from port 0 gets a free one, which is announced, and stands in run.json.
pub(super) fn choose_ports(profile: &mut Profile) -> Result<()> {
    for forward in profile.network.forwards.iter_mut().filter(|forward| forward.host == 0) {
        let free = || std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr();
        let address = free().map_err(|error| {
            Error::infrastructure("lkmc::run::port", "no port of the loopback address is free").cause(error)
        })?;
        forward.host = address.port();
        eprintln!("lkmc: the guest's port {} is {address} here", forward.guest);
    }
    Ok(())
}

pub(super) struct Ready {
    pub bundle: Bundle,
    pub physical: Box<dyn Fn(&Path) -> PathBuf>,
    /// Keeps the build from being collected.
    lock: Option<RootLock>,
}

pub(super) fn bundle(global: &Global, profile: &Profile) -> Result<Ready> {
    if let Ok(path) = std::env::var(BUNDLE_VARIABLE) {
        let path = path.replace("{arch}", profile.arch.as_str());
        let physical = Box::new(|path: &Path| path.to_owned());
        return Ok(Ready {
            bundle: read_bundle(Path::new(&path))?,
            physical,
            lock: None,
        });
    }
    let built = of_profile::bundle(profile, &super::build::options(global))?;
    let store = built.store;
    Ok(Ready {
        bundle: built.bundle,
        physical: Box::new(move |path| store.physical(path)),
        lock: Some(built.root_lock),
    })
}

fn read_bundle(path: &Path) -> Result<Bundle> {
    let text = std::fs::read(path).map_err(|error| Error::io("cannot read", path, error))?;
    let bundle: Bundle = serde_json::from_slice(&text).map_err(|error| {
        Error::infrastructure(
            "lkmc::bundle::malformed",
            format!("{} is no bundle of this lkmc", path.display()),
        )
        .cause(error)
        .help("build it again with `lkmc profile build`")
    })?;
    if bundle.version != BUNDLE_VERSION {
        let message = format!(
            "{} has version {}, this lkmc wants {BUNDLE_VERSION}",
            path.display(),
            bundle.version
        );
        return Err(
            Error::infrastructure("lkmc::bundle::version", message).help("build it again with `lkmc profile build`")
        );
    }
    Ok(bundle)
}

fn task(arguments: &cli::Run) -> Result<Task> {
    if let Some(script) = &arguments.script {
        let text = std::fs::read(script).map_err(|error| {
            Error::usage(
                "lkmc::run::script",
                format!("cannot read the script {}", script.display()),
            )
            .cause(error)
        })?;
        return Ok(Task::Command {
            spec: CommandSpec::new(["/bin/sh", "-s"]),
            input: Input::Bytes(text),
        });
    }
    if arguments.command.is_empty() {
        return Ok(Task::Shell);
    }
    // GDB will want what is typed.
    let for_gdb = arguments.debug_emulator || arguments.on_panic == OnPanic::Gdb;
    let input = match for_gdb && rustix::termios::isatty(std::io::stdin()) {
        true => Input::Nothing,
        false => Input::Ours,
    };
    Ok(Task::Command {
        spec: CommandSpec::new(&arguments.command),
        input,
    })
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
