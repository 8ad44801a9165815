//! `lkmc lock check`, as far as it needs no network: does the lock file say what the manifest wants, and is the flake's own
//! lock complete?

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::lock::Lock;
use super::manifest::Manifest;
use crate::diag::{Error, Result};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub message: String,
    pub help: &'static str,
}

const STALE: &str = "run `lkmc lock update`";

/// What the manifest wants and the lock file lacks, or the other way round.
pub fn against_manifest(lock: &Lock, manifest: &Manifest) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut stale = |message: String| {
        problems.push(Problem {
            code: "lkmc::lock::stale",
            message,
            help: STALE,
        })
    };
    if lock.suite != manifest.suite {
        stale(format!(
            "the lock file is for {}, the manifest wants {}",
            lock.suite, manifest.suite
        ));
    }
    compare_names("root", manifest.roots.keys(), lock.roots.keys(), &mut stale);
    compare_names("source", manifest.sources.keys(), lock.sources.keys(), &mut stale);
    for (name, root) in &manifest.roots {
        let locked: BTreeSet<&str> = lock
            .roots
            .get(name)
            .into_iter()
            .flatten()
            .map(|key| lock.packages[key].name.as_str())
            .collect();
        let lacking: Vec<&str> = root
            .packages
            .iter()
            .map(String::as_str)
            .filter(|name| !locked.contains(name))
            .collect();
        if !lacking.is_empty() && lock.roots.contains_key(name) {
            stale(format!("the locked root {name} lacks {}", lacking.join(", ")));
        }
    }
    for (name, source) in &manifest.sources {
        let wanted = source.package.as_ref().or(source.source.as_ref());
        let locked = lock.sources.get(name).map(|file| &file.name);
        if let (Some(wanted), Some(locked)) = (wanted, locked)
            && wanted != locked
        {
            stale(format!(
                "the source {name} is locked as {locked}, the manifest wants {wanted}"
            ));
        }
    }
    let seed = &lock.packages[&lock.seed.package].name;
    if *seed != manifest.seed.busybox {
        stale(format!(
            "the seed is locked as {seed}, the manifest wants {}",
            manifest.seed.busybox
        ));
    }
    problems
}

fn compare_names<'a>(
    kind: &str,
    wanted: impl Iterator<Item = &'a String>,
    locked: impl Iterator<Item = &'a String>,
    stale: &mut impl FnMut(String),
) {
    let (wanted, locked): (BTreeSet<_>, BTreeSet<_>) = (wanted.collect(), locked.collect());
    wanted
        .difference(&locked)
        .for_each(|name| stale(format!("the {kind} {name} is not locked")));
    locked
        .difference(&wanted)
        .for_each(|name| stale(format!("the {kind} {name} is locked but no longer wanted")));
}

/// Every input of the flake must be locked, with a hash, at the reference that `flake.nix` names.
pub fn flake(repository: &Path) -> Result<Vec<Problem>> {
    let read = |name: &str| {
        let path = repository.join(name);
        std::fs::read_to_string(&path).map_err(|error| Error::io("cannot read", &path, error))
    };
    Ok(flake_problems(&read("flake.nix")?, &read("flake.lock")?))
}

fn flake_problems(flake: &str, lock: &str) -> Vec<Problem> {
    let problem = |message: String| Problem {
        code: "lkmc::lock::flake",
        message,
        help: "correct flake.lock by hand, or run `nix flake lock` where nix reaches the network",
    };
    let lock: Value = match serde_json::from_str(lock) {
        Ok(lock) => lock,
        Err(error) => return vec![problem(format!("flake.lock is not JSON: {error}"))],
    };
    let nodes = &lock["nodes"];
    let inputs = nodes[lock["root"].as_str().unwrap_or("root")]["inputs"].as_object();
    let inputs = inputs
        .into_iter()
        .flatten()
        .filter_map(|(name, node)| Some((name, &nodes[node.as_str()?])));
    let mut problems = Vec::new();
    let mut locked = BTreeSet::new();
    for (name, node) in inputs {
        locked.insert(name.as_str());
        let text = |table: &str, key: &str| node[table][key].as_str().unwrap_or_default();
        if !text("locked", "narHash").starts_with("sha256-") || text("locked", "rev").len() != 40 {
            problems.push(problem(format!(
                "the flake input {name} is not locked to a revision with a hash"
            )));
        }
        let url = format!(
            "github:{}/{}/{}",
            text("original", "owner"),
            text("original", "repo"),
            text("original", "ref")
        );
        if !flake.contains(&format!("\"{url}\"")) {
            problems.push(problem(format!(
                "flake.lock locks {name} as {url}, which flake.nix does not name"
            )));
        }
    }
    let named = flake
        .lines()
        .filter_map(|line| line.trim().strip_prefix("inputs.")?.split(['.', ' ']).next());
    let unlocked: BTreeSet<&str> = named.filter(|name| !locked.contains(name)).collect();
    problems.extend(
        unlocked
            .into_iter()
            .map(|name| problem(format!("the flake input {name} is not in flake.lock"))),
    );
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debian::{Archive, File};
    use crate::toolbox::lock::{LOCK_VERSION, Seed};
    use crate::toolbox::manifest::{Root, Source};

    fn file(name: &str) -> File {
        let path = format!("pool/{name}.deb");
        File {
            name: name.into(),
            version: "1".into(),
            archive: Archive::Debian,
            path,
            size: 1,
            sha256: String::new(),
        }
    }

    fn pair() -> (Lock, Manifest) {
        let lock = Lock {
            version: LOCK_VERSION,
            suite: "bookworm".into(),
            seed: Seed {
                package: "busybox-static_1".into(),
                nar_sha256: String::new(),
            },
            packages: [
                ("busybox-static_1".into(), file("busybox-static")),
                ("gcc_1".into(), file("gcc")),
            ]
            .into(),
            roots: [("build".into(), ["gcc_1".into()].into())].into(),
            sources: [("linux".into(), file("linux-source"))].into(),
        };
        let manifest = Manifest {
            suite: "bookworm".into(),
            architecture: "amd64".into(),
            seed: crate::toolbox::manifest::Seed {
                busybox: "busybox-static".into(),
            },
            roots: [(
                "build".into(),
                Root {
                    packages: vec!["gcc".into()],
                    architecture: None,
                    exact: false,
                },
            )]
            .into(),
            sources: [(
                "linux".into(),
                Source {
                    package: Some("linux-source".into()),
                    source: None,
                },
            )]
            .into(),
        };
        (lock, manifest)
    }

    #[test]
    fn a_fresh_lock_has_no_problems_and_a_stale_one_says_why() {
        let (lock, mut manifest) = pair();
        assert_eq!(against_manifest(&lock, &manifest), []);
        manifest.roots.get_mut("build").unwrap().packages.push("bc".into());
        let new = Root {
            packages: Vec::new(),
            architecture: None,
            exact: false,
        };
        manifest.roots.insert("new".into(), new);
        manifest.sources.remove("linux");
        manifest.seed.busybox = "toybox".into();
        let messages: Vec<String> = against_manifest(&lock, &manifest)
            .into_iter()
            .map(|problem| problem.message)
            .collect();
        let expected = [
            "the root new is not locked",
            "the source linux is locked but no longer wanted",
            "the locked root build lacks bc",
            "the seed is locked as busybox-static, the manifest wants toybox",
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn the_flake_is_locked_as_it_says() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(flake(repository).unwrap(), []);
        let lock = std::fs::read_to_string(repository.join("flake.lock")).unwrap();
        let flake = std::fs::read_to_string(repository.join("flake.nix")).unwrap();
        assert_eq!(
            flake_problems(&flake.replace("nixos-25.11", "nixos-99.11"), &lock).len(),
            1
        );
        assert_eq!(
            flake_problems(&format!("{flake}\n  inputs.extra.url = \"x\";"), &lock).len(),
            1
        );
        assert_eq!(flake_problems(&flake, &lock.replace("narHash", "gnarHash")).len(), 2);
    }
}
