//! What came of tests.

use serde::{Deserialize, Serialize};

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    Skipped,
    /// It failed, and is known to: TODO, XFAIL.
    Expected,
}

/// A test that has no subtests, or one that failed although none of its subtests did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Of the outermost suite first, its own last.
    pub names: Vec<String>,
    pub outcome: Outcome,
    /// What was said of it behind its name.
    pub why: String,
    /// What was said before it, of a test that failed.
    pub log: Vec<String>,
}

/// Something that makes results incomplete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    /// Empty for the outermost results.
    pub suite: String,
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.suite.as_str() {
            "" => f.write_str(&self.what),
            suite => write!(f, "{suite}: {}", self.what),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    pub tests: Vec<Test>,
    pub problems: Vec<Problem>,
}

impl Test {
    /// As the kernel's `kunit.filter_glob` names a test of a suite.
    pub fn name(&self) -> String {
        self.names.join(".")
    }
}

impl Results {
    pub fn extend(&mut self, more: Results) {
        self.tests.extend(more.tests);
        self.problems.extend(more.problems);
    }

    pub fn summary(&self) -> Summary {
        let count = |outcome| self.tests.iter().filter(|test| test.outcome == outcome).count();
        let failed = self.tests.iter().filter(|test| test.outcome == Outcome::Failed);
        Summary {
            passed: count(Outcome::Passed),
            failed: count(Outcome::Failed),
            skipped: count(Outcome::Skipped),
            expected: count(Outcome::Expected),
            failures: failed.map(Failure::of).collect(),
            problems: self.problems.clone(),
        }
    }
}

/// What a run's record has of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    /// Failed, and were expected to.
    pub expected: usize,
    /// Each test that failed.
    pub failures: Vec<Failure>,
    /// Why these results are not all.
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    pub name: String,
    pub why: String,
    pub log: Vec<String>,
}

impl Failure {
    fn of(test: &Test) -> Failure {
        Failure {
            name: test.name(),
            why: test.why.clone(),
            log: test.log.clone(),
        }
    }
}

impl Summary {
    /// What is wrong, in a sentence; none if all is well.
    pub fn trouble(&self) -> Option<String> {
        match (self.failed, self.problems.first()) {
            (0, problem) => problem.map(Problem::to_string),
            (failed, _) => Some(format!("{failed} of {} tests failed", self.total())),
        }
    }

    /// `3 tests passed, 1 failed`
    pub fn counts(&self) -> String {
        let tests = if self.passed == 1 { "test" } else { "tests" };
        let others = [(self.skipped, "skipped"), (self.expected, "failed as expected")];
        let others = others.iter().filter(|(count, _)| *count > 0);
        let others: String = others.map(|(count, what)| format!(", {count} {what}")).collect();
        format!("{} {tests} passed, {} failed{others}", self.passed, self.failed)
    }

    fn total(&self) -> usize {
        self.passed + self.failed + self.skipped + self.expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(outcome: Outcome) -> Test {
        Test {
            names: vec!["suite".into(), "test".into()],
            outcome,
            why: String::new(),
            log: Vec::new(),
        }
    }

    #[test]
    fn a_failure_and_a_gap_are_trouble_and_a_skip_is_none() {
        let mut results = Results {
            tests: vec![test(Outcome::Passed), test(Outcome::Skipped), test(Outcome::Expected)],
            problems: Vec::new(),
        };
        let summary = results.summary();
        assert_eq!(summary.trouble(), None);
        assert_eq!(
            summary.counts(),
            "1 test passed, 0 failed, 1 skipped, 1 failed as expected"
        );
        results.problems.push(Problem {
            suite: "suite".into(),
            what: "1 of 4 results is missing".into(),
        });
        assert_eq!(
            results.summary().trouble().as_deref(),
            Some("suite: 1 of 4 results is missing")
        );
        results.tests.push(test(Outcome::Failed));
        let summary = results.summary();
        assert_eq!(summary.trouble().as_deref(), Some("1 of 4 tests failed"));
        assert_eq!(summary.failures[0].name, "suite.test");
    }
}
