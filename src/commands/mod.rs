//! One file per family of subcommands; each is a thin line through the stages.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, Profile};

pub mod build;
pub mod lock;
pub mod run;

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Some(Command::Lock(command)) => lock::run(&cli.global, command),
        Some(Command::Profile(Profile::Build { profile })) => build::build(&cli.global, &profile.name),
        Some(Command::Profile(Profile::Run(arguments))) => run::run(&cli.global, arguments),
        Some(Command::Enter { args }) => return crate::nix::enter::main(args),
        _ => Ok(ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        crate::diag::print(&error, cli.global.json);
        ExitCode::from(error.exit as u8)
    })
}
