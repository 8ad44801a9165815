//! A way back for a guest that runs: its state is saved before something risky, and the same emulator goes on from there after
//! the guest's kernel has died of it.
//!
//! QEMU saves its internal snapshots in an image. This one belongs to no device of the guest, so that the machine stays the one
//! that its boot snapshot was taken of, and has no name any more once QEMU has opened it, so that nothing is left behind. Saving
//! takes some 0.1 s, going back the same (docs/adr/0012). What QEMU refuses to save, a guest with a mounted share, has no way back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::emulator::qmp::{self, Qmp};
use crate::run_directory::files::UNDO;

use super::ending::Ending;
use super::session::Session;

/// Names of nodes.
const FILE_NODE: &str = "undo-file";
const NODE: &str = "undo";
/// The state lies behind the image's end; what the image holds is never used.
const IMAGE_SIZE: u64 = 1 << 20;
/// A job that is asked for; each is dismissed before the next.
const JOB: &str = "undo-job";
/// Saving a machine of some gigabytes on a busy host.
const LIMIT: Duration = Duration::from_secs(60);
/// The agent of a guest that goes on.
const ANSWER: Duration = Duration::from_secs(10);

/// The points to go back to, of which there is one at a time.
#[derive(Default)]
pub struct Undo {
    prepared: bool,
    serial: u32,
    saved: Option<String>,
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

impl Undo {
    /// Saves the guest, which stops for that moment, in place of what was saved before.
    pub fn save(&mut self, session: &mut Session) -> Result<(), UndoError> {
        let deadline = session.within(LIMIT);
        if !self.prepared {
            prepare(monitor(session, deadline)?, deadline)?;
            // QEMU holds it open.
            let _ = std::fs::remove_file(session.directory().join(UNDO));
            self.prepared = true;
        }
        let qmp = monitor(session, deadline)?;
        self.serial += 1;
        let tag = format!("state-{}", self.serial);
        let target = json!({ "tag": tag, "vmstate": NODE, "devices": [NODE] });
        job(qmp, "save the guest", "snapshot-save", target, deadline)?;
        if let Some(old) = self.saved.replace(tag) {
            let target = json!({ "tag": old, "devices": [NODE] });
            job(qmp, "forget an old state", "snapshot-delete", target, deadline)?;
        }
        Ok(())
    }

    /// The guest goes on from the saved state, whatever has become of it. What it said until now has been heard.
    pub fn load(&mut self, session: &mut Session) -> Result<(), UndoError> {
        let deadline = session.within(LIMIT);
        let tag = self.saved.clone().ok_or(UndoError::NothingSaved)?;
        let qmp = monitor(session, deadline)?;
        qmp.execute("stop", Value::Null, deadline)?;
        let status = qmp.execute("query-status", Value::Null, deadline)?;
        if status["status"] == "shutdown" {
            // Only a reset leaves this state; it does nothing else, because the state is loaded next.
            qmp.execute("set-action", json!({ "reboot": "reset" }), deadline)?;
            qmp.execute("system_reset", Value::Null, deadline)?;
            qmp.wait_until("query-status", deadline, |answer| answer["status"] != "shutdown")?;
            qmp.execute("set-action", json!({ "reboot": "shutdown" }), deadline)?;
        }
        session.hear_out();
        let agent = session.agent().map_err(|_| UndoError::Silent)?;
        let rewound = agent.rewind().map_err(|_| UndoError::Silent)?;
        let qmp = monitor(session, deadline)?;
        let target = json!({ "tag": tag, "vmstate": NODE, "devices": [NODE] });
        job(qmp, "restore the guest", "snapshot-load", target, deadline)?;
        qmp.execute("cont", Value::Null, deadline)?;
        let answered = session.within(ANSWER);
        agent.greet_again(&rewound, answered).map_err(|_| UndoError::Silent)?;
        let greeted = Instant::now();
        // The clock went back with everything else.
        agent.synchronize(answered).map_err(|_| UndoError::Silent)?;
        // Going back has closed the agent's port and opened it again.
        session.agent_lived_at(greeted);
        Ok(())
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

fn monitor<'s>(session: &'s mut Session, deadline: Instant) -> Result<&'s mut Qmp, UndoError> {
    session.monitor(deadline).ok_or(UndoError::NoMonitor)
}

/// A guest that resets or powers off waits from now on, so that there is an emulator to go back in.
fn prepare(qmp: &mut Qmp, deadline: Instant) -> Result<(), UndoError> {
    qmp.execute("set-action", json!({ "shutdown": "pause" }), deadline)?;
    let what = "make an image for the guest's state";
    let file = json!({ "options": { "driver": "file", "filename": UNDO, "size": 0 } });
    job(qmp, what, "blockdev-create", file, deadline)?;
    let open = json!({ "driver": "file", "node-name": FILE_NODE, "filename": UNDO });
    qmp.execute("blockdev-add", open, deadline)?;
    let format = json!({ "options": { "driver": "qcow2", "file": FILE_NODE, "size": IMAGE_SIZE } });
    job(qmp, what, "blockdev-create", format, deadline)?;
    let open = json!({ "driver": "qcow2", "node-name": NODE, "file": FILE_NODE });
    qmp.execute("blockdev-add", open, deadline)?;
    Ok(())
}

/// Starts a job and waits for its end.
fn job(
    qmp: &mut Qmp,
    what: &'static str,
    command: &str,
    mut arguments: Value,
    deadline: Instant,
) -> Result<(), UndoError> {
    arguments["job-id"] = JOB.into();
    qmp.execute(command, arguments, deadline)?;
    let ours = |jobs: &Value| {
        jobs.as_array()
            .into_iter()
            .flatten()
            .find(|job| job["id"] == JOB)
            .cloned()
    };
    let jobs = qmp.wait_until("query-jobs", deadline, |jobs| {
        ours(jobs).is_none_or(|job| job["status"] == "concluded")
    })?;
    let why = ours(&jobs).and_then(|job| job["error"].as_str().map(str::to_string));
    qmp.execute("job-dismiss", json!({ "id": JOB }), deadline)?;
    why.map_or(Ok(()), |why| Err(UndoError::Job { what, why }))
}
