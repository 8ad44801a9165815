//! `lkmc lock update`: from the manifest to the lock, through apt's verified indexes.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix_archive::nar;

use super::apt::Apt;
use super::download::Downloader;
use super::index::{self, Packages};
use super::lock::{Archive, File, LOCK_VERSION, Lock, Seed};
use super::manifest::{Manifest, Source};
use super::mirror::Mirrors;
use super::{Error, Result, deb};

/// Which static program, under which name in the seed's `bin/`.
struct SeedProgram {
    /// Name of the directory in the store.
    directory: &'static str,
    file: &'static str,
    in_package: &'static str,
}

const BUSYBOX: SeedProgram = SeedProgram {
    directory: "lkmc-seed",
    file: "busybox",
    in_package: "bin/busybox",
};
const BASH: SeedProgram = SeedProgram {
    directory: "lkmc-seed-bash",
    file: "bash",
    in_package: "bin/bash-static",
};

/// Chooses versions afresh. Says on standard error what it is doing.
pub fn update(manifest: &Manifest, cache: &Path, mirrors: Mirrors) -> Result<Lock> {
    let apt = Apt::new(cache.join("apt").join(&manifest.suite), manifest)?;
    eprintln!("lkmc: reading the package indexes of {}", manifest.suite);
    apt.update(&mirrors)?;
    let mut packages = Packages::default();
    for (archive, text) in apt.indexes("Packages")? {
        packages.add(archive, &text);
    }
    let mut update = Update {
        manifest,
        apt,
        packages,
        locked: BTreeMap::new(),
    };
    let mut roots = BTreeMap::new();
    for (name, root) in &manifest.roots {
        eprintln!("lkmc: resolving {name}");
        roots.insert(name.clone(), update.root(name, &root.packages)?);
    }
    let sources = update.sources()?;
    let downloader = Downloader::new(cache, mirrors);
    let seed = update.seed("seed.busybox", &manifest.seed.busybox, &BUSYBOX, &downloader)?;
    let seed_bash = match &manifest.seed.bash {
        Some(package) => Some(update.seed("seed.bash", package, &BASH, &downloader)?),
        None => None,
    };
    let packages = update.locked;
    Ok(Lock {
        version: LOCK_VERSION,
        suite: manifest.suite.clone(),
        seed,
        seed_bash,
        packages,
        roots,
        sources,
    })
}

struct Update<'a> {
    manifest: &'a Manifest,
    apt: Apt,
    packages: Packages,
    locked: BTreeMap<String, File>,
}

impl Update<'_> {
    fn root(&mut self, name: &str, packages: &[String]) -> Result<BTreeSet<String>> {
        let choices = self.apt.resolve(packages)?;
        let find = |choice: &super::apt::Choice| {
            let file = self.packages.exact(&choice.name, &choice.version, &choice.architecture);
            file.cloned()
                .ok_or_else(|| self.unknown("package", &choice.name, &format!("roots.{name}")))
        };
        let files = choices.iter().map(find).collect::<Result<Vec<File>>>()?;
        Ok(files.into_iter().map(|file| self.lock(file)).collect())
    }

    fn sources(&self) -> Result<BTreeMap<String, File>> {
        let indexes = self.apt.indexes("Sources")?;
        let find = |(name, source): (&String, &Source)| {
            let place = format!("sources.{name}");
            let file = match (&source.package, &source.source) {
                (Some(package), _) => self
                    .packages
                    .preferred(package)
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
        self.manifest.sources.iter().map(find).collect()
    }

    fn seed(&mut self, place: &str, package: &str, program: &SeedProgram, downloader: &Downloader) -> Result<Seed> {
        let file = self
            .packages
            .preferred(package)
            .cloned()
            .ok_or_else(|| self.unknown("package", package, place))?;
        let deb = downloader.fetch(&[&file])?.remove(0);
        let work = tempfile::tempdir().map_err(Error::io("cannot create", std::env::temp_dir()))?;
        let directory = unpack_seed(&deb, program, work.path())?;
        let hash = nar::hash_path(&directory, nar::CaseHack::Disabled);
        let hash = hash.map_err(|error| Error::BadDeb {
            path: deb,
            message: error.to_string(),
        })?;
        Ok(Seed {
            package: self.lock(file),
            nar_sha256: sri(&hash.sha256),
        })
    }

    /// Enters a file under its name without `.deb`, which is unique in Debian's pool.
    fn lock(&mut self, file: File) -> String {
        let key = file.file_name().trim_end_matches(".deb").to_owned();
        self.locked.insert(key.clone(), file);
        key
    }

    fn unknown(&self, what: &'static str, name: &str, place: &str) -> Error {
        let suite = self.manifest.suite.clone();
        Error::UnknownPackage {
            what,
            name: name.to_owned(),
            suite,
            place: place.to_owned(),
        }
    }
}

/// Makes the directory of the seed that `store_name` names, below `parent`. None for a name that is no seed.
pub fn seed_directory(
    lock: &Lock,
    store_name: &str,
    parent: &Path,
    downloader: &Downloader,
) -> Result<Option<PathBuf>> {
    let (seed, program) = match store_name {
        name if name == BUSYBOX.directory => (Some(&lock.seed), &BUSYBOX),
        name if name == BASH.directory => (lock.seed_bash.as_ref(), &BASH),
        _ => return Ok(None),
    };
    let Some(seed) = seed else { return Ok(None) };
    // The reader of the lock checked that the key is there.
    let deb = downloader.fetch(&[&lock.packages[&seed.package]])?.remove(0);
    unpack_seed(&deb, program, parent).map(Some)
}

fn unpack_seed(deb: &Path, program: &SeedProgram, parent: &Path) -> Result<PathBuf> {
    let contents = deb::read_file(deb, Path::new(program.in_package))?;
    let directory = parent.join(program.directory);
    let bin = directory.join("bin");
    std::fs::create_dir_all(&bin).map_err(Error::io("cannot create", &bin))?;
    let path = bin.join(program.file);
    std::fs::write(&path, contents).map_err(Error::io("cannot write", &path))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o555))
        .map_err(Error::io("cannot change", &path))?;
    Ok(directory)
}

/// `sha256-` and base64, as Nix writes hashes.
fn sri(digest: &[u8; 32]) -> String {
    let hash = nix_derivation::NixHash::from_algorithm_and_digest(nix_derivation::HashAlgorithm::Sha256, digest);
    hash.expect("a SHA-256 has 32 bytes").to_sri_string()
}
