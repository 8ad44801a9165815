//! Boots a guest under KVM to see whether that works here; [`crate::emulator::kvm`] says why and remembers the answer.

use std::path::Path;
use std::time::Instant;

use crate::emulator::kvm::NEVER;
use crate::emulator::qemu::command_line;
use crate::emulator::{Engine, Launch, MemoryBacking};
use crate::events::Event;
use crate::guest::client::Greeting;
use crate::run::Order;
use crate::run::machine::vm::{Links, Vm};

use super::launch::launch;

/// The error is one sentence.
pub fn boots_under_kvm(order: &Order, runs: &Path, deadline: Instant) -> Result<(), String> {
    let launch = launch(order, Engine::Kvm, MemoryBacking::Anonymous, false);
    let line = launch.and_then(|launch| command_line(&Launch { disks: &[], ..launch }));
    let line = line.map_err(|error| error.to_string())?;
    let directory = std::fs::create_dir_all(runs)
        .and_then(|()| tempfile::tempdir_in(runs))
        .map_err(|e| e.to_string())?;
    let mut vm = Vm::start(
        &line,
        directory.path(),
        Links::Sockets(Some(Greeting::Booting)),
        deadline,
    )
    .map_err(|error| error.to_string())?;
    let nothing = crossbeam_channel::never();
    loop {
        match vm.next(&nothing, Some(deadline)) {
            Some(Event::Ready) => return Ok(()),
            Some(Event::EmulatorExit(status)) => return Err(vm.describe_death(status)),
            Some(Event::Finding(finding)) => return Err(format!("a guest under it failed: {}", finding.line)),
            Some(_) => {}
            None if vm.last_lines().is_empty() => return Err(NEVER.into()),
            None => return Err("a guest under it does not boot in time".into()),
        }
    }
}
