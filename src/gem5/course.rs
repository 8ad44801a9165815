//! One run on gem5, from its order to its conclusion.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator::gem5::ending::Written;
use crate::emulator::gem5::{self, BOOT, OUTPUT, Shared, Simulation, Simulator, Stage, agent_output};
use crate::emulator::{Trace, only_gem5};
use crate::gdb::Terminal;
use crate::guest::protocol::CommandSpec;
use crate::host::{signals, terminal, watchdog};
use crate::profile::{Gem5, Profile};
use crate::run::console::log::{MARK_COMMAND, log_length};
use crate::run::driver::Driver;
use crate::run::driver::debugger::Pane;
use crate::run::ending::Ending;
use crate::run::output::Streams;
use crate::run::plan::{self, Plan};
use crate::run::request::{Cold, OnPanic};
use crate::run::snapshot::{self, Action};
use crate::run::{self, Ended, Errand, Finished, FirstLine, Order, Run, under};
use crate::run_directory::RunDirectory;
use crate::run_directory::conclusion::Conclusion;
use crate::run_directory::files::{READFILE, STDIN};
use crate::run_directory::run_json::{Gem5Record, Record, SnapshotRecord};
use crate::snapshots::{self, Kept, Turn};

use super::about;
use super::asked::{Asked, Resumed};
use super::checkpoint;
use super::resume;
use super::{conversation, figures, inputs, share, stages, trace_capture};

/// What a shell is to the agent. /init says so elsewhere: from this line on the console is shown. The words are those of the shell.
const SHELL: &str = "echo 'lkmc: shell' > /dev/console; stty rows $1 columns $2 < /dev/console; shift 2
exec /sbin/lkmc-agent console \"$@\"";

/// What the guest is for.
pub enum Work {
    Command(Errand),
    /// On the console, for somebody who types; after this line.
    Shell(Option<FirstLine>),
    /// A command that somebody of ours judges, by its output and by the kernel's log.
    Judged {
        task: Errand,
        output: Streams,
        /// In place of the profile's.
        limit: Duration,
    },
}

impl Work {
    /// Of a guest that goes on.
    pub fn of(resumed: &Resumed) -> Work {
        let words = &resumed.record.command;
        match words.iter().any(|word| word == SHELL) {
            true => Work::Shell(None),
            // What it read has been in the guest since it started.
            false => Work::Command(Errand {
                spec: CommandSpec::new(words),
                input: Vec::new(),
            }),
        }
    }

    /// For the agent a shell is a command that has the console.
    fn task(&self) -> Cow<'_, Errand> {
        match self {
            Work::Command(task) | Work::Judged { task, .. } => Cow::Borrowed(task),
            Work::Shell(first) => {
                let (rows, columns) = terminal::size().unwrap_or((24, 80));
                let (rows, columns) = (rows.to_string(), columns.to_string());
                let mut words = ["/bin/sh", "-c", SHELL, "shell", &rows, &columns, "sh", "-l"]
                    .map(str::to_owned)
                    .to_vec();
                if let Some(line) = first {
                    // Ctrl-C ends the command, and the shell comes all the same.
                    let lines = format!("trap : INT; {}\ntrap - INT; exec sh -l", line.text());
                    words.extend(["-c".to_owned(), lines]);
                }
                Cow::Owned(Errand {
                    spec: CommandSpec::new(words),
                    input: Vec::new(),
                })
            }
        }
    }

    /// What the guest does when the command has ended.
    fn last(&self) -> Option<CommandSpec> {
        match self {
            Work::Judged { .. } => Some(CommandSpec::shell(MARK_COMMAND)),
            Work::Command(_) | Work::Shell(_) => None,
        }
    }

    /// Where the command's output goes, if not to ours.
    fn output(&self) -> Option<&Streams> {
        match self {
            Work::Judged { output, .. } => Some(output),
            Work::Command(_) | Work::Shell(_) => None,
        }
    }
}

/// A run that was judged.
pub struct Performed {
    pub finished: Finished,
    /// Of the command; none if it did not end.
    pub status: Option<u8>,
    /// Where its part of the console's log begins.
    pub since: u64,
}

/// The parts of a simulation that no order holds.
pub(super) struct Site<'a> {
    machine: &'a Gem5,
    repository: PathBuf,
    gem5: Simulator,
    shares: Vec<Shared>,
    asked: &'a Asked,
}

impl<'s> Site<'s> {
    pub(super) fn find(order: &'s Order, asked: &'s Asked) -> Result<Site<'s>> {
        let gem5 = Simulator::find(order.profile, order.bundle.emulator.as_ref(), order.store)?;
        // One that exists was asked before the build.
        if order.profile.emulator.build().is_some() {
            about::verify(&gem5, order.profile)?;
        }
        Ok(Site {
            machine: only_gem5(order.profile)?,
            repository: crate::paths::repository()?,
            gem5,
            shares: share::of(order.profile),
            asked,
        })
    }

    pub(super) fn simulation<'a>(&'a self, order: &'a Order) -> Simulation<'a> {
        Simulation {
            profile: order.profile,
            machine: self.machine,
            bundle: Some(order.bundle),
            store: order.store,
            repository: &self.repository,
            gem5: &self.gem5,
            shares: &self.shares,
            params: &self.asked.params,
            wait_for_gdb: false,
            trace: order.trace.as_ref().and_then(Trace::gem5),
        }
    }
}

/// Refuses what gem5's boards cannot do, before anything is built for it.
pub fn check(profile: &Profile, on_panic: OnPanic, disks: usize) -> Result<()> {
    let refuse = |code, what: &str, help: &'static str| {
        let message = format!("profile `{}` runs on gem5, {what}", profile.name);
        Err(Error::usage(code, message).help(help))
    };
    if on_panic != OnPanic::Exit {
        return refuse(
            "lkmc::gem5::on_panic",
            "which can neither dump its memory nor wait for GDB",
            "leave `--on-panic` out, or use a QEMU profile",
        );
    }
    if disks > 0 {
        return refuse("lkmc::gem5::disk", "whose board has no disk", "leave `--disk` out");
    }
    about::check(profile)
}

/// The command line that starts a command from the checkpoint, or goes on at the one that is asked for.
pub fn preview((order, asked): (&Order, &Asked)) -> Result<CommandLine> {
    let site = Site::find(order, asked)?;
    let simulation = site.simulation(order);
    let here = Path::new("");
    let kept = match resumed(asked, &simulation)? {
        Some(kept) => kept,
        None => checkpoint::choose(&simulation, here, None)?,
    };
    restored(asked, &simulation, &kept, here)
}

/// What goes on at a checkpoint, whose files are in this directory.
fn restored(asked: &Asked, simulation: &Simulation, kept: &Kept, directory: &Path) -> Result<CommandLine> {
    let request = conversation::file(directory);
    let readfile = Some(directory.join(READFILE)).filter(|_| asked.reads_a_file());
    let stage = match asked.resumed {
        Some(_) => Stage::Resume {
            from: &kept.directory,
            readfile: readfile.as_deref(),
        },
        None => Stage::Restore {
            from: &kept.directory,
            request: &request,
            readfile: readfile.as_deref(),
        },
    };
    gem5::command_line(simulation, stage, OUTPUT)
}

/// Runs to the end. The status is the guest command's, or says what went wrong instead.
pub fn run((order, asked): (&Order, &Asked), runs: &Path, work: &Work, pane: Option<Pane>) -> Result<Conclusion> {
    let finished = perform((order, asked), runs, work, pane)?.finished;
    tell(order, &finished)?;
    // Somebody who typed does not want to know what that took.
    if let (Work::Command(_), false) = (work, order.json) {
        figures::tell(&finished.conclusion, &finished.directory);
    }
    Ok(finished.conclusion)
}

/// The same, and says nothing of it.
pub fn perform((order, asked): (&Order, &Asked), runs: &Path, work: &Work, pane: Option<Pane>) -> Result<Performed> {
    let started = Instant::now();
    let site = Site::find(order, asked)?;
    let simulation = site.simulation(order);
    let directory = RunDirectory::create(runs)?;
    let (kept, mut making) = choose_in_turn((order, asked), &simulation, &directory.path, started)?;
    let mut plan = plan((order, asked), &simulation, &kept, &directory)?;
    if order.under.is_debugger() {
        under::take_time(&mut plan.limits, &order.under);
    }
    if let Work::Judged { limit, .. } = work {
        plan.limits.command = Some(*limit);
    }
    let record = begin(
        (order, asked),
        &simulation,
        &work.task(),
        work.last().as_ref(),
        &directory,
        &kept.record,
    )?;
    let mut run = Run::of(plan, directory, record, started);
    let stage = run::Stage {
        quiet: work.output().is_some(),
        ..run::Stage::default()
    };
    if !stage.quiet {
        run.announce(order.verbose);
    }
    if let Some(pane) = pane {
        pane(&run.directory.id)?;
    }
    let mut since = 0;
    let ended = run.conduct(stage, |driver| {
        // A shell's console is shown anyway, without its boot of minutes.
        let shows = order.console && matches!(work, Work::Command(_));
        let shown = driver.show_boot(shows).map_err(Ending::Failed);
        let line = shown.and_then(|()| stages::make(driver, driver.plan, &kept));
        drop(making.take());
        since = log_length(driver.directory());
        line.map_or_else(|ending| ending, |line| carry_out(driver, line, order, work))
    })?;
    resume::label(&run.directory.path, &kept.key);
    if kept.private {
        let _ = std::fs::remove_dir_all(&kept.directory);
    }
    let status = ended.ending.status();
    let finished = finish(order, run, ended)?;
    Ok(Performed {
        finished,
        status,
        since,
    })
}

/// The checkpoint that is asked for, if it is of this machine.
fn resumed(asked: &Asked, simulation: &Simulation) -> Result<Option<Kept>> {
    let Some(resumed) = &asked.resumed else { return Ok(None) };
    resumed.check(&checkpoint::key(simulation)?)?;
    Ok(Some(resume::kept(resumed)))
}

/// One of several guests that start side by side makes the checkpoint, as long as it has the lock; the others wait for it.
fn choose_in_turn(
    (order, asked): (&Order, &Asked),
    simulation: &Simulation,
    run: &Path,
    started: Instant,
) -> Result<(Kept, Option<Turn>)> {
    if let Some(kept) = resumed(asked, simulation)? {
        return Ok((kept, None));
    }
    let kept = checkpoint::choose(simulation, run, order.cold)?;
    if kept.make.is_none() || kept.private {
        return Ok((kept, None));
    }
    let making = snapshots::take_turn(&kept.directory, order.at_most(order.profile.limits.boot, started));
    // What was waited for may be there now.
    let kept = checkpoint::choose(simulation, run, order.cold)?;
    match (&kept.make, &making) {
        (Some(_), None) => Ok((checkpoint::choose(simulation, run, Some(Cold::NoTurn))?, None)),
        _ => Ok((kept, making)),
    }
}

/// The record of a run that begins, and what the agent will read.
pub(super) fn begin(
    (order, asked): (&Order, &Asked),
    simulation: &Simulation,
    task: &Errand,
    last: Option<&CommandSpec>,
    directory: &RunDirectory,
    checkpoint: &SnapshotRecord,
) -> Result<Record> {
    let readfile = asked.keep_readfile(&directory.path)?;
    let request = request((order, asked), task, last, readfile.as_deref())?;
    serve(order, directory)?;
    let write =
        |file: &Path, bytes: &[u8]| std::fs::write(file, bytes).map_err(|error| Error::io("cannot write", file, error));
    let requested = conversation::file(&directory.path);
    write(&requested, &request)?;
    if !task.input.is_empty() {
        write(&directory.file(STDIN), &task.input)?;
    }
    let record = Record {
        snapshot: Some(checkpoint.clone()),
        inputs: inputs::of_run(
            simulation.gem5,
            simulation.repository,
            std::iter::once(requested).chain(readfile),
        )?,
        ..Record::begin(&directory.id, order.profile, Some(order.bundle), task.spec.words())
    };
    directory.write(&record)?;
    Ok(record)
}

/// What the agent reads; of a guest that goes on, what it has read.
fn request(
    (order, asked): (&Order, &Asked),
    task: &Errand,
    last: Option<&CommandSpec>,
    readfile: Option<&Path>,
) -> Result<Vec<u8>> {
    let unreadable = |why: String| Error::usage("lkmc::gem5::readfile", why);
    let file = match readfile {
        Some(file) => Some(std::fs::read(file).map_err(|error| Error::io("cannot read", file, error))?),
        None => None,
    };
    if let Some(resumed) = &asked.resumed {
        let request = resume::request(resumed)?;
        return match file.is_some_and(|file| conversation::goes_on_in(&file, request.len())) {
            true => Err(unreadable(
                "the agent of the restored guest would take a part of this file for its own".into(),
            )),
            false => Ok(request),
        };
    }
    let request = conversation::Request {
        mounts: &plan::mounts(order.profile),
        push: &order.push,
        spec: &task.spec,
        input: &task.input,
        last,
        readfile: file.as_deref(),
    };
    request.encode().map_err(|error| match file {
        Some(_) => unreadable(error),
        None => Error::infrastructure("lkmc::gem5::request", error),
    })
}

/// What serves the shares, if there are any.
fn serve(order: &Order, directory: &RunDirectory) -> Result<()> {
    if order.profile.shares.is_empty() {
        return Ok(());
    }
    let none = || {
        Error::infrastructure("lkmc::gem5::share_server", "there is no 9p server in what was built")
            .help("build the profile again with `lkmc profile build`")
    };
    let program = order.bundle.share_server.as_ref().ok_or_else(none)?;
    let server = CommandLine::of_program(program, order.store);
    share::write_servers(order.profile, &server, &directory.path)?;
    terminal::announce(
        "a share answers when this machine does: ticks and cycles of this run are not those of the next",
        false,
    );
    Ok(())
}

/// Writes down how it ended.
pub(super) fn finish(order: &Order, mut run: Run, ended: Ended) -> Result<Finished> {
    let trace = order.trace.as_ref().and_then(Trace::gem5);
    let output = run.directory.file(OUTPUT);
    run.record.gem5 = Some(Gem5Record {
        boot: Written::read(&run.directory.file(BOOT)),
        command: Written::read(&output),
        output: OUTPUT.into(),
        trace: trace.map(|trace| trace_capture::record(trace, &output)),
    });
    run.finish(ended)
}

/// Says how it ended.
pub(super) fn tell(order: &Order, finished: &Finished) -> Result<()> {
    trace_capture::tell(finished.record.gem5.as_ref());
    run::tell(order.json, &finished.record, &finished.conclusion, &finished.directory)
}

pub(super) fn plan(
    (order, asked): (&Order, &Asked),
    simulation: &Simulation,
    kept: &Kept,
    directory: &RunDirectory,
) -> Result<Plan> {
    let line = restored(asked, simulation, kept, &directory.path)?;
    let snapshot = snapshot::Choice::of(kept, line.clone(), |temporary| {
        gem5::command_line(simulation, Stage::Boot { save: temporary }, BOOT)
    })?;
    let boot = match &snapshot.action {
        Action::Make { boot, .. } => boot.clone(),
        _ => line,
    };
    Ok(plan::of(order, boot, snapshot))
}

/// The second stage. It alone is what a debugger, and somebody at a terminal, want to see.
fn carry_out(driver: &mut Driver, line: &CommandLine, order: &Order, work: &Work) -> Ending {
    driver.under = order.under.clone();
    let with_user = order.under.is_debugger() && order.under.terminal() == Terminal::Ours;
    let _interrupts = signals::leave_interrupts_to_child(with_user);
    let _kept = with_user.then(watchdog::Kept::keep).flatten();
    let raw = match work {
        Work::Command(_) | Work::Judged { .. } => Ok(None),
        // Its shell says nothing before the line has been carried out.
        Work::Shell(_) => driver.give_terminal(&run::Task::Shell { first: None }, false),
    };
    match raw {
        Err(error) => Ending::Failed(error),
        Ok(_raw) => stages::command(driver, line, agent_output(order.profile.arch), work.output()),
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::gem5::{CONSOLE, CONSOLE_SOCKET};

    /// `gem5/lkmc/stub.py` calls a socket as its device, in the output directory.
    #[test]
    fn the_consoles_socket_lies_beside_its_log() {
        assert_eq!(CONSOLE_SOCKET, format!("{}/{CONSOLE}.sock", super::OUTPUT));
    }
}
