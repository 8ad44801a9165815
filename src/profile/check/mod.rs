//! Validation: what was written becomes what was proven, or every reason why it cannot.
//!
//! The structure has been checked before; here are the rules between settings. Each looks up the tables of [`super::rules`]
//! and labels every setting that takes part, whichever file it stands in.

mod cache;
mod emulator;
mod guest;
mod kernel;
mod machine;
mod memory;

pub use machine::{kvm_elsewhere, take_out_unhonoured};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::library::Library;
use super::raw::RawProfile;
use super::tree::Node;
use super::{Console, Kernel, Limits, Profile, Rootfs, kconfig, packages};
use crate::diag::{Diagnostic, Diagnostics};
use crate::source::Span;

/// Proves a complete tree. `None` only if something was reported.
pub fn check(path: &Path, tree: Node, library: &Library, problems: &mut Diagnostics) -> Option<Profile> {
    let raw = written(&tree, problems)?;
    let mut checker = Checker::new(&tree, &raw);
    let name = checker.name(path);
    checker.memory_size();
    checker.channels();
    checker.machine();
    checker.caches();
    checker.rootfs();
    checker.network();
    let source = checker.kernel_source();
    let patches = checker.patches();
    let config_file = checker.config_file();
    let tree_of_kernel = checker.kernel_tree();
    let overlay = checker.overlay();
    let binary = checker.binary();
    let build = checker.gem5_build();
    let shares = checker.shares();
    let command_line = checker.command_line();
    let kaslr = checker.kaslr();
    problems.0.extend(checker.alone.0.into_iter().chain(checker.together.0));
    let emulator = emulator::emulator(&raw, binary, build);
    let config_file = config_file.and_then(|path| kconfig::whole(path, problems));
    let config = kconfig::collect(&tree, library, problems);
    let content = packages::content(&raw, &tree, &library.named(path));
    Some(Profile {
        name,
        description: raw.description,
        path: path.to_path_buf(),
        arch: raw.arch,
        toolbox: raw.toolbox,
        kernel: Kernel {
            version: raw.kernel.version,
            source,
            patches,
            tree: tree_of_kernel,
            config_file,
            config,
            kaslr,
            command_line,
        },
        rootfs: Rootfs {
            kind: raw.rootfs.kind,
            medium: raw.rootfs.medium,
            overlay,
            content,
            packages: raw.rootfs.packages,
            size: raw.rootfs.size.0,
        },
        emulator: emulator?,
        memory: raw.memory.size.0,
        console: Console { show: raw.console.show },
        shares,
        limits: Limits {
            boot: raw.limits.boot.0.0,
            command: Some(raw.limits.command.0.0),
        },
        provenance: Arc::new(tree),
    })
}

fn written(tree: &Node, problems: &mut Diagnostics) -> Option<RawProfile> {
    let raw = serde_json::from_value(tree.to_json());
    raw.map_err(|error| {
        // Only a key that was reported and taken out can be missing; anything else is a gap in the structure check.
        if problems.0.is_empty() {
            problems.push(Diagnostic::error("lkmc::profile::internal", error.to_string()).label(&tree.span, "in here"));
        }
    })
    .ok()
}

/// What is wrong with values by themselves, whatever the rest of the profile is; it is not known.
pub fn check_alone(path: &Path, tree: &Node, library: &Library, problems: &mut Diagnostics) {
    let Ok(raw) = serde_json::from_value(tree.to_json()) else {
        return;
    };
    let mut checker = Checker::new(tree, &raw);
    checker.name(path);
    checker.memory_size();
    checker.channels();
    checker.rootfs();
    checker.network();
    checker.kernel_source();
    checker.patches();
    checker.config_file();
    checker.kernel_tree();
    checker.overlay();
    checker.binary();
    checker.gem5_build();
    checker.shares();
    checker.command_line();
    problems.0.extend(checker.alone.0);
    kconfig::check_alone(tree, library, problems);
}

struct Checker<'a> {
    tree: &'a Node,
    raw: &'a RawProfile,
    /// Problems that a value has by itself.
    alone: Diagnostics,
    /// Problems between settings, of which a default may be one.
    together: Diagnostics,
}

impl<'a> Checker<'a> {
    fn new(tree: &'a Node, raw: &'a RawProfile) -> Checker<'a> {
        Checker {
            tree,
            raw,
            alone: Diagnostics::default(),
            together: Diagnostics::default(),
        }
    }

    /// A problem that would be none with another value of another key.
    fn report(&mut self, problem: Diagnostic) {
        self.together.push(problem);
    }

    /// A problem whatever else the profile says.
    fn report_alone(&mut self, problem: Diagnostic) {
        self.alone.push(problem);
    }

    /// Where a setting's value stands.
    fn at(&self, key: &str) -> Span {
        self.tree.get(key).unwrap_or(self.tree).span.clone()
    }

    /// A message about the value of one setting.
    fn about(&self, code: &'static str, key: &str, message: String, label: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).label(&self.at(key), label)
    }

    /// A second label, on a setting that takes part. A default has no place that the user could change.
    fn also(&self, problem: Diagnostic, key: &str, label: impl Into<String>) -> Diagnostic {
        match self.tree.get_written(key) {
            Some(node) => problem.label(&node.span, label),
            None => problem,
        }
    }

    /// A path relative to the file that wrote it.
    fn resolve(&self, node: &Node) -> PathBuf {
        let path = node.span.source.directory().join(node.text().unwrap_or_default());
        path.canonicalize()
            .or_else(|_| std::path::absolute(&path))
            .unwrap_or(path)
    }

    fn elements(&self, key: &str) -> &[Node] {
        self.tree.get(key).map(Node::elements).unwrap_or_default()
    }

    /// The file's stem is the profile's name, and becomes part of file, attribute and test names.
    fn name(&mut self, path: &Path) -> String {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let odd = stem
            .chars()
            .find(|letter| !(letter.is_ascii_alphanumeric() || "-_.".contains(*letter)));
        if let Some(odd) = odd {
            self.report_alone(
                Diagnostic::error(
                    "lkmc::profile::bad_name",
                    format!("`{stem}` cannot be a profile's name"),
                )
                .help(format!(
                    "rename the file; {odd:?} is not a letter, digit, `-`, `_` or `.`"
                )),
            );
        }
        stem
    }
}
