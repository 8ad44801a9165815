//! How an emulator is started for a run.

use std::time::Instant;

use crate::command_line::CommandLine;
use crate::run::ending::Ending;
use crate::run::machine::vm::{Links, Vm};

use super::Driver;

impl Driver<'_> {
    pub fn start(&mut self, line: &CommandLine, links: Links, deadline: Instant) -> Result<(), Ending> {
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
        self.machine.put(vm);
        self.plan.kit.write(&self.directory.path).map_err(Ending::Failed)?;
        self.directory.write(self.record).map_err(Ending::Failed)
    }
}
