//! The kernel's own tests: where a run hears of their results, and what those mean for it.
//!
//! On the console only the kernel's lines count, as for the verdict: KUnit's, and whatever is written to /dev/kmsg. Programs say theirs on
//! their standard output, where lines of the kernel (`dmesg`) do not count again.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_junit::Report;

use crate::exit::Exit;
use crate::ktap::junit;
use crate::ktap::parser::Parser;
use crate::ktap::results::{Problem, Results, Summary};
use crate::lines::Lines;
use crate::run_directory::conclusion::{Cause, Conclusion};
use crate::verdict::{self, Verdict};

use super::console::log::indented_log;

/// Hears the command's standard output.
#[derive(Clone, Default)]
pub struct Listener(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    lines: Lines,
    parser: Parser,
}

impl Listener {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn results(&self) -> Results {
        let Heard { lines, parser } = &mut *self.heard();
        lines.end().iter().for_each(|line| printed(parser, line));
        parser.finish()
    }
}

impl Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Heard { lines, parser } = &mut *self.heard();
        lines.feed(bytes).iter().for_each(|line| printed(parser, line));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn printed(parser: &mut Parser, line: &str) {
    if verdict::stamped(line).is_none() {
        parser.line(line);
    }
}

/// All results of a run whose machine is gone. `since`: where the console's log begins to count, if not with the boot.
pub fn found(listener: &Listener, directory: &Path, since: Option<u64>) -> Results {
    let log = indented_log(directory, since.unwrap_or(0));
    let mut console = Parser::default();
    log.iter().for_each(|line| console.line(line));
    let mut results = console.finish();
    results.extend(listener.results());
    if results.tests.is_empty() && results.problems.is_empty() {
        let boot = since.map_or("", |_| "; those of the boot count with --cold");
        results.problems.push(Problem {
            suite: String::new(),
            what: format!("no result of a test was logged or printed{boot}"),
        });
    }
    // The boot says so even where nobody wanted KUnit.
    if !results.problems.is_empty() && log.iter().any(|line| line == "kunit: disabled") {
        results.problems.push(Problem {
            suite: String::new(),
            what: "KUnit is off without `--kernel-arg kunit.enable=1`".into(),
        });
    }
    results
}

/// A run that came to a good end has failed all the same if one of its tests did. Any other end says more than the tests could.
pub fn weigh(conclusion: Conclusion, found: &Summary) -> Conclusion {
    match found.trouble() {
        Some(reason) if conclusion.verdict == Verdict::Pass => Conclusion {
            verdict: Verdict::Failed,
            cause: Cause::Tests,
            status: Exit::Failed.status(),
            reason,
        },
        _ => conclusion,
    }
}

/// For a CI, which has to see as well how the run itself ended.
pub fn junit(found: &Results, profile: &str, conclusion: &Conclusion) -> Report {
    let good = conclusion.verdict == Verdict::Pass || conclusion.cause == Cause::Tests;
    let trouble = (!good).then(|| format!("{}: {}", conclusion.verdict.as_str(), conclusion.reason));
    junit::report(found, profile, trouble.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::qemu::CONSOLE_LOG;

    fn console(text: &str, since: Option<u64>) -> Results {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(CONSOLE_LOG), text).unwrap();
        found(&Listener::default(), directory.path(), since)
    }

    const SUITE: &str = "\
[    1.000000] KTAP version 1\r
[    1.000001] 1..1\r
/lkmc # [    1.000002]     KTAP version 1\r
[    1.000003]     # Subtest: adder\r
[    1.000004]     1..2\r
[    1.000005]     ok 1 a\r
not ok 7 said a program\r
[    1.000006]     not ok 2 b\r
[    1.000007] not ok 1 adder\r
";

    #[test]
    fn the_consoles_results_are_the_kernels() {
        let names = |results: &Results| -> Vec<String> { results.tests.iter().map(|test| test.name()).collect() };
        let once = console(SUITE, None);
        assert_eq!(
            (names(&once), once.problems.len()),
            (vec!["adder.a".into(), "adder.b".into()], 0)
        );
        // Somebody typed `dmesg`.
        let again: String = SUITE
            .lines()
            .filter_map(|line| Some(format!("{}\r\n", &line[line.find('[')?..])))
            .collect();
        assert_eq!(console(&format!("{SUITE}{again}"), None).tests.len(), 2);
        let before = console(SUITE, Some(SUITE.len() as u64));
        assert!(before.problems[0].what.contains("--cold"), "{:?}", before.problems);
    }

    #[test]
    fn a_suite_that_did_not_run_says_how_it_would() {
        let off = console(
            "[    1.000000] KTAP version 1\r\n[    1.000001] 1..1\r\n[    1.000002] kunit: disabled\r\n",
            None,
        );
        let said: Vec<&str> = off.problems.iter().map(|problem| problem.what.as_str()).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[1].contains("kunit.enable=1"), "{said:?}");
        let unwanted = console(&format!("[    0.500000] kunit: disabled\r\n{SUITE}"), None);
        assert_eq!(unwanted.problems.len(), 0);
    }

    #[test]
    fn a_commands_results_are_not_the_kernels() {
        let directory = tempfile::tempdir().unwrap();
        let listener = Listener::default();
        let mut output = listener.clone();
        output.write_all(SUITE.as_bytes()).unwrap();
        output.write_all(b"TAP version 13\n1..1\nok 1 a").unwrap();
        let results = found(&listener, directory.path(), None);
        assert_eq!((results.tests.len(), results.problems.len()), (1, 0));
        assert_eq!(results.tests[0].name(), "a");
        // Nothing was said at all.
        let silent = found(&Listener::default(), directory.path(), None);
        assert_eq!(silent.problems[0].what, "no result of a test was logged or printed");
    }

    #[test]
    fn only_a_run_that_ended_well_is_judged_by_its_tests() {
        let bad = Summary {
            failed: 1,
            passed: 2,
            ..Summary::default()
        };
        let ended = |verdict, cause, status| Conclusion {
            verdict,
            cause,
            status,
            reason: "why".into(),
        };
        let weighed = weigh(ended(Verdict::Pass, Cause::Command, 0), &bad);
        assert_eq!(
            (weighed.verdict, weighed.cause, weighed.status),
            (Verdict::Failed, Cause::Tests, 1)
        );
        assert_eq!(weighed.reason, "1 of 3 tests failed");
        for other in [
            ended(Verdict::Panic, Cause::Kernel, 126),
            ended(Verdict::Failed, Cause::Command, 4),
            ended(Verdict::Timeout, Cause::Deadline, 124),
        ] {
            assert_eq!(weigh(other.clone(), &bad), other);
        }
        let good = ended(Verdict::Pass, Cause::Command, 0);
        assert_eq!(weigh(good.clone(), &Summary::default()), good);
    }
}
