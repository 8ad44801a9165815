//! A profile as Nix reads it: pure, no input or output.
//!
//! Every byte can mean a rebuild; so nothing is in it that a build does not depend on, such as the line an option came from or
//! the size of the guest's memory.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::debian::File;
use crate::diag::{Error, Result};
use crate::profile::{Arch, Content, EmulatorKind, Gem5Variant, KernelVersion, Profile, RootfsKind, ToolboxKind};

/// Raised whenever a field is added, removed or changes meaning.
///
/// 1: first version.
/// 2: how gem5 is built.
/// 3: the processors of a second kind.
/// 4: patches of the kernel.
/// 5: nothing of the machine that no build depends on.
/// 6: root file systems of Debian packages.
/// 7: a whole configuration of the kernel, and other sources.
pub const LOWERED_VERSION: u32 = 7;

/// What every root file system gets first; the overlays of profiles go over it.
pub const ROOTFS_OVERLAY: &str = "rootfs_overlay";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lowered {
    pub version: u32,
    pub name: String,
    pub arch: Arch,
    pub toolbox: ToolboxKind,
    pub kernel: Kernel,
    pub rootfs: Rootfs,
    pub emulator: Emulator,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kernel {
    pub version: KernelVersion,
    /// Relative to the checkout if inside it, else absolute; like the following ones.
    pub source: Option<String>,
    pub patches: Vec<String>,
    pub config_file: Option<String>,
    pub config: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rootfs {
    pub kind: RootfsKind,
    /// Relative to the checkout if inside it, else absolute.
    pub overlay: Vec<String>,
    /// Beside busybox.
    pub packages: Vec<String>,
    /// Package files of Debian in busybox's place.
    pub debs: Option<Vec<File>>,
    pub size: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Emulator {
    pub kind: EmulatorKind,
    pub binary: Option<String>,
    /// Absent for an emulator that is not compiled for this profile.
    pub build: Option<Gem5Build>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gem5Build {
    /// Relative to the checkout if inside it, else absolute.
    pub source: String,
    /// gem5's names of instruction sets.
    pub isas: Vec<String>,
    pub variant: Gem5Variant,
    pub options: Vec<String>,
}

/// Lowers a profile. `repository` is only compared with the paths in it. The one reason why a valid profile cannot be lowered is that
/// its packages have not been locked.
pub fn lower(profile: &Profile, repository: &Path) -> Result<Lowered> {
    let place = |path: &Path| {
        path.strip_prefix(repository)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned()
    };
    let config = profile
        .kernel
        .config
        .iter()
        .map(|(symbol, request)| (symbol.clone(), request.value.clone()));
    let (packages, debs) = match &profile.rootfs.content {
        Content::Busybox(packages) => (packages.clone(), None),
        Content::Debian(locked) => (
            Vec::new(),
            Some(locked.clone().map_err(|unlocked| Error::from(*unlocked))?),
        ),
    };
    Ok(Lowered {
        version: LOWERED_VERSION,
        name: profile.name.clone(),
        arch: profile.arch,
        toolbox: profile.toolbox,
        kernel: Kernel {
            version: profile.kernel.version,
            source: profile.kernel.source.as_deref().map(place),
            patches: profile.kernel.patches.iter().map(|path| place(path)).collect(),
            config_file: profile.kernel.config_file.as_ref().map(|file| place(&file.path)),
            config: config.collect(),
        },
        rootfs: Rootfs {
            kind: profile.rootfs.kind,
            overlay: std::iter::once(ROOTFS_OVERLAY.to_string())
                .chain(profile.rootfs.overlay.iter().map(|path| place(path)))
                .collect(),
            packages,
            debs,
            size: profile.rootfs.size.0,
        },
        emulator: Emulator {
            kind: profile.emulator.kind(),
            binary: profile.emulator.binary().map(place),
            build: profile.emulator.build().map(|build| Gem5Build {
                source: place(&build.source),
                isas: vec![profile.arch.facts().gem5_isa.to_owned()],
                variant: build.variant,
                options: build.options.clone(),
            }),
        },
    })
}

impl Lowered {
    /// What a build reads of the profile's own, beside the file itself: a new field with a path belongs here, or a change in
    /// what it names builds nothing.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.rootfs
            .overlay
            .iter()
            .chain(&self.kernel.patches)
            .chain(&self.kernel.config_file)
            .map(String::as_str)
    }

    /// The same of what is too large to be hashed for each run: sources that are compiled for it.
    pub fn large_files(&self) -> impl Iterator<Item = &str> {
        let emulator = self.emulator.build.as_ref().map(|build| &build.source);
        self.kernel.source.iter().chain(emulator).map(String::as_str)
    }

    /// The committed form: sorted keys, for small differences, and a final newline.
    pub fn to_json(&self) -> String {
        // Serializing plain structs with string keys cannot fail.
        let mut value = serde_json::to_value(self).expect("lowered profiles are plain data");
        value.sort_all_objects();
        let mut text = serde_json::to_string_pretty(&value).expect("JSON values print");
        text.push('\n');
        text
    }
}
