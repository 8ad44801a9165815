//! A small world for one test: a checkout with a lock file of a few made-up packages, a cache and a home of its own.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use lkmc::hash::hex;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::common::mirror::{Habit, Held, Mirror, spoilt};
use crate::common::{assert_says, skip};

pub const LKMC: &str = env!("CARGO_BIN_EXE_lkmc");
pub const CHECKOUT: &str = env!("CARGO_MANIFEST_DIR");

/// More than lkmc reads at once, so that a download has a middle.
pub const SIZE: usize = 300_000;
pub const NAMES: [&str; 3] = ["anvil", "bellows", "crucible"];

pub struct World {
    directory: tempfile::TempDir,
}

impl World {
    pub fn new() -> World {
        let world = World {
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        let toolbox = world.path("checkout/nix/toolbox/debian");
        for directory in [&toolbox, &world.path("checkout/profiles"), &world.path("home")] {
            std::fs::create_dir_all(directory).expect("a directory of our own can be made in");
        }
        std::fs::write(toolbox.join("lock.json"), lock().to_string()).expect("it can be written");
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    /// Where a package lies when it has been fetched.
    pub fn downloaded(&self, name: &str) -> PathBuf {
        let directory = self.cache().join("downloads").join(sha256(name));
        directory.join(format!("deb-{name}_1.0-1_all.deb"))
    }

    pub fn part(&self, name: &str) -> PathBuf {
        self.downloaded(name).with_file_name("part")
    }

    /// lkmc in this world, told to use this mirror.
    pub fn lkmc<A: AsRef<OsStr>>(&self, mirrors: &str, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(LKMC);
        command.args(arguments);
        self.settle(&mut command, mirrors);
        command
    }

    /// A shell script in a user and mount namespace of its own, with `$LKMC` for the program under test.
    pub fn namespace(&self, mirrors: &str, script: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["-Urm", "sh", "-euc", script]).env("LKMC", LKMC);
        self.settle(&mut command, mirrors);
        command
    }

    fn settle(&self, command: &mut Command, mirrors: &str) {
        command
            .current_dir(self.path("checkout"))
            .env("LKMC_ROOT", self.path("checkout"))
            .env("LKMC_CACHE", self.cache())
            .env("LKMC_DEBIAN_MIRROR", mirrors)
            .env("HOME", self.path("home"))
            .env_remove("XDG_CACHE_HOME")
            .env_remove("LKMC_NIX")
            .env_remove("LKMC_BUNDLE")
            .env_remove("LKMC_PROFILE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }

    /// Fetches everything from a mirror that works, as a user would after trouble, and looks at the result.
    pub fn fetch_works(&self, mirror: &Mirror) {
        mirror.becomes(Habit::Good);
        let fetched = finish(self.lkmc(&mirror.base, ["lock", "fetch"]));
        assert_says(&fetched, 0, &[]);
        self.assert_fetched();
    }

    pub fn assert_fetched(&self) {
        for name in NAMES {
            let path = self.downloaded(name);
            assert_eq!(std::fs::read(&path).ok(), Some(contents(name)), "{}", path.display());
            assert!(!self.part(name).exists(), "{} is left over", self.part(name).display());
        }
    }
}

pub fn finish(mut command: Command) -> Output {
    command.output().expect("the program starts")
}

pub fn spawn(mut command: Command) -> Child {
    command.spawn().expect("the program starts")
}

pub fn length(path: &Path) -> usize {
    path.metadata().map_or(0, |metadata| metadata.len() as usize)
}

/// A mirror that has the made-up packages.
pub fn mirror(habit: Habit) -> Mirror {
    let files = NAMES.map(|name| (pool(name), Held::Bytes(contents(name))));
    Mirror::start(BTreeMap::from(files), habit)
}

/// Whether a test needs user namespaces and has none. The line is for `./test`, which collects such lines.
pub fn without_namespaces() -> bool {
    let tried = Command::new("unshare").args(["-Urm", "true"]).output();
    let reason = match tried {
        Ok(output) if output.status.success() => return false,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("unshare: {error}"),
    };
    skip(format_args!("needs user namespaces: {reason}"));
    true
}

pub fn pool(name: &str) -> String {
    format!("pool/main/{name}_1.0-1_all.deb")
}

pub fn contents(name: &str) -> Vec<u8> {
    let salt = name.len();
    (0..SIZE).map(|n| (n * 7 % 251 + salt) as u8).collect()
}

pub fn sha256(name: &str) -> String {
    hex(&Sha256::digest(contents(name)))
}

/// Of what a mirror that is wrong has under its name.
pub fn spoilt_sha256(name: &str) -> String {
    hex(&Sha256::digest(spoilt(contents(name))))
}

fn lock() -> serde_json::Value {
    let file = |name: &str| {
        json!({ "name": name, "version": "1.0-1", "archive": "debian", "path": pool(name), "size": SIZE,
                "sha256": sha256(name) })
    };
    let packages: BTreeMap<String, _> = NAMES
        .iter()
        .map(|name| (format!("{name}_1.0-1_all"), file(name)))
        .collect();
    json!({ "version": 1, "suite": "bookworm", "packages": packages, "sources": {},
            "seed": { "package": "anvil_1.0-1_all", "nar-sha256": "sha256-AAAA" },
            "roots": { "smithy": packages.keys().collect::<Vec<_>>() } })
}
