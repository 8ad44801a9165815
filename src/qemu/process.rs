//! QEMU's process in a run: started, and talked to.

use std::time::Instant;

use crate::command_line::CommandLine;
use crate::emulator::qmp::Qmp;
use crate::guest::client::Greeting;
use crate::run::driver::Driver;
use crate::run::ending::Ending;
use crate::run::machine::vm::Links;
use crate::run::request::OnPanic;

/// A machine that somebody wants to look at when its kernel has died stays after its end. Without a greeting there is no agent.
pub fn start(
    driver: &mut Driver,
    line: &CommandLine,
    greeting: Option<Greeting>,
    deadline: Instant,
) -> Result<(), Ending> {
    driver.start(line, Links::Sockets(greeting), deadline)?;
    if driver.plan.on_panic == OnPanic::Exit {
        return Ok(());
    }
    let stays = driver.machine.vm_mut().is_some_and(|vm| vm.stay(deadline).is_ok());
    if !stays {
        monitor(driver, deadline)?;
        return Err(Ending::Broken(
            "QEMU does not let its machine stay after its end".into(),
        ));
    }
    Ok(())
}

/// QEMU's monitor, or why there is none.
pub fn monitor<'d>(driver: &'d mut Driver, deadline: Instant) -> Result<&'d mut Qmp, Ending> {
    let vm = driver.machine.vm_mut();
    if vm.and_then(|vm| vm.wait_for_monitor(deadline)).is_none() {
        // An emulator that has ended is among the events.
        driver.until(Some(Instant::now()), |_| None::<()>)?;
    }
    driver
        .machine
        .qmp()
        .ok_or_else(|| Ending::Broken("QEMU's monitor does not answer".into()))
}
