//! Reads traces, which [`crate::trace_capture`] has had made: what was executed while a command ran, as gem5's debug flags or QEMU's
//! plugin say it.
//!
//! ```text
//! gem5/lkmc/trace.py writes m5out/trace.gz
//! input -> gem5::lines -> exec      -> walk -> symbols, calls -> table, summary, perfetto
//!                      -> cache     -> symbols, pages         -> tally
//!                      -> o3, minor -> pipeline, symbols      -> diagram, perfetto
//! qemu/trace.c says it, run/machine/trace_capture.rs writes trace.gz
//! input -> qemu::blocks, images     -> walk -> symbols, calls -> table, summary, perfetto
//! either                            -> walk -> decode::units   -> coverage, lcov
//! ```
//!
//! Traces are as large as disks are. So all readers see one line or block after the other, and keep numbers by function, by line of
//! memory or by block, never by instruction that was executed.

pub mod calls;
pub mod coverage;
pub mod diagram;
pub mod file;
pub mod filter;
pub mod gem5;
pub mod input;
pub mod lcov;
pub mod per_cpu;
pub mod perfetto;
pub mod pipeline;
pub mod qemu;
pub mod source;
pub mod summary;
pub mod symbols;
pub mod tally;
pub mod tree;
pub mod walk;
