//! This process: its signals, threads and children, the terminal and the streams that its user gave it.

pub mod child;
pub mod interrupt;
pub mod machine;
pub mod signals;
pub mod socket;
pub mod stderr;
pub mod stdout;
pub mod terminal;
pub mod thread;
pub mod typed;
pub mod user;
pub mod watchdog;
