//! lkmc: from a TOML profile to a command run in a booted guest.
//!
//! One straight line, each stage a function from one type to the next:
//! `cli -> profile::load -> wanted -> lower -> nix::build -> bundle -> emulator -> qemu::course` or `gem5::course`.

/// Shadows the standard macro in this crate, which panics when standard error is closed, as in `lkmc ... 2>&1 | head -1`.
macro_rules! eprintln {
    ($($what:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{}\n", format_args!($($what)*)));
    }};
}

/// The same.
macro_rules! eprint {
    ($($what:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!($($what)*));
    }};
}

mod again;
mod bare_metal;
mod bench;
mod bundle;
mod changes;
pub mod cli;
mod command_line;
pub mod commands;
pub mod committed;
pub mod debian;
mod debuggee;
pub mod decode;
pub mod demo;
mod dev;
pub mod diag;
mod doctor;
mod dump;
pub mod emulator;
mod events;
mod exit;
mod gdb;
mod gem5;
pub mod guest;
pub mod hash;
mod host;
mod junit;
mod kept;
mod kgdb;
mod ktap;
mod lines;
mod linux;
mod lock;
pub mod lower;
pub mod mangling;
mod nix;
pub mod paths;
mod patterns;
mod picture;
pub mod profile;
pub mod qemu;
mod random;
mod recording;
mod rr;
mod run;
mod run_directory;
mod scratch;
pub mod shell;
mod snapshots;
pub mod source;
mod store_path;
mod suggest;
mod suite;
pub mod toolbox;
mod trace;
mod trace_capture;
pub mod units;
pub mod verdict;
mod wanted;
