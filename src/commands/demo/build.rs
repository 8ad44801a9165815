//! `lkmc demo build`: what a demo is built into, for whoever wants the files, and for editors.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use crate::cli::{DemoOnProfile, Global};
use crate::commands::build::options;
use crate::commands::{print, print_json};
use crate::demo::{Demo, build, editor};
use crate::diag::{Error, Result};
use crate::nix::demos::BuiltDemo;

use super::chosen;
use super::run::target;

pub fn build(global: &Global, choice: &DemoOnProfile, output: Option<&Path>) -> Result<ExitCode> {
    let (demo, name, profile) = chosen(choice)?;
    let target = target(global, &demo, profile)?;
    let built = build::build_one(&target.profile, &demo, &options(global))?;
    let guest = built.guest();
    let mut files = listed(&guest).map_err(|error| Error::io("cannot read", &guest, error))?;
    if let Some(output) = output {
        let copied = fs::create_dir_all(output).and_then(|()| files.iter().map(|file| copy(file, output)).collect());
        files = copied.map_err(|error| Error::io("cannot write to", output, error))?;
    }
    let commands = output
        .map(|output| for_editors(&demo, &built, output))
        .transpose()?
        .flatten();
    if global.json {
        let warnings = &built.content.warnings;
        return print_json(&json!({
            "demo": demo.name, "profile": name, "files": files, "compile-commands": commands, "warnings": warnings,
        }));
    }
    let lines = files.iter().map(|file| format!("{}\n", file.display()));
    print(&lines.collect::<String>())
}

/// How its sources are compiled, beside the copies; nothing of scripts.
fn for_editors(demo: &Demo, built: &BuiltDemo, output: &Path) -> Result<Option<PathBuf>> {
    let compiled = editor::commands(demo, built)?;
    let some = !compiled.is_empty();
    some.then(|| editor::write(output, &compiled)).transpose()
}

fn listed(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Files of a store are nobody's to write to, and a copy of one is the user's, like any that a compiler makes.
fn copy(file: &Path, directory: &Path) -> io::Result<PathBuf> {
    let to = directory.join(file.file_name().unwrap_or_default());
    if to.exists() {
        fs::remove_file(&to)?;
    }
    fs::write(&to, fs::read(file)?)?;
    let executable = file.metadata()?.permissions().mode() & 0o111 != 0;
    if executable {
        // Whoever may read it by the user's mask may execute it.
        let mode = to.metadata()?.permissions().mode();
        fs::set_permissions(&to, fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2)))?;
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_users_own_and_takes_the_place_of_an_older_one() {
        let directory = tempfile::tempdir().unwrap();
        let (store, output) = (directory.path().join("store"), directory.path().join("out"));
        for at in [&store, &output] {
            fs::create_dir(at).unwrap();
        }
        for (name, mode) in [("hello.ko", 0o444), ("hello", 0o555)] {
            fs::write(store.join(name), name).unwrap();
            fs::set_permissions(store.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        for _ in 0..2 {
            for file in listed(&store).unwrap() {
                copy(&file, &output).unwrap();
            }
        }
        let mode = |name: &str| output.join(name).metadata().unwrap().permissions().mode();
        assert_eq!(fs::read_to_string(output.join("hello.ko")).unwrap(), "hello.ko");
        assert_eq!((mode("hello.ko") & 0o111, mode("hello.ko") & 0o200), (0, 0o200));
        assert_eq!(mode("hello") & 0o300, 0o300);
    }
}
