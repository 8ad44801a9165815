//! A simulation under GDB: it stands at its first instruction, or at the prompt where the checkpoint was made, until GDB is there,
//! and lives until GDB ends.

use std::path::Path;
use std::process::ExitStatus;
use std::time::Instant;

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator::gem5::{self, CONSOLE, OUTPUT, Simulation, Stage, agent_output};
use crate::emulator::qemu::GDB_SOCKET;
use crate::events::Event;
use crate::gdb::Place;
use crate::guest::protocol::{CommandSpec, Exit};
use crate::host::{signals, terminal};
use crate::profile::Profile;
use crate::run::driver::Driver;
use crate::run::driver::debugger::{DebugOptions, Stub, start};
use crate::run::ending::Ending;
use crate::run::plan::{self, Plan};
use crate::run::request::Cold;
use crate::run::snapshot;
use crate::run::{self, Errand, Order, Run};
use crate::run_directory::RunDirectory;
use crate::run_directory::conclusion::Conclusion;
use crate::snapshots::Kept;

use super::about;
use super::checkpoint;
use super::course::{Site, begin, finish, plan, tell};
use super::stub::Relay;
use super::{asked, conversation, resume, stages};

/// A guest that nobody gave a command: gem5 has no prompt at which it could wait.
const NOTHING: [&str; 2] = ["sleep", "2147483647"];

/// Refuses what gem5's stub cannot do, before anything is built for it.
pub fn check(profile: &Profile, place: Option<&Place>, stub: Stub) -> Result<()> {
    let refuse = |why: &str, help: &'static str| {
        let message = format!("profile `{}` runs on gem5, {why}", profile.name);
        Err(Error::usage("lkmc::gem5::stub", message).help(help))
    };
    match place {
        _ if stub != Stub::Emulator => refuse(
            "which has no serial port for the kernel's own debugger",
            "leave --kgdb or --kdb out: gem5's stub is used then",
        ),
        Some(Place::Decompressor) => refuse(
            "which loads the kernel unpacked",
            "`--early` stops at the kernel's first instruction",
        ),
        // The register that tells one from the other is none that the stub shows.
        Some(Place::User(_)) => refuse(
            "whose stub cannot tell one process's addresses from another's",
            "a QEMU profile of the same architecture has `--user`",
        ),
        _ => about::check(profile),
    }
}

/// Runs until GDB ends. The status is GDB's, or says what went wrong instead.
pub fn debug(order: &Order, runs: &Path, options: &DebugOptions) -> Result<Conclusion> {
    let started = Instant::now();
    let site = Site::find(order, &asked::NOTHING)?;
    let simulation = Simulation {
        wait_for_gdb: true,
        ..site.simulation(order)
    };
    let directory = RunDirectory::create(runs)?;
    let kept = match options.from_reset {
        true => None,
        false => Some(checkpoint::choose(&simulation, &directory.path, order.cold)?),
    };
    let plan = match &kept {
        Some(kept) => plan((order, &asked::NOTHING), &simulation, kept, &directory)?,
        None => from_reset(order, &simulation, &directory)?,
    };
    let task = Errand {
        spec: options.command.clone().unwrap_or_else(|| CommandSpec::new(NOTHING)),
        input: Vec::new(),
    };
    let record = begin(
        (order, &asked::NOTHING),
        &simulation,
        &task,
        None,
        &directory,
        &plan.snapshot.record,
    )?;
    let mut run = Run::of(plan, directory, record, started);
    run.announce(order.verbose);
    let answers = agent_output(order.profile.arch);
    let ended = run.conduct(run::Stage::default(), |driver| match driver.show_boot(order.console) {
        Ok(()) => carry_out(driver, driver.plan, kept.as_ref(), options, answers),
        Err(error) => Ending::Failed(error),
    })?;
    if let Some(kept) = &kept {
        resume::label(&run.directory.path, &kept.key);
    }
    let finished = finish(order, run, ended)?;
    tell(order, &finished)?;
    Ok(finished.conclusion)
}

/// A boot that leaves nothing.
fn from_reset(order: &Order, simulation: &Simulation, directory: &RunDirectory) -> Result<Plan> {
    let stage = Stage::Through {
        request: &conversation::file(&directory.path),
    };
    let line = gem5::command_line(simulation, stage, OUTPUT)?;
    let snapshot = snapshot::Choice::none(Cold::FromReset.why());
    Ok(plan::of(order, line, snapshot))
}

fn carry_out(driver: &mut Driver, plan: &Plan, kept: Option<&Kept>, options: &DebugOptions, answers: &str) -> Ending {
    let line = match kept {
        None => Ok(&plan.boot),
        Some(kept) => stages::make(driver, plan, kept),
    };
    // From now on Ctrl-C at GDB's prompt is for GDB, which stops the guest.
    let _interrupts = signals::leave_interrupts_to_child(!options.wishes.batch);
    let attended = line.and_then(|line| attend(driver, line, options, answers));
    attended.unwrap_or_else(|ending| ending)
}

fn attend(driver: &mut Driver, line: &CommandLine, options: &DebugOptions, answers: &str) -> Result<Ending, Ending> {
    // What the boot said is for GDB's user to judge.
    driver.machine.forget_doom();
    let output = stages::prepare(driver, OUTPUT, &[CONSOLE, answers])?;
    stages::start(driver, line, &output, Instant::now())?;
    let _relay = Relay::open(driver.directory(), &output).map_err(Ending::Failed)?;
    let agent = stages::follow_agent(driver, &output.join(answers), None).map_err(Ending::Failed)?;
    let _debugger = start(driver, options, GDB_SOCKET, None)?;
    // A script that waits for what never comes ends with the command's limit; a user may take their time.
    let limit = driver.plan.limits.command.filter(|_| options.wishes.batch);
    let deadline = limit.map(|limit| Instant::now() + limit);
    let ending = serve(driver, options, deadline).unwrap_or_else(|ending| ending);
    Ok(driver.finish_output(agent, deadline, ending))
}

/// What matters while GDB has the guest.
enum Step {
    Ended(ExitStatus),
    Command(Exit),
    SimulationEnded,
    Ignored,
}

fn step(event: &Event) -> Option<Step> {
    Some(match event {
        Event::DebuggerExit(status) => Step::Ended(*status),
        Event::CommandExit(exit) => Step::Command(*exit),
        Event::EmulatorExit(_) => Step::SimulationEnded,
        // GDB shows what the guest's trouble is.
        Event::Finding(_) => Step::Ignored,
        _ => return None,
    })
}

fn serve(driver: &mut Driver, options: &DebugOptions, deadline: Option<Instant>) -> Result<Ending, Ending> {
    loop {
        let Some(step) = driver.until(deadline, step)? else {
            let limit = driver.plan.limits.command.unwrap_or_default();
            return Err(Ending::Timeout(format!("GDB's script did not end within {limit:?}")));
        };
        match step {
            Step::Ended(status) => return Ok(Ending::of_debugger(status)),
            Step::Command(exit) => {
                terminal::announce(&format!("the command ended with status {}", exit.status()), false);
            }
            Step::SimulationEnded if options.wishes.batch => {}
            Step::SimulationEnded => terminal::announce("the simulation has ended; `quit` leaves GDB", false),
            Step::Ignored => {}
        }
    }
}
