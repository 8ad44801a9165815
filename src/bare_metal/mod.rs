//! Demos on bare metal: a program and a board, and no Linux.
//!
//! ```text
//! Demo, Profile -> nix (a program for the profile's board) -> alone -> Observed -> expect -> verdict
//! ```

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::debuggee::SessionFiles;
use crate::debuggee::gdb::Simulated;
use crate::debuggee::place::{self, Scope};
use crate::demo::observation::{self, Report};
use crate::demo::{Demo, Observed, Run};
use crate::diag::{Error, Result};
use crate::emulator::gem5::Trace;
use crate::gdb::Wishes;
use crate::gem5::about;
use crate::nix;
use crate::nix::demos::BuiltDemo;
use crate::profile::Profile;
use crate::qemu::engine;
use crate::verdict::Verdict;

use self::alone::{Finished, Output};

pub mod alone;
pub mod kit;

use self::kit::{BuiltKit, Emulator};

/// A profile's board, with what it is emulated and debugged by.
pub struct Board {
    pub profile: Profile,
    emulator: Emulator,
    kit: BuiltKit,
}

impl Board {
    /// Builds what it takes, unless the emulator is missing or cannot make the profile's machine.
    pub fn build(profile: Profile, options: &nix::Options) -> Result<Board> {
        if profile.emulator.gem5().is_some() {
            about::check(&profile)?;
        }
        engine::refuse_without_memory(&profile)?;
        let kit = BuiltKit::of(&profile, options)?;
        Ok(Board {
            emulator: kit.emulator(&profile)?,
            profile,
            kit,
        })
    }

    /// One run of one demo. `left` is what remains of the time for everything.
    pub fn observe(
        &self,
        demo: &Demo,
        run: &Run,
        built: &BuiltDemo,
        left: Option<Duration>,
        trace: Option<&Trace>,
    ) -> Result<Report> {
        let started = Instant::now();
        let program = built.guest().join(program_name(demo));
        let limit = left.map_or(run.timeout, |left| left.min(run.timeout));
        let profile = run.machine.applied_to(&self.profile)?;
        engine::refuse_without_memory(&profile)?;
        let order = alone::Order {
            profile: &profile,
            machine: self.emulator.machine(trace),
            program: &program,
            arguments: &[],
            input: &[],
            debugged: None,
            output: Output::Kept,
            timeout: Some(limit),
        };
        let finished = alone::run(&order, &crate::paths::runs()?)?;
        observation::complete(&finished.conclusion)?;
        observation::begun(run, &finished.conclusion, &finished.stdout)?;
        let observed = Observed {
            status: finished.status,
            // A program that ends has done so as it should, whatever its status.
            verdict: Some(match finished.status {
                Some(_) => Verdict::Pass,
                None => finished.conclusion.verdict,
            }),
            stdout: text(&finished.stdout)?,
            stderr: text(&finished.stderr)?,
            dmesg: Vec::new(),
            stack: Vec::new(),
        };
        Ok(Report {
            observed,
            conclusion: finished.conclusion,
            directory: finished.directory,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// A demo under GDB, from its `main` or the place asked for on.
    pub fn debug(
        &self,
        demo: &Demo,
        built: &BuiltDemo,
        place: Option<&str>,
        wishes: &Wishes,
        timeout: Option<Duration>,
    ) -> Result<Finished> {
        let program = built.debug().join(program_name(demo));
        if let Some(place) = place {
            let scope = Scope {
                demo,
                program: &program,
                kit: None,
            };
            place::check(&scope, place)?;
        }
        let simulated = Simulated::on_bare_metal(self.kit.gdb(), &demo.root, place);
        // Files in the store are of 1970, and GDB warns of sources that are newer.
        let files = SessionFiles::create()?;
        let program = files.copy(&program)?;
        let order = alone::Order {
            profile: &demo.machine.applied_to(&self.profile)?,
            machine: self.emulator.machine(None),
            program: &program,
            arguments: &[],
            input: &[],
            debugged: Some((&simulated, wishes)),
            output: Output::Ours,
            timeout,
        };
        alone::run(&order, &crate::paths::runs()?)
    }
}

fn program_name(demo: &Demo) -> PathBuf {
    demo.path.file_stem().map(PathBuf::from).unwrap_or_default()
}

fn text(file: &Path) -> Result<String> {
    let bytes = std::fs::read(file).map_err(|error| Error::io("cannot read", file, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
