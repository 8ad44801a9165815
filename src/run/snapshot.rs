//! What a run does about a guest that is kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::command_line::CommandLine;
use crate::run_directory::run_json::SnapshotRecord;
use crate::snapshots::Key;

use super::request::Cold;

/// What to do about snapshots in a run, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choice {
    pub action: Action,
    pub record: SnapshotRecord,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Action {
    /// Boot, and leave no trace.
    None,
    /// Start from the snapshot in this directory.
    Restore { directory: PathBuf, line: CommandLine },
    /// Boot with memory in `temporary`, save the state there, rename, and restore.
    Make {
        temporary: PathBuf,
        directory: PathBuf,
        key: Key,
        boot: CommandLine,
        line: CommandLine,
    },
}

impl Choice {
    /// One that is there may be used; none is made.
    pub fn make_none(&mut self, why: Cold) {
        if let Action::Make { .. } = self.action {
            self.action = Action::None;
            self.record = SnapshotRecord::none(why.why());
        }
    }
}
