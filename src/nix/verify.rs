//! Rebuilds what a profile consists of and compares the bytes with what is in the store.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::build::build_in;
use super::plan::Closure;
use super::progress::Follower;
use super::realise::{invalid_paths, realise};
use super::roots::building;
use super::sandbox::require_sandbox;
use super::store::{Store, remove_tree};
use super::{Options, process, tree};
use crate::diag::{Error, Result};

/// What became of one derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Same,
    /// The files that differ, and how.
    Differs(Vec<String>),
}

/// One derivation, rebuilt.
#[derive(Clone, Debug)]
pub struct Verified {
    pub name: String,
    pub drv: PathBuf,
    pub outcome: Outcome,
    pub time: Duration,
}

/// Rebuilds every derivation behind an attribute, inputs first, and hands on each outcome as it comes. Downloaded files are
/// left out: their hashes were checked when they came.
pub fn verify(
    lowered: &Path,
    attr: &str,
    options: &Options,
    mut on_each: impl FnMut(&Verified),
) -> Result<Vec<Verified>> {
    let store = Store::open()?.until(options.deadline);
    let built = build_in(&store, lowered, attr, options)?;
    let drv = built.drv.as_deref();
    drv.map_or(Ok(Vec::new()), |drv| {
        verify_derivation(&store, drv, options, &mut on_each)
    })
}

/// The same from a derivation on.
pub fn verify_derivation(
    store: &Store,
    drv: &Path,
    options: &Options,
    on_each: &mut dyn FnMut(&Verified),
) -> Result<Vec<Verified>> {
    require_sandbox(store, options)?;
    let _building = building(store)?;
    let closure = Closure::read(store, drv)?;
    let mut all = Vec::new();
    for drv in ours(&closure) {
        let outputs: Vec<&Path> = closure.nodes[&drv].outputs.values().map(PathBuf::as_path).collect();
        if !invalid_paths(store, &outputs, options)?.is_empty() {
            realise(store, &drv, None, options)?;
        }
        let verified = verify_one(store, &closure, &drv, options)?;
        on_each(&verified);
        all.push(verified);
    }
    Ok(all)
}

/// Derivations that are built rather than fetched, inputs before users.
fn ours(closure: &Closure) -> Vec<PathBuf> {
    fn visit(closure: &Closure, drv: &Path, seen: &mut BTreeSet<PathBuf>, order: &mut Vec<PathBuf>) {
        let node = &closure.nodes[drv];
        if node.fixed.is_some() || !seen.insert(drv.to_owned()) {
            return;
        }
        node.inputs.iter().for_each(|input| visit(closure, input, seen, order));
        order.push(drv.to_owned());
    }
    let mut order = Vec::new();
    visit(closure, &closure.root, &mut BTreeSet::new(), &mut order);
    order
}

fn verify_one(store: &Store, closure: &Closure, drv: &Path, options: &Options) -> Result<Verified> {
    let node = &closure.nodes[drv];
    let start = Instant::now();
    let mut command = store.command("nix-store")?;
    // What differs is kept beside the output, with `.check` appended to its name.
    command
        .args([
            "--realise",
            "--check",
            "--keep-failed",
            "--log-format",
            "internal-json",
            "-v",
        ])
        .arg(drv);
    let mut follower = Follower::new(1, options.verbose);
    let result = process::run(command, options, |line| follower.line(line));
    follower.finish();
    let finished = result?;
    let outcome = match finished.status.success() {
        true => Outcome::Same,
        false => Outcome::Differs(differences(store, node.outputs.values())?),
    };
    if outcome == Outcome::Differs(Vec::new()) {
        return Err(super::realise::build_error(store, &follower, finished.status));
    }
    Ok(Verified {
        name: node.name.clone(),
        drv: drv.to_owned(),
        outcome,
        time: start.elapsed(),
    })
}

/// Compares each output with the copy that the check left, and removes the copy. None if there is no copy: something else
/// went wrong.
fn differences<'a>(store: &Store, outputs: impl Iterator<Item = &'a PathBuf>) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    for output in outputs {
        let first = store.physical(output);
        let mut second = first.clone().into_os_string();
        second.push(".check");
        let second = PathBuf::from(second);
        if second.symlink_metadata().is_err() {
            continue;
        }
        let compared = tree::compare(&first, &second).map_err(|error| Error::io("cannot compare", &first, error))?;
        // Equal trees that Nix calls different: it also compares what they refer to.
        let nothing = || vec![format!("{}: differs in its references", output.display())];
        differences.extend(if compared.is_empty() { nothing() } else { compared });
        // Nix's daemon owns it on some hosts; then its next collection takes it.
        let _ = remove_tree(&second);
    }
    Ok(differences)
}
