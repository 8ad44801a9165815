//! Builds demos: one evaluation for all of them, one derivation for each.
//!
//! A demo that fails to compile fails alone; the others are built.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::Options;
use super::built::Built;
use super::eval::{Key, Known, evaluate};
use super::log;
use super::process::succeed;
use super::realise::{Unbuilt, add_root, realise, realise_keeping_going};
use super::roots::{Root, RootLock, building};
use super::store::Store;
use crate::diag::{Error, Result};

/// What nix/demo.nix needs to know of a demo; paths are relative to `root`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Request {
    /// Of the derivation.
    pub name: String,
    pub root: PathBuf,
    pub sources: Vec<PathBuf>,
    pub kbuild_directory: Option<PathBuf>,
    pub modules: Vec<PathBuf>,
    pub cflags: Vec<String>,
    pub kbuild: Vec<String>,
    pub programs: Vec<PathBuf>,
    pub scripts: Vec<PathBuf>,
    pub tree_modules: Vec<String>,
}

/// What is made of the demos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Everything, as guests get it: modules, static programs, scripts.
    Guest,
    /// Programs alone, linked dynamically: for a debugger.
    Dynamic,
    /// A program for the profile's board.
    BareMetal,
}

impl Make {
    /// What remembers it, and the letter of its attributes in nix/demos.nix.
    fn names(self) -> (&'static str, char) {
        match self {
            Make::Guest => ("demos", 'd'),
            Make::Dynamic => ("dynamic", 'p'),
            Make::BareMetal => ("bare-metal", 'b'),
        }
    }
}

pub type BuiltDemo = Built<Compiled>;

impl BuiltDemo {
    /// What the guest gets in /lkmc.
    pub fn guest(&self) -> PathBuf {
        self.path().join("guest")
    }

    /// The same with debug information.
    pub fn debug(&self) -> PathBuf {
        self.path().join("debug")
    }
}

/// What is to be said of a demo that was compiled.
#[derive(Debug)]
pub struct Compiled {
    /// What compilers said although they succeeded.
    pub warnings: String,
    /// Shared with the demos that were built along with it; zero if nothing had to be done.
    pub cost: Cost,
}

/// How long the parts of a build took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub evaluation: Duration,
    pub building: Duration,
}

/// Why one demo could not be built: the compiler's words.
#[derive(Clone, Debug)]
pub struct Failure {
    pub log: String,
}

pub type Outcome = std::result::Result<BuiltDemo, Failure>;

/// A demo on its way: what identifies it, and where it is remembered.
struct Job<'a> {
    request: &'a Request,
    memory: PathBuf,
    root: Root,
    lock: RootLock,
    known: Option<Known>,
}

/// Builds demos for a lowered profile, in the order given. When nothing changed, no process is started.
pub fn build_demos(lowered: &Path, requests: &[Request], make: Make, options: &Options) -> Result<Vec<Outcome>> {
    let store = Store::open()?.until(options.deadline);
    let base = Key::new(&store, lowered, make.names().0)?;
    let mut jobs = requests
        .iter()
        .map(|request| job(&store, &base, request, make))
        .collect::<Result<Vec<_>>>()?;
    let mut failures = vec![None; jobs.len()];
    let mut cost = Cost::default();
    let missing: Vec<usize> = (0..jobs.len()).filter(|&index| jobs[index].known.is_none()).collect();
    if !missing.is_empty() {
        let _building = building(&store)?;
        let wanted: Vec<&Request> = missing.iter().map(|&index| jobs[index].request).collect();
        let since = Instant::now();
        let drvs = instantiate(&store, lowered, &wanted, make, options)?;
        cost.evaluation = since.elapsed();
        let built = outputs(&store, &drvs, &missing, &jobs, options)?;
        cost.building = since.elapsed() - cost.evaluation;
        for ((index, drv), out) in missing.into_iter().zip(drvs).zip(built) {
            match out {
                Some(out) => jobs[index].known = Some(remember(&jobs[index], out, drv)?),
                None => failures[index] = Some(failure(&store, &drv, options)),
            }
        }
    }
    let outcome = |(job, failure): (Job, Option<Failure>)| match job.known {
        Some(known) => {
            // Only builds for guests have some.
            let warnings = std::fs::read_to_string(store.physical(&known.out).join("warnings")).unwrap_or_default();
            Ok(known.built(Compiled { warnings, cost }, &store, job.lock))
        }
        // Either it is known or it failed.
        None => Err(failure.unwrap_or_else(|| Failure { log: String::new() })),
    };
    Ok(jobs.into_iter().zip(failures).map(outcome).collect())
}

fn job<'a>(store: &Store, base: &Key, request: &'a Request, make: Make) -> Result<Job<'a>> {
    let files = request.sources.iter().map(|source| request.root.join(source));
    // A request is plain data that serde_json can always represent.
    let what = serde_json::to_string(request).unwrap_or_default();
    let key = base.with(&what, files)?;
    let name = match make {
        Make::Guest => request.name.clone(),
        Make::Dynamic | Make::BareMetal => format!("{}-{}", request.name, make.names().0),
    };
    let root = Root::new(store, &key.root_name(&name))?;
    let lock = root.share()?;
    let memory = Known::path(store, &key);
    let known = Known::read(&memory).filter(|known| known.holds(store, &root));
    Ok(Job {
        request,
        memory,
        root,
        lock,
        known,
    })
}

fn remember(job: &Job, out: PathBuf, drv: PathBuf) -> Result<Known> {
    let known = Known { out, drv };
    known.write(&job.memory)?;
    Ok(known)
}

/// The derivations, in the order of the requests.
fn instantiate(
    store: &Store,
    lowered: &Path,
    requests: &[&Request],
    make: Make,
    options: &Options,
) -> Result<Vec<PathBuf>> {
    let mut file = tempfile::NamedTempFile::new_in(&store.cache)
        .map_err(|error| Error::io("cannot write to", &store.cache, error))?;
    serde_json::to_writer(&mut file, requests)
        .map_err(std::io::Error::from)
        .and_then(|()| file.flush())
        .map_err(|error| Error::io("cannot write", file.path(), error))?;
    let mut command = store.command("nix-instantiate")?;
    command
        .arg(store.repository.join("nix/demos.nix"))
        .args(["--argstr", "lowered"])
        .arg(lowered)
        .args(["--argstr", "demos"])
        .arg(file.path());
    for index in 0..requests.len() {
        command.args(["-A", &format!("{}{index}", make.names().1)]);
    }
    let stdout = evaluate(command, "the demos", lowered, options)?;
    Ok(stdout
        .lines()
        .map(|line| PathBuf::from(line.split('!').next().unwrap_or(line)))
        .collect())
}

/// The outputs; `None` for what cannot be built.
fn outputs(
    store: &Store,
    drvs: &[PathBuf],
    missing: &[usize],
    jobs: &[Job],
    options: &Options,
) -> Result<Vec<Option<PathBuf>>> {
    // The usual case of the edit loop: one process, which also makes the root.
    if let [drv] = drvs {
        return match realise(store, drv, Some(&jobs[missing[0]].root.link), options) {
            Ok(out) => Ok(vec![Some(out)]),
            Err(Unbuilt::Builder(_)) if says_why(store, drv, options) => Ok(vec![None]),
            Err(unbuilt) => Err(unbuilt.into()),
        };
    }
    let (outputs, failure) = realise_keeping_going(store, drvs, options)?;
    let mut failed = drvs.iter().zip(&outputs).filter(|(_, out)| out.is_none());
    if let Some(error) = failure.filter(|_| failed.any(|(drv, _)| !says_why(store, drv, options))) {
        return Err(error);
    }
    let rooted = |(out, &index): (Option<PathBuf>, &usize)| {
        if let Some(out) = &out {
            add_root(store, out, &jobs[index].root.link, options)?;
        }
        Ok(out)
    };
    outputs.into_iter().zip(missing).map(rooted).collect()
}

/// Whether it was the demo itself that failed, and not something that it needs.
fn says_why(store: &Store, drv: &Path, options: &Options) -> bool {
    !failure(store, drv, options).log.is_empty()
}

/// What the demo's builder said.
fn failure(store: &Store, drv: &Path, options: &Options) -> Failure {
    let log = store.command("nix-store").and_then(|mut command| {
        command.arg("--read-log").arg(drv);
        succeed(command, "read a log", options)
    });
    Failure {
        log: log
            .unwrap_or_default()
            .lines()
            .map(|line| log::line(line) + "\n")
            .collect(),
    }
}
