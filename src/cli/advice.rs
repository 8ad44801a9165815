//! What was meant by a word that a command does not have: other tools' options, a guest's command without `--`, a second demo.

use clap::{Arg, Command};

use crate::demo::language;
use crate::profile::Library;
use crate::shell::quote;

/// What other tools, and lkmc before it was this one, call an option of ours: the words, our option, what is said of it.
const WORDS: &[(&[&str], &str, &str)] = &[
    (
        &["--smp", "-smp", "--cores", "--vcpus", "--num-cpus"],
        "cpus",
        "the number of processors is `--cpus N`",
    ),
    (
        &["-m", "--mem", "--ram", "--mem-size"],
        "memory",
        "memory is `--memory SIZE`",
    ),
    (
        &["--port", "--ports", "--hostfwd", "--publish"],
        "forward",
        "a port is forwarded by `--forward HOST:GUEST`",
    ),
    (
        &["--append", "-append", "--cmdline", "--kernel-cli"],
        "kernel-arg",
        "the kernel's command line is extended by `--kernel-arg ARG`",
    ),
    (&["--drive", "-drive", "-hda"], "disk", "a disk is `--disk FILE`"),
    (
        &["--kvm", "-enable-kvm", "--enable-kvm"],
        "accelerator",
        "that is `--accelerator kvm`",
    ),
    (
        &["--gdb", "--debug", "-s", "-S", "--wait-gdb"],
        "debug-emulator",
        "`lkmc profile debug NAME` is a guest under GDB",
    ),
    (
        &["--kernel", "--kernel-version", "--linux-build-id"],
        "kernel-tree",
        "the kernel's version is `version` in a profile's `[kernel]`, as in x86_64-qemu-6.1; `--kernel-tree DIRECTORY` boots one that \
         you have built",
    ),
    (
        &["--eval", "--eval-after", "-F", "-E"],
        "kernel-arg",
        "what the guest runs follows `--`: `-- sh -c 'LINE'`",
    ),
    (
        &["--profile", "-p"],
        "kernel-arg",
        "the profile is the word after the command: `lkmc profile run NAME`",
    ),
    (
        &["--arch", "--emulator", "--machine"],
        "kernel-arg",
        "architecture and emulator are the profile's: `lkmc profile list`",
    ),
];

/// What other tools call what ours does: the family, the words, what is said of them.
const COMMANDS: &[(&str, &[&str], &str)] = &[
    (
        "lkmc vm",
        &["pull", "get", "cp", "copy", "scp", "download", "fetch"],
        "`lkmc vm exec last -- cat FILE > FILE` brings a file out of the guest, `lkmc vm push last FILE` one into it",
    ),
    (
        "lkmc vm",
        &["attach", "debug", "gdb"],
        "`lkmc gdb last` is GDB on a guest that runs, `lkmc vm console last` its console, `lkmc vm exec -t last -- sh` a shell",
    ),
    (
        "lkmc vm",
        &["ssh", "shell", "login", "sh"],
        "`lkmc vm exec -t last -- sh` is a shell in the guest",
    ),
    (
        "lkmc vm",
        &["start", "run", "create", "new", "boot", "up"],
        "`lkmc profile run NAME --detach` starts a guest that stays",
    ),
    (
        "lkmc vm",
        &["kill", "rm", "destroy", "shutdown", "down", "halt", "poweroff"],
        "`lkmc vm stop last` powers a guest off",
    ),
    (
        "lkmc vm",
        &["ps", "ls", "status"],
        "`lkmc vm list` has the guests that run",
    ),
];

/// Options that have become commands of their own: whose, the words, what is said of them.
const MOVED: &[(&str, &[&str], &str)] = &[(
    "lkmc vm list",
    &["--all", "-a"],
    "`lkmc run list` has all runs, also those that have ended",
)];

/// Arguments that exclude each other, and why. What is typed has its value behind it.
const EXCLUSIVE: &[([&str; 2], &str)] = &[
    (
        ["--detach", "--script"],
        "a guest that stays is told what to do when it is up: start it with `--push FILE`, then `lkmc vm exec last -- sh FILE`",
    ),
    (
        ["--detach", "[COMMAND]"],
        "a guest that stays is told what to do when it is up: `lkmc vm exec last -- COMMAND`",
    ),
];

/// Why these do not go together.
pub fn conflict(arguments: &[&str]) -> Option<String> {
    let typed = |name: &&str| arguments.iter().any(|argument| argument.starts_with(*name));
    let found = EXCLUSIVE.iter().find(|(names, _)| names.iter().all(&typed))?;
    Some(found.1.to_owned())
}

/// The command of a family, where it was typed behind what it is for. `at`: where that stands in `words`, all that was typed.
pub fn swapped(family: &str, commands: &[&str], words: &[String], at: usize) -> Option<String> {
    let behind = words.get(at + 1)?;
    if family == "lkmc" || !commands.contains(&behind.as_str()) {
        return None;
    }
    let mut words = words.to_vec();
    words.swap(at, at + 1);
    Some(joined("lkmc", words.get(1..)?))
}

/// What to do in place of a command that a family does not have. `words`: all that was typed.
pub fn command(family: &str, wrong: &str, words: &[String]) -> Option<String> {
    if let Some(meant) = start(family, wrong, words) {
        let why = match family {
            "lkmc run" => "`lkmc run` is about runs that were",
            _ => "`run` is what starts it",
        };
        return Some(format!("did you mean `{meant}`? {why}"));
    }
    let found = COMMANDS
        .iter()
        .find(|(of, words, _)| *of == family && words.contains(&wrong))?;
    Some(found.2.to_owned())
}

/// As other tools have it: `run` starts what follows, or what is named starts by itself.
fn start(family: &str, wrong: &str, words: &[String]) -> Option<String> {
    if !["lkmc", "lkmc run", "lkmc profile", "lkmc demo"].contains(&family) {
        return None;
    }
    let profiles = Library::installed().map(|library| library.names()).unwrap_or_default();
    let meant: &[&str] = match wrong {
        "profile" | "demo" if family == "lkmc run" => &[wrong, "run"],
        it if language::is_source(it) => &["demo", "run", it],
        it if it.ends_with(".toml") || profiles.iter().any(|name| name == it) => &["profile", "run", it],
        _ => return None,
    };
    let mut words = words.get(1..)?.to_vec();
    if let Some(family) = family.strip_prefix("lkmc ") {
        let at = words.iter().position(|word| word == family)?;
        words.remove(at);
    }
    let at = words.iter().position(|word| word == wrong)?;
    // It may have been typed behind what it is for.
    let end = at + usize::from(words.get(at + 1).is_some_and(|word| word == "run"));
    words.splice(at..=end, meant.iter().map(|word| (*word).to_owned()));
    Some(joined("lkmc", &words))
}

/// An argument that a command does not take.
pub struct Unexpected {
    pub command: Command,
    /// What the command is called.
    pub path: String,
    pub argument: String,
    /// All that was typed.
    pub words: Vec<String>,
}

impl Unexpected {
    /// What to do about it.
    pub fn advice(&self) -> Option<String> {
        match self.argument.starts_with('-') {
            true => self.foreign(),
            false => self.further(),
        }
    }

    /// What is wrong if an option took the `--` before this word for its value.
    pub fn lacking(&self) -> Option<String> {
        let (option, value) = self.before()?;
        let argument = self.taking_dashes(option).filter(|_| value == "--")?;
        let name = argument.get_value_names()?.first()?;
        Some(format!("`{option}` lacks its value (`{option}={name}`)"))
    }

    fn foreign(&self) -> Option<String> {
        let option = self.argument.as_str();
        let has = |ours: &str| {
            self.command
                .get_arguments()
                .any(|argument| argument.get_long() == Some(ours))
        };
        // clap takes the first letter of `-smp` for an option.
        let typed = self.words.iter().find(|word| word.starts_with(option));
        let moved = MOVED
            .iter()
            .find(|(of, words, _)| *of == self.path && words.contains(&option));
        if let Some((.., advice)) = moved {
            return Some((*advice).to_owned());
        }
        let known = |option: &str| {
            WORDS
                .iter()
                .find(|(words, ours, _)| words.contains(&option) && has(ours))
        };
        let known = typed.and_then(|typed| known(typed)).or_else(|| known(option));
        known.map(|(.., advice)| (*advice).to_owned())
    }

    /// A word too many.
    fn further(&self) -> Option<String> {
        if self.lacking().is_some() {
            return None;
        }
        let argument = self.argument.as_str();
        let (before, rest) = self.words.split_at(self.at()?);
        if let Some((option, value)) = self.before()
            && value.starts_with('-')
            && self.taking_dashes(option).is_some()
        {
            let each = [value, argument].map(|word| format!("{option} {}", quote(word.as_ref())));
            return Some(format!("each word needs an option of its own: `{}`", each.join(" ")));
        }
        let (typed, rest) = (joined("lkmc", before.get(1..)?), joined("", rest));
        if let Some(last) = self.command.get_arguments().find(|argument| argument.is_last_set()) {
            let what = match last.get_id().as_str() {
                "parameters" => "parameters of the module follow",
                "arguments" => "arguments of the program follow",
                "args" => "they follow",
                _ if self.path.starts_with("lkmc gem5") => "the program and its arguments follow",
                _ => "what the guest shall run follows",
            };
            return Some(format!("{what} `--`: `{typed} -- {rest}`"));
        }
        if self.path != "lkmc demo run" {
            return None;
        }
        if let Some(end) = before.iter().position(|word| word == "--") {
            return Some(Self::arguments_of_a_demo(before.get(3..end)?, &self.words[end + 1..]));
        }
        let is_demo = argument.contains('/') || language::is_source(argument);
        Some(match is_demo {
            true => format!(
                "`demo run` runs one; several: `{}`",
                joined("lkmc test", self.words.get(3..)?)
            ),
            false => format!("a profile is given by -p: `{typed} -p {rest}`"),
        })
    }

    /// What is run is said in the demo's file; other commands take what follows `--`.
    fn arguments_of_a_demo(before: &[String], arguments: &[String]) -> String {
        let path = before.iter().find(|word| language::is_source(word));
        let path = path.map_or("PATH", String::as_str);
        let program = language::stem(path.rsplit('/').next().unwrap_or(path));
        let (path, arguments) = (quote(path.as_ref()), joined("", arguments));
        format!(
            "`demo run` runs what the file's block says; parameters of a module: `lkmc dev {path} --once -- {arguments}`; arguments of a \
             program: `lkmc profile run x86_64-qemu --demos {path} -- ./{program} {arguments}`"
        )
    }

    fn at(&self) -> Option<usize> {
        self.words.iter().position(|word| *word == self.argument)
    }

    /// The two words before it.
    fn before(&self) -> Option<(&str, &str)> {
        match self.words.get(..self.at()?)? {
            [.., option, value] => Some((option, value)),
            _ => None,
        }
    }

    /// An option that takes for its value what looks like an option.
    fn taking_dashes(&self, option: &str) -> Option<&Arg> {
        let long = option.strip_prefix("--")?;
        let own = self
            .command
            .get_arguments()
            .find(|argument| argument.get_long() == Some(long))?;
        Some(own).filter(|argument| argument.is_allow_hyphen_values_set())
    }
}

fn joined(start: &str, words: &[String]) -> String {
    let words = words.iter().map(|word| quote(word.as_ref()));
    let start = Some(start.to_owned()).filter(|start| !start.is_empty());
    start.into_iter().chain(words).collect::<Vec<_>>().join(" ")
}
