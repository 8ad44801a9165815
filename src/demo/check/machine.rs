//! Rules about what a demo changes of the machine.

use super::Checker;
use crate::demo::raw::RawMachine;
use crate::demo::{CpuModel, Machine};
use crate::diag::Diagnostic;
use crate::profile::tree::Node;
use crate::profile::{Arch, rules};
use crate::suggest;

impl Checker<'_> {
    /// Of the demo or of a run, whose table this is and who runs there.
    pub(super) fn machine(&mut self, raw: &RawMachine, table: &Node, arches: &[Arch]) -> Machine {
        let cpu_model = raw.cpu_model.clone().zip(table.get("machine.cpu-model"));
        Machine {
            cpus: raw.cpus,
            cpu_model: cpu_model.map(|(name, node)| self.cpu_model(name, node, arches)),
            memory: raw.memory.map(|memory| memory.0),
            kernel_args: raw.kernel_args.clone(),
            qemu_args: raw.qemu_args.clone(),
        }
    }

    /// What its properties are is QEMU's to judge.
    fn cpu_model(&mut self, name: String, node: &Node, arches: &[Arch]) -> CpuModel {
        let model = name.split(',').next().unwrap_or_default();
        if model == "host" {
            self.report(
                Diagnostic::error("lkmc::demo::unknown_cpu", "`host` is another processor on each machine")
                    .label(&node.span, "what it has cannot be known")
                    .help("take \"max\": under KVM that is the host's, too"),
            );
        } else if let Some((arch, label)) = arches
            .iter()
            .find_map(|arch| Some((*arch, rules::unknown_qemu_cpu(*arch, model)?)))
        {
            let message = format!("QEMU has no {arch} processor `{model}` for its boards");
            let one_of = format!("one of {}", suggest::list(rules::qemu_cpus(arch)));
            self.report(
                Diagnostic::error("lkmc::demo::unknown_cpu", message)
                    .label(&node.span, label)
                    .help(match arches {
                        [_] => one_of,
                        _ => format!("{one_of}; a [[lkmc.run]] with `arches` can have a `machine` of its own"),
                    }),
            );
        }
        CpuModel {
            name,
            span: Some(node.span.clone()),
        }
    }
}
