//! Kernel options out of Kconfig files and `[kernel.config]`.
//!
//! Three ranks: `kernel.base`, over it `kernel.fragments`, over both `[kernel.config]`. Within one rank two files may not
//! disagree unless a higher rank decides. A fragment named by a file that extends another one may not contradict what that
//! one set in `[kernel.config]`: whoever wrote the fragment's name would not see that it loses.

mod fragment;
mod needed;
pub mod value;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use super::library::{Library, read};
use super::tree::Node;
use super::{ConfigFile, KconfigRequest, Origin};
use crate::diag::{Diagnostic, Diagnostics};
use crate::source::{Source, Span};
use crate::suggest;

#[derive(Clone, Debug)]
struct Setting {
    /// As `.config` spells it.
    value: String,
    span: Span,
    layer: usize,
}

type Settings = BTreeMap<String, Setting>;

fn request(setting: Setting) -> KconfigRequest {
    KconfigRequest {
        origin: Origin {
            file: setting.span.source.path().to_path_buf(),
            line: setting.span.line(),
        },
        value: setting.value,
    }
}

/// Every option that the profile asks for.
pub fn collect(tree: &Node, library: &Library, problems: &mut Diagnostics) -> BTreeMap<String, KconfigRequest> {
    let mut all = inline(tree, problems);
    contradictions(tree, library, &all, problems);
    for rank in ["kernel.fragments", "kernel.base"] {
        let settings = files(tree, rank, library, &all, problems);
        for (symbol, setting) in settings {
            all.entry(symbol).or_insert(setting);
        }
    }
    needed::check(tree, &all, problems);
    all.into_iter()
        .map(|(symbol, setting)| (symbol, request(setting)))
        .collect()
}

/// A whole `.config`.
pub fn whole(path: PathBuf, problems: &mut Diagnostics) -> Option<ConfigFile> {
    let source = match read(&path) {
        Ok(source) => source,
        Err(error) => {
            problems.0.extend(error.diagnostics);
            return None;
        }
    };
    let lines = parse(&source, 0, problems);
    let lines = lines.into_iter().map(|(symbol, setting)| (symbol, request(setting)));
    Some(ConfigFile {
        path,
        lines: lines.collect(),
    })
}

/// What is wrong with each option and each file by itself, whatever else the profile asks for.
pub fn check_alone(tree: &Node, library: &Library, problems: &mut Diagnostics) {
    inline(tree, problems);
    for element in tree.get("kernel.fragments").map(Node::elements).unwrap_or_default() {
        open(element, library, problems);
    }
}

fn inline(tree: &Node, problems: &mut Diagnostics) -> Settings {
    let mut settings = Settings::new();
    for (symbol, node) in tree.get("kernel.config").and_then(Node::table).into_iter().flatten() {
        if let Err(advice) = value::check_symbol(symbol) {
            problems.push(
                Diagnostic::error(
                    "lkmc::profile::kconfig_name",
                    format!("`{symbol}` is no Kconfig symbol"),
                )
                .label(node.key_span(), advice),
            );
            continue;
        }
        match value::of_toml(&node.kind) {
            Ok(value) => {
                let setting = Setting {
                    value,
                    span: node.span.clone(),
                    layer: node.layer,
                };
                settings.insert(symbol.clone(), setting);
            }
            Err(advice) => problems.push(
                Diagnostic::error(
                    "lkmc::profile::kconfig_value",
                    format!("{symbol} cannot have this value"),
                )
                .label(&node.span, advice)
                .help("write \"y\", \"m\", \"n\", a number, or a text of one line"),
            ),
        }
    }
    settings
}

/// The files of one rank; `above` has decided already.
fn files(tree: &Node, rank: &str, library: &Library, above: &Settings, problems: &mut Diagnostics) -> Settings {
    let mut settings = Settings::new();
    for element in tree.get(rank).map(Node::elements).unwrap_or_default() {
        for (symbol, setting) in open(element, library, problems) {
            match settings.entry(symbol) {
                Entry::Vacant(slot) => {
                    slot.insert(setting);
                }
                Entry::Occupied(first) if first.get().value != setting.value && !above.contains_key(first.key()) => {
                    problems.push(conflict(first.key(), first.get(), &setting));
                }
                Entry::Occupied(_) => {}
            }
        }
    }
    settings
}

fn conflict(symbol: &str, first: &Setting, second: &Setting) -> Diagnostic {
    Diagnostic::error(
        "lkmc::profile::kconfig_conflict",
        format!("{symbol} is asked to be two things"),
    )
    .label(&second.span, format!("{} here", show(&second.value)))
    .label(&first.span, format!("{} here", show(&first.value)))
    .help(format!(
        "take one away, or decide in the profile: [kernel.config] {symbol} = {}",
        toml(&second.value)
    ))
}

/// Fragments that an extending file names and that an option of an extended file would silently beat.
fn contradictions(tree: &Node, library: &Library, inline: &Settings, problems: &mut Diagnostics) {
    let Some(list) = tree.get("kernel.fragments") else {
        return;
    };
    for element in list.elements() {
        // Unreadable files are reported when they are merged.
        for (symbol, setting) in open(element, library, &mut Diagnostics::default()) {
            let Some(inherited) = inline.get(&symbol) else { continue };
            if inherited.layer < list.layer && inherited.value != setting.value {
                problems.push(
                    Diagnostic::error(
                        "lkmc::profile::kconfig_conflict",
                        format!("the fragment's {symbol} loses against an inherited option"),
                    )
                    .label(&setting.span, format!("{} here", show(&setting.value)))
                    .label(&inherited.span, format!("{} here, which wins", show(&inherited.value)))
                    .help(format!(
                        "say which: [kernel.config] {symbol} = {}",
                        toml(&setting.value)
                    )),
                );
            }
        }
    }
}

fn show(value: &str) -> &str {
    if value == "n" { "off" } else { value }
}

fn toml(value: &str) -> String {
    if value.starts_with('"') {
        value.to_string()
    } else {
        format!("\"{value}\"")
    }
}

fn open(element: &Node, library: &Library, problems: &mut Diagnostics) -> Vec<(String, Setting)> {
    let Some(name) = element.text() else { return Vec::new() };
    let from = element.span.source.path();
    let Some(path) = library.refer(from, name, ".config") else {
        let known = library.kconfig_files();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        problems.push(
            Diagnostic::error(
                "lkmc::profile::fragment_missing",
                format!("there is no Kconfig file `{name}`"),
            )
            .label(
                &element.span,
                suggest::did_you_mean(name, &known).unwrap_or_else(|| "no such file".into()),
            )
            .help(format!(
                "looked beside {} and among the shipped: {}",
                element.span.source.name(),
                suggest::list(&known)
            )),
        );
        return Vec::new();
    };
    match read(&path) {
        Ok(source) => parse(&source, element.layer, problems),
        Err(error) => {
            problems.0.extend(error.diagnostics);
            Vec::new()
        }
    }
}

fn parse(source: &Source, layer: usize, problems: &mut Diagnostics) -> Vec<(String, Setting)> {
    let mut settings = Vec::new();
    for (number, line) in (1..).zip(source.text().lines()) {
        let Some(span) = source.line(number) else { continue };
        match fragment::parse_line(line.trim()) {
            Ok(Some((symbol, value))) => settings.push((symbol, Setting { value, span, layer })),
            Ok(None) => {}
            Err(advice) => problems.push(
                Diagnostic::error("lkmc::profile::fragment_syntax", "this is no line of a Kconfig file")
                    .label(&span, advice)
                    .help("write CONFIG_NAME=y, CONFIG_NAME=\"text\", CONFIG_NAME=17 or # CONFIG_NAME is not set"),
            ),
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(name: &str, text: &str, layer: usize) -> Node {
        Node::parse(&Source::new(name, text), layer).expect("test input is TOML")
    }

    /// Collects from files beside the sources in a directory of its own.
    fn collected(files: &[(&str, &str)], base: &str, over: &str) -> (Vec<(String, String)>, Vec<&'static str>) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).expect("it can be written");
        }
        let place = |name: &str| directory.path().join(name).display().to_string();
        let mut tree = tree(&place("base.toml"), base, 1);
        tree.merge(self::tree(&place("over.toml"), over, 2));
        let mut problems = Diagnostics::default();
        let library = Library {
            root: directory.path().to_path_buf(),
        };
        let config = collect(&tree, &library, &mut problems);
        let values = config
            .into_iter()
            .map(|(symbol, request)| (symbol, request.value))
            .collect();
        (values, problems.0.iter().map(|problem| problem.code).collect())
    }

    const FILES: &[(&str, &str)] = &[
        ("low.config", "CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=y\n"),
        ("on.config", "CONFIG_B=m\nCONFIG_C=m\n"),
        ("off.config", "# CONFIG_C is not set\n"),
    ];

    #[test]
    fn inline_beats_fragments_beats_base() {
        let text = "kernel.base = [\"low.config\"]\nkernel.fragments = [\"on.config\"]\nkernel.config.C = \"n\"\n";
        let (values, problems) = collected(FILES, "", text);
        let expected = [("A", "y"), ("B", "m"), ("C", "n")].map(|(symbol, value)| (symbol.into(), value.into()));
        assert_eq!((values.as_slice(), problems.len()), (&expected[..], 0));
    }

    #[test]
    fn fragments_that_disagree_need_a_decision() {
        let both = "kernel.fragments = [\"on.config\", \"off.config\"]\n";
        assert_eq!(collected(FILES, "", both).1, ["lkmc::profile::kconfig_conflict"]);
        assert!(
            collected(FILES, "", &format!("{both}kernel.config.C = \"y\"\n"))
                .1
                .is_empty()
        );
    }

    #[test]
    fn a_fragment_does_not_silently_lose_against_an_inherited_option() {
        let over = "kernel.fragments = [\"off.config\"]\n";
        assert_eq!(
            collected(FILES, "kernel.config.C = \"y\"\n", over).1,
            ["lkmc::profile::kconfig_conflict"]
        );
        // In one file both are in sight, and an option set again says which.
        assert!(
            collected(FILES, "", &format!("{over}kernel.config.C = \"y\"\n"))
                .1
                .is_empty()
        );
        assert!(
            collected(FILES, &format!("{over}kernel.config.C = \"y\"\n"), "")
                .1
                .is_empty()
        );
    }
}
