//! Takes a guest through the stages of a run. Each stage ends well, or with what ended the run.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use serde_json::Value;

use crate::diag::Result;
use crate::emulator::qemu::AGENT;
use crate::emulator::qmp;
use crate::events::Event;
use crate::events::streams::{self, Input};
use crate::gdb;
use crate::guest::client::{self, Agent};
use crate::guest::events::GuestEvent;
use crate::guest::protocol::CommandSpec;
use crate::host::terminal;
use crate::host::thread::spawn_thread;
use crate::host::typed::{Typed, Way};
use crate::run_directory::RunDirectory;
use crate::run_directory::conclusion::{Cause, Conclusion};
use crate::run_directory::run_json::Record;
use crate::verdict::{Finding, Trouble};

use super::console::keyboard::Keyboard;
use super::console::screen::{self, Screen};
use super::ending::Ending;
use super::machine::trace_capture::Tracer;
use super::machine::vm::Vm;
use super::patience;
use super::plan::Plan;
use super::task::FirstLine;
use super::under::Under;

use self::hub::Hub;

pub mod aftermath;
pub mod debugger;
mod hub;
mod start;
mod take_down;
pub mod whereabouts;

/// An emulator that has closed its connections gets this long to be gone.
const LAST_GRACE: Duration = Duration::from_secs(3);
/// QEMU tells of a port once a second: that it is open again comes a second after its being closed. And a guest that powers off
/// has no agent either, and must not be asked anything: Debian 12's QEMU was seen not to end when a command came just then.
const PORT_GRACE: Duration = Duration::from_millis(1500);
/// How often a shell is told that there is nothing more to come.
const END_AGAIN: Duration = Duration::from_secs(1);
/// How long the last bytes of a stopped machine's console may be under way.
const HEARING: Duration = Duration::from_millis(30);
/// QEMU's monitor, with nothing else to do.
const ANSWER: Duration = Duration::from_secs(5);

/// What a guest runs under, and before whom.
#[derive(Default)]
pub struct Stage {
    /// What the emulator is started under.
    pub under: Under,
    /// Whether somebody sits at the console: an oops is announced there and ends nothing.
    pub interactive: bool,
    /// Whoever drives this run reports it: what becomes of the guest is not announced.
    pub quiet: bool,
}

pub struct Driver<'a> {
    pub plan: &'a Plan,
    pub directory: &'a RunDirectory,
    pub record: &'a mut Record,
    /// Terminal, signals and output threads.
    ours: Receiver<Event>,
    pub sender: Sender<Event>,
    pub(crate) vm: Option<Vm>,
    /// What the machine executes, if that is recorded.
    tracer: Option<Tracer>,
    /// The worst that the kernel has said of itself.
    pub finding: Option<Finding>,
    /// How the run ends at that time, if it has not ended before: a kernel in trouble has more to say.
    doom: Option<(Instant, Ending)>,
    /// From when on an agent counts as gone whose port the guest has closed.
    agent_gone: Option<Instant>,
    /// That its port was closed before then says nothing of it.
    agent_lives: Instant,
    pub(crate) screen: Option<Screen>,
    /// Whether somebody sits at the console: an oops is announced there and ends nothing.
    pub interactive: bool,
    /// What the emulator is started under.
    pub under: Under,
    /// Whoever drives this run reports it: what becomes of the guest is not announced.
    pub quiet: bool,
    keyboard: Option<Keyboard>,
    /// A serial port that nobody listens to yet forgets what it is told: keys wait until the shell does.
    keyboard_open: bool,
    typed_early: Vec<Typed>,
    /// What was typed last has not ended its line.
    line_is_open: bool,
    /// The end of what the user types, on its way to the guest.
    ends: Arc<Way>,
    /// When it is said again: a shell that is busy does not hear it.
    end_again: Option<Instant>,
    shell_status: Option<u8>,
    /// Somebody waits for the end of another process's debugger.
    watching: bool,
    /// For other processes that use this guest.
    pub hub: Option<Arc<Hub>>,
    /// The guest has states that it can be taken back to, with the agent that it had: that one's connection stays.
    pub can_go_back: bool,
    /// What others want has to wait: the guest is between two states.
    postpones: bool,
    waiting: VecDeque<Event>,
    started: Instant,
    /// Becomes disconnected when all of the command's output has been written.
    output_done: Option<Receiver<()>>,
}

impl<'a> Driver<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        directory: &'a RunDirectory,
        record: &'a mut Record,
        started: Instant,
        stage: Stage,
    ) -> Driver<'a> {
        let (sender, ours) = unbounded();
        Driver {
            plan,
            directory,
            record,
            ours,
            sender,
            vm: None,
            tracer: None,
            finding: None,
            doom: None,
            agent_gone: None,
            agent_lives: started,
            screen: None,
            interactive: stage.interactive,
            under: stage.under,
            quiet: stage.quiet,
            keyboard: None,
            keyboard_open: false,
            typed_early: Vec::new(),
            line_is_open: false,
            ends: Arc::default(),
            end_again: None,
            shell_status: None,
            watching: false,
            hub: None,
            can_go_back: false,
            postpones: false,
            waiting: VecDeque::new(),
            started,
            output_done: None,
        }
    }

    /// Shows what the guest's console says from now on.
    pub fn show_console(&mut self, from: screen::From, to: screen::To) -> Result<()> {
        self.screen = Some(Screen::new(from, to)?);
        Ok(())
    }

    /// Emulators are started so from now on.
    pub fn put_under(&mut self, under: &Under) {
        self.under = under.clone();
    }

    pub fn last_lines(&self) -> Vec<String> {
        self.vm.as_ref().map(Vm::last_lines).unwrap_or_default()
    }

    pub fn directory(&self) -> &std::path::Path {
        &self.directory.path
    }

    /// The end of an emulator that nobody asked for.
    pub fn death(&self, status: std::process::ExitStatus) -> Ending {
        if self.under.is_debugger() {
            return Ending::of_debugger(status);
        }
        Ending::EmulatorDied(match &self.vm {
            Some(vm) => vm.describe_death(status),
            None => "there is no machine".into(),
        })
    }

    pub fn agent(&self) -> Result<Arc<Agent>, Ending> {
        let agent = self.vm.as_ref().and_then(|vm| vm.agent.clone());
        agent.ok_or_else(|| Ending::Broken("the guest agent is not connected".into()))
    }

    pub fn command(&mut self, spec: &CommandSpec, input: Input) -> Ending {
        let limit = self.plan.limits.command;
        let deadline = limit.map(|limit| Instant::now() + limit);
        let start = || -> Result<(), Ending> {
            let process = self
                .agent()?
                .start(spec, 0)
                .map_err(|error| Ending::Broken(error.to_string()))?;
            streams::forward_input(input, process.stdin()).map_err(Ending::Failed)?;
            let done = streams::forward_output(Arc::new(process), self.sender.clone()).map_err(Ending::Failed)?;
            self.output_done = Some(done);
            Ok(())
        };
        if let Err(ending) = start() {
            return ending;
        }
        let exit = self.until(deadline, |event| match event {
            Event::CommandExit(exit) => Some(Ending::Command(*exit)),
            Event::OutputClosed(error) => Some(Ending::of_output(error)),
            _ => None,
        });
        self.end_trace();
        match exit {
            Ok(Some(ending)) | Err(ending) => ending,
            Ok(None) => Ending::Timeout(format!(
                "the command did not end within {:?}",
                limit.unwrap_or_default()
            )),
        }
    }

    /// The user has the console from now on, until the shell ends or they leave.
    pub fn open_shell(&mut self, first: Option<&FirstLine>) {
        self.keyboard_open = true;
        if let Some(line) = first {
            if let Some(screen) = &mut self.screen {
                screen.start_here();
            }
            // Whatever the user has typed already is for what comes after it.
            let line = [line.text().as_bytes(), b"\r"].concat();
            self.typed_early.insert(0, line[..].into());
        } else if self.record.seconds.restore.is_some() {
            // The snapshot's prompt went to an earlier run; the shell prints another one.
            if let Some(screen) = &mut self.screen {
                screen.start_here();
            }
            self.type_on_console(b"\r"[..].into());
        }
        self.resize();
        self.pass_keys_on();
    }

    /// What is typed reaches the guest as soon as its console is there.
    pub fn open_keyboard(&mut self) {
        self.keyboard_open = true;
    }

    /// Lets other processes use the guest. A guest without agent has nothing to offer them.
    pub fn open_hub(&mut self) -> Result<(), Ending> {
        if let Ok(agent) = self.agent() {
            let hub = Hub::open(&self.directory.path, agent, self.sender.clone()).map_err(Ending::Failed)?;
            self.hub = Some(hub);
        }
        Ok(())
    }

    /// The polite way: /init takes this signal as the wish to power off.
    pub fn power_off(&mut self) -> Ending {
        let deadline = Instant::now() + Duration::from_secs(5);
        // In a thread: a guest that hangs does not take it.
        let ask = |agent: Arc<Agent>| {
            spawn_thread("power off", move || {
                drop(agent.start(&CommandSpec::new(["/bin/kill", "-USR2", "1"]).at("/"), 0))
            })
        };
        let Ok(_) = self.agent().map(ask) else {
            return Ending::Timeout("the guest could not be asked to power off, and was ended".into());
        };
        match self.until(Some(deadline), |_| None::<()>) {
            Ok(_) => Ending::Timeout("the guest was asked to power off, did not, and was ended".into()),
            // That ends with the guest.
            Err(Ending::Shell(_)) => Ending::PoweredOff,
            Err(ending) => ending,
        }
    }

    /// Handles events until `wanted` takes one, or the deadline passes (`None`), or the run ends.
    pub fn until<T>(
        &mut self,
        deadline: Option<Instant>,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Result<Option<T>, Ending> {
        let total = self.total();
        let since = Instant::now();
        loop {
            let doom = self.doom.as_ref().map(|(at, _)| *at);
            let nearest = [deadline, total, doom, self.agent_gone, self.end_again]
                .into_iter()
                .flatten()
                .min()
                // One that passed while nobody listened does not outweigh what was said meanwhile.
                .map(|at| at.max(since));
            let Some(vm) = &mut self.vm else {
                return Err(Ending::Broken("there is no machine".into()));
            };
            let waiting = match self.postpones {
                true => None,
                false => self.waiting.pop_front(),
            };
            let Some(event) = waiting.or_else(|| vm.next(&self.ours, nearest)) else {
                let now = Instant::now();
                if self.agent_gone.take_if(|at| *at <= now).is_some() {
                    self.agent_went();
                    continue;
                }
                if self.end_again.take_if(|at| *at <= now).is_some() {
                    self.end_typing();
                    continue;
                }
                return match self.doom.take_if(|(at, _)| *at <= now) {
                    Some((_, ending)) => Err(ending),
                    _ if total.is_some_and(|at| at <= now) => {
                        Err(Ending::Timeout("the time given by --timeout is over".into()))
                    }
                    _ => Ok(None),
                };
            };
            if let Some(value) = wanted(&event) {
                return Ok(Some(value));
            }
            self.handle(event)?;
        }
    }

    /// Does something in a thread of its own that waits for the guest: signals, the end of the machine and that of the time which
    /// `--timeout` gave end it as they end everything else.
    pub fn aside<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, Ending> + Send + 'static,
    ) -> Result<T, Ending> {
        let (done, result) = bounded(1);
        let sender = self.sender.clone();
        spawn_thread("aside", move || {
            let _ = done.send(work());
            let _ = sender.send(Event::Wake);
        })
        .map_err(Ending::Failed)?;
        loop {
            self.until(None, |event| matches!(event, Event::Wake).then_some(()))?;
            // Others are woken the same way.
            if let Ok(result) = result.try_recv() {
                return result;
            }
        }
    }

    /// A deadline for what takes at most so long; `--timeout` may leave less.
    pub fn within(&self, limit: Duration) -> Instant {
        let at = Instant::now() + limit;
        self.total().map_or(at, |total| at.min(total))
    }

    /// When the time is over that `--timeout` gave.
    fn total(&self) -> Option<Instant> {
        self.plan.limits.total.map(|total| self.started + total)
    }

    fn handle(&mut self, event: Event) -> Result<(), Ending> {
        match event {
            event @ (Event::Signal(_) | Event::Quit | Event::Stop | Event::Asked(_)) if self.postpones => {
                self.waiting.push_back(event);
            }
            Event::Console(bytes) => {
                if let Some(screen) = &mut self.screen {
                    screen.show(&bytes);
                }
                // A console that says something has a socket.
                if self.keyboard.is_none() {
                    self.pass_keys_on();
                }
            }
            Event::Finding(finding) => self.trouble(finding),
            Event::Guest(GuestEvent::ShellExit(status)) => self.shell_status = Some(status),
            Event::Signal(signal) => return Err(Ending::Interrupted(signal)),
            Event::Quit => return Err(Ending::Quit),
            // To whoever drives a guest its end by itself would be news of that guest.
            Event::Stop if self.quiet => {
                let conclusion = self.power_off().conclude(self.finding.as_ref());
                return Err(Ending::Driven(Conclusion {
                    cause: Cause::User,
                    ..conclusion
                }));
            }
            Event::Stop => return Err(self.power_off()),
            Event::Typed(typed) => {
                self.line_is_open = typed.bytes().last().is_some_and(|last| !b"\r\n".contains(last));
                self.type_on_console(typed);
            }
            Event::TypedEnd => self.end_typing(),
            Event::Resized => self.resize(),
            Event::Monitor(qmp::Event::Stop, _) if !self.watching => {
                self.watching = gdb::watch(&self.directory.path, &self.sender);
            }
            Event::Monitor(qmp::Event::PortChange { id, open }, at) if id == AGENT => {
                let closed = !open && at > self.agent_lives;
                self.agent_gone = closed.then(|| Instant::now() + PORT_GRACE);
            }
            Event::DebuggerLeft(lock) => {
                self.watching = false;
                self.go_on();
                drop(lock);
            }
            Event::MonitorReady => self.pass_keys_on(),
            Event::EmulatorExit(status) if self.under.is_debugger() => {
                return Err(Ending::of_debugger(status));
            }
            Event::EmulatorExit(status) => {
                let shell = self.shell_status();
                return Err(self.machine_ended(|vm| match vm.was_switched_off(status) {
                    true => shell.map_or(Ending::PoweredOff, Ending::Shell),
                    false => Ending::EmulatorDied(vm.describe_death(status)),
                }));
            }
            Event::Halted => return Err(self.machine_ended(|_| Ending::PoweredOff)),
            Event::ConsoleError(error) => return Err(Ending::unheard(&error)),
            Event::Agent(Err(error)) => self.without_agent(&error),
            // Who sits at the console needs none.
            Event::Guest(GuestEvent::Lost) if self.screen.is_none() || !self.interactive => {
                self.without_agent(&client::Error::Lost)
            }
            _ => {}
        }
        Ok(())
    }

    /// The agent has answered since that time, although its port was closed before. That it is open again may be told much later,
    /// by an emulator that is busy saving its guest or gets too little of the host.
    pub fn agent_lived_at(&mut self, time: Instant) {
        (self.agent_lives, self.agent_gone) = (time, None);
    }

    /// Whoever waits for the agent learns of that by the end of the connection.
    fn agent_went(&mut self) {
        match self.agent() {
            _ if self.can_go_back => self.without_agent(&client::Error::Lost),
            Ok(agent) => agent.hang_up(),
            Err(_) => {}
        }
    }

    /// Most often the emulator is about to end, which says more.
    fn without_agent(&mut self, error: &client::Error) {
        let at = Instant::now() + patience::limit(LAST_GRACE);
        self.doom.get_or_insert((at, Ending::Broken(error.to_string())));
    }

    /// Lets go of a guest for a debugger that did not.
    fn go_on(&mut self) {
        let deadline = Instant::now() + ANSWER;
        let qmp = self.vm.as_mut().and_then(|vm| vm.qmp.as_mut());
        let status = qmp.and_then(|qmp| qmp.execute("query-status", Value::Null, deadline).ok());
        // A machine that has ended stands still too.
        let stands = |status: Value| matches!(status["status"].as_str(), Some("paused" | "debug"));
        if status.is_some_and(stands) {
            gdb::release(&self.directory.path);
        }
    }

    /// The worst counts in the end, whatever else ends the run.
    pub(crate) fn note(&mut self, finding: &Finding) {
        self.finding = Some(Finding::worst(self.finding.take(), finding.clone()));
    }

    /// What the kernel said so far ends nothing any more: of a state that was given up, or for somebody who looks at it.
    pub fn forget_doom(&mut self) {
        (self.doom, self.agent_gone) = (None, None);
    }

    /// Takes in what the machine has said until now. What somebody wants of it comes after that.
    pub fn hear(&mut self) -> Result<(), Ending> {
        self.postpones = true;
        let heard = self.until(Some(Instant::now() + HEARING), |_| None::<()>);
        self.postpones = false;
        heard.map(drop)
    }

    /// The same of a machine that is stopped, and forgets the trouble that it was in.
    pub fn hear_out(&mut self) {
        // Whatever would end the run was about the state that is given up.
        self.forget_doom();
        let deadline = Instant::now() + HEARING;
        while Instant::now() < deadline {
            let _ = self.hear();
        }
        (self.finding, self.shell_status) = (None, None);
        self.forget_doom();
        if let Some(vm) = &mut self.vm {
            vm.forget_findings();
        }
    }

    fn trouble(&mut self, finding: Finding) {
        let survives = finding.trouble == Trouble::Oops;
        if let Some(hub) = &self.hub {
            hub.tell(&finding.line);
        }
        if let Some(screen) = &mut self.screen {
            screen.reveal();
        }
        if survives && !self.quiet {
            terminal::announce(&format!("the guest kernel oopsed: {}", finding.line), self.interactive);
        }
        self.note(&finding);
        let graces = self.plan.limits.graces;
        match survives {
            true if self.interactive => {}
            true => drop(
                self.doom
                    .get_or_insert((Instant::now() + graces.oops, Ending::Trouble(finding))),
            ),
            // A panic after a lockup has a report of its own.
            false => self.doom = Some((Instant::now() + graces.report, Ending::Trouble(finding))),
        }
    }

    /// Whether the guest has ended the emulator, which says so by nothing but its status.
    pub fn was_switched_off(&self, status: std::process::ExitStatus) -> bool {
        self.vm.as_ref().is_some_and(|vm| vm.was_switched_off(status))
    }

    /// How the shell on the console ended: the agent says so, or without one the console.
    fn shell_status(&self) -> Option<u8> {
        self.shell_status
            .or_else(|| self.vm.as_ref().and_then(Vm::shell_status))
    }

    /// What that means; `otherwise` if the guest did not want it.
    fn machine_ended(&mut self, otherwise: impl Fn(&Vm) -> Ending) -> Ending {
        let (doom, shell) = (self.doom.take(), self.shell_status());
        let Some(vm) = &self.vm else {
            return Ending::Broken("there is no machine".into());
        };
        match (doom, shell, vm.ended_by_guest()) {
            (Some((_, ending @ Ending::Trouble(_))), _, _) => ending,
            _ if vm.reset_itself() => Ending::Trouble(Finding::unannounced_reset()),
            (_, Some(status), Some(_)) => Ending::Shell(status),
            (_, None, Some(_)) => Ending::PoweredOff,
            _ => otherwise(vm),
        }
    }

    /// Shows what a machine that stands still has said, to the last byte.
    pub fn show_rest(&mut self) {
        let (Some(vm), Some(_)) = (&mut self.vm, &self.screen) else {
            return;
        };
        vm.end_console();
        // Nothing that is found there changes how the run ended.
        let _ = self.until(Some(Instant::now()), |event| {
            matches!(event, Event::ConsoleEnd).then_some(())
        });
    }

    /// What is typed before the console is there waits for it.
    fn type_on_console(&mut self, typed: Typed) {
        self.typed_early.push(typed);
        self.pass_keys_on();
    }

    fn pass_keys_on(&mut self) {
        if self.typed_early.is_empty() {
            return;
        }
        if self.keyboard.is_none() && self.keyboard_open {
            self.keyboard = self.vm.as_ref().and_then(|vm| vm.keyboard().ok());
        }
        if let Some(keyboard) = &mut self.keyboard {
            self.typed_early.drain(..).for_each(|typed| keyboard.press(typed));
        }
    }

    /// End of file, as a terminal says it: the shell ends, once it reads that at the beginning of a line.
    fn end_typing(&mut self) {
        const CTRL_D: u8 = 4;
        if self.shell_status().is_some() {
            return;
        }
        if std::mem::take(&mut self.line_is_open) {
            self.type_on_console(b"\r"[..].into());
        }
        if self.ends.is_empty() {
            let end = self.ends.enter(vec![CTRL_D]);
            self.type_on_console(end);
        }
        self.end_again = Some(Instant::now() + END_AGAIN);
    }

    fn resize(&mut self) {
        let Some((rows, columns)) = terminal::size() else {
            return;
        };
        if let Ok(agent) = self.agent() {
            let _ = agent.set_window_size(rows, columns, Instant::now() + Duration::from_secs(1));
        }
    }
}
