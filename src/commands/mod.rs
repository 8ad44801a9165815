//! One file per family of subcommands; each is a thin line through the stages.

mod bench;
mod brought;
mod build;
mod check;
mod completions;
mod debug;
mod debugger;
mod demo;
mod dev;
mod doctor;
mod dump;
mod gc;
mod gdb;
mod gem5;
mod kdb;
mod lock;
mod preview;
mod profile;
mod program;
mod record;
mod replay;
mod run;
mod script;
mod shell;
mod test;
mod tmux;
mod trace;
mod vm;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::{self, Cli, Command};
use crate::debuggee::Side;
use crate::diag::{self, Result};
use crate::dump::reader::Reader;
use crate::host::stdout::{print, print_json};

pub fn main() -> ExitCode {
    crate::host::child::hear_of_ends();
    clap_complete::CompleteEnv::with_factory(Cli::command).complete();
    let words: Vec<OsString> = gdb_spelling(std::env::args_os()).collect();
    cli::parse(&words).and_then(dispatch).unwrap_or_else(|error| {
        diag::print(&error, cli::wants_json(&words));
        ExitCode::from(error.exit)
    })
}

/// GDB's options of several letters have one dash. What follows `--` is for the guest.
fn gdb_spelling(words: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut ours = true;
    words.map(move |word| {
        ours &= word != "--";
        match ours && word == "-ex" {
            true => "--ex".into(),
            false => word,
        }
    })
}

fn dispatch(cli: Cli) -> Result<ExitCode> {
    let global = cli.global;
    if global.dry_run {
        cli.command.as_ref().map_or(Ok(()), refuse_dry_run)?;
    }
    match cli.command {
        None => print(WELCOME),
        Some(Command::Profile(command)) => profile::profile(&global, command),
        Some(Command::Demo(command)) => demo::demo(&global, command),
        Some(Command::Lock(command)) => lock::run(&global, &command),
        Some(Command::Bench(command)) => bench::bench(&global, command),
        Some(Command::Gem5(command)) => gem5::gem5(&global, command),
        Some(Command::Trace(command)) => trace::trace(&global, command),
        Some(Command::Gc(arguments)) => gc::run(&global, &arguments),
        Some(Command::Shell(arguments)) => shell::run(&global, &arguments),
        Some(Command::Nix { args }) => match crate::nix::plain(&args)? {},
        Some(Command::Gdb(arguments)) => gdb::attach(&global, &arguments),
        Some(Command::Kdb(arguments)) => kdb::kdb(&global, &arguments),
        Some(Command::Drgn(arguments)) => dump::read(&global, &arguments, Reader::Drgn),
        Some(Command::Crash(arguments)) => dump::read(&global, &arguments, Reader::Crash),
        Some(Command::Replay(arguments)) => replay::run(&global, &arguments),
        Some(Command::Vm(command)) => vm::vm(&global, command),
        Some(Command::Supervise { directory, lock }) => {
            crate::run::supervise::supervise(&directory, lock).map(|conclusion| ExitCode::from(conclusion.status))
        }
        Some(Command::Check) => check::check(&global),
        Some(Command::Dev(arguments)) => dev::dev(&global, arguments),
        Some(Command::Test(arguments)) => test::test(&global, &arguments),
        Some(Command::Doctor) => doctor::run(&global),
        Some(Command::Completions { shell }) => completions::run(shell),
        Some(Command::Enter { args }) => crate::nix::enter::main(&args),
    }
}

/// What acts and has no external command to show does not act either: nobody asks for a dry run of what shall be done.
fn refuse_dry_run(command: &Command) -> Result<()> {
    use cli::{Bench, Demo, Gem5, Profile, Vm};
    let what = match command {
        Command::Profile(Profile::New { .. }) => "profile new",
        Command::Demo(Demo::Run { host: Some(_), .. }) => "demo run --host",
        Command::Demo(Demo::Debug(arguments)) if matches!(arguments.side, None | Some(Side::Guest)) => {
            "demo debug in a guest"
        }
        Command::Vm(Vm::Exec { .. }) => "vm exec",
        Command::Vm(Vm::Monitor { .. }) => "vm monitor",
        Command::Vm(Vm::Push { .. }) => "vm push",
        Command::Vm(Vm::Stop { .. }) => "vm stop",
        Command::Vm(Vm::Console { .. }) => "vm console",
        Command::Gdb(_) => "gdb",
        Command::Kdb(_) => "kdb",
        Command::Replay(_) => "replay",
        Command::Bench(Bench::Run { .. }) => "bench run",
        Command::Bench(Bench::Sweep { .. }) => "bench sweep",
        Command::Bench(Bench::Plot { .. }) => "bench plot",
        Command::Bench(Bench::Verify { .. }) => "bench verify",
        Command::Gem5(Gem5::Run { .. }) => "gem5 run",
        Command::Shell(_) => "shell",
        Command::Nix { .. } => "nix",
        _ => return Ok(()),
    };
    Err(
        diag::Error::usage("lkmc::no_dry_run", format!("`lkmc {what}` has no dry run"))
            .help("leave `--dry-run` out; `--verbose` shows external commands as they are run"),
    )
}

/// What lkmc says when asked nothing.
const WELCOME: &str = "\
lkmc: a laboratory bench for kernels, operating systems and computer architecture

  lkmc profile list                          the machines that come with it
  lkmc profile run x86_64-qemu               build what is missing, boot, open a shell
  lkmc profile run x86_64-qemu -- uname -a   run one command and exit with its status
  lkmc profile show x86_64-qemu              every setting and where it comes from
  lkmc profile new my.toml                   write your own machine
  lkmc demo list                             what there is to see in a guest
  lkmc vm list                               guests that keep running
  lkmc doctor                                what this machine can do
  lkmc --help, lkmc COMMAND --help           everything else
";
