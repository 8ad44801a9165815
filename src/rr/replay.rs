//! The emulator of a run once more, as rr recorded it: to its end, or under GDB, which then goes backwards as well.
//!
//! ```text
//! rr replay -a        executes the recording and compares it at every system call
//! rr replay -d GDB    serves a GDB that it starts itself, and adds what says where it serves
//! ```

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, unbounded};
use serde::Serialize;

use crate::command_line::CommandLine;
use crate::diag::{Error, Exit, Result};
use crate::events::Event;
use crate::gdb::{self, Attendance, Kit, Step, Wishes};
use crate::host::child::{Child, Kind};
use crate::host::signals;
use crate::scratch::Scratch;

use super::{Recorder, TRACE};

/// rr's own mark, until it has written all.
const INCOMPLETE: &str = "incomplete";

/// A run whose emulator was recorded.
pub struct Recording<'a> {
    pub recorder: &'a Recorder,
    /// Run directory.
    pub run: &'a Path,
    /// What was recorded.
    pub emulator: &'a CommandLine,
}

impl Recording<'_> {
    /// Whether there is a whole one.
    fn check(&self) -> Result<()> {
        if !self.recorder.program.is_file() {
            let message = format!("{}, which made the recording, is gone", self.recorder.program.display());
            return Err(
                Error::usage("lkmc::replay::no_rr", message).help("a recording is replayed by the rr that made it")
            );
        }
        if !self.run.join(TRACE).join(INCOMPLETE).exists() {
            return Ok(());
        }
        let message = "the recording of the emulator is cut short: lkmc or rr was killed while it was made";
        Err(Error::usage("lkmc::replay::cut_short", message).help("record it again"))
    }

    fn command_line(&self, options: &[&str]) -> CommandLine {
        let mut line = self.recorder.start_of("replay");
        line.groups.push(options.iter().map(Into::into).collect());
        line.groups.push(vec![self.run.join(TRACE).into()]);
        line
    }

    /// Executes it to its end; what rr says where that goes another way.
    pub fn repeat(&self, limit: Option<Duration>) -> Result<Option<String>> {
        self.check()?;
        let directory = Scratch::create("rr")?;
        let said = directory.path().join("said");
        let log = File::create(&said).map_err(|error| Error::io("cannot write", &said, error))?;
        let (sender, events) = unbounded();
        signals::listen(sender.clone())?;
        // With a terminal rr offers a debugger where it fails, and waits.
        let set_up = |command: &mut Command| {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .process_group(0);
        };
        // An error would mean that nobody wants to know.
        let ended = move |status| drop(sender.send(Event::EmulatorExit(status)));
        let _process = Child::start(Kind::Emulator, &self.command_line(&["-a", "-q"]), set_up, ended)?;
        let deadline = limit.map(|limit| Instant::now() + limit);
        loop {
            let event = match deadline {
                Some(deadline) => events.recv_deadline(deadline),
                None => events.recv().map_err(RecvTimeoutError::from),
            };
            match event {
                Ok(Event::EmulatorExit(status)) if status.success() => return Ok(None),
                Ok(Event::EmulatorExit(status)) => {
                    let text = std::fs::read_to_string(&said).unwrap_or_default();
                    let first = text.lines().find(|line| !line.trim().is_empty());
                    return Ok(Some(first.map_or_else(|| status.to_string(), str::to_owned)));
                }
                Ok(Event::Signal(signal)) => {
                    let message = format!("signal {signal} ended the replay");
                    return Err(Error::new(
                        Exit::Interrupted(signal),
                        "lkmc::replay::interrupted",
                        message,
                    ));
                }
                Ok(_) => {}
                Err(_) => {
                    let message = format!("the replay did not end within {:?}", limit.unwrap_or_default());
                    return Err(Error::timeout("lkmc::replay::timeout", message).help("--timeout gives it longer"));
                }
            }
        }
    }

    /// GDB at the emulator's main(). The status is GDB's.
    pub fn debug(&self, kit: &Kit, wishes: &Wishes, limit: Option<Duration>) -> Result<u8> {
        self.check()?;
        let order = Brief {
            program: self.emulator.executable().to_string_lossy().into_owned(),
            loaded: self
                .emulator
                .argv()
                .next()
                .is_some_and(|first| first != self.emulator.executable()),
            steps: wishes.for_order(),
        };
        // Plain data that serde_json can always represent.
        let order = serde_json::to_string(&order).unwrap_or_default();
        let debugger = gdb::session(&kit.program, &[], "lkmc.emulator_replay", &[&order], wishes)?;
        let directory = Scratch::create("rr")?;
        let script = directory.path().join("gdb");
        write_program(&script, &script_of(&debugger))?;
        let attendance = Attendance {
            line: &self.command_line(&["-q", "-d", &script.to_string_lossy()]),
            terminal: wishes.terminal(),
            run: None,
            limit: wishes.limit(limit, None),
        };
        attendance.attend()
    }
}

/// What GDB is told.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Brief {
    /// Whose symbols are wanted.
    program: String,
    /// By a dynamic loader that is the first word of its command line.
    loaded: bool,
    steps: Vec<Step>,
}

/// rr's options say where it serves, and so come before what wants to have a program.
fn script_of(debugger: &CommandLine) -> String {
    let environment = debugger
        .env
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", crate::shell::quote(value)));
    let groups = |groups: &[Vec<std::ffi::OsString>]| {
        let line = CommandLine {
            env: Vec::new(),
            groups: groups.to_vec(),
        };
        line.to_shell()
    };
    let (program, options) = debugger.groups.split_at(1);
    let environment: String = environment.collect();
    format!(
        "#!/bin/sh\n{environment}exec {} \"$@\" \\\n    {}\n",
        groups(program),
        groups(options)
    )
}

fn write_program(path: &Path, text: &str) -> Result<()> {
    let written = std::fs::write(path, text)
        .and_then(|()| File::open(path))
        .and_then(|file| file.set_permissions(PermissionsExt::from_mode(0o755)));
    written.map_err(|error| Error::io("cannot write", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gdb_has_its_own_options_behind_rrs() {
        let line = CommandLine {
            env: vec![("PYTHONHOME".into(), "/a b".into())],
            groups: vec![vec!["/gdb".into()], vec!["-ex".into(), "it's".into()]],
        };
        let wanted = "#!/bin/sh\nexport PYTHONHOME='/a b'\nexec /gdb \"$@\" \\\n    -ex 'it'\\''s'\n";
        assert_eq!(script_of(&line), wanted);
    }
}
