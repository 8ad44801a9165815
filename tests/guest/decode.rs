//! Decoding of kernel reports: real ones, recorded on each architecture, are parsed; and on every profile that
//! LKMC_TEST_PROFILES names a guest oopses and its stack comes out with files, lines and source text.
//!
//! `tests/decode/ARCH-WHAT.log` is the console behind the last line of a healthy guest, `.places` what must be read from it.
//! `SNAPSHOTS=overwrite cargo test --test guest decode::` accepts what has changed.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::each_profile;
use lkmc::decode::report::{self, Kind, Report};
use snapbox::{Assert, Data};

const DIRECTORY: &str = "tests/decode";

fn logs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(DIRECTORY).expect("tests run in the checkout");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a directory can be listed").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "log"));
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

/// One line for each title, label and place. `=` is the place of an instruction, `<` a return address.
fn describe(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        for title in &report.titles {
            writeln!(text, "# {title}").unwrap();
        }
        for trace in &report.traces {
            writeln!(text, "[{}]", trace.label.as_deref().unwrap_or("")).unwrap();
            for place in &trace.places {
                let mark = match place.kind {
                    Kind::Instruction => '=',
                    Kind::Return => '<',
                };
                let module = place
                    .module
                    .as_ref()
                    .map(|module| format!(" {module}"))
                    .unwrap_or_default();
                writeln!(text, "{mark} {}+{:#x}{module}", place.symbol, place.offset).unwrap();
            }
        }
    }
    text
}

#[test]
fn recorded_reports() {
    let assert = Assert::new().action_env("SNAPSHOTS").normalize_paths(false);
    for path in logs() {
        let log = std::fs::read_to_string(&path).unwrap();
        let expected = Data::read_from(&path.with_extension("places"), None);
        let result = assert.try_eq(
            Some(&path.display()),
            describe(&report::parse(log.lines())).into(),
            expected,
        );
        assert!(result.is_ok(), "{}", result.unwrap_err());
    }
}

#[test]
fn time_stamps_make_no_difference() {
    for path in logs() {
        let log = std::fs::read_to_string(&path).unwrap();
        let kernel: Vec<&str> = log.lines().filter_map(lkmc::verdict::kernel_text).collect();
        let stripped = report::parse(kernel.iter().copied());
        assert_eq!(
            describe(&stripped),
            describe(&report::parse(log.lines())),
            "{}",
            path.display()
        );
    }
}

#[test]
fn every_report_shows_where_it_happened() {
    for path in logs() {
        let log = std::fs::read_to_string(&path).unwrap();
        let reports = report::parse(log.lines());
        let stack = reports
            .first()
            .and_then(|report| report.traces.iter().find(|trace| trace.label.is_none()));
        assert!(stack.is_some_and(|trace| trace.places.len() >= 3), "{}", path.display());
    }
}

/// LKDTM is in every shipped kernel.
#[test]
fn a_guests_oops_is_decoded() {
    each_profile(|profile| {
        let output = Command::new(env!("CARGO_BIN_EXE_lkmc"))
            .args(["--timeout", "4m", "profile", "run", profile, "--", "sh", "-c"])
            .arg("echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT; sleep 100")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(126), "{profile}: {stderr}");
        let line = |start: &str| stderr.lines().position(|line| line.trim().starts_with(start));
        let innermost = line("lkdtm_EXCEPTION at drivers/misc/lkdtm/bugs.c:");
        let caller = line("lkdtm_do_action at drivers/misc/lkdtm/core.c:");
        let outermost = line("ksys_write at fs/read_write.c:");
        assert!(
            innermost.is_some() && innermost < caller && caller < outermost,
            "{profile}: {stderr}"
        );
        // The source line, too.
        assert!(stderr.contains("*((volatile int *) 0) = 0;"), "{profile}: {stderr}");
    });
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let log = std::fs::read_to_string(Path::new(DIRECTORY).join("x86_64-lkdtm.log")).unwrap();
    let files = lkmc::decode::Files {
        vmlinux: "/nowhere/vmlinux".into(),
        ..Default::default()
    };
    let reports = lkmc::decode::decode(log.lines(), &files);
    assert!(
        reports[0].notes[0].contains("/nowhere/vmlinux"),
        "{:?}",
        reports[0].notes
    );
    // The kernel's own words are what is left.
    assert_eq!(reports[0].stack()[0].to_string(), "lkdtm_EXCEPTION");
}
