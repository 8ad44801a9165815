//! `lkmc vm console`: the console of a guest that somebody else owns.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;

use crossbeam_channel::unbounded;

use crate::diag::{Error, Result};
use crate::emulator::qemu::CONSOLE_SOCKET;
use crate::run::events::Event;
use crate::run::terminal::{self, Leaving, Raw};
use crate::run::vm::{connect_socket, spawn_thread};

/// Until the user leaves or the guest ends.
pub fn console(path: &Path) -> Result<ExitCode> {
    let unreachable = |error: std::io::Error| {
        let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Error::usage(
            "lkmc::vm::no_console",
            format!("the console of run {id} cannot be used"),
        )
        .cause(error)
        .help("`lkmc vm list` shows the running guests")
    };
    let mut socket = connect_socket(path, CONSOLE_SOCKET).map_err(unreachable)?;
    let (sender, events) = unbounded();
    let _raw = Raw::enter();
    terminal::announce("Ctrl-A X leaves, Ctrl-A ? shows the keys", true);
    terminal::read_keys(sender.clone(), Leaving::LeavesRunning)?;
    let output = socket.try_clone().map_err(unreachable)?;
    spawn_thread("console", move || {
        copy(output);
        let _ = sender.send(Event::ConsoleEnd);
    })?;
    // A guest that nobody talks to has said its prompt long ago.
    let _ = socket.write_all(b"\r");
    for event in events {
        match event {
            Event::Typed(bytes) if socket.write_all(&bytes).is_err() => break,
            Event::ConsoleEnd | Event::Quit | Event::TypedEnd => break,
            _ => {}
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn copy(mut from: UnixStream) {
    let (mut chunk, mut out) = ([0; 4096], std::io::stdout());
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        if out.write_all(&chunk[..length]).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}
