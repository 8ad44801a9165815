//! A whole conversation with the guest's agent, written before the simulation starts; and the agent's answers, which come while
//! it runs.
//!
//! The frames are those of [`crate::guest::protocol`]. The agent carries out one command after the other.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crossbeam_channel::Sender;

use crate::events::Event;
use crate::guest::client;
use crate::guest::protocol::{CommandSpec, Decoder, Exit, Frame, HEADER, Kind, MAX_PAYLOAD, MEASURED};
use crate::run::set_up::{self, Mount, archive};

/// What comes before the command that the run is about, that, and what comes after it.
const PUSH: u32 = 1;
const COMMAND: u32 = 2;
const LAST: u32 = 3;
/// And before all of them, one for each share.
const MOUNT: u32 = 4;
/// The guest never waits for us: more than any command will print.
const CREDIT: u32 = u32::MAX / 2;

/// What a guest is asked for.
pub struct Request<'a> {
    /// Shares to mount, and directories whose files go to /lkmc, before the command.
    pub mounts: &'a [Mount],
    pub push: &'a [PathBuf],
    pub spec: &'a CommandSpec,
    pub input: &'a [u8],
    /// Carried out after the command, unmeasured and unheard.
    pub last: Option<&'a CommandSpec>,
    /// Another file that is read in the place of this request when the command has started.
    pub readfile: Option<&'a [u8]>,
}

impl Request<'_> {
    /// What `m5 readfile` gives the agent.
    pub fn encode(&self) -> Result<Vec<u8>, String> {
        check(self.spec).map_err(|error| error.to_string())?;
        let mut bytes = Frame::hello(&[0; 16]).encode();
        for (id, mount) in (MOUNT..).zip(self.mounts) {
            bytes.extend(command(&set_up::mount_spec(mount), &[], id, 0));
        }
        if !self.push.is_empty() {
            bytes.extend(command(
                &set_up::unpack(),
                &archive::of_directories(self.push)?,
                PUSH,
                0,
            ));
        }
        bytes.extend(command(self.spec, self.input, COMMAND, MEASURED));
        if let Some(last) = self.last {
            bytes.extend(command(last, &[], LAST, 0));
        }
        match self.readfile {
            Some(file) => end_before(file, bytes),
            None => Ok(bytes),
        }
    }
}

/// A request that the agent takes for used up when the command has started, whatever the file says that it finds in its place then. Of
/// the last frame, which says that output may come, the agent on gem5 makes nothing.
fn end_before(file: &[u8], mut request: Vec<u8>) -> Result<Vec<u8>, String> {
    const TRIES: usize = 64;
    request.truncate(request.len() - Frame::number(Kind::Credit, COMMAND, CREDIT).encode().len());
    for _ in 0..TRIES {
        if !goes_on_in(file, request.len()) {
            return Ok(request);
        }
        // The agent passes over zeros.
        request.insert(0, 0);
    }
    Err("the file for `m5 readfile` looks like frames of the agent's protocol".into())
}

/// Whether the agent, at this place of the file, would find another frame (`guest/agent/gem5.c`, look_ahead).
pub fn goes_on_in(file: &[u8], at: usize) -> bool {
    let rest = file.get(at..).unwrap_or_default();
    let rest = &rest[rest.iter().take_while(|byte| **byte == 0).count()..];
    let length = rest
        .get(5..HEADER)
        .and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)));
    length.is_some_and(|length| rest[0] <= Kind::Sync as u8 && length as usize <= MAX_PAYLOAD)
}

fn command(spec: &CommandSpec, input: &[u8], id: u32, flags: u32) -> Vec<u8> {
    let mut frames = CommandSpec::frames(&spec.encode(), id, flags);
    // A command that is measured finds its input waiting.
    let start = frames.split_off(frames.len() - 1);
    let input = input
        .chunks(MAX_PAYLOAD)
        .map(|piece| Frame::new(Kind::Stdin, id, piece));
    frames
        .into_iter()
        .chain(input)
        .chain([Frame::new(Kind::StdinEof, id, [])])
        .chain(start)
        .chain([Frame::number(Kind::Credit, id, CREDIT)])
        .flat_map(|frame| frame.encode())
        .collect()
}

/// Takes the agent's answers as they come, and passes on what the command says.
pub struct Answers<O, E> {
    decoder: Decoder,
    stdout: O,
    stderr: E,
    /// What mounting, and unpacking the files, complained of.
    complaint: Vec<u8>,
}

impl<O: Write, E: Write> Answers<O, E> {
    pub fn new(stdout: O, stderr: E) -> Answers<O, E> {
        Answers {
            decoder: Decoder::default(),
            stdout,
            stderr,
            complaint: Vec::new(),
        }
    }

    /// Whether more is wanted.
    pub fn take(&mut self, bytes: &[u8], sender: &Sender<Event>) -> bool {
        self.decoder.push(bytes);
        loop {
            match self.decoder.next_frame() {
                Ok(None) => return true,
                Ok(Some(frame)) => match self.answer(&frame) {
                    Ok(None) => {}
                    Ok(Some(event)) => return sender.send(event).is_ok(),
                    Err(error) => {
                        let _ = sender.send(Event::OutputClosed(error));
                        return false;
                    }
                },
                Err(error) => {
                    let _ = sender.send(Event::Agent(Err(client::Error::Io(io::Error::other(error)))));
                    return false;
                }
            }
        }
    }

    fn answer(&mut self, frame: &Frame) -> io::Result<Option<Event>> {
        match (frame.kind, frame.id) {
            (Kind::Stdout, COMMAND) => write(&mut self.stdout, &frame.payload)?,
            (Kind::Stderr, COMMAND) => write(&mut self.stderr, &frame.payload)?,
            (Kind::Exit, COMMAND) => return Ok(Exit::decode(&frame.payload).map(Event::CommandExit)),
            (Kind::Stderr, _) => self.complaint.extend(&frame.payload),
            // Whoever asked for it finds what it did.
            (Kind::Exit, LAST) => {}
            (Kind::Exit, id) if Exit::decode(&frame.payload) != Some(Exit::Code(0)) => {
                let why = String::from_utf8_lossy(&self.complaint).trim().replace('\n', "; ");
                let what = match id {
                    PUSH => "copy files into the guest",
                    _ => "mount a share in the guest",
                };
                let error = io::Error::other(format!("cannot {what}: {why}"));
                return Ok(Some(Event::Agent(Err(client::Error::Io(error)))));
            }
            _ => {}
        }
        Ok(None)
    }
}

fn write(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

/// The agent's strings end at NUL.
fn check(spec: &CommandSpec) -> Result<(), client::Error> {
    match spec.has_nul() {
        true => Err(client::Error::Nul),
        false => Ok(()),
    }
}

/// Where the request lies in a run directory.
pub fn file(directory: &Path) -> PathBuf {
    directory.join("request")
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;

    fn simple(spec: &CommandSpec) -> Request<'_> {
        Request {
            mounts: &[],
            push: &[],
            spec,
            input: b"",
            last: None,
            readfile: None,
        }
    }

    fn frames(bytes: &[u8]) -> Vec<Frame> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_frame().unwrap()).collect()
    }

    #[test]
    fn a_word_that_the_agent_would_read_the_beginning_of_is_refused() {
        assert!(simple(&CommandSpec::new(["echo", "a\0b"])).encode().is_err());
    }

    #[test]
    fn files_come_before_the_command_a_last_word_after_it_and_only_that_is_measured() {
        let files = tempfile::tempdir().unwrap();
        std::fs::write(files.path().join("hello.ko"), "module").unwrap();
        let (cat, sync) = (CommandSpec::new(["cat"]), CommandSpec::new(["sync"]));
        let request = Request {
            push: &[files.path().to_owned()],
            input: b"input",
            last: Some(&sync),
            ..simple(&cat)
        };
        let request = request.encode().unwrap();
        let starts: Vec<(u32, u32)> = frames(&request)
            .iter()
            .filter(|frame| frame.kind == Kind::Start)
            .map(|frame| (frame.id, frame.value()))
            .collect();
        assert_eq!(starts, [(PUSH, 0), (COMMAND, MEASURED), (LAST, 0)]);
        let input: Vec<u8> = frames(&request)
            .iter()
            .filter(|frame| frame.kind == Kind::Stdin && frame.id == COMMAND)
            .flat_map(|frame| frame.payload.clone())
            .collect();
        assert_eq!(input, b"input");
        let kinds: Vec<Kind> = frames(&request).iter().rev().take(3).map(|frame| frame.kind).collect();
        assert_eq!(kinds, [Kind::Credit, Kind::Start, Kind::StdinEof]);
    }

    #[test]
    fn a_request_ends_where_another_file_takes_its_place() {
        let cat = CommandSpec::new(["cat"]);
        let request = |file: &[u8]| {
            Request {
                readfile: Some(file),
                ..simple(&cat)
            }
            .encode()
        };
        let plain = request(b"").unwrap();
        assert_eq!(frames(&plain).last().unwrap().kind, Kind::Start);
        // Text is no frame, however long it is.
        assert_eq!(request(&b"all work and no play\n".repeat(1000)), Ok(plain.clone()));
        // Zeros are passed over, to the file's end and to a frame.
        let zeros = vec![0; plain.len() + 100];
        assert_eq!(request(&zeros), Ok(plain.clone()));
        let frame = Frame::new(Kind::Stdin, COMMAND, *b"!").encode();
        assert!(request(&[zeros, frame.clone()].concat()).is_err());
        // One that begins right where the request ends is no longer there a byte further on.
        let unlucky = [vec![b'x'; plain.len()], frame].concat();
        let moved = request(&unlucky).unwrap();
        assert_eq!((moved.len(), &moved[1..]), (plain.len() + 1, &plain[..]));
        assert!(goes_on_in(&unlucky, plain.len()) && !goes_on_in(&unlucky, moved.len()));
    }

    #[test]
    fn a_request_is_the_same_each_time() {
        let files = tempfile::tempdir().unwrap();
        std::fs::write(files.path().join("a"), "a").unwrap();
        std::fs::write(files.path().join("b"), "b").unwrap();
        let make = || {
            let push = [files.path().to_owned()];
            let spec = CommandSpec::new(["true"]);
            let request = Request {
                push: &push,
                ..simple(&spec)
            };
            request.encode().unwrap()
        };
        assert_eq!(make(), make());
    }

    #[test]
    fn answers_are_cut_anywhere_and_sorted() {
        let exit = Frame::new(Kind::Exit, COMMAND, [&[0u8][..], &42u32.to_le_bytes()].concat());
        let said: Vec<u8> = [
            Frame::hello(&[0; 16]),
            Frame::new(Kind::Stdout, COMMAND, *b"out"),
            Frame::new(Kind::Stderr, COMMAND, *b"err"),
            Frame::new(Kind::Stdout, PUSH, *b"nobody's"),
            exit,
        ]
        .iter()
        .flat_map(Frame::encode)
        .collect();
        let (sender, events) = unbounded();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut answers = Answers::new(&mut stdout, &mut stderr);
        said.chunks(3).for_each(|piece| assert!(answers.take(piece, &sender)));
        assert!(matches!(events.try_recv(), Ok(Event::CommandExit(Exit::Code(42)))));
        assert_eq!((&stdout[..], &stderr[..]), (&b"out"[..], &b"err"[..]));
    }

    #[test]
    fn files_that_cannot_be_unpacked_end_the_run() {
        let exit = Frame::new(Kind::Exit, PUSH, [&[0u8][..], &1u32.to_le_bytes()].concat());
        let said = [Frame::new(Kind::Stderr, PUSH, *b"tar: no space\n"), exit];
        let (sender, events) = unbounded();
        let mut answers = Answers::new(io::sink(), io::sink());
        let bytes: Vec<u8> = said.iter().flat_map(Frame::encode).collect();
        answers.take(&bytes, &sender);
        let Ok(Event::Agent(Err(error))) = events.try_recv() else {
            panic!("an error was expected");
        };
        assert!(error.to_string().contains("tar: no space"), "{error}");
    }
}
