//! A command line that clap does not take, said as every other message is: with a code, help, and as JSON on request.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use crate::diag::Error;
use crate::suggest;

use super::Cli;
use super::advice::{self, Unexpected};
use super::everywhere;

/// The command line. Help and the version are printed by clap, which ends the process then.
pub fn parse(words: &[OsString]) -> Result<Cli, Error> {
    let matches = everywhere::command().try_get_matches_from(words);
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    cli.map_err(|error| match error.kind() {
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

/// What is wrong, then on lines of their own what would be right: the nearest, all there are, the usage.
fn refusal(error: &clap::Error, words: &[OsString]) -> Error {
    let mut help = Vec::from_iter(unknown_command(error, words));
    let unexpected = unexpected(error, words);
    help.extend(unexpected.iter().filter_map(Unexpected::advice));
    if let (ErrorKind::InvalidValue, Some(values)) = (error.kind(), list(error, ContextKind::ValidValue)) {
        help.push(format!("one of {values}"));
    }
    if error.kind() == ErrorKind::ArgumentConflict {
        let arguments = [ContextKind::InvalidArg, ContextKind::PriorArg].map(|kind| strings(error.get(kind)));
        help.extend(advice::conflict(&arguments.concat()));
    }
    let similar = [
        (ContextKind::SuggestedArg, "argument"),
        (ContextKind::SuggestedValue, "value"),
    ];
    help.extend(
        similar
            .iter()
            .filter_map(|(kind, what)| similar_exists(error.get(*kind)?, what)),
    );
    match error.get(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(tips)) => help.extend(tips.iter().filter_map(|tip| useful(&tip.to_string()))),
        Some(ContextValue::StyledStr(tip)) => help.extend(useful(&tip.to_string())),
        _ => {}
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = one_line(&usage.to_string());
        help.push(format!("usage: {}", usage.strip_prefix("Usage: ").unwrap_or(&usage)));
    }
    let lacking = unexpected.as_ref().and_then(Unexpected::lacking);
    Error::usage("lkmc::usage", lacking.unwrap_or_else(|| message(error))).help(help.join("\n"))
}

/// A tip of clap's; not the one to pass `--memroy` to the guest as a command.
fn useful(tip: &str) -> Option<String> {
    Some(one_line(tip)).filter(|tip| !tip.starts_with("to pass '"))
}

/// What was meant by an argument that the command does not have.
fn unexpected(error: &clap::Error, words: &[OsString]) -> Option<Unexpected> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let (command, path) = command_of(words);
    Some(Unexpected {
        command,
        path,
        argument: text(error, ContextKind::InvalidArg),
        words: words.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
    })
}

/// What is wrong, in one line.
fn message(error: &clap::Error) -> String {
    let argument = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let number = |kind| match error.get(kind) {
        Some(ContextValue::Number(number)) => *number,
        _ => 0,
    };
    let given = |count| match count {
        0 | 1 => format!("{count} was provided"),
        _ => format!("{count} were provided"),
    };
    let said = || {
        let text = error.kind().as_str().map(str::to_owned);
        let text = text.or_else(|| std::error::Error::source(error).map(|source| source.to_string()));
        text.unwrap_or_else(|| one_line(&error.to_string()))
    };
    match error.kind() {
        ErrorKind::ArgumentConflict => conflict(error),
        ErrorKind::NoEquals => format!("equal sign is needed when assigning values to '{argument}'"),
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("a value is required for '{argument}' but none was supplied")
        }
        ErrorKind::InvalidValue => format!("invalid value '{value}' for '{argument}'"),
        ErrorKind::ValueValidation => match std::error::Error::source(error) {
            Some(why) => one_line(&format!(
                "invalid value '{value}' for '{argument}': {}",
                plainly(&why.to_string())
            )),
            None => format!("invalid value '{value}' for '{argument}'"),
        },
        ErrorKind::InvalidSubcommand => {
            format!(
                "unrecognized subcommand '{}'",
                text(error, ContextKind::InvalidSubcommand)
            )
        }
        ErrorKind::UnknownArgument => format!("unexpected argument '{argument}' found"),
        ErrorKind::MissingRequiredArgument => {
            let missing = strings(error.get(ContextKind::InvalidArg)).join(" ");
            format!("the following required arguments were not provided: {missing}")
        }
        ErrorKind::TooManyValues => {
            format!("unexpected value '{value}' for '{argument}' found; no more were expected")
        }
        ErrorKind::TooFewValues => format!(
            "{} values required by '{argument}'; only {}",
            number(ContextKind::MinValues),
            given(number(ContextKind::ActualNumValues))
        ),
        ErrorKind::WrongNumberOfValues => format!(
            "{} values required for '{argument}' but {}",
            number(ContextKind::ExpectedNumValues),
            given(number(ContextKind::ActualNumValues))
        ),
        _ => said(),
    }
}

/// What Rust's numbers say of a text that is none, for people.
fn plainly(why: &str) -> &str {
    match why {
        "invalid digit found in string" | "cannot parse integer from empty string" => "it is no whole number",
        why => why,
    }
}

/// Two arguments that exclude each other, or one that is there twice.
fn conflict(error: &clap::Error) -> String {
    let subcommand = text(error, ContextKind::InvalidSubcommand);
    let argument = text(error, ContextKind::InvalidArg);
    let what = match argument.is_empty() {
        true => format!("the subcommand '{subcommand}'"),
        false => format!("the argument '{argument}'"),
    };
    match error.get(ContextKind::PriorArg) {
        Some(ContextValue::String(prior)) if *prior == argument => format!("{what} cannot be used multiple times"),
        Some(ContextValue::String(prior)) => format!("{what} cannot be used with '{prior}'"),
        Some(ContextValue::Strings(prior)) => format!("{what} cannot be used with: {}", prior.join(" ")),
        _ => format!("{what} cannot be used with one or more of the other specified arguments"),
    }
}

fn similar_exists(similar: &ContextValue, what: &str) -> Option<String> {
    let quoted: Vec<String> = strings(Some(similar)).iter().map(|one| format!("'{one}'")).collect();
    match quoted.as_slice() {
        [] => None,
        [only] => Some(format!("a similar {what} exists: {only}")),
        several => Some(format!("some similar {what}s exist: {}", several.join(", "))),
    }
}

fn strings(value: Option<&ContextValue>) -> Vec<&str> {
    match value {
        Some(ContextValue::String(one)) => vec![one],
        Some(ContextValue::Strings(several)) => several.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    strings(error.get(kind)).concat()
}

fn list(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let values = strings(error.get(kind));
    (!values.is_empty()).then(|| values.join(", "))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In place of clap's own suggestion, which is only for a word that shares most of its letters in their places: `run` for `rn`, not
/// for `rnu`, and for `run` where `profile run` was meant not at all.
fn unknown_command(error: &clap::Error, words: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(wrong)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let typed: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let at = typed.iter().position(|word| word == wrong)?;
    let (command, path) = command_of(&words[..at]);
    let known: Vec<&clap::Command> = command.get_subcommands().filter(|it| !it.is_hide_set()).collect();
    let below = known.iter().filter(|family| family.find_subcommand(wrong).is_some());
    let below: Vec<String> = below
        .map(|family| format!("`{path} {} {wrong}`", family.get_name()))
        .collect();
    let names: Vec<&str> = known.iter().map(|it| it.get_name()).collect();
    let near = match below.as_slice() {
        _ if let Some(meant) = advice::swapped(&path, &names, &typed, at) => format!("did you mean `{meant}`? "),
        _ if let Some(advice) = advice::command(&path, wrong, &typed) => format!("{advice}; "),
        [] => suggest::did_you_mean(wrong, &names).map_or(String::new(), |near| format!("{near} ")),
        [only] => format!("did you mean {only}? "),
        several => format!("there is {}; ", several.join(", ")),
    };
    Some(format!("{near}`{path}` has {}", suggest::list(&names)))
}

/// The command that is named, and what it is called. What follows `--` names none.
fn command_of(words: &[OsString]) -> (clap::Command, String) {
    let (mut command, mut path) = (Cli::command(), vec!["lkmc".to_owned()]);
    let words = words.iter().skip(1).take_while(|word| *word != "--");
    for word in words.filter_map(|word| word.to_str()) {
        if let Some(inner) = command.find_subcommand(word) {
            path.push(word.to_owned());
            command = inner.clone();
        }
    }
    (command, path.join(" "))
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
        assert!(!help.contains("__") && !help.contains("similar"), "{help}");
    }

    #[test]
    fn a_command_of_a_family_is_found_without_it() {
        let help = |word| {
            refused(&["lkmc", word])["help"]
                .as_str()
                .expect("there is help")
                .to_owned()
        };
        let show = "there is `lkmc profile show`, `lkmc demo show`, ";
        assert!(help("show").starts_with(show), "{}", help("show"));
        let push = "did you mean `lkmc vm push`? ";
        assert!(help("push").starts_with(push), "{}", help("push"));
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
    fn a_word_that_is_too_many_is_put_where_it_belongs() {
        let help = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let help = refused(&words)["help"].as_str().expect("there is help").to_owned();
            assert!(!help.contains("to pass"), "{help}");
            help
        };
        for (line, advice) in [
            (
                "lkmc profile run x86_64-qemu uname -a",
                "what the guest shall run follows `--`: `lkmc profile run x86_64-qemu -- uname -a`",
            ),
            ("lkmc vm exec last uname", "`lkmc vm exec last -- uname`"),
            (
                "lkmc gem5 run aarch64-gem5-atomic ./hello",
                "the program and its arguments follow `--`: `lkmc gem5 run aarch64-gem5-atomic -- ./hello`",
            ),
            ("lkmc demo run a.c b.c", "`lkmc test a.c b.c`"),
            ("lkmc demo run a.c x86_64-qemu", "`lkmc demo run a.c -p x86_64-qemu`"),
            ("lkmc demo run d/a.c -- step=3", "`lkmc dev d/a.c --once -- step=3`"),
            (
                "lkmc demo run d/a.c -- step=3",
                "`lkmc profile run x86_64-qemu --demos d/a.c -- ./a step=3`",
            ),
            ("lkmc vm pull last file", "`lkmc vm exec last -- cat FILE > FILE`"),
            ("lkmc vm cp last file", "`lkmc vm push last FILE`"),
            ("lkmc vm attach last", "`lkmc gdb last`"),
            ("lkmc vm list --all", "`lkmc run list` has all runs"),
            (
                "lkmc run x86_64-qemu -- uname -a",
                "did you mean `lkmc profile run x86_64-qemu -- uname -a`? ",
            ),
            (
                "lkmc x86_64-qemu --cpus 2",
                "did you mean `lkmc profile run x86_64-qemu --cpus 2`? ",
            ),
            (
                "lkmc profile x86_64-qemu",
                "did you mean `lkmc profile run x86_64-qemu`? ",
            ),
            (
                "lkmc profile x86_64-qemu show --json",
                "did you mean `lkmc profile show x86_64-qemu --json`? `lkmc profile` has list, ",
            ),
            (
                "lkmc vm last exec -- true",
                "did you mean `lkmc vm exec last -- true`? `lkmc vm` has ",
            ),
            (
                "lkmc x86_64-qemu run -- true",
                "did you mean `lkmc profile run x86_64-qemu -- true`? ",
            ),
            ("lkmc demo d/a.c", "did you mean `lkmc demo run d/a.c`? "),
            (
                "lkmc run profile x86_64-qemu",
                "did you mean `lkmc profile run x86_64-qemu`? ",
            ),
            ("lkmc profile run -p x86_64-qemu", "`lkmc profile run NAME`"),
            (
                "lkmc profile run x --detach --script a.sh",
                "`lkmc vm exec last -- sh FILE`",
            ),
            ("lkmc profile run x --detach -- true", "`lkmc vm exec last -- COMMAND`"),
            ("lkmc run my/lab.toml", "did you mean `lkmc profile run my/lab.toml`? "),
            (
                "lkmc --json run kernel_modules/hello.c",
                "did you mean `lkmc --json demo run kernel_modules/hello.c`? ",
            ),
            ("lkmc run lst", "did you mean `list`? "),
            ("lkmc vm start x86_64-qemu", "`lkmc profile run NAME --detach`"),
            (
                "lkmc profile run x --qemu-arg -device edu",
                "`--qemu-arg -device --qemu-arg edu`",
            ),
            ("lkmc profile run x --smp 4", "`--cpus N`"),
            ("lkmc profile run x -m 1G", "`--memory SIZE`"),
            ("lkmc profile run x -smp 4", "`--cpus N`"),
            ("lkmc profile run x --kernel 6.1", "x86_64-qemu-6.1"),
            ("lkmc profile run x --eval true", "follows `--`"),
            ("lkmc profile run x --gdb", "`lkmc profile debug NAME`"),
            ("lkmc profile run x --memroy 1GiB", "'--memory'"),
        ] {
            assert!(help(line).contains(advice), "{line}: {}", help(line));
        }
    }

    #[test]
    fn values_are_refused_in_words() {
        let message = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            refused(&words)["message"].as_str().expect("it says why").to_owned()
        };
        for (line, part) in [
            ("lkmc profile run x --cpus two", "a whole number from 1 to 512"),
            ("lkmc profile run x --cpus 0", "a whole number from 1 to 512"),
            ("lkmc test -j 0", "1 or more"),
            ("lkmc bench run x -n two -- true", "no whole number"),
            ("lkmc gc --keep-days -1", "0 or more"),
            (
                "lkmc profile run x --kernel-arg -- true",
                "`--kernel-arg` lacks its value (`--kernel-arg=ARG`)",
            ),
        ] {
            assert!(message(line).contains(part), "{line}: {}", message(line));
        }
    }

    #[test]
    fn json_is_wanted_by_our_own_words_only() {
        let wants = |words: &[&str]| wants_json(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(wants(&["lkmc", "--json", "chekc"]));
        assert!(!wants(&["lkmc", "profile", "run", "x", "--", "--json"]));
    }
}
