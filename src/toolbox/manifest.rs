//! `packages.toml`: what the toolbox is made of, as a human wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::diag::{Error, Result};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// Code name of the Debian release.
    pub suite: String,
    /// Debian's name for the host architecture.
    pub architecture: String,
    pub seed: Seed,
    pub roots: BTreeMap<String, Root>,
    pub sources: BTreeMap<String, Source>,
}

/// The static program that starts a build before any root exists.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Seed {
    /// Package with a static `bin/busybox`.
    pub busybox: String,
}

/// One FHS tree of packages, resolved with all their dependencies and without Recommends unless it is `exact`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Root {
    pub packages: Vec<String>,
    /// Debian's name for the architecture of the packages, if it is not the host's: their programs are for a guest.
    pub architecture: Option<String>,
    /// These packages and no other: what a program loads, without what somebody who installs it would want besides.
    #[serde(default)]
    pub exact: bool,
}

/// A source tarball: inside a binary package, or the upstream tarball of a source package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Source {
    pub package: Option<String>,
    pub source: Option<String>,
}

impl Manifest {
    pub fn read(path: &Path) -> Result<Manifest> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io("cannot read", path, error))?;
        Self::parse(&text).map_err(|why| {
            let message = format!("{} is not a valid manifest: {why}", path.display());
            Error::infrastructure("lkmc::toolbox::bad_manifest", message)
        })
    }

    /// The architecture of a root's packages.
    pub fn architecture_of<'a>(&'a self, root: &'a Root) -> &'a str {
        root.architecture.as_deref().unwrap_or(&self.architecture)
    }

    /// The host's architecture first, then those of guests.
    pub fn architectures(&self) -> Vec<&str> {
        let foreign: BTreeSet<&str> = self.roots.values().map(|root| self.architecture_of(root)).collect();
        let foreign = foreign.into_iter().filter(|name| *name != self.architecture);
        [self.architecture.as_str()].into_iter().chain(foreign).collect()
    }

    fn parse(text: &str) -> Result<Manifest, String> {
        let manifest: Manifest = toml_edit::de::from_str(text).map_err(|error| error.to_string())?;
        for (name, source) in &manifest.sources {
            if source.package.is_some() == source.source.is_some() {
                return Err(format!("sources.{name} needs either `package` or `source`"));
            }
        }
        match manifest.roots.keys().find(|name| manifest.sources.contains_key(*name)) {
            Some(name) => Err(format!("`{name}` is both a root and a source")),
            None => Ok(manifest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "suite = 'bookworm'\narchitecture = 'amd64'\n[seed]\nbusybox = 'busybox-static'\n\
                         [roots.nix]\npackages = ['nix-bin']\n";

    #[test]
    fn parses_and_refuses() {
        let manifest = Manifest::parse(&format!(
            "{SMALL}[sources.'linux-6.12']\npackage = 'linux-source-6.12'\n"
        ))
        .unwrap();
        assert_eq!(manifest.roots["nix"].packages, ["nix-bin"]);
        assert_eq!(
            manifest.sources["linux-6.12"].package.as_deref(),
            Some("linux-source-6.12")
        );
        let foreign =
            format!("{SMALL}[roots.arm]\npackages = ['libc6']\narchitecture = 'armhf'\nexact = true\n[sources]\n");
        let foreign = Manifest::parse(&foreign).unwrap();
        assert_eq!(foreign.architectures(), ["amd64", "armhf"]);
        assert!(foreign.roots["arm"].exact && !foreign.roots["nix"].exact);
        for (bad, why) in [
            ("[sources.a]\n", "needs either"),
            ("[sources.a]\npackage = 'x'\nsource = 'y'\n", "needs either"),
            ("[sources.nix]\nsource = 'y'\n", "both a root and a source"),
            ("[sources.a]\npackge = 'x'\n", "unknown field"),
        ] {
            let message = Manifest::parse(&format!("{SMALL}{bad}")).unwrap_err();
            assert!(message.contains(why), "{message}");
        }
    }
}
