//! A guest that stays until somebody ends it, and what other processes want of it meanwhile: its end, or snapshots of it.
//!
//! A guest that has snapshots is not over when its machine is. It stands still, so that it can be taken back ([`super::undo`]) or
//! looked at, and ends as it would have when it is told to.

use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::emulator::qmp;
use crate::events::{Asked, Event};
use crate::guest::client;
use crate::guest::snapshots::{Answer, Cut, CutReason, Refusal, Restore, Snapshot, Wish};
use crate::host::terminal;
use crate::kgdb;
use crate::run::beginning::{self, Alike, Beginning, Image, Saved};
use crate::run::console::log::log_length;
use crate::run::driver::Driver;
use crate::run::ending::Ending;
use crate::run::snapshot::Action;
use crate::run_directory::files::NAMED;
use crate::run_directory::id::rfc3339;
use crate::run_directory::run_json::{Ended, Named};

use super::undo::{self, State, Undo, UndoError};

pub mod supervise;

/// A monitor with nothing else to do.
const MONITOR: Duration = Duration::from_secs(10);
/// Each takes as much room as the guest's memory in use, and nobody tells more than a few of them apart.
const MOST: usize = 64;

enum Step {
    Stop,
    Asked(Asked),
}

/// Until the machine's end, or somebody's wish for it.
pub fn stay(driver: &mut Driver) -> Ending {
    let ending = serve(driver, &mut Shelf::default());
    beginning::forget_all(driver.directory());
    ending
}

fn serve(driver: &mut Driver, shelf: &mut Shelf) -> Ending {
    loop {
        let step = driver.until(None, |event| match event {
            Event::Stop => Some(Step::Stop),
            Event::Asked(asked) => Some(Step::Asked(asked.clone())),
            _ => None,
        });
        let ending = match step {
            Ok(Some(Step::Asked(asked))) => shelf.answer(driver, &asked),
            Ok(Some(Step::Stop)) => Some(shelf.ended.take().unwrap_or_else(|| driver.power_off())),
            Ok(None) => None,
            Err(ending) => shelf.outlast(driver, ending),
        };
        if let Some(ending) = ending {
            return ending;
        }
    }
}

/// The snapshots of a guest.
#[derive(Default)]
struct Shelf {
    undo: Undo,
    kept: Vec<(Snapshot, State)>,
    /// How the machine has ended that stands still.
    ended: Option<Ending>,
}

impl Shelf {
    /// None if the guest stays.
    fn answer(&mut self, driver: &mut Driver, asked: &Asked) -> Option<Ending> {
        if !asked.is_wanted() {
            return None;
        }
        let (answer, ending) = match (&asked.request.wish, asked.request.dry_run) {
            (wish, true) => (self.foresee(driver, wish), None),
            (Wish::Save { name, replace }, _) => match driver.hear() {
                Ok(()) => (self.save(driver, name.clone(), *replace, asked), None),
                Err(ending) => (Answer::Refused(Refusal::Unavailable), self.outlast(driver, ending)),
            },
            (Wish::Restore { name }, _) => self.restore(driver, name.as_deref()),
            (Wish::Remove { name }, _) => self.remove(driver, name),
        };
        // Who has gone away wants to know nothing.
        let _ = asked.answer.send(answer);
        ending
    }

    /// What the monitor would be told.
    fn foresee(&self, driver: &mut Driver, wish: &Wish) -> Answer {
        let lines = match wish {
            Wish::Save { name, replace } => self
                .may_save(driver, name.as_deref(), *replace)
                .map(|()| self.undo.to_save()),
            Wish::Restore { name } => self
                .may_restore(driver, name.as_deref())
                .map(|index| self.undo.to_load(&self.kept[index].1, self.ended.is_some())),
            Wish::Remove { name } => self
                .find(Some(name))
                .map(|index| self.undo.to_forget(&self.kept[index].1)),
        };
        lines.map_or_else(Answer::Refused, Answer::Commands)
    }

    fn save(&mut self, driver: &mut Driver, name: Option<String>, replace: bool, asked: &Asked) -> Answer {
        if let Err(refusal) = self.may_save(driver, name.as_deref(), replace) {
            return Answer::Refused(refusal);
        }
        let (since, console) = (Instant::now(), log_length(driver.directory()));
        let state = match save_for_others(&mut self.undo, driver) {
            Ok(state) => state,
            Err(error) => return Answer::Refused(not_saved(driver, &error)),
        };
        let snapshot = Snapshot {
            name: name.unwrap_or_else(|| self.next_name()),
            taken: rfc3339(SystemTime::now()),
            bytes: state.bytes,
            seconds: since.elapsed().as_secs_f64(),
            console,
        };
        if !asked.is_wanted() {
            // Nobody knows of it.
            self.forget(driver, &state);
            return Answer::Refused(Refusal::Unavailable);
        }
        let number = state.number;
        let old = self.kept.iter().position(|(old, _)| old.name == snapshot.name);
        let old = old.map(|index| self.kept.remove(index));
        self.kept.push((snapshot.clone(), state));
        match self.note(driver) {
            Ok(()) => {
                if let Some((_, state)) = old {
                    self.forget(driver, &state);
                }
                offer(driver, &snapshot, number);
                Answer::Saved(snapshot)
            }
            Err(refusal) => {
                if let Some((_, state)) = self.kept.pop() {
                    self.forget(driver, &state);
                }
                self.kept.extend(old);
                driver.machine.set_can_go_back(!self.kept.is_empty());
                Answer::Refused(refusal)
            }
        }
    }

    fn restore(&mut self, driver: &mut Driver, name: Option<&str>) -> (Answer, Option<Ending>) {
        let index = match self.may_restore(driver, name) {
            Ok(index) => index,
            Err(refusal) => return (Answer::Refused(refusal), None),
        };
        let (snapshot, state) = &self.kept[index];
        let restore = Restore {
            snapshot: snapshot.name.clone(),
            taken: snapshot.taken.clone(),
            at: rfc3339(SystemTime::now()),
            console: log_length(driver.directory()),
            given_up: driver.machine.finding().map(|finding| finding.line.clone()),
        };
        // Written before it is done: no run that was taken back shall look like one that was not.
        driver.record.restores.push(restore.clone());
        let ended = driver.record.ended.take();
        if let Err(refusal) = write(driver) {
            driver.record.restores.pop();
            driver.record.ended = ended;
            return (Answer::Refused(refusal), None);
        }
        let why = format!("the guest was taken back to `{}`", snapshot.name);
        match self.undo.load(driver, state, why) {
            Ok(()) => self.goes_on(driver, Answer::Restored(restore)),
            Err(UndoError::Silent) => self.goes_on(driver, Answer::Refused(Refusal::Silent)),
            // What it is now nobody knows.
            Err(error) => (
                Answer::Refused(refused("restore the guest", &error)),
                Some(Ending::from(error)),
            ),
        }
    }

    fn goes_on(&mut self, driver: &mut Driver, answer: Answer) -> (Answer, Option<Ending>) {
        self.ended = None;
        driver.visitors.resume();
        if let (Answer::Restored(restore), true) = (&answer, driver.seat.has_screen()) {
            let message = format!("the guest is back at the snapshot `{}`", restore.snapshot);
            terminal::announce(&message, driver.seat.is_taken());
        }
        (answer, None)
    }

    /// A machine that stands still ends with the last of its snapshots.
    fn remove(&mut self, driver: &mut Driver, name: &str) -> (Answer, Option<Ending>) {
        let index = match self.find(Some(name)) {
            Ok(index) => index,
            Err(refusal) => return (Answer::Refused(refusal), None),
        };
        let (snapshot, state) = self.kept.remove(index);
        self.forget(driver, &state);
        let ending = self.ended.take_if(|_| self.kept.is_empty());
        match self.note(driver) {
            Ok(()) => (Answer::Removed(snapshot), ending),
            Err(refusal) => (Answer::Refused(refusal), ending),
        }
    }

    /// Gives up a state, for others as well.
    fn forget(&mut self, driver: &mut Driver, state: &State) {
        beginning::forget(driver.directory(), state.number);
        self.undo.forget(driver, state);
    }

    fn find(&self, name: Option<&str>) -> Result<usize, Refusal> {
        let index = match name {
            Some(name) => self.kept.iter().position(|(snapshot, _)| snapshot.name == name),
            None => self.kept.len().checked_sub(1),
        };
        index.ok_or_else(|| Refusal::Unknown {
            name: name.map(str::to_owned),
            names: self.kept.iter().map(|(snapshot, _)| snapshot.name.clone()).collect(),
        })
    }

    /// What nobody named has a number: the one behind the largest, or the first that is free where there is none behind.
    fn next_name(&self) -> String {
        let taken = |name: &str| self.find(Some(name)).is_ok();
        let numbers = self.kept.iter().filter_map(|(snapshot, _)| snapshot.name.parse().ok());
        let next = numbers.max().map_or(Some(1), |last: u64| last.checked_add(1));
        let mut names = next.into_iter().chain(1..).map(|number| number.to_string());
        // There are more numbers than snapshots.
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    fn may_save(&self, driver: &mut Driver, name: Option<&str>, replace: bool) -> Result<(), Refusal> {
        let exists = name.is_some_and(|name| self.find(Some(name)).is_ok());
        if exists && !replace {
            return Err(Refusal::Exists(name.unwrap_or_default().to_owned()));
        }
        if self.kept.len() >= MOST && !exists {
            return Err(Refusal::TooMany(MOST));
        }
        if let Some(ended) = &driver.record.ended {
            return Err(Refusal::Ended(ended.reason.clone()));
        }
        may_go_back(driver)?;
        can_be_saved(driver)
    }

    fn may_restore(&self, driver: &mut Driver, name: Option<&str>) -> Result<usize, Refusal> {
        let index = self.find(name)?;
        may_go_back(driver).map(|()| index)
    }

    /// Writes down what there is.
    fn note(&self, driver: &mut Driver) -> Result<(), Refusal> {
        let snapshots = self.kept.iter().map(|(snapshot, _)| snapshot.clone()).collect();
        let before = std::mem::replace(&mut driver.record.snapshots, snapshots);
        driver.machine.set_can_go_back(!self.kept.is_empty());
        write(driver).inspect_err(|_| driver.record.snapshots = before)
    }

    /// None if the guest stays although its machine has ended.
    fn outlast(&mut self, driver: &mut Driver, ending: Ending) -> Option<Ending> {
        if !is_of_the_guest(&ending) || self.kept.is_empty() {
            return Some(ending);
        }
        driver.machine.forget_doom();
        if self.ended.is_none() {
            self.stand(driver, &ending);
            self.ended = Some(ending);
        }
        None
    }

    /// The machine stands still, and everybody is told.
    fn stand(&self, driver: &mut Driver, ending: &Ending) {
        let deadline = Instant::now() + MONITOR;
        // One that has ended by itself stands still already.
        if let Some(qmp) = driver.machine.qmp() {
            let _ = qmp.execute("stop", Value::Null, deadline);
        }
        let conclusion = ending.clone().conclude(driver.machine.finding());
        let (verdict, reason) = (conclusion.verdict, conclusion.reason);
        driver.visitors.cut(&Cut {
            why: reason.clone(),
            reason: CutReason::Ended,
        });
        let id = &driver.directory.id;
        let ways = format!("`lkmc vm restore {id}` takes it back, `lkmc vm stop {id}` ends it");
        for message in [
            format!("{}: {reason}", verdict.as_str()),
            format!("the guest stands still: {ways}"),
        ] {
            terminal::announce(&message, driver.seat.is_taken());
        }
        driver.record.ended = Some(Ended {
            verdict,
            reason,
            at: rfc3339(SystemTime::now()),
        });
        // That nobody can read it in run.json is no reason to end a guest that can be taken back.
        let _ = write(driver);
    }
}

/// In an image that other runs can begin with, if any machine is known to be like this one.
fn save_for_others(undo: &mut Undo, driver: &mut Driver) -> Result<State, UndoError> {
    let (run, alike) = (driver.directory().to_owned(), &driver.plan.alike);
    // Where there is no room for the name there is none for the state either, which says so.
    let _ = std::fs::create_dir(run.join(NAMED));
    let name = |number| matches!(alike, Alike::Key(_)).then(|| beginning::image(&run, number));
    let saved = undo.save_as(driver, name);
    if saved.is_err() {
        beginning::forget(&run, undo.last());
    }
    saved
}

/// Tells others of a snapshot. If they cannot be told, they find none; the guest itself can go back to it.
fn offer(driver: &Driver, snapshot: &Snapshot, number: u32) {
    let run = driver.directory();
    let state = match &driver.plan.alike {
        Alike::None(why) => Saved::OfItsOwn(why.clone()),
        Alike::Key(key) => Saved::Image(Image {
            file: beginning::image(run, number),
            tag: undo::tag(number),
            key: key.clone(),
            restored: match &driver.plan.snapshot.action {
                Action::Begin { image, .. } => image.restored,
                _ => driver.record.seconds.restore.is_some(),
            },
        }),
    };
    let named = Named {
        run: driver.directory.id.clone(),
        snapshot: snapshot.name.clone(),
        taken: snapshot.taken.clone(),
    };
    let _ = beginning::keep(run, number, &Beginning { named, state });
}

/// An ending of the machine, or of the agent in it, which an earlier state undoes.
fn is_of_the_guest(ending: &Ending) -> bool {
    match ending {
        Ending::Trouble(_) | Ending::PoweredOff => true,
        Ending::Broken(why) => *why == client::Error::Lost.to_string(),
        _ => false,
    }
}

fn write(driver: &mut Driver) -> Result<(), Refusal> {
    let written = driver.directory.write(driver.record);
    written.map_err(|error| Refusal::Failed {
        what: "write the run's record".into(),
        why: match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    })
}

/// QEMU does not say that a disk is full.
fn not_saved(driver: &Driver, error: &UndoError) -> Refusal {
    let mut refusal = refused("save the guest", error);
    if let (Refusal::Failed { why, .. }, Some(room)) = (&mut refusal, crate::paths::room(driver.directory())) {
        *why += &format!("; {} MiB are free where the run's directory is", room >> 20);
    }
    refusal
}

fn refused(what: &str, error: &UndoError) -> Refusal {
    let (what, why) = (what.to_owned(), error.to_string());
    match error {
        UndoError::Monitor(qmp::Error::Deadline(_)) => Refusal::Late { what, why },
        _ => Refusal::Failed { what, why },
    }
}

/// Whether states of this guest can be gone back to at all, now.
fn may_go_back(driver: &Driver) -> Result<(), Refusal> {
    let arch = driver.plan.kit.arch;
    if !arch.facts().survives_restore {
        return Err(Refusal::Architecture(arch.as_str().into()));
    }
    match kgdb::is_debugged(driver.directory()) {
        true => Err(Refusal::Debugged),
        false => Ok(()),
    }
}

/// What QEMU would refuse, or save without half of what belongs to it.
fn can_be_saved(driver: &mut Driver) -> Result<(), Refusal> {
    let deadline = Instant::now() + MONITOR;
    let Some(vm) = driver.machine.vm_mut() else {
        return Err(Refusal::Unavailable);
    };
    let mut query = |command: &str| -> Result<Value, Refusal> {
        let qmp = vm.wait_for_monitor(deadline).ok_or(UndoError::NoMonitor);
        let answer = qmp.and_then(|qmp| Ok(qmp.execute(command, Value::Null, deadline)?));
        answer.map_err(|error| refused("ask the machine what it consists of", &error))
    };
    let disks = disks(&query("query-block")?);
    if !disks.is_empty() {
        return Err(Refusal::Disks(disks));
    }
    let status = query("query-migrate")?;
    let reasons: Vec<&str> = status["blocked-reasons"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mounted = driver.plan.set_up.shares.iter();
    let mounted = mounted.filter(|share| {
        reasons
            .iter()
            .any(|reason| reason.contains(&format!("'{}'", share.tag)))
    });
    let mounted: Vec<String> = mounted.map(|share| share.directory.clone()).collect();
    match (mounted.is_empty(), reasons.first()) {
        (false, _) => Err(Refusal::Shares(mounted)),
        (true, Some(reason)) => Err(Refusal::Failed {
            what: "save the guest".into(),
            why: (*reason).to_owned(),
        }),
        (true, None) => Ok(()),
    }
}

/// Files of the disks that the guest can write to: what it has written there an earlier state knows nothing of.
fn disks(answer: &Value) -> Vec<String> {
    let inserted = answer.as_array().into_iter().flatten().map(|block| &block["inserted"]);
    inserted
        .filter(|inserted| inserted["ro"] == false)
        .filter_map(|inserted| Some(inserted["file"].as_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_disk_that_is_only_read_is_none() {
        let answer = json!([
            { "device": "", "inserted": { "ro": true, "file": "/store/root.ext4" } },
            { "device": "", "inserted": { "ro": false, "file": "/data/disk.img" } },
            { "device": "cd" },
        ]);
        assert_eq!(disks(&answer), ["/data/disk.img"]);
    }

    #[test]
    fn what_nobody_named_has_a_number() {
        let mut shelf = Shelf::default();
        assert_eq!(shelf.next_name(), "1");
        assert!(shelf.find(None).is_err());
        shelf.ended = Some(Ending::PoweredOff);
        assert!(is_of_the_guest(&Ending::Broken(client::Error::Lost.to_string())));
        assert!(!is_of_the_guest(&Ending::Quit) && !is_of_the_guest(&Ending::Shell(0)));
    }
}
