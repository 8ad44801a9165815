//! What a command line brings into a guest that it boots, and the order that has all of it.

use std::ffi::OsString;

use crate::cli::{Global, Guest};
use crate::diag::Result;
use crate::guest::protocol::CommandSpec;
use crate::linux::Linux;
use crate::run::Order;
use crate::run::request::Cold;
use crate::run::set_up::push;
use crate::scratch::Scratch;
use crate::suite::files::Files;
use crate::wanted::Ready;

use super::script::Script;

/// Copies of the user's files, which may be others when all has been built. They are gone when this is dropped.
pub struct Brought {
    pushed: Option<Scratch>,
    script: Option<Script>,
}

impl Brought {
    pub fn stage(guest: &Guest) -> Result<Brought> {
        Ok(Brought {
            script: guest.script.as_deref().map(Script::stage).transpose()?,
            pushed: push::stage(&guest.files.push)?,
        })
    }

    /// These words, or the script with them as its arguments.
    pub fn command(&self, words: &[OsString]) -> Option<CommandSpec> {
        match &self.script {
            Some(script) => Some(script.command(words)),
            None if words.is_empty() => None,
            None => Some(CommandSpec::new(words)),
        }
    }

    /// Of a guest with that and with these demos.
    pub fn order<'a>(
        &self,
        (global, guest): (&Global, &Guest),
        ready: &'a Ready,
        linux: &'a Linux,
        demos: &Files,
    ) -> Order<'a> {
        let pushed = self.pushed.iter().map(|directory| directory.path().to_owned());
        Order {
            modules: demos.modules.clone(),
            push: demos
                .push
                .iter()
                .cloned()
                .chain(pushed)
                .chain(self.script.as_ref().map(Script::directory))
                .collect(),
            sources: demos.sources.clone(),
            console: guest.console || ready.profile().console.show,
            cold: guest.cold.then_some(Cold::Asked),
            timeout: global.timeout,
            verbose: global.verbose,
            json: global.json,
            ..ready.order(linux)
        }
    }
}
