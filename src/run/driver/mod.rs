//! The course of a run, from event to event. Each stage ends well, or with what ended the run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};

use crate::decode;
use crate::diag::Result;
use crate::emulator::qemu::AGENT;
use crate::emulator::qmp;
use crate::events::Event;
use crate::events::streams::{self, Input, Overheard};
use crate::gdb;
use crate::guest::client::{self, Agent};
use crate::guest::events::GuestEvent;
use crate::guest::protocol::CommandSpec;
use crate::host::stderr::Stderr;
use crate::host::terminal;
use crate::host::thread::spawn_thread;
use crate::run_directory::RunDirectory;
use crate::run_directory::conclusion::{Cause, Conclusion};
use crate::run_directory::run_json::Record;
use crate::verdict::{Finding, Trouble};

use super::console::seat::Seat;
use super::ending::Ending;
use super::kernel_tests::Listener;
use super::machine::Machine;
use super::machine::standstill::Standstill;
use super::plan::Plan;
use super::under::Under;
use super::visitors::Visitors;

pub mod aftermath;
pub mod debugger;
mod standstill;
mod start;
mod take_down;
mod user;
pub mod whereabouts;

/// How long the last bytes of a stopped machine's console may be under way.
const HEARING: Duration = Duration::from_millis(30);

/// What a guest runs under, and before whom.
#[derive(Default)]
pub struct Stage {
    /// What the emulator is started under.
    pub under: Under,
    /// Who it is for, beside whoever sits at its console.
    pub audience: Audience,
    /// Whoever drives this run reports it: what becomes of the guest is not announced.
    pub quiet: bool,
    /// Whoever wants to know what the command prints.
    pub listener: Option<Listener>,
}

/// Who judges what becomes of a guest. An oops ends nothing where there is somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    #[default]
    Nobody,
    /// Whoever has the emulator in a debugger.
    Debugger,
    /// Other processes, which come to its console or its agent when they like.
    Visitors,
}

/// Wakes whoever waits when it is dropped.
struct Wake(Sender<Event>);

impl Drop for Wake {
    fn drop(&mut self) {
        let _ = self.0.send(Event::Wake);
    }
}

/// Takes a guest through a run, event by event.
pub struct Driver<'a> {
    pub plan: &'a Plan,
    pub directory: &'a RunDirectory,
    pub record: &'a mut Record,
    pub machine: Machine,
    pub seat: Seat,
    pub visitors: Visitors,
    /// For the stacks that the guest's kernel may print; those of modules that have come into it, too.
    pub symbols: decode::Files,
    /// What emulators are started under from now on.
    pub under: Under,
    /// Whoever drives this run reports it: what becomes of the guest is not announced.
    pub quiet: bool,
    audience: Audience,
    listener: Option<Listener>,
    standstill: Standstill,
    /// Terminal, signals and output threads.
    ours: Receiver<Event>,
    pub sender: Sender<Event>,
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
            machine: Machine::new(started, plan.limits.graces),
            seat: Seat::new(),
            visitors: Visitors::default(),
            symbols: plan.symbols.clone(),
            under: stage.under,
            quiet: stage.quiet,
            audience: stage.audience,
            listener: stage.listener,
            standstill: Standstill::default(),
            ours,
            sender,
            started,
            output_done: None,
        }
    }

    pub fn directory(&self) -> &std::path::Path {
        &self.directory.path
    }

    /// The end of an emulator that nobody asked for.
    pub fn death(&self, status: std::process::ExitStatus) -> Ending {
        match self.under.is_debugger() {
            true => Ending::of_debugger(status),
            false => self.machine.death(status),
        }
    }

    pub fn command(&mut self, spec: &CommandSpec, input: Input) -> Ending {
        let limit = self.plan.limits.command;
        let start = || -> Result<(), Ending> {
            let process = self
                .machine
                .agent()?
                .start(spec, 0)
                .map_err(|error| Ending::Broken(error.to_string()))?;
            streams::forward_input(input, process.stdin()).map_err(Ending::Failed)?;
            let (process, sender) = (Arc::new(process), self.sender.clone());
            let done = match self.listener.take() {
                Some(listener) => streams::forward(process, sender, Overheard { listener }, Stderr),
                None => streams::forward_output(process, sender),
            };
            self.output_done = Some(done.map_err(Ending::Failed)?);
            Ok(())
        };
        if let Err(ending) = start() {
            return ending;
        }
        let wanted = |event: &Event| match event {
            Event::CommandExit(exit) => Some(Ending::Command(*exit)),
            Event::OutputClosed(error) => Some(Ending::of_output(error)),
            _ => None,
        };
        let exit = match limit {
            Some(limit) => self.until_done(limit, wanted),
            None => self.until(None, wanted),
        };
        self.end_trace();
        match exit {
            Ok(Some(ending)) | Err(ending) => ending,
            Ok(None) => Ending::Timeout(format!(
                "the command did not end within {:?}",
                limit.unwrap_or_default()
            )),
        }
    }

    /// Lets other processes use the guest. One without agent can be ended.
    pub fn open_hub(&mut self) -> Result<(), Ending> {
        let agent = self.machine.agent().ok();
        let admitted = self.visitors.admit(&self.directory.path, agent, self.sender.clone());
        admitted.map_err(Ending::Failed)
    }

    /// Whether the guest is for its console: a shell of the user's, or one of whoever comes. It may do without an agent.
    pub fn is_for_console(&self) -> bool {
        self.seat.is_taken() || self.audience == Audience::Visitors
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
        let Ok(_) = self.machine.agent().map(ask) else {
            return Ending::Forced("the guest could not be asked to power off, and was ended".into());
        };
        match self.until(Some(deadline), |_| None::<()>) {
            Ok(_) => Ending::Forced("the guest was asked to power off, did not, and was ended".into()),
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
            let nearest = [deadline, total, self.seat.wakes()]
                .into_iter()
                .chain(self.machine.wakes())
                .flatten()
                .min()
                // One that passed while nobody listened does not outweigh what was said meanwhile.
                .map(|at| at.max(since));
            let Some(vm) = self.machine.vm_mut() else {
                return Err(Ending::Broken("there is no machine".into()));
            };
            let waiting = self.visitors.next();
            let Some(event) = waiting.or_else(|| vm.next(&self.ours, nearest)) else {
                let now = Instant::now();
                if self.machine.agent_went(now) {
                    continue;
                }
                if self.seat.has_to_end(now) {
                    self.end_typing();
                    continue;
                }
                return match self.machine.doomed(now) {
                    Some(ending) => Err(ending),
                    _ if total.is_some_and(|at| at <= now) => {
                        Err(Ending::Timeout("the time given by --timeout is over".into()))
                    }
                    _ => Ok(None),
                };
            };
            self.note_standstill(&event);
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
            // Also if the work fails in a way that nobody has thought of.
            let _wake = Wake(sender);
            let done = done;
            let _ = done.send(work());
        })
        .map_err(Ending::Failed)?;
        loop {
            self.until(None, |event| matches!(event, Event::Wake).then_some(()))?;
            match result.try_recv() {
                Ok(result) => return result,
                // Others are woken the same way.
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => {
                    return Err(Ending::Broken("a thread of lkmc's own has failed".into()));
                }
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
            event if self.visitors.has_to_wait(&event) => self.visitors.wait(event),
            Event::Console(bytes) => {
                self.seat.show(&bytes);
                // A console that says something has a socket.
                if !self.seat.has_keyboard() {
                    self.pass_keys_on();
                }
            }
            Event::Finding(finding) => self.trouble(finding),
            Event::Guest(GuestEvent::ShellExit(status)) => self.machine.shell_ended(status),
            Event::Signal(signal) => return Err(Ending::Interrupted(signal)),
            Event::Quit => return Err(Ending::Quit),
            // To whoever drives a guest its end by itself would be news of that guest.
            Event::Stop if self.quiet => {
                let conclusion = self.power_off().conclude(self.machine.finding());
                return Err(Ending::Driven(Conclusion {
                    cause: Cause::User,
                    ..conclusion
                }));
            }
            Event::Stop => return Err(self.power_off()),
            Event::Typed(typed) => {
                self.seat.type_in(typed);
                self.pass_keys_on();
            }
            Event::TypedEnd => self.end_typing(),
            Event::Resized => self.resize().map_err(Ending::Failed)?,
            Event::OutputClosed(error) => return Err(Ending::of_output(&error)),
            // Of a guest that was taken as it was.
            Event::Ready => self.visitors.meet(self.machine.agent().ok()),
            Event::Monitor(qmp::Event::Stop, _) => self.visitors.watch(&self.directory.path, &self.sender),
            Event::Monitor(qmp::Event::PortChange { id, open }, at) if id == AGENT => {
                self.machine.port_changed(open, at);
            }
            Event::DebuggerLeft(lock) => {
                self.visitors.debugger_left();
                self.go_on();
                drop(lock);
            }
            Event::MonitorReady => self.pass_keys_on(),
            Event::EmulatorExit(status) if self.under.is_debugger() => {
                return Err(Ending::of_debugger(status));
            }
            Event::EmulatorExit(status) => return Err(self.machine.exited(status)),
            Event::Halted => return Err(self.machine.halted()),
            Event::ConsoleError(error) => return Err(Ending::unheard(&error)),
            Event::Agent(Err(error)) => self.machine.without_agent(&error),
            // Who sits at the console needs none.
            Event::Guest(GuestEvent::Lost) if !self.seat.has_screen() || !self.seat.is_taken() => {
                self.machine.without_agent(&client::Error::Lost);
            }
            _ => {}
        }
        Ok(())
    }

    /// Lets go of a guest for a debugger that did not.
    fn go_on(&mut self) {
        if self.machine.is_stopped() {
            gdb::release(&self.directory.path);
        }
    }

    /// Takes in what the machine has said until now. What somebody wants of it comes after that.
    pub fn hear(&mut self) -> Result<(), Ending> {
        self.visitors.hold_up();
        let heard = self.until(Some(Instant::now() + HEARING), |_| None::<()>);
        self.visitors.let_in();
        heard.map(drop)
    }

    /// The same of a machine that is stopped, and forgets the trouble that it was in.
    pub fn hear_out(&mut self) {
        // Whatever would end the run was about the state that is given up.
        self.machine.forget_doom();
        let deadline = Instant::now() + HEARING;
        while Instant::now() < deadline {
            let _ = self.hear();
        }
        self.machine.forget_trouble();
    }

    fn trouble(&mut self, finding: Finding) {
        self.visitors.tell(&finding.line);
        self.seat.reveal();
        let looked_at = self.seat.is_taken() || self.audience != Audience::Nobody;
        if finding.trouble == Trouble::Oops && !self.quiet {
            terminal::announce(
                &format!("the guest kernel oopsed: {}", finding.line),
                self.seat.is_taken(),
            );
        }
        self.machine.trouble(finding, looked_at);
    }
}
