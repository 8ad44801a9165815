//! Rules about emulator, board, processors, memory and caches.

use super::Checker;
use crate::diag::Diagnostic;
use crate::profile::raw::{RawCache, RawCacheLevel};
use crate::profile::rules::{self, Board};
use crate::profile::tree::Node;
use crate::profile::{Accelerator, Arch, Cache, CacheLevel, EmulatorKind, Gem5Cpu, suggest};
use crate::units::ByteSize;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const LEAST_MEMORY: u64 = 32 * MIB;

impl Checker<'_> {
    /// A setting that would change nothing is a misunderstanding, so it is an error.
    pub(super) fn honoured(&mut self) {
        let kind = self.raw.emulator.kind;
        for rule in rules::HONOURED.iter().filter(|rule| rule.only != kind) {
            if let Some(node) = self.tree.get_written(rule.key) {
                let message = format!("`{}` has no meaning on {kind}", rule.key);
                self.problems.push(
                    Diagnostic::error("lkmc::profile::not_honoured", message)
                        .label(node.key_span(), format!("only {} honours this", rule.only))
                        .label(&self.at("emulator.kind"), format!("the emulator is {kind}"))
                        .help(rule.reason),
                );
            }
        }
    }

    pub(super) fn machine(&mut self) {
        let (kind, arch) = (self.raw.emulator.kind, self.raw.arch);
        let offered: Vec<&Board> = rules::BOARDS
            .iter()
            .filter(|board| board.emulator == kind && board.arch == arch)
            .collect();
        if offered.is_empty() {
            let arches: Vec<&str> = rules::BOARDS
                .iter()
                .filter(|board| board.emulator == kind)
                .map(|board| board.arch.as_str())
                .collect();
            let problem = self
                .about(
                    "lkmc::profile::arch_emulator",
                    "arch",
                    format!("{kind} does not run {arch} here"),
                    "this architecture",
                )
                .label(&self.at("emulator.kind"), "on this emulator")
                .help(format!(
                    "lkmc's {kind} boards: {}",
                    suggest::list(&suggest::unique(arches))
                ));
            return self.report(problem);
        }
        let name = self.raw.emulator.machine.split(',').next().unwrap_or_default();
        match offered.iter().find(|board| board.name == name) {
            Some(board) => self.board(board),
            None => {
                let names: Vec<&str> = offered.iter().map(|board| board.name).collect();
                let message = format!("{kind} has no {arch} board `{name}` that lkmc can drive");
                let label = suggest::did_you_mean(name, &names).unwrap_or_else(|| "not known".into());
                let problem = self
                    .about("lkmc::profile::unknown_machine", "emulator.machine", message, label)
                    .help(format!(
                        "one of {}; kernel and console are set up for these",
                        suggest::list(&names)
                    ));
                self.report(problem);
            }
        }
        match kind {
            EmulatorKind::Qemu => self.qemu_cpu(),
            EmulatorKind::Gem5 => self.gem5_cpu(),
        }
        self.extra_args();
    }

    fn board(&mut self, board: &Board) {
        let (option, lifted) = rules::GIC_V3;
        let has_option = self.raw.emulator.machine.split(',').skip(1).any(|it| it == option);
        let most = if has_option { lifted } else { board.max_cpus };
        let count = self.raw.cpu.count;
        if count > most {
            let advice = match board.name {
                "virt" if board.arch == Arch::Aarch64 => {
                    format!("with machine = \"{},{option}\" it has {lifted}", board.name)
                }
                _ => String::new(),
            };
            let problem = self
                .about(
                    "lkmc::profile::too_many_cpus",
                    "cpu.count",
                    format!("{count} processors are too many"),
                    "this many",
                )
                .label(
                    &self.at("emulator.machine"),
                    format!("{} takes {most}: {}", board.name, board.cpu_limit),
                )
                .help(advice);
            self.report(problem);
        }
        let size = self.raw.memory.size.0;
        let most = ByteSize(board.max_memory_gib * GIB);
        let refusal = if size.0 < LEAST_MEMORY {
            Some(format!(
                "a kernel and its root file system need {} at least",
                ByteSize(LEAST_MEMORY)
            ))
        } else if size > most {
            Some(format!("{} reaches {most} on {}", board.name, board.arch))
        } else if !size.0.is_multiple_of(MIB) {
            Some("must be a whole number of MiB".into())
        } else {
            None
        };
        if let Some(refusal) = refusal {
            let message = format!("the machine cannot have {size} of memory");
            let problem = self.about("lkmc::profile::memory_size", "memory.size", message, refusal);
            self.report(problem);
        }
    }

    fn qemu_cpu(&mut self) {
        let model = self.raw.cpu.model.split(',').next().unwrap_or_default();
        let accelerator = self.raw.emulator.accelerator.unwrap_or(Accelerator::Tcg);
        if model == "host" {
            if accelerator != Accelerator::Kvm {
                let problem = self
                    .about(
                        "lkmc::profile::cpu_needs_kvm",
                        "cpu.model",
                        "`host` needs KVM".into(),
                        "the host's own processor",
                    )
                    .label(
                        &self.at("emulator.accelerator"),
                        format!("may run without KVM: {accelerator}"),
                    )
                    .help("set `emulator.accelerator = \"kvm\"`, or take the model `max`, which runs under both");
                self.report(problem);
            }
            return;
        }
        // A QEMU that the user built may know more models.
        if self.raw.emulator.binary.is_some() || known_qemu_cpu(self.raw.arch, model) {
            return;
        }
        let names = rules::QEMU_CPUS
            .iter()
            .find(|(arch, _)| *arch == self.raw.arch)
            .map_or(&[][..], |(_, names)| names);
        let other = rules::QEMU_CPUS.iter().find(|(arch, _)| known_qemu_cpu(*arch, model));
        let label = if let Some((arch, _)) = other {
            format!("this is a model of {arch}")
        } else if Gem5Cpu::from_name(model).is_some() {
            "this is a model of gem5".into()
        } else {
            suggest::did_you_mean(model, names).unwrap_or_else(|| "not known".into())
        };
        let message = format!("QEMU has no {} processor `{model}` for this board", self.raw.arch);
        let problem = self
            .about("lkmc::profile::unknown_cpu", "cpu.model", message, label)
            .help(format!("one of {}, host (with KVM)", suggest::list(names)));
        self.report(problem);
    }

    fn gem5_cpu(&mut self) {
        let model = &self.raw.cpu.model;
        let Some(known) = Gem5Cpu::from_name(model) else {
            let label = suggest::did_you_mean(model, Gem5Cpu::NAMES).unwrap_or_else(|| "not known".into());
            let problem = self
                .about(
                    "lkmc::profile::unknown_cpu",
                    "cpu.model",
                    format!("gem5 has no CPU model `{model}`"),
                    label,
                )
                .help(format!("one of {}", suggest::list(Gem5Cpu::NAMES)));
            return self.report(problem);
        };
        let cache = self.raw.cache.as_ref();
        let absent = [
            ("l1i", cache.is_none_or(|cache| cache.l1i.is_none())),
            ("l1d", cache.is_none_or(|cache| cache.l1d.is_none())),
        ];
        let absent: Vec<&str> = absent
            .iter()
            .filter(|(_, absent)| *absent)
            .map(|(level, _)| *level)
            .collect();
        if rules::CACHED_CPUS.contains(&known) && !absent.is_empty() {
            let problem = self
                .about(
                    "lkmc::profile::cache_required",
                    "cpu.model",
                    format!("{known} cannot run without caches"),
                    "this model",
                )
                .help(format!(
                    "add [cache.{}], or extend fragments/gem5-hpi",
                    absent.join("] and [cache.")
                ));
            self.report(problem);
        }
    }

    /// Arguments that would fight with what lkmc derives from the profile.
    fn extra_args(&mut self) {
        for node in self.elements("emulator.extra-args").to_vec() {
            let text = node.text().unwrap_or_default();
            let option = text.split(['=', ' ']).next().unwrap_or_default().replacen("--", "-", 1);
            if let Some((_, instead)) = rules::OWNED_ARGUMENTS.iter().find(|(owned, _)| *owned == option) {
                self.report(
                    Diagnostic::error(
                        "lkmc::profile::owned_argument",
                        format!("lkmc passes `{option}` to QEMU itself"),
                    )
                    .label(&node.span, "would be given twice")
                    .help(*instead),
                );
            }
        }
    }

    pub(super) fn cache(&mut self) {
        let Some(cache) = &self.raw.cache else { return };
        for (level, raw) in [("l1i", &cache.l1i), ("l1d", &cache.l1d), ("l2", &cache.l2)] {
            if let Some(raw) = raw {
                self.cache_level(&format!("cache.{level}"), raw);
            }
        }
        if cache.l2.is_some() && (cache.l1i.is_none() || cache.l1d.is_none()) {
            let place = self
                .tree
                .get("cache.l2")
                .map_or(self.at("cache"), |node| node.key_span().clone());
            self.report(
                Diagnostic::error(
                    "lkmc::profile::cache_levels",
                    "a second-level cache needs both first-level caches",
                )
                .label(&place, "behind nothing")
                .help("add [cache.l1i] and [cache.l1d], or remove [cache.l2]"),
            );
        }
    }

    fn cache_level(&mut self, key: &str, level: &RawCacheLevel) {
        let (size, ways) = (level.size.0, level.associativity);
        let set = rules::CACHE_LINE * u64::from(ways);
        if size.0 % set == 0 && (size.0 / set).is_power_of_two() {
            return;
        }
        let sets = (size.0 / set).max(1).next_power_of_two();
        let (below, above) = (ByteSize((sets / 2).max(1) * set), ByteSize(sets * set));
        let near = if below == above {
            above.to_string()
        } else {
            format!("{below} or {above}")
        };
        let problem = self
            .about(
                "lkmc::profile::cache_geometry",
                &format!("{key}.size"),
                format!("`{key}` cannot be built"),
                format!("{size} …"),
            )
            .label(&self.at(&format!("{key}.associativity")), format!("… in {ways} ways"))
            .help(format!(
                "the number of sets, size / ({} × ways), must be a power of two; near: {near}",
                rules::CACHE_LINE
            ));
        self.report(problem);
    }

    /// An emulator that the user built must exist before anything is built for it.
    pub(super) fn binary(&mut self) -> Option<std::path::PathBuf> {
        let node = self.tree.get("emulator.binary")?;
        let path = self.resolve(node);
        if !is_executable(&path) {
            let what = if path.exists() { "no program" } else { "no such file" };
            let problem = self
                .about(
                    "lkmc::profile::binary",
                    "emulator.binary",
                    format!("{} cannot be run", path.display()),
                    what,
                )
                .help("leave `binary` out to use the toolbox's emulator");
            self.report(problem);
        }
        Some(path)
    }
}

fn known_qemu_cpu(arch: Arch, model: &str) -> bool {
    let names = rules::QEMU_CPUS
        .iter()
        .filter(|(of, _)| *of == arch)
        .flat_map(|(_, names)| names.iter());
    names.into_iter().any(|name| match model.strip_prefix(name) {
        Some("") => true,
        Some(variant) => variant.strip_prefix('-').is_some_and(|variant| {
            let number = variant.strip_prefix('v').unwrap_or_default();
            rules::QEMU_CPU_VARIANTS.contains(&variant)
                || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        }),
        None => false,
    })
}

fn is_executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

impl From<RawCache> for Cache {
    fn from(raw: RawCache) -> Self {
        let level = |raw: RawCacheLevel| CacheLevel {
            size: raw.size.0,
            associativity: raw.associativity,
            latency: raw.latency,
        };
        Cache {
            l1i: raw.l1i.map(level),
            l1d: raw.l1d.map(level),
            l2: raw.l2.map(level),
        }
    }
}

/// KVM runs only guests of the host's own architecture. Not a property of the profile, so not part of [`super::check`].
pub fn check_host(tree: &Node, arch: Arch, accelerator: Accelerator, host: &str) -> Option<Diagnostic> {
    let refused = accelerator == Accelerator::Kvm && arch.as_str() != host;
    refused.then(|| {
        let at = |key: &str| tree.get(key).unwrap_or(tree).span.clone();
        Diagnostic::error(
            "lkmc::profile::kvm_other_arch",
            format!("KVM cannot run {arch} guests on this {host} host"),
        )
        .label(&at("emulator.accelerator"), "asks for KVM")
        .label(&at("arch"), format!("{arch} is not {host}"))
        .help("use `accelerator = \"tcg\"`, or \"auto\" for KVM where it works")
    })
}
