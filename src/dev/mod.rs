//! The edit loop: a kernel module is built whenever it is saved, and put into a guest that keeps running.
//!
//! ```text
//! save -> demo (load) -> nix (build) -> rmmod -> Undo (save) -> push -> insmod -> kernel log
//!                                                                          \-> oops: decoded stack, Undo (load)
//! ```
//!
//! docs/dev-loop.md tells the user's side.

mod iteration;
mod log;
mod options;
mod steps;
mod watch;

use std::path::PathBuf;
use std::time::Instant;

use crate::demo::{Demo, Kind};
use crate::diag::{Error, Exit, Result};
use crate::host::{interrupt, terminal};
use crate::qemu::session::{self, Session};
use crate::run::Order;
use crate::run::ending::Ending;
use crate::run_directory::conclusion::{Cause, Conclusion};
use crate::verdict::Verdict;

pub use self::iteration::{Iteration, Outcome};
use self::log::Log;
pub use self::options::Options;
use self::steps::{AGAIN, Guest};
use self::watch::Watcher;

/// What the loop remembers from one guest to the next.
struct Loop<'a> {
    options: &'a Options,
    number: u32,
    /// The present guest cannot be used any more, and could not be taken back.
    boot_again: bool,
    /// What it died of has been shown.
    told: bool,
}

/// Runs until the user ends it. The status is that of the iteration with `once`, 130 after Ctrl-C.
pub fn run(options: &Options, demo: &Demo) -> Result<u8> {
    // Outside of a build, too, Ctrl-C is for the session.
    let _interrupts = interrupt::Guard::new();
    let mut order = Order {
        json: options.json,
        ..options.machine.order(&options.linux)
    };
    let runs = crate::paths::runs()?;
    let mut state = Loop {
        options,
        number: 0,
        boot_again: false,
        told: false,
    };
    let words = ["dev", &options.path].map(str::to_owned);
    loop {
        (state.boot_again, state.told) = (false, false);
        order.timeout = options.left();
        let mut finished = session::session(&order, &runs, words.to_vec(), |session| state.serve(session, demo))?;
        if state.told && !options.json {
            finished.record.last_lines.clear();
            finished.record.report = None;
        }
        if !state.boot_again {
            // Nothing has said yet why the loop ends, unless the user wanted it to.
            crate::run::tell(
                options.json,
                &finished.record,
                &finished.conclusion,
                &finished.directory,
            )?;
            return Ok(finished.conclusion.status);
        }
    }
}

/// Only modules are inserted.
pub fn check(demo: &Demo) -> Result<()> {
    match demo.kind {
        Kind::Module | Kind::KbuildDirectory => Ok(()),
        Kind::Program | Kind::Script | Kind::BareMetal => Err(Error::usage(
            "lkmc::dev::no_module",
            format!("{} is no kernel module", demo.name),
        )
        .help("`lkmc demo run` builds and runs programs and scripts")),
    }
}

impl Loop<'_> {
    /// One guest, from its prompt to its end.
    fn serve(&mut self, session: &mut Session, demo: &Demo) -> Result<Ending, Ending> {
        let log = Log::new(session.directory(), !self.options.json);
        if !self.options.json {
            session.tell_of_standstills();
        }
        let mut guest = Guest::new(session, &log, self.options);
        if self.options.once {
            let mut iteration = self.iterate(&mut guest, Instant::now())?;
            if matches!(iteration.outcome, Outcome::Inserted | Outcome::ThenFailed) {
                iteration.take_out(self.options, &mut guest)?;
            }
            self.report(&iteration)?;
            return Ok(self.last(&iteration));
        }
        guest.session.open_hub()?;
        let mut watcher = Watcher::new(guest.session.waker()).map_err(Ending::Failed)?;
        let mut sources = Sources::of(demo);
        sources.follow(&mut watcher)?;
        // A guest that replaces a lost one waits for the next save: this source is what the other died of.
        let mut saved = (self.number == 0).then(Instant::now);
        loop {
            if let Some(at) = saved {
                // Of a directory that was made anew nothing is noticed any more until it is followed again: before it is read.
                if let Ok(demo) = crate::demo::load(&self.options.path) {
                    sources = Sources::of(&demo);
                }
                sources.follow(&mut watcher)?;
                let iteration = self.iterate(&mut guest, at)?;
                self.report(&iteration)?;
                if self.boot_again {
                    return Ok(self.last(&iteration));
                }
                self.say("waiting for the next save (Ctrl-C ends)");
            }
            saved = watcher.saved();
            if saved.is_none() {
                self.idle(&mut guest)?;
            }
        }
    }

    /// Waits for a save while the guest runs, and for what its kernel may still do.
    fn idle(&mut self, guest: &mut Guest) -> Result<(), Ending> {
        guest.log.start();
        match self.wait(guest) {
            Ok(()) => Ok(()),
            Err(_) if self.options.is_over() => Err(over()),
            Err(ending) if steps::is_of_the_guest(&ending) => {
                let mut iteration = Iteration::new(self.number);
                iteration.died(self.options, guest, &ending);
                self.recover(guest, &mut iteration)?;
                self.report(&iteration)?;
                match self.boot_again {
                    true => Err(self.last(&iteration)),
                    false => Ok(()),
                }
            }
            Err(ending) => Err(ending),
        }
    }

    /// No round begins while a debugger is attached, which may have stopped the guest for as long as it likes.
    fn wait(&self, guest: &mut Guest) -> Result<(), Ending> {
        let mut told = false;
        loop {
            let is_save = guest.wait(guest.is_debugged().then_some(AGAIN))?;
            if !guest.is_debugged() {
                return Ok(());
            }
            if is_save && !std::mem::replace(&mut told, true) {
                self.say("a debugger is attached to the guest: the next round begins when it has left");
            }
        }
    }

    fn iterate(&mut self, guest: &mut Guest, saved: Instant) -> Result<Iteration, Ending> {
        self.number += 1;
        let mut iteration = Iteration::new(self.number);
        iteration.seconds.noticed = saved.elapsed().as_secs_f64();
        let result = iteration.carry_out(self.options, guest);
        // An interrupt may have ended a build, which then looks as if it had failed.
        if let Some(signal) = interrupt::signal() {
            return Err(Ending::Interrupted(signal));
        }
        result?;
        iteration.seconds.total = saved.elapsed().as_secs_f64();
        if self.options.is_over() {
            self.report(&iteration)?;
            return Err(over());
        }
        if iteration.outcome.is_fatal() {
            self.recover(guest, &mut iteration)?;
        }
        Ok(iteration)
    }

    /// Back to before the module was inserted, or else a new guest.
    fn recover(&mut self, guest: &mut Guest, iteration: &mut Iteration) -> Result<(), Ending> {
        if self.options.once {
            return Ok(());
        }
        match guest.await_debugger() {
            Err(_) if self.options.is_over() => return Err(over()),
            left => left?,
        }
        let since = Instant::now();
        match guest.roll_back() {
            Ok(()) => {
                iteration.seconds.rollback = Some(since.elapsed().as_secs_f64());
                self.say("the guest is back where it was before the module was inserted");
            }
            Err(error) => {
                self.boot_again = true;
                self.say(&format!("the guest cannot be taken back ({error}): another one starts"));
            }
        }
        Ok(())
    }

    /// A guest's end after this iteration.
    fn last(&mut self, iteration: &Iteration) -> Ending {
        self.told = true;
        let outcome = iteration.outcome;
        Ending::Driven(Conclusion {
            verdict: outcome.verdict(),
            cause: Cause::Loop,
            status: outcome.status(),
            reason: format!("the loop ended: {}", outcome.as_str()),
        })
    }

    fn say(&self, what: &str) {
        if !self.options.json {
            terminal::announce(what, false);
        }
    }

    /// The kernel's lines have been shown as they came.
    fn report(&self, iteration: &Iteration) -> Result<(), Ending> {
        if self.options.json {
            // Plain data that serde_json can always represent.
            let text = serde_json::to_string(iteration).unwrap_or_default();
            crate::host::stdout::print(&format!("{text}\n")).map_err(Ending::Failed)?;
        } else {
            terminal::announce(&iteration.summary(), false);
        }
        Ok(())
    }
}

/// Where the guest was has been looked for, if it was at something.
fn over() -> Ending {
    Ending::Driven(Conclusion {
        verdict: Verdict::Timeout,
        cause: Cause::Deadline,
        status: Exit::Timeout.status(),
        reason: "the time given by --timeout is over".into(),
    })
}

/// What a demo consists of, as it was when it could be read last.
struct Sources {
    files: Vec<PathBuf>,
    trees: Vec<PathBuf>,
}

impl Sources {
    fn of(demo: &Demo) -> Sources {
        Sources {
            files: demo.sources.clone(),
            trees: match demo.kind {
                Kind::KbuildDirectory => vec![demo.path.clone()],
                _ => Vec::new(),
            },
        }
    }

    /// A file that vanished in an editor's hands is followed by its directory, and that by the one above.
    fn follow(&self, watcher: &mut Watcher) -> Result<(), Ending> {
        watcher.follow(&self.files, &self.trees).map_err(Ending::Failed)
    }
}
