//! A recorded run once more: lkmc gets the command line that made it, where it was given.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crossbeam_channel::{Receiver, Sender, unbounded};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::diag::{Error, Result};
use crate::emulator::gem5::OUTPUT;
use crate::gem5::stats;
use crate::host::child::die_with_us;
use crate::host::signals;
use crate::host::thread::spawn_thread;
use crate::host::user::UserEvent;
use crate::run_directory::files;
use crate::run_directory::lookup::Recorded;
use crate::run_directory::run_json::Record;

/// Where the command's output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To whoever asked for the repetition.
    Shown,
    Unseen,
}

/// Signals that tell a program to end.
const ENDING: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// What a thread of ours has to say.
enum Note {
    /// All that was said on standard error, without its last line, and that line.
    Said(String, String),
    Signal(i32),
    Nothing,
}

impl From<UserEvent> for Note {
    fn from(event: UserEvent) -> Note {
        match event {
            UserEvent::Signal(signal) => Note::Signal(signal),
            _ => Note::Nothing,
        }
    }
}

/// Runs lkmc with these arguments, which make it end with its record on standard error. The new run's record.
pub fn repeat(run: &Recorded, arguments: &[String], output: Output) -> Result<Record> {
    let failed = |what: String| Error::infrastructure("lkmc::run::again", what);
    let mut command = Command::new(crate::paths::ourselves());
    command
        .env("LKMC_ROOT", crate::paths::repository()?)
        .args(arguments)
        .stdin(input(run, output))
        .stdout(match output {
            Output::Shown => Stdio::inherit(),
            Output::Unseen => Stdio::null(),
        })
        .stderr(Stdio::piped())
        // Ctrl-C on our terminal is for us, who pass it on.
        .process_group(0);
    if run.record.invocation.directory.is_dir() {
        command.current_dir(&run.record.invocation.directory);
    }
    die_with_us(&mut command);
    let (sender, notes) = unbounded();
    signals::listen(sender.clone())?;
    let not_started = |error| failed("the run cannot be started".into()).cause(error);
    let mut child = Attended(command.spawn().map_err(not_started)?);
    listen(&mut child.0, output, sender)?;
    let (said, last) = attend(&child.0, &notes);
    let status = child.0.wait().map_err(not_started)?;
    serde_json::from_str(&last).map_err(|_| match own_error(&last) {
        Some((message, help)) => failed(format!("the run cannot be made again: {message}")).help(help),
        None => failed(format!("the run ended with {status} and left no record")).help(said + &last),
    })
}

/// What that lkmc says of itself, and its help.
fn own_error(line: &str) -> Option<(String, String)> {
    let error: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| error["errors"][0][name].as_str().map(str::to_owned);
    Some((text("message")?, text("help").unwrap_or_default()))
}

/// It ends with this.
struct Attended(Child);

impl Drop for Attended {
    fn drop(&mut self) {
        // Neither does anything to a process that has been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What was read then, where that is known; else what we are given, but for the keys of somebody who only listens.
fn input(run: &Recorded, output: Output) -> Stdio {
    match File::open(run.directory.join(files::STDIN)) {
        Ok(file) if run.record.gem5.is_some() => file.into(),
        _ if output == Output::Unseen || run.record.gem5.is_some() => Stdio::null(),
        _ if rustix::termios::isatty(std::io::stdin()) => Stdio::null(),
        _ => Stdio::inherit(),
    }
}

/// Passes on what is said on standard error, all but the record at its end.
fn listen(child: &mut Child, output: Output, sender: Sender<Note>) -> Result<()> {
    // It was made with a pipe there.
    let Some(pipe) = child.stderr.take() else {
        return Ok(());
    };
    spawn_thread("stderr", move || {
        let (said, last) = pass_on(pipe, |line| {
            if output == Output::Shown {
                // Nobody reads it any more: the run hears of that from its standard output.
                let _ = std::io::stderr().write_all(line);
            }
        });
        let _ = sender.send(Note::Said(said, last));
    })
}

/// What came before the last line, its end at least; and that line. Of what is said only what may be the record has to wait.
fn pass_on(mut pipe: impl Read, mut say: impl FnMut(&[u8])) -> (String, String) {
    const KEPT: usize = 4096;
    let (mut chunk, mut said, mut last) = ([0; KEPT], Vec::new(), Vec::new());
    // How much of the last line has been passed on.
    let mut passed = 0;
    loop {
        let length = match pipe.read(&mut chunk) {
            Ok(length @ 1..) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            _ => break,
        };
        for part in chunk[..length].split_inclusive(|byte| *byte == b'\n') {
            if last.ends_with(b"\n") {
                say(&last[passed..]);
                passed = 0;
                said.append(&mut last);
                let old = said.len().saturating_sub(KEPT);
                said.drain(..old);
            }
            last.extend_from_slice(part);
            if !last.starts_with(b"{") {
                say(&last[passed..]);
                passed = last.len();
            }
        }
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&said), text(&last))
}

/// Until it has said all. Whoever wants us to end wants that of the run, which then ends in order.
fn attend(child: &Child, notes: &Receiver<Note>) -> (String, String) {
    loop {
        match notes.recv() {
            Ok(Note::Said(said, last)) => return (said, last),
            Ok(Note::Signal(signal)) => {
                // It has not been waited for, so that its number is still its own.
                if let (Some(pid), Some(signal)) = (
                    Pid::from_raw(child.id() as i32),
                    ENDING.into_iter().find(|it| it.as_raw() == signal),
                ) {
                    let _ = kill_process(pid, signal);
                }
            }
            Ok(Note::Nothing) => {}
            Err(_) => return (String::new(), String::new()),
        }
    }
}

/// What two simulations of the same have counted.
#[derive(Debug)]
pub enum Counted {
    Same,
    /// It was dumped so often, then so often.
    Dumps(usize, usize),
    /// Statistics that differ, the largest change first.
    Differs(Vec<stats::Change>),
}

impl Counted {
    /// By the runs' directories.
    pub fn between(before: &Path, after: &Path) -> Result<Counted> {
        let output = |run: &Path| stats::read(&run.join(OUTPUT));
        let (before, after) = (output(before)?, output(after)?);
        if before.len() != after.len() {
            return Ok(Counted::Dumps(before.len(), after.len()));
        }
        let changes: Vec<stats::Change> = before
            .iter()
            .zip(&after)
            .flat_map(|(before, after)| stats::difference(before, after))
            .collect();
        Ok(match changes.is_empty() {
            true => Counted::Same,
            false => Counted::Differs(changes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_for_us() {
        let mut passed = Vec::new();
        let said = pass_on(&b"one\n\xff\n{\"id\": 1}\n"[..], |line| passed.extend_from_slice(line));
        assert_eq!(said, ("one\n\u{fffd}\n".into(), "{\"id\": 1}\n".into()));
        assert_eq!(passed, b"one\n\xff\n");
        assert_eq!(pass_on(&b""[..], |_| {}), (String::new(), String::new()));
    }

    #[test]
    fn a_line_that_has_not_ended_does_not_wait() {
        let pieces = [&b"name"[..], b"? ", b"yes\n{\"a\"", b":1}\n", b"{\"id\":", b"1}\n"];
        let (sender, seen) = unbounded();
        let said = pass_on(Pieces(&pieces), |part| drop(sender.send(part.to_vec())));
        let seen: Vec<Vec<u8>> = seen.try_iter().filter(|part| !part.is_empty()).collect();
        assert_eq!(seen, [&b"name"[..], b"? ", b"yes\n", b"{\"a\":1}\n"]);
        assert_eq!(said, ("name? yes\n{\"a\":1}\n".into(), "{\"id\":1}\n".into()));
    }

    /// What comes at one time each.
    struct Pieces<'a>(&'a [&'a [u8]]);

    impl Read for Pieces<'_> {
        fn read(&mut self, chunk: &mut [u8]) -> std::io::Result<usize> {
            let Some((piece, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            self.0 = rest;
            chunk[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }
}
