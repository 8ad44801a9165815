//! One run of one demo: a pristine guest, the demo's files in it, its shell lines, and what came of them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::cli::MachineOverrides;
use crate::decode;
use crate::demo::{Machine, Observed, Run, build};
use crate::diag::{Error, Exit, Result};
use crate::guest::protocol::CommandSpec;
use crate::nix::demos::BuiltDemo;
use crate::profile::Profile;
use crate::run::Order;
use crate::run::ending::{Conclusion, Ending};
use crate::run::session::{self, Session, Streams};
use crate::run::setup::GUEST_DIRECTORY;
use crate::run::verdict::Verdict;

use super::target::Target;

/// What a run left behind.
pub struct Report {
    pub observed: Observed,
    pub conclusion: Conclusion,
    /// Run directory, with console.log and run.json.
    pub directory: PathBuf,
    pub seconds: f64,
}

/// Runs it. `left` is what remains of the time for everything.
pub fn observe(target: &Target, run: &Run, built: &BuiltDemo, left: Option<Duration>) -> Result<Report> {
    let started = Instant::now();
    let profile = machine(&target.profile, &run.machine)?;
    let modules = build::modules(&built.debug);
    let order = Order {
        timeout: left,
        modules: modules.clone(),
        push: vec![built.guest.clone()],
        ..target.order(&profile, &run.machine)
    };
    let output = Streams::default();
    let (mut since, mut status) = (0, None);
    let work = |session: &mut Session| -> Result<Ending, Ending> {
        since = session.log_position();
        let spec = CommandSpec::new(["/bin/sh", "-e", "-c", &run.guest]).at(GUEST_DIRECTORY);
        let exit = session.run(&spec, run.timeout, &output)?;
        status = Some(exit.status());
        session.settle(since)?;
        Ok(Ending::Command(exit))
    };
    let runs = crate::paths::runs()?;
    let finished = session::session(&order, &runs, &run.guest, work)?;
    if status.is_none() && finished.conclusion.verdict == Verdict::Failed {
        // Not the guest's doing: a signal came for lkmc.
        return Err(Error::new(
            Exit::Interrupted,
            "lkmc::suite::interrupted",
            finished.conclusion.reason,
        )
        .help("what the guest did until then says nothing about the demo"));
    }
    let dmesg = session::kernel_log(&finished.directory, since);
    let files = decode::Files::of(&target.bundle, &*target.physical, &modules);
    let observed = Observed {
        status,
        verdict: Some(alive_is_pass(finished.conclusion.verdict)),
        stdout: output.stdout.text(),
        stderr: output.stderr.text(),
        stack: decode::first_stack(dmesg.iter().map(String::as_str), &files),
        dmesg,
    };
    Ok(Report {
        observed,
        conclusion: finished.conclusion,
        directory: finished.directory,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// The profile's machine with what the demo changes about it.
pub fn machine(profile: &Profile, machine: &Machine) -> Result<Profile> {
    crate::profile::apply_overrides(profile.clone(), &overrides(machine))
}

/// The same as options of a command.
pub fn overrides(machine: &Machine) -> MachineOverrides {
    MachineOverrides {
        cpus: machine.cpus,
        memory: machine.memory,
        kernel_arg: machine.kernel_args.clone(),
        qemu_arg: machine.qemu_args.clone(),
        ..MachineOverrides::default()
    }
}

/// A command that fails in a healthy guest is judged by its status.
fn alive_is_pass(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Failed => Verdict::Pass,
        verdict => verdict,
    }
}
