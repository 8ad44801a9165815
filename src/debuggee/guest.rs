//! A program in a guest, under gdbserver. gdbserver and the libc are pushed into the guest beside the demo; GDB is on the host,
//! connected through the guest's agent (tunnel.rs).

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crate::command_line::CommandLine;
use crate::demo::build;
use crate::diag::{Error, Result};
use crate::events::Event;
use crate::gdb::{Debugger, Terminal};
use crate::guest::GUEST_DIRECTORY;
use crate::guest::protocol::CommandSpec;
use crate::host::{signals, terminal};
use crate::linux::Linux;
use crate::qemu::session::{self, Session};
use crate::run::ending::Ending;
use crate::run::{Order, set_up};
use crate::wanted::Wanted;

use super::{DebugOptions, SessionFiles, Subject, gdb, short_address};

/// What the guest is for.
pub const PURPOSE: &str = "start gdbserver";
/// Where gdbserver is put in the guest.
const SERVER: &str = "/usr/bin/gdbserver";
/// Name of the tunnel's socket in the run directory.
const SOCKET: &str = "gdbserver.sock";
/// Copying a few megabytes takes a second, or several on a busy host.
const PATIENCE: Duration = Duration::from_secs(60);

/// Brings the guest up, and serves GDB until its end.
pub fn guest(subject: &Subject, options: &DebugOptions) -> Result<u8> {
    let ready = Wanted::to_talk_to(subject.profile, subject.demo, PURPOSE)?.ready()?;
    let linux = Linux::for_demo(ready.base(), subject.demo, &options.build)?;
    let built = build::build_one(&linux.profile, subject.demo, &options.build)?;
    let order = Order {
        timeout: options.timeout,
        verbose: options.verbose,
        modules: build::modules(&built.debug()),
        // The dynamic program comes over the static one.
        push: vec![built.guest(), subject.dynamic.guest()],
        ..ready.order(&linux)
    };
    let limit = subject.limit(options);
    let work = |running: &mut Session| attend(running, subject, options, limit);
    let finished = session::session(&order, &crate::paths::runs()?, vec![subject.name.clone()], work)?;
    crate::run::tell(
        options.json,
        &finished.record,
        &finished.conclusion,
        &finished.directory,
    )?;
    Ok(finished.conclusion.status)
}

/// Guest paths of what the program and gdbserver run on, and where each lies on the host.
fn files(subject: &Subject) -> Vec<(String, PathBuf)> {
    const LIBRARIES: &[&str] = &[
        "libc.so.6",
        "libm.so.6",
        // gdbserver finds thread-local variables with it.
        "libthread_db.so.1",
        "libgcc_s.so.1",
        "libstdc++.so.6",
    ];
    let kit = &subject.kit;
    // Packages divide them between /lib and /usr/lib, which are one directory here.
    let library = |name: &&str| (format!("{}/{name}", kit.content.libraries), kit.libraries().join(name));
    let mut files: Vec<(String, PathBuf)> = LIBRARIES.iter().map(library).collect();
    files.push((kit.content.loader.clone(), kit.loader()));
    files.push((SERVER.into(), kit.root().join(SERVER.trim_start_matches('/'))));
    files
}

fn attend(
    running: &mut Session,
    subject: &Subject,
    options: &DebugOptions,
    limit: Option<Duration>,
) -> Result<Ending, Ending> {
    let agent = running.agent()?;
    set_up::copy(&agent, &files(subject), Instant::now() + PATIENCE)?;
    let program = format!("{GUEST_DIRECTORY}/{}", subject.name);
    let words = [SERVER, "--once", "-", &program].map(Into::into);
    let spec = CommandSpec::new(words.into_iter().chain(options.arguments.iter().cloned())).at(GUEST_DIRECTORY);
    let directory = File::open(running.directory())
        .map_err(|error| Ending::Failed(Error::io("cannot open", running.directory(), error)))?;
    let address = short_address(&directory, SOCKET);
    let process = agent
        .start(&spec, 0)
        .map_err(|error| Ending::Broken(error.to_string()))?;
    super::tunnel::open(&address, process, running.sender()).map_err(Ending::Failed)?;
    let copies = SessionFiles::create().map_err(Ending::Failed)?;
    let here = |copies: &SessionFiles| Ok((copies.copy(&subject.program())?, copies.root(&subject.kit)?));
    let (program, root) = here(&copies).map_err(Ending::Failed)?;
    let line = gdb::command_line(subject, options, &program, Some((&address, &root))).map_err(Ending::Failed)?;
    // From now on Ctrl-C is for GDB.
    let _interrupts = signals::leave_interrupts_to_child(!options.wishes.batch);
    let ended = serve(running, options.wishes.terminal(), &line, limit);
    // Nobody else will connect to it.
    let _ = std::fs::remove_file(&address);
    ended
}

fn serve(
    running: &mut Session,
    talks: Terminal,
    line: &CommandLine,
    limit: Option<Duration>,
) -> Result<Ending, Ending> {
    let _debugger = Debugger::start(line, talks, None, running.sender()).map_err(Ending::Failed)?;
    let deadline = limit.map(|limit| Instant::now() + limit);
    match running.until(deadline, debugger_exit) {
        Ok(Some(status)) => {
            if !status.success() {
                // A guest that dies takes GDB's connection with it, before its console has been read.
                running.until(Some(Instant::now() + LAST_WORDS), |_| None::<()>)?;
            }
            Ok(Ending::of_debugger(status))
        }
        Ok(None) => {
            let limit = limit.unwrap_or_default();
            Err(Ending::Timeout(format!("GDB did not end within {limit:?}")))
        }
        Err(ending) if talks == Terminal::None || ending.is_cut_short() => Err(ending),
        Err(ending) => {
            // GDB has the terminal: it is the user who ends it.
            terminal::announce("the guest has ended; `quit` leaves GDB", false);
            running.outlast(debugger_exit);
            Err(ending)
        }
    }
}

/// How long after GDB's failure its guest may still turn out to be the reason.
const LAST_WORDS: Duration = Duration::from_secs(2);

fn debugger_exit(event: &Event) -> Option<ExitStatus> {
    match event {
        Event::DebuggerExit(status) => Some(*status),
        _ => None,
    }
}
