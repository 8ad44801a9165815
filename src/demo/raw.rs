//! What may be written in a demo's block: the schema, and nothing else.
//!
//! Every field is documented here, because this text is the reference in docs/demos.md.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::profile::raw::{Written, schema_of};
use crate::profile::structure::Dialect;
use crate::profile::{Arch, EmulatorKind, KernelVersion};
use crate::units::{ByteSize, Seconds};
use crate::verdict::Verdict;

/// The text between the markers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFile {
    #[serde(default)]
    pub lkmc: RawDemo,
}

/// What the demo needs, and how it is run. Paths start from the file's own directory.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawDemo {
    /// Where the demo runs; all architectures if not given (on bare metal `aarch64` and `arm`), or the one that its path names:
    /// `arch/aarch64/`.
    pub arches: Option<Vec<Arch>>,
    /// What the guest's kernel must have been configured with, as `.config` spells it: `"KPROBES=y"`. Every kernel has
    /// `MODULES`.
    pub kconfig: Vec<String>,
    /// Further modules (`.c`, all in one directory), built together, so that one can use the other's symbols.
    pub modules: Vec<String>,
    /// Programs (C, C++ or assembly, linked statically) and scripts that are put beside the demo in the guest.
    pub companion: Vec<String>,
    /// Options of the compiler for the programs, after lkmc's own (`-Og -g`): `"-O2"`, `"-fopenmp"`.
    pub cflags: Vec<String>,
    /// Lines added to the Kbuild file: `"CFLAGS_float.o += -mhard-float"`.
    pub kbuild: Vec<String>,
    /// Modules of the kernel's own tree that are put beside the demo: `"drivers/misc/dummy-irq.ko"`.
    pub tree_modules: Vec<String>,
    pub machine: RawMachine,
    /// How the demo is run and what must come of that, one `[[lkmc.run]]` for each pristine guest. A module has at least
    /// one; a program or script without any is started, and must end with status 0 and say nothing. Expected lines are
    /// [patterns](demos.md#patterns).
    pub run: Vec<RawRun>,
    /// Where the demo does not run, one `[[lkmc.skip]]` each. All keys that are given must hold at once.
    pub skip: Vec<RawSkip>,
}

/// What differs from the profile's machine.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawMachine {
    /// Number of processors.
    #[schemars(range(min = 1, max = 512))]
    pub cpus: Option<u32>,
    /// QEMU's `-cpu`, for instructions that the profile's processor may lack: `"max"` has all that QEMU can play. On gem5 the demo
    /// runs on the profile's models. Under KVM, where there is only the host's processor, a demo that asks for `max` runs
    /// if the profile's is `max` or `host`, and no other.
    pub cpu_model: Option<String>,
    /// Memory.
    pub memory: Option<Written<ByteSize>>,
    /// Added to the kernel's command line.
    pub kernel_args: Vec<String>,
    /// Added to QEMU's arguments: `["-device", "edu"]`.
    pub qemu_args: Vec<String>,
}

/// One pristine guest: what is run in it, and what must come of that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawRun {
    /// Tells several runs apart.
    pub name: Option<String>,
    /// Only there; wherever the demo runs if not given.
    pub arches: Option<Vec<Arch>>,
    /// What `sh -e` runs in `/lkmc`, as root. Every run has it, but for those on bare metal, where there is no shell.
    pub guest: Option<String>,
    /// What differs for this run from the demo's machine.
    #[serde(default)]
    pub machine: RawMachine,
    /// Exit status; 0 if not given, and not compared if the verdict is one in which the command need not end.
    #[schemars(range(min = 0, max = 255))]
    pub status: Option<u8>,
    /// What becomes of the guest; `pass` if not given.
    pub verdict: Option<ExpectedVerdict>,
    /// After this long the verdict is `timeout`; `20s` if not given.
    pub timeout: Option<Written<Seconds>>,
    /// All that goes to standard output, exactly; nothing if not given, and not compared if the guest does not survive.
    pub stdout: Option<String>,
    /// Lines of standard output in this order; others may come between. In place of `stdout`.
    pub stdout_has: Option<Vec<String>>,
    /// All that goes to standard error, as with `stdout`.
    pub stderr: Option<String>,
    /// Lines of standard error, as with `stdout-has`.
    pub stderr_has: Option<Vec<String>>,
    /// Lines of the kernel's log in this order, without time stamps; others may come between. The log is that of the
    /// console, which leaves out debug messages.
    #[serde(default)]
    pub dmesg: Vec<String>,
    /// Lines that must not be in the kernel's log.
    #[serde(default)]
    pub dmesg_not: Vec<String>,
    /// Lines of the decoded stack of the first report in the log, innermost first; others may come between:
    /// `"oops_demo_init at kernel_modules/oops.c:{dec}"`.
    #[serde(default)]
    pub stack: Vec<String>,
}

/// Where the demo does not run. All keys that are given must hold at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawSkip {
    /// On this architecture.
    pub arch: Option<Arch>,
    /// With a kernel of this series.
    pub kernel: Option<KernelVersion>,
    /// In this emulator.
    pub emulator: Option<EmulatorKind>,
    /// Why, with a link where there is one.
    pub reason: String,
}

/// How a run is meant to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectedVerdict {
    /// The kernel survives; `status` says what the command returns.
    Pass,
    /// The kernel panics, or resets the machine without a word, on a PC by a triple fault.
    Panic,
    /// The kernel reports that it did something that it must not, and goes on.
    Oops,
    /// A processor or a task makes no progress, and the kernel says so.
    Lockup,
    /// The kernel finds no init.
    NoInit,
    /// Nothing ends.
    Timeout,
    /// The emulator ends on its own, or the run cannot go on: the agent is killed, for example.
    EmulatorDied,
}

impl From<ExpectedVerdict> for Verdict {
    fn from(expected: ExpectedVerdict) -> Verdict {
        match expected {
            ExpectedVerdict::Pass => Verdict::Pass,
            ExpectedVerdict::Panic => Verdict::Panic,
            ExpectedVerdict::Oops => Verdict::Oops,
            ExpectedVerdict::Lockup => Verdict::Lockup,
            ExpectedVerdict::NoInit => Verdict::NoInit,
            ExpectedVerdict::Timeout => Verdict::Timeout,
            ExpectedVerdict::EmulatorDied => Verdict::EmulatorDied,
        }
    }
}

/// Of [`RawFile`].
pub static SCHEMA: LazyLock<Value> = LazyLock::new(schema_of::<RawFile>);

pub const DIALECT: Dialect = Dialect {
    unknown_key: "lkmc::demo::unknown_key",
    unknown_name: "lkmc::demo::unknown_name",
    wrong_type: "lkmc::demo::wrong_type",
    out_of_range: "lkmc::demo::out_of_range",
    missing_key: "lkmc::demo::missing_key",
    control_character: None,
    notation: |_| "lkmc::demo::bad_quantity",
    other_word,
    absent,
};

/// What authors reach for, and how it is called here.
fn other_word(key: &str) -> Option<&'static str> {
    const WORDS: &[(&[&str], &str)] = &[
        (&["arch", "architectures"], "arches"),
        (&["config", "kernel-config", "needs"], "kconfig"),
        (&["companions", "programs", "scripts"], "companion"),
        (&["module", "depends", "dependencies"], "modules"),
        (&["command", "cmd", "script"], "guest"),
        (&["output", "out"], "stdout"),
        (&["log", "kernel-log"], "dmesg"),
        (&["exit-status", "exit-code", "exit"], "status"),
        (&["runs"], "run"),
        (&["skips"], "skip"),
        (&["smp", "cores", "processors"], "cpus"),
        (&["cpu", "model", "processor", "mcpu"], "cpu-model"),
        (&["append", "cmdline", "command-line"], "kernel-args"),
        (&["backtrace", "trace", "call-trace"], "stack"),
    ];
    let key = key.to_lowercase().replace('_', "-");
    let found = WORDS.iter().find(|(words, _)| words.contains(&key.as_str()));
    found.map(|(_, ours)| *ours)
}

fn absent(path: &str) -> Option<&'static str> {
    match path {
        "lkmc.name" => Some("a demo is called as its file is"),
        "lkmc.description" | "lkmc.summary" => Some("the first sentence of the comment describes the demo"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::profile::structure::all_paths;

    use super::*;

    #[test]
    fn what_other_words_lead_to_exists() {
        let mut paths = Vec::new();
        all_paths(&SCHEMA, "", &mut paths);
        for word in ["arch", "config", "cmd", "log", "exit-code", "smp", "append", "runs"] {
            let ours = other_word(word).expect("it is listed");
            assert!(
                paths.iter().any(|path| path.rsplit('.').next() == Some(ours)),
                "{ours}: {paths:?}"
            );
        }
    }
}
