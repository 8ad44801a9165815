//! One run of one demo: a pristine guest, the demo's files in it, its shell lines, and what came of them.

use std::time::{Duration, Instant};

use crate::decode;
use crate::demo::observation::{self, Report};
use crate::demo::{Demo, Observed, Run, build};
use crate::diag::{Error, Result};
use crate::emulator::Trace;
use crate::emulator::qemu::CONSOLE_LOG;
use crate::gem5::asked;
use crate::gem5::course::{self, Work};
use crate::guest::GUEST_DIRECTORY;
use crate::guest::protocol::CommandSpec;
use crate::linux::Linux;
use crate::nix::demos::BuiltDemo;
use crate::profile::Emulator;
use crate::qemu::session::{self, Session};
use crate::run::console::log::kernel_log;
use crate::run::ending::Ending;
use crate::run::output::{LIMIT, Streams};
use crate::run::plan::slower;
use crate::run::{Errand, Finished, Order};
use crate::verdict::Verdict;
use crate::wanted::Wanted;

/// How many times longer a run may take where each cycle is simulated.
const SIMULATED: u32 = 60;

/// What a guest of either emulator said.
struct Seen {
    finished: Finished,
    /// Of the command; none if it did not end.
    status: Option<u8>,
    /// Where its part of the console's log begins.
    since: u64,
}

/// Runs it. `left` is what remains of the time for everything.
pub fn observe(
    linux: &Linux,
    demo: &Demo,
    run: &Run,
    built: &BuiltDemo,
    left: Option<Duration>,
    trace: Option<&Trace>,
) -> Result<Report> {
    let started = Instant::now();
    let ready = Wanted::of_demo(&linux.profile, &run.machine)?.ready_for_lkmc()?;
    let modules = build::modules(&built.debug());
    let order = Order {
        timeout: left,
        modules: modules.clone(),
        push: vec![built.guest()],
        sources: vec![demo.root.clone()],
        trace: trace.cloned(),
        ..ready.order(linux)
    };
    let output = Streams::default();
    let spec = CommandSpec::new(["/bin/sh", "-e", "-c", &run.guest]).at(GUEST_DIRECTORY);
    let seen = match &ready.profile().emulator {
        Emulator::Qemu(_) => in_session(&order, run, &spec, &output)?,
        Emulator::Gem5(_) => in_simulation(&order, run, spec, &output)?,
    };
    let finished = seen.finished;
    observation::complete(&finished.conclusion)?;
    observation::begun(run, &finished.conclusion, &finished.directory.join(CONSOLE_LOG))?;
    if output.is_cut() {
        let message = format!("its output exceeds {} MiB and is not compared", LIMIT >> 20);
        return Err(Error::infrastructure("lkmc::suite::too_much", message));
    }
    let dmesg = kernel_log(&finished.directory, seen.since);
    let mut files = decode::Files::of(&linux.bundle, &linux.store, &modules);
    files.roots.push(demo.root.clone());
    let observed = Observed {
        status: seen.status,
        verdict: Some(alive_is_pass(finished.conclusion.verdict)),
        stdout: output.stdout.text(),
        stderr: output.stderr.text(),
        stack: stack(&dmesg, &files, &finished),
        dmesg,
    };
    Ok(Report {
        observed,
        conclusion: finished.conclusion,
        directory: finished.directory,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Where the kernel was when it first reported something.
fn stack(dmesg: &[String], files: &decode::Files, finished: &Finished) -> Vec<String> {
    let stack = decode::first_stack(dmesg.iter().map(String::as_str), files);
    match stack.is_empty() {
        // It said nothing; where a guest that took too long was has been looked for.
        true => finished.record.stack.iter().map(ToString::to_string).collect(),
        false => stack,
    }
}

/// On QEMU: the guest is asked one thing after the other.
fn in_session(order: &Order, run: &Run, spec: &CommandSpec, output: &Streams) -> Result<Seen> {
    let (mut since, mut status) = (0, None);
    let work = |session: &mut Session| -> Result<Ending, Ending> {
        since = session.log_position();
        let exit = session.run(spec, run.timeout * slower(order), output)?;
        status = Some(exit.status());
        session.settle(since)?;
        Ok(Ending::Command(exit))
    };
    let finished = session::session(order, &crate::paths::runs()?, vec![run.guest.clone()], work)?;
    Ok(Seen {
        finished,
        status,
        since,
    })
}

/// On gem5: all that is wanted stands in the request.
fn in_simulation(order: &Order, run: &Run, spec: CommandSpec, output: &Streams) -> Result<Seen> {
    let input = Vec::new();
    let work = Work::Judged {
        task: Errand { spec, input },
        output: output.clone(),
        limit: run.timeout * SIMULATED,
    };
    let performed = course::perform((order, &asked::NOTHING), &crate::paths::runs()?, &work, None)?;
    Ok(Seen {
        finished: performed.finished,
        status: performed.status,
        since: performed.since,
    })
}

/// A command that fails in a healthy guest is judged by its status.
fn alive_is_pass(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Failed => Verdict::Pass,
        verdict => verdict,
    }
}
