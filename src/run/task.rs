//! What a guest is for.

use std::ffi::OsString;

use crate::diag::{Error, Result};
use crate::events::streams::Input;
use crate::guest::protocol::CommandSpec;
use crate::shell::quote;

/// busybox takes no longer line at its prompt.
const LONGEST: usize = 1000;

/// Of a run that lkmc talks to while it lasts.
pub enum Task {
    Command {
        spec: CommandSpec,
        input: Input,
    },
    /// On the console, which is the user's.
    Shell {
        first: Option<FirstLine>,
    },
}

/// What is typed at the shell before the user types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstLine(String);

impl FirstLine {
    pub fn of(words: &[OsString]) -> Result<FirstLine> {
        let quoted = |(at, word): (usize, &OsString)| match quote(word) {
            // The shell would take it for an assignment.
            text if at == 0 && text.contains('=') && !text.starts_with('\'') => format!("'{text}'"),
            text => text,
        };
        let line = words.iter().enumerate().map(quoted).collect::<Vec<_>>().join(" ");
        if line.len() > LONGEST || line.contains(char::is_control) {
            let message = "this command cannot be typed at the guest's shell";
            return Err(Error::usage("lkmc::run::untypable", message)
                .cause(format!(
                    "a line there has at most {LONGEST} bytes, and neither tabs nor ends of line"
                ))
                .help("put it into a file: `--script FILE`"));
        }
        Ok(FirstLine(line))
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Task {
    /// Of the command; none for a shell.
    pub fn words(&self) -> Vec<String> {
        match self {
            Task::Command { spec, .. } => spec.words(),
            Task::Shell { .. } => Vec::new(),
        }
    }
}

/// Of a run that is only heard: its standard input is known in full before it begins.
#[derive(Clone, Debug)]
pub struct Errand {
    pub spec: CommandSpec,
    pub input: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Result<FirstLine> {
        FirstLine::of(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn words_are_typed_as_the_shell_reads_them() {
        let text = |words: &[&str]| line(words).unwrap().0;
        assert_eq!(text(&["insmod", "hello.ko", "a=1"]), "insmod hello.ko a=1");
        assert_eq!(
            text(&["sh", "-c", "echo $((6*7)); it's"]),
            r"sh -c 'echo $((6*7)); it'\''s'"
        );
        assert_eq!(text(&["a=b", "c"]), "'a=b' c");
    }

    #[test]
    fn what_the_line_editor_would_take_for_keys_is_refused() {
        for words in [
            &["echo", "a\tb"][..],
            &["sh", "-c", "a\nb"],
            &["echo", &"x".repeat(LONGEST)],
        ] {
            assert_eq!(line(words).unwrap_err().code(), "lkmc::run::untypable");
        }
    }
}
