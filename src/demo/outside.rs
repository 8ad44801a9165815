//! Demos outside of the checkout: what a path on a command line leads to.
//!
//! What is named itself needs no block: a file, or a directory whose Kbuild file says what it builds. Of what lies in a named
//! directory only that is a demo which has a block, because a driver's repository is full of sources that are something else.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::candidate::{files_of, makefile, read_own, unreadable};
use super::comment::Style;
use super::language::{self, Language};
use super::load::{Proof, prove};
use super::{Collection, Demo, block};
use crate::diag::{Diagnostics, Error, Result};
use crate::suggest;

/// How many of the sources that are passed over are named.
const NAMED: usize = 3;

/// What is meant by words on a command line.
#[derive(Debug, Default)]
pub struct Chosen {
    pub demos: Vec<(String, Result<Demo>)>,
    /// Sources in named directories that are no demos, and that no demo there needs.
    passed_over: Vec<String>,
    /// All files of demos outside: what two words lead to, or a link, is one demo.
    taken: BTreeSet<PathBuf>,
}

impl Chosen {
    /// That there are sources which nobody runs, if there are.
    pub fn left_out(&self) -> Option<String> {
        let some = !self.passed_over.is_empty();
        some.then(|| format!("no [lkmc] block, so passed over: {}", some_of(&self.passed_over)))
    }
}

impl Collection {
    /// The demos that are meant by these words; all of the checkout without one. What leads to a file or directory is meant as that,
    /// every other word is a part of the paths of demos in the checkout.
    pub fn chosen(&self, words: &[String]) -> Result<Chosen> {
        let mut chosen = Chosen::default();
        let mut parts = Vec::new();
        for word in words {
            let path = Path::new(word).canonicalize().ok();
            match path.as_deref().map(|path| (path, path.strip_prefix(&self.root))) {
                None => parts.push(word.clone()),
                Some((_, Ok(inside))) => parts.push(inside.display().to_string()),
                Some((path, Err(_))) => self.outside(word, path, &mut chosen)?,
            }
        }
        if words.is_empty() || !parts.is_empty() {
            chosen.demos.splice(0..0, self.matching(&parts)?);
        }
        Ok(chosen)
    }

    fn outside(&self, written: &str, path: &Path, chosen: &mut Chosen) -> Result<()> {
        if !path.is_dir() {
            let candidate = self.candidate(path, &self.name(Path::new(written)))?;
            if chosen.taken.insert(candidate.path.clone()) {
                let demo = prove(&candidate).result;
                chosen.demos.push((candidate.name, demo));
            }
            return Ok(());
        }
        let found = self.directory(Path::new(written), path)?;
        if found.demos.is_empty() {
            return Err(self.none_in(written, &found.passed_over));
        }
        let new = found
            .demos
            .into_iter()
            .filter(|(path, ..)| chosen.taken.insert(path.clone()));
        let mut new: Vec<_> = new.map(|(_, name, demo)| (name, demo)).collect();
        new.sort_by(|(a, _), (b, _)| a.cmp(b));
        chosen.demos.extend(new);
        chosen.passed_over.extend(found.passed_over);
        Ok(())
    }

    /// The demos below a directory.
    fn directory(&self, written: &Path, directory: &Path) -> Result<Found> {
        let mut errors = Vec::new();
        let mut files = files_of(directory, |error| errors.push(error));
        // What goes by several names is called as it is where it lies.
        files.sort_by_key(|file| file.is_symlink());
        let (mut found, mut needed, mut passed_over) = (Found::default(), BTreeSet::new(), Vec::new());
        for (file, subject) in files.iter().filter_map(|file| Some((file, subject(file)?))) {
            let below = subject.strip_prefix(directory).unwrap_or(&subject);
            let name = match below.as_os_str().is_empty() {
                true => self.name(written),
                false => self.name(&written.join(below)),
            };
            match self.described(file, &subject, &name, subject == directory) {
                Ok(Some((path, proof))) => {
                    needed.extend(proof.refers);
                    needed.extend(proof.result.iter().flat_map(|demo| demo.sources.clone()));
                    found.demos.push((path, name, proof.result));
                }
                Ok(None) if subject == *file => passed_over.push((subject, name)),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        passed_over.retain(|(path, _)| !needed.contains(path));
        passed_over.sort();
        found.passed_over = passed_over.into_iter().map(|(_, name)| name).collect();
        Error::join(errors).map_or(Ok(found), Err)
    }

    /// What a file says that a source or a directory is, with where that really lies; none if it says nothing of it.
    fn described(&self, file: &Path, subject: &Path, name: &str, named: bool) -> Result<Option<(PathBuf, Proof)>> {
        let source = read_own(file)?;
        let mut problems = Diagnostics::default();
        let block = block::read(&source, Style::of(file), &mut problems);
        if block.tree.is_none() && problems.0.is_empty() && !(named && builds_modules(source.text())) {
            return Ok(None);
        }
        let path = subject
            .canonicalize()
            .map_err(|error| unreadable(subject).cause(error))?;
        let proof = prove(&self.candidate(&path, name)?);
        Ok(Some((path, proof)))
    }

    /// The path as it was written, but for one that is also that of a file in the checkout.
    fn name(&self, written: &Path) -> String {
        let bare = matches!(written.components().next(), Some(Component::Normal(_)));
        let start = if bare && self.root.join(written).exists() {
            "./"
        } else {
            ""
        };
        // Without the slash at its end.
        format!("{start}{}", written.components().collect::<PathBuf>().display())
    }

    fn none_in(&self, written: &str, passed_over: &[String]) -> Error {
        let without = match passed_over {
            [] => "there is no source".to_owned(),
            some => format!("there is none in {}", some_of(some)),
        };
        let also = match self.names().iter().any(|name| name.contains(written)) {
            true => format!("; shipped demos are meant by `{written}` where no directory is called so"),
            false => String::new(),
        };
        Error::usage("lkmc::demo::none_there", format!("no demo lies in {written}")).help(format!(
            "looked for [lkmc] in the first comment of files whose names end in {}, and of Kbuild files and Makefiles: {without}{also}",
            language::endings()
        ))
    }
}

/// What a directory has.
#[derive(Default)]
struct Found {
    /// Where each lies, by what name it goes, and what it is.
    demos: Vec<(PathBuf, String, Result<Demo>)>,
    passed_over: Vec<String>,
}

/// What a file's comment is about: the source itself, or the directory that it says how to build.
fn subject(file: &Path) -> Option<PathBuf> {
    if Language::of(file).is_some() {
        return Some(file.to_owned());
    }
    let directory = file.parent()?;
    (makefile(directory)? == file).then(|| directory.to_owned())
}

/// Whether a makefile is one for Kbuild.
fn builds_modules(makefile: &str) -> bool {
    makefile.lines().any(|line| line.trim_start().starts_with("obj-"))
}

fn some_of(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    suggest::list(&shown) + &more
}
