//! All demos of the repository.
//!
//! Every source of C, C++ or assembly and every script is one that stands where its language is for something, but for those of
//! `baremetal/lib`, unless it has no block and another demo has it for a companion or a further module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Demo;
use super::candidate::Candidate;
use super::language::Language;
use super::load::{Proof, prove};
use crate::diag::{Error, Result};
use crate::suggest;

/// Where demos are looked for, and in which languages.
const DIRECTORIES: &[(&str, &[Language])] = &[
    ("baremetal", &[Language::C, Language::Assembly]),
    ("kernel_modules", &[Language::C, Language::Shell]),
    (
        "userland",
        &[Language::C, Language::Cpp, Language::Assembly, Language::Shell],
    ),
];
/// What all programs on bare metal are linked with.
const LIBRARY: &str = "baremetal/lib";

/// The demos of a checkout.
#[derive(Clone, Debug)]
pub struct Collection {
    pub root: PathBuf,
}

impl Collection {
    /// Those of the checkout that this program belongs to.
    pub fn installed() -> Result<Collection> {
        Ok(Collection {
            root: crate::paths::repository()?,
        })
    }

    /// Every demo by its name, sorted, right or wrong.
    pub fn all(&self) -> Vec<(String, Result<Demo>)> {
        let proofs = self.proofs();
        let only_parts = only_parts(&proofs);
        let demos = proofs.into_iter().filter(|(path, _)| !only_parts.contains_key(path));
        demos
            .map(|(_, (candidate, proof))| (candidate.name, proof.result))
            .collect()
    }

    /// Names of all demos, sorted.
    pub fn names(&self) -> Vec<String> {
        self.all().into_iter().map(|(name, _)| name).collect()
    }

    /// An error that names the demo which a file is only a part of.
    pub(super) fn owner(&self, candidate: &Candidate) -> Option<Error> {
        let proofs = self.proofs();
        let owner = only_parts(&proofs).remove(&candidate.path)?;
        Some(
            Error::usage(
                "lkmc::demo::only_a_part",
                format!("{} is no demo by itself", candidate.name),
            )
            .help(format!("it is a part of {owner}: `lkmc demo show {owner}`")),
        )
    }

    /// The demos whose name contains one of the filters, each of which must be a part of some; all without one.
    pub fn matching(&self, filters: &[String]) -> Result<Vec<(String, Result<Demo>)>> {
        let mut all = self.all();
        let names: Vec<String> = all.iter().map(|(name, _)| name.clone()).collect();
        let in_none = |filter: &&String| !names.iter().any(|name| name.contains(*filter));
        let strange: Vec<&str> = filters.iter().filter(in_none).map(String::as_str).collect();
        if !strange.is_empty() {
            // A path is long, and a slip in a part of it short: parts are compared with parts, file names also without their ending.
            let parts = names.iter().flat_map(|name| {
                let stem = name.rsplit('/').next().and_then(|file| file.split('.').next());
                name.split('/').chain(stem).chain([name.as_str()])
            });
            let parts = suggest::unique(parts.collect());
            let near = strange.iter().find_map(|filter| suggest::did_you_mean(filter, &parts));
            let near = near.unwrap_or_else(|| {
                "a filter is a part of a shipped demo's path, or the path of a file or directory of your own".into()
            });
            let error = Error::usage(
                "lkmc::demo::no_match",
                format!("no demo's path contains: {}", suggest::list(&strange)),
            );
            return Err(error.help(format!("{near} (`lkmc demo list` lists all)")));
        }
        all.retain(|(name, _)| filters.is_empty() || filters.iter().any(|filter| name.contains(filter)));
        Ok(all)
    }

    fn proofs(&self) -> Proofs {
        let mut files = BTreeSet::new();
        for (directory, languages) in DIRECTORIES {
            collect(&self.root.join(directory), languages, &mut files);
        }
        let library = self.root.join(LIBRARY);
        files.retain(|file| !file.starts_with(&library));
        let mut proofs = Proofs::new();
        for path in files {
            // The languages are those of the place, so this cannot fail.
            if let Ok(candidate) = self.candidate(&path, "") {
                let proof = prove(&candidate);
                proofs.insert(path, (candidate, proof));
            }
        }
        proofs
    }
}

type Proofs = BTreeMap<PathBuf, (Candidate, Proof)>;

/// Files that are no demos, each with one that needs it.
fn only_parts(proofs: &Proofs) -> BTreeMap<PathBuf, String> {
    let mut parts = BTreeMap::new();
    for (candidate, proof) in proofs.values() {
        for path in &proof.refers {
            if proofs.get(path).is_some_and(|(_, proof)| !proof.has_block) {
                parts.entry(path.clone()).or_insert_with(|| candidate.name.clone());
            }
        }
    }
    parts
}

fn collect(directory: &Path, languages: &[Language], files: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let language = Language::of(&path);
        match path.is_dir() {
            true => collect(&path, languages, files),
            false if language.is_some_and(|it| languages.contains(&it)) && !ending_is_made(&path) => {
                files.insert(path);
            }
            false => {}
        }
    }
}

/// `hello.mod.c` is left behind by a kernel build done by hand.
fn ending_is_made(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".mod.c")
}
