//! Why two builds differ: their derivations compared from the root down, naming causes and not their consequences.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::diag::Result;
use crate::store_path::STORE;

use super::build::plan;
use super::plan::{Closure, Node, derivation_name};
use super::{Options, Store};

/// One cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Names of the derivations from the root down: `bundle/kernel`.
    pub derivation: String,
    /// Which part: an environment variable, `builder`, `arguments`, `input NAME`.
    pub what: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

/// Compares an attribute of two lowered profiles. Builds nothing.
pub fn diff(left: &Path, right: &Path, attr: &str, options: &Options) -> Result<Vec<Difference>> {
    let (store, left, _) = plan(left, attr, options)?;
    let (_, right, _) = plan(right, attr, options)?;
    Ok(compare(&left, &right, |path| read_source(&store, path)))
}

/// Small text files are compared line by line.
fn read_source(store: &Store, path: &Path) -> Option<String> {
    let physical = store.physical(path);
    let small = physical
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() < 1 << 20);
    if small {
        std::fs::read_to_string(physical).ok()
    } else {
        None
    }
}

fn compare(left: &Closure, right: &Closure, source: impl Fn(&Path) -> Option<String>) -> Vec<Difference> {
    let mut comparison = Comparison {
        left,
        right,
        source: &source,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    let prefix = derivation_name(&left.root);
    comparison.pair(&left.root, &right.root, &prefix);
    comparison.found
}

struct Comparison<'a> {
    left: &'a Closure,
    right: &'a Closure,
    source: &'a dyn Fn(&Path) -> Option<String>,
    seen: BTreeSet<(PathBuf, PathBuf)>,
    found: Vec<Difference>,
}

impl Comparison<'_> {
    fn pair(&mut self, left: &Path, right: &Path, prefix: &str) {
        if left == right || !self.seen.insert((left.to_owned(), right.to_owned())) {
            return;
        }
        let (a, b) = (&self.left.nodes[left], &self.right.nodes[right]);
        for (what, left, right) in own_differences(a, b) {
            self.add(prefix, what, left, right);
        }
        let (sources_a, sources_b) = (by_name(sources(a)), by_name(sources(b)));
        each(&sources_a, &sources_b, |name, left, right| match (left, right) {
            (Some(left), Some(right)) if left == right => {}
            (Some(left), Some(right)) => {
                let (left, right) = lines_apart((self.source)(left), (self.source)(right));
                self.add(prefix, format!("file {name}"), left, right);
            }
            (left, right) => self.add(
                prefix,
                format!("file {name}"),
                left.map(|path| shown(path)),
                right.map(|path| shown(path)),
            ),
        });
        let (inputs_a, inputs_b) = (by_name(a.inputs.iter().cloned()), by_name(b.inputs.iter().cloned()));
        each(&inputs_a, &inputs_b, |name, left, right| match (left, right) {
            (Some(left), Some(right)) => self.pair(left, right, &format!("{prefix}/{name}")),
            (left, right) => self.add(
                prefix,
                format!("input {name}"),
                left.map(|path| shown(path)),
                right.map(|path| shown(path)),
            ),
        });
    }

    fn add(&mut self, prefix: &str, what: String, left: Option<String>, right: Option<String>) {
        self.found.push(Difference {
            derivation: prefix.to_owned(),
            what,
            left,
            right,
        });
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Calls `visit` for every name of either side.
fn each(
    left: &BTreeMap<String, PathBuf>,
    right: &BTreeMap<String, PathBuf>,
    mut visit: impl FnMut(&str, Option<&PathBuf>, Option<&PathBuf>),
) {
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    names
        .into_iter()
        .for_each(|name| visit(name, left.get(name), right.get(name)));
}

fn sources(node: &Node) -> impl Iterator<Item = PathBuf> {
    node.derivation
        .input_sources()
        .iter()
        .map(|path| path.to_absolute_path().into())
}

/// Paths by name; a second one of the same name gets a number.
fn by_name(paths: impl Iterator<Item = PathBuf>) -> BTreeMap<String, PathBuf> {
    let mut named = BTreeMap::new();
    for path in paths {
        let name = derivation_name(&path);
        let free = (1..).map(|n| if n == 1 { name.clone() } else { format!("{name} ({n})") });
        let name = free
            .into_iter()
            .find(|name| !named.contains_key(name))
            .unwrap_or_default();
        named.insert(name, path);
    }
    named
}

type Own = (String, Option<String>, Option<String>);

/// What differs in the derivations themselves, when the hashes in store paths are left aside: those only follow from
/// differences further down.
fn own_differences(a: &Node, b: &Node) -> Vec<Own> {
    let mut found = Vec::new();
    let mut check = |what: String, left: Option<String>, right: Option<String>| {
        if left.as_deref().map(without_hashes) != right.as_deref().map(without_hashes) {
            let (left, right) = lines_apart(left, right);
            found.push((what, left, right));
        }
    };
    let (left, right) = (&a.derivation, &b.derivation);
    check("system".into(), Some(left.system().into()), Some(right.system().into()));
    check(
        "builder".into(),
        Some(left.builder().into()),
        Some(right.builder().into()),
    );
    check(
        "arguments".into(),
        Some(left.arguments().join(" ")),
        Some(right.arguments().join(" ")),
    );
    let (env_a, env_b) = (left.environment(), right.environment());
    let keys: BTreeSet<&String> = env_a.keys().chain(env_b.keys()).collect();
    let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
    for key in keys.into_iter().filter(|key| !a.outputs.contains_key(*key)) {
        check(format!("env {key}"), env_a.get(key).map(text), env_b.get(key).map(text));
    }
    found
}

/// `/nix/store/HASH-name` without its hash.
fn without_hashes(text: &str) -> String {
    let store = format!("{STORE}/");
    let mut parts = text.split(&store);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(&store);
        out.push_str(part.get(32..).unwrap_or(part));
    }
    out
}

/// Of two long texts only the lines that the other does not have.
fn lines_apart(left: Option<String>, right: Option<String>) -> (Option<String>, Option<String>) {
    match (left, right) {
        (Some(left), Some(right)) if left.contains('\n') || right.contains('\n') => {
            let only = |text: &str, other: &str| {
                let other: BTreeSet<&str> = other.lines().collect();
                Some(
                    text.lines()
                        .filter(|line| !other.contains(line))
                        .collect::<Vec<_>>()
                        .join("\n"),
                )
            };
            (only(&left, &right), only(&right, &left))
        }
        unchanged => unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(derivations: &[(&str, &str)]) -> Closure {
        let nodes = derivations.iter().map(|(path, text)| {
            let path = PathBuf::from(path);
            let node = Node::parse(&path, text.as_bytes()).unwrap();
            (path, node)
        });
        Closure {
            root: derivations[0].0.into(),
            nodes: nodes.collect(),
        }
    }

    const KERNEL_A: &str = "/nix/store/1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-kernel.drv";
    const KERNEL_B: &str = "/nix/store/1bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-kernel.drv";
    const TOP_A: &str = "/nix/store/2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bundle.drv";
    const TOP_B: &str = "/nix/store/2bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-bundle.drv";

    fn kernel(hash: &str, config: &str) -> String {
        let out = format!("/nix/store/{}-kernel", hash.repeat(32));
        format!(
            r#"Derive([("out","{out}","","")],[],[],"x86_64-linux","/bin/sh",[],[("builder","/bin/sh"),("config","{config}"),("name","kernel"),("out","{out}"),("system","x86_64-linux")])"#
        )
    }

    fn bundle(hash: &str, kernel_drv: &str) -> String {
        let (out, kernel) = (
            format!("/nix/store/{}-bundle", hash.repeat(32)),
            format!("/nix/store/{}-kernel", hash.repeat(32)),
        );
        format!(
            r#"Derive([("out","{out}","","")],[("{kernel_drv}",["out"])],[],"x86_64-linux","/bin/sh",[],[("builder","/bin/sh"),("kernel","{kernel}"),("name","bundle"),("out","{out}"),("system","x86_64-linux")])"#
        )
    }

    #[test]
    fn names_the_cause_and_not_its_consequences() {
        let left = closure(&[
            (TOP_A, &bundle("c", KERNEL_A)),
            (KERNEL_A, &kernel("c", "A=y\\nB=y\\n")),
        ]);
        let right = closure(&[
            (TOP_B, &bundle("d", KERNEL_B)),
            (KERNEL_B, &kernel("d", "A=y\\nB=m\\n")),
        ]);
        let found = compare(&left, &right, |_| None);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].derivation.as_str(), found[0].what.as_str()),
            ("bundle/kernel", "env config")
        );
        assert_eq!(
            (found[0].left.as_deref(), found[0].right.as_deref()),
            (Some("B=y"), Some("B=m"))
        );
        assert_eq!(compare(&left, &left, |_| None), []);
    }

    #[test]
    fn hashes_are_left_aside() {
        assert_eq!(
            without_hashes(&format!("-I/nix/store/{}-a/b", "x".repeat(32))),
            "-I/nix/store/-a/b"
        );
        assert_eq!(without_hashes("/nix/store/short"), "/nix/store/short");
    }
}
