//! Nix: evaluates a lowered profile, fetches what the toolbox's lock names, builds. The only module that spawns Nix.

pub mod build;
pub mod enter;
pub mod interrupt;
pub mod plan;
mod process;
mod progress;
mod roots;
mod store;

pub use build::{Built, Options, build, build_attr};
pub use store::Store;
