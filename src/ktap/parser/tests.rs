use proptest::prelude::*;

use super::*;

fn results(text: &str) -> Results {
    let mut parser = Parser::default();
    text.lines().for_each(|line| parser.line(line));
    parser.finish()
}

/// `NAME OUTCOME` of each, and what is wrong.
fn told(text: &str) -> (Vec<String>, Vec<String>) {
    let results = results(text);
    let word = |outcome| match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Skipped => "skipped",
        Outcome::Expected => "expected",
    };
    let tests = results
        .tests
        .iter()
        .map(|test| format!("{} {}", test.name(), word(test.outcome)));
    (
        tests.collect(),
        results.problems.iter().map(Problem::to_string).collect(),
    )
}

#[track_caller]
fn assert_told(text: &str, tests: &[&str], problems: &[&str]) {
    let (found, wrong) = told(text);
    assert_eq!((found, wrong), (owned(tests), owned(problems)), "{text}");
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

const KUNIT: &str = "\
KTAP version 1
1..1
    KTAP version 1
    # Subtest: adder
    # module: adder_test
    1..4
    ok 1 ordinary
    # saturates: EXPECTATION FAILED at adder_test.c:12
    Expected add(0, 255) == 255, but
        add(0, 255) == 0 (0x0)
    not ok 2 saturates
        KTAP version 1
        # Subtest: table
        ok 1 nothing
        ok 2 just fits
    # table: pass:2 fail:0 skip:0 total:2
    ok 3 table
    ok 4 hardware # SKIP there is none
# adder: pass:2 fail:1 skip:1 total:4
# Totals: pass:3 fail:1 skip:1 total:5
not ok 1 adder
";

#[test]
fn a_suite_of_kunit() {
    let tests = [
        "adder.ordinary passed",
        "adder.saturates failed",
        "adder.table.nothing passed",
        "adder.table.just fits passed",
        "adder.hardware skipped",
    ];
    assert_told(KUNIT, &tests, &[]);
    let found = results(KUNIT);
    assert_eq!(found.tests[1].log.len(), 3, "{:?}", found.tests[1].log);
    assert!(found.tests[1].log[0].contains("EXPECTATION FAILED"));
    assert_eq!(found.tests[4].why, "there is none");
}

#[test]
fn two_suites_after_one_another_and_noise_between() {
    let noise = KUNIT.replace('\n', "\nusb 1-1: new device\n  ok\nok, so far\n\n");
    let twice = format!("{KUNIT}hello: not ok\n{noise}");
    assert_eq!(results(&twice).tests.len(), 10);
    assert_eq!(results(&twice).problems, []);
}

#[test]
fn a_suite_of_an_older_kernel_has_neither_version_nor_plan_around_it() {
    let text = "\
    # Subtest: adder
    1..2
    ok 1 - ordinary
    ok 2 - saturates
# adder: pass:2 fail:0 skip:0 total:2
ok 1 - adder
    # Subtest: other
    1..1
    not ok 1 - only
not ok 2 - other
";
    let tests = ["adder.ordinary passed", "adder.saturates passed", "other.only failed"];
    assert_told(text, &tests, &[]);
}

#[test]
fn a_suite_of_an_older_kernel_is_numbered_on_from_those_of_the_boot() {
    let suite = "    KTAP version 1\n    # Subtest: late\n    1..1\n    ok 1 only\n";
    let booted =
        "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: early\n    1..1\n    ok 1 only\nok 1 early\n";
    let both = format!("{booted}{suite}ok 2 late\n");
    assert_told(&both, &["early.only passed", "late.only passed"], &[]);
    assert_told(
        &format!("KTAP version 1\n1..0\n{suite}ok 1 late\n"),
        &["late.only passed"],
        &[],
    );
    // The boot's are not there.
    assert_told(&format!("{suite}ok 7 late\n"), &["late.only passed"], &[]);
    assert_told(
        &format!("{suite}ok 7 late\n{suite}ok 8 late\n"),
        &["late.only passed"; 2],
        &[],
    );
}

#[test]
fn wherever_a_crash_cuts_a_suite_its_gap_is_seen() {
    let lines: Vec<&str> = KUNIT.lines().collect();
    for end in 1..lines.len() {
        let text = lines[..end].join("\n");
        assert!(results(&text).summary().trouble().is_some(), "{text}");
        assert!(!results(&text).problems.is_empty(), "{text}");
    }
    let cut = lines[..12].join("\n");
    let tests = ["adder.ordinary passed", "adder.saturates failed"];
    let problems = ["adder: 2 of 4 results are missing", "1 of 1 results is missing"];
    assert_told(&cut, &tests, &problems);
}

#[test]
fn a_suite_that_follows_one_that_was_cut_is_another_one() {
    let text = "\
KTAP version 1
1..2
    KTAP version 1
    # Subtest: first
    1..2
    ok 1 a
    KTAP version 1
    # Subtest: second
    1..1
    ok 1 b
ok 2 second
";
    let problems = ["first: 1 of 2 results is missing", "1 of 2 results is missing"];
    assert_told(text, &["first.a passed", "second.b passed"], &problems);
}

#[test]
fn the_runner_of_kselftest_nests_behind_a_hash() {
    let text = "\
TAP version 13
1..3
# timeout set to 45
# selftests: timers: nanosleep
# TAP version 13
# 1..2
# # a comment
# ok 1 CLOCK_REALTIME
# not ok 2 CLOCK_MONOTONIC
# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0
not ok 1 selftests: timers: nanosleep # exit=1
# timeout set to 45
# selftests: timers: raw_skew
# ok 1 this is a comment
ok 2 selftests: timers: raw_skew # SKIP
# selftests: timers: slow
#
not ok 3 selftests: timers: slow # TIMEOUT 45 seconds
";
    let tests = [
        "selftests: timers: nanosleep.CLOCK_REALTIME passed",
        "selftests: timers: nanosleep.CLOCK_MONOTONIC failed",
        "selftests: timers: raw_skew skipped",
        "selftests: timers: slow failed",
    ];
    assert_told(text, &tests, &[]);
    assert_eq!(results(text).tests[3].why, "TIMEOUT 45 seconds");
}

#[test]
fn the_runner_knows_how_a_program_ended() {
    let program = |numbers: &str, result: &str| {
        format!("TAP version 13\n1..1\n# TAP version 13\n# 1..3\n# PASS: 0 returned\n{numbers}{result} 1 kcmp\n")
    };
    assert_told(&program("", "ok"), &["kcmp passed"], &[]);
    assert_told(&program("# ok 1 a\n", "ok"), &["kcmp.a passed"], &[]);
    assert_told(&program("# not ok 1 a\n", "ok"), &["kcmp.a failed"], &[]);
    let problems = ["kcmp: 2 of 3 results are missing"];
    let tests = ["kcmp.a passed", "kcmp failed"];
    assert_told(&program("# ok 1 a\n", "not ok"), &tests, &problems);
}

#[test]
fn a_test_that_fails_although_its_subtests_do_not_is_one_itself() {
    let text = "KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  ok 1 a\nnot ok 1 suite # exit=1\n";
    assert_told(text, &["suite.a passed", "suite failed"], &[]);
    let hidden = "KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 a\nok 1 suite\n";
    assert_told(hidden, &["suite.a failed"], &[]);
    let short = "KTAP version 1\n1..1\n  KTAP version 1\n  1..2\n  ok 1 a\nok 1 suite\n";
    assert_told(short, &["suite.a passed"], &["suite: 1 of 2 results is missing"]);
}

#[test]
fn plans_that_do_not_hold() {
    let tap = |plan: &str, numbers: &[u64]| {
        let results: String = numbers.iter().map(|number| format!("ok {number} t\n")).collect();
        told(&format!("TAP version 13\n{plan}{results}")).1
    };
    assert_eq!(tap("1..2\n", &[1, 2]), Vec::<String>::new());
    assert_eq!(tap("", &[1, 2]), Vec::<String>::new());
    assert_eq!(tap("1..3\n", &[1]), ["2 of 3 results are missing"]);
    assert_eq!(tap("1..1\n", &[1, 2]), ["2 results came where 1 were planned"]);
    // Without a plan the numbers tell.
    assert_eq!(tap("", &[1, 3]), ["1 of 3 results is missing"]);
    assert_eq!(tap("", &[]), ["no result came"]);
    assert_eq!(tap("1..18446744073709551615\n", &[u64::MAX]).len(), 1);
    // What the kernel says that has no suite of its own.
    assert_told("KTAP version 1\n1..0\n", &[], &[]);
    assert_told("ok 1 a\nok 2 b\n1..2\nok 1 c\nok 2 d\n", &["c passed", "d passed"], &[]);
    // Behind the results.
    assert_told(
        "TAP version 13\nok 1 a\n1..2\n",
        &["a passed"],
        &["1 of 2 results is missing"],
    );
}

#[test]
fn expected_failures_and_skips() {
    let text = "\
TAP version 13
1..4
not ok 1 a # TODO one day
ok 2 b # TODO one day
ok 3 # XFAIL c
not ok 4 d # SKIP no device
";
    assert_told(text, &["a expected", "b passed", "3 expected", "d skipped"], &[]);
    assert_told("TAP version 13\n1..0 # SKIP no root\n", &["all tests skipped"], &[]);
}

#[test]
fn a_program_that_gives_up() {
    let text = "TAP version 13\n1..2\nok 1 a\nBail out! no memory\n";
    let problems = ["it gave up: no memory", "1 of 2 results is missing"];
    assert_told(text, &["a passed"], &problems);
    assert_told("Bail out!\n", &[], &[]);
}

#[test]
fn what_tap_alone_has() {
    let text = "\
TAP version 14
# Subtest: first
    1..2
    ok - a
    not ok
      ---
      message: ok 1 is no result here
      ...
not ok 1
ok - second
1..2
";
    assert_told(text, &["first.a passed", "first.2 failed", "second passed"], &[]);
    assert_eq!(results(text).tests[1].log, ["message: ok 1 is no result here"]);
    // A block that a crash has cut.
    let cut = "TAP version 13\n1..2\nnot ok 1 a\n  ---\n  at: x\nok 2 b\n";
    assert_told(cut, &["a failed", "b passed"], &[]);
}

#[test]
fn what_does_not_begin_is_no_test() {
    assert_told("ok\nok 1 all is well\nnot ok 2\n# ok 3\n", &[], &[]);
    assert_told("KTAP version 1\n1..1\nok\nok then\nok 1 a\n", &["a passed"], &[]);
}

#[test]
fn of_what_has_no_end_the_beginning_is_read() {
    let text = "ok 1 a\n".repeat(MOST + 5);
    let found = results(&format!("TAP version 13\n{text}"));
    assert_eq!((found.tests.len(), found.problems.len()), (MOST - 1, 1));
    let plans = results(&"1..9\n".repeat(MOST + 5));
    assert!(plans.problems.len() <= MOST + 1);
}

/// Tests as they would be printed: names, outcomes and what is nested.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(bool, bool),
    Suite(Vec<Tree>),
}

impl Tree {
    fn ok(&self) -> bool {
        match self {
            Tree::Leaf(ok, skipped) => *ok || *skipped,
            Tree::Suite(tests) => tests.iter().all(Tree::ok),
        }
    }

    /// Passed, failed and skipped.
    fn counts(&self) -> [usize; 3] {
        match self {
            Tree::Leaf(_, true) => [0, 0, 1],
            Tree::Leaf(true, _) => [1, 0, 0],
            Tree::Leaf(false, _) => [0, 1, 0],
            Tree::Suite(tests) => tests
                .iter()
                .map(Tree::counts)
                .fold([0; 3], |sum, counts| std::array::from_fn(|at| sum[at] + counts[at])),
        }
    }
}

/// `indent`: what one more level is indented by.
fn print(tests: &[Tree], before: &str, indent: &str, noise: &str, text: &mut String) {
    *text += &format!("{before}KTAP version 1\n{noise}{before}1..{}\n", tests.len());
    for (at, test) in tests.iter().enumerate() {
        if let Tree::Suite(nested) = test {
            print(nested, &format!("{before}{indent}"), indent, noise, text);
        }
        let (ok, skip) = match test {
            Tree::Leaf(_, true) => ("ok", " # SKIP no"),
            test if test.ok() => ("ok", ""),
            _ => ("not ok", ""),
        };
        *text += &format!("{noise}{before}{ok} {} t{at}{skip}\n", at + 1);
    }
}

fn trees() -> impl Strategy<Value = Vec<Tree>> {
    let leaf = any::<(bool, bool)>().prop_map(|(ok, skipped)| Tree::Leaf(ok, skipped));
    let tree = leaf.prop_recursive(4, 40, 5, |inner| {
        proptest::collection::vec(inner, 1..5).prop_map(Tree::Suite)
    });
    proptest::collection::vec(tree, 1..6)
}

fn lines() -> impl Strategy<Value = String> {
    let indent = prop_oneof![
        Just(""),
        Just("  "),
        Just("    "),
        Just("# "),
        Just("#"),
        Just("        ")
    ];
    let words = [
        "KTAP version 1",
        "TAP version 13",
        "1..3",
        "1..0 # SKIP",
        "# Subtest: s",
        "ok 1 a",
        "not ok 2",
        "ok # SKIP",
        "Bail out!",
        "---",
        "...",
        "noise",
        "",
    ];
    let known = (indent, proptest::sample::select(words.to_vec())).prop_map(|(indent, word)| format!("{indent}{word}"));
    prop_oneof![8 => known, 1 => any::<String>()]
}

proptest! {
    #[test]
    fn what_is_printed_is_read(tests in trees(), four in any::<bool>(), noisy in any::<bool>()) {
        let (indent, noise) = (if four { "    " } else { "  " }, if noisy { "noise: ok 1\n" } else { "" });
        let mut text = String::new();
        print(&tests, "", indent, noise, &mut text);
        let summary = results(&text).summary();
        let counts = Tree::Suite(tests).counts();
        prop_assert_eq!([summary.passed, summary.failed, summary.skipped], counts, "{}", text);
        prop_assert!(summary.problems.is_empty(), "{:?}\n{}", summary.problems, text);
    }

    #[test]
    fn no_lines_make_it_panic(lines in proptest::collection::vec(lines(), 0..60)) {
        let found = results(&lines.join("\n"));
        let results = lines.iter().filter(|line| line.contains("ok") || line.contains("SKIP")).count();
        prop_assert!(found.tests.len() <= results, "{found:?}");
    }

    #[test]
    fn arbitrary_bytes_make_it_panic_neither(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let (mut lines, mut parser) = (crate::lines::Lines::default(), Parser::default());
        lines.feed(&bytes).iter().chain(&lines.end()).for_each(|line| parser.line(line));
        parser.finish();
    }
}
