//! Realisation: what is missing is fetched, the rest is built.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::toolbox;
use crate::toolbox::download::Downloader;
use crate::toolbox::mirror::Mirrors;
use crate::toolbox::update::SEED;

use super::plan::{Closure, Plan};
use super::progress::Follower;
use super::roots::building;
use super::sandbox::require_sandbox;
use super::store::Store;
use super::{Options, process};

/// Why there is no output.
#[derive(Debug)]
pub enum Unbuilt {
    /// A builder failed: what was to be built is at fault, or something that it needs.
    Builder(Error),
    /// Nothing came to be built, or the build was ended.
    Otherwise(Error),
}

impl From<Error> for Unbuilt {
    fn from(error: Error) -> Unbuilt {
        Unbuilt::Otherwise(error)
    }
}

impl From<Unbuilt> for Error {
    fn from(unbuilt: Unbuilt) -> Error {
        match unbuilt {
            Unbuilt::Builder(error) | Unbuilt::Otherwise(error) => error,
        }
    }
}

/// Fetches what is missing, lets Nix build, and gives the output.
pub fn realise(store: &Store, drv: &Path, root: Option<&Path>, options: &Options) -> Result<PathBuf, Unbuilt> {
    let closure = Closure::read(store, drv)?;
    let plan = plan_of(store, &closure, options)?;
    let added = root.map_or(Vec::new(), |root| {
        ["--add-root".into(), root.into(), "--indirect".into()].to_vec()
    });
    realise_plan(store, &closure, &plan, &[drv.to_owned()], &added, options)?;
    // `read` refuses derivations whose outputs are not known beforehand; `out` is first or the only one in ours.
    let outputs = &closure.nodes[drv].outputs;
    let out = outputs.get("out").or_else(|| outputs.values().next());
    let none = || Error::infrastructure("lkmc::nix::no_output", format!("{} has no output", drv.display()));
    Ok(out.cloned().ok_or_else(none)?)
}

/// The same for several derivations out of one closure.
pub(super) fn realise_all(store: &Store, closure: &Closure, drvs: &[PathBuf], options: &Options) -> Result<()> {
    let invalid = invalid_paths(store, &closure.outputs().collect::<Vec<_>>(), options)?;
    let plan = closure.plan_from(drvs, |output| !invalid.contains(output));
    Ok(realise_plan(store, closure, &plan, drvs, &[], options)?)
}

/// Builds what can be built of several derivations, and gives their outputs: `None` where that failed, with what Nix said of
/// the first failure.
pub(super) fn realise_keeping_going(
    store: &Store,
    drvs: &[PathBuf],
    options: &Options,
) -> Result<(Vec<Option<PathBuf>>, Option<Error>)> {
    let closure = Closure::read_all(store, drvs)?;
    let invalid = invalid_paths(store, &closure.outputs().collect::<Vec<_>>(), options)?;
    let plan = closure.plan_from(drvs, |output| !invalid.contains(output));
    let failure = match realise_plan(store, &closure, &plan, drvs, &["--keep-going".into()], options) {
        Ok(()) => None,
        Err(Unbuilt::Builder(error)) => Some(error),
        Err(Unbuilt::Otherwise(error)) => return Err(error),
    };
    let outputs: Vec<&Path> = drvs
        .iter()
        .flat_map(|drv| closure.nodes[drv].outputs.values().map(PathBuf::as_path))
        .collect();
    let failed = invalid_paths(store, &outputs, options)?;
    let built = |output: &Path| (!failed.contains(output)).then(|| output.to_owned());
    Ok((outputs.into_iter().map(built).collect(), failure))
}

/// Keeps an output from being collected.
pub(super) fn add_root(store: &Store, out: &Path, root: &Path, options: &Options) -> Result<()> {
    let mut command = store.command("nix-store")?;
    command
        .arg("--realise")
        .arg(out)
        .arg("--add-root")
        .arg(root)
        .arg("--indirect");
    process::succeed(command, "keep a build from being collected", options).map(drop)
}

fn realise_plan(
    store: &Store,
    closure: &Closure,
    plan: &Plan,
    drvs: &[PathBuf],
    flags: &[OsString],
    options: &Options,
) -> Result<(), Unbuilt> {
    if !plan.build.is_empty() {
        require_sandbox(store, options)?;
    }
    fetch(store, closure, plan, options)?;
    // What comes out of a cache is not built, and only Nix knows how much that is.
    let (mut command, total) = match closure.has_foreign_files() {
        true => (store.command_with_caches("nix-store")?, 0),
        false => (store.command("nix-store")?, plan.build.len()),
    };
    command
        .args(["--realise", "--log-format", "internal-json", "-v"])
        .args(drvs)
        .args(flags);
    let mut follower = Follower::new(total, options.verbose);
    let result = process::run(command, options, |line| follower.line(line));
    follower.finish();
    let finished = result?;
    if !finished.status.success() {
        return Err(Unbuilt::Builder(build_error(store, &follower, finished.status)));
    }
    if !plan.build.is_empty() {
        eprintln!("lkmc: built in {:.1} s", follower.elapsed().as_secs_f64());
    }
    Ok(())
}

/// The log's end goes to the terminal as it is; a diagnostic would wrap its lines.
pub(super) fn build_error(store: &Store, follower: &Follower, status: std::process::ExitStatus) -> Error {
    let said = follower.errors.join("\n");
    let Some((drv, tail)) = follower.failed() else {
        let error = Error::infrastructure("lkmc::nix::build_failed", "the build failed");
        let help = process::remedy(&said).unwrap_or_default();
        return error.help(help).cause(if said.is_empty() {
            process::describe(status)
        } else {
            said
        });
    };
    let name = super::plan::derivation_name(drv);
    eprintln!("lkmc: the last lines of {name}:");
    tail.iter().for_each(|line| eprintln!("  {name}> {line}"));
    let log = || log_file(store, drv).map(|log| format!("the whole log is {}", log.display()));
    let help = process::remedy(&said)
        .or_else(|| process::remedy(&tail.join("\n")))
        .or_else(log);
    let error = Error::infrastructure("lkmc::nix::build_failed", format!("building {name} failed"));
    error
        .cause(follower.errors.first().cloned().unwrap_or_default())
        .help(help.unwrap_or_default())
}

/// Nix keeps each build's log, compressed.
fn log_file(store: &Store, drv: &Path) -> Option<PathBuf> {
    let base = drv.file_name()?.to_str()?;
    let (directory, file) = base.split_at_checked(2)?;
    let log = store
        .directory_of_store()
        .parent()?
        .join("var/log/nix/drvs")
        .join(directory)
        .join(format!("{file}.bz2"));
    log.exists().then_some(log)
}

pub(super) fn plan_of(store: &Store, closure: &Closure, options: &Options) -> Result<Plan> {
    let invalid = invalid_paths(store, &closure.outputs().collect::<Vec<_>>(), options)?;
    Ok(closure.plan(|output| !invalid.contains(output)))
}

/// Which of the paths the store does not have. Their mere existence proves nothing: a copy may have been cut short.
pub(super) fn invalid_paths(store: &Store, paths: &[&Path], options: &Options) -> Result<BTreeSet<PathBuf>> {
    let mut invalid = BTreeSet::new();
    for paths in paths.chunks(1000) {
        let mut command = store.command("nix-store")?;
        command.args(["--check-validity", "--print-invalid"]).args(paths);
        let finished = process::succeed(command, "ask the store what it has", options)?;
        invalid.extend(finished.lines().map(PathBuf::from));
    }
    Ok(invalid)
}

/// Downloads the files of the plan and adds them to the store under the paths that Nix computed for them.
fn fetch(store: &Store, closure: &Closure, plan: &Plan, options: &Options) -> Result<()> {
    if plan.fetch.is_empty() {
        return Ok(());
    }
    let downloader = Downloader::new(&store.cache, Mirrors::of_this_machine()?).until(options.deadline);
    let _guard = crate::host::interrupt::Guard::new();
    let (mut files, mut seeds) = (Vec::new(), Vec::new());
    let work = tempfile::tempdir_in(&store.cache).map_err(|error| Error::io("cannot write to", &store.cache, error))?;
    for path in &plan.fetch {
        let node = &closure.nodes[path];
        match node.file() {
            Some(file) => files.push(file),
            None if node.name == SEED => {
                seeds.push(toolbox::update::seed_directory(
                    &store.lock()?,
                    work.path(),
                    &downloader,
                )?);
            }
            None => {
                let message = format!(
                    "the derivation of {} does not say which file of Debian's it is",
                    node.name
                );
                return Err(Error::infrastructure("lkmc::nix::not_locked", message).help("run `lkmc lock check`"));
            }
        }
    }
    let downloaded = downloader.fetch(&files.iter().collect::<Vec<_>>())?;
    add_fixed(store, &[], downloaded, options)?;
    add_fixed(store, &["--recursive"], seeds, options)
}

/// Adds downloaded files to the store, where a Nix that lkmc does not drive, as in `nix develop`, finds them.
pub fn add_downloads(files: Vec<PathBuf>, options: &Options) -> Result<()> {
    let store = Store::open()?.until(options.deadline);
    let _building = building(&store)?;
    add_fixed(&store, &[], files, options)
}

fn add_fixed(store: &Store, flags: &[&str], paths: Vec<PathBuf>, options: &Options) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let mut command = store.command("nix-store")?;
    command
        .arg("--add-fixed")
        .args(flags)
        .arg("sha256")
        .args(paths.into_iter().map(OsString::from));
    process::succeed(command, "add downloaded files to the store", options).map(drop)
}
