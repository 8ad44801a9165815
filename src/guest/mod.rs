//! Talking to the agent inside a guest (`guest/agent/`).

pub mod client;
pub mod events;
pub mod process;
pub mod protocol;
pub mod snapshots;

mod connection;
mod credit;

/// Directory of the guest that files are pushed into and commands start in.
pub const GUEST_DIRECTORY: &str = "/lkmc";
