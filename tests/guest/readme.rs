//! The README's console blocks are run, in order, in one directory, and print what it shows.
//!
//! A TOML block that begins with a comment `# NAME.toml` is written to that file first. `...` stands for any lines, and how many
//! seconds something took is not compared. What starts a guest runs where LKMC_TEST_PROFILES names its profile. A command that shows no output opens a shell or takes an hour: it
//! is only checked against the command line's grammar.

use std::path::Path;
use std::process::Command;

use crate::common::skip;
use clap::CommandFactory;

struct Block {
    language: String,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in markdown.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block {
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    blocks
}

/// Commands of a console block, each with the output that is shown.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => {
                let command = command.split("  #").next().unwrap_or(command);
                commands.push((command.trim().to_owned(), String::new()));
            }
            (None, Some((_, output))) => *output += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    commands
}

/// The profile whose guest a command starts.
fn guest_profile(command: &str) -> Option<&str> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let after = |flag: &str| {
        words
            .iter()
            .position(|word| *word == flag)
            .and_then(|at| words.get(at + 1))
            .copied()
    };
    match words.as_slice() {
        ["./lkmc", "profile", "run", name, ..] => Some(name),
        ["./lkmc", "demo", "run", ..] => Some(after("-p").unwrap_or("x86_64-qemu")),
        ["./lkmc", "test", ..] => Some(after("-p").unwrap_or("all of them")),
        _ => None,
    }
}

/// The words of a command are ones that lkmc understands.
fn parse(command: &str) {
    let words = command.split_whitespace().map(str::to_owned);
    if let Err(error) = lkmc::cli::Cli::command().try_get_matches_from(words) {
        panic!("`{command}` of README.md: {error}");
    }
}

/// A reader wants to see a time, and no run takes the same.
fn timeless(text: &str) -> String {
    let regex = |text: &str| regex::Regex::new(text).expect("it is a regular expression");
    let text = regex(r"; [0-9.]+ s\b").replace_all(text, "; N s");
    regex(r"(?m)^\[ *[0-9.]+\]").replace_all(&text, "[N]").into_owned()
}

fn run(command: &str, expected: &str, directory: &Path) {
    // A reader's shell takes the words apart, with what is quoted.
    let output = Command::new("sh")
        .args(["-c", &command.replacen("./lkmc", "\"$0\"", 1)])
        .arg(env!("CARGO_BIN_EXE_lkmc"))
        .current_dir(directory)
        .env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("lkmc can be started");
    let said = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    // Lines of a build that had to be made up for say nothing about the command.
    let said: String = said
        .lines()
        .filter(|line| !line.starts_with("lkmc: "))
        .map(|line| format!("{line}\n"))
        .collect();
    let expected = timeless(expected);
    snapbox::Assert::new().eq(timeless(&said), snapbox::data::Data::text(expected));
}

#[test]
fn the_readme_shows_what_happens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("README.md can be read");
    let profiles = std::env::var("LKMC_TEST_PROFILES").unwrap_or_default();
    let directory = tempfile::tempdir().expect("a directory can be made");
    let mut ran = 0;
    for block in blocks(&readme) {
        let name = block.text.lines().next().and_then(|line| line.strip_prefix("# "));
        if let Some(name) = name.filter(|name| block.language == "toml" && name.ends_with(".toml")) {
            std::fs::write(directory.path().join(name), &block.text).expect("a file can be written");
        }
        for (command, output) in commands(&block.text)
            .into_iter()
            .filter(|_| block.language == "console")
        {
            if !command.starts_with("./lkmc ") {
                continue;
            }
            parse(&command);
            let guest = guest_profile(&command);
            match guest {
                _ if output.is_empty() => {}
                Some(profile) if !profiles.split_whitespace().any(|name| name == profile) => {
                    skip(format_args!("LKMC_TEST_PROFILES does not name {profile}: `{command}`"));
                }
                _ => {
                    run(&command, &output, directory.path());
                    ran += 1;
                }
            }
        }
    }
    assert!(ran > 0, "the README shows no command that can be run everywhere");
}
