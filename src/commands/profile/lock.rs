//! `lkmc profile lock`: which packages of Debian a root file system is made of, settled in a file.

use std::process::ExitCode;

use indicatif::HumanBytes;
use serde_json::json;

use crate::cli::Global;
use crate::commands::{build, print, print_json};
use crate::debian::package_lock::{PackageLock, Section};
use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::host::interrupt;
use crate::kept;
use crate::lock::Lock;
use crate::profile::{Library, Profile, RootfsKind, packages};
use crate::source::display_path;
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
    // A file wrote the kind, since no default is Debian's.
    let path =
        packages::lock_file(packages::asking(&profile.provenance)).unwrap_or_else(|| PackageLock::path(&profile.path));
    let manifest = Manifest::read(&toolbox::directory(&library.root).join("packages.toml"))?;
    let cache = crate::paths::cache()?;
    let wanted = &profile.rootfs.packages;
    if global.dry_run {
        return print(&resolve::dry_run(&manifest, architecture, &cache, wanted));
    }
    let _guard = interrupt::Guard::new();
    let deadline = build::options(global).deadline;
    let resolver = Resolver::new(&manifest, architecture, &cache, &Mirrors::of_this_machine()?, deadline)?;
    known(&profile, &resolver, &manifest.suite)?;
    let section = resolver.section(wanted)?;
    let size: u64 = section.packages.values().map(|file| file.size).sum();
    let count = section.packages.len();
    let changed = put(&path, architecture, section)?;
    if global.json {
        return print_json(&json!({ "file": path, "changed": changed, "packages": count, "bytes": size }));
    }
    let what = if changed { "names" } else { "is as it was:" };
    print(&format!(
        "{} {what} {count} packages for {}, {}\n",
        display_path(&path),
        profile.arch,
        HumanBytes(size)
    ))
}

/// Every name that no package has, at its place.
fn known(profile: &Profile, resolver: &Resolver, suite: &str) -> Result<()> {
    let mut problems = Diagnostics::default();
    let nodes = profile.provenance.get("rootfs.packages").map(|node| node.elements());
    for node in nodes.unwrap_or_default() {
        let name = node.text().unwrap_or_default();
        if let Some(label) = resolver.unknown(name) {
            let message = format!("Debian {suite} has no package `{name}` for {}", profile.arch);
            problems.push(Diagnostic::error("lkmc::profile::unknown_package", message).label(&node.span, label));
        }
    }
    problems.finish(Some(())).map(drop)
}

/// Puts a section in the place of the one that was there; those of other architectures stay. Whether anything changed.
fn put(path: &std::path::Path, architecture: &str, section: Section) -> Result<bool> {
    // Of two at once, the second keeps what the first has written.
    let _alone = path.parent().and_then(|directory| Lock::directory(directory).ok());
    // One that cannot be read has nothing to keep.
    let mut lock = PackageLock::read(path).ok().flatten().unwrap_or_default();
    if lock.architectures.get(architecture) == Some(&section) {
        return Ok(false);
    }
    lock.architectures.insert(architecture.to_owned(), section);
    kept::replace(path, lock.to_json().as_bytes()).map_err(|error| Error::io("cannot write", path, error))?;
    Ok(true)
}
