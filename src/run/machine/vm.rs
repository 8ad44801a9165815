//! A running emulator and everything that is heard from it, as one ordered stream of events.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use serde_json::json;

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator::qemu::{AGENT_SOCKET, CONSOLE_LOG, CONSOLE_SOCKET, QMP_SOCKET};
use crate::emulator::qmp::{self, Qmp};
use crate::emulator::{EMULATOR_LOG, gem5};
use crate::events::Event;
use crate::gdb::{self, Terminal};
use crate::guest::client::{Agent, Greeting};
use crate::host::child::{Child, Kind};
use crate::host::socket::connect_socket;
use crate::host::thread::spawn_thread;
use crate::run::console;
use crate::run::console::keyboard::Keyboard;
use crate::verdict::Scanner;

/// How long what comes without a pause counts more than a deadline that is over.
const OVERTIME: Duration = Duration::from_secs(1);

pub struct Vm {
    emulator: Child,
    directory: PathBuf,
    events: Receiver<Event>,
    sender: Sender<Event>,
    pending: VecDeque<Event>,
    console_stop: console::Stop,
    /// Position in the console's log up to which its events have been taken.
    heard: u64,
    scanner: Arc<Mutex<Scanner>>,
    /// Once its hello has been answered.
    pub agent: Option<Arc<Agent>>,
    pub qmp: Option<Qmp>,
    /// The monitor has said its last; mostly before the process is seen to end.
    monitor_ended: bool,
    /// `reason` of QEMU's SHUTDOWN event.
    shutdown: Option<String>,
    /// A machine that ends stands still instead.
    stays: bool,
    halted: bool,
    ended: bool,
    /// Whether the emulator writes the console's log: QEMU does.
    logs_itself: bool,
}

/// Where the emulator's own input and output go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    Log,
    /// It is a GDB that has started the emulator, and this one talks to it.
    Debugger(Terminal),
}

/// How an emulator is heard.
pub enum Links {
    /// QEMU: a monitor and an agent on sockets, and a console that QEMU logs. Without a greeting there is no agent.
    Sockets(Option<Greeting>),
    /// gem5: a file that the console is written to, which is copied to the run's console log.
    Files { console: PathBuf },
}

impl Vm {
    /// Starts the emulator with the run directory as its working directory. The agent is given until `boot`.
    pub fn start(line: &CommandLine, directory: &Path, links: Links, boot: Instant) -> Result<Vm> {
        Vm::start_with(line, directory, links, Streams::Log, boot)
    }

    pub fn start_with(
        line: &CommandLine,
        directory: &Path,
        links: Links,
        streams: Streams,
        boot: Instant,
    ) -> Result<Vm> {
        // A machine that is restored in the same directory goes on in the same log.
        let log = directory.join(CONSOLE_LOG);
        let file = File::options().create(true).append(true).open(&log);
        let file = file.map_err(|error| Error::io("cannot create", &log, error))?;
        let heard = length(&log);
        let (sender, events) = unbounded();
        let emulator = spawn(line, directory, streams, sender.clone())?;
        let mut vm = Vm {
            emulator,
            directory: directory.to_owned(),
            events,
            sender,
            pending: VecDeque::new(),
            console_stop: console::Stop::default(),
            heard,
            scanner: Arc::default(),
            agent: None,
            qmp: None,
            monitor_ended: false,
            shutdown: None,
            stays: false,
            halted: false,
            ended: false,
            logs_itself: matches!(links, Links::Sockets(_)),
        };
        match links {
            Links::Files { console } => {
                // There is no monitor whose end could be waited for.
                vm.monitor_ended = true;
                let start = length(&console);
                vm.follow_console(console, start, Some(file))?;
            }
            Links::Sockets(greeting) => {
                vm.follow_console(log, heard, None)?;
                vm.connect_monitor(boot)?;
                if let Some(greeting) = greeting {
                    vm.connect_agent(greeting, boot)?;
                }
            }
        }
        Ok(vm)
    }

    fn connect_monitor(&self, boot: Instant) -> Result<()> {
        self.connect(QMP_SOCKET, boot, move |vm, stream| {
            let qmp = Qmp::connect(stream, boot);
            let events = qmp.as_ref().ok().map(|qmp| qmp.events().clone());
            let _ = vm.send(Event::Qmp(qmp));
            for (event, at) in events.into_iter().flatten() {
                let _ = vm.send(Event::Monitor(event, at));
            }
            let _ = vm.send(Event::QmpEnd);
        })
    }

    fn connect_agent(&self, greeting: Greeting, boot: Instant) -> Result<()> {
        self.connect(AGENT_SOCKET, boot, move |vm, stream| {
            let agent = Agent::connect(stream, greeting, boot);
            let events = agent.as_ref().ok().map(|agent| agent.events().clone());
            let _ = vm.send(Event::Agent(agent.map(Arc::new)));
            for event in events.into_iter().flatten() {
                let _ = vm.send(Event::Guest(event));
            }
        })
    }

    pub fn pid(&self) -> u32 {
        self.emulator.pid
    }

    /// The monitor, once it has answered. None at the deadline, or if the emulator ends.
    pub fn wait_for_monitor(&mut self, deadline: Instant) -> Option<&mut Qmp> {
        while self.qmp.is_none() {
            let event = self.events.recv_deadline(deadline).ok()?;
            let ended = matches!(event, Event::EmulatorExit(_));
            let event = self.note(event);
            self.pending.extend(event);
            if ended {
                return None;
            }
        }
        self.qmp.as_mut()
    }

    /// A machine that switches itself off or resets itself stands still from now on, in place of being gone.
    pub fn stay(&mut self, deadline: Instant) -> Result<(), qmp::Error> {
        let qmp = self.wait_for_monitor(deadline).ok_or(qmp::Error::Lost)?;
        qmp.execute("set-action", json!({ "shutdown": "pause" }), deadline)?;
        self.stays = true;
        Ok(())
    }

    /// Whether the machine has ended, and its emulator has not.
    pub fn is_halted(&self) -> bool {
        self.halted
    }

    /// Whether the emulator's own end has been heard.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    pub fn last_lines(&self) -> Vec<String> {
        lock(&self.scanner).last_lines()
    }

    /// The machine goes on from an earlier state, whatever had become of it.
    pub fn revive(&mut self) -> Result<()> {
        self.forget_findings();
        if std::mem::take(&mut self.halted) {
            self.monitor_ended = false;
            // What was on the console until then has been heard to the end.
            self.console_stop = console::Stop::default();
            self.follow_console(self.directory.join(CONSOLE_LOG), self.heard, None)?;
        }
        Ok(())
    }

    /// What was found on the console counts no more.
    pub fn forget_findings(&mut self) {
        *lock(&self.scanner) = Scanner::default();
        self.shutdown = None;
    }

    /// Whether the machine was reset by something that the kernel had not announced: on a PC a triple fault, which is what a
    /// processor does that cannot even report an exception.
    pub fn reset_itself(&self) -> bool {
        let announced = lock(&self.scanner).announced_restart();
        self.ended_by_guest() == Some("guest-reset") && !announced
    }

    /// How the shell on the console ended, if only the console says so.
    pub fn shell_status(&self) -> Option<u8> {
        lock(&self.scanner).shell_status()
    }

    /// How far the console's log has been taken note of.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// The console's other half; an error until it is there.
    pub fn keyboard(&self) -> std::io::Result<Keyboard> {
        match self.logs_itself {
            true => Keyboard::brief(&self.directory, CONSOLE_SOCKET),
            false => Keyboard::held(&self.directory, gem5::CONSOLE_SOCKET),
        }
    }

    /// The next event of the machine or from `others`, or `None` at the deadline. The emulator's end comes after everything
    /// else that it said.
    pub fn next(&mut self, others: &Receiver<Event>, deadline: Option<Instant>) -> Option<Event> {
        if let Some(event) = self.pending.pop_front() {
            return Some(event);
        }
        // A console that never pauses would hold off every deadline.
        if deadline.is_some_and(|deadline| deadline.elapsed() > OVERTIME) {
            return None;
        }
        let at = deadline.map_or_else(never, crossbeam_channel::at);
        // Both channels stay open: a sender is kept with each receiver. Of what is there `select!` draws one; a deadline that has
        // come shall not be among it, and outweigh what was said before.
        let event = select! {
            recv(self.events) -> event => event.ok()?,
            recv(others) -> event => return event.ok(),
            default => select! {
                recv(self.events) -> event => event.ok()?,
                recv(others) -> event => return event.ok(),
                recv(at) -> _ => return None,
            },
        };
        match self.note(event)? {
            Event::EmulatorExit(status) => {
                self.drain();
                self.pending.push_back(Event::EmulatorExit(status));
                self.pending.pop_front()
            }
            Event::Monitor(qmp::Event::Shutdown { .. }, _) if self.stays => {
                self.halted = true;
                self.monitor_ended = true;
                self.drain();
                self.pending.push_back(Event::Halted);
                self.pending.pop_front()
            }
            event => Some(event),
        }
    }

    /// Keeps what later stages need; passes everything else on.
    fn note(&mut self, event: Event) -> Option<Event> {
        self.monitor_ended |= matches!(event, Event::QmpEnd | Event::Qmp(Err(_)));
        self.ended |= matches!(event, Event::EmulatorExit(_));
        match event {
            Event::Qmp(Ok(qmp)) => {
                self.qmp = Some(qmp);
                Some(Event::MonitorReady)
            }
            Event::Agent(Ok(agent)) => {
                self.agent = Some(agent);
                Some(Event::Ready)
            }
            Event::Console(bytes) => {
                self.heard += bytes.len() as u64;
                Some(Event::Console(bytes))
            }
            Event::Monitor(qmp::Event::Shutdown { reason }, at) => {
                self.shutdown = Some(reason.clone());
                Some(Event::Monitor(qmp::Event::Shutdown { reason }, at))
            }
            event => Some(event),
        }
    }

    /// Collects what the machine said before it ended.
    fn drain(&mut self) {
        self.collect(|vm| vm.monitor_ended);
    }

    /// Collects what is on the console of a machine that stands still. What it says later is not heard any more.
    pub fn end_console(&mut self) {
        self.collect(|_| true);
    }

    /// Until the console has been read to its end, and something else has happened too.
    fn collect(&mut self, and: impl Fn(&Vm) -> bool) {
        self.console_stop.set();
        let deadline = Instant::now() + Duration::from_secs(1);
        let mut console = false;
        while !(console && and(self)) {
            let Ok(event) = self.events.recv_deadline(deadline) else {
                break;
            };
            console |= matches!(event, Event::ConsoleEnd);
            let event = self.note(event);
            self.pending.extend(event);
        }
    }

    /// The switch of QEMU's RISC-V board ends the emulator without a word on the monitor (hw/misc/sifive_test.c); whatever else
    /// ends it with status 0 says there what it was.
    pub fn was_switched_off(&self, status: ExitStatus) -> bool {
        status.success() && self.qmp.is_some() && self.monitor_ended && self.shutdown.is_none()
    }

    /// Why the emulator ended, if the guest wanted it: `guest-shutdown` or `guest-reset`.
    pub fn ended_by_guest(&self) -> Option<&str> {
        self.shutdown.as_deref().filter(|reason| reason.starts_with("guest-"))
    }

    /// Messages with names of files may be in any encoding.
    fn emulator_log(&self) -> String {
        let log = std::fs::read(self.directory.join(EMULATOR_LOG)).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// One sentence on an end that nobody asked for.
    pub fn describe_death(&self, status: ExitStatus) -> String {
        let log = self.emulator_log();
        let how = match (status.signal(), status.code()) {
            (Some(signal), _) => format!("the emulator was killed by signal {signal}"),
            (_, Some(code)) => format!("the emulator exited with status {code}"),
            _ => "the emulator ended".into(),
        };
        // gem5 says more behind its reason.
        let reason = |line: &&str| line.contains(": fatal: ") || line.contains(": panic: ");
        let last = || log.lines().rev().find(|line| !line.trim().is_empty());
        match log.lines().rev().find(reason).or_else(last) {
            Some(last) => format!("{how}: {last}"),
            None => how,
        }
    }

    /// Whether the emulator has said more than warnings.
    pub fn has_complained(&self) -> bool {
        self.emulator_log()
            .lines()
            .any(|line| !line.trim().is_empty() && !line.contains(": warning: "))
    }

    fn follow_console(&mut self, log: PathBuf, start: u64, mut copy: Option<File>) -> Result<()> {
        let (sender, stop, scanner) = (
            self.sender.clone(),
            self.console_stop.clone(),
            Arc::clone(&self.scanner),
        );
        spawn_thread("console", move || {
            let result = console::follow(&log, start, &stop, |bytes| {
                if let Some(copy) = &mut copy {
                    // A disk that is full now was not a moment ago; the file itself is kept.
                    let _ = copy.write_all(bytes);
                }
                let findings = lock(&scanner).feed(bytes);
                // Whoever has taken the bytes knows what was found in them.
                let findings = findings.into_iter().map(Event::Finding);
                findings
                    .chain([Event::Console(bytes.to_vec())])
                    .all(|event| sender.send(event).is_ok())
            });
            if let Err(error) = result {
                let _ = sender.send(Event::ConsoleError(error));
            }
            let _ = sender.send(Event::ConsoleEnd);
        })
    }

    /// Connects to one of the emulator's sockets, which appears a moment after its start, and goes on in a thread.
    fn connect(
        &self,
        socket: &'static str,
        deadline: Instant,
        then: impl FnOnce(&Sender<Event>, UnixStream) + Send + 'static,
    ) -> Result<()> {
        let (sender, directory) = (self.sender.clone(), self.directory.clone());
        spawn_thread("connect", move || {
            // The receiver of our events has the same deadline.
            let since = Instant::now();
            while Instant::now() < deadline {
                if let Ok(stream) = connect_socket(&directory, socket) {
                    return then(&sender, stream);
                }
                // An emulator that GDB has stopped may take its time.
                std::thread::sleep((since.elapsed() / 100).clamp(Duration::from_millis(1), Duration::from_millis(50)));
            }
        })
    }
}

/// The console's follower waits for more, which does not come any more.
impl Drop for Vm {
    fn drop(&mut self) {
        self.console_stop.set();
    }
}

/// A thread that panicked has left it as good as it was.
fn lock(scanner: &Mutex<Scanner>) -> MutexGuard<'_, Scanner> {
    scanner.lock().unwrap_or_else(PoisonError::into_inner)
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

fn spawn(line: &CommandLine, directory: &Path, streams: Streams, sender: Sender<Event>) -> Result<Child> {
    let log = directory.join(EMULATOR_LOG);
    let output = File::create(&log).and_then(|file| Ok((file.try_clone()?, file)));
    let (out, err) = output.map_err(|error| Error::io("cannot create", &log, error))?;
    let set_up = |command: &mut Command| match streams {
        Streams::Log => {
            // Ctrl-C on our terminal is for us alone.
            command.current_dir(directory).process_group(0);
            command.stdin(Stdio::null()).stdout(out).stderr(err);
        }
        Streams::Debugger(terminal) => gdb::set_up(command, terminal),
    };
    let kind = match streams {
        Streams::Log => Kind::Emulator,
        Streams::Debugger(_) => Kind::Debugger,
    };
    let ended = move |status| drop(sender.send(Event::EmulatorExit(status)));
    Child::start(kind, line, set_up, ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine that says nothing of itself.
    fn machine(directory: &Path, script: &str) -> Vm {
        let line = CommandLine::of_words(&["/bin/sh".into(), "-c".into(), script.into()]);
        let console = directory.join("console");
        File::create(&console).unwrap();
        Vm::start(&line, directory, Links::Files { console }, Instant::now()).unwrap()
    }

    #[test]
    fn events_without_a_pause_hold_off_no_deadline() {
        let directory = tempfile::tempdir().unwrap();
        let mut vm = machine(directory.path(), "exec sleep 600");
        let (sender, flood) = unbounded();
        // Each event that is taken brings the next one.
        sender.send(Event::Wake).unwrap();
        let deadline = Instant::now() + Duration::from_millis(10);
        let limit = deadline + 20 * OVERTIME;
        while let Some(event) = vm.next(&flood, Some(deadline)) {
            assert!(Instant::now() < limit);
            sender.send(event).unwrap();
        }
    }

    #[test]
    fn an_emulator_is_understood_in_any_encoding() {
        let directory = tempfile::tempdir().unwrap();
        let script = r"printf 'cannot open caf\351: no such file\n' >&2; exit 7";
        let mut vm = machine(directory.path(), script);
        let nothing = crossbeam_channel::never();
        let status = loop {
            match vm.next(&nothing, Some(Instant::now() + Duration::from_secs(20))) {
                Some(Event::EmulatorExit(status)) => break status,
                event => assert!(event.is_some(), "the emulator does not end"),
            }
        };
        let death = vm.describe_death(status);
        assert!(
            death.starts_with("the emulator exited with status 7: cannot open caf"),
            "{death}"
        );
        assert!(death.ends_with(": no such file"), "{death}");
        assert!(vm.has_complained());
    }
}
