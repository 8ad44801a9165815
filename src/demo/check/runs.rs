//! Rules about runs and what they expect.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Checker;
use crate::demo::pattern::Pattern;
use crate::demo::raw::{ExpectedVerdict, RawRun};
use crate::demo::{Expect, Kind, Machine, Part, Run, Text};
use crate::diag::Diagnostic;
use crate::profile::Arch;
use crate::profile::tree::Node;
use crate::source::Span;

/// For a run that does not say how long it may take.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

impl Checker<'_> {
    /// `usual`: the demo's machine.
    pub(super) fn runs(&mut self, arches: &[Arch], usual: &Machine) -> Vec<Run> {
        let nodes = self.elements("run");
        let raw = self.raw;
        if raw.run.is_empty() {
            return self.default_run(usual).into_iter().collect();
        }
        for (index, (run, node)) in raw.run.iter().zip(&nodes).enumerate() {
            let same = |other: &RawRun| other.name == run.name && overlap(&other.arches, &run.arches);
            if let Some(first) = raw.run[..index].iter().position(same) {
                self.report(
                    Diagnostic::error("lkmc::demo::duplicate_run", "two runs cannot be told apart")
                        .label(&node.span, "this one")
                        .label(&nodes[first].span, "and this one")
                        .help("give each a `name` of its own"),
                );
            }
            if let Some(stray) = run.arches.iter().flatten().find(|arch| !arches.contains(arch)) {
                self.report(
                    Diagnostic::error("lkmc::demo::run_nowhere", format!("the demo does not run on {stray}"))
                        .label(&node.get("arches").unwrap_or(node).span, "but this run does")
                        .help("add it to the demo's `arches`, or take it out here"),
                );
            }
        }
        raw.run
            .iter()
            .zip(&nodes)
            .map(|(run, node)| self.run(run, node, arches, usual))
            .collect()
    }

    /// What a run's shell carries out.
    fn guest(&mut self, raw: &RawRun, node: &Node) -> String {
        let guest = raw.guest.clone().unwrap_or_default();
        if self.candidate.kind == Kind::BareMetal {
            // That there is none has been seen to.
            return guest;
        }
        match node.get("guest") {
            None => self.report(
                Diagnostic::error("lkmc::demo::missing_key", "`lkmc.run.guest` is not set")
                    .label(&node.span, "needs `guest`")
                    .help("What `sh -e` runs in `/lkmc`, as root."),
            ),
            Some(node) if guest.trim().is_empty() => {
                self.report(Diagnostic::error("lkmc::demo::empty_guest", "nothing is run").label(&node.span, "empty"));
            }
            Some(_) => {}
        }
        guest
    }

    fn run(&mut self, raw: &RawRun, node: &Node, arches: &[Arch], usual: &Machine) -> Run {
        let guest = self.guest(raw, node);
        let own = self.machine(&raw.machine, node, raw.arches.as_deref().unwrap_or(arches));
        self.patterns(node);
        // What a dying guest still says is a race.
        let survives = raw.verdict.is_none_or(|verdict| verdict == ExpectedVerdict::Pass);
        let stdout = self.text(node, "stdout", &raw.stdout, &raw.stdout_has, survives);
        let stderr = self.text(node, "stderr", &raw.stderr, &raw.stderr_has, survives);
        Run {
            name: raw.name.clone(),
            arches: raw.arches.clone(),
            guest,
            machine: usual.with(own),
            timeout: raw.timeout.map_or(DEFAULT_TIMEOUT, |timeout| timeout.0.0),
            expect: Expect {
                status: raw.status.or(survives.then_some(0)),
                verdict: raw.verdict.unwrap_or(ExpectedVerdict::Pass).into(),
                stdout,
                stderr,
                dmesg: raw.dmesg.clone(),
                dmesg_not: raw.dmesg_not.clone(),
                stack: raw.stack.clone(),
            },
            span: Some(node.span.clone()),
        }
    }

    fn text(
        &mut self,
        node: &Node,
        key: &str,
        exact: &Option<String>,
        has: &Option<Vec<String>>,
        survives: bool,
    ) -> Text {
        let other = format!("{key}-has");
        if let (Some(first), Some(second)) = (node.get(key), node.get(&other)) {
            self.report(
                Diagnostic::error("lkmc::demo::two_texts", format!("`{key}` is expected in two ways"))
                    .label(second.key_span(), "some lines")
                    .label(first.key_span(), "all of it")
                    .help("leave one of them out"),
            );
        }
        match (exact, has) {
            (Some(text), _) => Text::Exact(text.clone()),
            (None, Some(lines)) => Text::Has(lines.clone()),
            (None, None) if survives => Text::nothing(),
            (None, None) => Text::anything(),
        }
    }

    /// All expected lines of a run: each is a pattern, and a name that stands only once compares nothing.
    fn patterns(&mut self, run: &Node) {
        const KEYS: &[&str] = &[
            "stdout",
            "stdout-has",
            "stderr",
            "stderr-has",
            "dmesg",
            "dmesg-not",
            "stack",
        ];
        let mut names: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        let nodes = KEYS.iter().filter_map(|key| run.get(key));
        let texts = nodes.flat_map(|node| {
            if node.text().is_some() {
                std::slice::from_ref(node)
            } else {
                node.elements()
            }
        });
        for node in texts {
            for line in node.text().unwrap_or_default().split('\n') {
                match Pattern::parse(line) {
                    Ok(pattern) => pattern.names().for_each(|name| {
                        let mut span = part_of(&node.span, &format!(":{name}}}"));
                        if span.text().starts_with(':') {
                            (span.start, span.end) = (span.start + 1, span.end - 1);
                        }
                        names.entry(name.to_string()).or_default().push(span);
                    }),
                    Err(problem) => self.problems.push(
                        Diagnostic::error("lkmc::demo::bad_pattern", problem.message)
                            .label(&part_of(&node.span, &line[problem.range]), "here")
                            .help(problem.help),
                    ),
                }
            }
        }
        for (name, places) in names {
            if let [only] = places.as_slice() {
                self.report(
                    Diagnostic::error(
                        "lkmc::demo::lone_name",
                        format!("`{name}` stands only once in this run"),
                    )
                    .label(only, "compared with nothing")
                    .help("leave the name out, or use it where the same text must come again"),
                );
            }
        }
    }

    /// How a demo is run that does not say it.
    fn default_run(&mut self, usual: &Machine) -> Option<Run> {
        let own = Part {
            kind: self.candidate.kind,
            path: self.candidate.path.clone(),
        };
        let name = own.guest_name().unwrap_or_default();
        let guest = match own.kind {
            // The run that it has may have been taken out.
            Kind::Module | Kind::KbuildDirectory if !self.sound => return None,
            Kind::Module | Kind::KbuildDirectory if self.candidate.repository.is_some() => {
                let span = self.whole();
                self.report(
                    Diagnostic::error(
                        "lkmc::demo::no_run",
                        format!("{} does not say how it is run", self.candidate.name),
                    )
                    .label(&span, "has no [[lkmc.run]]")
                    .help("a module needs at least one: what to run in the guest, and what the kernel's log has then"),
                );
                return None;
            }
            Kind::Module => format!("insmod {name}"),
            // Which need others is known when they are built.
            Kind::KbuildDirectory => "for module in *.ko; do insmod \"$module\"; done".into(),
            Kind::Program | Kind::Script => format!("./{name}"),
            Kind::BareMetal => String::new(),
        };
        // A file that knows nothing of lkmc promises nothing.
        let foreign = self.candidate.repository.is_none() && self.block.tree.is_none();
        let mut expect = Expect::anything();
        if matches!(own.kind, Kind::Program | Kind::Script | Kind::BareMetal) && !foreign {
            (expect.stdout, expect.stderr) = (Text::nothing(), Text::nothing());
        }
        Some(Run {
            name: None,
            arches: None,
            guest,
            machine: usual.clone(),
            timeout: DEFAULT_TIMEOUT,
            expect,
            span: None,
        })
    }
}

/// Where some text stands in a value; the whole value if it is written with escapes.
fn part_of(span: &Span, text: &str) -> Span {
    match span.text().find(text) {
        Some(at) => span.source.span(span.start + at..span.start + at + text.len()),
        None => span.clone(),
    }
}

/// Whether two runs take place on one architecture; a run that names none is on all.
fn overlap(one: &Option<Vec<Arch>>, other: &Option<Vec<Arch>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.iter().any(|arch| other.contains(arch)),
        _ => true,
    }
}
