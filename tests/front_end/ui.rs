//! Every way to get a profile wrong, and what the user then reads.
//!
//! `tests/ui/NAME.toml` is a bad profile, `tests/ui/NAME.stderr` the report. They live on a library of their own, so that a new
//! shipped profile changes no report. `SNAPSHOTS=overwrite cargo test --test front_end ui::` accepts what has changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lkmc::diag::to_plain_text;
use lkmc::lower::lower;
use lkmc::profile::Library;
use snapbox::{Assert, Data};

const DIRECTORY: &str = "tests/ui";

fn bad_profiles() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(DIRECTORY).expect("tests run in the checkout");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a directory can be listed").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
}

fn report(path: &Path) -> String {
    let here = std::env::current_dir().expect("tests have a directory");
    let library = Library {
        root: here.join(DIRECTORY).join("library"),
    };
    // Whether it is settled which Debian packages there are is asked when a profile is lowered.
    match library
        .load_file(path)
        .and_then(|profile| lower(&profile, &library.root))
    {
        Ok(_) => panic!("{} is a valid profile", path.display()),
        Err(error) => {
            assert_eq!(error.exit.status(), 2, "{}", path.display());
            // The checkout's own place must not get into a report that is compared.
            to_plain_text(&error).replace(&format!("{}/", here.display()), "")
        }
    }
}

#[test]
fn bad_profiles_are_explained() {
    let assert = Assert::new().action_env("SNAPSHOTS").normalize_paths(false);
    let failures: Vec<String> = bad_profiles()
        .iter()
        .filter_map(|path| {
            let expected = Data::read_from(&path.with_extension("stderr"), None);
            assert
                .try_eq(Some(&path.display()), report(path).into(), expected)
                .err()
                .map(|error| error.to_string())
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_report_lacks_its_profile() {
    for entry in std::fs::read_dir(DIRECTORY).expect("tests run in the checkout") {
        let path = entry.expect("a directory can be listed").path();
        if path.extension().is_some_and(|ending| ending == "stderr") {
            assert!(path.with_extension("toml").exists(), "{} is left over", path.display());
        }
    }
}

/// A code that no bad profile provokes is a message that nobody has read.
#[test]
fn every_code_has_a_bad_profile() {
    // About names on the command line, committed files, this host, or the program itself; tested elsewhere or not at all.
    const ELSEWHERE: &[&str] = &["not_found", "stale", "internal", "kvm_other_arch", "exists", "bad_key"];
    let mut codes = BTreeSet::new();
    sources(Path::new("src/profile"), &mut |text| {
        for rest in text.split("\"lkmc::profile::").skip(1) {
            codes.insert(rest.split('"').next().unwrap_or_default().to_string());
        }
    });
    assert!(codes.len() > 30, "the search for codes is broken: {codes:?}");
    let reports: String = bad_profiles().iter().map(|path| report(path)).collect();
    let silent: Vec<&String> = codes
        .iter()
        .filter(|code| !ELSEWHERE.contains(&code.as_str()) && !reports.contains(&format!("lkmc::profile::{code}\n")))
        .collect();
    assert!(silent.is_empty(), "no profile in {DIRECTORY} provokes {silent:?}");
}

fn sources(directory: &Path, visit: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(directory).expect("sources are there") {
        let path = entry.expect("a directory can be listed").path();
        match path.is_dir() {
            true => sources(&path, visit),
            false => visit(&std::fs::read_to_string(&path).expect("sources are text")),
        }
    }
}
