//! `lkmc vm console`: the console of a guest that somebody else owns.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crossbeam_channel::{never, select, unbounded};

use crate::diag::{Error, Result};
use crate::emulator::qemu::{CONSOLE_LOG, CONSOLE_SOCKET};
use crate::events::Event;
use crate::host::terminal::{self, Leaving, Raw};
use crate::host::thread::spawn_thread;
use crate::run::console::keyboard::Keyboard;
use crate::run::console::{self, Stop};
use crate::run_directory;
use crate::run_directory::id;

/// Until the user leaves or the guest ends.
pub fn console(path: &Path) -> Result<ExitCode> {
    let unreachable = |error: std::io::Error| {
        let id = id::of(path);
        Error::usage(
            "lkmc::vm::no_console",
            format!("the console of run {id} cannot be used"),
        )
        .cause(error)
        .help("`lkmc vm list` shows the running guests")
    };
    let mut keyboard = Keyboard::brief(path, CONSOLE_SOCKET).map_err(unreachable)?;
    let log = path.join(CONSOLE_LOG);
    let start = log.metadata().map_err(unreachable)?.len();
    let (sender, events) = unbounded();
    let _raw = Raw::enter();
    terminal::announce("Ctrl-A X leaves, Ctrl-A ? shows the keys", true);
    terminal::read_keys(sender.clone(), Leaving::LeavesRunning)?;
    let stop = Stop::default();
    let (shown, ended) = (stop.clone(), sender.clone());
    spawn_thread("console", move || {
        // An error is an end like any other.
        let _ = console::follow(&log, start, &shown, show);
        let _ = ended.send(Event::ConsoleEnd);
    })?;
    let run = path.to_owned();
    spawn_thread("guest", move || {
        run_directory::wait(&run, None);
        // What it said last is shown still.
        stop.set();
    })?;
    // A guest that nobody talks to has said its prompt long ago.
    keyboard.press(b"\r"[..].into());
    let mut delivered = never();
    loop {
        select! {
            recv(events) -> event => match event {
                Ok(Event::Typed(typed)) => keyboard.press(typed),
                // A guest that is busy takes it later.
                Ok(Event::TypedEnd) => delivered = keyboard.end(),
                Ok(Event::ConsoleEnd | Event::Quit) | Err(_) => break,
                Ok(_) => {}
            },
            recv(delivered) -> piece => if piece.is_err() {
                break;
            },
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether anybody looks on.
fn show(bytes: &[u8]) -> bool {
    let mut out = std::io::stdout();
    out.write_all(bytes).and_then(|()| out.flush()).is_ok()
}
