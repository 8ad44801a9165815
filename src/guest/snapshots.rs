//! What the owner of a guest is asked about its named snapshots by other processes, and answers: JSON in frames of the agent's
//! protocol, in which the guest has no part.

use serde::{Deserialize, Serialize};

/// A state of a guest that is kept under a name for as long as its run lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Snapshot {
    pub name: String,
    /// RFC 3339.
    pub taken: String,
    /// What it takes on the disk.
    pub bytes: u64,
    /// How long the guest stood still for it.
    pub seconds: f64,
    /// Length of the console's log at that time.
    pub console: u64,
}

/// A guest was taken back to one. What it did in between, it has not done any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Restore {
    pub snapshot: String,
    /// When that was taken: names can be given anew.
    pub taken: String,
    /// RFC 3339.
    pub at: String,
    /// Length of the console's log at that time: what is behind it was said after the restore.
    pub console: u64,
    /// The worst that the kernel had said in the state that was given up.
    pub given_up: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Request {
    pub wish: Wish,
    /// The monitor's commands are named and not carried out.
    pub dry_run: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Keep the guest as it is, without a name under a number.
    Save {
        name: Option<String>,
        replace: bool,
    },
    /// Without a name it is the last one.
    Restore {
        name: Option<String>,
    },
    Remove {
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Saved(Snapshot),
    Restored(Restore),
    Removed(Snapshot),
    /// Of a dry run.
    Commands(Vec<String>),
    Refused(Refusal),
}

/// Why it was not done. Unless it says otherwise the guest goes on as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// There is one of that name.
    Exists(String),
    /// There is none of that name; those that there are.
    Unknown { name: Option<String>, names: Vec<String> },
    /// So many are kept already.
    TooMany(usize),
    /// The guest has mounted these directories of the host: their names in the guest.
    Shares(Vec<String>),
    /// The guest writes to these disks.
    Disks(Vec<String>),
    /// A processor's timers would be lost.
    Architecture(String),
    /// A debugger is attached.
    Debugged,
    /// The machine has ended, for this reason, and stands still.
    Ended(String),
    /// What could not be done, and why.
    Failed { what: String, why: String },
    /// The same, because time was over.
    Late { what: String, why: String },
    /// It is back, and its agent says nothing.
    Silent,
    /// Who owns this guest keeps none, or is about to end it.
    Unavailable,
}

/// Why nobody knows how a command ends: what lkmc ends with that waits for it, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cut {
    pub why: String,
    pub reason: CutReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CutReason {
    /// The guest went back to where the command does not run.
    Restored,
    /// The machine has ended and stands still.
    Ended,
    /// Nobody in the guest can start it.
    NoAgent,
}
