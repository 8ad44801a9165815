//! A guest that lkmc itself drives: files are pushed into it, commands run in it, its kernel log is read. Demos, tests and
//! the edit loop are made of this.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::decode::{self, Decoded};
use crate::diag::Result;
use crate::emulator::qemu::CONSOLE_LOG;
use crate::events::Event;
use crate::events::streams;
use crate::gdb::Wishes;
use crate::guest::client::Agent;
use crate::guest::protocol::{CommandSpec, Exit};
use crate::{snapshots, verdict};

use super::driver::Driver;
use super::ending::Ending;
use super::request::Cold;
use super::snapshot::Action;
use super::undo::{State, Undo, UndoError};
use super::vm::Vm;
use super::{Finished, Order, Run, Stage, aftermath, engine, prepare, setup, whereabouts};

/// How long a small service of a healthy guest may take on a busy host.
const PATIENCE: Duration = Duration::from_secs(20);
/// The last line of a run in the kernel log. Everything that was logged before it is on the console when it is. Of the
/// highest level, because a run may have silenced all others.
pub const END_MARK: &str = "lkmc: end of the run";

pub struct Session<'d, 'a> {
    driver: &'d mut Driver<'a>,
}

/// So much of a command's output is kept.
pub const LIMIT: usize = 16 << 20;

/// A command's output as it grows; what there is of it stays when the guest dies.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// What came when there was no more room.
    dropped: u64,
}

impl Captured {
    /// It says so if it is not all.
    pub fn text(&self) -> String {
        let kept = self.kept();
        let mut text = String::from_utf8_lossy(&kept.bytes).into_owned();
        if kept.dropped > 0 {
            text += &format!("\nlkmc: {} bytes more are not kept\n", kept.dropped);
        }
        text
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both of a command's outputs.
#[derive(Clone, Default)]
pub struct Streams {
    pub stdout: Captured,
    pub stderr: Captured,
}

impl Streams {
    /// In the order in which they come, as on a terminal.
    pub fn joined() -> Streams {
        let both = Captured::default();
        Streams {
            stdout: both.clone(),
            stderr: both,
        }
    }

    /// Whether one of them was too long to be kept.
    pub fn is_cut(&self) -> bool {
        [&self.stdout, &self.stderr]
            .iter()
            .any(|stream| stream.kept().dropped > 0)
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut kept = self.kept();
        let (head, tail) = bytes.split_at(bytes.len().min(LIMIT - kept.bytes.len()));
        kept.bytes.extend_from_slice(head);
        kept.dropped += tail.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
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
        making = snapshots::take_turn(directory, plan.limits.boot);
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
        let up = driver.bring_up();
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

impl Session<'_, '_> {
    /// A line of shell that leaves the mark in the kernel log.
    pub const MARK_COMMAND: &'static str = "echo '<0>lkmc: end of the run' > /dev/kmsg";

    pub fn agent(&self) -> Result<Arc<Agent>, Ending> {
        self.driver.agent()
    }

    /// The run directory.
    pub fn directory(&self) -> &Path {
        &self.driver.directory.path
    }

    /// Copies the files of a host directory into the guest.
    pub fn push(&mut self, directory: &Path) -> Result<(), Ending> {
        let (agent, directory) = (self.agent()?, directory.to_owned());
        self.driver
            .aside(move || setup::push(&agent, &[directory], Instant::now() + PATIENCE))
    }

    /// Runs a command to its end. A kernel in trouble, a signal for us or the deadline end it early.
    pub fn run(&mut self, spec: &CommandSpec, limit: Duration, output: &Streams) -> Result<Exit, Ending> {
        self.run_until(spec, limit, output, &|event| match event {
            Event::CommandExit(exit) => Some(Ok(*exit)),
            _ => None,
        })
    }

    /// The same, while somebody watches what happens.
    pub fn run_watched(
        &mut self,
        spec: &CommandSpec,
        limit: Duration,
        output: &Streams,
        watch: &dyn Fn(&Event),
    ) -> Result<Exit, Ending> {
        self.run_until(spec, limit, output, &|event| {
            watch(event);
            match event {
                Event::CommandExit(exit) => Some(Ok(*exit)),
                _ => None,
            }
        })
    }

    fn run_until(
        &mut self,
        spec: &CommandSpec,
        limit: Duration,
        output: &Streams,
        wanted: &dyn Fn(&Event) -> Option<Result<Exit, Ending>>,
    ) -> Result<Exit, Ending> {
        let process = self.start(spec)?;
        process.stdin().close();
        let sender = self.driver.sender.clone();
        let done =
            streams::forward(process, sender, output.stdout.clone(), output.stderr.clone()).map_err(Ending::Failed)?;
        let exit = self.driver.until(Some(Instant::now() + limit), wanted)?;
        let exit = exit.ok_or_else(|| Ending::Timeout(format!("the command did not end within {limit:?}")))??;
        // What it said has been written when this channel closes.
        let _ = done.recv_timeout(PATIENCE);
        Ok(exit)
    }

    /// Lets other processes use the guest: `vm exec` and its like.
    pub fn open_hub(&mut self) -> Result<(), Ending> {
        self.driver.open_hub()
    }

    /// What `lkmc gdb` finds of this run: also these modules, and where their sources are.
    pub fn tell_debuggers(&self, modules: BTreeMap<String, PathBuf>, sources: &Path) -> Result<(), Ending> {
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

    /// Where the guest is, if that is what the time has run out for.
    pub fn whereabouts(&self, ending: &Ending, files: &decode::Files) -> Option<Decoded> {
        whereabouts::look(self.driver, ending, files)
    }

    /// Handles events until `wanted` takes one, or the deadline passes (`None`), or the run ends.
    pub fn until<T>(
        &mut self,
        deadline: Option<Instant>,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Result<Option<T>, Ending> {
        self.driver.until(deadline, wanted)
    }

    /// Waits for something of ours although the machine is at its end.
    pub fn outlast<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) {
        loop {
            match self.driver.until(None, &wanted) {
                Ok(Some(_)) | Err(Ending::Interrupted(_) | Ending::Broken(_)) => return,
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
        let spec = CommandSpec::shell(Session::MARK_COMMAND.to_owned());
        self.run(&spec, PATIENCE, &Streams::default())?;
        self.await_mark(since)
    }

    /// The second half of [`Session::settle`], after a command that ended in [`Session::MARK_COMMAND`].
    pub fn await_mark(&mut self, since: u64) -> Result<(), Ending> {
        let deadline = Instant::now() + PATIENCE;
        let log = self.directory().join(CONSOLE_LOG);
        // What is in the log has been taken note of a moment later; what was found in it counts.
        let (mut end, mut mark) = (None, Mark::after(since));
        while Instant::now() < deadline {
            if end.is_none() && mark.is_in(&log) {
                end = Some(log_length(self.directory()));
            }
            let heard = self.driver.vm.as_ref().map_or(u64::MAX, Vm::heard);
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

/// Length of the console's log in a run directory.
pub fn log_length(directory: &Path) -> u64 {
    std::fs::metadata(directory.join(CONSOLE_LOG)).map_or(0, |metadata| metadata.len())
}

/// The kernel's lines in a run directory's console log since a position, without their time stamps.
pub fn kernel_log(directory: &Path, since: u64) -> Vec<String> {
    String::from_utf8_lossy(&read_from(&directory.join(CONSOLE_LOG), since))
        .lines()
        .filter_map(|line| verdict::kernel_text(line.trim_end_matches('\r')))
        .filter(|line| *line != END_MARK)
        .map(str::to_owned)
        .collect()
}

fn read_from(log: &Path, since: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut read = || -> std::io::Result<()> {
        let mut file = File::open(log)?;
        file.seek(SeekFrom::Start(since))?;
        file.read_to_end(&mut bytes).map(drop)
    };
    // A log that is not there (yet) says nothing.
    let _ = read();
    bytes
}

/// Looks for [`END_MARK`] in a log that grows, through each byte once.
struct Mark {
    /// Where what has not been looked through begins.
    position: u64,
}

impl Mark {
    fn after(position: u64) -> Mark {
        Mark { position }
    }

    fn is_in(&mut self, log: &Path) -> bool {
        let bytes = read_from(log, self.position);
        // It may have begun at the end.
        let looked_through = bytes.len().saturating_sub(END_MARK.len() - 1);
        self.position += looked_through as u64;
        bytes.windows(END_MARK.len()).any(|part| part == END_MARK.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_found_wherever_the_log_is_cut() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let text = format!("before\n[    1.000000] {END_MARK}\n");
        let whole = text.len() - 1;
        for cut in 0..whole {
            std::fs::write(log.path(), &text[..cut]).unwrap();
            let mut mark = Mark::after(3);
            assert!(!mark.is_in(log.path()));
            assert!(cut < END_MARK.len() + 3 || mark.position > 3, "it is read again");
            std::fs::write(log.path(), &text).unwrap();
            assert!(mark.is_in(log.path()), "{cut}");
        }
    }

    #[test]
    fn of_output_without_end_the_beginning_is_kept_and_the_rest_told() {
        let streams = Streams::default();
        let mut stdout = streams.stdout.clone();
        stdout.write_all(&vec![b'x'; LIMIT]).unwrap();
        assert!(!streams.is_cut());
        assert_eq!(streams.stdout.text().len(), LIMIT);
        stdout.write_all(b"seven..").unwrap();
        assert!(streams.is_cut());
        assert!(streams.stdout.text().ends_with("x\nlkmc: 7 bytes more are not kept\n"));
    }
}
