//! Rules about the files that a demo is made of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Checker;
use crate::demo::includes::{self, normal};
use crate::demo::language::{self, Language};
use crate::demo::{Kind, Part, candidate};
use crate::diag::Diagnostic;
use crate::profile::tree::Node;
use crate::source::{Span, display_path};
use crate::suggest;

impl Checker<'_> {
    /// The demo itself, its further modules, its companions.
    pub(super) fn parts(&mut self) -> Vec<Part> {
        let own = Part {
            kind: self.candidate.kind,
            path: self.candidate.path.clone(),
        };
        let mut parts = vec![(own, self.whole())];
        for node in self.elements("modules") {
            let first = parts.iter().find(|(part, _)| part.kind == Kind::Module);
            let first = first.map(|(part, _)| part.path.clone());
            let module = self.module(&node, first.as_deref());
            parts.extend(module.map(|part| (part, node.span.clone())));
        }
        for node in self.elements("companion") {
            parts.extend(self.companion(&node).map(|part| (part, node.span.clone())));
        }
        self.names(&parts);
        parts.into_iter().map(|(part, _)| part).collect()
    }

    /// One Kbuild file builds all modules, so they are in one directory.
    fn module(&mut self, node: &Node, first: Option<&Path>) -> Option<Part> {
        let path = self.file(node)?;
        let wrong = if Language::of(&path) != Some(Language::C) {
            Some("not a C file".to_string())
        } else if path == self.candidate.path {
            Some("the demo itself".to_string())
        } else {
            let elsewhere = first.filter(|first| path.parent() != first.parent());
            elsewhere.map(|first| format!("not beside {}", first.file_name().unwrap_or_default().display()))
        };
        if let Some(wrong) = wrong {
            self.report(
                Diagnostic::error("lkmc::demo::bad_module", "this cannot be built together with the demo")
                    .label(&node.span, wrong)
                    .help("`modules` are C files, all in one directory; programs and scripts are `companion`"),
            );
            return None;
        }
        Some(Part {
            kind: Kind::Module,
            path,
        })
    }

    fn companion(&mut self, node: &Node) -> Option<Part> {
        let path = self.file(node)?;
        let ending = language::ending(&path);
        let kind = match Language::of(&path) {
            Some(language) if language.is_compiled() => Kind::Program,
            None if ["o", "ko"].contains(&ending) || language::is_header(&path) => {
                self.report(
                    Diagnostic::error(
                        "lkmc::demo::bad_companion",
                        format!("a .{ending} file cannot be a companion"),
                    )
                    .label(&node.span, "neither a program's source nor a script")
                    .help("what sources include with quotes is found by itself"),
                );
                return None;
            }
            // Whatever else a demo wants to have at hand.
            _ => Kind::Script,
        };
        Some(Part { kind, path })
    }

    /// A file that the block names.
    fn file(&mut self, node: &Node) -> Option<PathBuf> {
        let written = node.text().unwrap_or_default();
        let path = normal(&self.directory().join(written));
        let outside = self
            .candidate
            .repository
            .as_ref()
            .is_some_and(|root| !path.starts_with(root));
        let problem = if path.is_dir() {
            Diagnostic::error("lkmc::demo::missing_file", format!("`{written}` is a directory"))
                .label(&node.span, "not a file")
        } else if !path.is_file() {
            let near = near_file(self.directory(), written);
            Diagnostic::error("lkmc::demo::missing_file", format!("there is no file `{written}`"))
                .label(&node.span, near.unwrap_or_else(|| "not found".into()))
                .help(format!("looked for {}", crate::source::display_path(&path)))
        } else if outside {
            Diagnostic::error("lkmc::demo::outside", format!("`{written}` is not in the repository"))
                .label(&node.span, "outside")
                .help("what a demo of the repository needs is there too")
        } else {
            return Some(path);
        };
        self.report(problem);
        None
    }

    pub(super) fn tree_modules(&mut self) -> Vec<String> {
        for node in self.elements("tree-modules") {
            let path = node.text().unwrap_or_default();
            if !path.ends_with(".ko") || path.starts_with('/') || !path.contains('/') {
                self.report(
                    Diagnostic::error(
                        "lkmc::demo::bad_tree_module",
                        format!("`{path}` is no module of the kernel's tree"),
                    )
                    .label(&node.span, "not the path of a .ko file")
                    .help("for example \"drivers/misc/dummy-irq.ko\""),
                );
            }
        }
        self.raw.tree_modules.clone()
    }

    pub(super) fn cflags(&mut self) -> Vec<String> {
        for node in self.elements("cflags") {
            let option = node.text().unwrap_or_default();
            if !option.starts_with('-') || option.contains(char::is_whitespace) {
                let message = format!("`{option}` is no option of the compiler");
                self.report(
                    Diagnostic::error("lkmc::demo::bad_cflag", message)
                        .label(&node.span, "not one word that begins with `-`")
                        .help("for example [\"-O2\", \"-DSIZE=64\"]"),
                );
            }
        }
        self.raw.cflags.clone()
    }

    /// The directories between the root and what is built.
    pub(super) fn places(&mut self, parts: &[Part], root: &Path) {
        for part in parts {
            let directory = match part.kind {
                Kind::KbuildDirectory => Some(part.path.as_path()),
                _ => part.path.parent(),
            };
            let below = directory.and_then(|directory| directory.strip_prefix(root).ok());
            let names = below
                .into_iter()
                .flat_map(Path::iter)
                .map(|name| name.to_string_lossy());
            if let Some((name, odd)) = names.filter_map(|name| Some((name.clone(), odd(&name)?))).next() {
                let message = format!("`{name}` cannot be a directory's name in a build");
                let problem = Diagnostic::error("lkmc::demo::bad_file_name", message)
                    .label(&self.whole(), format!("{} is in it; {odd}", display_path(&part.path)))
                    .help("rename the directory; make and the shell take such names apart");
                self.report(problem);
                return;
            }
        }
    }

    /// Kbuild writes down what a source includes, and then finds no file whose name has a blank in it.
    pub(super) fn headers(&mut self, parts: &[Part]) {
        let files = parts.iter().flat_map(|part| match part.kind {
            Kind::Module => vec![part.path.clone()],
            Kind::KbuildDirectory => candidate::files_of(&part.path, |_| ()),
            _ => Vec::new(),
        });
        let sources = includes::closure(&files.collect::<Vec<_>>());
        let mut included = sources.iter().flat_map(|source| includes::included(source));
        if let Some((name, _)) = included.find(|(name, _)| name.contains(' ')) {
            let message = format!("`{name}` cannot be a header's name in a module");
            let problem = Diagnostic::error("lkmc::demo::bad_file_name", message)
                .label(&self.whole(), "includes it, or what it includes does")
                .help("rename it: Kbuild does not find a file again that has a blank in its name");
            self.report(problem);
        }
    }

    /// Two files must not become the same one in the guest.
    fn names(&mut self, parts: &[(Part, Span)]) {
        let trees = self.elements("tree-modules");
        let trees = trees.iter().map(|node| {
            let path = Path::new(node.text().unwrap_or_default());
            (
                path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                &node.span,
            )
        });
        let mut taken: BTreeMap<String, Span> = BTreeMap::new();
        let names: Vec<(String, &Span)> = parts
            .iter()
            .filter_map(|(part, span)| Some((part.guest_name()?, span)))
            .chain(trees)
            .collect();
        for (name, span) in names {
            if let Some(odd) = odd(&name) {
                self.problems.push(
                    Diagnostic::error(
                        "lkmc::demo::bad_file_name",
                        format!("`{name}` cannot be a file's name in the guest"),
                    )
                    .label(span, odd)
                    .help("rename the file; make and the shell take such names apart"),
                );
            }
            // The kernel takes both spellings of a module's name for one.
            let key = if name.ends_with(".ko") {
                name.replace('-', "_")
            } else {
                name.clone()
            };
            if let Some(first) = taken.get(&key) {
                self.problems.push(
                    Diagnostic::error("lkmc::demo::duplicate_name", format!("two files become /lkmc/{name}"))
                        .label(span, "this one")
                        .label(first, "and this one"),
                );
            } else {
                taken.insert(key, span.clone());
            }
        }
    }
}

/// Why make or the shell would take a name apart.
fn odd(name: &str) -> Option<String> {
    let odd = name
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || "-_.+".contains(*c)))?;
    Some(format!("{odd:?} is not a letter, digit, `-`, `_`, `+` or `.`"))
}

impl Part {
    /// The file's name in the guest's /lkmc; a directory's are not known before it is built, and on bare metal there is no guest.
    pub fn guest_name(&self) -> Option<String> {
        let name = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        match self.kind {
            Kind::Module => Some(name(self.path.file_stem()) + ".ko"),
            Kind::Program => Some(name(self.path.file_stem())),
            Kind::Script => Some(name(self.path.file_name())),
            Kind::KbuildDirectory | Kind::BareMetal => None,
        }
    }
}

fn near_file(directory: &Path, written: &str) -> Option<String> {
    let path = normal(&directory.join(written));
    let wanted = path.file_name()?.to_str()?.to_string();
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    let names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let near = suggest::nearest(&wanted, &names)?;
    let start = &written[..written.len() - written.rsplit('/').next().unwrap_or_default().len()];
    Some(format!("did you mean `{start}{near}`?"))
}
