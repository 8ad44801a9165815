//! One file per family of subcommands; each is a thin line through the stages.

use std::process::ExitCode;

use clap::Parser;

pub fn main() -> ExitCode {
    let cli = crate::cli::Cli::parse();
    let _ = cli;
    ExitCode::SUCCESS
}
