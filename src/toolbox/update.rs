//! `lkmc lock update`: from the manifest to the lock, through apt's verified indexes.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix_archive::nar;

use super::apt::Apt;
use super::download::Downloader;
use super::index::{self, Packages};
use super::lock::{Archive, File, LOCK_VERSION, Lock, Seed};
use super::manifest::{Manifest, Root, Source};
use super::mirror::Mirrors;
use super::{Error, Result, deb};

/// Name of the seed in the store.
pub const SEED: &str = "lkmc-seed";

/// Chooses versions afresh. Says on standard error what it is doing.
pub fn update(manifest: &Manifest, cache: &Path, mirrors: Mirrors) -> Result<Lock> {
    let mut apts = BTreeMap::new();
    let mut packages = Packages::default();
    for architecture in manifest.architectures() {
        eprintln!(
            "lkmc: reading the package indexes of {} for {architecture}",
            manifest.suite
        );
        let apt = Apt::new(cache, manifest, architecture)?;
        apt.update(&mirrors)?;
        for (archive, text) in apt.indexes("Packages")? {
            packages.add(archive, &text);
        }
        apts.insert(architecture, apt);
    }
    let mut update = Update {
        manifest,
        apts,
        packages,
        locked: BTreeMap::new(),
    };
    let mut roots = BTreeMap::new();
    for (name, root) in &manifest.roots {
        eprintln!("lkmc: resolving {name}");
        roots.insert(name.clone(), update.root(name, root)?);
    }
    let sources = update.sources()?;
    let downloader = Downloader::new(cache, mirrors);
    let seed = update.seed(&manifest.seed.busybox, &downloader, cache)?;
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
pub fn dry_run(manifest: &Manifest, cache: &Path) -> String {
    let apt = |architecture: &str| {
        let configuration = Apt::directory(cache, manifest, architecture).join("apt.conf");
        format!("env APT_CONFIG={} apt-get", configuration.display())
    };
    let mut commands = String::new();
    for architecture in manifest.architectures() {
        commands.push_str(&format!("{} update -q\n", apt(architecture)));
    }
    for root in manifest.roots.values() {
        let apt = apt(manifest.architecture_of(root));
        commands.push_str(&format!(
            "{apt} install -q -s --no-install-recommends {}\n",
            root.packages.join(" ")
        ));
    }
    commands
}

struct Update<'a> {
    manifest: &'a Manifest,
    /// By architecture; the host's is always there.
    apts: BTreeMap<&'a str, Apt>,
    packages: Packages,
    locked: BTreeMap<String, File>,
}

impl Update<'_> {
    fn root(&mut self, name: &str, root: &Root) -> Result<BTreeSet<String>> {
        let choices = self.apts[self.manifest.architecture_of(root)].resolve(&root.packages)?;
        let find = |choice: &super::apt::Choice| {
            let file = self.packages.exact(&choice.name, &choice.version, &choice.architecture);
            file.cloned()
                .ok_or_else(|| self.unknown("package", &choice.name, &format!("roots.{name}")))
        };
        let files = choices.iter().map(find).collect::<Result<Vec<File>>>()?;
        Ok(files.into_iter().map(|file| self.lock(file)).collect())
    }

    fn sources(&self) -> Result<BTreeMap<String, File>> {
        let indexes = self.apts[self.manifest.architecture.as_str()].indexes("Sources")?;
        let find = |(name, source): (&String, &Source)| {
            let place = format!("sources.{name}");
            let file = match (&source.package, &source.source) {
                (Some(package), _) => self
                    .packages
                    .preferred(package, &self.manifest.architecture)
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

    fn seed(&mut self, package: &str, downloader: &Downloader, cache: &Path) -> Result<Seed> {
        let found = self.packages.preferred(package, &self.manifest.architecture).cloned();
        let file = found.ok_or_else(|| self.unknown("package", package, "seed"))?;
        let deb = downloader.fetch(&[&file])?.remove(0);
        let work = tempfile::tempdir_in(cache).map_err(Error::io("cannot create a directory in", cache))?;
        let directory = unpack_seed(&deb, work.path())?;
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
    std::fs::create_dir_all(&bin).map_err(Error::io("cannot create", &bin))?;
    let path = bin.join("busybox");
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
