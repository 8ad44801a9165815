//! What programs are debugged with, apart from themselves: GDB, the libc that they run on with its symbols and sources,
//! QEMU's emulator of a process.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::bundle::Program;
use crate::diag::{Error, Result};
use crate::nix::{self, Built, of_profile};
use crate::profile::{Arch, Profile};

/// What the toolbox has a kit for.
pub const ARCHES: &[Arch] = &[Arch::X86_64, Arch::Aarch64, Arch::Arm];

/// `share/lkmc/debuggee.json` of nix/debuggee.nix. Paths are store paths.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Kit {
    pub arch: Arch,
    pub gdb: Program,
    /// QEMU's emulator of one process.
    pub emulator: Program,
    /// Tree of packages of the guest's architecture: what the program runs on.
    pub root: PathBuf,
    /// The dynamic loader, as programs name it: a path below `root`.
    pub loader: String,
    /// Directory of the libraries, a path below `root`.
    pub libraries: String,
    /// Unpacked sources of the libc; its DWARF names files in it as `./stdlib/qsort.c`.
    pub libc_source: PathBuf,
}

pub type BuiltKit = Built<Kit>;

impl BuiltKit {
    /// Builds it. It needs no kernel.
    pub fn of(profile: &Profile, options: &nix::Options) -> Result<BuiltKit> {
        let misread = |message| {
            Error::infrastructure("lkmc::debuggee::bad_kit", message)
                .help("nix/debuggee.nix and src/debuggee/kit.rs must agree")
        };
        let place = ("debuggee", "share/lkmc/debuggee.json");
        of_profile::described(profile, place, misread, options)
    }

    /// What the program runs on.
    pub fn root(&self) -> PathBuf {
        self.store.physical(&self.content.root)
    }

    /// Symbols of the libraries, by build id.
    pub fn debug_files(&self) -> PathBuf {
        self.root().join("usr/lib/debug")
    }

    /// What the libc was compiled from.
    pub fn libc_source(&self) -> PathBuf {
        self.store.physical(&self.content.libc_source)
    }

    /// What shows containers and strings of C++ in GDB by what is in them: a module of Python's, of the package of the library.
    pub fn printers(&self) -> Option<PathBuf> {
        Some(self.root().join("usr/share/gcc/python")).filter(|directory| directory.is_dir())
    }

    /// Directory of the libraries.
    pub fn libraries(&self) -> PathBuf {
        self.root().join(self.content.libraries.trim_start_matches('/'))
    }

    /// The dynamic loader. Where programs look for it Debian has a link to an absolute path, which outside of a guest leads
    /// out of the tree.
    pub fn loader(&self) -> PathBuf {
        self.libraries()
            .join(Path::new(&self.content.loader).file_name().unwrap_or_default())
    }

    /// Makes a tree in which loader and libraries are where programs look for them, and nothing else is.
    pub fn lay_out(&self, root: &Path) -> std::io::Result<()> {
        let links = [
            (&self.content.libraries, self.libraries()),
            (&self.content.loader, self.loader()),
        ];
        for (name, file) in links {
            let link = root.join(name.trim_start_matches('/'));
            std::fs::create_dir_all(link.parent().unwrap_or(root))?;
            std::os::unix::fs::symlink(file, link)?;
        }
        Ok(())
    }
}
