//! What a guest is for.

use crate::guest::protocol::CommandSpec;
use crate::host::streams::Input;

/// Of a run that lkmc talks to while it lasts.
pub enum Task {
    Command { spec: CommandSpec, input: Input },
    Shell,
}

impl Task {
    /// Of the command; none for a shell.
    pub fn words(&self) -> Vec<String> {
        match self {
            Task::Command { spec, .. } => spec.words(),
            Task::Shell => Vec::new(),
        }
    }
}

/// Of a run that is only heard: its standard input is known in full before it begins.
#[derive(Clone, Debug)]
pub struct Errand {
    pub spec: CommandSpec,
    pub input: Vec<u8>,
}
