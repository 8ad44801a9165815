//! Inheritance: a file and everything that it extends become one tree.
//!
//! `extends` is applied in order, each file over those before, the file itself over all. Scalars and arrays replace, tables
//! merge. A file may be reached once only: reached twice, its values would undo what was applied in between.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::library::{Library, read};
use super::tree::{DEFAULT_LAYER, Kind, Node};
use super::{raw, structure};
use crate::diag::{Diagnostic, Diagnostics};
use crate::source::{Source, Span};
use crate::suggest;

/// A file merged with what it extends.
pub struct Written {
    pub tree: Node,
    pub gaps: Gaps,
}

/// What a profile says that is not in its tree, because it is wrong and was reported. What else seems wrong may only follow from that.
#[derive(Default)]
pub struct Gaps {
    /// A file that should be extended is not there: it would win over all up to this layer, and may say anything else.
    pub inherited: Option<usize>,
    /// Those of [`DECIDING`] whose values are none.
    pub undecided: BTreeSet<&'static str>,
}

/// Keys that decide which defaults and which rules hold.
pub const DECIDING: [&str; 2] = ["arch", "emulator.kind"];

impl Gaps {
    /// One more file on top, and the keys that were taken out of it.
    pub fn cover(&mut self, file: &Node, taken_out: &[String]) {
        for key in DECIDING {
            if file.get(key).is_some() {
                self.undecided.remove(key);
            } else if has_taken(key, taken_out) {
                self.undecided.insert(key);
            }
        }
    }
}

impl Written {
    /// Another value was wanted in the place of one that cannot be, so what stands below that is no value either.
    pub fn new(mut tree: Node, gaps: Gaps) -> Written {
        gaps.undecided.iter().for_each(|key| tree.remove(key));
        Written { tree, gaps }
    }
}

/// Whether a key or the table that it is in was taken out.
fn has_taken(key: &str, taken_out: &[String]) -> bool {
    let within = |table: &String| {
        key.strip_prefix(table.as_str())
            .is_some_and(|rest| rest.starts_with('.'))
    };
    taken_out.iter().any(|taken| taken == key || within(taken))
}

/// Merges a file with what it extends. Everything that can be wrong with a file by itself is reported on the way.
pub fn load(library: &Library, source: &Source, problems: &mut Diagnostics) -> Option<Written> {
    let mut loader = Loader {
        library,
        schema: raw::file_schema(),
        problems,
        open: Vec::new(),
        seen: HashMap::new(),
        layer: DEFAULT_LAYER,
        gaps: Gaps::default(),
    };
    let tree = loader.apply(source, None)?;
    Some(Written::new(tree, loader.gaps))
}

struct Loader<'a> {
    library: &'a Library,
    schema: serde_json::Value,
    problems: &'a mut Diagnostics,
    /// Files being read, outermost first, each with the place that named it.
    open: Vec<(PathBuf, Option<Span>)>,
    /// Files already applied, with the place that named them first.
    seen: HashMap<PathBuf, Option<Span>>,
    layer: usize,
    gaps: Gaps,
}

impl Loader<'_> {
    fn apply(&mut self, source: &Source, named: Option<&Span>) -> Option<Node> {
        let path = canonical(source.path());
        self.seen.insert(path.clone(), named.cloned());
        let (mut tree, taken_out) = self.parse(source)?;
        self.open.push((path, named.cloned()));
        let mut base = Node::empty(source, DEFAULT_LAYER);
        for element in tree.get("extends").map(Node::elements).unwrap_or_default() {
            match self.extend(element) {
                Some(extended) => base.merge(extended),
                None => self.gaps.inherited = Some(self.layer),
            }
        }
        if tree.get("extends").is_none() && has_taken("extends", &taken_out) {
            self.gaps.inherited = Some(self.layer);
        }
        self.open.pop();
        self.gaps.cover(&tree, &taken_out);
        self.layer += 1;
        tree.set_layer(self.layer);
        if let Kind::Table(table) = &mut tree.kind {
            table.remove("extends");
        }
        base.merge(tree);
        Some(base)
    }

    /// With the keys that were taken out of it.
    fn parse(&mut self, source: &Source) -> Option<(Node, Vec<String>)> {
        match Node::parse(source, DEFAULT_LAYER) {
            Ok(mut tree) => {
                let taken_out = structure::check(&mut tree, &self.schema, &structure::PROFILE, self.problems);
                Some((tree, taken_out))
            }
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// One element of `extends`.
    fn extend(&mut self, element: &Node) -> Option<Node> {
        let path = canonical(&self.find(element)?);
        if let Some(problem) = self.refuse(&path, &element.span) {
            self.problems.push(problem);
            return None;
        }
        match read(&path) {
            Ok(source) => self.apply(&source, Some(&element.span)),
            Err(error) => {
                let labelled = error
                    .diagnostics
                    .into_iter()
                    .map(|problem| problem.label(&element.span, "named here"));
                self.problems.0.extend(labelled);
                None
            }
        }
    }

    fn refuse(&self, path: &Path, named: &Span) -> Option<Diagnostic> {
        if let Some(start) = self.open.iter().position(|(open, _)| open == path) {
            let through = self.open[start + 1..].iter().filter_map(|(_, place)| place.as_ref());
            let cycle = Diagnostic::error("lkmc::profile::extends_cycle", format!("{} extends itself", name(path)))
                .label(named, format!("leads back to {}", name(path)));
            return Some(
                through
                    .fold(cycle, |cycle, place| cycle.label(place, "by way of this"))
                    .help("move what both need into a fragment that extends neither"),
            );
        }
        let first = self.seen.get(path)?.as_ref()?;
        Some(
            Diagnostic::error(
                "lkmc::profile::extends_twice",
                format!("{} is extended twice", name(path)),
            )
            .label(named, "a second time here")
            .label(first, "first here")
            .help("applied again, it would undo what came in between; extend it in one of the two places only"),
        )
    }

    fn find(&mut self, element: &Node) -> Option<PathBuf> {
        let (wanted, from) = (element.text()?, element.span.source.path());
        let found = self.library.refer(from, wanted, ".toml");
        if found.is_none() {
            let known = self.library.extendable();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let label = suggest::did_you_mean(wanted, &known).unwrap_or_else(|| "no such file".into());
            self.problems.push(
                Diagnostic::error(
                    "lkmc::profile::extends_missing",
                    format!("there is no `{wanted}` to extend"),
                )
                .label(&element.span, label)
                .help(format!(
                    "looked beside {} and among the shipped: {}",
                    element.span.source.name(),
                    suggest::list(&known)
                )),
            );
        }
        found
    }
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn name(path: &Path) -> String {
    crate::source::display_path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files in a checkout of their own; the first is loaded.
    fn merged(files: &[(&str, &str)]) -> (serde_json::Value, Vec<&'static str>) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (name, text) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it is in the directory")).expect("it can be made");
            std::fs::write(path, text).expect("it can be written");
        }
        let library = Library {
            root: directory.path().to_path_buf(),
        };
        let mut problems = Diagnostics::default();
        let source = read(&directory.path().join(files[0].0)).expect("it was written");
        let written = load(&library, &source, &mut problems);
        let codes = problems.0.iter().map(|problem| problem.code).collect();
        (written.map_or(serde_json::Value::Null, |it| it.tree.to_json()), codes)
    }

    #[test]
    fn later_files_win_and_the_extending_file_over_all() {
        let (tree, problems) = merged(&[
            ("top.toml", "extends = [\"a\", \"b.toml\"]\ncpu.count = 4\n"),
            ("a.toml", "cpu = { count = 1, model = \"a\" }\nmemory.size = \"1GiB\"\n"),
            ("b.toml", "extends = [\"c\"]\ncpu.model = \"b\"\n"),
            ("c.toml", "cpu.model = \"c\"\nmemory.size = \"2GiB\"\n"),
        ]);
        assert!(problems.is_empty(), "{problems:?}");
        let expected = serde_json::json!({ "cpu": { "count": 4, "model": "b" }, "memory": { "size": "2GiB" } });
        assert_eq!(tree, expected);
    }

    #[test]
    fn arrays_are_replaced_so_that_elements_can_be_taken_away() {
        let (tree, _) = merged(&[
            ("top.toml", "extends = [\"a\"]\nkernel.command-line = []\n"),
            ("a.toml", "kernel.command-line = [\"quiet\"]\nkernel.config.A = \"y\"\n"),
        ]);
        assert_eq!(
            tree["kernel"],
            serde_json::json!({ "command-line": [], "config": { "A": "y" } })
        );
    }

    #[test]
    fn a_file_beside_wins_over_a_shipped_one() {
        let files = [
            ("work/top.toml", "extends = [\"a\"]\n"),
            ("profiles/a.toml", "cpu.count = 1\n"),
        ];
        assert_eq!(merged(&files).0["cpu"]["count"], 1);
        let beside = [files[0], files[1], ("work/a.toml", "cpu.count = 2\n")];
        assert_eq!(merged(&beside).0["cpu"]["count"], 2);
    }

    #[test]
    fn by_its_own_name_a_file_means_the_shipped_one() {
        let files = [
            ("work/a.toml", "extends = [\"a\"]\n"),
            ("profiles/a.toml", "cpu.count = 1\n"),
        ];
        assert_eq!(merged(&files).0["cpu"]["count"], 1);
        assert_eq!(merged(&files[..1]).1, ["lkmc::profile::extends_cycle"]);
    }

    #[test]
    fn a_missing_file_does_not_hide_what_else_is_wrong() {
        let (tree, problems) = merged(&[("top.toml", "extends = [\"nowhere\"]\ncpu.cuont = 1\ncpu.count = 2\n")]);
        assert_eq!(
            problems,
            ["lkmc::profile::unknown_key", "lkmc::profile::extends_missing"]
        );
        assert_eq!(tree["cpu"]["count"], 2);
    }
}
