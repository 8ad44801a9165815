//! The straight line from profile to verdict: the modules of src/ form layers, and none needs one that needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::common::ROOT;

static USE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\buse ((?:crate|super|self)::[^;]*);").unwrap());
static NAMED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:crate|super)(?:::\w+)+").unwrap());

/// `nix`, `nix::eval`: a file of src/, or a folder's mod.rs.
type Module = Vec<String>;
type Needs = BTreeMap<String, BTreeSet<String>>;

/// Each module with its text, without its comments and its tests.
fn sources() -> BTreeMap<Module, String> {
    fn collect(directory: &Path, above: &Module, found: &mut BTreeMap<Module, String>) {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            let mut module = above.clone();
            module.push(path.file_stem().unwrap().to_string_lossy().into_owned());
            if path.is_dir() {
                collect(&path, &module, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                module.pop_if(|name| name == "mod");
                found.insert(module, code(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&Path::new(ROOT).join("src"), &Vec::new(), &mut found);
    found.retain(|module, _| !["lib", "main"].contains(&module[0].as_str()));
    found
}

fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// `nix::{self, plan::{Closure, Node}}` as one path for each name.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let (mut depth, mut begin) = (0, 0);
    let ends = tree.char_indices().chain([(tree.len(), ',')]);
    for (at, character) in ends {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = tree[begin..at].trim();
                match part.split_once('{') {
                    Some((head, rest)) => {
                        expand(
                            &format!("{prefix}{head}"),
                            rest.strip_suffix('}').unwrap_or(rest),
                            paths,
                        );
                    }
                    None if part.is_empty() => {}
                    None => paths.push(format!("{prefix}{part}")),
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
}

/// All that a text names of other modules, as paths from the root on.
fn named(module: &Module, text: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    for tree in USE.captures_iter(text) {
        expand("", &tree[1], &mut paths);
    }
    let elsewhere = USE.replace_all(text, "");
    paths.extend(NAMED.find_iter(&elsewhere).map(|path| path.as_str().to_owned()));
    let absolute = |path: String| {
        let mut result: Module = Vec::new();
        if !path.starts_with("crate") {
            result.clone_from(module);
        }
        for name in path.split("::").map(|name| name.split(' ').next().unwrap_or_default()) {
            match name {
                "crate" | "self" => {}
                "super" => drop(result.pop()),
                name => result.push(name.to_owned()),
            }
        }
        result
    };
    paths.into_iter().map(absolute).collect()
}

/// Who needs whom, where this says what a module is called and counts as.
fn needs(sources: &BTreeMap<Module, String>, name: impl Fn(&Module) -> String) -> Needs {
    let mut needs = Needs::new();
    for (module, text) in sources {
        let own = name(module);
        let others = named(module, text).into_iter().filter_map(|mut path| {
            // What is behind a module's name is something in it.
            while !path.is_empty() && !sources.contains_key(&path) {
                path.pop();
            }
            (!path.is_empty()).then(|| name(&path))
        });
        let others: Vec<String> = others.filter(|other| *other != own).collect();
        needs.entry(own).or_default().extend(others);
    }
    needs
}

/// What is in circles, or above some.
fn circles(mut left: Needs) -> Needs {
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
    left
}

/// Who needs whom in a folder, where each folder in it counts as one. Its own mod.rs, which stands above all of them, is left to the
/// test of files.
fn needs_in(folder: &[String], sources: &BTreeMap<Module, String>) -> Needs {
    let mut below = sources.clone();
    below.retain(|module, _| module.len() > folder.len() && module.starts_with(folder));
    needs(&below, |module| module[..=folder.len()].join("::"))
}

#[test]
fn no_folder_needs_one_that_needs_it() {
    let sources = sources();
    let above = |module: &Module| {
        (0..module.len())
            .map(|depth| module[..depth].to_vec())
            .collect::<Vec<_>>()
    };
    let folders: BTreeSet<Module> = sources.keys().flat_map(above).collect();
    let all = needs_in(&[], &sources);
    assert!(all.len() > 40 && all["commands"].len() > 20, "{all:?}");
    let run = needs_in(&["run".to_owned()], &sources);
    assert!(run["run::driver"].contains("run::machine"), "{run:?}");
    for folder in folders {
        let circles = circles(needs_in(&folder, &sources));
        assert!(circles.is_empty(), "{}: {circles:#?}", folder.join("::"));
    }
}

#[test]
fn no_file_needs_one_that_needs_it() {
    let needs = needs(&sources(), |module| module.join("::"));
    assert!(needs.len() > 250 && needs["run::driver"].len() > 10, "{needs:?}");
    let circles = circles(needs);
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn all_ways_to_name_a_module_are_seen() {
    let text = "use crate::nix::{self, plan::{Closure, Node}};\npub use super::shell;\n// crate::dev\nlet it = crate::bench::run();\n\
                use self::deep::Thing as Other;\n#[cfg(test)]\nmod tests {\n    use crate::gdb;\n}\n";
    let module = ["run", "vm"].map(str::to_owned).to_vec();
    let names: Vec<String> = named(&module, &code(text)).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        names,
        [
            "nix",
            "nix::plan::Closure",
            "nix::plan::Node",
            "run::shell",
            "run::vm::deep::Thing",
            "bench::run"
        ]
    );
}

#[test]
fn a_circle_is_found() {
    let of = |needed: &[&str]| needed.iter().map(|name| (*name).to_owned()).collect();
    let needs: Needs = [("a", of(&["b"])), ("b", of(&["c"])), ("c", of(&["b"])), ("d", of(&[]))]
        .map(|(name, needed)| (name.to_owned(), needed))
        .into();
    assert_eq!(Vec::from_iter(circles(needs).into_keys()), ["a", "b", "c"]);
}
