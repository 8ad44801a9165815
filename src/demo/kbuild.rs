//! A demo's modules, built outside of Nix's sandbox against a directory that Kbuild has built a kernel in. Kbuild writes beside the
//! sources, so it gets copies of them; into the kernel's directory it writes nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::diag::{Error, Result};
use crate::nix;

use super::{Demo, Kind};

/// Of whoever runs lkmc, for makes of their own.
const FOREIGN_VARIABLES: [&str; 4] = ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "KBUILD_OUTPUT"];

/// Directory of the Kbuild file below the demo's root; none of a demo without modules.
pub fn directory(demo: &Demo) -> Option<&Path> {
    let of_kind = |kind: Kind| demo.parts.iter().find(move |part| part.kind == kind);
    let path = match of_kind(Kind::Module) {
        Some(module) => module.path.parent()?,
        None => &of_kind(Kind::KbuildDirectory)?.path,
    };
    Some(path.strip_prefix(&demo.root).unwrap_or(path))
}

/// Copies of a demo's sources.
pub struct Sources {
    root: PathBuf,
    /// That of the Kbuild file.
    place: PathBuf,
}

impl Sources {
    /// Into a directory that is empty or not there. None of a demo without modules.
    pub fn copy(demo: &Demo, root: &Path) -> Result<Option<Sources>> {
        let Some(directory) = directory(demo) else {
            return Ok(None);
        };
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::io("cannot write", &path, error)
        };
        for source in &demo.sources {
            let target = root.join(source.strip_prefix(&demo.root).unwrap_or(source));
            let parent = target.parent().unwrap_or(root);
            std::fs::create_dir_all(parent).map_err(failed(parent))?;
            std::fs::copy(source, &target).map_err(failed(&target))?;
        }
        let place = root.join(directory);
        let modules = demo.parts.iter().filter(|part| part.kind == Kind::Module);
        let mut lines: Vec<String> = modules
            .filter_map(|part| Some(format!("obj-m += {}.o", part.path.file_stem()?.to_str()?)))
            .collect();
        // A directory of the user's brings its own.
        if !lines.is_empty() {
            lines.extend(demo.kbuild.iter().cloned());
            let file = place.join("Kbuild");
            std::fs::write(&file, lines.join("\n") + "\n").map_err(failed(&file))?;
        }
        let root = root.to_owned();
        Ok(Some(Sources { root, place }))
    }

    /// Runs make, and hands on what it and its compilers say, with names of files as the user has them. Whether it succeeded.
    pub fn make(
        &self,
        mut make: Command,
        kernel: &Path,
        options: &nix::Options,
        mut on_line: impl FnMut(&str),
    ) -> Result<bool> {
        for variable in FOREIGN_VARIABLES {
            make.env_remove(variable);
        }
        let root = format!("{}/", self.root.display());
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        make.args(["--silent", "--output-sync"])
            .arg(format!("--jobs={jobs}"))
            .arg("-C")
            .arg(kernel)
            .arg(format!("M={}", self.place.display()))
            // In DWARF, too.
            .arg(format!("KCFLAGS=-ffile-prefix-map={root}="))
            .arg("modules");
        let mut say = |line: &str| on_line(&line.replace(&root, ""));
        let finished = nix::run(make, options, |line| line.into_iter().for_each(&mut say))?;
        finished.stdout.lines().for_each(say);
        Ok(finished.status.success())
    }

    /// What was built, in the order of the names.
    pub fn modules(&self) -> Vec<PathBuf> {
        let mut modules = Vec::new();
        find_modules(&self.place, &mut modules);
        modules.sort();
        modules
    }
}

fn find_modules(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => find_modules(&path, found),
            false if path.extension().is_some_and(|extension| extension == "ko") => found.push(path),
            false => {}
        }
    }
}
