//! A demo: one source file that shows one thing, with all that is needed to run it and to check what it prints standing in its
//! leading comment (docs/demos.md).
//!
//! ```text
//! file -> comment -> block (TOML) -> Demo -> nix (build) -> guest -> Observed -> expect -> verdict
//! ```

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::diag::{Error, Result};
use crate::profile::{self, Arch, EmulatorKind, KernelVersion, MachineOverrides, Profile, Qemu, Setting, Settings};
use crate::source::Span;
use crate::suggest;
use crate::verdict::Verdict;

pub(crate) mod block;
pub(crate) mod build;
mod candidate;
mod check;
pub(crate) mod comment;
mod diff;
mod discover;
pub(crate) mod editor;
pub(crate) mod expect;
pub(crate) mod host;
pub(crate) mod includes;
mod kbuild;
pub mod language;
mod load;
pub(crate) mod modules;
mod mutate;
pub(crate) mod observation;
mod outside;
mod own_kernel;
pub mod pattern;
pub mod raw;
pub(crate) mod select;

pub use discover::Collection;
pub use expect::{Mismatch, compare};
pub use load::{is_path, load};
pub use mutate::mutations;
pub use outside::Chosen;

/// A demo whose block has been checked.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Demo {
    /// Path below the repository, or as the user gave it: the demo's name everywhere.
    pub name: String,
    /// Absolute.
    pub path: PathBuf,
    pub kind: Kind,
    /// First sentence of the comment.
    pub summary: String,
    /// The comment without the block.
    pub explanation: String,
    pub arches: Vec<Arch>,
    /// What the kernel must have been configured with.
    pub kconfig: Vec<Requirement>,
    /// What is built: the demo itself first, then `modules`, then `companion`.
    pub parts: Vec<Part>,
    /// All files that the build reads: the parts, and what they include with quotes, transitively. Absolute, sorted.
    pub sources: Vec<PathBuf>,
    /// Directory that all sources are below: the repository for a shipped demo.
    pub root: PathBuf,
    /// The compiler's, for programs.
    pub cflags: Vec<String>,
    /// Lines added to the Kbuild file.
    pub kbuild: Vec<String>,
    /// Modules of the kernel's own tree: drivers/misc/dummy-irq.ko.
    pub tree_modules: Vec<String>,
    pub machine: Machine,
    pub runs: Vec<Run>,
    pub skips: Vec<Skip>,
}

/// What a file becomes in the guest's /lkmc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `STEM.ko`.
    Module,
    /// `STEM`, statically linked.
    Program,
    /// Itself.
    Script,
    /// A directory with a Kbuild file of the user's: every `.ko` that it builds.
    KbuildDirectory,
    /// All that runs on a board, without Linux: `STEM`, in no guest's `/lkmc`.
    BareMetal,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Part {
    pub kind: Kind,
    /// Absolute.
    pub path: PathBuf,
}

/// `KPROBES=y`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requirement {
    pub symbol: String,
    pub value: String,
}

/// What the demo changes about the profile's machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Machine {
    pub cpus: Option<u32>,
    pub cpu_model: Option<CpuModel>,
    pub memory: Option<crate::units::ByteSize>,
    pub kernel_args: Vec<String>,
    pub qemu_args: Vec<String>,
}

/// One of QEMU's processors, with its properties: `max,pauth=off`.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct CpuModel {
    pub name: String,
    /// Where it is asked for, for messages.
    #[serde(skip)]
    pub span: Option<Span>,
}

impl PartialEq for CpuModel {
    fn eq(&self, other: &CpuModel) -> bool {
        self.name == other.name
    }
}

impl Eq for CpuModel {}

impl CpuModel {
    /// Whether a profile with QEMU can have it: KVM has nothing but the host's processor, all of it or less.
    pub fn is_for(&self, qemu: &Qemu) -> bool {
        !qemu.needs_kvm() || (self.name == "max" && ["max", "host"].contains(&qemu.cpu.as_str()))
    }

    /// Whether it takes the place of the profile's own. `host` is as much as `max` under KVM, and gem5 has other models.
    fn replaces(&self, profile: &Profile) -> bool {
        let qemu = profile.emulator.qemu();
        qemu.is_some_and(|qemu| qemu.cpu != self.name && !(qemu.needs_kvm() && self.is_for(qemu)))
    }
}

impl Machine {
    /// A profile's machine with what the demo changes about it.
    pub fn applied_to(&self, profile: &Profile) -> Result<Profile> {
        profile::apply_overrides(profile.clone(), &self.overrides(profile))
    }

    /// The processor that takes the place of this profile's, if one does.
    pub fn other_cpu(&self, profile: &Profile) -> Option<&CpuModel> {
        self.cpu_model.as_ref().filter(|model| model.replaces(profile))
    }

    /// The same as options of a command.
    pub fn overrides(&self, profile: &Profile) -> MachineOverrides {
        let cpu = self.other_cpu(profile).map(|model| Setting {
            key: "cpu.model".into(),
            value: model.name.clone(),
        });
        MachineOverrides {
            settings: Settings {
                cpus: self.cpus,
                memory: self.memory,
                kernel_tree: None,
                set: cpu.into_iter().collect(),
            },
            kernel_arg: self.kernel_args.clone(),
            qemu_arg: self.qemu_args.clone(),
            ..MachineOverrides::default()
        }
    }

    /// With what another one sets in place of what this one does.
    pub fn with(&self, other: Machine) -> Machine {
        let list = |other: Vec<String>, own: &Vec<String>| if other.is_empty() { own.clone() } else { other };
        Machine {
            cpus: other.cpus.or(self.cpus),
            cpu_model: other.cpu_model.or_else(|| self.cpu_model.clone()),
            memory: other.memory.or(self.memory),
            kernel_args: list(other.kernel_args, &self.kernel_args),
            qemu_args: list(other.qemu_args, &self.qemu_args),
        }
    }
}

/// One pristine guest, one shell command line, and what must come of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Run {
    pub name: Option<String>,
    /// On other architectures the run does not take place.
    pub arches: Option<Vec<Arch>>,
    /// `sh -e -c` runs this in /lkmc; empty for a program on bare metal, which has no shell.
    pub guest: String,
    /// The demo's machine with what this run changes about it.
    pub machine: Machine,
    #[serde(serialize_with = "in_seconds")]
    pub timeout: Duration,
    pub expect: Expect,
    /// The `[[lkmc.run]]` header, for messages.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// Each text is a line or lines of patterns (pattern.rs).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Expect {
    /// Of the guest's command; `None` if the run does not promise that it ends.
    pub status: Option<u8>,
    /// `Pass` means that the guest's kernel survives, whatever the command's status.
    pub verdict: Verdict,
    pub stdout: Text,
    pub stderr: Text,
    /// Lines of the kernel log, in this order; others may come between.
    pub dmesg: Vec<String>,
    /// Lines that the kernel log must not have.
    pub dmesg_not: Vec<String>,
    /// Lines of the decoded stack, in this order; others may come between.
    pub stack: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// The whole text.
    Exact(String),
    /// These lines in this order; others may come between. Without lines anything goes.
    Has(Vec<String>),
}

impl Demo {
    /// The refusal of a profile that it does not run on.
    pub fn not_here(&self, profile: &Profile, reason: &str) -> Error {
        let message = format!("{} does not run on {}: {reason}", self.name, profile.name);
        let help = match select::elsewhere(self).as_slice() {
            // What is against it here may be no more than the kernel's configuration, which the reason is about.
            names if names.is_empty() || names.contains(&profile.name.as_str()) => {
                "`lkmc demo show` says what it needs".to_owned()
            }
            names => format!(
                "it runs on {}, for example; `lkmc demo show` says what it needs",
                suggest::list(names)
            ),
        };
        Error::usage("lkmc::demo::not_here", message).help(help)
    }

    /// Refuses a profile that it does not run on whatever the kernel's configuration is: before there is a kernel.
    pub fn refuse_elsewhere(&self, profile: &Profile) -> Result<()> {
        select::not_here(self, profile).map_or(Ok(()), |reason| Err(self.not_here(profile, &reason)))
    }

    /// What is run on an architecture.
    pub fn runs_on(&self, arch: Arch) -> impl Iterator<Item = &Run> {
        let there = self.arches.contains(&arch);
        self.runs
            .iter()
            .filter(move |run| there && run.arches.as_ref().is_none_or(|arches| arches.contains(&arch)))
    }
}

impl Expect {
    /// The command succeeds and the kernel survives; what they print does not matter.
    pub fn anything() -> Expect {
        Expect {
            status: Some(0),
            verdict: Verdict::Pass,
            stdout: Text::anything(),
            stderr: Text::anything(),
            dmesg: Vec::new(),
            dmesg_not: Vec::new(),
            stack: Vec::new(),
        }
    }
}

impl Text {
    pub fn anything() -> Text {
        Text::Has(Vec::new())
    }

    pub fn nothing() -> Text {
        Text::Exact(String::new())
    }
}

/// `docs/demos.md`.
pub fn reference() -> String {
    let mut text = include_str!("reference.md").to_string();
    let schema = &raw::SCHEMA["properties"]["lkmc"];
    crate::profile::reference::table(schema, "lkmc", "`[lkmc]`", None, &mut text);
    text
}

fn in_seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// Where a demo does not run, and why.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Skip {
    pub arch: Option<Arch>,
    pub kernel: Option<KernelVersion>,
    pub emulator: Option<EmulatorKind>,
    pub reason: String,
}

/// What one run of a demo did, as the guest and the console told it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Of the guest's command; `None` if it did not end.
    pub status: Option<u8>,
    pub verdict: Option<Verdict>,
    pub stdout: String,
    pub stderr: String,
    /// Kernel log since the run began, without time stamps.
    pub dmesg: Vec<String>,
    /// `FUNCTION at FILE:LINE` of the first report in the log, innermost first.
    pub stack: Vec<String>,
}
