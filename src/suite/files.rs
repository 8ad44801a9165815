//! The demos that a guest of `lkmc profile run` finds in /lkmc, built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::demo::select::{Selection, runs, select};
use crate::demo::{Collection, Demo, Kind, build as demo_build, is_path};
use crate::diag::{Error, Result};
use crate::nix::{self, RootLock};
use crate::profile::Profile;

/// Where the demos are that a shell gets.
const FOR_A_SHELL: &str = "kernel_modules/";

/// Directories to push, and what debuggers need to know of the modules in them.
#[derive(Default)]
pub struct Files {
    pub push: Vec<PathBuf>,
    pub modules: BTreeMap<String, PathBuf>,
    /// Where their sources are.
    pub sources: Vec<PathBuf>,
    _locks: Vec<RootLock>,
}

/// The demos that somebody asks for, each by a part of its path, or a file of their own by its path. Each must be one.
pub fn asked_for(wanted: &[String]) -> Result<Vec<Demo>> {
    let collection = Collection::installed()?;
    let mut demos = Vec::new();
    for part in wanted {
        // A file that can be no demo may only be called like a part of one's path.
        let own = is_source(Path::new(part)).then(|| collection.load(part));
        let found = match own {
            Some(Err(error)) if error.code() == "lkmc::demo::not_a_demo" && !is_path(part) => collection
                .matching(std::slice::from_ref(part))
                .map_err(|_| error)
                .and_then(sound)?,
            Some(demo) => vec![demo?],
            // Every path contains a dot.
            None if matches!(part.as_str(), "." | "..") => vec![collection.load(part)?],
            None => match collection.matching(std::slice::from_ref(part)) {
                Ok(found) => sound(found)?,
                // A path that leads nowhere, or to what is no demo, says so.
                Err(_) if is_path(part) || Path::new(part).exists() => vec![collection.load(part)?],
                Err(error) => return Err(error),
            },
        };
        if found.iter().all(|demo| demo.kind == Kind::BareMetal) {
            let message = format!("`{part}` names demos on bare metal only, and those run in no guest");
            return Err(Error::usage("lkmc::demo::no_guest", message).help("`lkmc demo run` runs them on their board"));
        }
        demos.extend(found);
    }
    Ok(demos)
}

/// A file, or a directory that Kbuild builds: a part of shipped demos' paths may be the name of any other directory.
fn is_source(path: &Path) -> bool {
    path.is_file() || path.join("Kbuild").is_file() || path.join("Makefile").is_file()
}

/// Those that are no mistake; the first mistake if there are no others.
fn sound(chosen: Vec<(String, Result<Demo>)>) -> Result<Vec<Demo>> {
    let (demos, mistakes): (Vec<_>, Vec<_>) = chosen.into_iter().map(|(_, demo)| demo).partition(Result::is_ok);
    match mistakes.into_iter().next() {
        Some(mistake) if demos.is_empty() => mistake.map(|demo| vec![demo]),
        _ => demos.into_iter().collect(),
    }
}

/// Those whose file is called so, if there are any.
pub fn at_hand(files: &[String]) -> Result<Vec<Demo>> {
    let all = Collection::installed()?.all().into_iter();
    Ok(all
        .filter(|(name, _)| files.iter().any(|file| name.ends_with(&format!("/{file}"))))
        .filter_map(|(_, demo)| demo.ok())
        .collect())
}

/// What somebody who opens a shell may want to try, as far as the profile's kernel has what it needs.
pub fn for_a_shell(profile: &Profile, kernel_config: &str) -> Result<Vec<Demo>> {
    let all = Collection::installed()?.all().into_iter();
    Ok(all
        .filter(|(name, _)| name.starts_with(FOR_A_SHELL))
        .filter_map(|(_, demo)| demo.ok())
        .filter(|demo| runs(demo, profile, kernel_config))
        .collect())
}

/// Builds demos. What does not suit the profile's kernel is left out, and if that is all of them, it is said why; what does not
/// compile is left out with a word about it, unless it is the user's own.
pub fn build(profile: &Profile, kernel_config: &str, demos: &[Demo], options: &nix::Options) -> Result<Files> {
    let of_guests = demos.iter().filter(|demo| demo.kind != Kind::BareMetal);
    let (demos, others): (Vec<&Demo>, Vec<&Demo>) = of_guests.partition(|demo| runs(demo, profile, kernel_config));
    let leave_out = |demo: &Demo, why: &str| eprintln!("lkmc: {} is left out: {why}", demo.name);
    for demo in others.iter().filter(|_| demos.is_empty()) {
        if let Selection::Skipped { reason } = select(demo, profile, kernel_config) {
            leave_out(demo, &reason);
        }
    }
    let (demos, hidden) = apart(demos);
    for (demo, name) in hidden {
        leave_out(demo, &format!("another demo is /lkmc/{name}"));
    }
    let repository = crate::paths::repository()?;
    let outcomes = demo_build::build(profile, &demos, options)?;
    let mut files = Files::default();
    for (demo, outcome) in demos.iter().zip(outcomes) {
        match outcome {
            Ok(built) => {
                files.modules.extend(demo_build::modules(&built.debug()));
                files.push.push(built.guest());
                files.sources.push(demo.root.clone());
                files._locks.push(built.lock);
            }
            // Its log has been shown by the build.
            Err(_) if demo.root != repository => {
                return Err(demo_build::does_not_compile(demo, &format!(" for {}", profile.name)));
            }
            Err(_) => leave_out(demo, &format!("it does not compile for {}", profile.name)),
        }
    }
    files.sources.sort();
    files.sources.dedup();
    Ok(files)
}

/// The demos that can be in `/lkmc` at the same time; and each other one, with the name of a file that an earlier one has, too.
fn apart(demos: Vec<&Demo>) -> (Vec<&Demo>, Vec<(&Demo, String)>) {
    let mut taken: BTreeMap<String, &Path> = BTreeMap::new();
    let (mut kept, mut hidden) = (Vec::new(), Vec::new());
    for demo in demos {
        let names = || {
            demo.parts
                .iter()
                .filter_map(|part| Some((part.guest_name()?, part.path.as_path())))
        };
        // Several may have the same companion.
        match names().find(|(name, path)| taken.get(name).is_some_and(|first| first != path)) {
            Some((name, _)) => hidden.push((demo, name)),
            None => {
                taken.extend(names());
                kept.push(demo);
            }
        }
    }
    (kept, hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demos_that_become_the_same_file_are_told_apart() {
        // They are shipped with this source.
        let load = |name: &str| crate::demo::load(name).unwrap();
        let assembly = load("userland/arch/x86_64/add.S");
        let c = load("userland/arch/x86_64/inline_asm/add.c");
        let other = load("userland/arch/x86_64/sub.S");
        let (kept, hidden) = apart(vec![&assembly, &c, &other]);
        let kept: Vec<&str> = kept.iter().map(|demo| demo.name.as_str()).collect();
        assert_eq!(kept, [assembly.name.as_str(), other.name.as_str()]);
        let hidden: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(demo, file)| (demo.name.as_str(), file.as_str()))
            .collect();
        assert_eq!(hidden, [(c.name.as_str(), "add")]);
    }
}
