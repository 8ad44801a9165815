//! Scripts that GDB runs in batch mode: on kernels (tests/gdb), on programs (tests/debuggee) and on programs without a kernel
//! (tests/bare_metal). Each is run wherever it is for, on a guest or a process of its own.
//!
//! A script begins with TOML in comments that says what it is run on; the rest is Python for GDB and asserts. What is not as it
//! should be raises an exception, which ends GDB with a status that is not 0.

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use common::{ROOT, all_checked, arch, boards, emulator, lkmc_in_time, said};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;

/// What scripts share.
const NO_SCRIPTS: [&str; 2] = ["tests/gdb/support.py", "tests/debuggee/check.py"];

/// The comment that a script begins with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Header {
    /// What the script shows.
    shows: String,
    /// All if none.
    arches: Vec<String>,
    /// What `lkmc demo debug` is told to debug; a kernel if none.
    demo: Option<String>,
    /// Where a program runs; on bare metal if none.
    sides: Vec<String>,
    /// Whether it has GDB call functions of the program.
    calls: bool,
    /// The last arguments of `lkmc profile debug` or `lkmc demo debug`.
    arguments: Vec<String>,
    /// Line of shell for the guest of a kernel.
    command: Option<String>,
    /// Status of lkmc, for scripts about what goes wrong.
    status: i32,
    /// Must be in what GDB or lkmc say.
    says: Vec<String>,
    /// Must not be there.
    does_not_say: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let named = std::env::var("LKMC_TEST_PROFILES").unwrap_or_default();
    let named: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    let boards = boards(named.clone());
    let mut trials = Vec::new();
    if named.is_empty() {
        trials.push(skipped("gdb", "LKMC_TEST_PROFILES names no profile"));
    } else if boards.is_empty() {
        trials.push(skipped("bare_metal", "none of the profiles has a board for bare metal"));
    }
    for (path, header) in scripts() {
        let on_bare_metal = header.demo.is_some() && header.sides.is_empty();
        let profiles = if on_bare_metal { &boards } else { &named };
        let is_for = |profile: &&String| header.arches.is_empty() || header.arches.iter().any(|it| it == arch(profile));
        for profile in profiles.iter().filter(is_for) {
            trials.extend(trials_on(profile, &path, &header));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Counted as passed, and taken for skipped by what it says, as all tests of this repository are.
fn skipped(name: impl Into<String>, why: &'static str) -> Trial {
    let name = name.into();
    Trial::test(name.clone(), move || {
        println!("SKIPPED {name}: {why}");
        Ok(())
    })
}

/// See docs/debugging-userland.md on what does not work.
fn has_amx() -> bool {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    cpuinfo.split_whitespace().any(|word| word == "amx_tile")
}

/// Paths as from the checkout.
fn scripts() -> Vec<(String, Header)> {
    let list = |directory: &str| {
        let entries = std::fs::read_dir(Path::new(ROOT).join(directory)).expect("the scripts are there");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let paths = names.map(|name| format!("{directory}/{name}"));
        paths.filter(|path| path.ends_with(".py")).collect::<Vec<_>>()
    };
    let mut paths = ["tests/gdb", "tests/debuggee", "tests/bare_metal"].map(list).concat();
    paths.retain(|path| !NO_SCRIPTS.contains(&path.as_str()));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(Path::new(ROOT).join(&path)).expect("a script can be read");
            let lines = text.lines().map_while(|line| line.strip_prefix('#'));
            let toml = lines.map(str::trim_start).collect::<Vec<_>>().join("\n");
            let header: Header = toml_edit::de::from_str(&toml).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(!header.shows.is_empty(), "{path} does not say what it shows");
            (path, header)
        })
        .collect()
}

fn trials_on(profile: &str, path: &str, header: &Header) -> Vec<Trial> {
    let stem = PathBuf::from(path)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let trial = |name: String, words: Vec<String>| {
        let (path, header) = (path.to_owned(), header.clone());
        Trial::test(name, move || run(&words, &path, &header))
    };
    let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
    let Some(demo) = &header.demo else {
        let start = words(&["profile", "debug", profile, "--batch"]);
        return vec![trial(format!("{stem} on {profile}"), start)];
    };
    let start = words(&["demo", "debug", demo, "-p", profile, "--batch"]);
    // Values differ; tests/debuggee/check.py hands this to the script.
    let know = |side: &str| format!("python SIDE = '{side}'; ARCH = '{}'", arch(profile));
    if header.sides.is_empty() {
        let start = [start, words(&["-ex", &know(emulator(profile))])].concat();
        return vec![trial(format!("bare_metal::{stem} on {profile}"), start)];
    }
    let here = |side: &&String| *side != "native" || arch(profile) == std::env::consts::ARCH;
    let on = |side: &String| {
        let name = format!("debuggee::{stem} in {side} on {profile}");
        if header.calls && side == "native" && has_amx() {
            return skipped(name, "GDB 13 calls no functions on a machine with AMX");
        }
        let start = [start.clone(), words(&["--in", side, "-ex", &know(side)])].concat();
        trial(name, start)
    };
    header.sides.iter().filter(here).map(on).collect()
}

fn run(words: &[String], path: &str, header: &Header) -> Result<(), Failed> {
    let mut command = lkmc_in_time();
    command.args(words).arg("-x").arg(path).args(&header.arguments);
    if let Some(line) = &header.command {
        command.args(["--", "/bin/sh", "-c", line]);
    }
    let output = command.output().expect("lkmc can be started");
    let said = said(&output);
    let fail = |what: String| Err(Failed::from(format!("{}: {what}\n{said}", header.shows)));
    if output.status.code() != Some(header.status) {
        return fail(format!("ended with {}", output.status));
    }
    // Those of kernels count nothing.
    if header.demo.is_some() && !all_checked(&said) {
        return fail("did not come to its last line".to_owned());
    }
    // Where a message is broken into lines does not matter.
    let bare = |text: &str| text.replace(|c: char| c.is_whitespace() || c == '│', "");
    let says = |text: &&String| bare(&said).contains(&bare(text));
    if let Some(unwanted) = header.does_not_say.iter().find(says) {
        return fail(format!("says `{unwanted}`"));
    }
    match header.says.iter().find(|wanted| !says(wanted)) {
        Some(missing) => fail(format!("does not say `{missing}`")),
        None => Ok(()),
    }
}
