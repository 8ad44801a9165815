//! What gem5's debug flags say while a command runs: recording it, and reading what was recorded.
//!
//! ```text
//! flags -> recording (gem5/lkmc/trace.py writes m5out/trace.gz)
//! ```

pub mod flags;
pub mod recording;
