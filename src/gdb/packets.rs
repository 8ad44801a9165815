//! Packets of GDB's protocol in a stream of bytes, for whoever stands between GDB and a stub.

use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};

/// Where in a packet the stream is.
#[derive(Default)]
enum State {
    #[default]
    Between,
    Inside(Vec<u8>),
    /// So many digits of the checksum have yet to come.
    Sum(Vec<u8>, u8),
}

/// What a stream is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Packet(Vec<u8>),
    /// Between packets: an acknowledgement, or [`INTERRUPT`].
    Byte(u8),
}

/// Ctrl-C.
pub const INTERRUPT: u8 = 3;

impl Piece {
    /// As it is in the stream.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Piece::Packet(content) => packet(content),
            Piece::Byte(byte) => vec![*byte],
        }
    }
}

/// Finds packets, wherever the stream is cut.
#[derive(Default)]
pub struct Packets(State);

impl Packets {
    /// The pieces that end in these bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut found = Vec::new();
        for &byte in bytes {
            self.0 = match (std::mem::take(&mut self.0), byte) {
                (State::Between, b'$') => State::Inside(Vec::new()),
                (State::Between, byte) => {
                    found.push(Piece::Byte(byte));
                    State::Between
                }
                (State::Inside(content), b'#') => State::Sum(content, 2),
                (State::Inside(mut content), byte) => {
                    content.push(byte);
                    State::Inside(content)
                }
                (State::Sum(content, 2), _) => State::Sum(content, 1),
                (State::Sum(content, _), _) => {
                    found.push(Piece::Packet(content));
                    State::Between
                }
            };
        }
        found
    }
}

/// Whether a stub says that what is debugged stands still.
pub fn is_stop(answer: &[u8]) -> bool {
    answer.starts_with(b"T") || answer.starts_with(b"S")
}

/// What is there, or None at the end, which for a deadline is the same.
pub fn read(stream: &mut UnixStream) -> Option<Vec<u8>> {
    let mut chunk = vec![0; 64 * 1024];
    match stream.read(&mut chunk) {
        Ok(length) if length > 0 => {
            chunk.truncate(length);
            Some(chunk)
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => Some(Vec::new()),
        _ => None,
    }
}

/// Waits until there is something to read, or an end. From which of the two.
pub fn wait_for_either(gdb: &UnixStream, stub: &UnixStream) -> io::Result<(bool, bool)> {
    let mut both = [PollFd::new(gdb, PollFlags::IN), PollFd::new(stub, PollFlags::IN)];
    match poll(&mut both, None) {
        Ok(_) => Ok((!both[0].revents().is_empty(), !both[1].revents().is_empty())),
        Err(rustix::io::Errno::INTR) => Ok((false, false)),
        Err(errno) => Err(errno.into()),
    }
}

/// A packet with its checksum.
pub fn packet(content: &[u8]) -> Vec<u8> {
    let sum = content.iter().copied().fold(0u8, u8::wrapping_add);
    [b"$", content, format!("#{sum:02x}").as_bytes()].concat()
}
