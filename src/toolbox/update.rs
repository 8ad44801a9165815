//! `lkmc lock update`: from the manifest to the lock, through apt's verified indexes.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix_archive::nar;

use super::apt::{Apt, Unresolved};
use super::download::Downloader;
use super::index::{self, Packages};
use super::lock::{LOCK_VERSION, Lock, Seed};
use super::manifest::{Manifest, Root, Source};
use super::mirror::Mirrors;
use super::{deb, error, resolve};
use crate::debian::{Archive, File};
use crate::diag::{Error, Result};
use crate::suggest;

/// Name of the seed in the store.
pub const SEED: &str = "lkmc-seed";

/// What an update chooses versions for; the rest stays as it is locked.
pub struct Scope<'a> {
    manifest: &'a Manifest,
    /// Roots and sources to choose afresh, with those that are new, and the lock that has the others; everything if none.
    only: Option<(&'a [String], Lock)>,
}

impl<'a> Scope<'a> {
    /// All of the manifest if `names` is empty. `lock` is asked for only otherwise.
    pub fn new(manifest: &'a Manifest, names: &'a [String], lock: impl FnOnce() -> Result<Lock>) -> Result<Scope<'a>> {
        if names.is_empty() {
            return Ok(Scope { manifest, only: None });
        }
        let known = || manifest.roots.keys().chain(manifest.sources.keys());
        if let Some(name) = names.iter().find(|name| !known().any(|other| other == *name)) {
            let message = format!("packages.toml has no root or source named `{name}`");
            let known: Vec<&str> = known().map(String::as_str).collect();
            return Err(Error::usage("lkmc::toolbox::not_in_manifest", message).help(suggest::choice(name, &known)));
        }
        let only = Some((names, lock()?));
        Ok(Scope { manifest, only })
    }

    /// The lock that `name` keeps its files from.
    fn kept(&self, name: &str) -> Option<&Lock> {
        let (names, lock) = self.only.as_ref()?;
        let locked = lock.roots.contains_key(name) || lock.sources.contains_key(name);
        (locked && !names.iter().any(|other| other == name)).then_some(lock)
    }

    fn roots(&self) -> impl Iterator<Item = (&'a String, &'a Root)> {
        let manifest = self.manifest;
        manifest.roots.iter().filter(|(name, _)| self.kept(name).is_none())
    }

    /// Those whose packages apt chooses.
    fn resolved(&self) -> impl Iterator<Item = &'a Root> {
        self.roots().map(|(_, root)| root).filter(|root| !root.exact)
    }

    /// The host's architecture, whose indexes have the sources too, and those of the roots to choose.
    fn architectures(&self) -> Vec<&'a str> {
        let manifest = self.manifest;
        let needed: BTreeSet<&str> = self.roots().map(|(_, root)| manifest.architecture_of(root)).collect();
        let architectures = manifest.architectures().into_iter();
        architectures
            .filter(|name| *name == manifest.architecture || needed.contains(name))
            .collect()
    }
}

/// Chooses versions afresh for what is in scope. Says on standard error what it is doing.
pub fn update(scope: &Scope, cache: &Path, mirrors: Mirrors, deadline: Option<Instant>) -> Result<Lock> {
    let manifest = scope.manifest;
    let mut apts = BTreeMap::new();
    let mut packages = Packages::default();
    for architecture in scope.architectures() {
        eprintln!(
            "lkmc: reading the package indexes of {} for {architecture}",
            manifest.suite
        );
        let apt = Apt::new(cache, manifest, architecture, deadline)?;
        apt.update(&mirrors)?;
        for (archive, text) in apt.indexes("Packages")? {
            packages.add(archive, &text);
        }
        apts.insert(architecture, apt);
    }
    let mut update = Update {
        scope,
        apts,
        packages,
        locked: BTreeMap::new(),
    };
    let mut roots = BTreeMap::new();
    for (name, root) in &manifest.roots {
        roots.insert(name.clone(), update.root(name, root)?);
    }
    let sources = update.sources()?;
    let seed = match &scope.only {
        Some((_, lock)) => update.keep_seed(lock),
        None => {
            let downloader = Downloader::new(cache, mirrors).until(deadline);
            update.seed(&manifest.seed.busybox, &downloader, cache)?
        }
    };
    let packages = update.locked;
    Ok(Lock {
        version: LOCK_VERSION,
        suite: manifest.suite.clone(),
        seed,
        packages,
        roots,
        sources,
    })
}

/// The commands whose answers [`update`] would use.
pub fn dry_run(scope: &Scope, cache: &Path, mirrors: &Mirrors, deadline: Option<Instant>) -> Result<Vec<String>> {
    let manifest = scope.manifest;
    let ready = |architecture| {
        let apt = Apt::new(cache, manifest, architecture, deadline)?.dry(mirrors)?;
        Ok((architecture, apt))
    };
    let apts: BTreeMap<&str, Apt> = scope.architectures().into_iter().map(ready).collect::<Result<_>>()?;
    let updates = apts.values().map(|apt| apt.described(&Apt::UPDATE));
    let installs = scope.resolved().map(|root| {
        let packages = root.packages.iter().map(String::as_str);
        let words: Vec<&str> = Apt::SIMULATE.into_iter().chain(packages).collect();
        // The roots in scope are of its architectures.
        apts[manifest.architecture_of(root)].described(&words)
    });
    Ok(updates.chain(installs).collect())
}

struct Update<'a> {
    scope: &'a Scope<'a>,
    /// By architecture; the host's is always there.
    apts: BTreeMap<&'a str, Apt>,
    packages: Packages,
    locked: BTreeMap<String, File>,
}

impl Update<'_> {
    fn root(&mut self, name: &str, root: &Root) -> Result<BTreeSet<String>> {
        if let Some(lock) = self.scope.kept(name) {
            let keys = lock.roots[name].clone();
            let files = keys.iter().map(|key| (key.clone(), lock.packages[key].clone()));
            self.locked.extend(files);
            return Ok(keys);
        }
        eprintln!("lkmc: resolving {name}");
        let architecture = self.scope.manifest.architecture_of(root);
        let chosen: Vec<(String, Option<&File>)> = if root.exact {
            let preferred = |package: &String| (package.clone(), self.packages.preferred(package, architecture));
            root.packages.iter().map(preferred).collect()
        } else {
            let chosen = resolve::with_dependencies(&self.apts[architecture], &self.packages, &root.packages);
            chosen.map_err(|why| match why {
                Unresolved::Failed(error) => error,
                Unresolved::Conflict(words) => {
                    let message = format!("the packages of `roots.{name}` cannot be together. apt says:\n{words}");
                    Error::infrastructure("lkmc::toolbox::apt_failed", message)
                        .help("named in nix/toolbox/debian/packages.toml")
                }
            })?
        };
        let found = chosen.into_iter().map(|(package, file)| {
            file.cloned()
                .ok_or_else(|| self.unknown("package", &package, &format!("roots.{name}")))
        });
        let files = found.collect::<Result<Vec<File>>>()?;
        Ok(files.into_iter().map(|file| self.lock(file)).collect())
    }

    fn sources(&self) -> Result<BTreeMap<String, File>> {
        let manifest = self.scope.manifest;
        let indexes = self.apts[manifest.architecture.as_str()].indexes("Sources")?;
        let find = |(name, source): (&String, &Source)| {
            if let Some(file) = self.scope.kept(name).and_then(|lock| lock.sources.get(name)) {
                return Ok((name.clone(), file.clone()));
            }
            let place = format!("sources.{name}");
            let file = match (&source.package, &source.source) {
                (Some(package), _) => self
                    .packages
                    .preferred(package, &manifest.architecture)
                    .cloned()
                    .ok_or_else(|| self.unknown("package", package, &place)),
                (None, wanted) => {
                    // The manifest has one of the two; its reader checked that.
                    let wanted = wanted.as_deref().unwrap_or_default();
                    let tarballs = |(archive, text): &(Archive, String)| index::source_tarballs(*archive, text, wanted);
                    let found: Vec<File> = indexes.iter().flat_map(tarballs).collect();
                    index::preferred_source(&found)
                        .cloned()
                        .ok_or_else(|| self.unknown("source package", wanted, &place))
                }
            };
            Ok((name.clone(), file?))
        };
        manifest.sources.iter().map(find).collect()
    }

    fn seed(&mut self, package: &str, downloader: &Downloader, cache: &Path) -> Result<Seed> {
        let found = self
            .packages
            .preferred(package, &self.scope.manifest.architecture)
            .cloned();
        let file = found.ok_or_else(|| self.unknown("package", package, "seed"))?;
        let deb = downloader.fetch(&[&file])?.remove(0);
        let work =
            tempfile::tempdir_in(cache).map_err(|error| Error::io("cannot create a directory in", cache, error))?;
        let directory = unpack_seed(&deb, work.path())?;
        let hash = nar::hash_path(&directory, nar::CaseHack::Disabled);
        let hash = hash.map_err(|why| error::bad_deb(&deb, why))?;
        Ok(Seed {
            package: self.lock(file),
            nar_sha256: sri(&hash.sha256),
        })
    }

    fn keep_seed(&mut self, lock: &Lock) -> Seed {
        let key = &lock.seed.package;
        self.locked.insert(key.clone(), lock.packages[key].clone());
        lock.seed.clone()
    }

    /// Enters a file under its name without `.deb`, which is unique in Debian's pool.
    fn lock(&mut self, file: File) -> String {
        let key = file.file_name().trim_end_matches(".deb").to_owned();
        self.locked.insert(key.clone(), file);
        key
    }

    fn unknown(&self, what: &'static str, name: &str, place: &str) -> Error {
        let message = format!("apt's indexes have no {what} `{name}` in {}", self.scope.manifest.suite);
        let error = Error::infrastructure("lkmc::toolbox::unknown_package", message);
        error.help(format!("named in nix/toolbox/debian/packages.toml under `{place}`"))
    }
}

/// Makes the directory of the seed below `parent`.
pub fn seed_directory(lock: &Lock, parent: &Path, downloader: &Downloader) -> Result<PathBuf> {
    // The reader of the lock checked that the key is there.
    let deb = downloader.fetch(&[&lock.packages[&lock.seed.package]])?.remove(0);
    unpack_seed(&deb, parent)
}

fn unpack_seed(deb: &Path, parent: &Path) -> Result<PathBuf> {
    let contents = deb::read_file(deb, Path::new("bin/busybox"))?;
    let directory = parent.join(SEED);
    let bin = directory.join("bin");
    std::fs::create_dir_all(&bin).map_err(|error| Error::io("cannot create", &bin, error))?;
    let path = bin.join("busybox");
    std::fs::write(&path, contents).map_err(|error| Error::io("cannot write", &path, error))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o555))
        .map_err(|error| Error::io("cannot change", &path, error))?;
    Ok(directory)
}

/// `sha256-` and base64, as Nix writes hashes.
fn sri(digest: &[u8; 32]) -> String {
    let hash = nix_derivation::NixHash::from_algorithm_and_digest(nix_derivation::HashAlgorithm::Sha256, digest);
    hash.expect("a SHA-256 has 32 bytes").to_sri_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let root = |packages: &[&str], architecture: Option<&str>| Root {
            packages: packages.iter().map(|name| name.to_string()).collect(),
            architecture: architecture.map(str::to_owned),
            exact: false,
        };
        Manifest {
            suite: "bookworm".to_owned(),
            architecture: "amd64".to_owned(),
            seed: super::super::manifest::Seed {
                busybox: "busybox-static".to_owned(),
            },
            roots: [
                ("gdb".to_owned(), root(&["gdb-multiarch"], None)),
                ("debuggee-arm".to_owned(), root(&["libc6"], Some("armhf"))),
                ("image".to_owned(), root(&["cpio"], None)),
            ]
            .into(),
            sources: BTreeMap::new(),
        }
    }

    /// A lock that has every root of the manifest but `image`.
    fn lock() -> Lock {
        let key = "busybox-static_1_amd64".to_owned();
        let file = File {
            name: "busybox-static".to_owned(),
            version: "1".to_owned(),
            archive: Archive::Debian,
            path: "pool/busybox-static_1_amd64.deb".to_owned(),
            size: 1,
            sha256: "ab".repeat(32),
        };
        Lock {
            version: LOCK_VERSION,
            suite: "bookworm".to_owned(),
            seed: Seed {
                package: key.clone(),
                nar_sha256: "sha256-AAAA".to_owned(),
            },
            packages: [(key.clone(), file)].into(),
            roots: ["gdb", "debuggee-arm"]
                .map(|name| (name.to_owned(), [key.clone()].into()))
                .into(),
            sources: BTreeMap::new(),
        }
    }

    #[test]
    fn named_and_new_roots_are_chosen_and_the_rest_is_kept() {
        let manifest = manifest();
        let names = ["gdb".to_owned()];
        let scope = Scope::new(&manifest, &names, || Ok(lock())).unwrap();
        let chosen: Vec<_> = scope.roots().map(|(name, _)| name.as_str()).collect();
        assert_eq!(chosen, ["gdb", "image"]);
        assert_eq!(scope.architectures(), ["amd64"]);
        assert!(scope.kept("debuggee-arm").is_some());
    }

    #[test]
    fn without_names_everything_is_chosen_and_no_lock_is_read() {
        let manifest = manifest();
        let scope = Scope::new(&manifest, &[], || panic!("the lock is not needed")).unwrap();
        assert_eq!(scope.roots().count(), 3);
        assert_eq!(scope.architectures(), ["amd64", "armhf"]);
    }

    #[test]
    fn an_exact_root_is_what_it_names() {
        let mut manifest = manifest();
        for (name, root) in &mut manifest.roots {
            root.exact = name == "image";
        }
        let scope = Scope::new(&manifest, &[], || Ok(lock())).unwrap();
        let packages: Vec<&str> = scope
            .resolved()
            .flat_map(|root| &root.packages)
            .map(String::as_str)
            .collect();
        assert_eq!(packages, ["libc6", "gdb-multiarch"]);
    }

    #[test]
    fn a_name_that_the_manifest_lacks_is_refused() {
        let manifest = manifest();
        let names = ["gbd".to_owned()];
        let refused = Scope::new(&manifest, &names, || Ok(lock())).err().unwrap();
        assert_eq!(refused.code(), "lkmc::toolbox::not_in_manifest");
        assert!(refused.to_string().contains("`gbd`"), "{refused}");
        assert_eq!(refused.exit, crate::diag::Exit::Usage);
        let help = refused.diagnostics[0].help.as_deref();
        assert!(
            help.is_some_and(|help| help.starts_with("did you mean `gdb`? ")),
            "{help:?}"
        );
    }
}
