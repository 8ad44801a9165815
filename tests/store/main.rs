//! Nix itself, and the toolboxes. Spawns Nix, so it runs only where `LKMC_TEST_NIX` is set (`./test` sets it once the downloads
//! are there).

#[path = "../common/mod.rs"]
mod common;

mod flake;
mod fragments;
mod kconfig;
mod nix;
mod nix_daemon;
mod package_lock;
mod patches;
mod toolboxes;
