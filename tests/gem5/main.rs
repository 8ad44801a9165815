//! Simulations by a real gem5, where LKMC_GEM5 names one, and what has to be refused everywhere. What is around gem5 is tested
//! on recorded results in `tests/front_end/`.

#[path = "../common/mod.rs"]
mod common;

mod checkpoint;
mod demos;
mod disguise;
mod gdb;
mod machines;
mod resume;
mod run;
mod trace;
