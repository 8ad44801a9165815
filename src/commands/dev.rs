//! `lkmc dev`: the edit loop.

use std::process::ExitCode;
use std::time::Instant;

use crate::cli::{Dev, Global};
use crate::demo::load;
use crate::dev;
use crate::diag::{Error, Result};
use crate::linux::Linux;
use crate::nix;
use crate::profile::{self, MachineOverrides};
use crate::run::request::Cold;
use crate::wanted::Wanted;

pub fn dev(global: &Global, arguments: Dev) -> Result<ExitCode> {
    let demo = load(&arguments.path)?;
    dev::check(&demo)?;
    let name = super::demo::profile_name(&arguments.profile, &demo);
    refuse_disks(&arguments.machine)?;
    let base = profile::load_with(&name, &arguments.machine.settings)?;
    // What the user says outweighs what the demo asks for.
    let wanted = Wanted::to_talk_to(&base, &demo, "run an edit loop")?.with(&arguments.machine)?;
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

/// A guest that is taken back finds on a disk what it has not written yet.
fn refuse_disks(machine: &MachineOverrides) -> Result<()> {
    match machine.disk.is_empty() {
        true => Ok(()),
        false => Err(Error::usage(
            "lkmc::dev::disk",
            "the guest of an edit loop has no disk: what it writes there cannot be taken back with it",
        )
        .help("`--share DIR:/mnt:rw` is for what is to stay; `lkmc profile run --disk FILE` runs a guest with a disk")),
    }
}
