//! How an emulator is started for a run.

use std::time::Instant;

use crate::command_line::CommandLine;
use crate::emulator::qmp::Qmp;
use crate::guest::client::Greeting;
use crate::run::ending::Ending;
use crate::run::machine::vm::{Links, Vm};
use crate::run::request::OnPanic;

use super::Driver;

impl Driver<'_> {
    pub fn start(&mut self, line: &CommandLine, greeting: Option<Greeting>, deadline: Instant) -> Result<(), Ending> {
        self.start_with(line, Links::Sockets(greeting), deadline)
    }

    pub fn start_with(&mut self, line: &CommandLine, links: Links, deadline: Instant) -> Result<(), Ending> {
        self.machine.remove();
        self.seat.unplug();
        let directory = &self.directory.path;
        let started = self
            .under
            .around(line, &self.plan.kit, directory)
            .map_err(Ending::Failed)?;
        let trace = self.plan.trace.as_ref();
        self.machine.trace(directory, trace).map_err(Ending::Failed)?;
        let vm = Vm::start_with(&started, directory, links, self.under.streams(), deadline).map_err(Ending::Failed)?;
        self.record.emulator_pid = Some(vm.pid());
        self.record.rr = self.under.recorder().cloned();
        self.record.argv = line.argv().map(|word| word.to_string_lossy().into_owned()).collect();
        let vm = self.machine.put(vm);
        if self.plan.on_panic != OnPanic::Exit && vm.stay(deadline).is_err() {
            self.monitor(deadline)?;
            return Err(Ending::Broken(
                "QEMU does not let its machine stay after its end".into(),
            ));
        }
        self.plan.kit.write(&self.directory.path).map_err(Ending::Failed)?;
        self.directory.write(self.record).map_err(Ending::Failed)
    }

    /// QEMU's monitor, or why there is none.
    pub fn monitor(&mut self, deadline: Instant) -> Result<&mut Qmp, Ending> {
        let vm = self.machine.vm_mut();
        if vm.and_then(|vm| vm.wait_for_monitor(deadline)).is_none() {
            // An emulator that has ended is among the events.
            self.until(Some(Instant::now()), |_| None::<()>)?;
        }
        self.machine
            .qmp()
            .ok_or_else(|| Ending::Broken("QEMU's monitor does not answer".into()))
    }
}
