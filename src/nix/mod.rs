//! Nix: evaluates a lowered profile, fetches what the toolbox's lock names, builds. The only module that spawns Nix.

pub mod build;
mod built;
pub mod demos;
mod diff;
pub mod enter;
mod eval;
mod gc;
mod log;
pub mod of_profile;
mod outside;
mod place;
mod plain;
pub mod plan;
mod process;
mod progress;
mod realise;
mod roots;
mod sandbox;
mod shell;
mod store;
mod tree;
mod verify;

use std::time::Instant;

pub use build::{BUNDLE, build, build_attr, plan};
pub use built::Built;
pub use diff::{Difference, diff};
pub use eval::dry_run;
pub use gc::{Freed, Garbage, garbage, gc};
pub use outside::Workplace;
pub use plain::plain;
pub use process::run;
pub use realise::{Unbuilt, add_downloads};
pub use roots::RootLock;
pub use sandbox::require_sandbox;
pub use shell::{Toolchain, shell};
pub use store::Store;
pub use verify::{Outcome, Verified, verify};

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A kernel takes minutes, so there is none unless the user asks.
    pub deadline: Option<Instant>,
    /// Prints the commands and the builders' output.
    pub verbose: bool,
}
