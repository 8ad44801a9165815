//! Real guests, on every profile that LKMC_TEST_PROFILES names; some tests take the first one only.
//!
//! Without that variable each test says that it is skipped, because building kernels takes a while:
//! `LKMC_TEST_PROFILES="x86_64-qemu aarch64-qemu arm-qemu" cargo test --test guest`.

#[path = "../common/mod.rs"]
mod common;

mod bare_metal;
mod boot_stub;
mod coverage;
mod debian;
mod decode;
mod demo_debug;
mod demo_guest;
mod dev;
mod dump;
mod emulator_gdb;
mod gdb_runs;
mod kgdb;
mod own_kernel;
mod readme;
mod replay;
mod run;
mod terminal;
mod trace;
