//! `lkmc profile lock`: which packages of Debian a root file system is made of, settled in a file.

use std::path::Path;
use std::process::ExitCode;

use indicatif::HumanBytes;
use serde_json::json;

use crate::cli::Global;
use crate::commands::{build, print, print_commands, print_json};
use crate::debian::package_lock::{PackageLock, Section, Unreadable};
use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::host::interrupt;
use crate::kept;
use crate::lock::Lock;
use crate::profile::{Library, Profile, RootfsKind, packages};
use crate::source::display_path;
use crate::toolbox::apt::{Apt, Unresolved};
use crate::toolbox::mirror::Mirrors;
use crate::toolbox::resolve::{self, Resolver};
use crate::toolbox::{self, Manifest};

pub fn lock(global: &Global, name: &str) -> Result<ExitCode> {
    let library = Library::installed()?;
    let profile = library.load(name)?;
    let (RootfsKind::Debian, Some(architecture)) = (profile.rootfs.kind, profile.arch.facts().debian) else {
        let message = format!(
            "the root file system of {} is not made of Debian packages",
            profile.name
        );
        return Err(Error::usage("lkmc::profile::nothing_to_lock", message)
            .help("`lkmc profile set FILE rootfs.kind debian`, or `extends = [\"fragments/debian\"]` in the profile"));
    };
    if let Some(refusal) = of_the_checkout(&library, &profile) {
        return Err(refusal);
    }
    // A file wrote the kind, since no default is Debian's.
    let path =
        packages::lock_file(packages::asking(&profile.provenance)).unwrap_or_else(|| PackageLock::path(&profile.path));
    let manifest = Manifest::read(&toolbox::directory(&library.root).join("packages.toml"))?;
    let cache = crate::paths::cache()?;
    let wanted = &profile.rootfs.packages;
    let _guard = interrupt::Guard::new();
    let deadline = build::options(global).deadline;
    let mirrors = Mirrors::of_this_machine()?;
    if global.dry_run {
        let apt = Apt::new(&cache, &manifest, architecture, deadline)?.dry(&mirrors)?;
        return print_commands(global, &resolve::dry_run(&apt, wanted));
    }
    // Before apt reads fifty megabytes of indexes.
    kept::can_replace(&path).map_err(|error| Error::io("cannot write", &path, error))?;
    known_so_far(&path)?;
    let resolver = Resolver::new(&manifest, architecture, &cache, &mirrors, deadline)?;
    known(&profile, &resolver, &manifest.suite)?;
    let section = resolver.section(wanted).map_err(|why| match why {
        Unresolved::Conflict(words) => conflict(&profile, &words),
        Unresolved::Failed(error) => error,
    })?;
    let size: u64 = section.packages.values().map(|file| file.size).sum();
    let count = section.packages.len();
    let changed = put(&path, architecture, section)?;
    if global.json {
        let file = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        return print_json(&json!({ "file": file, "changed": changed, "packages": count, "bytes": size }));
    }
    let what = if changed { "names" } else { "is as it was:" };
    print(&format!(
        "{} {what} {count} packages for {}, {}\n",
        display_path(&path),
        profile.arch,
        HumanBytes(size)
    ))
}

/// Whoever has a profile of their own that says nothing of packages does not mean those of all shipped ones.
fn of_the_checkout(library: &Library, profile: &Profile) -> Option<Error> {
    let asking = packages::asking(&profile.provenance);
    let file = asking.span.source.path();
    let shipped = |path: &Path| {
        let both = path
            .canonicalize()
            .and_then(|path| Ok((path, library.profiles().canonicalize()?)));
        both.is_ok_and(|(path, profiles)| path.starts_with(profiles))
    };
    if !shipped(file) || shipped(&profile.path) {
        return None;
    }
    let message = format!("{} has no packages of its own", profile.name);
    let label = "these are the checkout's, and so is their lock file";
    let same = |name: &String| {
        library.load(name).is_ok_and(|other| {
            other.arch == profile.arch && packages::asking(&other.provenance).span.source.path() == file
        })
    };
    let theirs = library.names().into_iter().find(same);
    let theirs = theirs.map_or(String::new(), |name| {
        format!("; `lkmc profile lock {name}` chooses the checkout's versions afresh")
    });
    let help = format!(
        "say in {} which it shall have: `rootfs.packages = [...]`{theirs}",
        display_path(&profile.path)
    );
    let error = Error::usage("lkmc::profile::not_its_packages", message);
    Some(error.label(&asking.span, label).help(help))
}

/// Packages of which each is there, and which apt does not put together.
fn conflict(profile: &Profile, words: &str) -> Error {
    let message = format!("these packages cannot be in one root file system. apt says:\n{words}");
    Error::usage("lkmc::profile::packages_conflict", message)
        .label(&packages::asking(&profile.provenance).span, "not all of these")
        .help(
            "leave out one of those that are named; what one run needs and another cannot have goes into two profiles",
        )
}

/// Every name that no package has, at its place.
fn known(profile: &Profile, resolver: &Resolver, suite: &str) -> Result<()> {
    let mut problems = Diagnostics::default();
    let nodes = profile.provenance.get("rootfs.packages").map(|node| node.elements());
    for node in nodes.unwrap_or_default() {
        let name = node.text().unwrap_or_default();
        if let Some(label) = resolver.unknown(name) {
            let message = format!("`main` of Debian {suite} has no package `{name}` for {}", profile.arch);
            problems.push(Diagnostic::error("lkmc::profile::unknown_package", message).label(&node.span, label));
        }
    }
    problems.finish(Some(())).map(drop)
}

/// What the file has, also for other architectures; nothing if there is none. One that cannot be read is not written over, since
/// that would be lost.
fn known_so_far(path: &Path) -> Result<PackageLock> {
    PackageLock::read(path).map(Option::unwrap_or_default).map_err(|why| match why {
        Unreadable::Io(error) => Error::io("cannot read", path, error),
        Unreadable::Spoilt(why) => {
            let message = format!("{} {why}", display_path(path));
            Error::usage("lkmc::profile::bad_lock", message).help(
                "writing it afresh would lose what it has for other architectures: mend it (`git checkout`, a merge that was not \
                 finished), or remove it and lock each again",
            )
        }
    })
}

/// Puts a section in the place of the one that was there; those of other architectures stay. Whether anything changed.
fn put(path: &Path, architecture: &str, section: Section) -> Result<bool> {
    // Of two at once, the second keeps what the first has written.
    let directory = kept::directory(path);
    let _alone = Lock::directory_if_possible(directory).map_err(|error| Error::io("cannot lock", directory, error))?;
    let mut lock = known_so_far(path)?;
    if lock.architectures.get(architecture) == Some(&section) {
        return Ok(false);
    }
    lock.architectures.insert(architecture.to_owned(), section);
    kept::replace(path, lock.to_json().as_bytes()).map_err(|error| Error::io("cannot write", path, error))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        Section {
            suite: crate::debian::SUITE.to_owned(),
            wanted: Default::default(),
            packages: Default::default(),
        }
    }

    #[test]
    fn other_architectures_stay_and_a_spoilt_file_is_not_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.lock.json");
        assert!(put(&path, "arm64", section()).unwrap());
        assert!(put(&path, "amd64", section()).unwrap());
        assert!(!put(&path, "arm64", section()).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("arm64") && text.contains("amd64"), "{text}");
        let merging = format!("<<<<<<< HEAD\n{text}");
        std::fs::write(&path, &merging).unwrap();
        assert_eq!(
            put(&path, "arm64", section()).unwrap_err().code(),
            "lkmc::profile::bad_lock"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), merging);
        assert_eq!(
            put(&directory.path().join("none/a"), "arm64", section())
                .unwrap_err()
                .code(),
            "lkmc::io"
        );
    }
}
