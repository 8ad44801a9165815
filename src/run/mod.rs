//! What every run of a guest has: what it is asked for, its plan, its machine and the course from there to its record.
//!
//! ```text
//! Profile, Bundle -> Order -> Plan -> RunDirectory -> Driver (Vm, events) -> Ending -> Conclusion -> run.json
//! ```
//!
//! How a guest comes to its prompt is the emulators' own: [`crate::qemu`] and [`crate::gem5`].

pub use self::conduct::{Ended, Finished, Run, conclude_abandoned};
pub use self::driver::Stage;
pub(crate) use self::report::tell;
pub use self::request::Order;
pub use self::task::{Errand, FirstLine, Task};

pub(crate) mod accelerator;
pub mod beginning;
pub(crate) mod conduct;
pub(crate) mod console;
pub(crate) mod driver;
pub(crate) mod ending;
pub(crate) mod kernel_tests;
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
mod visitors;
