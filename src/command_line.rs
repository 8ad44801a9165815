//! A program's command line, as data that can be printed, compared and run.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bundle::Program;
use crate::shell::quote;
use crate::store_path::{STORE, StoreOnDisk};

/// Option of the dynamic loader.
const LIBRARIES: &str = "--library-path";

/// The emulator's command line. The first group is the program, each other one an option with its values.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CommandLine {
    pub env: Vec<(String, OsString)>,
    pub groups: Vec<Vec<OsString>>,
}

impl CommandLine {
    /// The program with what it always needs; further options are added by the caller.
    pub fn of_program(program: &Program, store: &StoreOnDisk) -> CommandLine {
        let map = |text: &String| match Path::new(text).starts_with(STORE) {
            true => store.physical(Path::new(text)).into_os_string(),
            false => text.into(),
        };
        let binary = store.physical(&program.binary).into_os_string();
        let mut first = Vec::new();
        if let Some(loader) = &program.loader {
            first.push(store.physical(loader).into_os_string());
            let directories: Vec<PathBuf> = program.library_path.iter().map(|path| store.physical(path)).collect();
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
        let line = CommandLine::of_program(&program, &StoreOnDisk::at("/cache/nix/store"));
        assert_eq!(line.executable(), "/cache/nix/store/r/bin/qemu");
        assert_eq!(CommandLine::of_binary(Path::new("/q")).executable(), "/q");
        assert_eq!(
            line.to_shell(),
            "QEMU_MODULE_DIR=/cache/nix/store/r/modules \\\n    /cache/nix/store/r/ld.so --library-path \
             /cache/nix/store/r/lib:/cache/nix/store/r/usr/lib /cache/nix/store/r/bin/qemu -L /cache/nix/store/r/share"
        );
    }
}
