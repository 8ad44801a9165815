//! What goes wrong on real machines, done to the real program. Each test ends with a message that says what to do, and with a
//! next run that works.
//!
//! Tests that need more than the program itself (user namespaces, downloads from before, a built profile) say by name and with
//! the reason that they are skipped. A profile is run if `LKMC_TEST_PROFILES` names one.

#[path = "../common/mod.rs"]
mod common;

mod collection;
mod download;
mod guest;
mod machine;
mod update;
mod world;
