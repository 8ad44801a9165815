//! From a path or name to a demo.

use std::path::{Path, PathBuf};

use super::check::{self, Candidate};
use super::comment::Style;
use super::{Collection, Demo, Kind, block, includes};
use crate::diag::{Diagnostics, Error, Result};
use crate::profile::suggest;
use crate::source::{Source, display_path};

/// Header of baremetal/lib: a file elsewhere that includes it is for bare metal.
const BOARD: &str = "lkmc/board.h";

/// Loads a demo of the repository by its name, or any file by its path: a `.c` file, a script, or a directory with a Kbuild
/// file.
pub fn load(path_or_name: &str) -> Result<Demo> {
    Collection::installed()?.load(path_or_name)
}

impl Collection {
    pub fn load(&self, path_or_name: &str) -> Result<Demo> {
        let path = self.find(path_or_name)?;
        let candidate = self.candidate(&path, path_or_name)?;
        let proof = prove(&candidate);
        // A file without a block may only be there for another demo.
        if !proof.has_block
            && candidate.repository.is_some()
            && let Some(owner) = self.owner(&candidate)
        {
            return Err(owner);
        }
        proof.result
    }

    /// The file that is meant, absolute.
    fn find(&self, name: &str) -> Result<PathBuf> {
        // What is in the working directory comes first: that is what a shell completes.
        let here = std::path::absolute(name).unwrap_or_else(|_| PathBuf::from(name));
        let places = [here, self.root.join(name)];
        let found = places
            .iter()
            .find(|path| path.exists())
            .ok_or_else(|| self.not_found(name))?;
        found
            .canonicalize()
            .map_err(|error| Error::io("cannot find", found, error))
    }

    fn not_found(&self, name: &str) -> Error {
        let names = self.names();
        // `hello` and `hello.c` are enough to guess.
        let file = |name: &str| name.rsplit('/').next().unwrap_or_default().to_string();
        let stem = |name: &str| file(name).split('.').next().unwrap_or_default().to_string();
        let same: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|known| file(known) == file(name) || stem(known) == name)
            .collect();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let near = match same.as_slice() {
            [] => suggest::did_you_mean(name, &all),
            several => Some(format!("did you mean {}?", quoted(several))),
        };
        let near = near.unwrap_or_else(|| "a demo is called as its source file: kernel_modules/hello.c".into());
        Error::usage("lkmc::demo::not_found", format!("there is no demo `{name}`")).help(format!(
            "{near}; `lkmc demo list` has them all, your own are named by path"
        ))
    }

    /// What a file is, by its place, its ending and what it includes.
    pub(super) fn candidate(&self, path: &Path, written: &str) -> Result<Candidate> {
        let inside = path.strip_prefix(&self.root).ok();
        let name = inside.map_or_else(|| written.to_string(), |inside| inside.display().to_string());
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let kind = match ending {
            _ if path.is_dir() => {
                if makefile(path).is_none() {
                    return Err(Error::usage(
                        "lkmc::demo::no_kbuild",
                        format!("{name} is a directory without a Kbuild file"),
                    )
                    .help("name a source file, or a directory with a Kbuild file or Makefile that says obj-m += ..."));
                }
                Kind::KbuildDirectory
            }
            "c" | "S" if inside.is_some_and(|inside| inside.starts_with("baremetal")) => Kind::BareMetal,
            "c" if inside.is_some_and(|inside| inside.starts_with("kernel_modules")) => Kind::Module,
            "c" | "S" if inside.is_none() && includes::has_angled(read(path)?.text(), BOARD) => Kind::BareMetal,
            "c" if inside.is_none() && includes::has_angled(read(path)?.text(), "linux/module.h") => Kind::Module,
            "c" => Kind::Program,
            "sh" => Kind::Script,
            _ => {
                return Err(
                    Error::usage("lkmc::demo::not_a_demo", format!("{name} cannot be a demo")).help(
                        "a demo is a .c file (module or program), a .c or .S file for bare metal, a .sh script, or a directory with a Kbuild file",
                    ),
                );
            }
        };
        Ok(Candidate {
            name,
            path: path.to_path_buf(),
            kind,
            repository: inside.map(|_| self.root.clone()),
        })
    }
}

/// What became of a file.
pub(super) struct Proof {
    pub result: Result<Demo>,
    pub has_block: bool,
    /// Other files that the block names, right or wrong.
    pub refers: Vec<PathBuf>,
}

pub(super) fn prove(candidate: &Candidate) -> Proof {
    let file = match candidate.kind {
        Kind::KbuildDirectory => makefile(&candidate.path).unwrap_or_else(|| candidate.path.clone()),
        _ => candidate.path.clone(),
    };
    let style = match candidate.kind {
        Kind::Module | Kind::Program | Kind::BareMetal => Style::C,
        Kind::Script | Kind::KbuildDirectory => Style::Hash,
    };
    let source = match read(&file) {
        Ok(source) => source,
        Err(error) => {
            return Proof {
                result: Err(error),
                has_block: false,
                refers: Vec::new(),
            };
        }
    };
    let mut problems = Diagnostics::default();
    let block = block::read(&source, style, &mut problems);
    let has_block = block.tree.is_some() || !problems.0.is_empty();
    let named = ["modules", "companion"]
        .into_iter()
        .filter_map(|key| block.tree.as_ref()?.get(key));
    let refers = named
        .flat_map(|list| list.elements())
        .filter_map(|node| Some(includes::normal(&source.directory().join(node.text()?))))
        .collect();
    let demo = match block.tree.is_none() && !problems.0.is_empty() {
        // What stands in a block that cannot be read would all be missed.
        true => None,
        false => check::check(candidate, &source, &block, &mut problems),
    };
    let result = problems.finish(demo);
    Proof {
        // Whoever gives no demo has said why.
        result: result.map(|demo| demo.expect("a demo that was not proven has problems")),
        has_block,
        refers,
    }
}

/// The file that says what a directory builds.
pub(super) fn makefile(directory: &Path) -> Option<PathBuf> {
    let names = ["Kbuild", "Makefile"].map(|name| directory.join(name));
    names.into_iter().find(|path| path.is_file())
}

/// All files below a directory, without what builds and version control leave there.
pub(super) fn files_of(directory: &Path) -> Vec<PathBuf> {
    const MADE: &[&str] = &["o", "ko", "a", "mod", "order", "symvers", "cmd"];
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let ending = name.rsplit('.').next().unwrap_or_default();
            if name.starts_with('.') || MADE.contains(&ending) || name.ends_with(".mod.c") {
                continue;
            }
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> Result<Source> {
    let unreadable = || Error::usage("lkmc::demo::unreadable", format!("cannot read {}", display_path(path)));
    let bytes = std::fs::read(path).map_err(|error| unreadable().cause(error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        unreadable().cause(format!(
            "byte {} begins no character of UTF-8",
            error.utf8_error().valid_up_to()
        ))
    })?;
    Ok(Source::file(path, text))
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" or ")
}
