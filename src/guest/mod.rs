//! Talking to the agent inside a guest (`guest/agent/`).

pub mod client;
pub mod protocol;
