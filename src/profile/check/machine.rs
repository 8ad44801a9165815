//! Rules about emulator, board and processors.

use super::Checker;
use crate::diag::{Diagnostic, Diagnostics};
use crate::profile::raw::{Levels, RawCpu};
use crate::profile::rules::{self, Board};
use crate::profile::tree::Node;
use crate::profile::{Accelerator, Arch, EmulatorKind, Gem5Build, Gem5Cpu, Gem5Variant};
use crate::suggest;
use crate::units::Frequency;

/// A setting that would change nothing is a misunderstanding, so it is an error. It is taken out: what it lacks does not matter.
pub fn take_out_unhonoured(tree: &mut Node, problems: &mut Diagnostics) {
    let at = tree.get_written("emulator.kind").map(|node| node.span.clone());
    let kind = tree.get("emulator.kind").and_then(Node::text);
    let Some(kind) = EmulatorKind::ALL
        .iter()
        .copied()
        .find(|known| Some(known.as_str()) == kind)
    else {
        return;
    };
    for rule in rules::HONOURED.iter().filter(|rule| rule.only != kind) {
        let Some(node) = tree.get_written(rule.key) else {
            continue;
        };
        let message = format!("`{}` means nothing on {}", rule.key, kind.title());
        let problem = Diagnostic::error("lkmc::profile::not_honoured", message)
            .label(node.key_span(), format!("only {} honours this", rule.only.title()))
            .help(rule.reason);
        problems.push(match &at {
            Some(at) => problem.label(at, format!("the emulator is {}", kind.title())),
            None => problem,
        });
        tree.remove(rule.key);
    }
}

impl Checker<'_> {
    pub(super) fn machine(&mut self) {
        let (kind, arch) = (self.raw.emulator.kind, self.raw.arch);
        let boards = rules::BOARDS.iter().filter(|board| board.emulator == kind);
        let (offered, others): (Vec<&Board>, Vec<&Board>) = boards.partition(|board| board.arch == arch);
        if offered.is_empty() {
            let arches = suggest::unique(others.iter().map(|board| board.arch.as_str()).collect());
            let message = format!("lkmc has no {arch} machine in {}", kind.title());
            let problem = self
                .about("lkmc::profile::arch_emulator", "arch", message, "this architecture")
                .help(format!("{} plays {}", kind.title(), suggest::list(&arches)));
            let problem = self.also(problem, "emulator.kind", "on this emulator");
            return self.report(problem);
        }
        let name = self.raw.emulator.machine.split(',').next().unwrap_or_default();
        match offered.iter().find(|board| board.name == name) {
            Some(board) => {
                self.cpu_count(board);
                self.reach_of_memory(board);
            }
            None => {
                let names: Vec<&str> = offered.iter().map(|board| board.name).collect();
                let message = format!("lkmc cannot drive `{name}` as {arch} machine of {}", kind.title());
                let label = suggest::did_you_mean(name, &names).unwrap_or_else(|| "not known".into());
                let problem = self
                    .about("lkmc::profile::unknown_machine", "emulator.machine", message, label)
                    .help(format!(
                        "one of {}; kernel and console are made for these",
                        suggest::list(&names)
                    ));
                self.report(problem);
            }
        }
        match kind {
            EmulatorKind::Qemu => self.qemu_cpu(),
            EmulatorKind::Gem5 => {
                self.gem5_cpus();
                self.channels_of_model();
            }
        }
        self.extra_args();
    }

    fn cpu_count(&mut self, board: &Board) {
        let has = |option: &str| self.raw.emulator.machine.split(',').skip(1).any(|it| it == option);
        let most = board
            .more_cpus
            .filter(|(option, _)| has(option))
            .map_or(board.max_cpus, |(_, more)| more);
        let little = self.raw.little.as_ref().map_or(0, |little| little.cpu.count);
        let count = self.raw.cpu.count + little;
        if count > most {
            let option = board.more_cpus.filter(|_| most == board.max_cpus);
            let option = option.map(|(option, more)| (format!("{},{option}", board.name), more));
            let others = rules::BOARDS
                .iter()
                .filter(|it| it.emulator == board.emulator && it.arch == board.arch);
            let larger = || others.max_by_key(|it| it.max_cpus).filter(|it| it.max_cpus >= count);
            let better = option.or_else(|| larger().map(|it| (it.name.to_owned(), it.max_cpus)));
            let advice = better.map_or(String::new(), |(machine, more)| {
                format!("with emulator.machine = \"{machine}\" it takes {more}")
            });
            let message = format!("{} cannot have {count} processors", board.name);
            let limit = format!("takes {most}: {}", board.cpu_limit);
            let problem = self
                .about("lkmc::profile::too_many_cpus", "cpu.count", message, limit)
                .help(advice);
            let problem = self.also(problem, "emulator.machine", "on this machine");
            let problem = self.also(problem, "little.cpu.count", "and these");
            self.report(problem);
        }
    }

    fn qemu_cpu(&mut self) {
        let model = self.raw.cpu.model.split(',').next().unwrap_or_default();
        let accelerator = self.raw.emulator.accelerator.unwrap_or(Accelerator::Tcg);
        if model == "host" {
            if accelerator != Accelerator::Kvm {
                let label = format!("the accelerator is {accelerator}, which may run without KVM");
                let problem = self
                    .about(
                        "lkmc::profile::cpu_needs_kvm",
                        "cpu.model",
                        "the processor `host` needs KVM".into(),
                        label,
                    )
                    .help("set `emulator.accelerator = \"kvm\"`, or take the model `max`, which runs under both");
                let problem = self.also(problem, "emulator.accelerator", "set here");
                self.report(problem);
            }
            return;
        }
        // A QEMU that the user built may know more models.
        if self.raw.emulator.binary.is_some() {
            return;
        }
        let Some(label) = rules::unknown_qemu_cpu(self.raw.arch, model) else {
            return;
        };
        let names = rules::qemu_cpus(self.raw.arch);
        let message = format!("QEMU has no {} processor `{model}` for this board", self.raw.arch);
        let problem = self
            .about("lkmc::profile::unknown_cpu", "cpu.model", message, label)
            .help(format!("one of {}, host (with KVM)", suggest::list(names)));
        self.report(problem);
    }

    fn gem5_cpus(&mut self) {
        let raw = self.raw;
        let big = self.gem5_cpu("", &raw.cpu, raw.levels());
        let Some(little) = &raw.little else { return };
        let little = self.gem5_cpu("little.", &little.cpu, little.levels());
        let (Some(big), Some(little)) = (big, little) else {
            return;
        };
        if rules::memory_mode(big) != rules::memory_mode(little) {
            let message = format!("{big} and {little} cannot share a memory");
            let mode = |model| format!("{model} accesses it in gem5's {} mode", rules::memory_mode(model));
            let problem = self
                .about("lkmc::profile::memory_modes", "little.cpu.model", message, mode(little))
                .help("give both AtomicSimpleCPU, or neither");
            let problem = self.also(problem, "cpu.model", mode(big));
            self.report(problem);
        }
    }

    /// `prefix`: of the keys of what is checked.
    fn gem5_cpu(&mut self, prefix: &str, cpu: &RawCpu, levels: Levels) -> Option<Gem5Cpu> {
        self.gem5_clock(prefix, cpu);
        let model = &cpu.model;
        let Some(known) = Gem5Cpu::from_name(model) else {
            let label = suggest::did_you_mean(model, Gem5Cpu::NAMES).unwrap_or_else(|| "not known".into());
            let problem = self
                .about(
                    "lkmc::profile::unknown_cpu",
                    &format!("{prefix}cpu.model"),
                    format!("gem5 has no CPU model `{model}`"),
                    label,
                )
                .help(format!("one of {}", suggest::list(Gem5Cpu::NAMES)));
            self.report(problem);
            return None;
        };
        let [first @ .., _] = levels;
        let absent = first.into_iter().filter(|(_, level)| level.is_none());
        let absent: Vec<&str> = absent.map(|(name, _)| name).collect();
        if rules::CACHED_CPUS.contains(&known) && !absent.is_empty() {
            let problem = self
                .about(
                    "lkmc::profile::cache_required",
                    &format!("{prefix}cpu.model"),
                    format!("{known} cannot run without caches"),
                    "this model",
                )
                .help(format!(
                    "add [{prefix}cache.{}]{}",
                    absent.join(&format!("] and [{prefix}cache.")),
                    if prefix.is_empty() {
                        ", or extend fragments/gem5-hpi"
                    } else {
                        ""
                    },
                ));
            self.report(problem);
        }
        Some(known)
    }

    /// A cycle takes a picosecond at least, which is gem5's tick, and ends some time.
    fn gem5_clock(&mut self, prefix: &str, cpu: &RawCpu) {
        const FASTEST: Frequency = Frequency(1_000_000_000_000);
        let Some(clock) = cpu.clock.as_ref().map(|clock| clock.0) else {
            return;
        };
        if clock.0 > 0 && clock <= FASTEST {
            return;
        }
        let message = format!("a processor cannot run at {clock}");
        let label = format!("gem5 takes what is above 0 and not above {FASTEST}");
        let problem = self.about("lkmc::profile::clock", &format!("{prefix}cpu.clock"), message, label);
        self.report(problem);
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
            if option == rules::DAEMONIZE {
                let message = "QEMU would leave lkmc, and outlive it".to_owned();
                let problem = Diagnostic::error("lkmc::profile::daemonize", message).label(&node.span, "not here");
                self.report(
                    problem.help("`lkmc profile run NAME --detach` leaves a guest running, and `lkmc vm` finds it"),
                );
            }
        }
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
            self.report_alone(problem);
        }
        Some(path)
    }

    /// What is to be compiled must look like gem5's sources, and must be wanted.
    pub(super) fn gem5_build(&mut self) -> Option<Gem5Build> {
        let raw = self.raw;
        let build = raw.emulator.build.as_ref()?;
        if raw.emulator.binary.is_some() {
            let message = "there are two gem5s: one to compile, and one that exists".to_owned();
            let problem = self
                .about(
                    "lkmc::profile::two_emulators",
                    "emulator.build",
                    message,
                    "compiles one",
                )
                .help("leave out one of them");
            let problem = self.also(problem, "emulator.binary", "names one");
            self.report(problem);
        }
        let variant = build.variant.unwrap_or(Gem5Variant::Opt);
        if variant == Gem5Variant::Fast && !raw.emulator.trace.is_empty() {
            let message = "a gem5 of the variant `fast` writes no traces".to_owned();
            let key = "emulator.build.variant";
            let problem = self
                .about("lkmc::profile::fast_traces", key, message, "compiled without them")
                .help("`opt` and `debug` have them");
            let problem = self.also(problem, "emulator.trace", "wants one");
            self.report(problem);
        }
        let source = self.resolve(self.tree.get("emulator.build.source")?);
        if let Some(missing) = rules::GEM5_SOURCES.iter().find(|name| !source.join(name).exists()) {
            let message = format!("{} does not hold gem5's sources", source.display());
            let what = format!("there is no {missing}");
            let problem = self
                .about("lkmc::profile::gem5_source", "emulator.build.source", message, &what)
                .help("name the top directory of a checkout of gem5");
            self.report_alone(problem);
        }
        for node in self.elements("emulator.build.options").to_vec() {
            let line = node.text().unwrap_or_default();
            if !is_kconfig_line(line) {
                let message = format!("`{line}` is no line of gem5's Kconfig");
                let problem = Diagnostic::error("lkmc::profile::gem5_option", message)
                    .label(&node.span, "not NAME=VALUE")
                    .help("such as \"RUBY=y\"; `scons menuconfig` in gem5's sources lists them");
                self.report_alone(problem);
            }
        }
        Some(Gem5Build {
            source,
            variant,
            options: build.options.clone(),
        })
    }
}

fn is_kconfig_line(line: &str) -> bool {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    line.split_once('=')
        .is_some_and(|(name, value)| word(name) && !value.is_empty() && !value.contains(char::is_control))
}

fn is_executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// KVM runs only guests of the host's own architecture. Not a property of the profile, so not part of [`super::check`].
pub fn kvm_elsewhere(tree: &Node, arch: Arch, host: &str) -> Diagnostic {
    let at = |key: &str| tree.get(key).unwrap_or(tree).span.clone();
    Diagnostic::error(
        "lkmc::profile::kvm_other_arch",
        format!("KVM cannot run {arch} guests on this {host} host"),
    )
    .label(&at("emulator.accelerator"), "asks for KVM")
    .label(&at("arch"), format!("{arch} is not {host}"))
    .help("use `accelerator = \"tcg\"`, or \"auto\" for KVM where it works")
}
