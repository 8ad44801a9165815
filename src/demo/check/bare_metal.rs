//! Rules about demos that have no Linux below them.

use super::Checker;
use crate::demo::Kind;
use crate::diag::Diagnostic;
use crate::profile::Arch;
use crate::profile::tree::Node;

/// Whose boards are known (nix/boards.nix).
pub const ARCHES: &[Arch] = &[Arch::Aarch64, Arch::Arm];

/// What only a demo on Linux has; of the demo, of a run, and of a machine.
const DEMO: &[&str] = &["kconfig", "modules", "companion", "cflags", "kbuild", "tree-modules"];
const RUN: &[&str] = &["guest", "stderr", "stderr-has", "dmesg", "dmesg-not", "stack"];
const MACHINE: &str = "kernel-args";
/// The verdicts that a board comes to.
const VERDICTS: &[&str] = &["pass", "timeout"];

impl Checker<'_> {
    /// Refuses what needs a kernel.
    pub(super) fn bare_metal(&mut self) {
        if self.candidate.kind != Kind::BareMetal {
            return;
        }
        let runs = self.elements("run");
        let machines = std::iter::once(self.tree)
            .chain(&runs)
            .filter_map(|of| of.get("machine"));
        let of_demo = DEMO.iter().filter_map(|key| Some((*key, self.tree.get(key)?)));
        let of_runs = runs
            .iter()
            .flat_map(|run| RUN.iter().filter_map(|key| Some((*key, run.get(key)?))));
        let of_machines = machines.filter_map(|machine| Some((MACHINE, machine.get(MACHINE)?)));
        let found: Vec<(&str, Node)> = of_demo
            .chain(of_runs)
            .chain(of_machines)
            .map(|(key, node)| (key, node.clone()))
            .collect();
        for (key, node) in found {
            self.report(
                Diagnostic::error("lkmc::demo::no_linux", format!("`{key}` means nothing on bare metal"))
                    .label(node.key_span(), "there is no Linux")
                    .help("the program is all that runs: `stdout`, `status` and `verdict` say what must come of it"),
            );
        }
        let verdicts: Vec<Node> = runs.iter().filter_map(|run| run.get("verdict").cloned()).collect();
        for node in verdicts
            .iter()
            .filter(|node| !node.text().is_some_and(|text| VERDICTS.contains(&text)))
        {
            self.report(
                Diagnostic::error(
                    "lkmc::demo::no_linux",
                    "no kernel can come to this verdict on bare metal",
                )
                .label(&node.span, "there is no Linux")
                .help("it is \"pass\", with a `status`, or \"timeout\""),
            );
        }
        if let Some(node) = self.tree.get("arches").cloned() {
            for arch in self.raw.arches.iter().flatten().filter(|arch| !ARCHES.contains(arch)) {
                self.problems.push(
                    Diagnostic::error("lkmc::demo::no_board", format!("there is no board for {arch}"))
                        .label(&node.span, "names it")
                        .help("on bare metal there are aarch64 and arm"),
                );
            }
        }
    }
}
