//! `lkmc dev`: the edit loop.

use std::process::ExitCode;
use std::time::Instant;

use crate::cli::{Dev, Global};
use crate::demo::load;
use crate::dev;
use crate::diag::Result;
use crate::linux::Linux;
use crate::nix;
use crate::profile;

pub fn dev(global: &Global, arguments: Dev) -> Result<ExitCode> {
    let demo = load(&arguments.path)?;
    dev::check(&demo)?;
    let name = arguments.profile.unwrap_or_else(|| super::demo::default_profile(&demo));
    if global.dry_run {
        let base = profile::load(&name)?;
        return super::preview::show(global, &base, &demo.machine.applied_to(&base)?, Vec::new());
    }
    let build = super::build::options(global);
    let linux = Linux::to_talk_to(&profile::load(&name)?, &demo, "run an edit loop", &build)?;
    // One for the kernel's build, and one for the loop.
    let deadline = global.timeout.map(|timeout| Instant::now() + timeout);
    let options = dev::Options {
        path: arguments.path,
        linux,
        parameters: arguments.parameters,
        then: arguments.then,
        once: arguments.once,
        json: global.json,
        build: nix::Options { deadline, ..build },
        deadline,
    };
    dev::run(&options, &demo).map(ExitCode::from)
}
