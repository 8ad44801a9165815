//! `lkmc shell`: a profile's cross toolchain, debugger and emulator in a shell.

use std::process::ExitCode;

use crate::cli;
use crate::diag::Result;
use crate::nix::{self, of_profile};

pub fn run(global: &cli::Global, arguments: &cli::ShellArgs) -> Result<ExitCode> {
    let lowered = of_profile::lowered(&crate::profile::load(&arguments.profile.name)?)?;
    match nix::shell(&lowered, &arguments.command, &super::build::options(global))? {}
}
