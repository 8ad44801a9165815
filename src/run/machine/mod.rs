//! The machine of a run: the emulator that it is, and what that says of what it executes.

pub mod trace_capture;
pub mod vm;
