use super::*;
use crate::demo::mutate::mutations;

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| line.to_string()).collect()
}

fn expect() -> Expect {
    Expect {
        stdout: Text::Exact("addr {hex:addr}\n2\n".into()),
        stderr: Text::Has(lines(&["warning: {any}"])),
        dmesg: lines(&["init at {hex:addr}", "exit"]),
        dmesg_not: lines(&["BUG: {any}"]),
        stack: lines(&["f at a.c:{dec}"]),
        ..Expect::anything()
    }
}

fn observed() -> Observed {
    Observed {
        status: Some(0),
        verdict: Some(Verdict::Pass),
        stdout: "addr 1f\n2\n".into(),
        stderr: "first\nwarning: x\n".into(),
        dmesg: lines(&["init at 20", "init at 1f", "between", "exit"]),
        stack: lines(&["e at b.c:1", "f at a.c:12"]),
    }
}

fn summaries(expect: &Expect, observed: &Observed) -> Vec<String> {
    compare(expect, observed).iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_as_expected_has_no_mismatch() {
    assert_eq!(summaries(&expect(), &observed()), [""; 0]);
    assert_eq!(summaries(&Expect::anything(), &observed()), [""; 0]);
}

#[test]
fn every_expectation_is_compared() {
    let mutations = mutations(&expect());
    assert_eq!(mutations.len(), 10, "{mutations:?}");
    for (name, mutated) in mutations {
        assert!(!compare(&mutated, &observed()).is_empty(), "{name}: {mutated:?}");
    }
}

#[test]
fn texts_are_shown_from_their_first_difference() {
    let mut expect = Expect::anything();
    expect.stdout = Text::Exact("a\nb\nc {dec}\nd\ne\n".into());
    let mut observed = observed();
    observed.stdout = "a\nb\nc x \nd\ne\n".into();
    assert_eq!(
        summaries(&expect, &observed),
        ["stdout differs from line 3 on\n    a\n    b\n  - c {dec}\n  + c x·"]
    );
    expect.stdout = Text::Exact("a\nb\nc 1\nd\ne\n".into());
    observed.stdout = "a\nb\nc 1\nd\ne".into();
    assert_eq!(
        summaries(&expect, &observed),
        ["stdout differs in how it ends\n    d\n    e\n  + (without a line break at the end)"]
    );
    observed.stdout = String::new();
    assert_eq!(summaries(&expect, &observed).len(), 1);
    expect.stdout = Text::nothing();
    observed.stdout = "x\ty\n".into();
    assert_eq!(summaries(&expect, &observed), ["stdout should be empty\n  + x\\ty"]);
}

#[test]
fn a_missing_line_comes_with_those_that_resemble_it() {
    let mut expect = Expect::anything();
    expect.dmesg = lines(&["ioctl cmd = 1", "hello cleanup", "hello init"]);
    let mut observed = observed();
    observed.dmesg = lines(&["hello init", "ioctl cmd = 0", "hello cleanup"]);
    assert_eq!(
        summaries(&expect, &observed),
        [
            "the kernel log lacks a line\n  - ioctl cmd = 1\n  + ioctl cmd = 0 (line 2)",
            "a line of the kernel log is out of order\n  - hello init\n    it comes as line 1, but not after `hello cleanup`",
        ]
    );
}

#[test]
fn names_are_bound_to_whatever_makes_all_lines_fit() {
    let mut expect = Expect::anything();
    expect.dmesg = lines(&["task {dec:pid} starts", "task {dec:pid} ends"]);
    let mut observed = observed();
    observed.dmesg = lines(&["task 1 starts", "task 2 starts", "task 2 ends"]);
    assert_eq!(summaries(&expect, &observed), [""; 0]);
    observed.dmesg.pop();
    let found = summaries(&expect, &observed);
    assert!(found[0].contains("where `pid` is `1`"), "{found:?}");
}

#[test]
fn a_failing_command_and_a_dying_guest_are_two_things() {
    let mut expect = Expect::anything();
    expect.status = Some(1);
    let mut observed = observed();
    (observed.status, observed.verdict) = (Some(1), Some(Verdict::Failed));
    assert_eq!(summaries(&expect, &observed), [""; 0]);
    (observed.status, observed.verdict) = (None, Some(Verdict::Panic));
    assert_eq!(
        summaries(&expect, &observed),
        [
            "the verdict is panic, not pass",
            "the command did not end; status 1 was expected"
        ]
    );
    assert!(summaries(&Expect::anything(), &Observed::default())[0].contains("no verdict"));
    (expect.status, expect.verdict) = (None, Verdict::Panic);
    assert_eq!(summaries(&expect, &observed), [""; 0]);
}

#[test]
fn a_guest_that_powers_off_needs_a_line_that_says_so() {
    let gone = Observed {
        status: None,
        dmesg: lines(&["reboot: Power down"]),
        verdict: Some(Verdict::Pass),
        ..Observed::default()
    };
    let meant = Expect {
        dmesg: lines(&["reboot: Power down"]),
        ..Expect::anything()
    };
    assert_eq!(summaries(&meant, &gone), [""; 0]);
    assert_eq!(
        summaries(&Expect::anything(), &gone),
        ["the command did not end; status 0 was expected"]
    );
}
