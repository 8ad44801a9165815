//! Talking to the agent inside a guest (`guest/agent.c`).

pub mod client;
pub mod protocol;
