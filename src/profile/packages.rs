//! Packages of Debian in a root file system. Which files they are stands in a [lock file](PackageLock) beside the file that names them,
//! so that a fragment has one lock for all profiles that extend it.

use std::path::PathBuf;

use super::raw::RawProfile;
use super::tree::Node;
use super::{Arch, Content, RootfsKind};
use crate::debian::package_lock::PackageLock;
use crate::debian::{File, SUITE};
use crate::diag::Diagnostic;
use crate::source::display_path;

/// Debian Policy 5.6.1.
pub fn is_name(text: &str) -> bool {
    let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() >= 2
        && text.bytes().next().is_some_and(small)
        && text.bytes().all(|byte| small(byte) || b"+-.".contains(&byte))
}

/// The setting that a lock answers: what names the packages, or else what asks for Debian's.
pub fn asking(tree: &Node) -> &Node {
    let written = ["rootfs.packages", "rootfs.kind"]
        .iter()
        .find_map(|key| tree.get_written(key));
    written.unwrap_or(tree)
}

/// The lock file for what `asking` says; none for what was said on the command line.
pub fn lock_file(asking: &Node) -> Option<PathBuf> {
    let path = asking.span.source.path();
    path.is_file().then(|| PackageLock::path(path))
}

/// What the root file system of a profile is made of; `profile` is how a command line names that.
pub(super) fn content(raw: &RawProfile, tree: &Node, profile: &str) -> Content {
    match raw.rootfs.kind {
        RootfsKind::Debian => Content::Debian(locked(raw.arch, &raw.rootfs.packages, tree, profile).map_err(Box::new)),
        _ => Content::Busybox(raw.rootfs.packages.clone()),
    }
}

fn locked(arch: Arch, packages: &[String], tree: &Node, profile: &str) -> Result<Vec<File>, Diagnostic> {
    let asking = asking(tree);
    let unlocked = |label: String, help: &str| {
        let message = format!("which Debian packages these are has not been settled for {arch}");
        Diagnostic::error("lkmc::profile::not_locked", message)
            .label(&asking.span, label)
            .help(help)
    };
    let Some(path) = lock_file(asking) else {
        let help =
            "write them in a profile of your own, then `lkmc profile lock` it: `lkmc profile new my.toml` makes one";
        return Err(unlocked("no lock file is for a command line".into(), help));
    };
    let name = display_path(&path);
    let mend = "mend it (`git checkout`, a merge that was not finished), or remove it and lock every architecture again: \
                `lkmc profile lock` writes over no file that it cannot read";
    let lock = PackageLock::read(&path).map_err(|why| unlocked(format!("{name} {why}"), mend))?;
    let help = &format!("`lkmc profile lock {profile}` chooses their versions, and writes that file");
    let unlocked = |why: String| unlocked(why, help);
    let lock = lock.ok_or_else(|| unlocked(format!("there is no {name}")))?;
    let section = arch.facts().debian.and_then(|name| lock.architectures.get(name));
    let section = section.ok_or_else(|| unlocked(format!("{name} has none for {arch}")))?;
    if section.suite != SUITE {
        return Err(unlocked(format!(
            "{name} is of Debian {}, not of {SUITE}",
            section.suite
        )));
    }
    match section.difference(packages) {
        Some(difference) => Err(unlocked(format!("{name} {difference}"))),
        None => Ok(section.packages.values().cloned().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_debian_policy() {
        for good in ["gcc", "g++", "libstdc++6", "python3.11", "0ad"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "g", "GCC", "-o", "gcc=4", "gcc/bookworm", "libc6:arm64", "a b"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
