//! The machine of a run, and what is known of it: what its kernel has said of itself, whether its agent is there, and how it ends.

use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::diag::Result;
use crate::emulator::qemu::Trace;
use crate::emulator::qmp::Qmp;
use crate::guest::client::{self, Agent};
use crate::run::ending::Ending;
use crate::run::patience::{self, Graces};
use crate::run_directory::run_json::BlocksRecord;
use crate::verdict::{Finding, Trouble};

use self::trace_capture::Tracer;
use self::vm::Vm;

pub mod standstill;
pub mod trace_capture;
pub mod vm;

/// An emulator that has closed its connections gets this long to be gone.
const LAST_GRACE: Duration = Duration::from_secs(3);
/// QEMU tells of a port once a second: that it is open again comes a second after its being closed. And a guest that powers off
/// has no agent either, and must not be asked anything: Debian 12's QEMU was seen not to end when a command came just then.
const PORT_GRACE: Duration = Duration::from_millis(1500);
/// QEMU's monitor, with nothing else to do.
const ANSWER: Duration = Duration::from_secs(5);

/// Of one run, whatever emulators that starts: one that makes a snapshot starts two.
pub struct Machine {
    vm: Option<Vm>,
    /// What it executes, if that is recorded.
    tracer: Option<Tracer>,
    /// The worst that the kernel has said of itself.
    finding: Option<Finding>,
    /// How the run ends at that time, if it has not ended before: a kernel in trouble has more to say.
    doom: Option<(Instant, Ending)>,
    /// From when on an agent counts as gone whose port the guest has closed.
    agent_gone: Option<Instant>,
    /// That its port was closed before then says nothing of it.
    agent_lives: Instant,
    /// As the agent tells it.
    shell_status: Option<u8>,
    /// Somebody keeps earlier states of it.
    can_go_back: bool,
    graces: Graces,
}

impl Machine {
    /// Before an emulator has been started.
    pub fn new(now: Instant, graces: Graces) -> Machine {
        Machine {
            vm: None,
            tracer: None,
            finding: None,
            doom: None,
            agent_gone: None,
            agent_lives: now,
            shell_status: None,
            can_go_back: false,
            graces,
        }
    }

    pub fn put(&mut self, vm: Vm) {
        self.vm = Some(vm);
    }

    /// Its emulator ends with this.
    pub fn remove(&mut self) {
        self.vm = None;
    }

    pub fn vm(&self) -> Option<&Vm> {
        self.vm.as_ref()
    }

    pub fn vm_mut(&mut self) -> Option<&mut Vm> {
        self.vm.as_mut()
    }

    /// QEMU's monitor, if that has answered already.
    pub fn qmp(&mut self) -> Option<&mut Qmp> {
        self.vm.as_mut().and_then(|vm| vm.qmp.as_mut())
    }

    pub fn last_lines(&self) -> Vec<String> {
        self.vm.as_ref().map(Vm::last_lines).unwrap_or_default()
    }

    /// Whether somebody has stopped it. One that has ended stands still too.
    pub fn is_stopped(&mut self) -> bool {
        let deadline = Instant::now() + ANSWER;
        let status = self.qmp().map(|qmp| qmp.execute("query-status", Value::Null, deadline));
        matches!(status, Some(Ok(status)) if matches!(status["status"].as_str(), Some("paused" | "debug")))
    }

    /// The worst that its kernel has said of itself.
    pub fn finding(&self) -> Option<&Finding> {
        self.finding.as_ref()
    }

    /// The worst counts in the end, whatever else ends the run.
    pub fn note(&mut self, finding: &Finding) {
        self.finding = Some(Finding::worst(self.finding.take(), finding.clone()));
    }

    /// Its kernel is in trouble, which ends the run soon. After an oops `stays` says that it does not.
    pub fn trouble(&mut self, finding: Finding, stays: bool) {
        self.note(&finding);
        match finding.trouble == Trouble::Oops {
            true if stays => {}
            true => drop(
                self.doom
                    .get_or_insert((Instant::now() + self.graces.oops, Ending::Trouble(finding))),
            ),
            // A panic after a lockup has a report of its own.
            false => self.doom = Some((Instant::now() + self.graces.report, Ending::Trouble(finding))),
        }
    }

    /// What the kernel said so far ends nothing any more: of a state that was given up, or for somebody who looks at it.
    pub fn forget_doom(&mut self) {
        (self.doom, self.agent_gone) = (None, None);
    }

    /// The same, and it counts no more.
    pub fn forget_trouble(&mut self) {
        (self.finding, self.shell_status) = (None, None);
        self.forget_doom();
        if let Some(vm) = &mut self.vm {
            vm.forget_findings();
        }
    }

    /// It is in an earlier state, in which its kernel had said this.
    pub fn recall(&mut self, finding: Option<&Finding>) {
        self.finding = finding.cloned();
    }

    /// When something has to be done that nobody tells.
    pub fn wakes(&self) -> [Option<Instant>; 2] {
        [self.doom.as_ref().map(|(at, _)| *at), self.agent_gone]
    }

    /// What ends the run by now.
    pub fn doomed(&mut self, now: Instant) -> Option<Ending> {
        self.doom.take_if(|(at, _)| *at <= now).map(|(_, ending)| ending)
    }

    pub fn agent(&self) -> Result<Arc<Agent>, Ending> {
        let agent = self.vm.as_ref().and_then(|vm| vm.agent.clone());
        agent.ok_or_else(|| Ending::Broken("the guest agent is not connected".into()))
    }

    pub fn has_agent(&self) -> bool {
        self.vm.as_ref().is_some_and(|vm| vm.agent.is_some())
    }

    /// The guest has closed the agent's port at this time, or opened it.
    pub fn port_changed(&mut self, open: bool, at: Instant) {
        let closed = !open && at > self.agent_lives;
        self.agent_gone = closed.then(|| Instant::now() + PORT_GRACE);
    }

    /// The agent has answered since that time, although its port was closed before. That it is open again may be told much later,
    /// by an emulator that is busy saving its guest or gets too little of the host.
    pub fn agent_lived_at(&mut self, time: Instant) {
        (self.agent_lives, self.agent_gone) = (time, None);
    }

    /// Whether it has states that it can be taken back to, with the agent that it had: that one's connection stays.
    pub fn set_can_go_back(&mut self, can: bool) {
        self.can_go_back = can;
    }

    /// Gives up an agent whose port has been closed for long enough. Whether there was one.
    pub fn agent_went(&mut self, now: Instant) -> bool {
        if self.agent_gone.take_if(|at| *at <= now).is_none() {
            return false;
        }
        // Whoever waits for the agent learns of that by the end of the connection.
        match self.agent() {
            _ if self.can_go_back => self.without_agent(&client::Error::Lost),
            Ok(agent) => agent.hang_up(),
            Err(_) => {}
        }
        true
    }

    /// Most often the emulator is about to end, which says more.
    pub fn without_agent(&mut self, error: &client::Error) {
        let at = Instant::now() + patience::limit(LAST_GRACE);
        self.doom.get_or_insert((at, Ending::Broken(error.to_string())));
    }

    pub fn shell_ended(&mut self, status: u8) {
        self.shell_status = Some(status);
    }

    /// How the shell on the console ended: the agent says so, or without one the console.
    pub fn shell_status(&self) -> Option<u8> {
        self.shell_status
            .or_else(|| self.vm.as_ref().and_then(Vm::shell_status))
    }

    /// Whether the guest has ended the emulator, which says so by nothing but its status.
    pub fn was_switched_off(&self, status: ExitStatus) -> bool {
        self.vm.as_ref().is_some_and(|vm| vm.was_switched_off(status))
    }

    /// The end of an emulator that nobody asked for.
    pub fn death(&self, status: ExitStatus) -> Ending {
        Ending::EmulatorDied(match &self.vm {
            Some(vm) => vm.describe_death(status),
            None => "there is no machine".into(),
        })
    }

    /// What the emulator's end means.
    pub fn exited(&mut self, status: ExitStatus) -> Ending {
        let shell = self.shell_status();
        self.ended(|vm| match vm.was_switched_off(status) {
            true => shell.map_or(Ending::PoweredOff, Ending::Shell),
            false => Ending::EmulatorDied(vm.describe_death(status)),
        })
    }

    /// What it means that the machine has ended and stands still.
    pub fn halted(&mut self) -> Ending {
        self.ended(|_| Ending::PoweredOff)
    }

    /// `otherwise` if the guest did not want it.
    fn ended(&mut self, otherwise: impl Fn(&Vm) -> Ending) -> Ending {
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

    /// Listens for what an emulator that is about to be started says of what it executes, if that is wanted.
    pub fn trace(&mut self, directory: &Path, wanted: Option<&Trace>) -> Result<()> {
        // The one before has the same socket.
        self.tracer = None;
        let tracer = wanted.map(|trace| Tracer::listen(directory, trace));
        self.tracer = tracer.transpose()?;
        Ok(())
    }

    /// What comes now is to be in the trace.
    pub fn begin_trace(&mut self) -> Result<(), Ending> {
        match &mut self.tracer {
            None => Ok(()),
            Some(tracer) => tracer
                .begin()
                .map_err(|why| Ending::Broken(format!("the trace cannot begin: {why}"))),
        }
    }

    /// What comes now is not. What has come of it, if there is one.
    pub fn end_trace(&mut self) -> Option<BlocksRecord> {
        self.tracer.take()?.end().cloned()
    }
}
