//! From what was written to a proven profile: completed by the defaults and checked. Of one that cannot be known as a whole only that
//! is reported which is wrong in any case.

use std::collections::BTreeSet;
use std::path::Path;

use crate::diag::{Diagnostic, Diagnostics, Result};
use crate::source::Source;

use super::extends::{self, Written};
use super::library::{self, Library};
use super::tree::{self, Node};
use super::{Arch, EmulatorKind, Profile, check, defaults, raw, structure};

impl Library {
    pub fn load(&self, name: &str) -> Result<Profile> {
        self.load_file(&self.find(name)?)
    }

    pub fn load_file(&self, path: &Path) -> Result<Profile> {
        self.load_source(&library::read(path)?)
    }

    /// The profile that a file would be if it held this text.
    pub fn load_source(&self, source: &Source) -> Result<Profile> {
        let mut problems = Diagnostics::default();
        let written = extends::load(self, source, &mut problems);
        self.prove(source.path(), written, problems)
    }

    /// Completes and checks what was written; adds to the problems met so far.
    pub(super) fn prove(&self, path: &Path, written: Option<Written>, mut problems: Diagnostics) -> Result<Profile> {
        let profile = written.and_then(|written| self.prove_written(path, written, &mut problems));
        // Whoever gives no profile has said why.
        problems
            .finish(profile)
            .map(|profile| profile.expect("a profile that was not proven has problems"))
    }

    fn prove_written(&self, path: &Path, written: Written, problems: &mut Diagnostics) -> Option<Profile> {
        let Written { tree, gaps } = written;
        if let Some(layer) = gaps.inherited {
            self.check_alone(path, tree.above(layer), problems);
            return None;
        }
        let mut open = gaps.undecided;
        // The one key without a default.
        let is_unset = open.insert("arch") && tree.get("arch").is_none();
        open.retain(|key| tree.get(key).is_none());
        if open.is_empty() {
            return self.prove_complete(path, tree, problems);
        }
        let mut wrong = self.wrong_however_decided(path, &tree, &open);
        if is_unset {
            let complete = defaults::complete(tree);
            structure::check_complete(&complete, &raw::schema(), &structure::PROFILE, &complete.span, problems);
        }
        wrong.retain(|problem| !is_among(problem, &problems.0));
        problems.0.extend(wrong);
        None
    }

    fn prove_complete(&self, path: &Path, written: Node, problems: &mut Diagnostics) -> Option<Profile> {
        let (mut tree, schema) = (defaults::complete(written), raw::schema());
        check::take_out_unhonoured(&mut tree, problems);
        structure::check_complete(&tree, &schema, &structure::PROFILE, &tree.span, problems);
        structure::take_out_incomplete(&mut tree, &schema);
        check::check(path, tree, self, problems)
    }

    /// What is wrong with a profile that lacks values which decide, whatever they will be.
    fn wrong_however_decided(&self, path: &Path, written: &Node, open: &BTreeSet<&'static str>) -> Vec<Diagnostic> {
        let with = |tree: Node| {
            let mut problems = Diagnostics::default();
            self.prove_complete(path, tree, &mut problems);
            problems.0
        };
        let trees = open.iter().fold(vec![written.clone()], |trees, key| match *key {
            "arch" => with_each(trees, key, Arch::NAMES),
            _ => with_each(trees, key, EmulatorKind::NAMES),
        });
        let all: Vec<Vec<Diagnostic>> = trees.into_iter().map(with).collect();
        let first = all.first().into_iter().flatten();
        let everywhere = first.filter(|problem| all.iter().all(|found| is_among(problem, found)));
        everywhere.cloned().collect()
    }

    /// What is wrong with values by themselves, in a profile that is not known as a whole.
    fn check_alone(&self, path: &Path, written: Node, problems: &mut Diagnostics) {
        let schema = raw::schema();
        let mut tree = match written.get("arch") {
            Some(_) => defaults::complete(written),
            // Any: only what is right or wrong on all of them is looked at.
            None => defaults::complete(with_value(&written, "arch", Arch::NAMES[0])),
        };
        structure::take_out_incomplete(&mut tree, &schema);
        structure::take_out_unfinished(&mut tree, &schema);
        check::check_alone(path, &tree, self, problems);
    }
}

/// Each of these trees with each of the values.
fn with_each(trees: Vec<Node>, key: &str, values: &[&str]) -> Vec<Node> {
    let each = |tree: Node| values.iter().map(move |value| with_value(&tree, key, value));
    trees.into_iter().flat_map(each).collect()
}

/// With a value that nobody wrote.
fn with_value(tree: &Node, key: &str, value: &str) -> Node {
    let mut tree = tree.clone();
    let place = Node::empty(&tree.span.source, tree::DEFAULT_LAYER);
    let kind = tree::Kind::String(value.to_owned());
    tree.set(key, Node { kind, ..place });
    tree
}

fn is_among(problem: &Diagnostic, problems: &[Diagnostic]) -> bool {
    problems
        .iter()
        .any(|other| (other.code, &other.message) == (problem.code, &problem.message))
}
