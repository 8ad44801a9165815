//! A guest that lkmc itself drives: files are pushed into it, commands run in it, its kernel log is read. Demos, tests and
//! the edit loop are made of this.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::decode::{self, Decoded};
use crate::diag::Result;
use crate::emulator::qemu::CONSOLE_LOG;
use crate::events::{Event, streams};
use crate::gdb::Wishes;
use crate::guest::client::Agent;
use crate::guest::protocol::{CommandSpec, Exit};
use crate::run::console::log::{MARK_COMMAND, Mark, log_length};
use crate::run::driver::{Driver, aftermath, whereabouts};
use crate::run::ending::Ending;
use crate::run::machine::vm::Vm;
use crate::run::output::Streams;
use crate::run::request::Cold;
use crate::run::snapshot::Action;
use crate::run::{Finished, Order, Run, Stage, set_up};
use crate::snapshots;

use super::bring_up::bring_up;
use super::engine;
use super::plan::prepare;
use super::undo::{State, Undo, UndoError};

/// How long a small service of a healthy guest may take on a busy host.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Session<'d, 'a> {
    driver: &'d mut Driver<'a>,
}

/// Brings a guest up, lets `work` use it, and ends it. What `work` returns is the ending of the run; the run directory exists
/// when it is called.
pub fn session(
    order: &Order,
    runs: &Path,
    command: Vec<String>,
    work: impl FnOnce(&mut Session) -> Result<Ending, Ending>,
) -> Result<Finished> {
    let started = Instant::now();
    let engine = engine::choose(order, runs)?;
    let mut plan = prepare(order, engine.used)?;
    // One of several guests that start side by side makes the snapshot; the others wait for it and restore it.
    let mut making = None;
    if let Action::Make { directory, .. } = &plan.snapshot.action {
        making = snapshots::take_turn(directory, order.at_most(plan.limits.boot, started));
        // What was waited for may be there now.
        plan = prepare(order, engine.used)?;
        if making.is_none() {
            plan.snapshot.make_none(Cold::NoTurn);
        }
    }
    let mut run = Run::begin_with(order, plan, runs, (engine, started), command)?;
    let stage = Stage {
        quiet: true,
        ..Stage::default()
    };
    let ended = run.conduct(stage, |driver| {
        let up = bring_up(driver);
        drop(making.take());
        let ending = match up {
            Err(ending) => ending,
            Ok(()) => {
                let since = Instant::now();
                let worked = work(&mut Session { driver });
                driver.record.seconds.command = Some(since.elapsed().as_secs_f64());
                worked.unwrap_or_else(|ending| ending)
            }
        };
        aftermath::attend(driver, &ending, &Wishes::default());
        ending
    })?;
    run.finish(ended)
}

impl<'d, 'a> Session<'d, 'a> {
    /// Of a guest that somebody else has brought up.
    pub(super) fn of(driver: &'d mut Driver<'a>) -> Session<'d, 'a> {
        Session { driver }
    }
}

impl Session<'_, '_> {
    pub fn agent(&self) -> Result<Arc<Agent>, Ending> {
        self.driver.machine.agent()
    }

    /// The run directory.
    pub fn directory(&self) -> &Path {
        &self.driver.directory.path
    }

    /// Copies the files of a host directory into the guest.
    pub fn push(&mut self, directory: &Path) -> Result<(), Ending> {
        self.driver.again_after_standstills(|driver| {
            let (agent, directory) = (driver.machine.agent()?, directory.to_owned());
            driver.aside(move || set_up::push(&agent, &[directory], Instant::now() + PATIENCE).map(drop))
        })
    }

    /// Runs a command to its end. A kernel in trouble, a signal for us or the deadline end it early, which stands still while a debugger
    /// has the guest stopped.
    pub fn run(&mut self, spec: &CommandSpec, limit: Duration, output: &Streams) -> Result<Exit, Ending> {
        self.run_watched(spec, limit, output, &|_| {})
    }

    /// The same, while somebody watches what happens.
    pub fn run_watched(
        &mut self,
        spec: &CommandSpec,
        limit: Duration,
        output: &Streams,
        watch: &dyn Fn(&Event),
    ) -> Result<Exit, Ending> {
        let process = self.start(spec)?;
        process.stdin().close();
        let sender = self.driver.sender.clone();
        let done =
            streams::forward(process, sender, output.stdout.clone(), output.stderr.clone()).map_err(Ending::Failed)?;
        let exit = self.driver.until_done(limit, |event| {
            watch(event);
            match event {
                Event::CommandExit(exit) => Some(*exit),
                _ => None,
            }
        })?;
        let exit = exit.ok_or_else(|| Ending::Timeout(format!("the command did not end within {limit:?}")))?;
        // What it said has been written when this channel closes.
        let _ = done.recv_timeout(PATIENCE);
        Ok(exit)
    }

    /// The user is told when something waits for a guest that a debugger has stopped.
    pub fn tell_of_standstills(&mut self) {
        self.driver.tell_of_standstills();
    }

    /// Lets other processes use the guest: `vm exec` and its like.
    pub fn open_hub(&mut self) -> Result<(), Ending> {
        self.driver.open_hub()
    }

    /// What the kernel says of these modules is decoded from now on, and `lkmc gdb` finds their symbols. Their sources are below
    /// this directory.
    pub fn meet(&mut self, modules: BTreeMap<String, PathBuf>, sources: &Path) -> Result<(), Ending> {
        let mut symbols = self.driver.plan.symbols.clone();
        symbols.modules.extend(modules.clone());
        symbols.roots.push(sources.to_owned());
        self.driver.symbols = symbols;
        let mut kit = self.driver.plan.kit.clone();
        kit.modules.extend(modules);
        kit.source_directories.push(sources.to_owned());
        kit.write(self.directory()).map_err(Ending::Failed)
    }

    /// Waits until another thread of ours calls [`Session::waker`]'s function, or for so long. Whether it was called.
    pub fn wait(&mut self, limit: Option<Duration>, watch: &dyn Fn(&Event)) -> Result<bool, Ending> {
        let end = self.driver.until(limit.map(|limit| Instant::now() + limit), |event| {
            watch(event);
            matches!(event, Event::Wake).then_some(())
        })?;
        Ok(end.is_some())
    }

    /// Ends a [`Session::wait`], from any thread.
    pub fn waker(&self) -> impl Fn() + Send + use<> {
        let sender = self.driver.sender.clone();
        move || drop(sender.send(Event::Wake))
    }

    /// For threads of ours that have something to say to [`Session::until`].
    pub fn sender(&self) -> Sender<Event> {
        self.driver.sender.clone()
    }

    /// The reports among lines of the kernel's.
    pub fn decode(&self, lines: &[String]) -> Vec<Decoded> {
        decode::decode(lines.iter().map(String::as_str), &self.driver.symbols)
    }

    /// Where the guest is, if that is what the time has run out for.
    pub fn whereabouts(&self, ending: &Ending) -> Option<Decoded> {
        whereabouts::look(self.driver, ending, &self.driver.symbols)
    }

    /// Handles events until `wanted` takes one, or the deadline passes (`None`), or the run ends.
    pub fn until<T>(
        &mut self,
        deadline: Option<Instant>,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Result<Option<T>, Ending> {
        self.driver.until(deadline, wanted)
    }

    /// Waits for something of ours although the machine is at its end, unless something on this side ends the run.
    pub fn outlast<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) {
        loop {
            match self.driver.until(None, &wanted) {
                Ok(Some(_)) | Err(Ending::Broken(_)) => return,
                Err(ending) if ending.is_cut_short() => return,
                _ => {}
            }
        }
    }

    /// Saves the guest, which stops for that moment.
    pub fn save(&mut self, undo: &mut Undo) -> Result<State, UndoError> {
        undo.save(self.driver)
    }

    /// The guest goes on from this state.
    pub fn load(&mut self, undo: &Undo, state: &State) -> Result<(), UndoError> {
        undo.load(self.driver, state, "the guest was taken back".into())
    }

    /// Gives up a state.
    pub fn forget(&mut self, undo: &mut Undo, state: &State) {
        undo.forget(self.driver, state);
    }

    /// Length of the console's log: where the log of what comes next begins.
    pub fn log_position(&self) -> u64 {
        log_length(self.directory())
    }

    /// Waits until everything that the kernel has logged so far is on the console.
    pub fn settle(&mut self, since: u64) -> Result<(), Ending> {
        let spec = CommandSpec::shell(MARK_COMMAND.to_owned());
        self.run(&spec, PATIENCE, &Streams::default())?;
        self.await_mark(since)
    }

    /// The second half of [`Session::settle`], after a command that ended in [`MARK_COMMAND`].
    pub fn await_mark(&mut self, since: u64) -> Result<(), Ending> {
        let begun = self.driver.now();
        let log = self.directory().join(CONSOLE_LOG);
        // What is in the log has been taken note of a moment later; what was found in it counts.
        let (mut end, mut mark) = (None, Mark::after(since));
        while self.driver.worked_since(begun) < PATIENCE {
            if end.is_none() && mark.is_in(&log) {
                end = Some(log_length(self.directory()));
            }
            let heard = self.driver.machine.vm().map_or(u64::MAX, Vm::heard);
            if end.is_some_and(|end| heard >= end) {
                break;
            }
            // The console's bytes come as events, so this waits for the next ones.
            self.driver
                .until(Some(Instant::now() + Duration::from_millis(5)), |event| {
                    matches!(event, Event::Console(_)).then_some(())
                })?;
        }
        Ok(())
    }

    fn start(&self, spec: &CommandSpec) -> Result<Arc<crate::guest::process::Process>, Ending> {
        let started = self.agent()?.start(spec, 0);
        started.map(Arc::new).map_err(|error| Ending::Broken(error.to_string()))
    }
}
