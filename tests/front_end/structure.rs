//! The straight line from profile to verdict: the modules of src/ form layers, and none needs one that needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::common::ROOT;

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => sources(&path, found),
            path if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            _ => {}
        }
    }
}

static ONE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::(\w+)").unwrap());
static SEVERAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::\{([^}]*)\}").unwrap());
static FIRST: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:^|,)\s*(\w+)").unwrap());

/// What a source names of other modules, without its comments and its tests.
fn needs(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let lists = SEVERAL.captures_iter(&code).map(|list| list[1].to_owned());
    let listed = lists.flat_map(|list| {
        let names = FIRST.captures_iter(&list).map(|name| name[1].to_owned());
        names.collect::<Vec<_>>()
    });
    ONE.captures_iter(&code)
        .map(|name| name[1].to_owned())
        .chain(listed)
        .collect()
}

/// Each module with those that it needs.
fn modules() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(ROOT).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let inner = file.strip_prefix(&root).unwrap();
        let top = inner.components().next().unwrap().as_os_str().to_string_lossy();
        let name = top.trim_end_matches(".rs").to_owned();
        if ["lib", "main"].contains(&name.as_str()) || file.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        modules.entry(name).or_default().extend(needs(&text));
    }
    let names: BTreeSet<String> = modules.keys().cloned().collect();
    for (name, needed) in &mut modules {
        needed.retain(|other| other != name && names.contains(other));
    }
    modules
}

#[test]
fn no_module_needs_one_that_needs_it() {
    let mut left = modules();
    assert!(left.len() > 40 && left["commands"].len() > 20, "{left:?}");
    // Whatever needs nothing that is left is done; a circle never is.
    while let Some(done) = left
        .iter()
        .find(|(_, needed)| needed.is_empty())
        .map(|(name, _)| name.clone())
    {
        left.remove(&done);
        for needed in left.values_mut() {
            needed.remove(&done);
        }
    }
    assert!(left.is_empty(), "in circles, or above some: {left:#?}");
}

#[test]
fn all_ways_to_name_a_module_are_seen() {
    let text = "use crate::nix::{self, build};\nuse crate::{hash, shell};\n// crate::dev\nlet it = crate::bench::run();\n\
                #[cfg(test)]\nmod tests {\n    use crate::gdb;\n}\n";
    let names: Vec<String> = needs(text).into_iter().collect();
    assert_eq!(names, ["bench", "hash", "nix", "shell"]);
}
