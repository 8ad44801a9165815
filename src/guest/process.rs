//! A command that runs in a guest.

use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::connection::Connection;
use super::credit::Credit;
use super::events::ProcessEvent;
use super::protocol::{Exit, Frame, Kind, MAX_PAYLOAD};

/// What has come of one that was waited for.
pub struct Output {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// A command that runs in the guest.
pub struct Process {
    id: u32,
    events: Receiver<ProcessEvent>,
    credit: Arc<Credit>,
    connection: Arc<Connection>,
}

impl Process {
    pub fn new(id: u32, events: Receiver<ProcessEvent>, credit: Arc<Credit>, connection: Arc<Connection>) -> Process {
        Process {
            id,
            events,
            credit,
            connection,
        }
    }

    pub fn events(&self) -> &Receiver<ProcessEvent> {
        &self.events
    }

    /// Lets the command send this many more bytes.
    pub fn acknowledge(&self, bytes: usize) {
        // One frame's worth at most. An error means that the connection is lost, which the reader reports.
        let _ = self
            .connection
            .send(&Frame::number(Kind::Credit, self.id, bytes as u32));
    }

    /// Sends a signal to the command's process group.
    pub fn signal(&self, number: u32) {
        let _ = self.connection.send(&Frame::number(Kind::Signal, self.id, number));
    }

    /// Kills the command, for which nobody waits any more. What it has said already has to go somewhere, or it would wait with its
    /// end for credit.
    pub fn abandon(&self) {
        self.signal(9);
        self.acknowledge(u32::MAX as usize);
    }

    pub fn stdin(&self) -> Stdin {
        Stdin {
            id: self.id,
            credit: Arc::clone(&self.credit),
            connection: Arc::clone(&self.connection),
        }
    }
}

/// The command's standard input; may be moved to another thread.
pub struct Stdin {
    id: u32,
    credit: Arc<Credit>,
    connection: Arc<Connection>,
}

impl Stdin {
    /// Sends everything, waiting for credit; false once the command reads no more.
    pub fn write(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let Some(length) = self.credit.take(bytes.len().min(MAX_PAYLOAD)) else {
                return false;
            };
            let (head, tail) = bytes.split_at(length);
            if self.connection.send(&Frame::new(Kind::Stdin, self.id, head)).is_err() {
                return false;
            }
            bytes = tail;
        }
        true
    }

    pub fn close(&self) {
        let _ = self.connection.send(&Frame::new(Kind::StdinEof, self.id, []));
    }
}
