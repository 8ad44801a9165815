//! `--script`: a file of the host that the guest's shell executes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::guest::GUEST_DIRECTORY;
use crate::guest::protocol::CommandSpec;
use crate::scratch::Scratch;
use crate::shell::quote;

/// Where it lies in what is copied into the guest: hidden among the demos, none of which has its name.
const BELOW: &str = ".script";

const SHELL: &str = "/bin/sh";

/// A copy that goes into the guest, so that standard input is the commands' own, and no shell executes half a line.
pub struct Script {
    copy: Scratch,
    /// What executes it, and its name.
    words: Vec<OsString>,
}

impl Script {
    pub fn stage(file: &Path) -> Result<Script> {
        let failed = |error| {
            let place = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            let message = format!("cannot read the script {}", place.display());
            let error = Error::usage("lkmc::run::script", message).cause(error);
            match file == "-" {
                true => error.help("`--script /dev/stdin` is what comes in on standard input"),
                false => error,
            }
        };
        let name = file
            .file_name()
            .ok_or_else(|| failed(std::io::ErrorKind::IsADirectory.into()))?;
        let text = std::fs::read(file).map_err(failed)?;
        if has_returns(&text) {
            eprintln!(
                "lkmc: the lines of {} end with CR LF, and to the guest's shell the CR is a part of the line: \
                 `sed -i 's/\\r$//' {}`",
                file.display(),
                quote(file.as_ref())
            );
        }
        let mut words = interpreter(&text);
        let copy = Scratch::create("script")?;
        let below = copy.path().join(BELOW);
        std::fs::create_dir(&below)
            .and_then(|()| std::fs::write(below.join(name), text))
            .map_err(|error| Error::io("cannot copy", file, error))?;
        words.push(Path::new(GUEST_DIRECTORY).join(BELOW).join(name).into());
        Ok(Script { copy, words })
    }

    /// To be copied into the guest.
    pub fn directory(&self) -> PathBuf {
        self.copy.path().to_owned()
    }

    pub fn command(&self, arguments: &[OsString]) -> CommandSpec {
        CommandSpec::new(self.words.iter().chain(arguments))
    }
}

/// What the first line names with `#!`. Guests have one shell, which stands for all others.
fn interpreter(text: &[u8]) -> Vec<OsString> {
    const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "ksh", "zsh"];
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let named = String::from_utf8_lossy(first.strip_prefix(b"#!").unwrap_or_default()).into_owned();
    let mut words: Vec<&str> = named.split_whitespace().collect();
    let file = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    if words.first().is_some_and(|word| file(word) == "env") {
        words.remove(0);
        words.retain(|word| *word != "-S");
    }
    match words.first() {
        None => words.push(SHELL),
        Some(word) if SHELLS.contains(&file(word).as_str()) => words[0] = SHELL,
        Some(_) => {}
    }
    words.into_iter().map(OsString::from).collect()
}

/// Whether the first line ends as those of DOS do.
fn has_returns(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| *byte == b'\n');
    end.is_some_and(|end| text[..end].ends_with(b"\r"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_what_executes_it() {
        for (first, words) in [
            ("echo hi", "/bin/sh"),
            ("#!", "/bin/sh"),
            ("#! /bin/bash -e", "/bin/sh -e"),
            ("#!/usr/bin/env bash", "/bin/sh"),
            ("#!/usr/bin/env -S awk -f", "awk -f"),
            ("#!/usr/bin/python3\r", "/usr/bin/python3"),
        ] {
            let found = interpreter(format!("{first}\nexit 1\n").as_bytes());
            assert_eq!(found, words.split(' ').collect::<Vec<_>>(), "{first}");
        }
    }
}
