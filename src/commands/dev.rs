//! `lkmc dev`: the edit loop.

use std::process::ExitCode;

use crate::cli::{Dev, Global};
use crate::demo::load;
use crate::demo::select::{Selection, select};
use crate::dev;
use crate::diag::{Error, Result};
use crate::suite::target::Target;

pub fn dev(global: &Global, arguments: Dev) -> Result<ExitCode> {
    let demo = load(&arguments.path)?;
    let name = arguments.profile.unwrap_or_else(|| super::demo::default_profile(&demo));
    let target = Target::build(global, &name)?;
    if let Selection::Skipped { reason } = select(&demo, &target.profile, &target.kernel_config) {
        let message = format!("{} does not run on {name}: {reason}", demo.name);
        return Err(Error::usage("lkmc::demo::not_here", message).help("`lkmc demo show` says what it needs"));
    }
    let options = dev::Options {
        path: arguments.path,
        target,
        parameters: arguments.parameters,
        then: arguments.then,
        once: arguments.once,
        json: global.json,
        build: super::build::options(global),
    };
    dev::run(&options, &demo).map(ExitCode::from)
}
