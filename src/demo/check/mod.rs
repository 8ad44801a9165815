//! Validation: what a block says becomes a [`Demo`], or every reason why it cannot.
//!
//! The structure has been checked before; here are the rules between keys, and everything that is to be looked up in the
//! file system.

mod bare_metal;
mod machine;
mod parts;
mod runs;

use std::path::{Path, PathBuf};

use super::block::{self, Block};
use super::candidate::Candidate;
use super::includes::{self, Link};
use super::raw::RawDemo;
use super::{Demo, Kind as DemoKind, Part, Requirement, Skip};
use crate::diag::{Diagnostic, Diagnostics};
use crate::profile::Arch;
use crate::profile::kconfig::value::{check_symbol, is_bare, is_quoted};
use crate::profile::tree::{Kind, Node};
use crate::source::{Source, Span, display_path};

/// Proves a demo. `None` only if something was reported.
pub fn check(candidate: &Candidate, source: &Source, block: &Block, problems: &mut Diagnostics) -> Option<Demo> {
    let sound = problems.0.is_empty();
    let tree = match &block.tree {
        Some(tree) => usable(tree),
        None => Node::empty(source, 1),
    };
    let raw: RawDemo = match serde_json::from_value(tree.to_json()) {
        Ok(raw) => raw,
        Err(error) => {
            // Whatever was wrong has been reported and taken out; anything else is a gap in the structure check.
            if sound {
                problems
                    .push(Diagnostic::error("lkmc::demo::internal", error.to_string()).label(&block.span, "in here"));
            }
            return None;
        }
    };
    let mut checker = Checker {
        candidate,
        source,
        tree: &tree,
        raw: &raw,
        block,
        sound,
        problems,
    };
    checker.bare_metal();
    let arches = checker.arches();
    let parts = checker.parts();
    let (sources, root) = checker.sources(&parts);
    let machine = checker.machine(&raw.machine, &tree, &arches);
    checker.places(&parts, &root);
    checker.headers(&parts);
    let demo = Demo {
        name: candidate.name.clone(),
        path: candidate.path.clone(),
        kind: candidate.kind,
        summary: block::summary(&block.explanation),
        explanation: block.explanation.clone(),
        kconfig: checker.kconfig(),
        parts,
        sources,
        root,
        cflags: checker.cflags(),
        kbuild: raw.kbuild.clone(),
        tree_modules: checker.tree_modules(),
        runs: checker.runs(&arches, &machine),
        machine,
        skips: checker.skips(),
        arches,
    };
    Some(demo)
}

/// Without the skips that lack what they need, so that the others can be checked.
fn usable(tree: &Node) -> Node {
    let mut tree = tree.clone();
    if let Kind::Table(table) = &mut tree.kind
        && let Some(Kind::Array(elements)) = table.get_mut("skip").map(|node| &mut node.kind)
    {
        elements.retain(|element| element.get("reason").is_some());
    }
    tree
}

struct Checker<'a> {
    candidate: &'a Candidate,
    source: &'a Source,
    /// The table `lkmc`; empty if there is no block.
    tree: &'a Node,
    raw: &'a RawDemo,
    block: &'a Block,
    /// Nothing was taken out of the tree, so that what is not there was not written.
    sound: bool,
    problems: &'a mut Diagnostics,
}

impl Checker<'_> {
    fn report(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    fn elements(&self, key: &str) -> Vec<Node> {
        self.tree.get(key).map(Node::elements).unwrap_or_default().to_vec()
    }

    /// The directory that paths in the block start from.
    fn directory(&self) -> &Path {
        self.source.directory()
    }

    fn arches(&mut self) -> Vec<Arch> {
        let implied = arch_in_path(&self.candidate.name);
        if let (Some(arches), Some(node)) = (&self.raw.arches, self.tree.get("arches")) {
            if self.sound && arches.is_empty() {
                let span = node.span.clone();
                self.report(
                    Diagnostic::error("lkmc::demo::nowhere", "the demo runs nowhere")
                        .label(&span, "names no architecture")
                        .help("leave `arches` out for all; [[lkmc.skip]] says where a demo does not run, and why"),
                );
            }
            return arches.clone();
        }
        let everywhere = match self.candidate.kind {
            DemoKind::BareMetal => bare_metal::ARCHES,
            _ => Arch::ALL,
        };
        implied.map_or_else(|| everywhere.to_vec(), |arch| vec![arch])
    }

    fn kconfig(&mut self) -> Vec<Requirement> {
        let mut all = Vec::new();
        for node in self.elements("kconfig") {
            let text = node.text().unwrap_or_default();
            match requirement(text) {
                Ok(requirement) => all.push(requirement),
                Err(advice) => self.report(
                    Diagnostic::error(
                        "lkmc::demo::bad_requirement",
                        format!("`{text}` is no line of a kernel's configuration"),
                    )
                    .label(&node.span, advice)
                    .help("for example \"KPROBES=y\", \"UIO=m\" or \"PREEMPT=n\""),
                ),
            }
        }
        all
    }

    fn skips(&mut self) -> Vec<Skip> {
        for (raw, node) in self.raw.skip.iter().zip(self.elements("skip")) {
            if self.sound && raw.arch.is_none() && raw.kernel.is_none() && raw.emulator.is_none() {
                self.report(
                    Diagnostic::error("lkmc::demo::skip_everywhere", "this skips the demo everywhere")
                        .label(&node.span, "says not where")
                        .help("give `arch`, `kernel` or `emulator`"),
                );
            }
            if let Some(reason) = node.get("reason").filter(|_| raw.reason.trim().is_empty()) {
                self.report(
                    Diagnostic::error("lkmc::demo::no_reason", "a skip needs a reason")
                        .label(&reason.span, "says nothing")
                        .help("say what does not work there, with a link where there is one"),
                );
            }
        }
        let skip = |raw: &super::raw::RawSkip| Skip {
            arch: raw.arch,
            kernel: raw.kernel,
            emulator: raw.emulator,
            reason: raw.reason.clone(),
        };
        self.raw.skip.iter().map(skip).collect()
    }

    /// All files of the build, and the directory that all of them are below.
    fn sources(&mut self, parts: &[Part]) -> (Vec<PathBuf>, PathBuf) {
        let files: Vec<PathBuf> = match self.candidate.kind {
            // Should the build need what cannot be read, it says so.
            DemoKind::KbuildDirectory => super::candidate::files_of(&self.candidate.path, |_| ()),
            _ => Vec::new(),
        };
        let parts = parts.iter().filter(|part| part.kind != DemoKind::KbuildDirectory);
        let files: Vec<PathBuf> = parts.map(|part| part.path.clone()).chain(files).collect();
        let mut sources = includes::closure(&files);
        let links: Vec<Link> = sources
            .iter()
            .flat_map(|source| includes::links(source, self.directory()))
            .collect();
        sources.extend(links.iter().map(|link| link.leads_to.clone()));
        sources.sort();
        sources.dedup();
        let root = match &self.candidate.repository {
            Some(repository) => repository.clone(),
            None if self.candidate.kind == DemoKind::KbuildDirectory => common(&sources, self.candidate.path.clone()),
            None => common(&sources, self.directory().to_path_buf()),
        };
        self.links(&links, &root);
        (sources, root)
    }

    /// The build has a copy of what lies below the root, somewhere else.
    fn links(&mut self, links: &[Link], root: &Path) {
        let astray = |link: &&Link| link.target.is_absolute() || !link.leads_to.starts_with(root);
        for link in links.iter().filter(astray) {
            let shown = display_path(&link.path);
            let problem = Diagnostic::error(
                "lkmc::demo::outside",
                format!("the build cannot follow the link {shown}"),
            )
            .label(
                &self.whole(),
                format!("needs it; it leads to {}", link.target.display()),
            )
            .help(
                "make it a relative link to a file beside the demo or in its repository, or put the file there itself",
            );
            self.report(problem);
        }
    }

    /// The place of a message about the demo as a whole.
    fn whole(&self) -> Span {
        self.block.span.clone()
    }
}

/// The nearest directory that all files are below, `start` or one above it.
fn common(files: &[PathBuf], start: PathBuf) -> PathBuf {
    let all_below = |directory: &&Path| files.iter().all(|file| file.starts_with(directory));
    start
        .ancestors()
        .find(all_below)
        .unwrap_or(Path::new("/"))
        .to_path_buf()
}

/// `userland/arch/aarch64/add.S` runs on aarch64.
fn arch_in_path(name: &str) -> Option<Arch> {
    let parts: Vec<&str> = name.split('/').collect();
    let pairs = parts.windows(2).filter(|pair| pair[0] == "arch");
    pairs.filter_map(|pair| Arch::from_name(pair[1])).next()
}

fn requirement(text: &str) -> Result<Requirement, String> {
    let (symbol, value) = text
        .split_once('=')
        .ok_or_else(|| format!("write \"{}=y\"", text.trim()))?;
    check_symbol(symbol)?;
    if !is_bare(value) && !is_quoted(value) {
        return Err(format!("`{value}` is not y, m, n, a number or a quoted string"));
    }
    Ok(Requirement {
        symbol: symbol.into(),
        value: value.into(),
    })
}
