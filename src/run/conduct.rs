//! What all runs of a guest have in common: how one begins, and what is done when it has ended.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::decode;
use crate::diag::{self, Error, Result};
use crate::emulator::{self, Disk};
use crate::host::signals;
use crate::run_directory::conclusion::{Cause, Conclusion};
use crate::run_directory::id::rfc3339;
use crate::run_directory::run_json::{Inputs, Record};
use crate::run_directory::{self, RunDirectory};
use crate::units::ByteSize;
use crate::verdict::{Finding, Verdict};

use super::accelerator;
use super::beginning;
use super::driver::{Driver, Stage};
use super::ending::Ending;
use super::kernel_tests;
use super::plan::Plan;
use super::request::Order;

use super::report;

/// A run that has a directory, with a record that others can see.
pub struct Run {
    pub plan: Plan,
    pub directory: RunDirectory,
    pub record: Record,
    /// None where there is nothing to choose.
    engine: Option<accelerator::Choice>,
    started: Instant,
}

/// A run whose machine is gone.
pub struct Ended {
    pub ending: Ending,
    /// The worst that the kernel has said of itself.
    pub said: Option<Finding>,
    /// For what else it has said.
    symbols: decode::Files,
}

/// How a run ended, and where its directory is.
pub struct Finished {
    pub conclusion: Conclusion,
    pub directory: PathBuf,
    pub record: Record,
}

impl Run {
    /// On what the caller has decided.
    pub(crate) fn begin_with(
        order: &Order,
        plan: Plan,
        runs: &Path,
        (engine, started): (accelerator::Choice, Instant),
        command: Vec<String>,
    ) -> Result<Run> {
        let directory = RunDirectory::create(runs)?;
        let record = Record {
            accelerator: Some(engine.record()),
            snapshot: Some(plan.snapshot.record.clone()),
            inputs: disks(order),
            ..Record::begin(&directory.id, order.profile, Some(order.bundle), command)
        };
        directory.write(&record)?;
        let engine = Some(engine);
        Ok(Run {
            engine,
            ..Run::of(plan, directory, record, started)
        })
    }

    /// Whose directory and record are there already.
    pub fn of(plan: Plan, directory: RunDirectory, record: Record, started: Instant) -> Run {
        Run {
            plan,
            directory,
            record,
            engine: None,
            started,
        }
    }

    /// Says what has been decided, if somebody may want to know.
    pub fn announce(&self, verbose: bool) {
        report::announce(self.engine.as_ref(), &self.record, verbose);
    }

    /// Lets `work` take a guest to its ending, and ends the machine.
    pub fn conduct(&mut self, stage: Stage, work: impl FnOnce(&mut Driver) -> Ending) -> Result<Ended> {
        let mut driver = Driver::new(&self.plan, &self.directory, &mut self.record, self.started, stage);
        signals::listen(driver.sender.clone())?;
        let ending = work(&mut driver);
        let ending = driver.tear_down(ending);
        let said = driver.machine.finding().cloned();
        Ok(Ended {
            ending,
            said,
            symbols: driver.symbols,
        })
    }

    /// Writes down how it ended.
    pub fn finish(mut self, ended: Ended) -> Result<Finished> {
        let (conclusion, failure) = conclude(&mut self.record, ended.ending, ended.said.as_ref(), self.started);
        if conclusion.verdict == Verdict::Pass {
            self.record.last_lines.clear();
        }
        self.decode_report(&conclusion, &ended.symbols);
        self.directory.remove_sockets();
        self.directory.write(&self.record)?;
        let finished = Finished {
            conclusion,
            directory: self.directory.path.clone(),
            record: self.record,
        };
        match failure {
            // What the kernel said of itself outweighs it, in the record and for whoever called us.
            Some(error) if finished.conclusion.cause == Cause::Kernel => diag::print(&error),
            Some(error) => return Err(error),
            None => {}
        }
        Ok(finished)
    }

    /// A kernel in trouble has most often said where.
    fn decode_report(&mut self, conclusion: &Conclusion, symbols: &decode::Files) {
        if !matches!(conclusion.verdict, Verdict::Panic | Verdict::Oops | Verdict::Lockup) {
            return;
        }
        let log = std::fs::read(self.directory.file(emulator::qemu::CONSOLE_LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let reports = decode::decode(log.lines(), symbols);
        if let Some(report) = decode::about(&reports, &conclusion.reason) {
            self.record.stack = report.stack().to_vec();
            self.record.report = Some(report.clone());
        }
    }
}

/// Notes how a run ended. An error of ours has more to say than its conclusion.
pub(crate) fn conclude(
    record: &mut Record,
    ending: Ending,
    said: Option<&Finding>,
    started: Instant,
) -> (Conclusion, Option<Error>) {
    let failure = match &ending {
        Ending::Failed(error) => Some(error.clone()),
        _ => None,
    };
    let conclusion = ending.conclude(said);
    let conclusion = match &record.tests {
        Some(found) => kernel_tests::weigh(conclusion, found),
        None => conclusion,
    };
    record.conclude(&conclusion);
    record.seconds.total = Some(started.elapsed().as_secs_f64());
    (conclusion, failure)
}

/// Notes the end of a run whose owner was killed before it could.
pub fn conclude_abandoned(run: &Path, record: &mut Record) -> Result<()> {
    beginning::forget_all(run);
    let ending = Ending::EmulatorDied("lkmc was killed, and the machine with it".into());
    record.conclude(&ending.conclude(None));
    run_directory::write_record(run, record)
}
/// Images are too large to be read for a hash; one that was written to since is another one.
fn disks(order: &Order) -> Inputs {
    let state = |disk: &Disk| {
        let metadata = disk.path.metadata().ok()?;
        let (size, changed) = (ByteSize(metadata.len()), rfc3339(metadata.modified().ok()?));
        Some((
            format!("disk {}", disk.path.display()),
            format!("{size}, written to at {changed}"),
        ))
    };
    order.disks.iter().filter_map(state).collect()
}
