//! What gem5's debug flags say while a command runs: recording it, and reading what was recorded.
//!
//! ```text
//! flags -> recording (gem5/lkmc/trace.py writes m5out/trace.gz)
//! input -> lines -> exec     -> symbols, calls -> table, summary, perfetto
//!                -> cache    -> symbols, pages -> numbers
//!                -> pipeline -> symbols        -> text, picture, perfetto
//! ```
//!
//! Traces are as large as disks are. So all readers see one line after the other, and keep numbers by function or by line of
//! memory, never by instruction.

pub mod cache;
pub mod calls;
pub mod diagram;
pub mod exec;
pub mod filter;
pub mod flags;
pub mod input;
pub mod lines;
pub mod minor;
pub mod pages;
pub mod passage;
pub mod perfetto;
pub mod pipeline;
pub mod processors;
pub mod recording;
pub mod source;
pub mod summary;
pub mod symbols;
pub mod tally;
pub mod walk;
