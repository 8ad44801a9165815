//! A profile: the machine and the software that one run wants.
//!
//! [`raw`] is what was written, [`Profile`] is what was proven; nothing downstream sees the raw form.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::debian::File;
use crate::diag::{Diagnostic, Result};
use crate::units::ByteSize;

mod check;
mod defaults;
pub mod edit;
pub(crate) mod emulator;
mod extends;
pub(crate) mod kconfig;
pub(crate) mod kernel_tree;
mod library;
mod other_words;
mod overrides;
pub mod packages;
mod prove;
pub mod raw;
pub mod reference;
pub mod report;
pub(crate) mod rules;
pub mod show;
pub mod starter;
pub(crate) mod structure;
pub mod symbols;
pub(crate) mod tree;
mod view;

pub use arch::{Arch, machine_name};
pub use emulator::{Cache, CacheLevel, Cluster, Emulator, Gem5, Gem5Build, Qemu};
pub use library::{Library, read};
pub use overrides::{MachineOverrides, Setting, Settings, apply_overrides, load_with};
use tree::Node;

/// Declares a closed set of names once: the enum, its spelling in profiles, and the list that suggestions draw from.
macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }
        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),+];
            pub const NAMES: &[&str] = &[$($text),+];
            pub fn as_str(self) -> &'static str { match self { $($name::$variant => $text),+ } }
            pub fn from_name(name: &str) -> Option<Self> { match name { $($text => Some($name::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}

// Uses the macro, so it comes after it.
mod arch;

names! {
    /// How gem5 is compiled.
    Gem5Variant {
        /// Optimised, with checks and traces.
        Opt = "opt",
        /// Optimised, without checks and traces.
        Fast = "fast",
        /// For debugging gem5 itself.
        Debug = "debug",
    }
}

names! {
    /// Where tools and sources come from.
    ToolboxKind {
        /// Pinned Debian packages, hashed in the lock file; needs a Debian mirror and nothing else.
        Debian = "debian",
        /// The nixpkgs input of the flake.
        Nixpkgs = "nixpkgs",
    }
}

names! {
    /// Kernel series; the exact release is pinned by the toolbox.
    KernelVersion { V6_12 = "6.12", V6_1 = "6.1" }
}

names! {
    /// What the root filesystem is made of.
    RootfsKind {
        /// A static busybox built from source.
        Busybox = "busybox",
        /// Buildroot (not available yet).
        Buildroot = "buildroot",
        /// Packages of Debian 12, unpacked over busybox; not on riscv64, which it does not have.
        Debian = "debian",
    }
}

names! {
    /// How the root filesystem reaches the kernel.
    RootfsMedium {
        /// Unpacked into memory by the kernel.
        Initramfs = "initramfs",
        /// A read-only ext4 image on a virtio block device, changes kept in memory.
        Ext4 = "ext4",
    }
}

names! {
    /// The program that plays the machine.
    EmulatorKind { Qemu = "qemu", Gem5 = "gem5" }
}

impl EmulatorKind {
    /// As its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            EmulatorKind::Qemu => "QEMU",
            EmulatorKind::Gem5 => "gem5",
        }
    }
}

names! {
    /// How QEMU executes guest code.
    Accelerator {
        /// KVM where a probe guest runs under it, else TCG; `run.json` says which and why, and on a terminal lkmc says so if KVM cannot be used.
        Auto = "auto",
        /// The host's virtualisation; refused with the reason where it does not work.
        Kvm = "kvm",
        /// QEMU's binary translator.
        Tcg = "tcg",
    }
}

names! {
    /// A gem5 prefetcher.
    Prefetcher {
        /// Follows each instruction's distance from one access to the next.
        Stride = "stride",
        /// Fetches the line after one that was missed, or that was fetched ahead and used.
        Tagged = "tagged",
        /// Nothing is fetched ahead, whatever an extended profile says.
        None = "none",
    }
}

names! {
    /// A gem5 CPU model.
    Gem5Cpu {
        AtomicSimple = "AtomicSimpleCPU",
        TimingSimple = "TimingSimpleCPU",
        Minor = "MinorCPU",
        Hpi = "HPI",
        DerivO3 = "DerivO3CPU",
    }
}

names! {
    /// Who may write to a host directory shared with the guest; enforced on the host.
    ShareMode { ReadOnly = "ro", ReadWrite = "rw" }
}

/// Where a value was written, for messages about what later became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    pub file: PathBuf,
    /// Counted from 1.
    pub line: u32,
}

/// A profile that has been proven consistent. Every default has been applied.
#[derive(Clone, Debug)]
pub struct Profile {
    pub name: String,
    pub description: String,
    /// The profile's own file.
    pub path: PathBuf,
    pub arch: Arch,
    pub toolbox: ToolboxKind,
    pub kernel: Kernel,
    pub rootfs: Rootfs,
    pub emulator: Emulator,
    pub memory: ByteSize,
    pub console: Console,
    pub shares: Vec<Share>,
    pub limits: Limits,
    /// What was written where, defaults included.
    pub provenance: Arc<Node>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Kernel {
    pub version: KernelVersion,
    /// A tarball in place of the toolbox's.
    pub source: Option<PathBuf>,
    /// Put onto its sources in order.
    pub patches: Vec<PathBuf>,
    /// Where the user has built another one, to be booted in its place.
    pub tree: Option<PathBuf>,
    /// What the kernel is configured with where nothing is requested.
    pub config_file: Option<ConfigFile>,
    /// Every requested symbol without `CONFIG_`; `n` means that it must be off.
    pub config: BTreeMap<String, KconfigRequest>,
    /// Whether the kernel may choose its addresses anew at each boot.
    pub kaslr: bool,
    /// Added after the arguments that the launcher needs, in order.
    pub command_line: Vec<String>,
}

/// A whole `.config`, of which Kconfig takes what it can.
#[derive(Clone, Debug, Serialize)]
pub struct ConfigFile {
    pub path: PathBuf,
    /// By symbols, like requests.
    #[serde(skip)]
    pub lines: BTreeMap<String, KconfigRequest>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KconfigRequest {
    /// As in `.config`: `y`, `m`, `n`, a number, or a quoted string.
    pub value: String,
    pub origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
pub struct Rootfs {
    pub kind: RootfsKind,
    pub medium: RootfsMedium,
    /// Directories copied over the root in order; later files replace earlier ones.
    pub overlay: Vec<PathBuf>,
    pub packages: Vec<String>,
    /// Size of the ext4 image.
    pub size: ByteSize,
    #[serde(skip)]
    pub content: Content,
}

/// What a build makes a root file system of.
#[derive(Clone, Debug)]
pub enum Content {
    /// Of busybox, and of these programs beside it.
    Busybox(Vec<String>),
    /// Of packages of Debian: exactly these files, or why it is not known which.
    Debian(Result<Vec<File>, Box<Diagnostic>>),
}

#[derive(Clone, Debug, Serialize)]
pub struct Console {
    /// Shown when a command is run, as with `--console`.
    pub show: bool,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Network {
    pub enable: bool,
    pub forwards: Vec<Forward>,
}

/// A host TCP port on the loopback address, forwarded to the guest; host port 0 takes a free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Forward {
    pub host: u16,
    pub guest: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Directory on the host.
    pub host: PathBuf,
    /// Mount point in the guest.
    pub guest: String,
    pub mode: ShareMode,
}

/// Deadlines; a run that passes one ends with the verdict `timeout`.
#[derive(Clone, Debug, Serialize)]
pub struct Limits {
    /// From the start of the emulator to the guest's prompt.
    pub boot: Duration,
    /// For the guest command; none for an interactive shell.
    pub command: Option<Duration>,
}

impl std::str::FromStr for Forward {
    type Err = String;
    /// `HOST:GUEST`.
    fn from_str(text: &str) -> Result<Self, String> {
        let port = |part: &str| {
            part.parse::<u16>()
                .map_err(|_| format!("`{part}` is no port number; for example 2222:22"))
        };
        let (host, guest) = text.split_once(':').ok_or("write HOST:GUEST, for example 2222:22")?;
        match (port(host)?, port(guest)?) {
            (_, 0) => Err("the guest port cannot be 0".into()),
            (host, guest) => Ok(Forward { host, guest }),
        }
    }
}

impl std::str::FromStr for Share {
    type Err = String;
    /// `HOST:GUEST[:ro|:rw]`; the guest path is absolute.
    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || format!("write HOST:GUEST or HOST:GUEST:rw with an absolute guest path, not `{text}`");
        // A host path may have colons; a guest path is what begins with the last `:/`.
        let (host, rest) = text
            .rsplit_once(":/")
            .filter(|(host, _)| !host.is_empty())
            .ok_or_else(usage)?;
        let (guest, mode) = match rest.split_once(':') {
            None => (rest, ShareMode::ReadOnly),
            Some((guest, name)) => {
                let mode = ShareMode::from_name(name);
                (
                    guest,
                    mode.ok_or_else(|| format!("`{name}` is no mode of a share: ro or rw"))?,
                )
            }
        };
        Ok(Share {
            host: host.into(),
            guest: format!("/{guest}"),
            mode,
        })
    }
}

/// Loads a shipped profile by name, or any by path, and proves it.
pub fn load(name: &str) -> Result<Profile> {
    Library::installed()?.load(name)
}

impl Profile {
    /// Refuses a profile that no host like this one can run, though others can. `host` is [`std::env::consts::ARCH`].
    pub fn check_host(&self, host: &str) -> Result<()> {
        let kvm = self.emulator.qemu().is_some_and(Qemu::needs_kvm);
        match kvm && self.arch.as_str() != host {
            true => Err(check::kvm_elsewhere(&self.provenance, self.arch, host).into()),
            false => Ok(()),
        }
    }

    /// Whether the kernel command line names another init than ours, which need not start the agent.
    pub fn has_custom_init(&self) -> bool {
        self.kernel
            .command_line
            .iter()
            .flat_map(|argument| argument.split_whitespace())
            .any(|word| {
                let init = word.strip_prefix("init=").or_else(|| word.strip_prefix("rdinit="));
                init.is_some_and(|init| init != "/init")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_cut_where_the_guest_path_begins() {
        let parts = |text: &str| text.parse::<Share>().map(|it| (it.host, it.guest, it.mode));
        let share = |host: &str, guest: &str, mode| Ok((host.into(), guest.to_owned(), mode));
        assert_eq!(parts("/a:/mnt"), share("/a", "/mnt", ShareMode::ReadOnly));
        assert_eq!(
            parts("co:lon/x:/mnt/b:rw"),
            share("co:lon/x", "/mnt/b", ShareMode::ReadWrite)
        );
        assert!(parts("/a:/mnt:RW").is_err_and(|why| why.contains("`RW` is no mode")));
        for wrong in ["/a", ":/mnt", "/a:mnt", "a:b:ro"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }
}
