//! `NAME.lock.json` beside a profile's file: exactly which packages of Debian a root file system is made of, by architecture. Only
//! `lkmc profile lock` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{File, json};

const VERSION: u32 = 1;

/// Why there may be a lock file and nobody knows what is in it. What it says follows the file's name.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Spoilt(String),
}

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

    /// None if there is none.
    pub fn read(path: &Path) -> Result<Option<PackageLock>, Unreadable> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        PackageLock::parse(&text).map(Some).map_err(Unreadable::Spoilt)
    }

    fn parse(text: &str) -> Result<PackageLock, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let spoilt = |error| format!("is no lock file: {error}");
        // First, since another version may have other fields.
        let Versioned { version } = serde_json::from_str(text).map_err(spoilt)?;
        if version != VERSION {
            return Err(format!("has version {version}, not {VERSION}"));
        }
        let lock: PackageLock = serde_json::from_str(text).map_err(spoilt)?;
        for (architecture, section) in &lock.architectures {
            section.check(architecture)?;
        }
        Ok(lock)
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
    /// Whether everything that is wanted is there, and can be fetched.
    fn check(&self, architecture: &str) -> Result<(), String> {
        if let Some(name) = self.wanted.iter().find(|name| !self.packages.contains_key(*name)) {
            return Err(format!(
                "has no file of `{name}` for {architecture}, which is wanted there"
            ));
        }
        let ours = |file: &File| {
            let mut endings = [architecture, "all"].map(|of| format!("_{of}.deb")).into_iter();
            endings.any(|ending| file.path.ends_with(&ending))
        };
        for (name, file) in &self.packages {
            let flaw = if *name != file.name {
                Some(format!("its file is that of `{}`", file.name))
            } else if !ours(file) {
                Some("its file is for another architecture".to_owned())
            } else {
                file.flaw()
            };
            if let Some(flaw) = flaw {
                return Err(format!("is wrong about `{name}` for {architecture}: {flaw}"));
            }
        }
        Ok(())
    }

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

    fn section(architecture: &str) -> Section {
        let file = |name: &str| File {
            name: name.to_owned(),
            version: "1:1.0~rc1-1".to_owned(),
            archive: Archive::Debian,
            path: format!("pool/main/{name}_1.0~rc1-1_{architecture}.deb"),
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
        assert_eq!(PackageLock::read(&path).unwrap(), None);
        let mut lock = PackageLock::default();
        for architecture in ["arm64", "amd64"] {
            lock.architectures
                .insert(architecture.to_owned(), section(architecture));
        }
        let text = lock.to_json();
        assert_eq!(text.lines().filter(|line| line.contains("\"sha256\"")).count(), 4);
        std::fs::write(&path, &text).unwrap();
        assert_eq!(PackageLock::read(&path).unwrap(), Some(lock));
        let refused = |text: &str| {
            std::fs::write(&path, text).unwrap();
            PackageLock::read(&path).unwrap_err().to_string()
        };
        assert_eq!(refused("{\"version\": 7, \"machines\": []}"), "has version 7, not 1");
        assert!(refused("{").starts_with("is no lock file"));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        let error = PackageLock::read(&path).unwrap_err();
        assert!(matches!(error, Unreadable::Io(_)), "{error}");
    }

    #[test]
    fn what_is_wanted_is_there_and_can_be_fetched() {
        let refused = |change: fn(&mut Section)| {
            let mut section = section("arm64");
            change(&mut section);
            let mut lock = PackageLock::default();
            lock.architectures.insert("arm64".to_owned(), section);
            PackageLock::parse(&lock.to_json()).unwrap_err()
        };
        fn gdb(section: &mut Section) -> &mut File {
            section.packages.get_mut("gdb").unwrap()
        }
        assert_eq!(
            refused(|section| drop(section.packages.remove("gdb"))),
            "has no file of `gdb` for arm64, which is wanted there"
        );
        assert_eq!(
            refused(|section| gdb(section).name = "less".to_owned()),
            "is wrong about `gdb` for arm64: its file is that of `less`"
        );
        let amd64 = refused(|section| gdb(section).path = "pool/main/gdb_1_amd64.deb".to_owned());
        assert!(
            amd64.ends_with("`gdb` for arm64: its file is for another architecture"),
            "{amd64}"
        );
        let hash = refused(|section| gdb(section).sha256 = "0".to_owned());
        assert!(hash.contains("`gdb` for arm64: its SHA-256"), "{hash}");
    }

    #[test]
    fn a_difference_names_what_is_missing_and_what_is_too_much() {
        let wanted = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let section = section("arm64");
        assert_eq!(section.difference(&wanted(&["gdb", "gdb"])), None);
        assert_eq!(
            section.difference(&wanted(&["strace", "less"])).as_deref(),
            Some("lacks `less`, `strace` and still has `gdb`")
        );
    }
}
