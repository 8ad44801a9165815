//! What the command line changes for one run.
//!
//! Options become one more file on top of the profile, so that they go through the same checks and a conflict labels the
//! option and the line of the profile that it disagrees with.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use clap_complete::{ArgValueCandidates, CompletionCandidate};

use super::extends::{Gaps, Written};
use super::tree::{Kind, Node};
use super::{Accelerator, Forward, Library, Profile, Share, edit, raw, structure};
use crate::diag::{Diagnostics, Error, Result};
use crate::shell::quote;
use crate::source::Source;
use crate::units::{ByteSize, from_argument};

/// What any command may change about the profile that it is given.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Number of processors
    #[arg(long, value_name = "N", value_parser = parse_processors)]
    pub cpus: Option<u32>,
    /// Memory, with its unit: 512MiB
    #[arg(long, value_name = "SIZE", value_parser = from_argument::<ByteSize>)]
    pub memory: Option<ByteSize>,
    /// The kernel that you have built in this directory, in place of the profile's
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub kernel_tree: Option<PathBuf>,
    /// Another value for any key of the profile: cache.l2.size=1MiB; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<Setting>,
}

impl Settings {
    /// All of them as `--set` takes them.
    pub fn typed(&self) -> Vec<String> {
        let cpus = self.cpus.map(|count| format!("cpu.count={count}"));
        let memory = self.memory.map(|size| format!("memory.size={size}"));
        let tree = self
            .absolute_tree()
            .map(|tree| format!("kernel.tree={}", tree.display()));
        let set = self.set.iter().map(Setting::to_string);
        cpus.into_iter().chain(memory).chain(tree).chain(set).collect()
    }

    /// A profile may lie elsewhere than where the user is.
    fn absolute_tree(&self) -> Option<PathBuf> {
        let tree = self.kernel_tree.as_ref()?;
        Some(std::path::absolute(tree).unwrap_or_else(|_| tree.clone()))
    }
}

/// A key of a profile and its value, as they are typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub value: String,
}

impl Setting {
    /// What `--param` sets of gem5's objects, as a key of the profile.
    pub fn of_gem5(param: &Setting) -> Setting {
        // JSON's strings are TOML's.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        Setting {
            key: format!("emulator.params.{}", quoted(&param.key)),
            value: quoted(&param.value),
        }
    }
}

impl std::str::FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Setting, String> {
        let wanted = || "a key, `=` and a value are wanted: cache.l2.size=1MiB".to_owned();
        let (key, value) = text.split_once('=').ok_or_else(wanted)?;
        let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
        match key.is_empty() || value.is_empty() {
            true => Err(wanted()),
            false => Ok(Setting { key, value }),
        }
    }
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

/// What a run may change about its profile without editing it.
#[derive(Clone, Debug, Default, Args)]
pub struct MachineOverrides {
    #[command(flatten)]
    pub settings: Settings,
    /// kvm, tcg or auto
    #[arg(long, value_name = "NAME", value_parser = parse_accelerator, add = ArgValueCandidates::new(accelerators))]
    pub accelerator: Option<Accelerator>,
    /// Append to the kernel command line; several arguments may stand in one ARG; repeatable
    #[arg(long, value_name = "ARG", allow_hyphen_values = true, value_parser = parse_argument)]
    pub kernel_arg: Vec<String>,
    /// Append to QEMU's arguments; repeatable, never combined with a snapshot
    #[arg(long, value_name = "ARG", allow_hyphen_values = true, value_parser = parse_qemu_argument)]
    pub qemu_arg: Vec<String>,
    /// Connect the guest to the host's network through QEMU's user-mode stack
    #[arg(long)]
    pub network: bool,
    /// Forward a TCP port of the host's loopback address: HOST:GUEST (HOST 0: a free one); implies --network; repeatable
    #[arg(long, value_name = "HOST:GUEST", value_parser = parse_forward)]
    pub forward: Vec<Forward>,
    /// Share a host directory: HOST:GUEST[:rw], read-only unless :rw; repeatable
    #[arg(long, value_name = "HOST:GUEST[:rw]", value_hint = ValueHint::DirPath, value_parser = parse_share, help_heading = "Files")]
    pub share: Vec<Share>,
    /// Attach a raw or qcow2 image as a virtio disk, written to for good; repeatable
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Files")]
    pub disk: Vec<PathBuf>,
}

fn parse_processors(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=512).contains(number));
    number.ok_or_else(|| "a whole number from 1 to 512".into())
}

/// Anything that may be meant as one: `--` begins the guest's command.
fn parse_argument(text: &str) -> Result<String, String> {
    match text {
        "--" => Err("it begins the command".into()),
        text => Ok(text.to_owned()),
    }
}

/// Apart as the kernel takes them apart (lib/cmdline.c, next_arg): at blanks that are not between double quotes.
fn kernel_words(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let is_end = |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    };
    let words: Vec<&str> = text.split(is_end).filter(|word| !word.is_empty()).collect();
    match words.is_empty() {
        // It is refused with the others.
        true => vec![text],
        false => words,
    }
}

/// No option of QEMU's has its value in the same word.
fn parse_qemu_argument(text: &str) -> Result<String, String> {
    let option = text
        .strip_prefix('-')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    match option.and_then(|_| text.split_once(' ')) {
        Some((option, value)) => Err(format!(
            "QEMU would get it as one word; write --qemu-arg={option} --qemu-arg={}",
            quote(value.trim_start().as_ref())
        )),
        None => parse_argument(text),
    }
}

fn accelerators() -> Vec<CompletionCandidate> {
    Accelerator::NAMES.iter().map(CompletionCandidate::new).collect()
}

fn parse_accelerator(text: &str) -> Result<Accelerator, String> {
    Accelerator::from_name(text)
        .ok_or_else(|| format!("no such accelerator; one of: {}", Accelerator::NAMES.join(", ")))
}

fn parse_forward(text: &str) -> Result<Forward, String> {
    text.parse()
}

fn parse_share(text: &str) -> Result<Share, String> {
    text.parse()
}

/// A profile by its name or path, with other values for some of its keys. All that is built of it is built of this one.
pub fn load_with(name: &str, settings: &Settings) -> Result<Profile> {
    let library = Library::installed()?;
    library.apply_settings(library.load(name)?, settings)
}

/// The profile as one run wants it.
pub fn apply_overrides(profile: Profile, overrides: &MachineOverrides) -> Result<Profile> {
    Library::installed()?.apply(profile, overrides)
}

impl Library {
    pub fn apply(&self, profile: Profile, overrides: &MachineOverrides) -> Result<Profile> {
        let mut options = Options::default();
        options.all(overrides)?;
        self.put(options, profile)
    }

    pub fn apply_settings(&self, profile: Profile, settings: &Settings) -> Result<Profile> {
        let mut options = Options::default();
        options.settings(settings)?;
        self.put(options, profile)
    }

    /// Values of keys that other options than `--set` give, each as it was written. A problem labels that.
    pub fn apply_values(&self, profile: Profile, written: &[(String, Vec<Setting>)]) -> Result<Profile> {
        let mut options = Options::default();
        for (written, settings) in written {
            options.values(written, settings)?;
        }
        self.put(options, profile)
    }

    fn put(&self, options: Options, profile: Profile) -> Result<Profile> {
        if options.entries.is_empty() {
            return Ok(profile);
        }
        let mut problems = Diagnostics::default();
        let written = options.over(profile.provenance.written(), &mut problems);
        self.prove(&profile.path, Some(written), problems)
    }
}

/// The options as they could have been typed, and what each one sets.
#[derive(Default)]
struct Options {
    text: String,
    entries: Vec<Entry>,
}

struct Entry {
    key: &'static str,
    value: Value,
    range: std::ops::Range<usize>,
}

enum Value {
    Set(Kind),
    Append(Kind),
    /// A table of strings, appended.
    AppendTable(Vec<(&'static str, String)>),
    /// What a file would say.
    File(Node),
}

impl Options {
    fn settings(&mut self, settings: &Settings) -> Result<()> {
        if let Some(count) = settings.cpus {
            self.add(
                "--cpus",
                &count.to_string(),
                "cpu.count",
                Value::Set(Kind::Integer(count.into())),
            );
        }
        if let Some(size) = settings.memory {
            let text = size.to_string();
            self.add("--memory", &text, "memory.size", Value::Set(Kind::String(text.clone())));
        }
        if let Some(tree) = settings.absolute_tree() {
            let written = tree.to_string_lossy();
            let value = Kind::String(written.to_string());
            self.add("--kernel-tree", &written, "kernel.tree", Value::Set(value));
        }
        for setting in &settings.set {
            self.values(&format!("--set {setting}"), std::slice::from_ref(setting))?;
        }
        Ok(())
    }

    /// One option. Values get their types from their keys, as in `lkmc profile set`.
    fn values(&mut self, written: &str, settings: &[Setting]) -> Result<()> {
        let mut file = Source::new("command line", "");
        for setting in settings {
            file = Source::new("command line", edit::set(&file, &setting.key, &setting.value)?);
        }
        let file = Node::parse(&file, 0)?;
        if file.get("extends").is_some() {
            let message = "`extends` cannot be set here: what a profile extends is below its own values";
            return Err(Error::usage("lkmc::profile::bad_key", message)
                .help("a file of your own can extend several profiles: extends = [\"NAME\", \"OTHER\"]"));
        }
        self.add(written, "", "", Value::File(file));
        Ok(())
    }

    fn all(&mut self, overrides: &MachineOverrides) -> Result<()> {
        self.settings(&overrides.settings)?;
        let text = |value: &dyn ToString| Kind::String(value.to_string());
        if let Some(name) = overrides.accelerator {
            self.add(
                "--accelerator",
                name.as_str(),
                "emulator.accelerator",
                Value::Set(text(&name)),
            );
        }
        for argument in overrides.kernel_arg.iter().flat_map(|text| kernel_words(text)) {
            self.add(
                "--kernel-arg",
                argument,
                "kernel.command-line",
                Value::Append(text(&argument)),
            );
        }
        for argument in &overrides.qemu_arg {
            self.add(
                "--qemu-arg",
                argument,
                "emulator.extra-args",
                Value::Append(text(argument)),
            );
        }
        let enable = || Value::Set(Kind::Boolean(true));
        if overrides.network {
            self.add("--network", "", "network.enable", enable());
        }
        for forward in &overrides.forward {
            let written = format!("{}:{}", forward.host, forward.guest);
            self.add("--forward", &written, "network.forward", Value::Append(text(&written)));
            self.also("network.enable", enable());
        }
        for share in &overrides.share {
            let host = share.host.to_string_lossy().into_owned();
            let fields = [
                ("host", host.clone()),
                ("guest", share.guest.clone()),
                ("mode", share.mode.to_string()),
            ];
            let written = format!("{host}:{}:{}", share.guest, share.mode);
            self.add("--share", &written, "share", Value::AppendTable(fields.into()));
        }
        Ok(())
    }

    fn add(&mut self, option: &str, argument: &str, key: &'static str, value: Value) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(option);
        if !argument.is_empty() {
            self.text.push(' ');
            self.text.push_str(argument);
        }
        self.entries.push(Entry {
            key,
            value,
            range: start..self.text.len(),
        });
    }

    /// What the option that was added last sets besides.
    fn also(&mut self, key: &'static str, value: Value) {
        let range = self.entries.last().map(|entry| entry.range.clone()).unwrap_or_default();
        self.entries.push(Entry { key, value, range });
    }

    fn over(self, mut tree: Node, problems: &mut Diagnostics) -> Written {
        let mut gaps = Gaps::default();
        let source = Source::new("command line", self.text);
        let schema = raw::file_schema();
        let layer = tree.layer + 1;
        for entry in self.entries {
            let span = source.span(entry.range);
            let node = |kind: Kind| Node {
                kind,
                span: span.clone(),
                key: None,
                layer,
            };
            let appended = |element: Node| {
                let before = tree.get(entry.key).map(Node::elements).unwrap_or_default();
                node(Kind::Array(before.iter().cloned().chain([element]).collect()))
            };
            let value = match entry.value {
                Value::File(mut file) => {
                    file.moved_to(&span, layer);
                    let taken_out = structure::check(&mut file, &schema, &structure::PROFILE, problems);
                    gaps.cover(&file, &taken_out);
                    tree.merge(file);
                    continue;
                }
                Value::Set(kind) => node(kind),
                Value::Append(kind) => appended(node(kind)),
                Value::AppendTable(fields) => {
                    let fields = fields
                        .into_iter()
                        .map(|(key, text)| (key.to_string(), node(Kind::String(text))));
                    appended(node(Kind::Table(fields.collect())))
                }
            };
            tree.set(entry.key, value);
        }
        Written::new(tree, gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_arguments_are_apart_at_blanks_outside_of_quotes() {
        assert_eq!(kernel_words("quiet"), ["quiet"]);
        assert_eq!(kernel_words("  -- poweroff\t-f "), ["--", "poweroff", "-f"]);
        assert_eq!(
            kernel_words("dyndbg=\"file a.c +p; file b.c +p\" quiet"),
            ["dyndbg=\"file a.c +p; file b.c +p\"", "quiet"]
        );
        for whole in ["", " ", "a=\"b c"] {
            assert_eq!(kernel_words(whole), [whole]);
        }
    }
}
