//! A debugger's connection to a command in the guest: a socket of the host on one side, the command's standard input and output
//! on the other. No network is needed, and the command's standard error stays apart.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::diag::{Error, Result};
use crate::guest::client::Process;
use crate::run::events::Event;
use crate::run::output;
use crate::run::vm::spawn_thread;

/// The connection's end is heard by the debugger when the command ends or the guest is gone.
struct Wire(UnixStream);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // An error would mean that the other end is gone too.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// Serves the first who connects. The threads end with the process, or with the connection.
pub fn open(address: &Path, process: Process, sender: Sender<Event>) -> Result<()> {
    let listener = UnixListener::bind(address).map_err(|error| Error::io("cannot listen at", address, error))?;
    spawn_thread("tunnel", move || {
        let Ok((stream, _)) = listener.accept() else { return };
        let Ok(mut reader) = stream.try_clone() else { return };
        let (process, stdin) = {
            let stdin = process.stdin();
            (Arc::new(process), stdin)
        };
        if output::forward(process, sender, Wire(stream), std::io::stderr()).is_err() {
            return;
        }
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(length) = reader.read(&mut chunk) {
            if length == 0 || !stdin.write(&chunk[..length]) {
                break;
            }
        }
        stdin.close();
    })
}
