//! What gem5's debug flags said while a command ran, as [`crate::gem5::tracing`] had it recorded, and what QEMU executed.
//!
//! ```text
//! gem5/lkmc/trace.py writes m5out/trace.gz
//! input -> lines -> exec     -> symbols, calls -> table, summary, perfetto
//!                -> cache    -> symbols, pages -> numbers
//!                -> pipeline -> symbols        -> text, picture, perfetto
//! qemu/trace.c says it, run/tracer.rs writes trace.gz
//! input -> blocks, images    -> symbols, calls -> table, summary, perfetto
//! ```
//!
//! Traces are as large as disks are. So all readers see one line or block after the other, and keep numbers by function, by line of
//! memory or by block, never by instruction that was executed.

pub mod blocks;
pub mod cache;
pub mod calls;
pub mod diagram;
pub mod exec;
pub mod filter;
pub mod images;
pub mod input;
pub mod lines;
pub mod minor;
pub mod pages;
pub mod passage;
pub mod perfetto;
pub mod pipeline;
pub mod processors;
pub mod source;
pub mod summary;
pub mod symbols;
pub mod tally;
pub mod walk;
