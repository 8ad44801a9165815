//! The contract between Nix and the launchers: what a build leaves in `share/lkmc/bundle.json`.
//!
//! Paths are store paths (`/nix/store/...`). With a private store they lie elsewhere on the disk:
//! [`StoreOnDisk::physical`] maps them, and nothing else does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::diag::{Error, Result};
use crate::profile::{Arch, Profile, kernel_tree};
use crate::store_path::StoreOnDisk;

/// Raised whenever a field is added, removed or changes meaning.
///
/// 1: first version.
/// 2: the decompressor of `kernel.image`.
/// 3: gem5's boot loader.
/// 4: the server of shares on gem5.
/// 5: the root file system's programs with their symbols.
pub const BUNDLE_VERSION: u32 = 5;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bundle {
    pub version: u32,
    pub arch: Arch,
    pub kernel: Kernel,
    pub rootfs: Rootfs,
    /// ELF that gem5 executes before the kernel; absent on x86_64, where gem5 needs none.
    pub boot_loader: Option<PathBuf>,
    /// Absent for a profile whose emulator the user provides.
    pub emulator: Option<Program>,
    pub gdb: Program,
    /// What serves shares on gem5; QEMU does that itself.
    pub share_server: Option<Program>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Kernel {
    /// What the boot loader takes: `bzImage`, `Image` or `zImage`.
    pub image: PathBuf,
    /// ELF with DWARF.
    pub vmlinux: PathBuf,
    /// ELF of the code that unpacks a compressed `image`; absent where the image is not compressed.
    pub decompressor: Option<PathBuf>,
    pub system_map: PathBuf,
    pub config: PathBuf,
    /// Kbuild output directory against which modules are built.
    pub build_tree: PathBuf,
    /// Unpacked sources; DWARF names files in it.
    pub source: PathBuf,
    /// `uname -r`.
    pub release: String,
}

impl Kernel {
    /// The one that `kernel.tree` names, if it names one.
    pub fn of_profile(profile: &Profile) -> Result<Option<Kernel>> {
        let tree = profile.kernel.tree.as_deref();
        tree.map(|tree| Kernel::of_tree(profile.arch, tree)).transpose()
    }

    /// What `modules_install` wrote, which a directory that somebody builds in has not.
    pub fn installed_modules(&self, store: &StoreOnDisk) -> Option<PathBuf> {
        let modules = store
            .physical(self.image.parent()?)
            .join("lib/modules")
            .join(&self.release);
        modules.is_dir().then_some(modules)
    }

    /// One that the user has built in this directory.
    pub fn of_tree(arch: Arch, tree: &Path) -> Result<Kernel> {
        let release = tree.join(kernel_tree::RELEASE);
        let text = std::fs::read_to_string(&release).map_err(|error| Error::io("cannot read", &release, error))?;
        let source = tree.join(kernel_tree::SOURCE).canonicalize();
        Ok(Kernel {
            image: tree.join(arch.facts().image),
            vmlinux: tree.join(kernel_tree::VMLINUX),
            decompressor: arch.facts().decompressor.map(|file| tree.join(file)),
            system_map: tree.join(kernel_tree::SYSTEM_MAP),
            config: tree.join(kernel_tree::CONFIG),
            build_tree: tree.to_owned(),
            source: source.unwrap_or_else(|_| tree.to_owned()),
            release: text.trim().to_owned(),
        })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rootfs {
    /// Compressed cpio archive.
    pub initramfs: PathBuf,
    /// The same tree as a file system image.
    pub ext4: PathBuf,
    /// Directory with its programs under their names, not stripped; absent where nobody has kept them.
    pub programs: Option<PathBuf>,
}

/// A host program out of a toolbox root, called through that root's own dynamic loader, so that it needs neither the host's
/// libraries nor a namespace: `LOADER --library-path A:B BINARY ARGS...`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Program {
    /// Absent for a program that runs as it is (nixpkgs, static).
    pub loader: Option<PathBuf>,
    pub library_path: Vec<PathBuf>,
    pub binary: PathBuf,
    /// Arguments that the program always needs, before all others; values that begin with `/nix/store/` are mapped.
    pub args: Vec<String>,
    /// Environment; values that begin with `/nix/store/` are mapped.
    pub env: BTreeMap<String, String>,
    pub version: String,
}
