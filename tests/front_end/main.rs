//! What needs neither a store nor an emulator: the command line, files and their messages, and everything around builds and
//! runs on recorded results.

#[path = "../common/mod.rs"]
mod common;

mod cli;
mod completions;
mod coverage;
mod debian_tree;
mod demos;
mod docs;
mod download;
mod gdb_models;
mod gem5_agent;
mod gem5_playback;
mod kconfig_report;
mod lowered;
mod m5ops;
mod overrides;
mod package_lock;
mod profile_cli;
mod properties;
mod structure;
mod trace;
mod ui;
mod ui_demos;
