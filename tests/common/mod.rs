//! What several test programs share. None of them uses all of it.
#![allow(dead_code)]

pub mod terminal;

/// Whether a test that spawns Nix is to be left out; if so it has said why, in the form that `./test` collects.
pub fn skipped_without_nix(test: &str) -> bool {
    let skip = std::env::var_os("LKMC_TEST_NIX").is_none();
    if skip {
        println!("SKIPPED {test}: LKMC_TEST_NIX is not set");
    }
    skip
}
