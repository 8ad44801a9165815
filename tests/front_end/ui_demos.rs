//! Every way to get a demo's block wrong, and what its author then reads.
//!
//! `tests/ui_demos` is a checkout with bad demos; beside each stands the report. `SNAPSHOTS=overwrite cargo test --test front_end ui_demos`
//! accepts what has changed.

use std::path::{Path, PathBuf};

use lkmc::demo::Collection;
use lkmc::diag::to_plain_text;
use snapbox::{Assert, Data};

const DIRECTORY: &str = "tests/ui_demos";

/// Each bad demo with its report. What is there for others only is no demo, and no report either.
fn reports() -> Vec<(PathBuf, String)> {
    let here = std::env::current_dir().expect("tests have a directory");
    let collection = Collection {
        root: here.join(DIRECTORY),
    };
    let report = |(name, result): (String, lkmc::diag::Result<lkmc::demo::Demo>)| {
        let error = result.err().unwrap_or_else(|| panic!("{name} is a valid demo"));
        assert_eq!(error.exit.status(), 2, "{name}");
        // The checkout's own place must not get into a report that is compared.
        let text = to_plain_text(&error).replace(&format!("{}/", here.display()), "");
        (Path::new(DIRECTORY).join(name), text)
    };
    collection.all().into_iter().map(report).collect()
}

fn report_file(demo: &Path) -> PathBuf {
    PathBuf::from(format!("{}.stderr", demo.display()))
}

#[test]
fn bad_demos_are_explained() {
    let assert = Assert::new().action_env("SNAPSHOTS").normalize_paths(false);
    let compare = |(demo, report): (PathBuf, String)| {
        let expected = Data::read_from(&report_file(&demo), None);
        let result = assert.try_eq(Some(&demo.display()), report.into(), expected);
        result.err().map(|error| error.to_string())
    };
    let failures: Vec<String> = reports().into_iter().filter_map(compare).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A code that no bad demo provokes is a message that nobody has read.
#[test]
fn every_code_has_a_bad_demo() {
    // About what is named on the command line, or the program itself; tested in demos.rs, bare_metal.rs, or not at all.
    const ELSEWHERE: &[&str] = &[
        "not_found",
        "not_a_demo",
        "no_kbuild",
        "only_a_part",
        "internal",
        "not_here",
        "no_match",
        "none_there",
        "compile_commands",
        "does_not_compile",
        "cpu_refused",
    ];
    let mut codes = Vec::new();
    collect(Path::new("src/demo"), &mut codes);
    assert!(codes.len() > 30, "the search for codes is broken: {codes:?}");
    let reports: String = reports().into_iter().map(|(_, report)| report).collect();
    codes.retain(|code| !ELSEWHERE.contains(&code.as_str()) && !reports.contains(&format!("lkmc::demo::{code}\n")));
    assert!(codes.is_empty(), "no demo in {DIRECTORY} provokes {codes:?}");
}

fn collect(directory: &Path, codes: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).expect("sources are there") {
        let path = entry.expect("a directory can be listed").path();
        if path.is_dir() {
            collect(&path, codes);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("sources are text");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let found = text.split("\"lkmc::demo::").skip(1);
            codes.extend(found.map(|rest| rest.split('"').next().unwrap_or_default().to_string()));
        }
    }
}

#[test]
fn no_report_lacks_its_demo() {
    for directory in ["kernel_modules", "userland"] {
        let entries = std::fs::read_dir(Path::new(DIRECTORY).join(directory)).expect("it is there");
        for path in entries.map(|entry| entry.expect("a directory can be listed").path()) {
            if path.extension().is_some_and(|ending| ending == "stderr") {
                assert!(path.with_extension("").exists(), "{} is left over", path.display());
            }
        }
    }
}
