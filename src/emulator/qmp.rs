//! A small client of QEMU's machine protocol: JSON lines over a socket, with events in between.

use std::io::{BufRead, BufReader, IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("QEMU did not answer `{0}` in time")]
    Deadline(String),
    #[error("the connection to QEMU's monitor ended")]
    Lost,
    #[error("QEMU refused `{command}`: {description}")]
    Refused { command: String, description: String },
}

/// What QEMU tells unasked, as far as it is listened to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "event", content = "data")]
pub enum Event {
    /// The machine has ended, for a reason of QEMU's `ShutdownCause`: `guest-shutdown`, `guest-reset`, `host-signal`.
    #[serde(rename = "SHUTDOWN")]
    Shutdown { reason: String },
    /// The machine stands still.
    #[serde(rename = "STOP")]
    Stop,
    #[serde(rename = "RESUME")]
    Resume,
    /// A program in the guest has opened or closed a virtio port.
    #[serde(rename = "VSERPORT_CHANGE")]
    PortChange { id: String, open: bool },
}

#[derive(Deserialize)]
struct Refusal {
    desc: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Event(Event),
    Return { r#return: Value, id: u64 },
    Error { error: Refusal, id: u64 },
}

pub struct Qmp {
    stream: UnixStream,
    answers: Receiver<(u64, Result<Value, String>)>,
    events: Receiver<(Event, Instant)>,
    /// Number of the last request. An answer that comes after its deadline is not the next one's.
    asked: u64,
}

impl Qmp {
    /// Takes the connection into command mode.
    pub fn connect(stream: UnixStream, deadline: Instant) -> Result<Qmp, Error> {
        let reader = stream.try_clone().map_err(|_| Error::Lost)?;
        let (answer_sender, answers) = unbounded();
        let (event_sender, events) = unbounded();
        let read = move || {
            for line in BufReader::new(reader).lines() {
                let Ok(line) = line else { break };
                // Receivers that are gone have lost interest. Anything else is the greeting, or news for nobody.
                match serde_json::from_str(&line) {
                    Ok(Message::Event(event)) => drop(event_sender.send((event, Instant::now()))),
                    Ok(Message::Return { r#return, id }) => drop(answer_sender.send((id, Ok(r#return)))),
                    Ok(Message::Error { error, id }) => drop(answer_sender.send((id, Err(error.desc)))),
                    Err(_) => {}
                }
            }
        };
        std::thread::Builder::new()
            .name("qmp".into())
            .spawn(read)
            .map_err(|_| Error::Lost)?;
        let mut qmp = Qmp {
            stream,
            answers,
            events,
            asked: 0,
        };
        qmp.execute("qmp_capabilities", Value::Null, deadline)?;
        Ok(qmp)
    }

    /// Each with the time at which it was read.
    pub fn events(&self) -> &Receiver<(Event, Instant)> {
        &self.events
    }

    pub fn execute(&mut self, command: &str, arguments: Value, deadline: Instant) -> Result<Value, Error> {
        let request = self.request(command, arguments);
        self.stream.write_all(request.as_bytes()).map_err(|_| Error::Lost)?;
        self.answer(command, deadline)
    }

    /// The same, for a command that takes a file descriptor, which comes with the request's bytes.
    pub fn execute_with_file(
        &mut self,
        command: &str,
        arguments: Value,
        file: BorrowedFd,
        deadline: Instant,
    ) -> Result<Value, Error> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let files = [file];
        if !ancillary.push(SendAncillaryMessage::ScmRights(&files)) {
            return Err(Error::Lost);
        }
        let request = self.request(command, arguments);
        let parts = [IoSlice::new(request.as_bytes())];
        // Far shorter than what a socket takes at once.
        match sendmsg(&self.stream, &parts, &mut ancillary, SendFlags::empty()) {
            Ok(sent) if sent == request.len() => self.answer(command, deadline),
            _ => Err(Error::Lost),
        }
    }

    fn answer(&mut self, command: &str, deadline: Instant) -> Result<Value, Error> {
        loop {
            return match self.answers.recv_deadline(deadline) {
                Ok((id, _)) if id != self.asked => continue,
                Ok((_, Ok(value))) => Ok(value),
                Ok((_, Err(description))) => Err(Error::Refused {
                    command: command.into(),
                    description,
                }),
                Err(RecvTimeoutError::Timeout) => Err(Error::Deadline(command.into())),
                Err(RecvTimeoutError::Disconnected) => Err(Error::Lost),
            };
        }
    }

    fn request(&mut self, command: &str, arguments: Value) -> String {
        self.asked += 1;
        let mut request = json!({ "execute": command, "id": self.asked });
        if !arguments.is_null() {
            request["arguments"] = arguments;
        }
        format!("{request}\n")
    }

    /// Repeats a query until it says so; QEMU has no event for most ends of waiting.
    pub fn wait_until(
        &mut self,
        query: &str,
        deadline: Instant,
        mut done: impl FnMut(&Value) -> bool,
    ) -> Result<Value, Error> {
        loop {
            let value = self.execute(query, Value::Null, deadline)?;
            if done(&value) {
                return Ok(value);
            }
            if Instant::now() >= deadline {
                return Err(Error::Deadline(query.into()));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Qmp {
    fn drop(&mut self) {
        // Ends the reading thread.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_comes_too_late_is_not_the_next_ones() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let answer = move || {
            let mut lines = BufReader::new(theirs.try_clone().unwrap()).lines();
            let mut stream = theirs;
            let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
            let mut say = |message: Value| writeln!(stream, "{message}").unwrap();
            say(json!({ "QMP": {} }));
            say(json!({ "return": {}, "id": next()["id"] }));
            let (late, asked) = (next(), next());
            say(json!({ "return": "late", "id": late["id"] }));
            say(json!({ "event": "RTC_CHANGE", "data": { "offset": 1 }, "timestamp": { "seconds": 1 } }));
            say(json!({ "event": "STOP", "timestamp": { "seconds": 1, "microseconds": 2 } }));
            say(json!({ "event": "SHUTDOWN", "data": { "guest": true, "reason": "guest-reset" } }));
            say(json!({ "event": "VSERPORT_CHANGE", "data": { "id": "agent", "open": false } }));
            say(json!({ "error": { "desc": "no" }, "id": asked["id"] }));
        };
        let qemu = std::thread::spawn(answer);
        let later = || Instant::now() + Duration::from_secs(20);
        let mut qmp = Qmp::connect(ours, later()).unwrap();
        let late = qmp.execute("query-status", Value::Null, Instant::now());
        assert!(matches!(late, Err(Error::Deadline(_))));
        let refused = qmp.execute("stop", json!({}), later());
        assert!(matches!(refused, Err(Error::Refused { description, .. }) if description == "no"));
        let heard: Vec<Event> = qmp.events().try_iter().map(|(event, _)| event).collect();
        let (reason, id) = ("guest-reset".into(), "agent".into());
        assert_eq!(
            heard,
            [
                Event::Stop,
                Event::Shutdown { reason },
                Event::PortChange { id, open: false }
            ]
        );
        qemu.join().unwrap();
    }
}
