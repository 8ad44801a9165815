//! Every promise of `profile run` and `vm`.

mod adversity;
mod again;
mod command;
mod detached;
mod from_snapshot;
mod kernel_tests;
mod machine;
mod snapshot;
mod taken_back;
mod verdict;
pub(crate) mod world;
