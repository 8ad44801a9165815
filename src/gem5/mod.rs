//! Runs on gem5: boot once on the fastest model, keep a checkpoint at the prompt, start every command there on the profile's
//! model.
//!
//! ```text
//! Profile, Bundle -> Plan (checkpoint, command lines) -> course (gem5's process, console, agent.out) -> Conclusion -> run.json
//! ```
//!
//! A command's input is complete before the simulation starts, so that nothing of the host's timing reaches the machine: two
//! runs of the same command are equal, tick for tick.

pub mod about;
pub mod absent;
pub mod asked;
pub mod checkpoint;
pub mod config;
pub mod conversation;
pub mod course;
pub mod cycles;
pub mod debug;
pub mod debug_flags;
pub mod demands;
pub mod figures;
pub mod inputs;
pub mod resume;
pub mod share;
pub mod stages;
pub mod stats;
pub mod stub;
pub mod trace_capture;
