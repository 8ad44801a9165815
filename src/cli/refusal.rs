//! A command line that clap does not take, said as every other message is: with a code, help, and as JSON on request.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use crate::diag::Error;
use crate::suggest;

use super::Cli;

/// The command line. Help and the version are printed by clap, which ends the process then.
pub fn parse(words: &[OsString]) -> Result<Cli, Error> {
    Cli::try_parse_from(words).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::MissingSubcommand => error.exit(),
        _ => refusal(&error, words),
    })
}

/// Whether JSON is wanted of a command line that could not be read. What follows `--` is for the guest.
pub fn wants_json(words: &[OsString]) -> bool {
    words
        .iter()
        .take_while(|word| *word != "--")
        .any(|word| word == "--json")
}

/// clap's own text comes in paragraphs: what is wrong, tips, usage, where there is more.
fn refusal(error: &clap::Error, words: &[OsString]) -> Error {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(one_line);
    let message = paragraphs.next().unwrap_or_default();
    let (message, values) = message.split_once(" [possible values: ").unwrap_or((&message, ""));
    let mut help = Vec::from_iter(unknown_command(error, words));
    help.extend(values.strip_suffix(']').map(|values| format!("one of {values}")));
    for paragraph in paragraphs {
        if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            help.push(format!("usage: {usage}"));
        } else if !paragraph.starts_with("For more information") {
            help.extend(
                paragraph
                    .split("tip: ")
                    .map(str::trim)
                    .filter(|tip| !tip.is_empty())
                    .map(str::to_owned),
            );
        }
    }
    let message = message.strip_prefix("error: ").unwrap_or(message);
    Error::usage("lkmc::usage", message).help(help.join("\n"))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// clap suggests a command only for a word that shares most of its letters in their places: `run` for `rn`, not for `rnu`.
fn unknown_command(error: &clap::Error, words: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(wrong)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let (mut command, mut path) = (Cli::command(), vec!["lkmc".to_owned()]);
    for word in words.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(inner) = command.find_subcommand(word) {
            path.push(word.to_owned());
            command = inner.clone();
        }
    }
    let known = command.get_subcommands().filter(|it| !it.is_hide_set());
    let known: Vec<&str> = known.map(clap::Command::get_name).collect();
    let near = suggest::did_you_mean(wrong, &known).map_or(String::new(), |near| format!("{near} "));
    Some(format!("{near}`{}` has {}", path.join(" "), suggest::list(&known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> serde_json::Value {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let error = parse(&words).expect_err("nobody takes this");
        assert_eq!(error.exit.status(), 2);
        crate::diag::to_json(&error)["errors"][0].clone()
    }

    #[test]
    fn swapped_letters_of_a_command_are_suggested() {
        let error = refused(&["lkmc", "--json", "profile", "rnu", "x86_64-qemu"]);
        assert_eq!(error["message"], "unrecognized subcommand 'rnu'");
        let help = error["help"].as_str().expect("there is help");
        assert!(
            help.starts_with("did you mean `run`? `lkmc profile` has list, "),
            "{help}"
        );
        assert!(!help.contains("__"), "{help}");
    }

    #[test]
    fn options_values_and_what_is_missing_are_named() {
        let error = refused(&["lkmc", "profile", "run", "x", "--cpsu", "3"]);
        assert_eq!(error["message"], "unexpected argument '--cpsu' found");
        let help = error["help"].as_str().expect("there is help");
        assert!(
            help.contains("'--cpus'") && help.contains("usage: lkmc profile run"),
            "{help}"
        );
        let error = refused(&["lkmc", "profile", "run"]);
        assert_eq!(
            error["message"],
            "the following required arguments were not provided: <NAME>"
        );
        let error = refused(&["lkmc", "completions", "shell"]);
        assert_eq!(error["message"], "invalid value 'shell' for '<SHELL>'");
        let help = error["help"].as_str().expect("there is help");
        assert!(help.starts_with("one of bash, "), "{help}");
        let error = refused(&["lkmc", "--timeout", "soon", "check"]);
        let message = error["message"].as_str().expect("it says why");
        assert!(
            message.starts_with("invalid value 'soon' for '--timeout <TIME>': "),
            "{message}"
        );
    }

    #[test]
    fn json_is_wanted_by_our_own_words_only() {
        let wants = |words: &[&str]| wants_json(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(wants(&["lkmc", "--json", "chekc"]));
        assert!(!wants(&["lkmc", "profile", "run", "x", "--", "--json"]));
    }
}
