//! `lkmc demo run`: one demo, built, run in pristine guests and compared with what it promises.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::cli::{DemoOnProfile, Global};
use crate::commands::build::options;
use crate::commands::preview;
use crate::demo::select::Selection;
use crate::demo::{Demo, Kind, Run, build, host, load};
use crate::diag::{Error, Result};
use crate::emulator::Trace;
use crate::host::{stdout, terminal};
use crate::profile::Profile;
use crate::run::request::Cold;
use crate::suite::Case;
use crate::suite::judged::{Judged, Judgement};
use crate::suite::target::Target;
use crate::trace_capture;
use crate::wanted::Wanted;

use super::chosen;

pub fn run(global: &Global, choice: &DemoOnProfile, trace: &trace_capture::Wishes) -> Result<ExitCode> {
    let (demo, name, profile) = chosen(choice)?;
    if global.dry_run {
        return show(global, &demo, &profile);
    }
    let trace = trace_capture::wanted(&profile, trace)?;
    refuse_board(&demo, trace.as_ref())?;
    let target = target(global, &demo, profile)?;
    let (trace, _plugin) = trace_capture::build(trace, &target.profile, &options(global))?;
    let target = target.traced(trace);
    let built = build::build_one(&target.profile, &demo, &options(global))?;
    let deadline = global.timeout.map(|timeout| Instant::now() + timeout);
    let case = Case {
        demo: &demo,
        target: &target,
    };
    let mut status = 0;
    for run in demo.runs_on(target.profile.arch) {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if let (Some(model), false) = (run.machine.other_cpu(&target.profile), global.json) {
            let text = format!("{name} with the processor `{}`, as the demo asks", model.name);
            terminal::announce(&text, false);
        }
        let run = &*build::settled(&demo, run, &built);
        let report = target.observe(&demo, run, &built, left)?;
        let judged = Judged::of(case, run, &built, report, false);
        match global.json {
            // Plain data that serde_json can always represent.
            true => stdout::print(&format!("{}\n", serde_json::to_string(&judged).unwrap_or_default()))?,
            false => stdout::print(&text(run, &judged))?,
        };
        status = status.max(judged.exit_status());
    }
    Ok(ExitCode::from(status))
}

/// A program without Linux is traced on gem5 only.
fn refuse_board(demo: &Demo, trace: Option<&Trace>) -> Result<()> {
    match (demo.kind, trace) {
        (Kind::BareMetal, Some(Trace::Qemu(_))) => {
            let message = format!("{} runs without Linux, and is not traced on QEMU", demo.name);
            Err(Error::usage("lkmc::trace::bare_metal", message)
                .help("a gem5 profile of the same architecture traces it, for example `-p aarch64-gem5-atomic`"))
        }
        _ => Ok(()),
    }
}

/// The emulator's command line for each of the demo's runs.
fn show(global: &Global, demo: &Demo, base: &Profile) -> Result<ExitCode> {
    if demo.kind == Kind::BareMetal {
        return Err(Error::usage("lkmc::no_dry_run", "a demo on bare metal has no dry run")
            .help("leave `--dry-run` out; `--verbose` shows external commands as they are run"));
    }
    for run in demo.runs_on(base.arch) {
        preview::show(global, &Wanted::of_demo(base, &run.machine)?, Cold::Asked)?;
        if !global.json {
            let lines: String = run.guest.trim().lines().map(|line| format!("# {line}\n")).collect();
            stdout::print(&format!("# what is run in the guest:\n{lines}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the demo runs on, built; refused before that where it can be known.
pub(super) fn target(global: &Global, demo: &Demo, profile: Profile) -> Result<Target> {
    let target = Target::build(profile, [demo], &options(global))?;
    match target.select(demo)? {
        Selection::Runs => Ok(target),
        Selection::Skipped { reason } => Err(demo.not_here(&target.profile, &reason)),
    }
}

/// Builds only; what that is good for is the user's business.
pub fn for_host(global: &Global, path: &str, tree: Option<&Path>) -> Result<ExitCode> {
    for module in host::build(&load(path)?, tree, &options(global))? {
        stdout::print(&format!("{}\n", module.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What happened in the guest, and what that means.
fn text(run: &Run, judged: &Judged) -> String {
    let mut text = String::new();
    for line in run.guest.trim().lines() {
        text += &format!("# {line}\n");
    }
    text += &judged.stdout;
    if !judged.stdout.is_empty() && !judged.stdout.ends_with('\n') {
        text += "\n";
    }
    text += &judged.stderr;
    for line in &judged.dmesg {
        text += &format!("kernel: {line}\n");
    }
    for line in &judged.stack {
        text += &format!("stack: {line}\n");
    }
    for mismatch in &judged.mismatches {
        text += &format!("{mismatch}\n");
    }
    text += &format!(
        "{}: {}{} on {}: the guest {}; {:.2} s\n",
        judged.verdict.as_str(),
        judged.demo,
        judged.title(),
        judged.profile,
        judged.ending(),
        judged.seconds
    );
    if judged.verdict != Judgement::Pass {
        text += &format!("all about it is in {}\n", judged.directory.display());
    }
    text
}
