//! `NAME.lock.json` beside a profile's file: exactly which packages of Debian a root file system is made of, by architecture. Only
//! `lkmc profile lock` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{File, json};

const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PackageLock {
    version: u32,
    /// By Debian's name.
    pub architectures: BTreeMap<String, Section>,
}

/// What an architecture has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Section {
    /// Code name of the Debian release.
    pub suite: String,
    /// What the profile asks for: the rest are dependencies, and what every system of Debian has.
    pub wanted: BTreeSet<String>,
    /// By name.
    pub packages: BTreeMap<String, File>,
}

impl Default for PackageLock {
    fn default() -> PackageLock {
        PackageLock {
            version: VERSION,
            architectures: BTreeMap::new(),
        }
    }
}

impl PackageLock {
    /// The file for packages that a file names.
    pub fn path(of: &Path) -> PathBuf {
        of.with_extension("lock.json")
    }

    /// None if there is none. An error says what is wrong with the file.
    pub fn read(path: &Path) -> Result<Option<PackageLock>, String> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| format!("cannot be read: {error}"))?,
        };
        let lock: PackageLock = serde_json::from_str(&text).map_err(|error| format!("is no lock file: {error}"))?;
        match lock.version {
            VERSION => Ok(Some(lock)),
            other => Err(format!("has version {other}, not {VERSION}")),
        }
    }

    /// JSON with one package per line, so that an update makes a readable diff.
    pub fn to_json(&self) -> String {
        let mut text = format!("{{\n  \"version\": {},\n  \"architectures\": {{", self.version);
        for (index, (architecture, section)) in self.architectures.iter().enumerate() {
            let Section {
                suite,
                wanted,
                packages,
            } = section;
            let comma = if index == 0 { "" } else { "," };
            let [architecture, suite] = [architecture, suite].map(json);
            let wanted = json(wanted);
            let _ = write!(
                text,
                "{comma}\n    {architecture}: {{\n      \"suite\": {suite},\n      \"wanted\": {wanted},\n      \"packages\": {{"
            );
            for (index, (name, file)) in packages.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(text, "{comma}\n        {}: {}", json(name), json(file));
            }
            text.push_str("\n      }\n    }");
        }
        text.push_str("\n  }\n}\n");
        text
    }
}

impl Section {
    /// How what is wanted now differs from what was; nothing if it does not.
    pub fn difference(&self, wanted: &[String]) -> Option<String> {
        let wanted: BTreeSet<&String> = wanted.iter().collect();
        let locked: BTreeSet<&String> = self.wanted.iter().collect();
        let names = |what: &str, set: Vec<&&String>| {
            let names: Vec<String> = set.iter().map(|name| format!("`{name}`")).collect();
            (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
        };
        let lacks = names("lacks", wanted.difference(&locked).collect());
        let more = names("still has", locked.difference(&wanted).collect());
        let both: Vec<String> = lacks.into_iter().chain(more).collect();
        (!both.is_empty()).then(|| both.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debian::Archive;

    fn section() -> Section {
        let file = |name: &str| File {
            name: name.to_owned(),
            version: "1:1.0~rc1-1".to_owned(),
            archive: Archive::Debian,
            path: format!("pool/main/{name}_1.0~rc1-1_arm64.deb"),
            size: 42,
            sha256: "ab".repeat(32),
        };
        Section {
            suite: "bookworm".to_owned(),
            wanted: ["gdb".to_owned()].into(),
            packages: ["gdb", "libc6"].map(|name| (name.to_owned(), file(name))).into(),
        }
    }

    #[test]
    fn it_is_read_as_it_was_written_a_line_for_each_package() {
        let directory = tempfile::tempdir().unwrap();
        let path = PackageLock::path(&directory.path().join("my.profile.toml"));
        assert!(path.ends_with("my.profile.lock.json"));
        assert_eq!(PackageLock::read(&path), Ok(None));
        let mut lock = PackageLock::default();
        lock.architectures.insert("arm64".to_owned(), section());
        lock.architectures.insert("amd64".to_owned(), section());
        let text = lock.to_json();
        assert_eq!(text.lines().filter(|line| line.contains("\"sha256\"")).count(), 4);
        std::fs::write(&path, &text).unwrap();
        assert_eq!(PackageLock::read(&path), Ok(Some(lock)));
        std::fs::write(&path, text.replacen("1", "7", 1)).unwrap();
        assert_eq!(PackageLock::read(&path).unwrap_err(), "has version 7, not 1");
        std::fs::write(&path, "{").unwrap();
        assert!(PackageLock::read(&path).unwrap_err().starts_with("is no lock file"));
    }

    #[test]
    fn a_difference_names_what_is_missing_and_what_is_too_much() {
        let wanted = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        assert_eq!(section().difference(&wanted(&["gdb", "gdb"])), None);
        assert_eq!(
            section().difference(&wanted(&["strace", "less"])).as_deref(),
            Some("lacks `less`, `strace` and still has `gdb`")
        );
    }
}
