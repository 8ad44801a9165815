//! Runs on QEMU: restored from a snapshot at the prompt or booted, talked to while they last, looked at with GDB, kept for other
//! processes.
//!
//! ```text
//! Order -> engine -> Plan (snapshot, command lines) -> bring_up -> a command, a shell, a session, GDB -> Conclusion -> run.json
//! ```

pub(crate) mod bring_up;
pub(crate) mod course;
pub(crate) mod debug;
pub(crate) mod debug_emulator;
pub(crate) mod engine;
pub(crate) mod launch;
pub(crate) mod plan;
pub(crate) mod ports;
pub(crate) mod probe;
pub(crate) mod process;
pub(crate) mod session;
pub mod snapshot;
pub(crate) mod stay;
pub(crate) mod undo;
