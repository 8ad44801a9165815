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
mod runs;
mod script;
mod shell;
mod test;
mod tmux;
mod trace;
mod vm;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::{self, Cli, Command};
use crate::diag::{self, Result};
use crate::dump::reader::Reader;
use crate::host::stdout::{print, print_json};

pub fn main() -> ExitCode {
    crate::host::child::hear_of_ends();
    clap_complete::CompleteEnv::with_factory(cli::command).complete();
    let words: Vec<OsString> = gdb_spelling(std::env::args_os()).collect();
    if cli::wants_json(&words) {
        diag::print_json();
    }
    cli::parse(&words).and_then(dispatch).unwrap_or_else(|error| {
        diag::print(&error);
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
    if let Some(command) = &cli.command {
        cli::check(&global, command)?;
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
        Some(Command::Run(command)) => runs::runs(&global, command),
        Some(Command::Vm(command)) => vm::vm(&global, command),
        Some(Command::Supervise { directory, lock }) => crate::qemu::stay::supervise::supervise(&directory, lock)
            .map(|conclusion| ExitCode::from(conclusion.status)),
        Some(Command::Check) => check::check(&global),
        Some(Command::Dev(arguments)) => dev::dev(&global, *arguments),
        Some(Command::Test(arguments)) => test::test(&global, &arguments),
        Some(Command::Doctor) => doctor::run(&global),
        Some(Command::Completions { shell }) => completions::run(shell),
        Some(Command::Enter { args }) => crate::nix::enter::main(&args),
    }
}

/// What a dry run has to show: commands to paste, a line each.
fn print_commands(global: &cli::Global, commands: &[String]) -> Result<ExitCode> {
    if global.json {
        return print_json(&serde_json::json!({ "commands": commands }));
    }
    let lines: String = commands.iter().map(|command| format!("{command}\n")).collect();
    print(&lines)
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
