//! The derivations behind a build, read from their `.drv` files: what is there, what must be fetched, what will be built.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use nix_derivation::{CAHash, Derivation, NixHash};

use super::store::Store;
use crate::debian::{Archive, File};
use crate::diag::{Error, Result};
use crate::toolbox::update::SEED;

/// All derivations that a build may need.
pub struct Closure {
    pub root: PathBuf,
    pub nodes: BTreeMap<PathBuf, Node>,
}

pub struct Node {
    pub name: String,
    pub outputs: BTreeMap<String, PathBuf>,
    /// For a file whose hash is known beforehand.
    pub fixed: Option<Fixed>,
    pub inputs: BTreeSet<PathBuf>,
    pub derivation: Derivation,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Hexadecimal; empty for other algorithms, which the toolbox never uses.
    pub sha256: String,
    /// The hash of a NAR rather than of a flat file.
    pub recursive: bool,
}

/// What must happen before the root's outputs are there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Derivations whose outputs are all there; what lies behind them was not looked at.
    pub valid: BTreeSet<PathBuf>,
    /// Locked files that must enter the store.
    pub fetch: BTreeSet<PathBuf>,
    pub build: BTreeSet<PathBuf>,
}

impl Closure {
    pub fn read(store: &Store, root: &Path) -> Result<Closure> {
        Self::read_all(store, &[root.to_owned()])
    }

    /// The closure of several derivations, of which there is at least one.
    pub fn read_all(store: &Store, roots: &[PathBuf]) -> Result<Closure> {
        let mut nodes = BTreeMap::new();
        let mut queue = roots.to_vec();
        while let Some(path) = queue.pop() {
            if nodes.contains_key(&path) {
                continue;
            }
            let physical = store.physical(&path);
            let bytes = std::fs::read(&physical).map_err(|error| Error::io("cannot read", &physical, error))?;
            let node = Node::parse(&path, &bytes).map_err(|message| {
                Error::infrastructure(
                    "lkmc::nix::bad_derivation",
                    format!("cannot understand {}", path.display()),
                )
                .cause(message)
            })?;
            queue.extend(node.inputs.iter().cloned());
            nodes.insert(path, node);
        }
        Ok(Closure {
            root: roots.first().cloned().unwrap_or_default(),
            nodes,
        })
    }

    /// Goes from the root to what is there already. `is_valid` answers for one output path.
    pub fn plan(&self, is_valid: impl Fn(&Path) -> bool) -> Plan {
        self.plan_from(std::slice::from_ref(&self.root), is_valid)
    }

    /// The same from other derivations of the closure.
    pub fn plan_from(&self, drvs: &[PathBuf], is_valid: impl Fn(&Path) -> bool) -> Plan {
        let mut plan = Plan::default();
        let mut queue: Vec<&PathBuf> = drvs.iter().collect();
        while let Some(path) = queue.pop() {
            if plan.valid.contains(path) || plan.fetch.contains(path) || plan.build.contains(path) {
                continue;
            }
            // `read` has followed every input.
            let node = &self.nodes[path];
            if node.outputs.values().all(|output| is_valid(output)) {
                plan.valid.insert(path.clone());
            } else if node.fixed.is_some() && node.is_of_the_toolbox() {
                plan.fetch.insert(path.clone());
            } else {
                plan.build.insert(path.clone());
                queue.extend(&node.inputs);
            }
        }
        plan
    }

    /// Whether Nix has to download something by itself, as it has for nixpkgs: lkmc fetches what the Debian toolbox needs.
    pub fn has_foreign_files(&self) -> bool {
        let foreign = |node: &Node| node.fixed.is_some() && !node.is_of_the_toolbox();
        self.nodes.values().any(foreign)
    }

    /// Every output path of the closure.
    pub fn outputs(&self) -> impl Iterator<Item = &Path> {
        self.nodes
            .values()
            .flat_map(|node| node.outputs.values().map(PathBuf::as_path))
    }
}

impl Node {
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Node, String> {
        let name = derivation_name(path);
        let derivation = Derivation::from_aterm_bytes(bytes, &name).map_err(|error| error.to_string())?;
        let resolved = derivation.resolved_outputs().map_err(|error| error.to_string())?;
        let path_of = |path: &nix_derivation::StorePath| PathBuf::from(path.to_absolute_path());
        let outputs = resolved
            .iter()
            .filter_map(|(name, output)| Some((name.clone(), path_of(output.path.as_ref()?))));
        let fixed = resolved
            .values()
            .find_map(|output| output.ca_hash.as_ref())
            .map(Fixed::from);
        let inputs = derivation.input_derivations().keys().map(path_of).collect();
        Ok(Node {
            name,
            outputs: outputs.collect(),
            fixed,
            inputs,
            derivation,
        })
    }

    /// The file of a Debian archive that it is, which is told to no builder: lkmc fetches it.
    pub fn file(&self) -> Option<File> {
        let fixed = self.fixed.as_ref().filter(|fixed| !fixed.recursive)?;
        let environment = self.derivation.environment();
        let value = |name: &str| String::from_utf8(environment.get(name)?.clone()).ok();
        Some(File {
            name: value("package")?,
            version: value("version")?,
            archive: Archive::from_name(&value("archive")?)?,
            path: value("path")?,
            size: value("size")?.parse().ok()?,
            sha256: fixed.sha256.clone(),
        })
    }

    /// A package file or seed, which lkmc fetches itself.
    pub fn is_of_the_toolbox(&self) -> bool {
        self.name.starts_with("deb-") || self.name == SEED
    }
}

impl From<&CAHash> for Fixed {
    fn from(hash: &CAHash) -> Fixed {
        let sha256 = match hash.hash() {
            NixHash::Sha256(digest) => crate::hash::hex(&digest),
            _ => String::new(),
        };
        Fixed {
            sha256,
            recursive: matches!(hash, CAHash::Nar(_)),
        }
    }
}

/// `bundle` out of `/nix/store/HASH-bundle.drv`.
pub fn derivation_name(path: &Path) -> String {
    let base = path.file_name().unwrap_or_default().to_string_lossy();
    let name = base.split_once('-').map_or(&*base, |(_, name)| name);
    name.trim_end_matches(".drv").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by Nix 2.8: a bundle made of a root, which is made of a package file, all built by the seed.
    fn recorded() -> Closure {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/drv");
        let files = std::fs::read_dir(directory)
            .unwrap()
            .flatten()
            .map(|entry| entry.path());
        let nodes: BTreeMap<PathBuf, Node> = files
            .map(|file| {
                let path = Path::new("/nix/store").join(file.file_name().unwrap());
                let node = Node::parse(&path, &std::fs::read(file).unwrap()).unwrap();
                (path, node)
            })
            .collect();
        let root = nodes
            .keys()
            .find(|path| derivation_name(path) == "bundle")
            .unwrap()
            .clone();
        Closure { root, nodes }
    }

    fn names(closure: &Closure, drvs: &BTreeSet<PathBuf>) -> Vec<String> {
        let mut names: Vec<String> = drvs.iter().map(|drv| closure.nodes[drv].name.clone()).collect();
        names.sort();
        names
    }

    const DEB: &str = "deb-bc_1.07.1-3+b1_amd64.deb";

    #[test]
    fn reads_what_nix_wrote() {
        let closure = recorded();
        assert_eq!(closure.nodes.len(), 4);
        let node = |name: &str| closure.nodes.values().find(|node| node.name == name).unwrap();
        let sha256 = "baaa4e935c5e3bcd57d4f2f4e7a1ddc67bd4eb8629d98f97a696548849ae01ac".to_owned();
        assert_eq!(
            node(DEB).fixed,
            Some(Fixed {
                sha256,
                recursive: false
            })
        );
        assert!(node(SEED).fixed.as_ref().is_some_and(|fixed| fixed.recursive));
        assert_eq!((node("bundle").fixed.as_ref(), node("bundle").inputs.len()), (None, 2));
        assert!(node(DEB).outputs["out"].to_string_lossy().ends_with(DEB));
    }

    #[test]
    fn plans_from_nothing_to_everything() {
        let closure = recorded();
        let none = closure.plan(|_| false);
        assert_eq!(names(&closure, &none.build), ["bundle", "root"]);
        assert_eq!(names(&closure, &none.fetch), [DEB, SEED]);
        assert!(none.valid.is_empty());

        let with_root = closure.plan(|output| output.to_string_lossy().ends_with("-root"));
        assert_eq!(names(&closure, &with_root.build), ["bundle"]);
        assert_eq!(
            names(&closure, &with_root.fetch),
            [SEED],
            "the package file behind a root that is there is not needed"
        );

        assert!(!closure.has_foreign_files());
        let all = closure.plan(|_| true);
        assert_eq!(names(&closure, &all.valid), ["bundle"]);
        assert!(all.build.is_empty() && all.fetch.is_empty());
    }
}
