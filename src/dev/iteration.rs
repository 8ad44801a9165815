//! One save: what was done about it, how long each part took, and what came of it.

use std::time::Instant;

use serde::Serialize;

use crate::decode;
use crate::demo::modules::{self, Module};
use crate::demo::{Demo, Kind, build};
use crate::exit::Exit;
use crate::host::terminal;
use crate::nix::demos::BuiltDemo;
use crate::run::ending::Ending;
use crate::verdict::{Trouble, Verdict};

use super::options::Options;
use super::steps::{self, Guest, Stuck};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The module is in the kernel.
    Inserted,
    /// It does not compile, or its block is wrong; the guest was left alone.
    NotBuilt,
    /// insmod failed; the kernel is well.
    Refused,
    /// The module is in the kernel, and the line that the user runs then failed.
    ThenFailed,
    /// The kernel is not to be trusted any more.
    Oops,
    Panic,
    Lockup,
    /// insmod did not end.
    Timeout,
}

impl Outcome {
    /// As everywhere in lkmc.
    pub fn status(self) -> u8 {
        match self {
            Outcome::Inserted => 0,
            Outcome::Refused | Outcome::ThenFailed => Exit::Failed.status(),
            Outcome::NotBuilt => Exit::Infrastructure.status(),
            Outcome::Oops | Outcome::Panic | Outcome::Lockup => Exit::GuestKernel.status(),
            Outcome::Timeout => Exit::Timeout.status(),
        }
    }

    /// Of a run that ends with it.
    pub fn verdict(self) -> Verdict {
        match self {
            Outcome::Inserted => Verdict::Pass,
            Outcome::NotBuilt | Outcome::Refused | Outcome::ThenFailed => Verdict::Failed,
            Outcome::Oops => Verdict::Oops,
            Outcome::Panic => Verdict::Panic,
            Outcome::Lockup => Verdict::Lockup,
            Outcome::Timeout => Verdict::Timeout,
        }
    }

    /// The guest is of no use until it is taken back.
    pub fn is_fatal(self) -> bool {
        matches!(
            self,
            Outcome::Oops | Outcome::Panic | Outcome::Lockup | Outcome::Timeout
        )
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Inserted => "inserted",
            Outcome::NotBuilt => "not built",
            Outcome::Refused => "refused",
            Outcome::ThenFailed => "inserted, and the line of --then failed",
            Outcome::Oops => "oops",
            Outcome::Panic => "panic",
            Outcome::Lockup => "lockup",
            Outcome::Timeout => "timeout",
        }
    }
}

/// Absent: the part did not take place.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Seconds {
    /// From the save until the loop began.
    pub noticed: f64,
    /// Nix: what is to be built.
    pub evaluation: Option<f64>,
    /// Nix: the sandbox and the compiler in it.
    pub build: Option<f64>,
    pub rmmod: Option<f64>,
    /// Keeping the guest's state, to go back to.
    pub saved: Option<f64>,
    pub push: Option<f64>,
    /// Until the kernel's lines were here, or until it was given up.
    pub insmod: Option<f64>,
    /// The user's line.
    pub then: Option<f64>,
    /// Also looking for where a kernel is that says nothing.
    pub decode: Option<f64>,
    /// After all the others, and not part of the total.
    pub rollback: Option<f64>,
    /// From the save to the last line of the kernel's, or to the decoded stack.
    pub total: f64,
}

/// Of a module that would not go: that of the round before, or with `--once` its own.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Removal {
    pub why: String,
    /// What the kernel said.
    pub dmesg: Vec<String>,
    /// Decoded, innermost first.
    pub stack: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Iteration {
    pub number: u32,
    pub outcome: Outcome,
    pub seconds: Seconds,
    /// Why a module did not go, if one did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removal: Option<Removal>,
    /// What the kernel said.
    pub dmesg: Vec<String>,
    /// What insmod, and the line after it, said.
    pub output: String,
    /// Names that it was given and does not know.
    pub unknown_parameters: Vec<String>,
    /// The compiler's words, if it failed.
    pub errors: String,
    /// The compiler's words, if it did not.
    pub warnings: String,
    /// `FUNCTION at FILE:LINE`, innermost first.
    pub stack: Vec<String>,
}

impl Iteration {
    pub fn new(number: u32) -> Iteration {
        Iteration {
            number,
            outcome: Outcome::Inserted,
            seconds: Seconds::default(),
            removal: None,
            dmesg: Vec::new(),
            output: String::new(),
            unknown_parameters: Vec::new(),
            errors: String::new(),
            warnings: String::new(),
            stack: Vec::new(),
        }
    }

    pub fn carry_out(&mut self, options: &Options, guest: &mut Guest) -> Result<(), Ending> {
        let Some((demo, built)) = self.build(options)? else {
            self.outcome = Outcome::NotBuilt;
            return Ok(());
        };
        guest.log.start();
        match self.exchange(options, guest, &demo, &built) {
            Ok(()) if guest.trouble().is_none() => {
                self.dmesg = guest.log.lines();
                self.stack = self.decode(options, guest, &self.dmesg.clone(), None);
                Ok(())
            }
            Ok(()) => {
                self.died(options, guest, &Ending::PoweredOff);
                Ok(())
            }
            Err(ending) if steps::is_of_the_guest(&ending) => {
                self.died(options, guest, &ending);
                Ok(())
            }
            Err(ending) => Err(ending),
        }
    }

    /// `None`: it cannot be built, and the user has been told why.
    fn build(&mut self, options: &Options) -> Result<Option<(Demo, BuiltDemo)>, Ending> {
        let demo = match crate::demo::load(&options.path) {
            Ok(demo) => demo,
            Err(error) => {
                self.errors = crate::diag::to_plain_text(&error);
                options.show(&error);
                return Ok(None);
            }
        };
        let since = Instant::now();
        match build::build(&options.linux.profile, &[&demo], &options.build) {
            Ok(mut outcomes) => match outcomes.pop() {
                Some(Ok(built)) => {
                    self.seconds.evaluation = Some(built.content.cost.evaluation.as_secs_f64());
                    self.seconds.build = Some((since.elapsed() - built.content.cost.evaluation).as_secs_f64());
                    self.warnings.clone_from(&built.content.warnings);
                    Ok(Some((demo, built)))
                }
                Some(Err(failure)) => {
                    // They have been shown by the build.
                    self.errors = failure.log;
                    Ok(None)
                }
                None => Ok(None),
            },
            Err(error) => {
                self.errors = crate::diag::to_plain_text(&error);
                options.show(&error);
                Ok(None)
            }
        }
    }

    /// The old module out, the new one in.
    fn exchange(&mut self, options: &Options, guest: &mut Guest, demo: &Demo, built: &BuiltDemo) -> Result<(), Ending> {
        let since = Instant::now();
        if let Some(Stuck { why, killed_by }) = guest.remove()? {
            let lines = guest.log.lines();
            let stack = self.decode(options, guest, &lines, killed_by.as_ref());
            guest.put_back(&why)?;
            if !options.json {
                let what = format!("the old module could not be removed ({why}); the guest went back to before it");
                terminal::announce(&what, false);
            }
            self.removal = Some(Removal {
                why,
                dmesg: lines,
                stack,
            });
            guest.log.start();
        }
        let since = lap(&mut self.seconds.rmmod, since);
        if let Err(error) = guest.save() {
            terminal::announce(&format!("no state to go back to was saved: {error}"), false);
        }
        let since = lap(&mut self.seconds.saved, since);
        let pushed = guest.push(&built.guest());
        let since = lap(&mut self.seconds.push, since);
        pushed?;
        guest.meet(&built.debug(), &demo.root)?;
        let mut modules = modules::in_order(&built.guest());
        // Unless another one needs it, the module that the user edits comes last: the parameters are its.
        if demo.kind == Kind::Module {
            let own = demo.path.with_extension("ko");
            let own = own.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            modules.sort_by_key(|module| module.file == own);
        }
        // What does not end has taken its time, too.
        let said = guest.insert(&modules, &options.parameters);
        lap(&mut self.seconds.insmod, since);
        let said = said?;
        self.note(&said, Outcome::Refused, options);
        self.look_for_unknown_parameters(&modules, guest, options);
        if let (0, Some(line), None) = (said.status, &options.then, guest.trouble()) {
            let since = Instant::now();
            let said = guest.users(line);
            lap(&mut self.seconds.then, since);
            self.note(&said?, Outcome::ThenFailed, options);
        }
        Ok(())
    }

    fn note(&mut self, said: &super::steps::Said, failure: Outcome, options: &Options) {
        self.output += &said.text;
        if !options.json {
            let _ = crate::host::stdout::print(&said.text);
        }
        if said.status != 0 {
            self.outcome = failure;
        }
    }

    /// The kernel inserts a module with a parameter that it does not have.
    fn look_for_unknown_parameters(&mut self, modules: &[Module], guest: &Guest, options: &Options) {
        for line in guest.log.lines() {
            let found = modules
                .iter()
                .find_map(|module| Some((module, module.unknown_parameter(&line)?)));
            let Some((module, name)) = found else {
                continue;
            };
            self.unknown_parameters.push(name.to_owned());
            if !options.json {
                let has = match module.parameters.as_slice() {
                    [] => "none".into(),
                    names => names.join(", "),
                };
                terminal::announce(&format!("no parameter {name}; {} has: {has}", module.name), false);
            }
        }
    }

    /// The module is taken out again, because its exit function has to be right as well. One that stays is no failure: it may have
    /// none, or be in use.
    pub fn take_out(&mut self, options: &Options, guest: &mut Guest) -> Result<(), Ending> {
        let since = Instant::now();
        let before = std::mem::take(&mut self.dmesg);
        guest.log.start();
        match guest.remove()? {
            Some(Stuck {
                killed_by: Some(ending),
                ..
            }) => self.died(options, guest, &ending),
            Some(Stuck { why, killed_by: None }) => {
                self.dmesg = guest.log.lines();
                if !options.json {
                    terminal::announce(&format!("the module could not be removed: {why}"), false);
                }
                self.removal = Some(Removal {
                    why,
                    dmesg: self.dmesg.clone(),
                    stack: Vec::new(),
                });
            }
            None => self.dmesg = guest.log.lines(),
        }
        self.dmesg.splice(0..0, before);
        lap(&mut self.seconds.rmmod, since);
        Ok(())
    }

    /// The guest's kernel is lost: what has it said?
    pub fn died(&mut self, options: &Options, guest: &mut Guest, ending: &Ending) {
        guest.hear_out();
        self.outcome = match (guest.trouble(), ending) {
            (Some((Trouble::Panic | Trouble::NoInit, _)), _) => Outcome::Panic,
            (Some((Trouble::Lockup, _)), _) => Outcome::Lockup,
            (Some((Trouble::Oops, _)), _) => Outcome::Oops,
            (None, Ending::Timeout(_)) => Outcome::Timeout,
            // A reset out of the blue.
            (None, _) => Outcome::Panic,
        };
        self.dmesg = guest.log.lines();
        self.stack = self.decode(options, guest, &self.dmesg.clone(), Some(ending));
    }

    /// Also a mere warning has a stack worth seeing. A kernel that hangs says nothing: what it was doing is looked for.
    fn decode(&mut self, options: &Options, guest: &Guest, lines: &[String], ending: Option<&Ending>) -> Vec<String> {
        let since = Instant::now();
        let mut reports = guest.session.decode(lines);
        if reports.is_empty() {
            reports.extend(ending.and_then(|ending| guest.session.whereabouts(ending)));
        }
        if ending.is_some() || !reports.is_empty() {
            lap(&mut self.seconds.decode, since);
        }
        let Some(first) = reports.first() else {
            return Vec::new();
        };
        if !options.json {
            let text: String = reports.iter().map(decode::render).collect();
            let _ = crate::host::stdout::print(&text);
        }
        first.stack().iter().map(ToString::to_string).collect()
    }

    /// `3: inserted, 1.42 s after the save (evaluation 0.31, build 0.74, ...)`.
    pub fn summary(&self) -> String {
        let seconds = &self.seconds;
        let parts = [
            ("evaluation", seconds.evaluation),
            ("build", seconds.build),
            ("rmmod", seconds.rmmod),
            ("saved", seconds.saved),
            ("push", seconds.push),
            ("insmod", seconds.insmod),
            ("then", seconds.then),
            ("decoding", seconds.decode),
            ("back", seconds.rollback),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter_map(|(name, seconds)| seconds.map(|seconds| format!("{name} {seconds:.2}")))
            .collect();
        let parts = match parts.is_empty() {
            true => String::new(),
            false => format!(" ({})", parts.join(", ")),
        };
        format!(
            "{}: {}, {:.2} s after the save{parts}",
            self.number,
            self.outcome.as_str(),
            seconds.total
        )
    }
}

/// Notes how long a part took; the next one begins now.
fn lap(seconds: &mut Option<f64>, since: Instant) -> Instant {
    let now = Instant::now();
    *seconds = Some((now - since).as_secs_f64());
    now
}
