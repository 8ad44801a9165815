//! `--dry-run` and `--json` stand everywhere. What each command makes of them; one that makes nothing of an option is refused with it.

use crate::cli::{Bench, Command, Demo, DemoDebug, Gem5, Global, Lock, Profile, Trace, Vm};
use crate::debuggee::Side;
use crate::diag::{Error, Result};

/// Which of the two options a command takes.
#[derive(Clone, Copy)]
struct Takes {
    /// It shows external commands, or there is nothing about it that would not be done: it only looks.
    dry_run: bool,
    /// It has a result that programs can read.
    json: bool,
}

const BOTH: Takes = Takes {
    dry_run: true,
    json: true,
};
const DRY_RUN: Takes = Takes {
    dry_run: true,
    json: false,
};
const JSON: Takes = Takes {
    dry_run: false,
    json: true,
};
const NEITHER: Takes = Takes {
    dry_run: false,
    json: false,
};

/// What acts and has no external command to show does not act either: nobody asks for a dry run of what shall be done. And who
/// reads JSON shall not wait for what never comes.
pub fn check(global: &Global, command: &Command) -> Result<()> {
    let (name, takes) = taken_by(command);
    if global.dry_run && !takes.dry_run {
        let message = format!("`lkmc {name}` has no dry run");
        return Err(Error::usage("lkmc::no_dry_run", message)
            .help("leave `--dry-run` out; `--verbose` shows external commands as they are run"));
    }
    if global.json && !takes.json {
        let message = format!("`lkmc {name}` has no result that `--json` would change");
        return Err(Error::usage("lkmc::no_json", message)
            .help("leave `--json` out; docs/scripting.md says which commands have one"));
    }
    Ok(())
}

/// Every command, so that a new one has to say it.
fn taken_by(command: &Command) -> (&'static str, Takes) {
    match command {
        Command::Profile(command) => profile(command),
        Command::Demo(command) => demo(command),
        Command::Dev(_) => ("dev", BOTH),
        Command::Test(_) => ("test", BOTH),
        Command::Vm(command) => vm(command),
        Command::Gdb(_) => ("gdb", NEITHER),
        Command::Replay(_) => ("replay", JSON),
        Command::Kdb(_) => ("kdb", NEITHER),
        Command::Drgn(_) => ("drgn", DRY_RUN),
        Command::Crash(_) => ("crash", DRY_RUN),
        Command::Bench(command) => bench(command),
        Command::Gem5(command) => gem5(command),
        Command::Trace(command) => trace(command),
        Command::Lock(command) => lock(command),
        Command::Check => ("check", BOTH),
        Command::Doctor => ("doctor", BOTH),
        Command::Gc(_) => ("gc", BOTH),
        Command::Completions { .. } => ("completions", DRY_RUN),
        Command::Shell(_) => ("shell", NEITHER),
        Command::Nix { .. } => ("nix", NEITHER),
        // lkmc's own, which it gives neither.
        Command::Enter { .. } => ("__enter", BOTH),
        Command::Supervise { .. } => ("__supervise", BOTH),
    }
}

fn profile(command: &Profile) -> (&'static str, Takes) {
    match command {
        Profile::List => ("profile list", BOTH),
        Profile::Show { .. } => ("profile show", BOTH),
        Profile::Check { .. } => ("profile check", BOTH),
        Profile::Schema => ("profile schema", BOTH),
        Profile::New { .. } => ("profile new", JSON),
        Profile::Set { .. } => ("profile set", BOTH),
        Profile::Diff { .. } => ("profile diff", BOTH),
        Profile::Lower { bless: true, .. } => ("profile lower --bless", DRY_RUN),
        Profile::Lower { bless: false, .. } => ("profile lower", BOTH),
        Profile::Lock { .. } => ("profile lock", BOTH),
        Profile::Build { .. } => ("profile build", BOTH),
        Profile::Source { .. } => ("profile source", BOTH),
        Profile::Verify { .. } => ("profile verify", BOTH),
        Profile::Run(_) => ("profile run", BOTH),
        Profile::Debug(_) => ("profile debug", BOTH),
    }
}

fn demo(command: &Demo) -> (&'static str, Takes) {
    match command {
        Demo::List { .. } => ("demo list", BOTH),
        Demo::Show { .. } => ("demo show", BOTH),
        Demo::Build { .. } => ("demo build", JSON),
        Demo::Run { host: Some(_), .. } => ("demo run --host", NEITHER),
        Demo::Run { host: None, .. } => ("demo run", BOTH),
        Demo::Debug(DemoDebug {
            side: None | Some(Side::Guest),
            ..
        }) => ("demo debug in a guest", JSON),
        Demo::Debug(_) => ("demo debug", BOTH),
    }
}

fn vm(command: &Vm) -> (&'static str, Takes) {
    match command {
        Vm::List { .. } => ("vm list", BOTH),
        Vm::Exec { .. } => ("vm exec", NEITHER),
        Vm::Push { .. } => ("vm push", NEITHER),
        Vm::Console { .. } => ("vm console", NEITHER),
        Vm::Monitor { .. } => ("vm monitor", NEITHER),
        Vm::Log { .. } => ("vm log", DRY_RUN),
        Vm::Snapshot { .. } => ("vm snapshot", BOTH),
        Vm::Restore { .. } => ("vm restore", BOTH),
        Vm::Stop { .. } => ("vm stop", NEITHER),
    }
}

fn bench(command: &Bench) -> (&'static str, Takes) {
    match command {
        Bench::Run { .. } => ("bench run", JSON),
        Bench::Sweep { .. } => ("bench sweep", JSON),
        Bench::List => ("bench list", BOTH),
        Bench::Show { .. } => ("bench show", BOTH),
        Bench::Plot { .. } => ("bench plot", NEITHER),
        Bench::Compare { .. } => ("bench compare", BOTH),
        // It has a `--format` of its own.
        Bench::Export { .. } => ("bench export", DRY_RUN),
        Bench::Verify { .. } => ("bench verify", NEITHER),
    }
}

fn gem5(command: &Gem5) -> (&'static str, Takes) {
    match command {
        Gem5::Stats(_) => ("gem5 stats", BOTH),
        Gem5::Run(_) => ("gem5 run", JSON),
        Gem5::Config { .. } => ("gem5 config", BOTH),
    }
}

fn trace(command: &Trace) -> (&'static str, Takes) {
    match command {
        Trace::Exec(_) => ("trace exec", BOTH),
        Trace::Cache(_) => ("trace cache", BOTH),
        Trace::Pipeline(_) => ("trace pipeline", BOTH),
        Trace::Raw(_) => ("trace raw", BOTH),
    }
}

fn lock(command: &Lock) -> (&'static str, Takes) {
    match command {
        Lock::Update { .. } => ("lock update", BOTH),
        Lock::Check => ("lock check", BOTH),
        Lock::Fetch { .. } => ("lock fetch", BOTH),
    }
}
