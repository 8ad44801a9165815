//! lkmc: from a TOML profile to a command run in a booted guest.
//!
//! One straight line, each stage a function from one type to the next:
//! `cli -> profile::load -> lower -> nix::build -> bundle -> emulator -> run`.

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

pub mod bare_metal;
pub mod bench;
pub mod bundle;
pub mod cli;
pub mod command_line;
pub mod commands;
pub mod committed;
pub mod debuggee;
pub mod decode;
pub mod demo;
pub mod dev;
pub mod diag;
pub mod doctor;
pub mod dump;
pub mod emulator;
pub mod exit;
pub mod gdb;
pub mod gem5;
pub mod guest;
pub mod hash;
mod host;
mod kept;
pub mod kgdb;
mod linux;
mod lock;
pub mod lower;
pub mod nix;
pub mod paths;
mod patterns;
mod picture;
pub mod profile;
pub mod recording;
pub mod rr;
pub mod run;
mod run_directory;
pub mod shell;
pub mod source;
mod store_path;
pub mod suggest;
pub mod suite;
pub mod toolbox;
pub mod trace;
pub mod units;
pub mod verdict;
