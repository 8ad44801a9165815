//! The Nix store in use: the host's if it has a usable Nix, else a private one in the cache, served by the toolbox's own Nix.

use std::ffi::OsStr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::fs::Access;
use sha2::{Digest, Sha256};

use super::enter::Request;
use super::{Options, process};
use crate::diag::{Error, Result};
use crate::hash::hex;
use crate::lock::Lock as FileLock;
use crate::store_path::{STORE, StoreOnDisk};
use crate::toolbox::download::Downloader;
use crate::toolbox::mirror::Mirrors;
use crate::toolbox::{self, Lock};

/// A store, and the Nix programs that work on it.
#[derive(Clone, Debug)]
pub struct Store {
    kind: Kind,
    pub repository: PathBuf,
    pub cache: PathBuf,
    /// Nobody waits for another lkmc, or for what the store itself needs, any longer than this.
    deadline: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Programs in this directory work on `/nix`.
    Host {
        bin: PathBuf,
        /// A daemon works on it, because we may not.
        daemon: bool,
    },
    Private,
}

impl Store {
    /// Looks which Nix there is; fast, and downloads nothing. `LKMC_NIX=private` or `=host` settles the question.
    pub fn open() -> Result<Store> {
        let (repository, cache) = (crate::paths::repository()?, crate::paths::cache()?);
        let wanted = std::env::var_os("LKMC_NIX").unwrap_or_default();
        let kind = match wanted.to_str() {
            Some("") => host().unwrap_or(Kind::Private),
            Some("private") => Kind::Private,
            Some("host") => host().map_err(|why| {
                Error::infrastructure(
                    "lkmc::nix::no_host_nix",
                    "LKMC_NIX=host, but this machine has no usable Nix",
                )
                .cause(why)
                .help("unset LKMC_NIX; lkmc then brings its own")
            })?,
            _ => {
                let message = format!("LKMC_NIX={} is neither `host` nor `private`", wanted.display());
                return Err(Error::usage("lkmc::nix::bad_choice", message).help(
                    "host: the machine's Nix and no other; private: one of lkmc's own; unset: the machine's if it can be used",
                ));
            }
        };
        Ok(Store {
            kind,
            repository,
            cache,
            deadline: None,
        })
    }

    /// The same store, for work that has a deadline.
    pub fn until(self, deadline: Option<Instant>) -> Store {
        Store { deadline, ..self }
    }

    pub fn is_private(&self) -> bool {
        self.kind == Kind::Private
    }

    /// Whether another process builds for us, by its own settings.
    pub(super) fn is_behind_daemon(&self) -> bool {
        matches!(self.kind, Kind::Host { daemon: true, .. })
    }

    /// For those who use what is in it, and no Nix.
    pub fn on_disk(&self) -> StoreOnDisk {
        match self.kind {
            Kind::Host { .. } => StoreOnDisk::AS_NAMED,
            Kind::Private => StoreOnDisk::at(self.private_nix().join("store")),
        }
    }

    /// See [`StoreOnDisk::physical`].
    pub fn physical(&self, path: &Path) -> PathBuf {
        self.on_disk().physical(path)
    }

    /// Tells stores apart; a result known for one says nothing about another.
    pub fn identity(&self) -> String {
        match &self.kind {
            Kind::Host { .. } => STORE.to_owned(),
            Kind::Private => self.private_nix().display().to_string(),
        }
    }

    /// The directory of the store on this machine's disk.
    pub fn directory_of_store(&self) -> PathBuf {
        self.physical(Path::new(STORE))
    }

    /// What becomes `/nix`.
    fn private_nix(&self) -> PathBuf {
        self.cache.join("store/nix")
    }

    /// One of Nix's programs, ready to run. The first call with a private store downloads and unpacks Nix itself.
    pub(super) fn command(&self, program: &str) -> Result<Command> {
        let mut command = self.command_with_caches(program)?;
        without_caches(&mut command);
        Ok(command)
    }

    /// The same command; it may take from binary caches what they have.
    pub(super) fn command_with_caches(&self, program: &str) -> Result<Command> {
        if self.is_private() {
            self.set_up()?;
        }
        self.command_with_options(program)
    }

    /// The first of these commands, perhaps of a Nix that is not there yet.
    pub(super) fn described_command(&self, program: &str) -> Result<Command> {
        let mut command = self.command_with_options(program)?;
        without_caches(&mut command);
        Ok(command)
    }

    fn command_with_options(&self, program: &str) -> Result<Command> {
        let mut command = self.command_without_options(program)?;
        command.args(["--option", "sandbox", "true", "--option", "sandbox-fallback", "false"]);
        // Builds use every core. Two at a time keep the cores busy while one of them configures or links, and cost memory for
        // no more than two links.
        command.args(["--option", "cores", "0", "--option", "max-jobs", "2"]);
        if self.is_private() {
            command.args(["--option", "sandbox-paths", ""]);
        }
        if self.is_private() || root_without_build_users() {
            command.args(["--option", "build-users-group", ""]);
        }
        Ok(command)
    }

    pub(super) fn command_without_options(&self, program: &str) -> Result<Command> {
        let mut command = match &self.kind {
            Kind::Host { bin, .. } => Command::new(bin.join(program)),
            Kind::Private => self.private_command(program)?,
        };
        // Warnings about the user's settings would only confuse; what matters is set on the command line.
        for variable in [
            "NIX_CONFIG",
            "NIX_PATH",
            "NIX_LOG_DIR",
            "NIX_STATE_DIR",
            "NIX_STORE_DIR",
        ] {
            command.env_remove(variable);
        }
        Ok(command)
    }

    fn private_command(&self, program: &str) -> Result<Command> {
        let request = Request {
            root: self.private_root_path()?,
            nix: self.private_nix(),
            mount_point: self.cache.join("mount-point"),
        };
        let home = self.cache.join("nix-home");
        let mut command = Command::new(crate::paths::ourselves());
        command
            .arg("__enter")
            .args(request.arguments())
            .arg(Path::new("/usr/bin").join(program));
        command
            .env("NIX_REMOTE", "local")
            .env("NIX_CONF_DIR", home.join("conf"));
        command
            .env("NIX_USER_CONF_FILES", "")
            .env("TMPDIR", self.cache.join("build"));
        command
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .env("HOME", &home)
            // Nix asks for the user by name, which an account without a passwd entry lacks.
            .env("USER", "lkmc");
        for variable in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
            command.env(variable, &home);
        }
        command.env_remove("LD_LIBRARY_PATH").env_remove("LD_PRELOAD");
        Ok(command)
    }

    /// Where the toolbox's Nix is unpacked, or will be.
    pub(super) fn private_root_path(&self) -> Result<PathBuf> {
        let lock = self.lock()?;
        let mut hasher = Sha256::new();
        lock.files_of("nix")?
            .iter()
            .for_each(|file| hasher.update(&file.sha256));
        Ok(self.cache.join("nix-root").join(&hex(&hasher.finalize())[..32]))
    }

    pub fn lock(&self) -> Result<Lock> {
        Lock::read(&toolbox::directory(&self.repository).join("lock.json"))
    }

    /// Makes whatever of the private store is missing. Two processes may come here at once.
    fn set_up(&self) -> Result<()> {
        for directory in ["store/nix", "mount-point", "nix-home/conf", "build"] {
            self.directory(directory)?;
        }
        let lock = self.directory("nix-root")?.join("lock");
        if !self.private_root_path()?.exists() || !self.is_initialized() {
            let busy = "another lkmc that sets up Nix";
            let _turn = self.wait_for_lock(&lock, FileLock::try_exclusive, busy)?;
            self.unpack_nix()?;
            self.initialize()?;
        }
        Ok(())
    }

    /// Unpacks the toolbox's Nix unless that was done before.
    fn unpack_nix(&self) -> Result<()> {
        let root = self.private_root_path()?;
        if root.exists() {
            return Ok(());
        }
        eprintln!(
            "lkmc: this machine has no Nix that can be used; setting up a private one in {}",
            self.cache.display()
        );
        let downloader = Downloader::new(&self.cache, Mirrors::of_this_machine()?).until(self.deadline);
        let debs = downloader.fetch(&self.lock()?.files_of("nix")?)?;
        let unfinished = root.with_file_name("unfinished");
        remove_tree(&unfinished)?;
        toolbox::deb::unpack_root(&debs, &unfinished)?;
        std::fs::rename(&unfinished, &root).map_err(|error| Error::io("cannot rename", &unfinished, error))
    }

    /// Each of Nix's programs makes what a store lacks, but two at once get into each other's way
    /// (<https://github.com/NixOS/nix/issues/2706>).
    fn initialize(&self) -> Result<()> {
        if self.is_initialized() {
            return Ok(());
        }
        let mut command = self.command_with_options("nix-store")?;
        command.arg("--init");
        let options = Options {
            deadline: self.deadline,
            ..Options::default()
        };
        process::succeed(command, "make its store", &options).map(drop)
    }

    /// Nix writes this file last.
    fn is_initialized(&self) -> bool {
        self.private_nix().join("var/nix/db/schema").exists()
    }

    /// Tries until it has the lock, and says for whom it waits if that takes long.
    pub(super) fn wait_for_lock(
        &self,
        path: &Path,
        take: impl Fn(&Path) -> std::io::Result<Option<FileLock>>,
        holder: &str,
    ) -> Result<FileLock> {
        let mut attempts = 0u64;
        loop {
            if let Some(lock) = take(path).map_err(|error| Error::io("cannot lock", path, error))? {
                return Ok(lock);
            }
            process::go_on(self.deadline)?;
            if attempts == 10 {
                eprintln!("lkmc: waiting for {holder}");
            }
            attempts += 1;
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A command in a world where `/nix` is this store; as it is on a host that has it.
    pub(super) fn inside(&self, program: &OsStr) -> Result<Command> {
        if !self.is_private() {
            return Ok(Command::new(program));
        }
        let request = Request {
            root: "/".into(),
            nix: self.directory("store/nix")?,
            mount_point: self.directory("mount-point")?,
        };
        let mut command = Command::new(crate::paths::ourselves());
        command.arg("__enter").args(request.arguments()).arg(program);
        Ok(command)
    }

    /// A directory of the cache, created.
    pub(super) fn directory(&self, name: &str) -> Result<PathBuf> {
        let path = self.cache.join(name);
        std::fs::create_dir_all(&path).map_err(|error| Error::io("cannot create", &path, error))?;
        Ok(path)
    }
}

/// Otherwise a machine that reaches no binary cache waits for retries before each build.
fn without_caches(command: &mut Command) {
    command.args(["--option", "substituters", ""]);
}

/// A single-user Nix of root: its default setting names a group that does not exist.
fn root_without_build_users() -> bool {
    let exists = || std::fs::read_to_string("/etc/group").is_ok_and(|groups| groups.contains("\nnixbld:"));
    rustix::process::getuid().is_root() && !exists()
}

/// A Nix in `PATH` whose daemon answers, or whose store we may write; else what is wrong.
fn host() -> std::result::Result<Kind, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let bin = std::env::split_paths(&path).find(|bin| bin.is_absolute() && bin.join("nix-store").is_file());
    let bin = bin.ok_or("there is no nix-store on PATH")?;
    let socket = "/nix/var/nix/daemon-socket/socket";
    let writable = || {
        let both = [STORE, "/nix/var/nix/db"];
        both.iter()
            .all(|path| rustix::fs::access(*path, Access::WRITE_OK | Access::EXEC_OK).is_ok())
    };
    if writable() {
        return Ok(Kind::Host { bin, daemon: false });
    }
    match UnixStream::connect(socket) {
        Ok(_) => Ok(Kind::Host { bin, daemon: true }),
        Err(error) => Err(format!(
            "its store is not yours to write, and no daemon answers at {socket}: {error}"
        )),
    }
}

/// Removes a tree if it is there, read-only directories included.
pub(super) fn remove_tree(path: &Path) -> Result<()> {
    let error = match std::fs::remove_dir_all(path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => error,
        Err(error) => return Err(Error::io("cannot remove", path, error)),
    };
    make_writable(path);
    std::fs::remove_dir_all(path).map_err(|_| Error::io("cannot remove", path, error))
}

fn make_writable(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700));
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}
