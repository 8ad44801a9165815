//! A way back for a guest that runs: its state is saved, and the same emulator goes on from there later, whatever has become of the
//! guest's kernel.
//!
//! QEMU saves its internal snapshots in an image. Each has one of its own here, which belongs to no device of the guest, so that the
//! machine stays the one that its boot snapshot was taken of, and which has no name any more once QEMU has opened it, so that
//! nothing is left behind. Saving takes some 0.1 s, going back the same (docs/adr/0012). What QEMU refuses to save, a guest with a
//! mounted share, has no way back.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::emulator::qmp::{self, Qmp};
use crate::guest::snapshots::{Cut, CutReason};
use crate::run::beginning::Image;
use crate::run::driver::Driver;
use crate::run::ending::Ending;
use crate::run::machine::vm::Vm;
use crate::run_directory::files::UNDO;
use crate::verdict::Finding;

use super::snapshot;

/// The state lies behind the image's end; what the image holds is never used.
const IMAGE_SIZE: u64 = 1 << 20;
/// Saving a machine of some gigabytes on a busy host.
pub const LIMIT: Duration = Duration::from_secs(60);
/// The agent of a guest that goes on.
pub const ANSWER: Duration = Duration::from_secs(10);
/// A monitor with nothing else to do.
const MONITOR: Duration = Duration::from_secs(5);

/// What is kept of a guest.
pub struct State {
    pub number: u32,
    /// What it takes on the disk.
    pub bytes: u64,
    /// What the kernel had said of itself.
    finding: Option<Finding>,
}

/// The states of one machine.
#[derive(Default)]
pub struct Undo {
    /// Of the last state that was to be saved.
    number: u32,
    /// Of those that could not even be thrown away, because the emulator did not answer.
    litter: Vec<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    #[error(transparent)]
    Monitor(#[from] qmp::Error),
    #[error("QEMU could not {what}: {why}")]
    Job { what: &'static str, why: String },
    #[error("QEMU's monitor does not answer")]
    NoMonitor,
    #[error("there is no saved state")]
    NothingSaved,
    #[error("the guest does not answer any more")]
    Silent,
}

/// What the monitor is told.
enum Step {
    Command(&'static str, Value),
    /// One that goes on when it has been answered.
    Job(&'static str, Value),
}

use Step::{Command, Job};

impl Undo {
    /// Saves the guest, which stops for that moment. From now on the machine stands still where it would be gone: there has to be an
    /// emulator to go back in.
    pub fn save(&mut self, driver: &mut Driver) -> Result<State, UndoError> {
        self.save_as(driver, |_| None)
    }

    /// The same in an image that keeps the name that it is given for its number: for others to begin with a copy of it.
    pub fn save_as(
        &mut self,
        driver: &mut Driver,
        name: impl FnOnce(u32) -> Option<PathBuf>,
    ) -> Result<State, UndoError> {
        let deadline = driver.within(LIMIT);
        self.clean_up(driver);
        self.number += 1;
        let number = self.number;
        machine(driver)?.stay(deadline)?;
        match write(driver, number, name(number), deadline) {
            Ok(bytes) => Ok(State {
                number,
                bytes,
                finding: driver.machine.finding().cloned(),
            }),
            // Half a state is none, and shall take no room.
            Err(error) => {
                self.litter.push(number);
                self.clean_up(driver);
                Err(error)
            }
        }
    }

    /// The guest goes on from this state, whatever has become of it. What it said until now has been heard. Who waits for a command
    /// in it is told so.
    pub fn load(&self, driver: &mut Driver, state: &State, why: String) -> Result<(), UndoError> {
        let deadline = driver.within(LIMIT);
        let qmp = monitor(driver, deadline)?;
        qmp.execute("stop", Value::Null, deadline)?;
        let status = qmp.execute("query-status", Value::Null, deadline)?;
        if status["status"] == "shutdown" {
            let [leave, stay] = through_reset();
            carry_out(qmp, "reset the machine", leave, state.number, deadline)?;
            qmp.wait_until("query-status", deadline, |answer| answer["status"] != "shutdown")?;
            carry_out(qmp, "reset the machine", stay, state.number, deadline)?;
        }
        driver.hear_out();
        let agent = driver.machine.agent().map_err(|_| UndoError::Silent)?;
        let reason = CutReason::Restored;
        let rewound = agent.rewind(Cut { why, reason }).map_err(|_| UndoError::Silent)?;
        carry_out(
            monitor(driver, deadline)?,
            "restore the guest",
            loading(state.number),
            state.number,
            deadline,
        )?;
        driver.machine.recall(state.finding.as_ref());
        machine(driver)?
            .revive()
            .map_err(|_| UndoError::Monitor(qmp::Error::Lost))?;
        monitor(driver, deadline)?.execute("cont", Value::Null, deadline)?;
        let answered = driver.within(ANSWER);
        let greeted = agent.greet_again(&rewound, answered).map(|()| Instant::now());
        // Going back has closed the agent's port and opened it again.
        driver
            .machine
            .agent_lived_at(*greeted.as_ref().unwrap_or(&Instant::now()));
        greeted.map_err(|_| UndoError::Silent)?;
        // The clock went back with everything else, and so did the random pool.
        agent.synchronize(answered).map_err(|_| UndoError::Silent)
    }

    /// The number of the state that was saved last, or was to be.
    pub fn last(&self) -> u32 {
        self.number
    }

    /// Gives up a state, and the room that it takes.
    pub fn forget(&mut self, driver: &mut Driver, state: &State) {
        self.litter.push(state.number);
        self.clean_up(driver);
    }

    /// What an emulator that is busy does not throw away now goes another time, and with it at the latest.
    fn clean_up(&mut self, driver: &mut Driver) {
        let deadline = Instant::now() + MONITOR;
        let _ = std::fs::remove_file(driver.directory().join(UNDO));
        self.litter.retain(|number| {
            let Ok(qmp) = monitor(driver, deadline) else {
                return true;
            };
            // Of a job that outlasted its time.
            let _ = qmp.execute("job-dismiss", json!({ "id": job_name(*number) }), deadline);
            let closed = removing(*number).into_iter().map(|step| match step {
                Command(command, arguments) | Job(command, arguments) => qmp.execute(command, arguments, deadline),
            });
            // What is refused was never there.
            closed
                .into_iter()
                .any(|answer| matches!(answer, Err(qmp::Error::Deadline(_))))
        });
    }

    /// The monitor's commands that saving the guest would take, as JSON.
    pub fn to_save(&self) -> Vec<String> {
        let number = self.number + 1;
        let stay = Command("set-action", json!({ "shutdown": "pause" }));
        let steps = std::iter::once(stay).chain(making(number)).chain(saving(number));
        to_text(steps, number)
    }

    /// The same for going back; a machine that has ended has to be reset first.
    pub fn to_load(&self, state: &State, ended: bool) -> Vec<String> {
        let reset = through_reset().into_iter().flatten().filter(|_| ended);
        let steps = std::iter::once(Command("stop", Value::Null))
            .chain(reset)
            .chain(loading(state.number))
            .chain([Command("cont", Value::Null)]);
        to_text(steps, state.number)
    }

    /// The same for [`Undo::forget`].
    pub fn to_forget(&self, state: &State) -> Vec<String> {
        to_text(removing(state.number), state.number)
    }
}

impl From<UndoError> for Ending {
    fn from(error: UndoError) -> Ending {
        match error {
            UndoError::Monitor(qmp::Error::Deadline(_)) => Ending::Timeout(error.to_string()),
            _ => Ending::Broken(error.to_string()),
        }
    }
}

fn machine<'d>(driver: &'d mut Driver) -> Result<&'d mut Vm, UndoError> {
    driver.machine.vm_mut().ok_or(UndoError::NoMonitor)
}

fn monitor<'d>(driver: &'d mut Driver, deadline: Instant) -> Result<&'d mut Qmp, UndoError> {
    machine(driver)?.wait_for_monitor(deadline).ok_or(UndoError::NoMonitor)
}

/// A file that an image is copied to. Its name is gone when this is dropped, whatever has become of the copy.
pub struct Copy {
    pub path: PathBuf,
}

impl Copy {
    pub fn beside(driver: &Driver) -> Copy {
        Copy {
            path: driver.directory().join(UNDO),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The machine, which stands still, goes on from a state that another one has saved, of whose image this is a copy.
pub fn begin(driver: &mut Driver, image: &Image, copy: Copy, deadline: Instant) -> Result<(), UndoError> {
    const NUMBER: u32 = 0;
    let qmp = monitor(driver, deadline)?;
    if image.restored {
        // States of such a machine say so of each block of memory.
        snapshot::ignore_shared_memory(qmp, deadline)?;
    }
    carry_out(qmp, "open the snapshot's image", opening(NUMBER), NUMBER, deadline)?;
    // QEMU holds it open.
    drop(copy);
    let load = Job("snapshot-load", target(NUMBER, &image.tag));
    carry_out(qmp, "load the snapshot", [load], NUMBER, deadline)?;
    qmp.execute("cont", Value::Null, deadline)?;
    carry_out(qmp, "close the snapshot's image", removing(NUMBER), NUMBER, deadline)
}

/// Bytes that it takes. The image keeps this name, if it is given one.
fn write(driver: &mut Driver, number: u32, name: Option<PathBuf>, deadline: Instant) -> Result<u64, UndoError> {
    let image = driver.directory().join(UNDO);
    let qmp = monitor(driver, deadline)?;
    let what = "make an image for the guest's state";
    carry_out(qmp, what, making(number), number, deadline)?;
    // QEMU holds it open.
    let _ = match name {
        Some(name) => std::fs::rename(image, name),
        None => std::fs::remove_file(image),
    };
    carry_out(qmp, "save the guest", saving(number), number, deadline)?;
    let nodes = qmp.execute("query-named-block-nodes", json!({ "flat": true }), deadline)?;
    let ours = |node: &&Value| node["node-name"] == node_name(number);
    let image = nodes.as_array().into_iter().flatten().find(ours);
    Ok(image.map_or(0, |node| node["image"]["actual-size"].as_u64().unwrap_or(0)))
}

fn node_name(number: u32) -> String {
    format!("undo-{number}")
}

fn file_name(number: u32) -> String {
    format!("undo-file-{number}")
}

/// A job that is asked for; each is dismissed before the next.
fn job_name(number: u32) -> String {
    format!("undo-job-{number}")
}

pub fn tag(number: u32) -> String {
    format!("state-{number}")
}

fn making(number: u32) -> [Step; 4] {
    let file = file_name(number);
    let [open_file, open_image] = opening(number);
    [
        Job(
            "blockdev-create",
            json!({ "options": { "driver": "file", "filename": UNDO, "size": 0 } }),
        ),
        open_file,
        Job(
            "blockdev-create",
            json!({ "options": { "driver": "qcow2", "file": file, "size": IMAGE_SIZE } }),
        ),
        open_image,
    ]
}

fn opening(number: u32) -> [Step; 2] {
    let (node, file) = (node_name(number), file_name(number));
    [
        Command(
            "blockdev-add",
            json!({ "driver": "file", "node-name": file, "filename": UNDO }),
        ),
        Command(
            "blockdev-add",
            json!({ "driver": "qcow2", "node-name": node, "file": file }),
        ),
    ]
}

fn target(number: u32, tag: &str) -> Value {
    let node = node_name(number);
    json!({ "tag": tag, "vmstate": node, "devices": [node] })
}

fn saving(number: u32) -> [Step; 1] {
    [Job("snapshot-save", target(number, &tag(number)))]
}

fn loading(number: u32) -> [Step; 1] {
    [Job("snapshot-load", target(number, &tag(number)))]
}

fn removing(number: u32) -> [Step; 2] {
    let remove = |node: String| Command("blockdev-del", json!({ "node-name": node }));
    [remove(node_name(number)), remove(file_name(number))]
}

/// Only a reset leaves the state of a machine that has ended; it does nothing else, because another state is loaded next. It is
/// allowed for that moment.
fn through_reset() -> [Vec<Step>; 2] {
    let allowed = |what| Command("set-action", json!({ "reboot": what }));
    [
        vec![allowed("reset"), Command("system_reset", Value::Null)],
        vec![allowed("shutdown")],
    ]
}

fn carry_out(
    qmp: &mut Qmp,
    what: &'static str,
    steps: impl IntoIterator<Item = Step>,
    number: u32,
    deadline: Instant,
) -> Result<(), UndoError> {
    for step in steps {
        match step {
            Command(command, arguments) => drop(qmp.execute(command, arguments, deadline)?),
            Job(command, arguments) => job(qmp, what, command, arguments, &job_name(number), deadline)?,
        }
    }
    Ok(())
}

/// Starts a job and waits for its end.
fn job(
    qmp: &mut Qmp,
    what: &'static str,
    command: &str,
    mut arguments: Value,
    name: &str,
    deadline: Instant,
) -> Result<(), UndoError> {
    arguments["job-id"] = name.into();
    qmp.execute(command, arguments, deadline)?;
    let ours = |jobs: &Value| {
        jobs.as_array()
            .into_iter()
            .flatten()
            .find(|job| job["id"] == name)
            .cloned()
    };
    let jobs = qmp.wait_until("query-jobs", deadline, |jobs| {
        ours(jobs).is_none_or(|job| job["status"] == "concluded")
    })?;
    let why = ours(&jobs).and_then(|job| job["error"].as_str().map(str::to_string));
    qmp.execute("job-dismiss", json!({ "id": name }), deadline)?;
    why.map_or(Ok(()), |why| Err(UndoError::Job { what, why }))
}

/// A line for each command.
fn to_text(steps: impl IntoIterator<Item = Step>, number: u32) -> Vec<String> {
    let line = |command: &str, arguments: Value| match arguments.is_null() {
        true => json!({ "execute": command }).to_string(),
        false => json!({ "execute": command, "arguments": arguments }).to_string(),
    };
    let name = job_name(number);
    let lines = steps.into_iter().flat_map(|step| match step {
        Command(command, arguments) => vec![line(command, arguments)],
        Job(command, mut arguments) => {
            arguments["job-id"] = name.clone().into();
            vec![
                line(command, arguments),
                line("job-dismiss", json!({ "id": name.clone() })),
            ]
        }
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_what_the_monitor_would_be_told() {
        let undo = Undo::default();
        let lines = undo.to_save();
        let commands: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<&str> = commands.iter().filter_map(|line| line["execute"].as_str()).collect();
        assert_eq!(
            names,
            [
                "set-action",
                "blockdev-create",
                "job-dismiss",
                "blockdev-add",
                "blockdev-create",
                "job-dismiss",
                "blockdev-add",
                "snapshot-save",
                "job-dismiss"
            ]
        );
        let state = State {
            number: 3,
            bytes: 0,
            finding: None,
        };
        assert!(undo.to_load(&state, false)[1].contains(r#""tag":"state-3""#));
        assert!(undo.to_load(&state, true)[1].contains(r#""reboot":"reset""#));
        assert_eq!(undo.to_forget(&state).len(), 2);
    }
}
