//! How a guest comes to its prompt: booted, restored from a snapshot, or booted to make one.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::command_line::CommandLine;
use crate::emulator::qmp::Qmp;
use crate::events::Event;
use crate::guest::client::Greeting;
use crate::host::terminal;
use crate::run_directory::run_json::SnapshotRecord;
use crate::snapshots::{self, Key, Temporary};

use super::driver::Driver;
use super::ending::Ending;
use super::kernel_modules::Installed;
use super::request::OnPanic;
use super::snapshot::{self, Action};
use super::tracer::Tracer;
use super::vm::{Links, Vm};
use super::{patience, setup};

/// A machine that is restored answers at once, or never; on a busy host "at once" has been seen to take five seconds.
const RESTORE_LIMIT: Duration = Duration::from_secs(30);
/// The state of the devices, and on a busy host the memory that has not reached the disk.
const SAVE_LIMIT: Duration = Duration::from_secs(60);
/// How long a prompt is waited for.
const PROMPT_LIMIT: Duration = Duration::from_secs(5);

/// What came of waiting for the shell's prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prompt {
    Seen,
    NotSeen,
}

impl Driver<'_> {
    /// A guest at its prompt, with clock, shares and network in order.
    pub fn bring_up(&mut self) -> Result<(), Ending> {
        let plan = self.plan;
        match &plan.snapshot.action {
            Action::None => self.boot(&plan.boot)?,
            Action::Restore { directory, line } => self.restore(directory, line)?,
            Action::Make {
                temporary,
                directory,
                key,
                boot,
                line,
            } => {
                if self.make_snapshot(temporary, directory, key, boot)?.is_some() {
                    self.restore(directory, line)?;
                }
            }
        }
        if self.vm.as_ref().is_some_and(|vm| vm.agent.is_some()) {
            let since = Instant::now();
            let (agent, set_up) = (self.agent()?, plan.set_up.clone());
            self.aside(move || setup::set_up(&agent, &set_up))?;
            self.record.seconds.set_up = Some(since.elapsed().as_secs_f64());
        }
        if self.interactive && !plan.custom_init && self.record.seconds.restore.is_none() {
            // Whoever sits there sees whether there is one.
            let _ = self.wait_for_prompt()?;
        }
        self.begin_trace()
    }

    /// What comes now is to be in the trace.
    fn begin_trace(&mut self) -> Result<(), Ending> {
        match &mut self.tracer {
            None => Ok(()),
            Some(tracer) => tracer
                .begin()
                .map_err(|why| Ending::Broken(format!("the trace cannot begin: {why}"))),
        }
    }

    pub(crate) fn start(
        &mut self,
        line: &CommandLine,
        greeting: Option<Greeting>,
        deadline: Instant,
    ) -> Result<(), Ending> {
        self.start_with(line, Links::Sockets(greeting), deadline)
    }

    pub fn start_with(&mut self, line: &CommandLine, links: Links, deadline: Instant) -> Result<(), Ending> {
        self.vm = None;
        self.keyboard = None;
        let directory = &self.directory.path;
        let started = self
            .under
            .around(line, &self.plan.kit, directory)
            .map_err(Ending::Failed)?;
        self.tracer = None;
        let trace = self.plan.trace.as_ref();
        let tracer = trace.map(|trace| Tracer::listen(directory, trace));
        self.tracer = tracer.transpose().map_err(Ending::Failed)?;
        let vm = Vm::start_with(&started, directory, links, self.under.streams(), deadline).map_err(Ending::Failed)?;
        self.record.emulator_pid = Some(vm.pid());
        self.record.rr = self.under.recorder().cloned();
        self.record.argv = line.argv().map(|word| word.to_string_lossy().into_owned()).collect();
        let vm = self.vm.insert(vm);
        if self.plan.on_panic != OnPanic::Exit && vm.stay(deadline).is_err() {
            self.monitor(deadline)?;
            return Err(Ending::Broken(
                "QEMU does not let its machine stay after its end".into(),
            ));
        }
        self.plan.kit.write(&self.directory.path).map_err(Ending::Failed)?;
        self.directory.write(self.record).map_err(Ending::Failed)
    }

    fn boot(&mut self, line: &CommandLine) -> Result<(), Ending> {
        let (since, limit) = (Instant::now(), patience::limit(self.plan.limits.boot));
        self.start(line, Some(Greeting::Booting), since + limit)?;
        if self.plan.custom_init && self.interactive {
            // It may never start an agent, and it is the user's to judge.
            return Ok(());
        }
        match self.until(Some(since + limit), |event| matches!(event, Event::Ready).then_some(()))? {
            Some(()) => self.record.seconds.boot = Some(since.elapsed().as_secs_f64()),
            None => return Err(Ending::Timeout(format!("the guest did not boot within {limit:?}"))),
        }
        self.install_kernel_modules()
    }

    fn install_kernel_modules(&mut self) -> Result<(), Ending> {
        if self.vm.as_ref().is_none_or(|vm| vm.agent.is_none()) {
            return Ok(());
        }
        let (agent, modules) = (self.agent()?, self.plan.kernel_modules.clone());
        let installed = self.aside(move || modules.install(&agent))?;
        if let (Installed::Not(why), false) = (installed, self.quiet) {
            let text = format!("the guest does not get the kernel's own modules: {why}");
            terminal::announce(&text, self.interactive);
        }
        Ok(())
    }

    fn restore(&mut self, directory: &Path, line: &CommandLine) -> Result<(), Ending> {
        let since = Instant::now();
        let deadline = since + patience::limit(RESTORE_LIMIT);
        self.start(line, Some(Greeting::Running), deadline)?;
        // An emulator that cannot even be started says nothing about a snapshot, if that is there.
        let started = self.monitor(deadline).map(drop);
        if started.is_err() && snapshot::is_whole(directory) {
            return started;
        }
        match started.and_then(|()| self.load(directory, deadline)) {
            Ok(()) => self.record.seconds.restore = Some(since.elapsed().as_secs_f64()),
            Err(ending) => self.restore_failed(ending, directory)?,
        }
        Ok(())
    }

    fn load(&mut self, directory: &Path, deadline: Instant) -> Result<(), Ending> {
        snapshot::load(self.monitor(deadline)?, directory, deadline)
            .map_err(|error| Ending::EmulatorDied(error.to_string()))?;
        match self.until(Some(deadline), |event| matches!(event, Event::Ready).then_some(()))? {
            Some(()) => Ok(()),
            None => Err(Ending::Broken("the restored guest does not answer".into())),
        }
    }

    /// QEMU's monitor, or why there is none.
    pub(super) fn monitor(&mut self, deadline: Instant) -> Result<&mut Qmp, Ending> {
        if self.vm.as_mut().and_then(|vm| vm.wait_for_monitor(deadline)).is_none() {
            // An emulator that has ended is among the events.
            self.until(Some(Instant::now()), |_| None::<()>)?;
        }
        let monitor = self.vm.as_mut().and_then(|vm| vm.qmp.as_mut());
        monitor.ok_or_else(|| Ending::Broken("QEMU's monitor does not answer".into()))
    }

    /// A snapshot that cannot be restored is thrown away, and the guest booted.
    fn restore_failed(&mut self, ending: Ending, directory: &Path) -> Result<(), Ending> {
        let why = match ending {
            // The reason is most likely there, and the snapshot is as good as it was.
            ending if self.under.is_once() => return Err(ending),
            Ending::EmulatorDied(why) | Ending::Broken(why) => why,
            other => return Err(other),
        };
        eprintln!("lkmc: the snapshot could not be restored ({why}): it is removed, and the guest boots");
        snapshots::discard(directory);
        self.boot_without_snapshot(format!("it could not be restored: {why}"))
    }

    fn boot_without_snapshot(&mut self, why: String) -> Result<(), Ending> {
        self.record.snapshot = Some(SnapshotRecord::none(why));
        self.boot(&self.plan.boot)
    }

    /// Boots and saves the guest. `None`: it could not be saved (a full disk, say), and another one has booted instead.
    fn make_snapshot(
        &mut self,
        temporary: &Path,
        directory: &Path,
        key: &Key,
        line: &CommandLine,
    ) -> Result<Option<()>, Ending> {
        let _clean = Temporary::create(temporary).map_err(Ending::Failed)?;
        self.boot(line)?;
        if self.wait_for_prompt()? == Prompt::NotSeen && !self.quiet {
            terminal::announce(
                &format!("no prompt like `# ` came within {PROMPT_LIMIT:?}: the snapshot is taken without it"),
                self.interactive,
            );
        }
        let agent = self.agent()?;
        self.aside(move || setup::settle(&agent))?;
        let (deadline, saved_by) = (Instant::now() + RESTORE_LIMIT, self.within(SAVE_LIMIT));
        let saved = snapshot::save(self.monitor(deadline)?, temporary, directory, key, saved_by);
        if saved.is_err() {
            self.go_on_unless_told()?;
        }
        self.vm = None;
        match saved {
            Ok(()) => Ok(Some(())),
            Err(error) => {
                eprintln!(
                    "lkmc: no snapshot could be saved ({error}): the guest boots again, and will at the next run"
                );
                self.boot_without_snapshot(format!("it could not be saved: {error}"))?;
                Ok(None)
            }
        }
    }

    /// Somebody may have wanted the run's end, or its time be over, while nobody listened.
    fn go_on_unless_told(&mut self) -> Result<(), Ending> {
        match self.until(Some(Instant::now()), |_| None::<()>) {
            Err(ending @ (Ending::Interrupted(_) | Ending::Timeout(_) | Ending::Quit)) => Err(ending),
            _ => Ok(()),
        }
    }

    /// The prompt follows the agent's start by some milliseconds. A root file system may have another one.
    fn wait_for_prompt(&mut self) -> Result<Prompt, Ending> {
        let deadline = Instant::now() + PROMPT_LIMIT;
        while Instant::now() < deadline {
            // busybox asks the terminal where its cursor is, right after the prompt.
            let last = self.last_lines().pop().unwrap_or_default();
            if last.trim_end_matches("\x1b[6n").ends_with("# ") {
                return Ok(Prompt::Seen);
            }
            self.until(Some(Instant::now() + Duration::from_millis(5)), |_| None::<()>)?;
        }
        Ok(Prompt::NotSeen)
    }
}
