//! `lkmc demo debug`: a program from inside, a kernel module in its kernel, a program on bare metal on its board.

use std::process::ExitCode;

use crate::bare_metal::Board;

use crate::cli::{self, DemoDebug, Global};
use crate::commands::build::options;
use crate::commands::{debug as kernel, debugger};
use crate::debuggee::{self, DebugOptions, Side, Subject};
use crate::demo::{Demo, Kind, load};
use crate::diag::{Error, Result};
use crate::shell::quote;

pub fn debug(global: &Global, arguments: &DemoDebug) -> Result<ExitCode> {
    let demo = load(&arguments.path)?;
    let name = super::profile_name(&arguments.profile, &demo);
    match demo.kind {
        Kind::Module | Kind::KbuildDirectory if arguments.side.is_none() => {
            return module(global, arguments, &demo, name);
        }
        Kind::BareMetal if arguments.side.is_none() => return on_board(global, arguments, &demo, &name),
        _ => {}
    }
    let profile = crate::profile::load(&name)?;
    let options = DebugOptions {
        side: arguments.side.unwrap_or(Side::Guest),
        place: arguments.place.clone(),
        arguments: arguments.arguments.clone(),
        wishes: debugger::wishes(&arguments.gdb)?,
        build: options(global),
        timeout: global.timeout,
        verbose: global.verbose,
        json: global.json,
        dry_run: global.dry_run,
    };
    let subject = Subject::build(&demo, &profile, &options)?;
    debuggee::debug(&subject, &options).map(ExitCode::from)
}

/// On the profile's board, QEMU's or gem5's.
fn on_board(global: &Global, arguments: &DemoDebug, demo: &Demo, name: &str) -> Result<ExitCode> {
    if !arguments.arguments.is_empty() {
        let message = format!("{} takes no arguments: nobody passes them to it", demo.name);
        return Err(Error::usage("lkmc::debuggee::arguments", message).help("leave out what follows `--`"));
    }
    let profile = crate::profile::load(name)?;
    demo.refuse_elsewhere(&profile)?;
    let wishes = debugger::wishes(&arguments.gdb)?;
    let board = Board::build(profile, &options(global))?;
    let built = crate::demo::build::build_one(&board.profile, demo, &options(global))?;
    let finished = board.debug(demo, &built, arguments.place.as_deref(), &wishes, global.timeout)?;
    crate::run::tell(global.json, &finished.record, &finished.conclusion, &finished.directory)?;
    Ok(ExitCode::from(finished.conclusion.status))
}

/// To the first line of its init function, or on to the place asked for; the guest runs what the demo's first run runs.
fn module(global: &Global, arguments: &DemoDebug, demo: &Demo, profile: String) -> Result<ExitCode> {
    if demo.kind == Kind::KbuildDirectory {
        let message = format!(
            "{} is a directory: which of its modules is meant cannot be told",
            demo.name
        );
        return Err(Error::usage("lkmc::debuggee::which_module", message).help(format!(
            "`lkmc profile debug {profile} --module-init MODULE --demos {}` names one",
            quote(demo.name.as_ref())
        )));
    }
    if !arguments.arguments.is_empty() {
        let message = format!("{} is a module: it takes no arguments here", demo.name);
        return Err(Error::usage("lkmc::debuggee::arguments", message)
            .help("`lkmc profile debug NAME --module-init MODULE -- insmod MODULE.ko NAME=VALUE` does"));
    }
    let base = crate::profile::load(&profile)?;
    let Some(run) = demo.runs_on(base.arch).next() else {
        return Err(debuggee::other_arch(demo, base.arch));
    };
    let debug = cli::Debug {
        profile: cli::ProfileName { name: profile },
        place: cli::WhereToStop {
            module_init: Some(demo.name.clone()),
            location: arguments.place.clone(),
            ..cli::WhereToStop::default()
        },
        guest: cli::Guest {
            machine: run.machine.overrides(&base),
            files: cli::GuestFiles {
                demos: vec![demo.name.clone()],
                ..cli::GuestFiles::default()
            },
            ..cli::Guest::default()
        },
        boot: false,
        kgdb: false,
        kdb: false,
        gdb: arguments.gdb.clone(),
        tmux: false,
        command: ["/bin/sh", "-e", "-c", &run.guest].map(Into::into).to_vec(),
    };
    kernel::debug(global, &debug)
}
