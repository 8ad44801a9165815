//! `lkmc demo run`: one demo, built, run in pristine guests and compared with what it promises.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::cli::Global;
use crate::commands::build::options;
use crate::commands::preview;
use crate::demo::observation::Report;
use crate::demo::select::Selection;
use crate::demo::{Demo, Kind, Mismatch, Run, build, compare, host, load};
use crate::diag::{Error, Exit, Result};
use crate::emulator::Trace;
use crate::host::terminal;
use crate::nix::demos::BuiltDemo;
use crate::profile::{self, Arch, Profile, Settings};
use crate::run::request::Cold;
use crate::suite::target::Target;
use crate::tracing;
use crate::verdict::Verdict;
use crate::wanted::Wanted;

pub fn run(
    global: &Global,
    path: &str,
    profile: Option<&str>,
    settings: &Settings,
    trace: &tracing::Wishes,
) -> Result<ExitCode> {
    let demo = load(path)?;
    let name = profile.map_or_else(|| default_profile(&demo), str::to_owned);
    let profile = profile::load_with(&name, settings)?;
    demo.refuse_elsewhere(&profile)?;
    if global.dry_run {
        return show(global, &demo, &profile);
    }
    let trace = tracing::wanted(&profile, trace)?;
    refuse_board(&demo, trace.as_ref())?;
    let target = target(global, &demo, profile)?;
    let (trace, _plugin) = tracing::build(trace, &target.profile, &options(global))?;
    let target = target.traced(trace);
    let built = build::build_one(target.lowered(), &demo, &options(global))?;
    let deadline = global.timeout.map(|timeout| Instant::now() + timeout);
    let mut status = 0;
    for run in demo.runs_on(target.profile.arch) {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if let (Some(model), false) = (run.machine.other_cpu(&target.profile), global.json) {
            let text = format!("{name} with the processor `{}`, as the demo asks", model.name);
            terminal::announce(&text, false);
        }
        let run = &*build::settled(&demo, run, &built);
        let report = target.observe(&demo, run, &built, left)?;
        let mismatches = compare(&run.expect, &report.observed);
        match global.json {
            true => print_json(&demo, &name, run, &built, &report, &mismatches)?,
            false => print(&demo, &name, run, &report, &mismatches)?,
        }
        status = status.max(exit_status(run, &report, &mismatches));
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
            crate::host::stdout::print(&format!("# what is run in the guest:\n{lines}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the demo runs on, built; refused before that where it can be known.
fn target(global: &Global, demo: &Demo, profile: Profile) -> Result<Target> {
    let target = Target::build(profile, [demo], &options(global))?;
    match target.select(demo)? {
        Selection::Runs => Ok(target),
        Selection::Skipped { reason } => Err(demo.not_here(&target.profile, &reason)),
    }
}

/// Builds only; what that is good for is the user's business.
pub fn for_host(path: &str, tree: Option<&Path>) -> Result<ExitCode> {
    for module in host::build(&load(path)?, tree)? {
        crate::host::stdout::print(&format!("{}\n", module.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The architecture that most people have at hand, if the demo runs there.
pub fn default_profile(demo: &Demo) -> String {
    let most = Arch::X86_64;
    let arch = match demo.arches.contains(&most) {
        true => most,
        false => demo.arches.first().copied().unwrap_or(most),
    };
    arch.default_profile()
}

/// What happened in the guest, and what that means.
fn print(demo: &Demo, profile: &str, run: &Run, report: &Report, mismatches: &[Mismatch]) -> Result<()> {
    let observed = &report.observed;
    let mut text = String::new();
    for line in run.guest.trim().lines() {
        text += &format!("# {line}\n");
    }
    text += &observed.stdout;
    if !observed.stdout.is_empty() && !observed.stdout.ends_with('\n') {
        text += "\n";
    }
    text += &observed.stderr;
    for line in &observed.dmesg {
        text += &format!("kernel: {line}\n");
    }
    for line in &observed.stack {
        text += &format!("stack: {line}\n");
    }
    let name = run.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let judgement = if mismatches.is_empty() { "pass" } else { "FAILED" };
    for mismatch in mismatches {
        text += &format!("{mismatch}\n");
    }
    text += &format!(
        "{judgement}: {}{name} on {profile}: the guest ended in {}: {}; {:.2} s\n",
        demo.name,
        report.conclusion.verdict.as_str(),
        report.conclusion.reason,
        report.seconds
    );
    if !mismatches.is_empty() {
        text += &format!("all about it is in {}\n", report.directory.display());
    }
    crate::host::stdout::print(&text).map(drop)
}

fn print_json(
    demo: &Demo,
    profile: &str,
    run: &Run,
    built: &BuiltDemo,
    report: &Report,
    mismatches: &[Mismatch],
) -> Result<()> {
    let observed = &report.observed;
    let verdict = if mismatches.is_empty() { "pass" } else { "failed" };
    let mismatches: Vec<String> = mismatches.iter().map(Mismatch::to_string).collect();
    let json = serde_json::json!({
        "demo": demo.name, "profile": profile, "run": run.name, "verdict": verdict, "seconds": report.seconds,
        "guest": report.conclusion.verdict, "status": observed.status, "stdout": observed.stdout,
        "stderr": observed.stderr, "dmesg": observed.dmesg, "stack": observed.stack, "mismatches": mismatches,
        "directory": report.directory, "warnings": built.warnings,
    });
    crate::host::stdout::print(&format!("{json}\n")).map(drop)
}

/// The demo's promise decides. Where one was broken, what happened to the guest says more than 1 could.
fn exit_status(run: &Run, report: &Report, mismatches: &[Mismatch]) -> u8 {
    let conclusion = &report.conclusion;
    match conclusion.verdict {
        _ if mismatches.is_empty() => 0,
        verdict if verdict == run.expect.verdict => Exit::Failed.status(),
        Verdict::Panic | Verdict::Oops | Verdict::Lockup | Verdict::NoInit => Exit::GuestKernel.status(),
        Verdict::Timeout => Exit::Timeout.status(),
        Verdict::EmulatorDied => Exit::Infrastructure.status(),
        Verdict::Pass | Verdict::Failed => Exit::Failed.status(),
    }
}
