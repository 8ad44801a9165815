//! This process: its signals, threads and children, the terminal and the streams that its user gave it, and the events that all of
//! them become for whoever waits.

pub mod child;
pub mod events;
pub mod interrupt;
pub mod machine;
pub mod signals;
pub mod socket;
pub mod stdout;
pub mod streams;
pub mod terminal;
pub mod thread;
pub mod typed;
pub mod watchdog;
