//! From a path or name to a demo.

use std::path::{Path, PathBuf};

use super::candidate::{Candidate, makefile, read_own, read_shipped};
use super::comment::Style;
use super::{Collection, Demo, Kind, block, check, includes, language};
use crate::diag::{Diagnostics, Error, Result};
use crate::suggest;

/// Loads a demo of the repository by its name, or any file by its path: a source, a script, or a directory with a Kbuild file.
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
        if near.is_none() && is_path(name) {
            return Error::usage("lkmc::demo::not_found", format!("there is no file `{name}`")).help(
                "a file of your own is named by its path, a shipped demo by that below the checkout (`lkmc demo list` lists all)",
            );
        }
        let near =
            near.unwrap_or_else(|| "a demo's name is the path of its source file: kernel_modules/hello.c".into());
        Error::usage("lkmc::demo::not_found", format!("there is no demo `{name}`")).help(format!(
            "{near} (`lkmc demo list` lists all; your own are named by path)"
        ))
    }
}

/// Whether somebody who writes this means a file or directory, and no part of a demo's name.
pub fn is_path(written: &str) -> bool {
    let path = Path::new(written);
    let begins = |part: &str| path.components().next().is_some_and(|first| first.as_os_str() == part);
    language::is_compiled(written) || path.is_absolute() || begins(".") || begins("..")
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
    let text = match candidate.repository {
        Some(_) => read_shipped(&file),
        None => read_own(&file),
    };
    let source = match text {
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
    let block = block::read(&source, Style::of(&file), &mut problems);
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

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" or ")
}
