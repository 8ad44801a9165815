//! What gem5's debug flags say: lines of text, each flag's parsed by a file of its own.

pub mod cache;
pub mod exec;
pub mod lines;
pub mod minor;
pub mod o3;
pub mod pages;
pub mod passage;
pub mod processors;
pub mod traced;
