//! What may be written in a profile file: the schema, and nothing else.
//!
//! A field that is not optional must have a value once a profile, the files that it extends and lkmc's defaults
//! (`defaults.toml`) are merged; a single file may leave out anything. Every field is documented here, because this text is
//! the reference manual and the editor's help.

use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Prefetcher;
use super::{
    Accelerator, Arch, EmulatorKind, Forward, Gem5Variant, KernelVersion, RootfsKind, RootfsMedium, ShareMode,
    ToolboxKind,
};
use crate::units::{ByteSize, Frequency, Seconds, UnitError};

/// A machine and the software on it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawProfile {
    /// Profiles and fragments to start from, applied in order: later ones win over earlier ones, this file over all.
    /// Looked up beside this file first, then among the shipped profiles; `.toml` may be left out.
    #[serde(default)]
    pub extends: Vec<String>,
    /// One line for `lkmc profile list`.
    pub description: String,
    /// Architecture of the guest. The one setting that has no default.
    pub arch: Arch,
    /// Where compilers, emulators and sources come from.
    pub toolbox: ToolboxKind,
    pub kernel: RawKernel,
    pub rootfs: RawRootfs,
    pub emulator: RawEmulator,
    pub cpu: RawCpu,
    pub memory: RawMemory,
    pub cache: Option<RawCache>,
    pub little: Option<RawLittle>,
    pub console: RawConsole,
    pub network: Option<RawNetwork>,
    /// Host directories that the guest sees, one `[[share]]` each; at most two on gem5.
    #[serde(default)]
    pub share: Vec<RawShare>,
    pub limits: RawLimits,
}

/// The Linux kernel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawKernel {
    /// Series; the exact release is pinned by the toolbox.
    pub version: KernelVersion,
    /// Other sources than the toolbox's: a tarball, as kernel.org has them and `git archive --prefix=linux/` writes them, or Debian's package
    /// `linux-source-...`; relative to this file. `version` is then the series that they are nearest to.
    pub source: Option<String>,
    /// Changes to its sources, as `git format-patch` and `diff -u` write them (`patch -p1`), in order; relative to this file.
    pub patches: Vec<String>,
    /// Boot the kernel that you have built in this directory (Kbuild's output, with `.config` and `vmlinux`) in place of the
    /// toolbox's; relative to this file. Modules of demos are not built for it.
    pub tree: Option<String>,
    /// A whole `.config`, such as one that came with a report of a fault; relative to this file. All other options win over it, and what
    /// Kconfig does not make of it is told by `profile check --kconfig` and not refused.
    pub config_file: Option<String>,
    /// Kconfig files with what a kernel needs to boot here at all; `fragments` and `config` win over them.
    pub base: Vec<String>,
    /// Kconfig files with what this profile adds. Two of them that disagree are an error, unless `config` decides.
    pub fragments: Vec<String>,
    /// Single options, without `CONFIG_`: `DEBUG_FS = "y"`, `LOG_BUF_SHIFT = 17`, `LOCALVERSION = "-test"`.
    /// They win over `base` and `fragments`.
    #[serde(default)]
    #[schemars(schema_with = "kconfig_options")]
    pub config: BTreeMap<String, Value>,
    /// Let the kernel choose its addresses anew at each boot (KASLR), as distributions do. Off, two boots have the same ones.
    pub kaslr: bool,
    /// Arguments for the kernel, added after those that the emulator needs.
    pub command_line: Vec<String>,
}

/// The root file system.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawRootfs {
    /// What it is made of.
    pub kind: RootfsKind,
    /// How it reaches the kernel.
    pub medium: RootfsMedium,
    /// Programs for the guest. Beside busybox: `mbw` (memory bandwidth), `strace`, `stress-ng` (not on riscv64). Of kind `debian`: any
    /// packages of `main` of Debian 12; what they depend on comes with them. `lkmc profile lock` chooses their versions.
    pub packages: Vec<String>,
    /// Directories that are copied over it in order, after lkmc's own `rootfs_overlay`; relative to this file.
    pub overlay: Vec<String>,
    /// Size of the file system when `medium` is `ext4`.
    pub size: Written<ByteSize>,
}

/// The program that plays the machine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawEmulator {
    /// Which one.
    pub kind: EmulatorKind,
    /// How QEMU executes guest code. QEMU only.
    pub accelerator: Option<Accelerator>,
    /// The board: QEMU's `-machine` with its options, or the name of a gem5 platform.
    pub machine: String,
    /// Passed to QEMU after all other arguments. QEMU only.
    #[serde(default)]
    pub extra_args: Vec<String>,
    /// An emulator that you built, in place of the toolbox's; relative to this file.
    pub binary: Option<String>,
    /// Debug flags of gem5 whose messages are kept of each command, for `lkmc trace`: `Exec`, `Cache`, `O3PipeView`; a dash
    /// before a name leaves it out of a group. gem5 only.
    #[serde(default)]
    pub trace: Vec<String>,
    /// Parameters of gem5's objects, as `--param` sets them: `"system.cpu_cluster.l2.replacement_policy" = "RandomRP"`. gem5 only.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// gem5 compiled from its sources, in place of one that exists. gem5 only.
    pub build: Option<RawGem5Build>,
}

/// gem5 compiled from its sources.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawGem5Build {
    /// Directory of the sources, a clone of your own for example; relative to this file. (The flake's pinned ones: `nix build
    /// .#gem5.ARM.opt`, and its program as `binary`.)
    pub source: String,
    /// `opt` if not given.
    pub variant: Option<Gem5Variant>,
    /// Lines of gem5's Kconfig beside the instruction set, such as `RUBY=y`.
    #[serde(default)]
    pub options: Vec<String>,
}

/// The processors.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawCpu {
    /// QEMU's `-cpu`, or a gem5 CPU model: `AtomicSimpleCPU`, `TimingSimpleCPU`, `MinorCPU`, `HPI` or `DerivO3CPU`.
    pub model: String,
    /// How many.
    #[schemars(range(min = 1, max = 512))]
    pub count: u32,
    /// Clock rate, up to 1000GHz. gem5 only.
    pub clock: Option<Written<Frequency>>,
}

/// Main memory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawMemory {
    /// How much.
    pub size: Written<ByteSize>,
    /// gem5's memory model, for example `DDR3_1600_8x8`, or `SimpleMemory`, which answers after a fixed time. gem5 only.
    pub model: Option<String>,
    /// Memories of this model side by side, each with a controller of its own; 128 bytes after 128 bytes lie in one after the other. A
    /// power of two. gem5 only.
    #[schemars(range(min = 1, max = 64))]
    pub channels: Option<u32>,
}

/// Caches; a level that is absent or of no size is not simulated. gem5 only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawCache {
    /// First level, instructions.
    pub l1i: Option<RawCacheLevel>,
    /// First level, data.
    pub l1d: Option<RawCacheLevel>,
    /// Second level, shared by all processors of the kind.
    pub l2: Option<RawCacheLevel>,
    /// Third level, shared by all processors, those of `[little]` too. It has the clock of `[cpu]`.
    pub l3: Option<RawCacheLevel>,
}

/// Caches of the second kind of processors; a level that is absent or of no size is not simulated. gem5 only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawLittleCache {
    /// First level, instructions.
    pub l1i: Option<RawCacheLevel>,
    /// First level, data.
    pub l1d: Option<RawCacheLevel>,
    /// Second level, shared by all processors of the kind.
    pub l2: Option<RawCacheLevel>,
}

/// Processors of a second kind beside those of `[cpu]`, on the same memory, with caches of their own: Arm's big.LITTLE. gem5 only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawLittle {
    /// Without a clock, that of `[cpu]` is used. `AtomicSimpleCPU` cannot be combined with another model.
    pub cpu: RawCpu,
    pub cache: Option<RawLittleCache>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawCacheLevel {
    /// Capacity. Capacity / associativity / 64-byte lines must be a power of two. `0B`: the level is not simulated, whatever an
    /// extended profile says.
    pub size: Written<ByteSize>,
    /// Ways of each set.
    #[schemars(range(min = 1, max = 1024))]
    pub associativity: u32,
    /// Processor cycles from a request to its data; with `AtomicSimpleCPU` hits and misses are counted and take no time.
    #[schemars(range(min = 1, max = 100_000))]
    pub latency: u32,
    /// What fetches lines before they are asked for; without it nothing does.
    pub prefetcher: Option<Prefetcher>,
}

/// What one kind of processors has to itself of the caches that are simulated, by name.
pub type Levels<'a> = [(&'static str, Option<&'a RawCacheLevel>); 3];

impl RawProfile {
    /// Those of `[cpu]`.
    pub fn levels(&self) -> Levels<'_> {
        let cache = self.cache.as_ref();
        levels(cache.map(|cache| [&cache.l1i, &cache.l1d, &cache.l2]))
    }

    /// What all processors share.
    pub fn third_level(&self) -> Option<&RawCacheLevel> {
        simulated(&self.cache.as_ref()?.l3)
    }
}

impl RawLittle {
    pub fn levels(&self) -> Levels<'_> {
        let cache = self.cache.as_ref();
        levels(cache.map(|cache| [&cache.l1i, &cache.l1d, &cache.l2]))
    }
}

fn levels(written: Option<[&Option<RawCacheLevel>; 3]>) -> Levels<'_> {
    let [l1i, l1d, l2] = written.map_or([None; 3], |all| all.map(simulated));
    [("l1i", l1i), ("l1d", l1d), ("l2", l2)]
}

fn simulated(level: &Option<RawCacheLevel>) -> Option<&RawCacheLevel> {
    level.as_ref().filter(|level| level.size.0 != ByteSize(0))
}

/// The guest's serial console; it is always recorded in the run directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawConsole {
    /// Show it from the first boot message: on standard error beside a command, on the terminal before a shell. Such a run
    /// boots; it is not restored from a snapshot. `lkmc profile run --console` does this once.
    pub show: bool,
}

/// The guest's network. QEMU only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawNetwork {
    /// Connect the guest through QEMU's user-mode stack. Off, the guest reaches nothing.
    pub enable: bool,
    /// TCP ports of the host's loopback address that lead into the guest: `"2222:22"`; host port 0 takes a free one.
    #[serde(default)]
    pub forward: Vec<Written<Forward>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawShare {
    /// Directory on the host, relative to this file.
    pub host: String,
    /// Where the guest mounts it.
    pub guest: String,
    /// Who may write; `ro` if not given.
    pub mode: Option<ShareMode>,
}

/// Deadlines, in this machine's time on either emulator.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawLimits {
    /// From the start of the emulator to the guest's prompt.
    pub boot: Written<Seconds>,
    /// For a command run in the guest; an interactive shell has no limit.
    pub command: Written<Seconds>,
}

/// A value that is written as a string in a notation of its own.
#[derive(Clone, Copy, Debug)]
pub struct Written<T>(pub T);

/// A notation: how it is called, and how it is read.
pub trait Notation: Sized {
    /// `format` in the schema.
    const FORMAT: &'static str;
    const PATTERN: &'static str;
    const EXAMPLE: &'static str;
    fn read(text: &str) -> Result<Self, UnitError>;
}

/// A notation without its type, for the structure check.
pub struct Format {
    pub name: &'static str,
    /// Code of the diagnostic for a text that is not in this notation.
    pub code: &'static str,
    pub example: &'static str,
    pub check: fn(&str) -> Result<(), UnitError>,
}

macro_rules! notations {
    ($($type:ty = $format:literal, $code:literal, $pattern:literal, $example:literal;)+) => {
        $(impl Notation for $type {
            const FORMAT: &'static str = $format;
            const PATTERN: &'static str = $pattern;
            const EXAMPLE: &'static str = $example;
            fn read(text: &str) -> Result<Self, UnitError> {
                <$type>::from_str(text).map_err(Into::into)
            }
        })+
        pub const FORMATS: &[Format] = &[$(Format {
            name: $format,
            code: $code,
            example: $example,
            check: |text| <$type>::read(text).map(|_| ()),
        }),+];
    };
}

notations! {
    ByteSize = "size", "lkmc::profile::bad_size", "^[0-9.]+ ?(B|KiB|MiB|GiB|TiB)$", "512MiB";
    Frequency = "frequency", "lkmc::profile::bad_frequency", "^[0-9.]+ ?(Hz|kHz|MHz|GHz)$", "2GHz";
    Seconds = "time", "lkmc::profile::bad_time", "^[0-9.]+ ?(ms|s|m|h)$", "90s";
    Forward = "port forward", "lkmc::profile::bad_forward", "^[0-9]+:[0-9]+$", "2222:22";
}

impl<'de, T: Notation> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::read(&text).map(Written).map_err(serde::de::Error::custom)
    }
}

impl<T: Notation> JsonSchema for Written<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::FORMAT.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": T::FORMAT, "pattern": T::PATTERN, "examples": [T::EXAMPLE] })
    }
}

/// Kconfig symbols are an open set: only Kconfig knows them, and answers in `lkmc profile check --kconfig`.
fn kconfig_options(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": { "type": ["string", "integer"] } })
}

/// The schema of a complete profile: what has no value after merging is missing.
pub fn schema() -> Value {
    schema_of::<RawProfile>()
}

/// A schema as the structure check reads it: no references, no null.
pub fn schema_of<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    remove_null(&mut schema);
    schema
}

/// The schema of one file, which may leave out what another file or a default provides.
pub fn file_schema() -> Value {
    let mut schema = schema();
    remove_required(&mut schema);
    schema["title"] = "lkmc profile".into();
    schema
}

/// What `lkmc profile schema` prints and `profiles/schema.json` holds.
pub fn file_schema_text() -> String {
    format!("{:#}\n", file_schema())
}

/// TOML has no null; an optional key is simply absent.
fn remove_null(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(choices) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice["type"] != "null");
        if let [only] = choices.as_slice() {
            let only = only.clone();
            replace_choice(schema, only);
        }
    }
    for key in ["enum", "examples"] {
        if let Some(values) = schema.get_mut(key).and_then(Value::as_array_mut) {
            values.retain(|value| !value.is_null());
        }
    }
    children(schema).for_each(remove_null);
}

/// Puts the one remaining choice in the place of `anyOf`; the field's own description wins over its type's.
fn replace_choice(schema: &mut Value, only: Value) {
    if let (Some(outer), Value::Object(inner)) = (schema.as_object_mut(), only) {
        outer.remove("anyOf");
        for (key, value) in inner {
            outer.entry(key).or_insert(value);
        }
    }
}

/// Array elements are never merged, so what they require they require in every file.
fn remove_required(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        object.remove("required");
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(remove_required);
    }
}

fn children(schema: &mut Value) -> impl Iterator<Item = &mut Value> {
    let object = schema.as_object_mut();
    object
        .into_iter()
        .flat_map(|object| object.iter_mut())
        .flat_map(|(key, value)| match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().collect::<Vec<_>>(),
            ("items" | "additionalProperties", value @ Value::Object(_)) => vec![value],
            _ => Vec::new(),
        })
}
