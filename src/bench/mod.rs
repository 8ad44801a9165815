//! Measuring on gem5: the same command on one machine several times, or on many machines that differ in chosen keys.
//!
//! ```text
//! Study (profile, axes, command) -> points (a profile each) -> runs -> results.jsonl -> table, plot, comparison, export
//! ```
//!
//! A study is a directory below `out/bench/`. A point is done when its line stands in `results.jsonl`; a study that was
//! interrupted, however, goes on with the points that have none.

pub mod inputs;
pub mod models;
pub mod paint;
pub mod plot;
pub mod points;
pub mod results;
pub mod runner;
pub mod runs;
pub mod study;
pub mod table;
pub mod values;
