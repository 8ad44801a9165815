//! `lkmc vm`: guests that keep running.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use serde_json::json;

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::emulator::qemu::CONSOLE_LOG;
use crate::exit;
use crate::gdb;
use crate::guest::client::{self, Agent, Greeting, GuestEvent, Process};
use crate::guest::protocol::{CommandSpec, Exit, TERMINAL, size};
use crate::paths;
use crate::run::directory;
use crate::run::ending::{Ending, describe};
use crate::run::events::Event;
use crate::run::lookup::{self, Has};
use crate::run::output::{self, Input};
use crate::run::run_json::Record;
use crate::run::terminal::{self, Leaving, Raw, read_keys};
use crate::run::verdict::Verdict;
use crate::run::{console, hub, id, signals};
use crate::shell;
use crate::socket::connect_socket;

pub fn vm(global: &Global, command: cli::Vm) -> Result<ExitCode> {
    let runs = paths::runs()?;
    let found = |name: &str| lookup::find(&runs, name, Has::Anything);
    match command {
        cli::Vm::List { all } => list(global, &runs, all),
        cli::Vm::Exec { run, terminal, command } => exec(global, &found(&run)?, terminal, &command),
        cli::Vm::Push {
            run,
            source,
            destination,
        } => push(global, &found(&run)?, &source, &destination),
        cli::Vm::Console { run } => super::console::console(&found(&run)?),
        cli::Vm::Log { run, follow } => log(&found(&run)?, follow),
        cli::Vm::Stop { run } => stop(global, &found(&run)?),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    /// Its owner died without a word; the emulator died with it.
    Stale,
    Ended,
}

fn state(path: &Path, record: &Record) -> State {
    match (directory::is_alive(path), record.verdict) {
        (true, None) => State::Running,
        (false, None) => State::Stale,
        (_, Some(_)) => State::Ended,
    }
}

fn list(global: &Global, runs: &Path, everything: bool) -> Result<ExitCode> {
    let all = lookup::list(runs)
        .into_iter()
        .filter_map(|path| Some((directory::read_record(&path)?, path)));
    let shown = all
        .map(|(record, path)| (state(&path, &record), record))
        .filter(|(state, record)| {
            everything || *state == State::Running || (*state == State::Stale && record.detached)
        });
    let name = |state| match state {
        State::Running => "running",
        State::Stale => "stale",
        State::Ended => "ended",
    };
    if global.json {
        let rows: Vec<_> = shown
            .map(|(state, record)| {
                json!({
                    "id": record.id, "profile": record.profile_name, "state": name(state), "detached": record.detached,
                    "verdict": record.verdict, "command": record.command,
                    "started": record.started, "emulator-pid": record.emulator_pid,
                })
            })
            .collect();
        return super::print(&format!("{}\n", serde_json::Value::from(rows)));
    }
    let mut text = String::new();
    for (state, record) in shown {
        let kind = if record.detached { "detached" } else { "foreground" };
        let line = match everything {
            false => format!(
                "{}  {:<8}  {:<10}  {}  {}",
                record.id,
                name(state),
                kind,
                record.started,
                record.profile_name
            ),
            true => format!(
                "{}  {:<13}  {:<20}  {}",
                record.id,
                record.verdict.map_or(name(state), Verdict::as_str),
                record.profile_name,
                one_line(&record.command)
            ),
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    super::print(&text)
}

/// As much of a command as fits beside the rest.
fn one_line(command: &[String]) -> String {
    const WIDTH: usize = 70;
    let words: Vec<String> = command.iter().map(|word| shell::quote(word.as_ref())).collect();
    let line = words.join(" ").replace('\n', " ");
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// Deadline for everything that a healthy guest does at once.
fn soon(global: &Global) -> Instant {
    Instant::now() + global.timeout.unwrap_or(Duration::from_secs(10))
}

pub(super) fn connect(global: &Global, path: &Path) -> Result<Agent> {
    let id = id::of(path);
    let Some(record) = directory::read_record(path) else {
        return Err(Error::usage("lkmc::vm::unreadable", format!("run {id} has no record")));
    };
    match (state(path, &record), record.verdict) {
        (State::Running, _) => {}
        (State::Stale, _) => {
            let message = format!("run {id} is stale: its owner was killed, and the machine with it");
            return Err(Error::usage("lkmc::vm::stale", message)
                .help("`lkmc vm stop` takes it off the list; `lkmc profile run NAME --detach` starts another"));
        }
        (_, verdict) => {
            let verdict = verdict.map_or("unknown", |verdict| verdict.as_str());
            let reason = record.reason.unwrap_or_default();
            return Err(Error::usage(
                "lkmc::vm::ended",
                format!("run {id} has ended: {verdict}: {reason}"),
            ));
        }
    }
    let stream = connect_socket(path, hub::SOCKET).map_err(|error| {
        Error::usage("lkmc::vm::unreachable", format!("run {id} takes no commands"))
            .cause(error)
            .help("a guest does so once it is up, if it has a shell or was started with `--detach`")
    })?;
    Agent::connect(stream, Greeting::Booting, soon(global)).map_err(|error| unreachable_guest(&id, error))
}

fn unreachable_guest(id: &str, error: client::Error) -> Error {
    Error::infrastructure("lkmc::vm::unreachable", format!("run {id} does not answer")).cause(error)
}

fn exec(global: &Global, path: &Path, terminal: bool, command: &[std::ffi::OsString]) -> Result<ExitCode> {
    if terminal && !rustix::termios::isatty(std::io::stdin()) {
        return Err(
            Error::usage("lkmc::vm::no_terminal", "standard input is not a terminal")
                .help("leave `--terminal` out: the command then reads what comes in"),
        );
    }
    let agent = connect(global, path)?;
    if gdb::is_attached(path) {
        eprintln!("lkmc: a debugger is attached to the guest: while the guest is stopped, no command runs in it");
    }
    let spec = CommandSpec::new(command);
    let (sender, events) = unbounded();
    if !terminal {
        let process = start(&agent, &spec, 0)?;
        output::forward_input(Input::Ours, process.stdin())?;
        return wait(global, path, &agent, process, (sender, &events));
    }
    let spec = match std::env::var_os("TERM") {
        Some(kind) => spec.env("TERM", kind),
        None => spec,
    };
    let process = start(&agent, &spec, TERMINAL | window())?;
    signals::listen(sender.clone())?;
    // Until the command's end every key is for it.
    let _raw = Raw::enter();
    read_keys(sender.clone(), Leaving::EndsCommand)?;
    wait(global, path, &agent, process, (sender, &events))
}

/// The size of our terminal.
fn window() -> u32 {
    terminal::size().map_or(0, |(rows, columns)| size(rows, columns))
}

fn start(agent: &Agent, spec: &CommandSpec, flags: u32) -> Result<Arc<Process>> {
    let failed =
        |error| Error::infrastructure("lkmc::vm::start", "the command cannot be started in the guest").cause(error);
    agent.start(spec, flags).map(Arc::new).map_err(failed)
}

/// To the command's end. If the machine ends first, its verdict is ours. What is typed comes as events, if the command has a terminal.
fn wait(
    global: &Global,
    path: &Path,
    agent: &Agent,
    process: Arc<Process>,
    (sender, events): (Sender<Event>, &Receiver<Event>),
) -> Result<ExitCode> {
    const SIGHUP: u32 = 1;
    /// End of file, as a terminal says it.
    const CTRL_D: &[u8] = b"\x04";
    let stdin = process.stdin();
    let _done = output::forward_output(Arc::clone(&process), sender)?;
    let deadline = global.timeout.map_or_else(never, crossbeam_channel::after);
    let mut trouble = false;
    loop {
        select! {
            recv(events) -> event => match event {
                Ok(Event::CommandExit(_)) if trouble => return Ok(exit::Exit::GuestKernel.into()),
                Ok(Event::CommandExit(exit)) => return Ok(report(exit)),
                Ok(Event::OutputClosed(error)) if error.kind() == ErrorKind::BrokenPipe => {
                    return Ok(exit::Exit::OUTPUT_CLOSED.into());
                }
                Ok(Event::OutputClosed(error)) => {
                    let message = "the command's output cannot be written";
                    return Err(Error::infrastructure("lkmc::run::output", message).cause(error));
                },
                Ok(Event::Typed(bytes)) => drop(stdin.write(&bytes)),
                Ok(Event::TypedEnd) => drop(stdin.write(CTRL_D)),
                Ok(Event::Resized) => process.signal(window()),
                Ok(Event::Quit) => {
                    process.signal(SIGHUP);
                    return Ok(ExitCode::SUCCESS);
                }
                Ok(Event::Signal(signal)) => {
                    process.signal(SIGHUP);
                    return Ok(exit::Exit::Interrupted(signal).into());
                }
                Ok(_) => {}
                Err(_) => return ended(path),
            },
            recv(agent.events()) -> event => match event {
                Ok(GuestEvent::Trouble(line)) => {
                    eprintln!("lkmc: the guest kernel is in trouble: {line}");
                    trouble = true;
                }
                Ok(GuestEvent::ShellExit(_)) => {}
                Ok(GuestEvent::Lost) | Err(_) => return ended(path),
            },
            recv(deadline) -> _ => {
                process.signal(9);
                return Err(Error::timeout("lkmc::vm::timeout", "the command did not end in the time given by --timeout"));
            }
        }
    }
}

fn report(exit: Exit) -> ExitCode {
    if let Exit::NotStarted(_) = exit {
        eprintln!("lkmc: {}", describe(exit));
    }
    exit.status().into()
}

/// The machine went away under us: waits for its owner to write down why.
fn ended(path: &Path) -> Result<ExitCode> {
    const LIMIT: Duration = Duration::from_secs(10);
    let deadline = Instant::now() + LIMIT;
    while directory::is_alive(path) {
        if Instant::now() > deadline {
            let message = "the guest's agent went away while the command ran; the guest itself runs on";
            return Err(Error::infrastructure("lkmc::vm::no_agent", message)
                .help("`lkmc vm console` reaches it still, `lkmc vm stop` ends it"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let record = directory::read_record(path);
    let Some((verdict, reason)) = record.as_ref().and_then(|r| r.verdict.zip(r.reason.clone())) else {
        return Err(Error::infrastructure(
            "lkmc::vm::lost",
            "the guest's owner was killed while the command ran",
        ));
    };
    eprintln!(
        "lkmc: the guest ended while the command ran: {}: {reason}",
        verdict.as_str()
    );
    // A guest that was switched off has not run the command to its end.
    Ok(record
        .and_then(|record| record.status)
        .filter(|status| *status != 0)
        .unwrap_or(exit::Exit::Infrastructure.status())
        .into())
}

fn push(global: &Global, path: &Path, source: &Path, destination: &str) -> Result<ExitCode> {
    let unreadable = |error| Error::usage("lkmc::vm::source", format!("cannot read {}", source.display())).cause(error);
    // What cannot be read is noticed before the guest makes anything of it.
    let file = std::fs::File::open(source).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    let source = source.canonicalize().map_err(unreadable)?;
    let name = source.file_name().unwrap_or_default().to_owned();
    let agent = connect(global, path)?;
    let spec = |line: &str| {
        let mut spec = CommandSpec::new(["/bin/sh", "-c", line, "push", destination]);
        spec.argv.push(name.clone());
        spec
    };
    let process = match metadata.is_dir() {
        true => start(&agent, &spec(r#"mkdir -p "$1" && exec tar -x -f - -C "$1""#), 0)?,
        false => {
            let mut spec = spec(PUT);
            use std::os::unix::fs::PermissionsExt;
            spec.argv
                .push(format!("{:o}", metadata.permissions().mode() & 0o7777).into());
            start(&agent, &spec, 0)?
        }
    };
    let (stdin, fed) = (process.stdin(), Arc::clone(&process));
    let feed = {
        let name = PathBuf::from(name);
        move || -> std::io::Result<()> {
            let mut to = std::io::BufWriter::with_capacity(64 * 1024, ToGuest(&stdin));
            match metadata.is_dir() {
                true => {
                    let mut archive = tar::Builder::new(&mut to);
                    archive.follow_symlinks(false);
                    // busybox's tar does not know entries with holes.
                    archive.sparse(false);
                    archive.append_dir_all(&name, &source)?;
                    archive.finish()?;
                }
                false => drop(std::io::copy(&mut &file, &mut to)?),
            }
            to.flush()?;
            drop(to);
            stdin.close();
            Ok(())
        }
    };
    // Of what could be read only in part nothing shall look complete.
    let feeding = std::thread::spawn(move || feed().inspect_err(|_| fed.signal(9)));
    let (sender, events) = unbounded();
    let status = wait(global, path, &agent, process, (sender, &events))?;
    match feeding.join() {
        Ok(Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(unreadable(error)),
        _ => Ok(status),
    }
}

/// Appears under its name only when it is complete: $1 directory or file, $2 name, $3 mode.
const PUT: &str = r#"
to=$1
case $to in */) mkdir -p "$to"; to=$to$2 ;; *) [ ! -d "$to" ] || to=$to/$2 ;; esac
cat > "$to.part" && chmod "$3" "$to.part" && mv -f "$to.part" "$to"
"#;

struct ToGuest<'a>(&'a client::Stdin);

impl Write for ToGuest<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.write(bytes) {
            true => Ok(bytes.len()),
            false => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn log(path: &Path, follow: bool) -> Result<ExitCode> {
    let stop = console::Stop::default();
    if !follow {
        stop.set();
    }
    let file = path.join(CONSOLE_LOG);
    let mut out = std::io::stdout();
    let end = stop.clone();
    let owner = path.to_owned();
    if follow {
        std::thread::spawn(move || {
            while directory::is_alive(&owner) {
                std::thread::sleep(Duration::from_millis(100));
            }
            end.set();
        });
    }
    let print = |bytes: &[u8]| out.write_all(bytes).and_then(|()| out.flush()).is_ok();
    console::follow(&file, 0, &stop, print).map_err(|error| Error::io("cannot read", &file, error))?;
    Ok(ExitCode::SUCCESS)
}

/// Of a guest whose owner was killed before it could write down what became of it.
fn note_end(path: &Path, mut record: Record) -> Result<ExitCode> {
    let ended = Ending::EmulatorDied("lkmc was killed, and the machine with it".into()).conclude(None);
    record.conclude(&ended);
    directory::write_record(path, &record)?;
    eprintln!("lkmc: run {} had ended already: its owner was killed", record.id);
    Ok(ExitCode::SUCCESS)
}

fn stop(global: &Global, path: &Path) -> Result<ExitCode> {
    const LIMIT: Duration = Duration::from_secs(15);
    if let Some(record) = directory::read_record(path).filter(|record| state(path, record) == State::Stale) {
        return note_end(path, record);
    }
    let agent = connect(global, path)?;
    let id = id::of(path);
    match agent.stop(soon(global)) {
        // It may be gone before it has answered.
        Ok(()) | Err(client::Error::Lost) => {}
        Err(error) => return Err(unreachable_guest(&id, error)),
    }
    let deadline = Instant::now() + global.timeout.unwrap_or(LIMIT);
    while directory::is_alive(path) {
        if Instant::now() > deadline {
            return Err(Error::timeout(
                "lkmc::vm::stop",
                format!("run {id} did not end in time"),
            ));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(ExitCode::SUCCESS)
}
