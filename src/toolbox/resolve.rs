//! Which files of Debian's archive are needed to have some packages.

use std::path::Path;
use std::time::Instant;

use super::apt::{Apt, Choice};
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
) -> Result<Vec<(String, Option<&'a File>)>> {
    let file = |choice: Choice| {
        let file = packages.exact(&choice.name, &choice.version, &choice.architecture);
        (choice.name, file)
    };
    Ok(apt.resolve(wanted)?.into_iter().map(file).collect())
}

/// The commands whose answers a [`Resolver`] would use. What every system has is known from the indexes only.
pub fn dry_run(manifest: &Manifest, architecture: &str, cache: &Path, wanted: &[String]) -> String {
    let described = |arguments, packages| Apt::described(cache, manifest, architecture, arguments, packages);
    described(&Apt::UPDATE, &[]) + &described(&Apt::SIMULATE, wanted)
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
        if self.packages.preferred(name, self.architecture).is_some() {
            return None;
        }
        let mut names: Vec<&str> = self.packages.names().collect();
        names.sort_unstable();
        Some(suggest::did_you_mean(name, &names).unwrap_or_else(|| "there is none".into()))
    }

    /// All of a root file system with these packages, which have to be known.
    pub fn section(&self, wanted: &[String]) -> Result<Section> {
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
