//! Results as JUnit's XML: a suite for each suite, and one for the run itself.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::results::{Outcome, Problem, Results, Test};

/// `outermost` is what results are called that are in no suite; `trouble`: why the run itself did not come to a good end.
pub fn report(results: &Results, outermost: &str, trouble: Option<&str>) -> Report {
    let mut report = Report::new("lkmc profile run");
    let mut run = TestSuite::new(outermost);
    run.add_test_case(TestCase::new("the run", status_of_run(trouble)));
    let mut suites: Vec<TestSuite> = vec![run];
    let mut add = |suite: String, case: TestCase| {
        let name = if suite.is_empty() { outermost.to_owned() } else { suite };
        let known = suites.iter().rposition(|suite| suite.name.as_str() == name);
        let at = known.unwrap_or_else(|| {
            suites.push(TestSuite::new(name));
            suites.len() - 1
        });
        suites[at].add_test_case(case);
    };
    for test in &results.tests {
        let (name, suite) = test
            .names
            .split_last()
            .map_or(("", &[][..]), |(last, rest)| (last.as_str(), rest));
        add(suite.join("."), TestCase::new(name, status(test)));
    }
    for Problem { suite, what } in &results.problems {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(what.as_str());
        add(suite.clone(), TestCase::new("results", status));
    }
    report.add_test_suites(suites);
    report
}

fn status_of_run(trouble: Option<&str>) -> TestCaseStatus {
    let Some(reason) = trouble else {
        return TestCaseStatus::success();
    };
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(reason);
    status
}

fn status(test: &Test) -> TestCaseStatus {
    let mut status = match test.outcome {
        Outcome::Passed => return TestCaseStatus::success(),
        Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        // JUnit knows no failure that is expected.
        Outcome::Skipped | Outcome::Expected => TestCaseStatus::skipped(),
    };
    let why = match test.outcome {
        Outcome::Expected => format!("failed as expected: {}", test.why),
        _ => test.why.clone(),
    };
    if !why.is_empty() {
        status.set_message(why);
    }
    if !test.log.is_empty() {
        status.set_description(test.log.join("\n"));
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_gaps_and_the_run_itself() {
        let test = |names: &[&str], outcome, why: &str| Test {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            outcome,
            why: why.into(),
            log: vec!["Expected a < b".into()],
        };
        let results = Results {
            tests: vec![
                test(&["adder", "ordinary"], Outcome::Passed, ""),
                test(&["adder", "saturates"], Outcome::Failed, "exit=1"),
                test(&["alone"], Outcome::Expected, "one day"),
            ],
            problems: vec![Problem {
                suite: "adder".into(),
                what: "1 of 3 results is missing".into(),
            }],
        };
        let report = report(&results, "x86_64-qemu", Some("Kernel panic"));
        let suites: Vec<_> = report
            .test_suites
            .iter()
            .map(|suite| (suite.name.as_str(), suite.tests, suite.failures, suite.errors))
            .collect();
        assert_eq!(suites, [("x86_64-qemu", 2, 0, 1), ("adder", 3, 1, 1)]);
        let xml = report.to_string().expect("it can be written");
        for part in [
            "Expected a &lt; b",
            "message=\"exit=1\"",
            "failed as expected: one day",
            "Kernel panic",
        ] {
            assert!(xml.contains(part), "{part}: {xml}");
        }
    }
}
