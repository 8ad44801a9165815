//! `lock.json`: exactly which files the toolbox is made of. Nix reads it with `fromJSON`; only `lkmc lock update` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::debian::{File, json};
use crate::diag::{Error, Result};
use crate::suggest;

pub const LOCK_VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lock {
    pub version: u32,
    /// Code name of the Debian release.
    pub suite: String,
    /// The first program of every build.
    pub seed: Seed,
    pub packages: BTreeMap<String, File>,
    /// Keys of `packages`, sorted.
    pub roots: BTreeMap<String, BTreeSet<String>>,
    pub sources: BTreeMap<String, File>,
}

/// A static program that enters the store as the directory `lkmc-seed` with only `bin/busybox`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Seed {
    /// Key of `packages`.
    pub package: String,
    /// NAR hash of the directory, as SRI.
    pub nar_sha256: String,
}

impl Lock {
    pub fn read(path: &Path) -> Result<Lock> {
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                let message = format!("there is no lock file {}", path.display());
                Error::infrastructure("lkmc::toolbox::no_lock", message).help("write it with `lkmc lock update`")
            }
            _ => Error::io("cannot read", path, error),
        })?;
        Self::parse(&text).map_err(|why| {
            let message = format!("{} is not a valid lock file: {why}", path.display());
            Error::infrastructure("lkmc::toolbox::bad_lock", message).help("write it afresh with `lkmc lock update`")
        })
    }

    fn parse(text: &str) -> Result<Lock, String> {
        let lock: Lock = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if lock.version != LOCK_VERSION {
            return Err(format!("version {} is not {LOCK_VERSION}", lock.version));
        }
        lock.check_keys()?;
        let mut entries = lock.packages.iter().chain(&lock.sources);
        match entries.find_map(|(key, file)| Some(format!("`{key}`: {}", file.flaw()?))) {
            Some(flaw) => Err(flaw),
            None => Ok(lock),
        }
    }

    fn check_keys(&self) -> Result<(), String> {
        let mut used = self.roots.values().flatten().chain([&self.seed.package]);
        match used.find(|key| !self.packages.contains_key(*key)) {
            Some(key) => Err(format!("`{key}` is used but not listed under packages")),
            None => Ok(()),
        }
    }

    /// The files of a root or source.
    pub fn files_of(&self, name: &str) -> Result<Vec<&File>> {
        if let Some(keys) = self.roots.get(name) {
            // `parse` has checked that every key is there.
            return Ok(keys.iter().map(|key| &self.packages[key]).collect());
        }
        let source = self.sources.get(name);
        source.map(|file| vec![file]).ok_or_else(|| {
            let message = format!("the lock file has no root or source named `{name}`");
            let known: Vec<&str> = self
                .roots
                .keys()
                .chain(self.sources.keys())
                .map(String::as_str)
                .collect();
            Error::usage("lkmc::toolbox::not_locked", message).help(suggest::choice(name, &known))
        })
    }

    /// Every file, once.
    pub fn all_files(&self) -> BTreeSet<&File> {
        self.packages.values().chain(self.sources.values()).collect()
    }

    /// JSON with one package per line, so that an update makes a readable diff.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{{\n  \"version\": {},\n  \"suite\": {},",
            self.version,
            json(&self.suite)
        );
        let _ = writeln!(out, "  \"seed\": {},", json(&self.seed));
        table(&mut out, "packages", &self.packages, json);
        out.push_str(",\n");
        table(&mut out, "roots", &self.roots, |keys| {
            let keys: Vec<String> = keys.iter().map(|key| format!("\n      {}", json(key))).collect();
            format!("[{}\n    ]", keys.join(","))
        });
        out.push_str(",\n");
        table(&mut out, "sources", &self.sources, json);
        out.push_str("\n}\n");
        out
    }
}

fn table<T>(out: &mut String, name: &str, entries: &BTreeMap<String, T>, value: impl Fn(&T) -> String) {
    let lines: Vec<String> = entries
        .iter()
        .map(|(key, entry)| format!("\n    {}: {}", json(key), value(entry)))
        .collect();
    let _ = write!(out, "  \"{name}\": {{{}\n  }}", lines.join(","));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debian::Archive;

    fn file(name: &str, path: &str) -> File {
        File {
            name: name.to_owned(),
            version: "1:1.0~rc1-1".to_owned(),
            archive: Archive::DebianSecurity,
            path: path.to_owned(),
            size: 42,
            sha256: "ab".repeat(32),
        }
    }

    fn lock() -> Lock {
        let package = file(
            "busybox-static",
            "pool/main/b/busybox/busybox-static_1.0~rc1-1_amd64.deb",
        );
        Lock {
            version: LOCK_VERSION,
            suite: "bookworm".to_owned(),
            seed: Seed {
                package: "busybox-static_1.0~rc1-1_amd64".to_owned(),
                nar_sha256: "sha256-AAAA".to_owned(),
            },
            packages: [("busybox-static_1.0~rc1-1_amd64".to_owned(), package)].into(),
            roots: [("nix".to_owned(), ["busybox-static_1.0~rc1-1_amd64".to_owned()].into())].into(),
            sources: [(
                "busybox".to_owned(),
                file("busybox", "pool/main/b/busybox/busybox_1.0.orig.tar.bz2"),
            )]
            .into(),
        }
    }

    #[test]
    fn round_trip_with_one_package_per_line() {
        let text = lock().to_json();
        assert_eq!(Lock::parse(&text).unwrap(), lock());
        assert_eq!(text.lines().filter(|line| line.contains("\"sha256\"")).count(), 2);
        assert_eq!(Lock::parse(&text).unwrap().to_json(), text);
    }

    #[test]
    fn the_committed_lock_is_written_as_it_stands() {
        let committed = include_str!("../../nix/toolbox/debian/lock.json");
        assert_eq!(Lock::parse(committed).unwrap().to_json(), committed);
    }

    #[test]
    fn dangling_keys_are_refused() {
        let mut lock = lock();
        lock.packages.clear();
        assert!(Lock::parse(&lock.to_json()).unwrap_err().contains("not listed"));
    }

    #[test]
    fn unknown_names_list_the_known_ones() {
        let lock = lock();
        assert_eq!(lock.files_of("busybox").unwrap().len(), 1);
        let error = lock.files_of("gcc").unwrap_err();
        assert_eq!(error.diagnostics[0].help.as_deref(), Some("there are: nix, busybox"));
        let error = lock.files_of("bsybox").unwrap_err();
        let help = "did you mean `busybox`? there are: nix, busybox";
        assert_eq!(error.diagnostics[0].help.as_deref(), Some(help));
    }

    #[test]
    fn a_file_that_cannot_be_fetched_as_it_is_written_is_refused() {
        let mut lock = lock();
        lock.sources.get_mut("busybox").unwrap().path = "../../etc/passwd".to_owned();
        let refused = Lock::parse(&lock.to_json()).unwrap_err();
        assert!(refused.starts_with("`busybox`: its path"), "{refused}");
    }
}
