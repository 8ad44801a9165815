//! The readers of dumps that are programs of their own: drgn and crash.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::bundle::Program;
use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::profile::Arch;
use crate::store_path::StoreOnDisk;

use super::open::Dump;

/// What `nix/dump-readers.nix` builds, and the file in it.
pub const ATTRIBUTE: &str = "dumpReaders";
pub const FILE: &str = "readers.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Drgn,
    Crash,
}

impl Reader {
    pub fn name(self) -> &'static str {
        match self {
            Reader::Drgn => "drgn",
            Reader::Crash => "crash",
        }
    }

    /// Why this reader cannot read a dump of that architecture, if so.
    fn obstacle(self, arch: Arch) -> Option<&'static str> {
        match self {
            Reader::Crash => (arch != Arch::X86_64).then_some("it is built for x86_64 and reads dumps of x86_64 only"),
            Reader::Drgn => (!arch.facts().vmcoreinfo).then_some(
                "it wants the kernel's description of itself (vmcoreinfo), which these kernels do not give to QEMU",
            ),
        }
    }

    /// Refuses what would only end in a message of the reader that explains less.
    pub fn check(self, arch: Arch) -> Result<()> {
        match self.obstacle(arch) {
            None => Ok(()),
            Some(why) => {
                let message = format!("{} does not read dumps of {arch}: {why}", self.name());
                Err(Error::usage("lkmc::dump::reader", message).help("`lkmc gdb --core` reads them all"))
            }
        }
    }

    /// The reader on a dump; `arguments` are the user's.
    pub fn command_line(
        self,
        program: &Program,
        store: &StoreOnDisk,
        dump: &Dump,
        arguments: &[OsString],
    ) -> CommandLine {
        let mut line = CommandLine::of_program(program, store);
        let mut push = |words: &[&std::ffi::OsStr]| line.groups.push(words.iter().map(OsString::from).collect());
        match self {
            Reader::Drgn => {
                push(&["-c".as_ref(), dump.core.as_ref()]);
                push(&["-s".as_ref(), dump.kit.vmlinux.as_ref()]);
                for module in dump.kit.modules.values().filter(|path| path.exists()) {
                    push(&["-s".as_ref(), module.as_ref()]);
                }
                line.groups.push(arguments.to_vec());
            }
            Reader::Crash => {
                // Its options come first.
                if has_module_memory(&dump.release) {
                    push(&["--no_modules".as_ref()]);
                }
                line.groups.push(arguments.to_vec());
                line.groups
                    .push(vec![dump.kit.vmlinux.clone().into(), dump.core.clone().into()]);
            }
        }
        line.groups.retain(|group| !group.is_empty());
        line
    }
}

/// Since 6.4 a module is in memory of several types. Debian's crash, of 2022, gives up at the first module of such a kernel.
fn has_module_memory(release: &str) -> bool {
    let mut numbers = release.split(['.', '-']).map(|part| part.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= (6, 4),
        _ => false,
    }
}

/// The programs of a toolbox, from the built attribute.
pub fn programs(built: &Path) -> Result<BTreeMap<String, Program>> {
    let path = built.join(FILE);
    let text = std::fs::read(&path).map_err(|error| Error::io("cannot read", &path, error))?;
    serde_json::from_slice(&text).map_err(|error| {
        Error::infrastructure(
            "lkmc::dump::readers",
            format!("{} cannot be understood", path.display()),
        )
        .cause(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_whose_modules_crash_does_not_know() {
        let releases = ["6.12.117", "6.4.0-rc1", "7.0", "6.1.176", "5.10.0-28-amd64", ""];
        let known: Vec<bool> = releases.iter().map(|release| has_module_memory(release)).collect();
        assert_eq!(known, [true, true, true, false, false, false]);
    }
}
