//! What was seen of this machine. Looking takes a second or two, most of it waiting for mirrors.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::namespaces::{self, Namespaces};
use super::programs;
use crate::debian::{Archive, File};
use crate::emulator::kvm::{self, Answer};
use crate::gem5::about::{self, About};
use crate::nix::Store;
use crate::nix::enter::Failure;
use crate::profile::Library;
use crate::rr;
use crate::toolbox::download::Downloader;
use crate::toolbox::mirror::Mirrors;
use crate::toolbox::{self, Lock, Manifest};

/// How long a mirror may take to answer.
const MIRROR_LIMIT: Duration = Duration::from_secs(5);

/// An error of another part of lkmc, in its words.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub what: String,
    pub remedy: String,
}

#[derive(Clone, Debug)]
pub struct Facts {
    pub architecture: String,
    pub cores: usize,
    pub memory: Option<Memory>,
    pub checkout: Result<Directory, Trouble>,
    pub cache: Result<Directory, Trouble>,
    pub nix: Result<Nix, Trouble>,
    pub namespaces: Namespaces,
    /// What `nix::enter` knows about this machine's settings.
    pub namespace_remedy: String,
    /// Only with a private store.
    pub private_root: Option<Result<(), Trouble>>,
    pub kvm: Kvm,
    pub lock: Result<LockState, Trouble>,
    pub mirrors: Result<Vec<Mirror>, Trouble>,
    pub profiles: Profiles,
    /// The gem5 that LKMC_GEM5 names, if it does.
    pub gem5: Option<Result<Gem5, Trouble>>,
    /// rr, if it can record.
    pub rr: Result<rr::Recorder, rr::Obstacle>,
    /// `apt-get` and the keys of the Debian archive.
    pub apt: bool,
    pub keyring: bool,
    /// What `cargo --version` says.
    pub cargo: Option<String>,
}

/// Bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    pub total: u64,
    pub available: u64,
}

#[derive(Clone, Debug)]
pub struct Directory {
    pub path: PathBuf,
    /// Why nothing can be written there.
    pub unwritable: Option<String>,
    /// Bytes that we may still write.
    pub free: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct Nix {
    pub store: PathBuf,
    pub kind: NixKind,
}

#[derive(Clone, Debug)]
pub enum NixKind {
    /// The machine's own, with what it says of its version, and whether it builds in a sandbox for us.
    Host {
        program: PathBuf,
        version: Option<String>,
        sandbox: Result<(), Trouble>,
    },
    /// The toolbox's.
    Private {
        version: String,
        unpacked: bool,
        /// A Nix of the machine that cannot be used: no daemon answers, and its store is not ours to write.
        unusable: Option<PathBuf>,
    },
}

#[derive(Clone, Debug)]
pub struct Gem5 {
    pub program: PathBuf,
    pub version: String,
    /// The instruction sets that it was built with.
    pub isas: Vec<String>,
}

#[derive(Clone, Debug)]
pub enum Kvm {
    Usable,
    /// It cannot be opened, or a guest did not start with it.
    Unusable {
        why: String,
        remedy: String,
    },
    /// Open to us; whether a guest starts is found out when one is wanted.
    Untried,
}

#[derive(Clone, Debug)]
pub struct LockState {
    pub suite: String,
    pub files: usize,
    /// Of all files.
    pub bytes: u64,
    /// Bytes of files that are not in the cache.
    pub missing: u64,
    /// How the lock differs from the manifest.
    pub stale: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Mirror {
    pub archive: Archive,
    pub address: String,
    /// Why it gave nothing.
    pub error: Option<String>,
}

/// Shipped profiles that run on an emulator of the toolbox.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    pub all: Vec<String>,
    pub built: Vec<String>,
}

impl Facts {
    pub fn gather() -> Facts {
        let mirrors = std::thread::spawn(mirrors);
        let cache = cache();
        let nix = nix();
        let private = matches!(&nix, Ok(nix) if matches!(nix.kind, NixKind::Private { .. }));
        let private_root = match &cache {
            Ok(cache) if private && cache.unwritable.is_none() => {
                Some(namespaces::attempt_private_root(&cache.path).map_err(failed_to_enter))
            }
            _ => None,
        };
        Facts {
            architecture: std::env::consts::ARCH.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            memory: memory(&std::fs::read_to_string("/proc/meminfo").unwrap_or_default()),
            checkout: checkout(),
            lock: lock(cache.as_ref().ok()),
            profiles: profiles(),
            cache,
            nix,
            namespaces: namespaces::attempt(),
            namespace_remedy: crate::nix::enter::namespace_help(),
            private_root,
            kvm: accelerator(),
            gem5: about::of_environment().map(gem5),
            rr: rr::find(),
            apt: programs::find("apt-get").is_some(),
            keyring: Path::new(KEYRING).exists(),
            cargo: cargo().and_then(|cargo| programs::version(&cargo)),
            // The thread does not panic: it only asks and collects answers.
            mirrors: mirrors.join().unwrap_or_else(|_| Ok(Vec::new())),
        }
    }
}

/// In `PATH`, else where rustup puts it, as the wrapper `lkmc` looks for it.
fn cargo() -> Option<PathBuf> {
    let of_rustup = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo/bin/cargo"));
    programs::find("cargo").or_else(|| of_rustup().filter(|cargo| cargo.is_file()))
}

/// Where `toolbox::apt` looks for the archive's keys.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

fn trouble(error: crate::diag::Error) -> Trouble {
    let json = crate::diag::to_json(&error);
    let help = json["errors"][0]["help"].as_str().unwrap_or_default().to_owned();
    Trouble {
        what: error.to_string(),
        remedy: help,
    }
}

fn failed_to_enter(failure: Failure) -> Trouble {
    Trouble {
        what: format!("{}: {}", failure.message, failure.cause),
        remedy: failure.help,
    }
}

fn directory(path: PathBuf) -> Directory {
    let probe = path.join(format!(".lkmc-doctor-{}", std::process::id()));
    let unwritable = std::fs::File::create_new(&probe).err().map(|error| error.to_string());
    let _ = std::fs::remove_file(&probe);
    Directory {
        free: crate::paths::room(&path),
        unwritable,
        path,
    }
}

fn checkout() -> Result<Directory, Trouble> {
    crate::paths::repository().map(directory).map_err(trouble)
}

fn cache() -> Result<Directory, Trouble> {
    crate::paths::cache().map(directory).map_err(trouble)
}

/// From `/proc/meminfo`, whose unit is 1024 bytes.
fn memory(text: &str) -> Option<Memory> {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let number: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(number * 1024)
    };
    Some(Memory {
        total: field("MemTotal:")?,
        available: field("MemAvailable:")?,
    })
}

fn nix() -> Result<Nix, Trouble> {
    let store = Store::open().map_err(trouble)?;
    let program = programs::find("nix-store");
    let kind = match (store.is_private(), program) {
        (false, Some(program)) => NixKind::Host {
            version: programs::version(&program),
            program,
            sandbox: crate::nix::require_sandbox(&store, &crate::nix::Options::default()).map_err(trouble),
        },
        (_, unusable) => NixKind::Private {
            version: private_version(&store).map_err(trouble)?,
            unpacked: unpacked(&store.cache),
            unusable,
        },
    };
    Ok(Nix {
        store: store.directory_of_store(),
        kind,
    })
}

fn private_version(store: &Store) -> crate::diag::Result<String> {
    let lock = store.lock()?;
    let files = lock.files_of("nix")?;
    let nix = files.iter().find(|file| file.name == "nix-bin");
    Ok(nix.map_or_else(|| "of unknown version".to_owned(), |file| file.version.clone()))
}

fn unpacked(cache: &Path) -> bool {
    let entries = std::fs::read_dir(cache.join("nix-root"))
        .into_iter()
        .flatten()
        .flatten();
    entries
        .into_iter()
        .any(|entry| entry.path().is_dir() && entry.file_name() != "unfinished")
}

fn accelerator() -> Kvm {
    let unusable = |why: String, remedy: &str| Kvm::Unusable {
        why,
        remedy: remedy.to_owned(),
    };
    match std::fs::File::options().read(true).write(true).open("/dev/kvm") {
        Ok(_) => match kvm::known(crate::profile::Arch::X86_64) {
            Some(Answer::Works) => Kvm::Usable,
            Some(Answer::Unusable(why)) => unusable(
                why,
                "when the cause is gone, boot this machine again or remove the directory `kvm` of the cache",
            ),
            None => Kvm::Untried,
        },
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => unusable(
            "you may not open /dev/kvm".into(),
            "join the group that owns it (`sudo usermod -aG kvm $USER`) and log in again",
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => unusable(
            "there is no /dev/kvm".into(),
            "turn on virtualisation in the firmware and load the module kvm_intel or kvm_amd; in a virtual machine, allow \
             nested virtualisation on its host; in a container, pass the device on with `--device /dev/kvm`",
        ),
        Err(error) => unusable(format!("/dev/kvm cannot be opened: {error}"), ""),
    }
}

fn gem5(asked: crate::diag::Result<(PathBuf, About)>) -> Result<Gem5, Trouble> {
    let (program, about) = asked.map_err(trouble)?;
    Ok(Gem5 {
        program,
        version: about.title(),
        isas: about.isas,
    })
}

fn lock(cache: Option<&Directory>) -> Result<LockState, Trouble> {
    let directory = toolbox::directory(&crate::paths::repository().map_err(trouble)?);
    let lock = Lock::read(&directory.join("lock.json")).map_err(trouble)?;
    let manifest = Manifest::read(&directory.join("packages.toml")).map_err(trouble)?;
    let files = lock.all_files();
    let here =
        |file: &File| cache.is_some_and(|cache| Downloader::new(&cache.path, Mirrors::default()).path(file).exists());
    Ok(LockState {
        suite: lock.suite.clone(),
        files: files.len(),
        bytes: files.iter().map(|file| file.size).sum(),
        missing: files.iter().filter(|file| !here(file)).map(|file| file.size).sum(),
        stale: toolbox::check::against_manifest(&lock, &manifest)
            .into_iter()
            .map(|problem| problem.message)
            .collect(),
    })
}

/// Asks each mirror for the head of its signed index.
fn mirrors() -> Result<Vec<Mirror>, Trouble> {
    let mirrors = Mirrors::of_this_machine().map_err(trouble)?;
    let suite = crate::paths::repository()
        .ok()
        .and_then(|root| Lock::read(&toolbox::directory(&root).join("lock.json")).ok())
        .map_or_else(|| "stable".to_owned(), |lock| lock.suite);
    let config = ureq::Agent::config_builder().timeout_global(Some(MIRROR_LIMIT)).build();
    let agent = ureq::Agent::from(config);
    let asked = [Archive::Debian, Archive::DebianSecurity]
        .into_iter()
        .flat_map(|archive| {
            let suite = match archive {
                Archive::Debian => suite.clone(),
                Archive::DebianSecurity => format!("{suite}-security"),
            };
            let ask = move |address: &String| (archive, address.clone(), format!("{address}/dists/{suite}/InRelease"));
            mirrors.of(archive).iter().map(ask).collect::<Vec<_>>()
        });
    let threads: Vec<_> = asked
        .map(|(archive, address, url)| {
            let agent = agent.clone();
            std::thread::spawn(move || Mirror {
                archive,
                address,
                error: agent.head(&url).call().err().map(|error| error.to_string()),
            })
        })
        .collect();
    // None of them panics.
    Ok(threads.into_iter().filter_map(|thread| thread.join().ok()).collect())
}

/// Roots in the cache are called `PROFILE-bundle-` and so on, links to what was built.
fn profiles() -> Profiles {
    let Ok(library) = Library::installed() else {
        return Profiles::default();
    };
    let of_toolbox = |name: &String| {
        let profile = library.load(name).ok()?;
        profile.emulator.qemu().map(|_| name.clone())
    };
    let all: Vec<String> = library.names().iter().filter_map(of_toolbox).collect();
    let Ok(store) = Store::open() else {
        return Profiles { all, built: Vec::new() };
    };
    let links: Vec<PathBuf> = std::fs::read_dir(store.cache.join("roots"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    let is_built = |name: &String| {
        links.iter().any(|link| {
            let file = link.file_name().unwrap_or_default().to_string_lossy();
            let ours = file
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with("-bundle-"));
            let target = std::fs::read_link(link)
                .ok()
                .filter(|target| target.extension().is_none());
            ours && target.is_some_and(|target| store.physical(&target).exists())
        })
    };
    Profiles {
        built: all.iter().filter(|name| is_built(name)).cloned().collect(),
        all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let memory = memory("MemTotal:       24682000 kB\nMemFree:  1 kB\nMemAvailable:   22710000 kB\n").unwrap();
        assert_eq!((memory.total, memory.available), (24_682_000 << 10, 22_710_000 << 10));
    }
}
