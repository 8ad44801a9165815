//! Frames between lkmc and the guest agent. `guest/agent/` is the other end; the two change together.
//!
//! A frame is: `u8` type, `u32le` id, `u32le` length, then `length` bytes of payload. The host speaks first, with
//! [`Kind::Hello`], also after the guest was restored from a snapshot or set back; the agent kills what an earlier host
//! left running and answers with the same nonce. A zero byte where a type is expected is skipped: a host that finds the
//! agent in the middle of a frame which a killed predecessor never finished sends [`RESYNC`] zeros and says hello again.
//!
//! The id names a command. Its standard streams are flow-controlled by credits: each direction starts with [`WINDOW`]
//! bytes, and the receiver grants more with [`Kind::Credit`] as it gets rid of them.
//!
//! On gem5 nobody listens to a running guest. There the host's whole part is one file, the request. The agent acts upon
//! its frames in their order, starts a command when those before it have ended, needs no credit and grants none. A hello
//! may come first; what a command needs, input included, stands before the next [`Kind::Start`].

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Raised with any change to the frames of the agent; part of the snapshot key.
pub const VERSION: u32 = 4;
pub const MAGIC: &[u8; 16] = b"lkmc-agent-hello";
pub const HEADER: usize = 9;
pub const MAX_PAYLOAD: usize = 65536;
/// Enough zeros to finish any frame that was cut off.
pub const RESYNC: usize = HEADER + MAX_PAYLOAD;
pub const WINDOW: u32 = 256 * 1024;
/// Name of the virtio-serial port.
pub const PORT: &str = "org.lkmc.agent";

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $value:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind { $($(#[$meta])* $name = $value),+ }
        impl Kind {
            pub const ALL: &[Kind] = &[$(Kind::$name),+];
            fn from_byte(byte: u8) -> Option<Kind> { match byte { $($value => Some(Kind::$name),)+ _ => None } }
        }
    };
}

kinds! {
    /// Both ways: [`MAGIC`], version, 16 bytes of nonce.
    Hello = 1,
    /// To the guest: a piece of a [`CommandSpec`].
    Spec = 2,
    /// To the guest: the specification is complete; `u32le` flags, [`DETACHED`], [`MEASURED`] and [`TERMINAL`]. On gem5 input
    /// may be before this, and then waits for the command.
    Start = 3,
    Stdin = 4,
    StdinEof = 5,
    /// To the guest: `u32le` signal for the command's process group, or its terminal's new size (see [`TERMINAL`]).
    Signal = 6,
    /// Both ways: `u32le` more bytes may be sent.
    Credit = 7,
    /// To the guest: `u16le` rows, `u16le` columns of the console; answered by `Done`.
    WindowSize = 8,
    /// To the guest: `i64le` seconds, `u32le` nanoseconds, 32 bytes of seed; answered by `Done`.
    Sync = 9,
    /// To a supervisor only: power the machine off; answered by `Done`.
    Stop = 10,
    /// To a supervisor only: [`Request`](super::snapshots::Request) as JSON; answered by `Answer`.
    Ask = 11,
    Stdout = 65,
    Stderr = 66,
    /// From the guest: `u8` how, `u32le` value; see [`Exit`].
    Exit = 67,
    /// From the guest: the command reads no more; input is dropped.
    StdinClosed = 68,
    /// From the guest: `u32le` status of the console shell; the machine powers off next.
    ShellExit = 69,
    /// From the guest: `u32le` errno of the request with this id.
    Done = 70,
    /// From a supervisor only: the guest kernel is in trouble; text.
    Trouble = 71,
    /// From a supervisor only: [`Answer`](super::snapshots::Answer) as JSON.
    Answer = 72,
    /// From a supervisor only, in place of `Exit`: [`Cut`](super::snapshots::Cut) as JSON.
    Cut = 73,
}

/// For [`Kind::Start`]: standard streams on `/dev/null`, survives the host's connection.
pub const DETACHED: u32 = 1;
/// For [`Kind::Start`], on gem5 only: its statistics are reset right before the command starts and dumped right after it
/// has ended.
pub const MEASURED: u32 = 2;
/// For [`Kind::Start`]: the standard streams are a terminal of the guest's; see [`size`].
pub const TERMINAL: u32 = 4;

/// A terminal's size, for the number of [`Kind::Start`] or [`Kind::Signal`].
pub fn size(rows: u16, columns: u16) -> u32 {
    const MOST: u32 = 0xfff;
    (u32::from(rows).min(MOST) << 8) | (u32::from(columns).min(MOST) << 20)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    pub id: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    pub fn new(kind: Kind, id: u32, payload: impl Into<Vec<u8>>) -> Frame {
        let payload = payload.into();
        debug_assert!(payload.len() <= MAX_PAYLOAD);
        Frame { kind, id, payload }
    }

    pub fn number(kind: Kind, id: u32, value: u32) -> Frame {
        Frame::new(kind, id, value.to_le_bytes())
    }

    pub fn hello(nonce: &[u8; 16]) -> Frame {
        let mut payload = MAGIC.to_vec();
        payload.extend(VERSION.to_le_bytes());
        payload.extend(nonce);
        Frame::new(Kind::Hello, 0, payload)
    }

    /// That of a hello, whatever version it names.
    pub fn nonce(&self) -> Option<[u8; 16]> {
        self.payload.get(MAGIC.len() + 4..)?.try_into().ok()
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len());
        bytes.push(self.kind as u8);
        bytes.extend(self.id.to_le_bytes());
        // At most MAX_PAYLOAD.
        bytes.extend((self.payload.len() as u32).to_le_bytes());
        bytes.extend(&self.payload);
        bytes
    }

    /// The payload's first number, or 0.
    pub fn value(&self) -> u32 {
        read_u32(&self.payload).unwrap_or(0)
    }
}

fn read_u32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?))
}

/// Cuts a stream of bytes into frames.
#[derive(Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the guest agent sent bytes that are no frame (type {kind}, length {length})")]
pub struct OutOfStep {
    pub kind: u8,
    pub length: u32,
}

impl Decoder {
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame, if there is one.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, OutOfStep> {
        while self.buffer.get(self.start) == Some(&0) {
            self.start += 1;
        }
        let rest = &self.buffer[self.start..];
        let (Some(id), Some(length)) = (rest.get(1..).and_then(read_u32), rest.get(5..).and_then(read_u32)) else {
            return Ok(None);
        };
        let kind = Kind::from_byte(rest[0]).filter(|_| length as usize <= MAX_PAYLOAD);
        let kind = kind.ok_or(OutOfStep { kind: rest[0], length })?;
        let Some(payload) = rest.get(HEADER..HEADER + length as usize) else {
            return Ok(None);
        };
        let frame = Frame::new(kind, id, payload);
        self.start += HEADER + length as usize;
        Ok(Some(frame))
    }

    /// Drops everything up to the agent's answer to this hello: what comes before it was meant for somebody else.
    pub fn find_hello(&mut self, nonce: &[u8; 16]) -> Option<u32> {
        let payload_length = MAGIC.len() + 4 + nonce.len();
        let rest = &self.buffer[self.start..];
        let at = rest
            .windows(payload_length)
            .position(|w| w.starts_with(MAGIC) && w.ends_with(nonce))?;
        let version = read_u32(&rest[at + MAGIC.len()..]);
        self.start += at + payload_length;
        version
    }
}

/// A command to run in the guest. Its strings cannot hold NUL, as anywhere in Unix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandSpec {
    pub argv: Vec<OsString>,
    pub env: Vec<(OsString, OsString)>,
    pub directory: Option<OsString>,
}

impl CommandSpec {
    /// With the environment that a login on the console would give it.
    pub fn new<S: Into<OsString>>(argv: impl IntoIterator<Item = S>) -> CommandSpec {
        const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/lkmc";
        let env = [("PATH", PATH), ("HOME", "/root"), ("USER", "root"), ("TERM", "dumb")];
        CommandSpec {
            argv: argv.into_iter().map(Into::into).collect(),
            env: env
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            directory: Some("/lkmc".into()),
        }
    }

    /// A line for the guest's shell.
    pub fn shell(line: impl Into<OsString>) -> CommandSpec {
        CommandSpec::new([OsString::from("/bin/sh"), "-c".into(), line.into()])
    }

    /// Starts in this directory in place of /lkmc.
    pub fn at(mut self, directory: &str) -> CommandSpec {
        self.directory = Some(directory.into());
        self
    }

    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> CommandSpec {
        let name = name.into();
        self.env.retain(|(other, _)| *other != name);
        self.env.push((name, value.into()));
        self
    }

    /// The command as a record shows it.
    pub fn words(&self) -> Vec<String> {
        self.argv
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    pub fn has_nul(&self) -> bool {
        let env = self.env.iter().flat_map(|(name, value)| [name, value]);
        self.argv
            .iter()
            .chain(env)
            .chain(&self.directory)
            .any(|text| text.as_bytes().contains(&0))
    }

    /// NUL-terminated strings, each after a letter that says what it is.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut put = |letter: u8, parts: &[&OsStr]| {
            bytes.push(letter);
            parts.iter().for_each(|part| bytes.extend_from_slice(part.as_bytes()));
            bytes.push(0);
        };
        self.argv.iter().for_each(|argument| put(b'A', &[argument]));
        self.env
            .iter()
            .for_each(|(name, value)| put(b'E', &[name, OsStr::new("="), value]));
        self.directory.iter().for_each(|directory| put(b'D', &[directory]));
        bytes
    }

    /// The frames that start an encoded command as number `id`.
    pub fn frames(encoded: &[u8], id: u32, flags: u32) -> Vec<Frame> {
        let pieces = encoded
            .chunks(MAX_PAYLOAD)
            .map(|piece| Frame::new(Kind::Spec, id, piece));
        pieces.chain([Frame::number(Kind::Start, id, flags)]).collect()
    }
}

/// How a guest command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(u32),
    Signal(u32),
    NotStarted(Refusal),
}

/// Why a guest command was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The kernel's errno.
    Errno(u32),
    /// It is an ELF file that the kernel does not execute. Machines are as in an ELF header; 0 is an unknown one.
    Foreign { program: u16, guest: u16 },
    /// It is there, but not what the kernel would have to load it with.
    NoLoader,
    /// It is a script, and the interpreter that it names is not there.
    NoInterpreter,
}

impl Refusal {
    pub const NO_SUCH_FILE: Refusal = Refusal::Errno(2);
}

impl Exit {
    pub fn decode(payload: &[u8]) -> Option<Exit> {
        let value = read_u32(payload.get(1..)?)?;
        match payload[0] {
            0 => Some(Exit::Code(value)),
            1 => Some(Exit::Signal(value)),
            2 => Some(Exit::NotStarted(Refusal::Errno(value))),
            3 => Some(Exit::NotStarted(Refusal::Foreign {
                program: value as u16,
                guest: (value >> 16) as u16,
            })),
            4 if value == 1 => Some(Exit::NotStarted(Refusal::NoLoader)),
            4 => Some(Exit::NotStarted(Refusal::NoInterpreter)),
            _ => None,
        }
    }

    pub fn encode(self) -> [u8; 5] {
        let (how, value) = match self {
            Exit::Code(code) => (0, code),
            Exit::Signal(signal) => (1, signal),
            Exit::NotStarted(Refusal::Errno(errno)) => (2, errno),
            Exit::NotStarted(Refusal::Foreign { program, guest }) => (3, u32::from(program) | u32::from(guest) << 16),
            Exit::NotStarted(Refusal::NoLoader) => (4, 1),
            Exit::NotStarted(Refusal::NoInterpreter) => (4, 2),
        };
        let [a, b, c, d] = value.to_le_bytes();
        [how, a, b, c, d]
    }

    /// As a shell reports it.
    pub fn status(self) -> u8 {
        match self {
            Exit::Code(code) => code as u8,
            Exit::Signal(signal) => 128u8.wrapping_add(signal as u8),
            Exit::NotStarted(Refusal::NO_SUCH_FILE | Refusal::NoLoader | Refusal::NoInterpreter) => 127,
            Exit::NotStarted(_) => 126,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_frame() -> impl Strategy<Value = Frame> {
        let payload = proptest::collection::vec(any::<u8>(), 0..300);
        (0..Kind::ALL.len(), any::<u32>(), payload)
            .prop_map(|(kind, id, payload)| Frame::new(Kind::ALL[kind], id, payload))
    }

    fn drain(decoder: &mut Decoder) -> Vec<Frame> {
        std::iter::from_fn(|| decoder.next_frame().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting(
            frames in proptest::collection::vec(any_frame(), 0..20),
            cuts in proptest::collection::vec(1usize..50, 1..20),
            zeros in 0usize..20,
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|f| [vec![0; zeros], f.encode()].concat()).collect();
            let (mut decoder, mut found, mut rest) = (Decoder::default(), Vec::new(), &bytes[..]);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break }
                let (head, tail) = rest.split_at((*cut).min(rest.len()));
                decoder.push(head);
                found.extend(drain(&mut decoder));
                rest = tail;
            }
            prop_assert_eq!(found, frames);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            while let Ok(Some(_)) = decoder.next_frame() {}
        }

        #[test]
        fn hello_is_found_behind_leftovers(noise in proptest::collection::vec(any::<u8>(), 0..200), nonce in any::<[u8; 16]>(), frame in any_frame()) {
            let mut decoder = Decoder::default();
            decoder.push(&noise);
            prop_assert_eq!(decoder.find_hello(&nonce), None);
            decoder.push(&Frame::hello(&nonce).encode());
            decoder.push(&frame.encode());
            prop_assert_eq!(decoder.find_hello(&nonce), Some(VERSION));
            prop_assert_eq!(drain(&mut decoder), vec![frame]);
        }
    }

    #[test]
    fn a_long_command_is_cut_into_frames() {
        let spec = CommandSpec::new(vec!["x".repeat(100_000), "y".repeat(100_000)]);
        let frames = CommandSpec::frames(&spec.encode(), 7, 0);
        assert_eq!(
            frames.iter().map(|f| f.kind).collect::<Vec<_>>(),
            [vec![Kind::Spec; 4], vec![Kind::Start]].concat()
        );
        let joined: Vec<u8> = frames
            .iter()
            .filter(|f| f.kind == Kind::Spec)
            .flat_map(|f| f.payload.clone())
            .collect();
        assert_eq!(joined, spec.encode());
    }

    #[test]
    fn a_request_is_these_bytes_and_its_answer_those() {
        let spec = CommandSpec {
            argv: vec!["id".into()],
            ..CommandSpec::default()
        };
        let mut request = Frame::new(Kind::Stdin, 7, *b"in").encode();
        request.extend(Frame::new(Kind::StdinEof, 7, []).encode());
        for frame in CommandSpec::frames(&spec.encode(), 7, MEASURED) {
            request.extend(frame.encode());
        }
        let expected: &[&[u8]] = &[
            b"\x04\x07\0\0\0\x02\0\0\0in",
            b"\x05\x07\0\0\0\0\0\0\0",
            b"\x02\x07\0\0\0\x04\0\0\0Aid\0",
            b"\x03\x07\0\0\0\x04\0\0\0\x02\0\0\0",
        ];
        assert_eq!(request, expected.concat());

        let mut decoder = Decoder::default();
        decoder.push(b"\x41\x07\0\0\0\x03\0\0\0out\x43\x07\0\0\0\x05\0\0\0\x01\x0b\0\0\0");
        let answer = drain(&mut decoder);
        assert_eq!(answer[0], Frame::new(Kind::Stdout, 7, *b"out"));
        assert_eq!((answer[1].kind, answer[1].id), (Kind::Exit, 7));
        assert_eq!(Exit::decode(&answer[1].payload), Some(Exit::Signal(11)));
    }

    #[test]
    fn an_exit_is_read_as_it_was_written() {
        for exit in [
            Exit::Code(3),
            Exit::Signal(9),
            Exit::NotStarted(Refusal::Errno(13)),
            Exit::NotStarted(Refusal::Foreign {
                program: 183,
                guest: 62,
            }),
            Exit::NotStarted(Refusal::NoLoader),
            Exit::NotStarted(Refusal::NoInterpreter),
        ] {
            assert_eq!(Exit::decode(&exit.encode()), Some(exit));
        }
        let foreign = Exit::decode(b"\x03\xb7\x00\x3e\x00");
        assert_eq!(
            foreign,
            Some(Exit::NotStarted(Refusal::Foreign {
                program: 183,
                guest: 62
            }))
        );
    }

    #[test]
    fn statuses_are_a_shells() {
        assert_eq!(Exit::Code(3).status(), 3);
        assert_eq!(Exit::Signal(9).status(), 137);
        let status = |refusal| Exit::NotStarted(refusal).status();
        assert_eq!(status(Refusal::NO_SUCH_FILE), 127);
        assert_eq!(status(Refusal::NoLoader), 127);
        assert_eq!(status(Refusal::NoInterpreter), 127);
        assert_eq!(status(Refusal::Errno(13)), 126);
        assert_eq!(
            status(Refusal::Foreign {
                program: 183,
                guest: 62
            }),
            126
        );
    }
}
