//! The host's side of the conversation with the guest agent: several commands at once over one connection.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::random::random;

use super::connection::Connection;
pub use super::connection::{Error, Greeting, Rewound};
use super::credit::Credit;
use super::events::{GuestEvent, ProcessEvent};
use super::process::{Output, Process};
use super::protocol::{CommandSpec, Exit, Kind};
use super::snapshots::{Answer, Cut, Request};

/// What is collected of a command's output, in MiB.
const MOST: usize = 16;
/// How long the last frames to a guest may be under way.
const FAREWELL: Duration = Duration::from_millis(500);

/// A connection to the agent of one guest.
pub struct Agent {
    connection: Arc<Connection>,
    events: Receiver<GuestEvent>,
}

impl Agent {
    /// Says hello and waits for the answer.
    pub fn connect(stream: UnixStream, greeting: Greeting, deadline: Instant) -> Result<Agent, Error> {
        let (connection, events) = Connection::open(stream, greeting, deadline)?;
        Ok(Agent { connection, events })
    }

    /// Ends the connection: somebody else has seen that the agent is gone.
    pub fn hang_up(&self) {
        self.connection.hang_up();
    }

    pub fn events(&self) -> &Receiver<GuestEvent> {
        &self.events
    }

    /// To be called before the guest goes on from an earlier state; commands end with `cut`.
    pub fn rewind(&self, cut: Cut) -> Result<Rewound, Error> {
        self.connection.rewind(cut)
    }

    /// Says hello to a guest that goes on from an earlier state.
    pub fn greet_again(&self, rewound: &Rewound, deadline: Instant) -> Result<(), Error> {
        self.connection.greet_again(rewound, deadline)
    }

    /// The machine has ended, and may go on from an earlier state.
    pub fn cut(&self, cut: Cut) {
        self.connection.cut(cut);
    }

    pub fn start(&self, spec: &CommandSpec, flags: u32) -> Result<Process, Error> {
        if spec.has_nul() {
            return Err(Error::Nul);
        }
        self.start_encoded(&spec.encode(), flags)
    }

    pub fn start_encoded(&self, spec: &[u8], flags: u32) -> Result<Process, Error> {
        let credit = Arc::new(Credit::window());
        let frames = |id| CommandSpec::frames(spec, id, flags);
        let (id, events) = self.connection.start(&credit, frames)?;
        Ok(Process::new(id, events, credit, Arc::clone(&self.connection)))
    }

    /// Runs a command to its end and collects what it says.
    pub fn output(&self, spec: &CommandSpec, deadline: Instant) -> Result<Output, Error> {
        self.output_of(spec, Vec::new(), deadline)
    }

    /// The same for a command that reads this.
    pub fn output_of(&self, spec: &CommandSpec, input: Vec<u8>, deadline: Instant) -> Result<Output, Error> {
        let process = self.start(spec, 0)?;
        let stdin = process.stdin();
        match input.len() {
            0 => stdin.close(),
            // Writing waits for the command to read, which it may never do; the thread ends with the connection.
            _ => drop(std::thread::Builder::new().name("input".into()).spawn(move || {
                stdin.write(&input);
                stdin.close();
            })?),
        }
        let mut output = Output {
            exit: Exit::Code(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        loop {
            if output.stdout.len() + output.stderr.len() > MOST << 20 {
                process.abandon();
                return Err(Error::TooMuch(MOST));
            }
            match process.events().recv_deadline(deadline) {
                Ok(ProcessEvent::Stdout(bytes)) => {
                    process.acknowledge(bytes.len());
                    output.stdout.extend(bytes);
                }
                Ok(ProcessEvent::Stderr(bytes)) => {
                    process.acknowledge(bytes.len());
                    output.stderr.extend(bytes);
                }
                Ok(ProcessEvent::Exit(exit)) => return Ok(Output { exit, ..output }),
                Ok(ProcessEvent::Cut(_) | ProcessEvent::Lost) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Lost);
                }
                Err(RecvTimeoutError::Timeout) => {
                    process.abandon();
                    return Err(Error::Deadline);
                }
            }
        }
    }

    /// Steps the guest's clock to ours and reseeds its random pool.
    pub fn synchronize(&self, deadline: Instant) -> Result<(), Error> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let mut payload = now.as_secs().to_le_bytes().to_vec();
        payload.extend(now.subsec_nanos().to_le_bytes());
        payload.extend(random::<32>()?);
        self.request(Kind::Sync, payload, deadline)
    }

    /// Tells the console's terminal its size.
    pub fn set_window_size(&self, rows: u16, columns: u16, deadline: Instant) -> Result<(), Error> {
        self.request(
            Kind::WindowSize,
            [rows.to_le_bytes(), columns.to_le_bytes()].concat(),
            deadline,
        )
    }

    /// Asks a supervisor to power its machine off.
    pub fn stop(&self, deadline: Instant) -> Result<(), Error> {
        self.request(Kind::Stop, Vec::new(), deadline)
    }

    /// Asks a supervisor about its guest's snapshots.
    pub fn ask(&self, request: &Request, deadline: Instant) -> Result<Answer, Error> {
        let payload = serde_json::to_vec(request).map_err(io::Error::from)?;
        let answer = self.connection.request(Kind::Ask, payload, deadline)?;
        Ok(serde_json::from_slice(&answer).map_err(io::Error::from)?)
    }

    /// What the agent does and says no more of than how it went.
    fn request(&self, kind: Kind, payload: Vec<u8>, deadline: Instant) -> Result<(), Error> {
        let answer = self.connection.request(kind, payload, deadline)?;
        match answer.first_chunk().map(|errno| i32::from_le_bytes(*errno)) {
            Some(0) => Ok(()),
            Some(errno) => Err(Error::Refused(io::Error::from_raw_os_error(errno))),
            None => Err(Error::Lost),
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // What was said last, a signal for a command for example, is still to arrive.
        self.connection.flush(FAREWELL);
        self.hang_up();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::super::protocol::{Decoder, Frame};
    use super::super::snapshots::CutReason;
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    /// Both ends of a connection whose agent has answered.
    fn connected() -> (Agent, UnixStream, Decoder) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let agent = std::thread::spawn(move || {
            let mut decoder = Decoder::default();
            let hello = hear(&mut theirs, &mut decoder);
            theirs.write_all(&hello.encode()).unwrap();
            (theirs, decoder)
        });
        let connection = Agent::connect(ours, Greeting::Booting, soon()).unwrap();
        let (theirs, decoder) = agent.join().unwrap();
        (connection, theirs, decoder)
    }

    fn hear(stream: &mut UnixStream, decoder: &mut Decoder) -> Frame {
        let mut chunk = [0; 4096];
        loop {
            if let Some(frame) = decoder.next_frame().unwrap() {
                return frame;
            }
            let length = stream.read(&mut chunk).unwrap();
            assert!(length > 0, "the connection has ended");
            decoder.push(&chunk[..length]);
        }
    }

    #[test]
    fn a_guest_that_takes_nothing_outlasts_no_deadline() {
        let (agent, _theirs, _) = connected();
        let spec = CommandSpec::new(vec!["x".repeat(8 << 20)]);
        let output = agent.output(&spec, Instant::now() + Duration::from_millis(50));
        assert!(matches!(output, Err(Error::Deadline)));
    }

    #[test]
    fn what_was_said_last_arrives_before_the_connection_ends() {
        let (agent, mut theirs, mut decoder) = connected();
        let process = agent.start(&CommandSpec::new(["x"]), 0).unwrap();
        process.signal(1);
        drop(agent);
        let mut kinds = (0..3).map(|_| hear(&mut theirs, &mut decoder).kind);
        assert!(kinds.any(|kind| kind == Kind::Signal));
    }

    #[test]
    fn a_command_that_nobody_waits_for_is_killed_and_gets_rid_of_its_output() {
        let (agent, mut theirs, mut decoder) = connected();
        let output = agent.output(&CommandSpec::new(["yes"]), Instant::now());
        assert!(matches!(output, Err(Error::Deadline)));
        let heard: Vec<_> = (0..5).map(|_| hear(&mut theirs, &mut decoder)).collect();
        let said = |kind| heard.iter().any(|frame| frame.kind == kind);
        assert!(said(Kind::Signal) && said(Kind::Credit), "{heard:?}");
    }

    #[test]
    fn a_guest_that_was_set_back_in_the_middle_of_a_frame_is_understood() {
        let (agent, mut theirs, mut decoder) = connected();
        let process = agent.start(&CommandSpec::new(["x"]), 0).unwrap();
        let id = hear(&mut theirs, &mut decoder).id;
        let frame = Frame::new(Kind::Stdout, id, [7; 100]).encode();
        theirs.write_all(&frame[..50]).unwrap();
        let cut = Cut {
            why: "it is back".into(),
            reason: CutReason::Restored,
        };
        let rewound = agent.rewind(cut.clone()).unwrap();
        assert_eq!(
            process.events().recv_deadline(soon()),
            Ok(ProcessEvent::Cut(cut.clone()))
        );
        // Nothing is started in a state that is about to be gone.
        let meanwhile = agent.start(&CommandSpec::new(["y"]), 0).map(drop);
        assert!(matches!(meanwhile, Err(Error::Cut(why)) if why == cut));
        let guest = std::thread::spawn(move || {
            // What the earlier state had under way comes first.
            theirs.write_all(&frame[20..]).unwrap();
            loop {
                let heard = hear(&mut theirs, &mut decoder);
                let answer = match heard.kind {
                    Kind::Hello => heard,
                    Kind::WindowSize => Frame::number(Kind::Done, heard.id, 0),
                    _ => continue,
                };
                theirs.write_all(&answer.encode()).unwrap();
                if answer.kind == Kind::Done {
                    return;
                }
            }
        });
        agent.greet_again(&rewound, soon()).unwrap();
        assert!(agent.start(&CommandSpec::new(["z"]), 0).is_ok());
        agent.set_window_size(25, 80, soon()).unwrap();
        guest.join().unwrap();
    }
}
