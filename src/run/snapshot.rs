//! What a run does about a [guest that is kept](crate::snapshots::Kept), as command lines.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::run_directory::run_json::SnapshotRecord;
use crate::snapshots::{Kept, Key};

use super::beginning::Image;
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
    /// Start from a state in this image, a named snapshot of another run's guest.
    Begin { image: Image, line: CommandLine },
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
    /// Starts from this one with `line`. Where it has to be made first, `boot` is asked for the line that makes it in a directory.
    pub fn of(kept: &Kept, line: CommandLine, boot: impl FnOnce(&Path) -> Result<CommandLine>) -> Result<Choice> {
        let directory = kept.directory.clone();
        let action = match &kept.make {
            None => Action::Restore { directory, line },
            Some(temporary) => Action::Make {
                temporary: temporary.clone(),
                directory,
                key: kept.key.clone(),
                boot: boot(temporary)?,
                line,
            },
        };
        Ok(Choice {
            action,
            record: kept.record.clone(),
        })
    }

    /// A boot that leaves no trace.
    pub fn none(why: impl Into<String>) -> Choice {
        Choice {
            action: Action::None,
            record: SnapshotRecord::none(why),
        }
    }

    /// One that is there may be used; none is made.
    pub fn make_none(&mut self, why: Cold) {
        if let Action::Make { .. } = self.action {
            *self = Choice::none(why.why());
        }
    }
}
