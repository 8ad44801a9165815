//! `--restore`: machines that go on where something in them executed `m5 checkpoint`, on a real gem5, where LKMC_GEM5 names one.

use std::path::Path;
use std::process::Output;

use crate::common::gem5::{
    assemble, instructions_of_a_system_call, link, output, output_of_input, skipped_without_gem5, stat,
};
use crate::common::{assert_says, record, stderr, stdout};

/// Instructions from the checkpoint to the end.
fn instructions(ran: &Output) -> f64 {
    stat(&record(ran), "system.*commitStats0.numInsts")
}

/// `RUN:TICK`, as the run itself has named it.
fn place(ran: &Output) -> String {
    let text = stderr(ran);
    let place = text.split("`--restore ").nth(1).and_then(|rest| rest.split('`').next());
    place.unwrap_or_else(|| panic!("no checkpoint in {text}")).to_owned()
}

fn simulate(profile: &str, program: &Path, more: &[&str]) -> Output {
    let start = ["--json", "gem5", "run", profile];
    output(&[&start, more, &["--", &program.to_string_lossy()]].concat())
}

#[test]
fn a_program_without_a_kernel_goes_on_at_its_checkpoint() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = assemble("region.S", directory.path());
    let warm = simulate("aarch64-gem5-atomic", &program, &[]);
    assert_says(&warm, 3, &["warm up\nmeasured"]);
    let place = place(&warm);
    let system_calls = 2.0 * instructions_of_a_system_call(directory.path());
    // The region alone, on processors that the warm-up did not have.
    let behind = ["--set", "cache.l3.size=1MiB", "--set", "memory.channels=4"];
    for (profile, options) in [
        ("aarch64-gem5-atomic", &[][..]),
        ("aarch64-gem5-hpi", &[]),
        ("aarch64-gem5-hpi", &behind),
    ] {
        let ran = simulate(profile, &program, &[&["--restore", &place], options].concat());
        let said = (ran.status.code(), stdout(&ran), instructions(&ran));
        assert_eq!(
            said,
            (Some(3), "\nmeasured".to_owned(), 2007.0 + system_calls),
            "{}",
            stderr(&ran)
        );
    }
    let id = record(&simulate("aarch64-gem5-hpi", &program, &["--restore", &place]))["id"].clone();
    let again = output(&["bench", "verify", id.as_str().expect("a run has an id")]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    let other = assemble("hello.S", directory.path());
    let refused = simulate("aarch64-gem5-hpi", &other, &["--restore", &place]);
    assert_says(&refused, 2, &["lkmc::gem5::another_machine", "what was simulated"]);
}

#[test]
fn a_program_on_bare_metal_goes_on_and_is_told_a_parameter() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = link("region_bare.S", directory.path(), &["-Wl,-Ttext-segment=0x80000000"]);
    let bare = |more: &[&str]| {
        let ran = simulate("aarch64-gem5-hpi", &program, &[&["--bare-metal"], more].concat());
        (ran.status.code(), stdout(&ran), ran)
    };
    let (status, said, warm) = bare(&[]);
    assert_eq!(
        (status, said.as_str()),
        (Some(0), "warm up\nmeasured"),
        "{}",
        stderr(&warm)
    );
    let (status, said, ran) = bare(&["--restore", &place(&warm), "--param", "system.init_param=11"]);
    assert_eq!((status, said.as_str()), (Some(11), "\nmeasured"), "{}", stderr(&ran));
    // The trace is of what is measured.
    let (_, _, traced) = bare(&["--restore", &place(&warm), "--trace", "Exec"]);
    let id = record(&traced)["id"].as_str().expect("a run has an id").to_owned();
    let first = stdout(&output(&["trace", "exec", &id]));
    assert!(
        first.lines().next().is_some_and(|line| line.contains("_start+0x2")),
        "{first:.200}"
    );
}

#[test]
fn a_guest_goes_on_in_the_middle_of_its_command() {
    goes_on("aarch64-gem5-atomic", "aarch64-gem5-hpi");
}

#[test]
fn so_does_one_of_32_bits() {
    goes_on("arm-gem5-hpi", "arm-gem5-hpi");
}

/// What the first profile's machine began, a machine of the other one ends.
fn goes_on(first: &str, then: &str) {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let scripts = ["echo the first script", "echo another script; exit 7"].map(|text| {
        let path = directory.path().join(text.split(' ').nth(1).unwrap_or_default());
        std::fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    });
    // The agent passes on what was written while the command sleeps.
    let line = "echo warm up; sleep 0.01; i=0; while [ $i -lt 300 ]; do i=$((i+1)); done; m5 checkpoint; cat; m5 initparam; \
                m5 readfile > script; sh script";
    let options = ["--readfile", &scripts[0], "--param", "system.init_param=1"];
    let words = ["--json", "profile", "run", first];
    let warm = output_of_input(
        &[&words[..], &options, &["--", "sh", "-c", line]].concat(),
        b"its input\n",
    );
    let said = (warm.status.code(), stdout(&warm));
    let all = "warm up\nits input\n1\nthe first script\n";
    assert_eq!(said, (Some(0), all.to_owned()), "{}", stderr(&warm));
    // On other processors, with the same file and with another one.
    let resume = |more: &[&str]| {
        let place = place(&warm);
        let words = ["--json", "profile", "run", then, "--restore", &place];
        output(&[&words[..], more].concat())
    };
    let same = resume(&[]);
    let said = (same.status.code(), stdout(&same));
    assert_eq!(
        said,
        (Some(0), "its input\n0\nthe first script\n".to_owned()),
        "{}",
        stderr(&same)
    );
    let region = instructions(&same);
    assert!(region > 10_000.0 && region < instructions(&warm), "{region}");
    let other = resume(&["--readfile", &scripts[1], "--param", "system.init_param=2"]);
    let said = (other.status.code(), stdout(&other));
    assert_eq!(
        said,
        (Some(7), "its input\n2\nanother script\n".to_owned()),
        "{}",
        stderr(&other)
    );
    // What is measured is the same each time.
    let id = record(&same)["id"].as_str().expect("a run has an id").to_owned();
    let again = output(&["bench", "verify", &id]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    let refused = output(&["profile", "run", then, "--kernel-arg", "quiet", "--restore", &id]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
}
