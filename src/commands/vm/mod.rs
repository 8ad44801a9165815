//! `lkmc vm`: guests that keep running.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::guest::client::{self, Agent, Greeting};
use crate::guest::snapshots::Wish;
use crate::host::socket::connect_socket;
use crate::paths;
use crate::run_directory;
use crate::run_directory::lookup::{self, Has};
use crate::run_directory::run_json::Record;
use crate::run_directory::state::State;
use crate::run_directory::{files, id};

mod console;
mod exec;
mod list;
mod log;
mod monitor;
mod push;
mod snapshot;
mod stop;

pub fn vm(global: &Global, command: cli::Vm) -> Result<ExitCode> {
    let runs = paths::runs()?;
    let named = |name: &str| lookup::find(&runs, name, Has::Anything);
    let found = |guest: &cli::RunningGuest| named(&guest.run);
    match command {
        cli::Vm::List => list::list(global, &runs),
        cli::Vm::Exec {
            guest,
            terminal,
            command,
        } => exec::exec(global, &found(&guest)?, terminal, &command),
        cli::Vm::Push {
            guest,
            source,
            destination,
        } => push::push(global, &found(&guest)?, &source, &destination),
        cli::Vm::Console { guest } => console::console(&named(&guest.run)?),
        cli::Vm::Monitor { guest, command } => monitor::monitor(global, &found(&guest)?, &command),
        cli::Vm::Log { run, follow } => log::log(&named(&run)?, follow),
        cli::Vm::Snapshot {
            guest,
            name,
            replace,
            list,
            remove,
        } => {
            let path = found(&guest)?;
            match (list, remove) {
                (true, _) => snapshot::list(global, &path),
                (_, Some(name)) => snapshot::ask(global, &path, Wish::Remove { name }),
                _ => snapshot::ask(global, &path, Wish::Save { name, replace }),
            }
        }
        cli::Vm::Restore { guest, name } => snapshot::ask(global, &found(&guest)?, Wish::Restore { name }),
        cli::Vm::Stop { guest } => stop::stop(global, &found(&guest)?),
    }
}

/// Deadline for everything that a healthy guest does at once.
fn soon(global: &Global) -> Instant {
    Instant::now() + global.timeout.unwrap_or(Duration::from_secs(10))
}

/// The record of a guest that runs.
fn running(path: &Path) -> Result<Record> {
    let id = id::of(path);
    let Some(record) = run_directory::read_record(path) else {
        return Err(Error::usage("lkmc::vm::unreadable", format!("run {id} has no record")));
    };
    match (State::of(path, &record), record.verdict) {
        (State::Running | State::Halted, _) => Ok(record),
        (State::Stale, _) => {
            let message = format!("run {id} is stale: its owner was killed, and the machine with it");
            Err(Error::usage("lkmc::vm::stale", message)
                .help("`lkmc vm stop` takes it off the list; `lkmc profile run NAME --detach` starts another"))
        }
        (_, verdict) => {
            let verdict = verdict.map_or("unknown", |verdict| verdict.as_str());
            let reason = record.reason.unwrap_or_default();
            let message = format!("run {id} has ended: {verdict}: {reason}");
            Err(Error::usage("lkmc::vm::ended", message).help("`lkmc profile run NAME --detach` starts one that stays"))
        }
    }
}

/// What [`connect`] fails with in a guest that is not up.
pub const UNREACHABLE: &str = "lkmc::vm::unreachable";

pub fn connect(global: &Global, path: &Path) -> Result<Agent> {
    let record = running(path)?;
    let id = id::of(path);
    let stream = connect_socket(path, files::SUPERVISOR_SOCKET).map_err(|error| no_socket(path, &record, error))?;
    Agent::connect(stream, Greeting::Booting, soon(global)).map_err(|error| unreachable_guest(&id, error))
}

/// A guest offers its socket when it is up.
fn no_socket(path: &Path, record: &Record, error: std::io::Error) -> Error {
    let id = id::of(path);
    let arguments = &record.invocation.arguments;
    let is_run = ["profile", "run"]
        .iter()
        .all(|word| arguments.iter().any(|it| it == word));
    if error.kind() == ErrorKind::NotFound && record.command.is_empty() && is_run {
        // Made when the run began, and not written to.
        let began = path.join(files::LOCK).metadata().and_then(|lock| lock.modified()).ok();
        let age = began
            .and_then(|began| began.elapsed().ok())
            .unwrap_or_default()
            .as_secs();
        return Error::usage(UNREACHABLE, format!("run {id} is still booting ({age} s); try again"));
    }
    Error::usage(UNREACHABLE, format!("run {id} takes no commands"))
        .cause(error)
        .help("a guest does so once it is up, if it has a shell, was started with `--detach`, or is that of `lkmc dev`")
}

fn unreachable_guest(id: &str, error: client::Error) -> Error {
    Error::infrastructure(UNREACHABLE, format!("run {id} does not answer")).cause(error)
}
