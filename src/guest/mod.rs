//! Talking to the agent inside a guest (`guest/agent/`).

pub mod client;
pub mod connection;
pub mod credit;
pub mod events;
pub mod process;
pub mod protocol;
pub mod snapshots;

/// Directory of the guest that files are pushed into and commands start in.
pub const GUEST_DIRECTORY: &str = "/lkmc";
