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
use crate::run::request::Cold;
use crate::wanted::Wanted;

pub fn dev(global: &Global, arguments: Dev) -> Result<ExitCode> {
    let demo = load(&arguments.path)?;
    dev::check(&demo)?;
    let name = arguments.profile.unwrap_or_else(|| super::demo::default_profile(&demo));
    let wanted = Wanted::to_talk_to(&profile::load(&name)?, &demo, "run an edit loop")?;
    if global.dry_run {
        return super::preview::show(global, &wanted, Cold::Asked);
    }
    let machine = wanted.ready()?;
    let build = super::build::options(global);
    let linux = Linux::for_demo(machine.base(), &demo, &build)?;
    // One for the kernel's build, and one for the loop.
    let deadline = global.timeout.map(|timeout| Instant::now() + timeout);
    let options = dev::Options {
        path: arguments.path,
        machine,
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
