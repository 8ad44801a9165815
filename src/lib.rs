//! lkmc: from a TOML profile to a command run in a booted guest.
//!
//! One straight line, each stage a function from one type to the next:
//! `cli -> profile::load -> lower -> nix::build -> bundle -> emulator -> run`.

pub mod bundle;
pub mod cli;
pub mod commands;
pub mod committed;
pub mod diag;
pub mod doctor;
pub mod emulator;
pub mod guest;
pub mod lower;
pub mod nix;
pub mod paths;
pub mod profile;
pub mod run;
pub mod source;
pub mod toolbox;
pub mod units;
