//! Real guests: every promise of `profile run` and `vm`, on every profile that LKMC_TEST_PROFILES names.
//!
//! Without that variable each test says that it is skipped, because building kernels takes a while:
//! `LKMC_TEST_PROFILES="x86_64-qemu aarch64-qemu arm-qemu" cargo test --test guest`.

#[path = "../common/mod.rs"]
mod common;

mod adversity;
mod command;
mod detached;
mod machine;
mod snapshot;
mod verdict;
mod world;
