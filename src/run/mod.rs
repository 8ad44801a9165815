//! What every run of a guest has: what it is asked for, its plan, its machine and the course from there to its record.
//!
//! ```text
//! Profile, Bundle -> Order -> Plan -> RunDirectory -> Driver (Vm, events) -> Ending -> Conclusion -> run.json
//! ```
//!
//! How a guest comes to its prompt is the emulators' own: [`crate::qemu`] and [`crate::gem5`].

use crate::diag::Result;
use crate::host::terminal;

pub use self::conduct::{Ended, Finished, Run, conclude_abandoned};
use self::console::screen;
use self::driver::Driver;
pub use self::driver::Stage;
pub(crate) use self::report::tell;
pub use self::request::Order;
pub use self::task::{Errand, FirstLine, Task};

pub(crate) mod accelerator;
pub(crate) mod conduct;
pub(crate) mod console;
pub(crate) mod driver;
pub(crate) mod ending;
pub(crate) mod machine;
pub(crate) mod output;
pub(crate) mod patience;
pub(crate) mod plan;
mod report;
pub(crate) mod request;
pub(crate) mod set_up;
pub(crate) mod snapshot;
mod task;
pub(crate) mod under;

/// The console beside what is on standard output, if that is wanted.
pub(crate) fn show_boot(driver: &mut Driver, console: bool) -> Result<()> {
    match console {
        true => driver.show_console(screen::From::Start, screen::To::Stderr),
        false => Ok(()),
    }
}

/// Connects screen and keyboard. The guard puts the terminal back.
pub(crate) fn give_terminal(driver: &mut Driver, task: &Task, console: bool) -> Result<Option<terminal::Raw>> {
    match task {
        Task::Command { .. } => {
            show_boot(driver, console)?;
            Ok(None)
        }
        Task::Shell { first } => {
            let from = match (console || driver.plan.custom_init, first) {
                (true, _) => screen::From::Start,
                (false, None) => screen::From::Shell,
                (false, Some(_)) => screen::From::Told,
            };
            driver.interactive = true;
            driver.show_console(from, screen::To::Stdout)?;
            let raw = terminal::Raw::enter();
            if raw.is_some() {
                terminal::announce("Ctrl-A X leaves, Ctrl-A ? shows the keys", true);
            }
            terminal::read_keys(driver.sender.clone(), terminal::Leaving::SwitchesOff)?;
            Ok(raw)
        }
    }
}
