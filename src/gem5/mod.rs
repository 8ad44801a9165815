//! Runs on gem5: boot once on the fastest model, keep a checkpoint at the prompt, start every command there on the profile's
//! model.
//!
//! ```text
//! Profile, Bundle -> Plan (checkpoint, command lines) -> course (gem5's process, console, agent.out) -> Conclusion -> run.json
//! ```
//!
//! A command's input is complete before the simulation starts, so that nothing of the host's timing reaches the machine: two
//! runs of the same command are equal, tick for tick.

use crate::diag::Error;
use crate::profile::Profile;

pub mod about;
pub mod checkpoint;
pub mod config;
pub mod conversation;
pub mod course;
pub mod debug;
pub mod ending;
pub mod inputs;
pub mod share;
pub mod stages;
pub mod stats;
pub mod stub;

/// For what only gem5 can do.
pub fn not_gem5(profile: &Profile) -> Error {
    let message = format!("profile `{}` runs on {}", profile.name, profile.emulator.kind.title());
    Error::usage("lkmc::gem5::not_gem5", message)
        .help("name a gem5 profile: `lkmc profile list` shows them, aarch64-gem5-atomic is the quickest")
}
