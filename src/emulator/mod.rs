//! Launching: (profile, bundle) -> the emulator's command line, as data that can be printed, compared and run.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bundle::{Bundle, Program};
use crate::diag::{Error, Result};
use crate::nix::STORE;
use crate::profile::{Emulator, Gem5, Profile, Qemu};
use crate::shell::quote;

pub mod gem5;
pub mod kvm;
pub mod qemu;
pub mod qmp;
pub mod record;

/// Option of the dynamic loader.
const LIBRARIES: &str = "--library-path";

/// What one launch needs to know. Nothing in it has side effects.
#[derive(Clone, Copy)]
pub struct Launch<'a> {
    pub profile: &'a Profile,
    pub qemu: &'a Qemu,
    pub bundle: &'a Bundle,
    /// Where a store path lies on this machine's disk.
    pub physical: &'a dyn Fn(&Path) -> PathBuf,
    pub engine: Engine,
    pub disks: &'a [Disk],
    pub memory: MemoryBacking<'a>,
    /// Wait for saved device state, in place of starting with the firmware.
    pub incoming: bool,
}

/// The accelerator that was decided on; [`crate::profile::Accelerator`] is the wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    Kvm,
    Tcg,
}

impl Engine {
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Kvm => "kvm",
            Engine::Tcg => "tcg",
        }
    }
}

/// A disk image that the guest may write to for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    pub path: PathBuf,
    pub format: DiskFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFormat {
    Raw,
    Qcow2,
}

/// What the guest's memory is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryBacking<'a> {
    Anonymous,
    /// Memory is this file: afterwards it is one half of a snapshot.
    Shared(&'a Path),
    /// Memory starts as this file's contents, and the file is not changed.
    Private(&'a Path),
}

/// The emulator's command line. The first group is the program, each other one an option with its values.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CommandLine {
    pub env: Vec<(String, OsString)>,
    pub groups: Vec<Vec<OsString>>,
}

/// Refuses gem5 for what only QEMU can do, before anything is built for it.
pub fn only_qemu<'a>(profile: &'a Profile, what: &str) -> Result<&'a Qemu> {
    match &profile.emulator {
        Emulator::Qemu(qemu) => Ok(qemu),
        Emulator::Gem5(_) => {
            let message = format!("profile `{}` runs on gem5, where lkmc cannot {what}", profile.name);
            Err(Error::usage("lkmc::gem5::unsupported", message).help(
                "use a QEMU profile of the same architecture for that; on gem5 `profile run NAME -- COMMAND` and `demo run` work",
            ))
        }
    }
}

/// For what only gem5 can do.
pub fn only_gem5(profile: &Profile) -> Result<&Gem5> {
    match &profile.emulator {
        Emulator::Gem5(gem5) => Ok(gem5),
        Emulator::Qemu(_) => {
            let message = format!("profile `{}` runs on {}", profile.name, profile.emulator.kind().title());
            Err(Error::usage("lkmc::gem5::not_gem5", message)
                .help("name a gem5 profile: `lkmc profile list` shows them, aarch64-gem5-atomic is the quickest"))
        }
    }
}

impl CommandLine {
    /// The program with what it always needs; further options are added by the caller.
    pub fn of_program(program: &Program, physical: &dyn Fn(&Path) -> PathBuf) -> CommandLine {
        let map = |text: &String| match Path::new(text).starts_with(STORE) {
            true => physical(Path::new(text)).into_os_string(),
            false => text.into(),
        };
        let binary = physical(&program.binary).into_os_string();
        let mut first = Vec::new();
        if let Some(loader) = &program.loader {
            first.push(physical(loader).into_os_string());
            let directories: Vec<PathBuf> = program.library_path.iter().map(|path| physical(path)).collect();
            if !directories.is_empty() {
                let joined = directories
                    .iter()
                    .map(|d| d.as_os_str().as_bytes())
                    .collect::<Vec<_>>()
                    .join(&b':');
                first.extend([LIBRARIES.into(), OsString::from_vec(joined)]);
            }
        }
        first.push(binary);
        first.extend(program.args.iter().map(map));
        let env = program
            .env
            .iter()
            .map(|(name, value)| (name.clone(), map(value)))
            .collect();
        CommandLine {
            env,
            groups: vec![first],
        }
    }

    pub fn of_binary(binary: &Path) -> CommandLine {
        CommandLine {
            env: Vec::new(),
            groups: vec![vec![binary.into()]],
        }
    }

    /// What a run's record has of one.
    pub fn of_words(words: &[String]) -> CommandLine {
        CommandLine {
            env: Vec::new(),
            groups: vec![words.iter().map(Into::into).collect()],
        }
    }

    /// The file whose code runs: a program of the toolbox follows its dynamic loader and that one's option.
    pub fn executable(&self) -> &OsStr {
        let words: Vec<&OsString> = self.argv().take(4).collect();
        match words.as_slice() {
            [_, option, _, program] if *option == LIBRARIES => program,
            [program, ..] => program,
            [] => OsStr::new(""),
        }
    }

    pub fn argv(&self) -> impl Iterator<Item = &OsString> {
        self.groups.iter().flatten()
    }

    pub fn to_command(&self) -> Command {
        let mut argv = self.argv();
        // The first group always begins with the program.
        let mut command = Command::new(argv.next().map_or(OsStr::new("false"), |program| program));
        command
            .args(argv)
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// For pasting into a shell: one group a line.
    pub fn to_shell(&self) -> String {
        let env = self.env.iter().map(|(name, value)| format!("{name}={}", quote(value)));
        let groups = self
            .groups
            .iter()
            .map(|group| group.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "));
        env.chain(groups).collect::<Vec<_>>().join(" \\\n    ")
    }
}

/// The emulator of a launch: the user's own, else the bundle's.
fn program(launch: &Launch) -> Result<CommandLine> {
    let program = qemu_program(launch.qemu, launch.bundle.emulator.as_ref(), launch.physical);
    program.ok_or_else(|| no_emulator(launch.profile))
}

/// The user's own, else the one that was built.
pub fn qemu_program(qemu: &Qemu, built: Option<&Program>, physical: &dyn Fn(&Path) -> PathBuf) -> Option<CommandLine> {
    match &qemu.binary {
        Some(binary) => Some(CommandLine::of_binary(binary)),
        None => built.map(|program| CommandLine::of_program(program, physical)),
    }
}

pub fn no_emulator(profile: &Profile) -> Error {
    let message = format!("profile `{}` has no emulator", profile.name);
    Error::usage("lkmc::emulator::none", message).help("set `emulator.binary` to one that you built")
}

/// Under this name the guest mounts a share.
pub fn share_tag(index: usize) -> String {
    format!("share{index}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        let quoted = |word: &str| quote(OsStr::new(word));
        assert_eq!(quoted("virtio-blk-pci,drive=root"), "virtio-blk-pci,drive=root");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("console=ttyS0 panic=-1"), "'console=ttyS0 panic=-1'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$HOME"), "'$HOME'");
    }

    #[test]
    fn a_program_of_the_toolbox_runs_through_its_own_loader() {
        let program = Program {
            loader: Some("/nix/store/r/ld.so".into()),
            library_path: vec!["/nix/store/r/lib".into(), "/nix/store/r/usr/lib".into()],
            binary: "/nix/store/r/bin/qemu".into(),
            args: vec!["-L".into(), "/nix/store/r/share".into()],
            env: [("QEMU_MODULE_DIR".into(), "/nix/store/r/modules".into())].into(),
            version: "7.2".into(),
        };
        let line = CommandLine::of_program(&program, &|path| {
            Path::new("/cache").join(path.strip_prefix("/").unwrap())
        });
        assert_eq!(line.executable(), "/cache/nix/store/r/bin/qemu");
        assert_eq!(CommandLine::of_binary(Path::new("/q")).executable(), "/q");
        assert_eq!(
            line.to_shell(),
            "QEMU_MODULE_DIR=/cache/nix/store/r/modules \\\n    /cache/nix/store/r/ld.so --library-path \
             /cache/nix/store/r/lib:/cache/nix/store/r/usr/lib /cache/nix/store/r/bin/qemu -L /cache/nix/store/r/share"
        );
    }
}
