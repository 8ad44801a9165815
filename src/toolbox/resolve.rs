//! Which files of Debian's archive are needed to have some packages.

use std::path::Path;
use std::time::Instant;

use super::apt::{Apt, Choice, Unresolved};
use super::index::Packages;
use super::manifest::Manifest;
use super::mirror::Mirrors;
use crate::debian::File;
use crate::debian::package_lock::Section;
use crate::diag::{Error, Result};
use crate::suggest;

/// Our trees are merged before a package is unpacked. Without this one apt takes that which merges a tree, and Perl with it.
const MERGED: &str = "usr-is-merged";

/// The packages that an empty machine would get with `wanted`, each with its file if the indexes have it.
pub fn with_dependencies<'a>(
    apt: &Apt,
    packages: &'a Packages,
    wanted: &[String],
) -> Result<Vec<(String, Option<&'a File>)>, Unresolved> {
    let file = |choice: Choice| {
        let file = packages.exact(&choice.name, &choice.version, &choice.architecture);
        (choice.name, file)
    };
    Ok(apt.resolve(wanted)?.into_iter().map(file).collect())
}

/// The commands whose answers a [`Resolver`] would use, for an [`Apt`] that is [ready](Apt::dry) for them.
pub fn dry_run(apt: &Apt, wanted: &[String]) -> [String; 2] {
    let essential = apt.essential();
    let packages = [&*essential, MERGED]
        .into_iter()
        .chain(wanted.iter().map(String::as_str));
    let words: Vec<&str> = Apt::SIMULATE.into_iter().chain(packages).collect();
    [apt.described(&Apt::UPDATE), apt.described(&words)]
}

/// Chooses packages for root file systems of one architecture.
pub struct Resolver<'a> {
    apt: Apt,
    packages: Packages,
    manifest: &'a Manifest,
    architecture: &'a str,
}

impl<'a> Resolver<'a> {
    /// Fetches the indexes. Says so on standard error.
    pub fn new(
        manifest: &'a Manifest,
        architecture: &'a str,
        cache: &Path,
        mirrors: &Mirrors,
        deadline: Option<Instant>,
    ) -> Result<Resolver<'a>> {
        eprintln!(
            "lkmc: reading the package indexes of {} for {architecture}",
            manifest.suite
        );
        let apt = Apt::new(cache, manifest, architecture, deadline)?;
        apt.update(mirrors)?;
        let mut packages = Packages::default();
        for (archive, text) in apt.indexes("Packages")? {
            packages.add(archive, &text);
        }
        Ok(Resolver {
            apt,
            packages,
            manifest,
            architecture,
        })
    }

    /// What to say of a name that no package has; nothing of one that has.
    pub fn unknown(&self, name: &str) -> Option<String> {
        let is_there = |name: &str| self.packages.preferred(name, self.architecture).is_some();
        if is_there(name) {
            return None;
        }
        let providers: Vec<&str> = self.packages.providers(name).filter(|name| is_there(name)).collect();
        if !providers.is_empty() {
            return Some(format!("`{name}` is virtual: name {}", one_of(&providers)));
        }
        let mut names: Vec<&str> = self.packages.names().collect();
        names.sort_unstable();
        Some(suggest::slip(name, &names).unwrap_or_else(|| "there is none".into()))
    }

    /// All of a root file system with these packages, which have to be known.
    pub fn section(&self, wanted: &[String]) -> Result<Section, Unresolved> {
        let essential = self.packages.essential().map(str::to_owned);
        let base = essential.chain([MERGED.to_owned()]);
        let all: Vec<String> = base.chain(wanted.iter().cloned()).collect();
        let found = with_dependencies(&self.apt, &self.packages, &all)?;
        let packages = found.into_iter().map(|(name, file)| match file {
            Some(file) => Ok((name, file.clone())),
            None => {
                let message = format!("apt's indexes have no file of the package `{name}`");
                Err(Error::infrastructure("lkmc::toolbox::unknown_package", message)
                    .help("try again later: mirrors may be changing"))
            }
        });
        Ok(Section {
            suite: self.manifest.suite.clone(),
            wanted: wanted.iter().cloned().collect(),
            packages: packages.collect::<Result<_>>()?,
        })
    }
}

/// Some things are provided by fifty packages.
fn one_of(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    match names {
        [only] => format!("`{only}`"),
        few if few.len() <= SHOWN => format!("one of {}", suggest::list(few)),
        many => format!(
            "one of {}, or of {} more",
            suggest::list(&many[..SHOWN]),
            many.len() - SHOWN
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_providers_stand_for_many() {
        assert_eq!(one_of(&["gawk"]), "`gawk`");
        assert_eq!(one_of(&["gawk", "mawk"]), "one of gawk, mawk");
        let ten = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        assert_eq!(one_of(&ten), "one of a, b, c, d, e, f, g, h, or of 2 more");
    }
}
