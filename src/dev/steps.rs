//! What is done in the guest: remove, save, push, insert. Each step ends well or with the ending that it would be for the run.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::demo::build;
use crate::demo::modules::Module;
use crate::guest::protocol::{CommandSpec, Exit};
use crate::host::terminal;
use crate::kgdb;
use crate::qemu::session::Session;
use crate::qemu::undo::{State, Undo, UndoError};
use crate::run::console::log::MARK_COMMAND;
use crate::run::ending::Ending;
use crate::run::output::Streams;
use crate::shell::quote;
use crate::verdict::{self, Trouble};

use super::log::Log;
use super::options::Options;

/// For a module's init and exit functions, and for what the user runs then.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether a debugger is still attached.
pub const AGAIN: Duration = Duration::from_millis(200);

/// A guest with the modules that the loop has put into it.
pub struct Guest<'s, 'd, 'a> {
    pub session: &'s mut Session<'d, 'a>,
    pub log: &'s Log,
    options: &'s Options,
    undo: Undo,
    /// The way back, of which there is one at a time.
    saved: Option<State>,
    /// In the order of their insertion.
    loaded: Vec<Module>,
}

/// An ending that only concerns the guest, which can be taken back.
pub fn is_of_the_guest(ending: &Ending) -> bool {
    matches!(ending, Ending::Trouble(_) | Ending::PoweredOff | Ending::Timeout(_))
}

/// Modules that could not be removed.
pub struct Stuck {
    pub why: String,
    /// What became of the guest, if that was why.
    pub killed_by: Option<Ending>,
}

fn ended_in(trouble: Trouble) -> String {
    format!("rmmod ended in {}", trouble.verdict().as_str())
}

/// A command's end and what it said.
pub struct Said {
    pub status: u8,
    pub text: String,
}

impl<'s, 'd, 'a> Guest<'s, 'd, 'a> {
    pub fn new(session: &'s mut Session<'d, 'a>, log: &'s Log, options: &'s Options) -> Self {
        Guest {
            session,
            log,
            options,
            undo: Undo::default(),
            saved: None,
            loaded: Vec::new(),
        }
    }

    /// Takes the modules of the last iteration out, the dependent ones first. If one did not go, or died on the way,
    /// [`Guest::put_back`] is the way on.
    pub fn remove(&mut self) -> Result<Option<Stuck>, Ending> {
        if self.loaded.is_empty() {
            return Ok(None);
        }
        let names: Vec<&str> = self.loaded.iter().rev().map(|module| module.name.as_str()).collect();
        // Somebody else may have removed one.
        let remove = |name: &&str| {
            let name = quote(name.as_ref());
            format!("{{ [ ! -d /sys/module/{name} ] || rmmod {name}; }}")
        };
        let lines: Vec<String> = names.iter().map(remove).collect();
        let line = lines.join(" && ");
        let said = self.shell(&line);
        if said.as_ref().err().is_some_and(is_of_the_guest) {
            self.hear_out();
        }
        let (why, killed_by) = match (said, self.trouble()) {
            (Err(ending), _) if !is_of_the_guest(&ending) => return Err(ending),
            (Ok(_), Some((trouble, _))) => (ended_in(trouble), Some(Ending::PoweredOff)),
            (Err(ending), Some((trouble, _))) => (ended_in(trouble), Some(ending)),
            (Err(ending), None) => ("rmmod did not end".to_string(), Some(ending)),
            (Ok(said), None) if said.status == 0 => {
                self.loaded.clear();
                return Ok(None);
            }
            (Ok(_), None) if self.loaded.iter().any(|module| module.name.contains('.')) => (
                "busybox's rmmod takes a module's name to end at its first dot".into(),
                None,
            ),
            (Ok(said), None) => (said.text.trim().to_string(), None),
        };
        Ok(Some(Stuck { why, killed_by }))
    }

    /// The modules that could not be removed go with the guest's state: the one before they were inserted is there.
    pub fn put_back(&mut self, why: &str) -> Result<(), Ending> {
        self.await_debugger()?;
        // The guest can be replaced.
        self.roll_back().map_err(|error| {
            Ending::Timeout(format!(
                "the old module could not be removed ({why}), and the guest could not be taken back ({error})"
            ))
        })
    }

    /// The point to go back to. Without one the loop goes on, only slower after an oops.
    pub fn save(&mut self) -> Result<(), UndoError> {
        let state = self.session.save(&mut self.undo)?;
        if let Some(old) = self.saved.replace(state) {
            self.session.forget(&mut self.undo, &old);
        }
        Ok(())
    }

    pub fn roll_back(&mut self) -> Result<(), UndoError> {
        let state = self.saved.as_ref().ok_or(UndoError::NothingSaved)?;
        self.session.load(&self.undo, state)?;
        self.loaded.clear();
        self.log.read();
        Ok(())
    }

    pub fn push(&mut self, directory: &Path) -> Result<(), Ending> {
        self.session.push(directory)
    }

    /// The symbols of what is about to be inserted are known from now on. `debug`: the modules with their DWARF.
    pub fn meet(&mut self, debug: &Path, sources: &Path) -> Result<(), Ending> {
        self.session.meet(build::modules(debug), sources)
    }

    /// Whether a debugger of somebody else's is attached, which would not know that the guest was taken back.
    pub fn is_debugged(&self) -> bool {
        kgdb::is_debugged(self.session.directory())
    }

    /// Waits until no debugger is attached, because the guest is to be taken back. Whatever it does meanwhile is given up.
    pub fn await_debugger(&mut self) -> Result<(), Ending> {
        if self.is_debugged() && !self.options.json {
            let what = "a debugger is attached to the guest, which is taken back when it has left";
            terminal::announce(what, false);
        }
        while self.is_debugged() {
            match self.wait(Some(AGAIN)) {
                Err(ending) if self.options.is_over() || !is_of_the_guest(&ending) => return Err(ending),
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits for a save, or for what the kernel does meanwhile. Whether a save may be the reason.
    pub fn wait(&mut self, limit: Option<Duration>) -> Result<bool, Ending> {
        let log = self.log;
        self.session.wait(limit, &|_| log.read())
    }

    /// Inserts them in this order, and waits until the kernel's lines about it are here.
    pub fn insert(&mut self, modules: &[Module], parameters: &[String]) -> Result<Said, Ending> {
        let mut lines: Vec<String> = modules
            .iter()
            .map(|module| format!("insmod {}", quote(module.file.as_ref())))
            .collect();
        for parameter in parameters {
            let own = |module: &Module| parameter.strip_prefix(&module.name)?.strip_prefix('.');
            let named = modules.iter().map(own).enumerate();
            let named = named.filter_map(|(index, parameter)| Some((index, parameter?))).next();
            // Others are for the module that the rest is there for.
            let (index, parameter) = named.unwrap_or((modules.len().saturating_sub(1), parameter));
            if let Some(line) = lines.get_mut(index) {
                *line += &format!(" {}", quote(parameter.as_ref()));
            }
        }
        // Even if the second of two cannot be inserted, the first one has to go.
        self.loaded = modules.to_vec();
        let said = self.shell(&lines.join(" && "))?;
        if said.status != 0 && self.trouble().is_none() {
            self.forget_missing()?;
        }
        Ok(said)
    }

    /// Those of the modules that are really there stay in the list.
    fn forget_missing(&mut self) -> Result<(), Ending> {
        let present = self.shell("cut -d ' ' -f 1 /proc/modules")?.text;
        self.loaded
            .retain(|module| present.lines().any(|line| line == module.name));
        Ok(())
    }

    /// The user's line, in a shell of its own: it may end that one, or make no sense.
    pub fn users(&mut self, line: &str) -> Result<Said, Ending> {
        self.shell(&format!("/bin/sh -c {}", quote(line.as_ref())))
    }

    /// Runs a line in /lkmc. When it ends, what the kernel has said until then has been shown.
    pub fn shell(&mut self, line: &str) -> Result<Said, Ending> {
        let since = self.session.log_position();
        let line = format!("{{ {line}\n}}; status=$?; {}; exit $status", MARK_COMMAND);
        let (output, log) = (Streams::joined(), self.log);
        let watch = |_: &_| log.read();
        let patience = self.options.left().map_or(PATIENCE, |left| left.min(PATIENCE));
        let exit = self
            .session
            .run_watched(&CommandSpec::shell(line), patience, &output, &watch);
        if exit.is_ok() && self.trouble().is_none() {
            self.session.await_mark(since)?;
        }
        self.log.read();
        Ok(Said {
            status: Exit::status(exit?),
            text: output.stdout.text(),
        })
    }

    /// What the kernel has said of its health since the iteration began.
    pub fn trouble(&self) -> Option<(Trouble, String)> {
        let lines = self.log.lines();
        let found = lines
            .iter()
            .filter_map(|line| Some((verdict::classify(line)?, line.clone())));
        // A panic that follows an oops is the graver news.
        found.max_by_key(|(trouble, _)| (*trouble == Trouble::Panic, *trouble == Trouble::Lockup))
    }

    /// A report may still be growing.
    pub fn hear_out(&mut self) {
        const QUIET: Duration = Duration::from_millis(100);
        const LONGEST: Duration = Duration::from_secs(3);
        let deadline = Instant::now() + LONGEST;
        let (mut length, mut since) = (self.log.count(), Instant::now());
        while since.elapsed() < QUIET && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
            let now = self.log.count();
            if now != length {
                (length, since) = (now, Instant::now());
            }
        }
    }
}
