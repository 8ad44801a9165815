//! Options that stand where they can be of no use: `--dry-run` and `--json` stand everywhere, others come along with those that
//! several commands share. What a command makes nothing of is refused with it, and is not in its help.

use clap::{Arg, CommandFactory};

use super::{Bench, Cli, Command, Demo, DemoDebug, Gem5, Global, Lock, Profile, Runs, Trace, Vm};
use crate::debuggee::Side;
use crate::diag::{Error, Result};

/// Which of the two options a command takes.
#[derive(Clone, Copy)]
struct Takes {
    /// It shows external commands, or there is nothing about it that would not be done: it only looks.
    dry_run: bool,
    /// It has a result that programs can read.
    json: bool,
}

const BOTH: Takes = Takes {
    dry_run: true,
    json: true,
};
const DRY_RUN: Takes = Takes {
    dry_run: true,
    json: false,
};
const JSON: Takes = Takes {
    dry_run: false,
    json: true,
};
const NEITHER: Takes = Takes {
    dry_run: false,
    json: false,
};

/// Every command by its words.
const COMMANDS: &[(&str, Takes)] = &[
    ("dev", BOTH),
    ("test", BOTH),
    ("gdb", NEITHER),
    ("replay", JSON),
    ("kdb", NEITHER),
    ("drgn", DRY_RUN),
    ("crash", DRY_RUN),
    ("check", BOTH),
    ("doctor", BOTH),
    ("gc", BOTH),
    ("completions", DRY_RUN),
    ("shell", NEITHER),
    ("nix", NEITHER),
    ("__enter", BOTH),
    ("__supervise", BOTH),
    ("profile list", BOTH),
    ("profile show", BOTH),
    ("profile check", BOTH),
    ("profile kconfig", BOTH),
    ("profile schema", BOTH),
    ("profile new", JSON),
    ("profile set", BOTH),
    ("profile diff", BOTH),
    ("profile lower", BOTH),
    ("profile lock", BOTH),
    ("profile build", BOTH),
    ("profile source", BOTH),
    ("profile verify", BOTH),
    ("profile run", BOTH),
    ("profile debug", BOTH),
    ("demo list", BOTH),
    ("demo show", BOTH),
    ("demo build", JSON),
    ("demo run", BOTH),
    ("demo debug", BOTH),
    ("run list", BOTH),
    ("run show", BOTH),
    ("run diff", BOTH),
    ("run again", JSON),
    ("vm list", BOTH),
    ("vm exec", NEITHER),
    ("vm push", NEITHER),
    ("vm console", NEITHER),
    ("vm monitor", NEITHER),
    ("vm log", DRY_RUN),
    ("vm snapshot", BOTH),
    ("vm restore", BOTH),
    ("vm stop", NEITHER),
    ("bench run", JSON),
    ("bench sweep", JSON),
    ("bench list", BOTH),
    ("bench show", BOTH),
    ("bench plot", NEITHER),
    ("bench compare", BOTH),
    ("bench export", DRY_RUN),
    ("bench verify", NEITHER),
    ("gem5 stats", BOTH),
    ("gem5 run", JSON),
    ("gem5 config", BOTH),
    ("trace exec", BOTH),
    ("trace coverage", BOTH),
    ("trace cache", BOTH),
    ("trace pipeline", BOTH),
    ("trace raw", BOTH),
    ("lock update", BOTH),
    ("lock check", BOTH),
    ("lock fetch", BOTH),
];

/// Commands with options that they refuse whatever else is said, by the options' names in clap. Who refuses them says why.
const REFUSED: &[(&str, &[&str])] = &[("dev", &["disk"])];

/// The command line, whose help has for each command what the command can take.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let global: Vec<Arg> = command
        .get_arguments()
        .filter(|it| it.is_global_set())
        .cloned()
        .collect();
    let top = command.get_name().to_owned();
    command.mut_subcommands(|inner| without_refused(inner, &top, &global))
}

/// `above`: the words of the command that this one belongs to.
fn without_refused(command: clap::Command, above: &str, global: &[Arg]) -> clap::Command {
    let words = format!("{above} {}", command.get_name());
    if command.has_subcommands() {
        return command.mut_subcommands(|inner| without_refused(inner, &words, global));
    }
    hidden(&words).into_iter().fold(command, |command, name| {
        // One that is global is not there yet: clap does not put it where there is one of its name.
        match global.iter().find(|argument| argument.get_id() == name) {
            Some(argument) => command.arg(argument.clone().hide(true)),
            None => command.mut_arg(name, |argument| argument.hide(true)),
        }
    })
}

/// What is refused in any case.
fn hidden(words: &str) -> Vec<&'static str> {
    let words = words.split_once(' ').map_or("", |(_, words)| words);
    let refused = REFUSED.iter().filter(|(command, _)| *command == words);
    let mut hidden: Vec<&str> = refused.flat_map(|(_, names)| *names).copied().collect();
    let takes = taken_by_words(words);
    hidden.extend((!takes.dry_run).then_some("dry_run"));
    hidden.extend((!takes.json).then_some("json"));
    hidden
}

fn taken_by_words(words: &str) -> Takes {
    let row = COMMANDS.iter().find(|(command, _)| *command == words);
    row.map_or(BOTH, |(_, takes)| *takes)
}

/// What acts and has no external command to show does not act either: nobody asks for a dry run of what shall be done. And who
/// reads JSON shall not wait for what never comes.
pub fn check(global: &Global, command: &Command) -> Result<()> {
    let (name, takes) = taken_by(command);
    if global.dry_run && !takes.dry_run {
        let message = format!("`lkmc {name}` has no dry run");
        return Err(Error::usage("lkmc::no_dry_run", message)
            .help("leave `--dry-run` out; `--verbose` shows external commands as they are run"));
    }
    if global.json && !takes.json {
        let message = format!("`lkmc {name}` has no result that `--json` would change");
        return Err(Error::usage("lkmc::no_json", message)
            .help("leave `--json` out; docs/scripting.md says which commands have one"));
    }
    Ok(())
}

/// A command's words, and what it takes of both in this form of it.
fn taken_by(command: &Command) -> (&'static str, Takes) {
    let narrower = match command {
        Command::Profile(Profile::Lower { bless: true, .. }) => Some(("profile lower --bless", DRY_RUN)),
        Command::Demo(Demo::Run { host: Some(_), .. }) => Some(("demo run --host", NEITHER)),
        Command::Demo(Demo::Debug(DemoDebug {
            side: None | Some(Side::Guest),
            ..
        })) => Some(("demo debug in a guest", JSON)),
        _ => None,
    };
    narrower.unwrap_or_else(|| {
        let words = words(command);
        (words, taken_by_words(words))
    })
}

fn words(command: &Command) -> &'static str {
    match command {
        Command::Profile(command) => profile(command),
        Command::Demo(command) => demo(command),
        Command::Dev(_) => "dev",
        Command::Test(_) => "test",
        Command::Run(command) => runs(command),
        Command::Vm(command) => vm(command),
        Command::Gdb(_) => "gdb",
        Command::Replay(_) => "replay",
        Command::Kdb(_) => "kdb",
        Command::Drgn(_) => "drgn",
        Command::Crash(_) => "crash",
        Command::Bench(command) => bench(command),
        Command::Gem5(command) => gem5(command),
        Command::Trace(command) => trace(command),
        Command::Lock(command) => lock(command),
        Command::Check => "check",
        Command::Doctor => "doctor",
        Command::Gc(_) => "gc",
        Command::Completions { .. } => "completions",
        Command::Shell(_) => "shell",
        Command::Nix { .. } => "nix",
        Command::Enter { .. } => "__enter",
        Command::Supervise { .. } => "__supervise",
    }
}

fn profile(command: &Profile) -> &'static str {
    match command {
        Profile::List => "profile list",
        Profile::Show { .. } => "profile show",
        Profile::Check { .. } => "profile check",
        Profile::Kconfig { .. } => "profile kconfig",
        Profile::Schema => "profile schema",
        Profile::New { .. } => "profile new",
        Profile::Set { .. } => "profile set",
        Profile::Diff { .. } => "profile diff",
        Profile::Lower { .. } => "profile lower",
        Profile::Lock { .. } => "profile lock",
        Profile::Build { .. } => "profile build",
        Profile::Source { .. } => "profile source",
        Profile::Verify { .. } => "profile verify",
        Profile::Run(_) => "profile run",
        Profile::Debug(_) => "profile debug",
    }
}

fn demo(command: &Demo) -> &'static str {
    match command {
        Demo::List { .. } => "demo list",
        Demo::Show { .. } => "demo show",
        Demo::Build { .. } => "demo build",
        Demo::Run { .. } => "demo run",
        Demo::Debug(_) => "demo debug",
    }
}

fn runs(command: &Runs) -> &'static str {
    match command {
        Runs::List { .. } => "run list",
        Runs::Show { .. } => "run show",
        Runs::Diff { .. } => "run diff",
        Runs::Again { .. } => "run again",
    }
}

fn vm(command: &Vm) -> &'static str {
    match command {
        Vm::List => "vm list",
        Vm::Exec { .. } => "vm exec",
        Vm::Push { .. } => "vm push",
        Vm::Console { .. } => "vm console",
        Vm::Monitor { .. } => "vm monitor",
        Vm::Log { .. } => "vm log",
        Vm::Snapshot { .. } => "vm snapshot",
        Vm::Restore { .. } => "vm restore",
        Vm::Stop { .. } => "vm stop",
    }
}

fn bench(command: &Bench) -> &'static str {
    match command {
        Bench::Run { .. } => "bench run",
        Bench::Sweep { .. } => "bench sweep",
        Bench::List => "bench list",
        Bench::Show { .. } => "bench show",
        Bench::Plot { .. } => "bench plot",
        Bench::Compare { .. } => "bench compare",
        Bench::Export { .. } => "bench export",
        Bench::Verify { .. } => "bench verify",
    }
}

fn gem5(command: &Gem5) -> &'static str {
    match command {
        Gem5::Stats(_) => "gem5 stats",
        Gem5::Run(_) => "gem5 run",
        Gem5::Config { .. } => "gem5 config",
    }
}

fn trace(command: &Trace) -> &'static str {
    match command {
        Trace::Exec(_) => "trace exec",
        Trace::Coverage(_) => "trace coverage",
        Trace::Cache(_) => "trace cache",
        Trace::Pipeline(_) => "trace pipeline",
        Trace::Raw(_) => "trace raw",
    }
}

fn lock(command: &Lock) -> &'static str {
    match command {
        Lock::Update { .. } => "lock update",
        Lock::Check => "lock check",
        Lock::Fetch { .. } => "lock fetch",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each command that has none below it, by its words, with its help.
    fn leaves(command: &mut clap::Command, above: &str, found: &mut Vec<(String, String)>) {
        for inner in command.get_subcommands_mut().filter(|it| it.get_name() != "help") {
            let words = format!("{above} {}", inner.get_name()).trim().to_owned();
            match inner.has_subcommands() {
                true => leaves(inner, &words, found),
                false => found.push((words, inner.render_long_help().to_string())),
            }
        }
    }

    #[test]
    fn the_help_of_a_command_has_what_it_takes() {
        let mut command = command();
        command.build();
        let mut all = Vec::new();
        leaves(&mut command, "", &mut all);
        let has = |help: &str, option: &str| help.split_whitespace().any(|word| word == option);
        for (words, help) in &all {
            let row = COMMANDS.iter().find(|(command, _)| command == words);
            let (_, takes) = row.unwrap_or_else(|| panic!("what of `{words}`?"));
            assert_eq!(has(help, "--dry-run"), takes.dry_run, "{words}: {help}");
            assert_eq!(has(help, "--json"), takes.json, "{words}: {help}");
            for (command, names) in REFUSED {
                for name in names.iter().filter(|_| command == words) {
                    let option = format!("--{}", name.replace('_', "-"));
                    assert!(!has(help, &option), "{words}: {help}");
                }
            }
        }
        assert_eq!(all.len(), COMMANDS.len(), "a row is of no command");
        for (command, _) in REFUSED {
            assert!(all.iter().any(|(words, _)| words == command), "{command}");
        }
    }

    #[test]
    fn what_is_not_in_the_help_is_refused_with_a_reason() {
        let words = ["lkmc", "gdb", "last", "--dry-run"].map(std::ffi::OsString::from);
        let cli = super::super::parse(&words).expect("clap takes it");
        let refused = check(&cli.global, &cli.command.expect("there is one")).expect_err("it has no dry run");
        assert_eq!(refused.code(), "lkmc::no_dry_run");
    }
}
