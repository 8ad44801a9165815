//! What is said of a run on standard error: of its decisions when it begins, of its end when it has ended.

use std::path::Path;

use crate::decode;
use crate::diag::Result;
use crate::host::{stderr, terminal};
use crate::ktap::results::Summary;
use crate::run_directory::conclusion::{Cause, Conclusion};
use crate::run_directory::run_json::{DumpRecord, Record};
use crate::shell;
use crate::verdict::Verdict;

use super::accelerator::{Choice, Why};

/// What a shell's status is for a command that is not there.
const NOT_FOUND: u8 = 127;

/// Decisions that the user may want to know of. Standard error belongs to the guest command unless somebody watches.
pub(super) fn announce(accelerator: Option<&Choice>, record: &Record, verbose: bool) {
    if !verbose && !rustix::termios::isatty(std::io::stderr()) {
        return;
    }
    if let Some(choice) = accelerator.filter(|choice| verbose || matches!(choice.why, Why::KvmUnusable(_))) {
        terminal::announce(&format!("accelerator: {choice}"), false);
    }
    if let Some(snapshot) = record
        .snapshot
        .as_ref()
        .filter(|snapshot| verbose || snapshot.key.is_some())
    {
        match snapshot.used {
            true if verbose => terminal::announce(&format!("restoring a snapshot ({})", snapshot.why), false),
            true => {}
            false => terminal::announce(&format!("no snapshot is used: {}", snapshot.why), false),
        }
    }
}

/// The record for programs, or a report for people.
pub(crate) fn tell(json: bool, record: &Record, conclusion: &Conclusion, directory: &Path) -> Result<()> {
    match json {
        true => stderr::print_json(record),
        false => {
            report(record, conclusion, directory);
            Ok(())
        }
    }
}

/// How the kernel's own tests went, and of those that failed what they said.
fn tests(found: &Summary, directory: &Path) {
    const SHOWN: usize = 20;
    stderr::end_line();
    terminal::announce(&found.counts(), false);
    for failure in found.failures.iter().take(SHOWN) {
        let why = if failure.why.is_empty() { "" } else { " # " };
        eprintln!("  not ok {}{why}{}", failure.name, failure.why);
        failure.log.iter().for_each(|line| eprintln!("    | {line}"));
    }
    if let Some(more @ 1..) = found.failures.len().checked_sub(SHOWN) {
        eprintln!("  and {more} more");
    }
    for problem in found.problems.iter().take(SHOWN) {
        eprintln!("  {problem}");
    }
    if found.trouble().is_some() {
        eprintln!("lkmc: all about it is in {}", directory.display());
    }
}

/// Says on standard error what the exit status alone cannot.
fn report(record: &Record, conclusion: &Conclusion, directory: &Path) {
    if let Some(found) = &record.tests {
        tests(found, directory);
    }
    if matches!(conclusion.verdict, Verdict::Pass | Verdict::Failed) {
        if let Some(hint) = hint(record, conclusion) {
            terminal::announce(&hint, false);
        }
        return;
    }
    const SHOWN: usize = 20;
    for line in &record.last_lines[record.last_lines.len().saturating_sub(SHOWN)..] {
        eprintln!("  | {line}");
    }
    if let Some(report) = &record.report {
        eprint!("{}", decode::render(report));
    }
    eprintln!("lkmc: {}: {}", conclusion.verdict.as_str(), conclusion.reason);
    match &record.dump {
        Some(DumpRecord { file: Some(_), .. }) => {
            eprintln!(
                "lkmc: its memory was dumped; `lkmc gdb --core {}` opens that",
                record.id
            )
        }
        Some(DumpRecord { error: Some(why), .. }) => eprintln!("lkmc: there is no memory dump: {why}"),
        _ => {}
    }
    eprintln!("lkmc: all about it is in {}", directory.display());
}

/// A command that the guest could not start has said nothing itself, and one that the guest did not wait for may have had more to say.
fn hint(record: &Record, conclusion: &Conclusion) -> Option<String> {
    let first = record.command.first()?;
    match conclusion.cause {
        Cause::NotStarted => {}
        Cause::PowerOff | Cause::Shell => return Some(format!("{} before the command ended", conclusion.reason)),
        _ => return None,
    }
    // What runs on gem5 is most often there to be measured.
    let measured = record
        .gem5
        .as_ref()
        .map(|_| "programs to measure come with `--demos`: `--demos measure/integer_mix.c -- integer_mix 1000`");
    let advice = shell::advice(first.as_ref()).or(measured);
    Some(match advice.filter(|_| conclusion.status == NOT_FOUND) {
        Some(advice) => format!("{first}: {}; {advice}", conclusion.reason),
        None => format!("{first}: {}", conclusion.reason),
    })
}
