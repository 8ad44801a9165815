//! From a lowered profile to a built attribute: evaluate, see what is missing, fetch it, realise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::{Closure, Plan};
use super::process;
use super::progress::Follower;
use super::roots::{Root, RootLock, building};
use super::store::Store;
use crate::bundle::Bundle;
use crate::diag::{Error, Result};
use crate::toolbox::download::{Downloader, hex};
use crate::toolbox::mirror::Mirrors;
use crate::toolbox::{self, Lock};

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A kernel takes minutes, so there is none unless the user asks.
    pub deadline: Option<Instant>,
    pub verbose: bool,
}

/// Everything that a run needs, in the store, safe from collection while this lives.
#[derive(Debug)]
pub struct Built {
    pub bundle: Bundle,
    /// The bundle itself, a store path.
    pub out: PathBuf,
    pub drv: PathBuf,
    pub store: Store,
    pub root_lock: RootLock,
}

/// One attribute of `nix/default.nix`, built.
#[derive(Debug)]
pub struct BuiltAttr {
    pub out: PathBuf,
    pub drv: PathBuf,
    pub store: Store,
    pub root_lock: RootLock,
}

/// Builds the bundle of a lowered profile.
pub fn build(lowered: &Path, options: &Options) -> Result<Built> {
    let BuiltAttr {
        out,
        drv,
        store,
        root_lock,
    } = build_attr(lowered, "bundle", options)?;
    let path = store.physical(&out).join("share/lkmc/bundle.json");
    let text = std::fs::read_to_string(&path).map_err(|error| Error::io("cannot read", &path, error))?;
    let bundle = serde_json::from_str(&text).map_err(|error| {
        Error::infrastructure(
            "lkmc::nix::bad_bundle",
            format!("{} is not a bundle that this lkmc understands", path.display()),
        )
        .cause(error)
        .help("nix/bundle.nix and src/bundle.rs must agree")
    })?;
    Ok(Built {
        bundle,
        out,
        drv,
        store,
        root_lock,
    })
}

/// Builds one attribute. When nothing that it depends on has changed, this takes a few milliseconds and starts no process.
pub fn build_attr(lowered: &Path, attr: &str, options: &Options) -> Result<BuiltAttr> {
    let store = Store::open()?;
    let key = Key::new(&store, lowered, attr)?;
    let root = Root::new(&store, &key.root_name(attr))?;
    let root_lock = root.share()?;
    let known = Known::path(&store, &key);
    if let Some(known) = Known::read(&known).filter(|known| root.link.exists_as(&store, &known.out)) {
        return Ok(BuiltAttr {
            out: known.out,
            drv: known.drv,
            store,
            root_lock,
        });
    }
    let _building = building(&store)?;
    let drv = instantiate(&store, lowered, attr, &root.drv_link, options)?;
    let out = realise(&store, &drv, Some(&root.link), options)?;
    Known {
        out: out.clone(),
        drv: drv.clone(),
    }
    .write(&known)?;
    Ok(BuiltAttr {
        out,
        drv,
        store,
        root_lock,
    })
}

/// Evaluates only: the derivation of an attribute, and what building it would mean.
pub fn plan(lowered: &Path, attr: &str, options: &Options) -> Result<(Store, Closure, Plan)> {
    let store = Store::open()?;
    let key = Key::new(&store, lowered, attr)?;
    let root = Root::new(&store, &key.root_name(attr))?;
    let _building = building(&store)?;
    let drv = instantiate(&store, lowered, attr, &root.drv_link, options)?;
    let closure = Closure::read(&store, &drv)?;
    let plan = plan_of(&store, &closure)?;
    Ok((store, closure, plan))
}

fn instantiate(store: &Store, lowered: &Path, attr: &str, root: &Path, options: &Options) -> Result<PathBuf> {
    let mut command = store.command("nix-instantiate")?;
    command
        .arg(store.repository.join("nix/default.nix"))
        .args(["--argstr", "lowered"])
        .arg(lowered)
        .args(["-A", attr]);
    command.arg("--add-root").arg(root).arg("--indirect");
    let shown = process::show(&command);
    let mut stderr = Vec::new();
    let finished = process::run(command, options.deadline, |line| stderr.extend(line.map(str::to_owned)))?;
    if !finished.status.success() {
        let message = format!("cannot evaluate `{attr}` of {}", lowered.display());
        let error = Error::infrastructure("lkmc::nix::evaluation_failed", message);
        return Err(error.cause(stderr.join("\n")).help(format!("the command was: {shown}")));
    }
    let link = finished
        .stdout
        .lines()
        .next()
        .unwrap_or_default()
        .split('!')
        .next()
        .unwrap_or_default();
    let drv = if link.starts_with("/nix/store/") {
        Ok(PathBuf::from(link))
    } else {
        std::fs::read_link(link)
    };
    drv.map_err(|error| Error::io("cannot read the link", Path::new(link), error))
}

/// Fetches what is missing, then lets Nix build.
pub fn realise(store: &Store, drv: &Path, root: Option<&Path>, options: &Options) -> Result<PathBuf> {
    let closure = Closure::read(store, drv)?;
    let plan = plan_of(store, &closure)?;
    fetch(store, &closure, &plan, options)?;
    let mut command = store.command("nix-store")?;
    command
        .args(["--realise", "--log-format", "internal-json", "-v"])
        .arg(drv);
    if let Some(root) = root {
        command.arg("--add-root").arg(root).arg("--indirect");
    }
    let mut follower = Follower::new(plan.build.len(), options.verbose);
    let result = process::run(command, options.deadline, |line| follower.line(line));
    follower.finish();
    let finished = result?;
    if !finished.status.success() {
        return Err(build_error(store, &follower, finished.status));
    }
    if !plan.build.is_empty() {
        eprintln!("lkmc: built in {:.1} s", follower.elapsed().as_secs_f64());
    }
    // `read` refuses derivations whose outputs are not known beforehand; `out` is first or the only one in ours.
    let outputs = &closure.nodes[drv].outputs;
    let out = outputs.get("out").or_else(|| outputs.values().next());
    out.cloned()
        .ok_or_else(|| Error::infrastructure("lkmc::nix::no_output", format!("{} has no output", drv.display())))
}

fn build_error(store: &Store, follower: &Follower, status: std::process::ExitStatus) -> Error {
    let Some((drv, tail)) = follower.failed() else {
        let error = Error::infrastructure("lkmc::nix::build_failed", "the build failed");
        let said = follower.errors.join("\n");
        return error.cause(if said.is_empty() {
            process::describe(status)
        } else {
            said
        });
    };
    let name = super::plan::derivation_name(drv);
    let error = Error::infrastructure("lkmc::nix::build_failed", format!("building {name} failed"));
    let log = log_file(store, drv)
        .map(|log| format!("the whole log is {}", log.display()))
        .unwrap_or_default();
    error
        .cause(format!("its last lines were:\n{}", tail.join("\n")))
        .help(log)
}

/// Nix keeps each build's log, compressed.
fn log_file(store: &Store, drv: &Path) -> Option<PathBuf> {
    let base = drv.file_name()?.to_str()?;
    let (directory, file) = base.split_at_checked(2)?;
    let nix = store.physical(Path::new("/nix/store/x")).parent()?.parent()?.to_owned();
    let log = nix.join("var/log/nix/drvs").join(directory).join(format!("{file}.bz2"));
    log.exists().then_some(log)
}

fn plan_of(store: &Store, closure: &Closure) -> Result<Plan> {
    let invalid = invalid_paths(store, &closure.outputs().collect::<Vec<_>>())?;
    Ok(closure.plan(|output| !invalid.contains(output)))
}

/// Which of the paths the store does not have. Their mere existence proves nothing: a copy may have been cut short.
fn invalid_paths(store: &Store, paths: &[&Path]) -> Result<std::collections::BTreeSet<PathBuf>> {
    let mut invalid = std::collections::BTreeSet::new();
    for paths in paths.chunks(1000) {
        let mut command = store.command("nix-store")?;
        command.args(["--check-validity", "--print-invalid"]).args(paths);
        let finished = succeed(command, "ask the store what it has")?;
        invalid.extend(finished.lines().map(PathBuf::from));
    }
    Ok(invalid)
}

/// Downloads the files of the plan and adds them to the store under the paths that Nix computed for them.
fn fetch(store: &Store, closure: &Closure, plan: &Plan, _options: &Options) -> Result<()> {
    if plan.fetch.is_empty() {
        return Ok(());
    }
    let lock = Lock::read(&toolbox::directory(&store.repository).join("lock.json"))?;
    let downloader = Downloader::new(&store.cache, Mirrors::of_this_machine()?);
    let _guard = super::interrupt::Guard::new();
    let (mut files, mut seeds) = (Vec::new(), Vec::new());
    let work = tempfile::tempdir_in(&store.cache).map_err(|error| Error::io("cannot write to", &store.cache, error))?;
    for path in &plan.fetch {
        let node = &closure.nodes[path];
        let sha256 = node
            .fixed
            .as_ref()
            .map(|fixed| fixed.sha256.as_str())
            .unwrap_or_default();
        match lock.by_sha256(sha256) {
            Some(file) => files.push(file),
            None => seeds.push(
                toolbox::update::seed_directory(&lock, &node.name, work.path(), &downloader)?.ok_or_else(|| {
                    Error::infrastructure(
                        "lkmc::nix::not_locked",
                        format!("the lock file knows no file for {}", node.name),
                    )
                })?,
            ),
        }
    }
    let downloaded = downloader.fetch(&files)?;
    add_fixed(store, &[], downloaded)?;
    add_fixed(store, &["--recursive"], seeds)
}

fn add_fixed(store: &Store, options: &[&str], paths: Vec<PathBuf>) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let mut command = store.command("nix-store")?;
    command
        .arg("--add-fixed")
        .args(options)
        .arg("sha256")
        .args(paths.into_iter().map(OsString::from));
    succeed(command, "add downloaded files to the store").map(drop)
}

/// The standard output of a command that must not fail.
pub(super) fn succeed(command: std::process::Command, what: &str) -> Result<String> {
    let shown = process::show(&command);
    let mut stderr = Vec::new();
    let finished = process::run(command, None, |line| stderr.extend(line.map(str::to_owned)))?;
    if finished.status.success() {
        return Ok(finished.stdout);
    }
    let error = Error::infrastructure(
        "lkmc::nix::failed",
        format!("Nix could not {what}: {}", process::describe(finished.status)),
    );
    Err(error.cause(stderr.join("\n")).help(format!("the command was: {shown}")))
}

/// Everything that an evaluation depends on.
struct Key {
    profile: String,
    hash: String,
}

/// What the expressions read besides the lowered profile.
const EVALUATION_INPUTS: &[&str] = &["nix", "guest", "rootfs_overlay"];

#[derive(Deserialize)]
struct LoweredHead {
    name: String,
    rootfs: LoweredRootfs,
}

#[derive(Deserialize)]
struct LoweredRootfs {
    #[serde(default)]
    overlay: Vec<PathBuf>,
}

impl Key {
    fn new(store: &Store, lowered: &Path, attr: &str) -> Result<Key> {
        let text = std::fs::read(lowered).map_err(|error| Error::io("cannot read", lowered, error))?;
        let head: LoweredHead = serde_json::from_slice(&text).map_err(|error| {
            Error::infrastructure(
                "lkmc::nix::bad_lowered",
                format!("{} is not a lowered profile", lowered.display()),
            )
            .cause(error)
        })?;
        let mut hasher = Sha256::new();
        for part in [store.identity().as_bytes(), attr.as_bytes(), &text] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let overlays = head.rootfs.overlay.iter().map(|overlay| store.repository.join(overlay));
        for tree in EVALUATION_INPUTS
            .iter()
            .map(|input| store.repository.join(input))
            .chain(overlays)
        {
            hash_tree(&tree, &mut hasher).map_err(|error| Error::io("cannot read", &tree, error))?;
        }
        Ok(Key {
            profile: head.name,
            hash: hex(&hasher.finalize()),
        })
    }

    fn root_name(&self, attr: &str) -> String {
        format!("{}-{attr}-{}", self.profile, &self.hash[..16])
    }
}

/// Names, kinds, executable bits and contents, in a fixed order. A tree that is not there counts as empty.
fn hash_tree(path: &Path, hasher: &mut Sha256) -> std::io::Result<()> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        result => result?,
    };
    let mut field = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(path.as_os_str().as_encoded_bytes());
    if metadata.is_dir() {
        let mut children = std::fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()?;
        children.sort();
        children.iter().try_for_each(|child| hash_tree(child, hasher))
    } else if metadata.is_symlink() {
        field(std::fs::read_link(path)?.as_os_str().as_encoded_bytes());
        Ok(())
    } else {
        let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0;
        field(&[u8::from(executable)]);
        field(&std::fs::read(path)?);
        Ok(())
    }
}

/// The result of an evaluation and build, remembered.
#[derive(Serialize, Deserialize)]
struct Known {
    out: PathBuf,
    drv: PathBuf,
}

impl Known {
    fn path(store: &Store, key: &Key) -> PathBuf {
        store.cache.join("eval").join(format!("{}.json", key.hash))
    }

    fn read(path: &Path) -> Option<Known> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    fn write(&self, path: &Path) -> Result<()> {
        let write = || -> std::io::Result<()> {
            let directory = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(directory)?;
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            serde_json::to_writer(&mut file, self)?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|error| Error::io("cannot write", path, error))
    }
}

trait ExistsAs {
    fn exists_as(&self, store: &Store, out: &Path) -> bool;
}

impl ExistsAs for PathBuf {
    /// The root still points at the output, and the output is there.
    fn exists_as(&self, store: &Store, out: &Path) -> bool {
        std::fs::read_link(self).is_ok_and(|target| target == out) && store.physical(out).exists()
    }
}
