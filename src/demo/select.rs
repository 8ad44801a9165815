//! Which demo runs on which profile, and why not.

use std::sync::OnceLock;

use serde::Serialize;

use super::{Demo, Kind, Requirement, Skip, kbuild};
use crate::profile::{Emulator, Library, Profile, Qemu, kernel_tree};
use crate::suggest;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    Runs,
    Skipped { reason: String },
}

/// Decides by the profile and by the `.config` that its kernel was built with.
pub fn select(demo: &Demo, profile: &Profile, kernel_config: &str) -> Selection {
    select_among(demo, profile, kernel_config, shipped)
}

/// The same, where nobody wants to know why not.
pub fn runs(demo: &Demo, profile: &Profile, kernel_config: &str) -> bool {
    not_here(demo, profile).is_none() && missing(demo, kernel_config).is_empty() && unmade(demo, profile).is_none()
}

/// With the profiles that a reason may recommend. To load them all takes longer than everything else here.
fn select_among<'a>(
    demo: &Demo,
    profile: &Profile,
    kernel_config: &str,
    others: impl FnOnce() -> &'a [Profile],
) -> Selection {
    let reason = not_here(demo, profile)
        .or_else(|| {
            let missing = missing(demo, kernel_config);
            (!missing.is_empty()).then(|| lacks(&missing, profile, kernel_config, others()))
        })
        .or_else(|| unmade(demo, profile));
    reason.map_or(Selection::Runs, |reason| Selection::Skipped { reason })
}

fn shipped() -> &'static [Profile] {
    static SHIPPED: OnceLock<Vec<Profile>> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let library = Library::installed().ok();
        let names = library.iter().flat_map(|library| library.names());
        names.filter_map(|name| library.as_ref()?.load(&name).ok()).collect()
    })
}

/// The shipped profile of each architecture and emulator that nothing is known against.
pub fn elsewhere(demo: &Demo) -> Vec<&'static str> {
    let mut found: Vec<&Profile> = Vec::new();
    for profile in shipped() {
        let like = |other: &&Profile| (other.arch, other.emulator.kind()) == (profile.arch, profile.emulator.kind());
        let kvm = profile.emulator.qemu().is_some_and(Qemu::needs_kvm);
        match found.iter().position(like) {
            _ if kvm || not_here(demo, profile).is_some() => {}
            // The plain one has the shortest name.
            Some(index) if profile.name.len() < found[index].name.len() => found[index] = profile,
            Some(_) => {}
            None => found.push(profile),
        }
    }
    found.iter().map(|profile| profile.name.as_str()).collect()
}

/// What is against it whatever the kernel's configuration is.
pub fn not_here(demo: &Demo, profile: &Profile) -> Option<String> {
    arch(demo, profile)
        .or_else(|| skip(demo, profile))
        .or_else(|| machine(demo, profile))
        .or_else(|| board(demo, profile))
        .or_else(|| kernel(demo, profile))
}

/// What the user's make has not written yet.
fn kernel(demo: &Demo, profile: &Profile) -> Option<String> {
    kbuild::directory(demo)?;
    unwritten(profile, kernel_tree::FOR_MODULES.iter().copied())
}

/// The same of the kernel's own modules, which only a kernel that is configured to have them has.
fn unmade(demo: &Demo, profile: &Profile) -> Option<String> {
    let modules = demo.tree_modules.iter().map(String::as_str);
    unwritten(profile, modules.map(|file| (file, "modules")))
}

fn unwritten<'a>(profile: &Profile, mut needed: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let tree = profile.kernel.tree.as_deref()?;
    let (file, target) = needed.find(|(file, _)| !tree.join(file).is_file())?;
    Some(format!(
        "its modules need {file}, which {} lacks: `make {target}` there writes it",
        tree.display()
    ))
}

fn arch(demo: &Demo, profile: &Profile) -> Option<String> {
    if !demo.arches.contains(&profile.arch) {
        let names: Vec<&str> = demo.arches.iter().map(|arch| arch.as_str()).collect();
        return Some(format!("it is for {} only", suggest::list(&names)));
    }
    let nothing = demo.runs_on(profile.arch).next().is_none();
    nothing.then(|| format!("none of its runs is for {}", profile.arch))
}

fn skip(demo: &Demo, profile: &Profile) -> Option<String> {
    let holds = |skip: &&Skip| {
        skip.arch.is_none_or(|arch| arch == profile.arch)
            && skip.kernel.is_none_or(|version| version == profile.kernel.version)
            && skip.emulator.is_none_or(|kind| kind == profile.emulator.kind())
    };
    demo.skips.iter().find(holds).map(|skip| skip.reason.trim().to_string())
}

fn machine(demo: &Demo, profile: &Profile) -> Option<String> {
    match &profile.emulator {
        Emulator::Gem5(_) => {
            let machines = std::iter::once(&demo.machine).chain(demo.runs.iter().map(|run| &run.machine));
            let devices = machines
                .map(|machine| &machine.qemu_args)
                .find(|args| !args.is_empty())?;
            Some(format!("it needs QEMU: {}", devices.join(" ")))
        }
        Emulator::Qemu(qemu) => {
            let mut models = demo
                .runs_on(profile.arch)
                .filter_map(|run| run.machine.cpu_model.as_ref());
            let model = models.find(|model| !model.is_for(qemu))?;
            Some(format!(
                "it needs the processor `{}`, and with KVM there is only `{}`",
                model.name, qemu.cpu
            ))
        }
    }
}

fn board(demo: &Demo, profile: &Profile) -> Option<String> {
    let unheard = demo.kind == Kind::BareMetal && profile.emulator.qemu().is_some_and(Qemu::needs_kvm);
    unheard.then(|| "it ends by semihosting, which QEMU has with TCG only".into())
}

/// What the demo needs and the kernel lacks.
fn missing<'a>(demo: &'a Demo, kernel_config: &str) -> Vec<&'a Requirement> {
    let lacks = |wanted: &&Requirement| configured(kernel_config, &wanted.symbol) != wanted.value;
    demo.kconfig.iter().filter(lacks).collect()
}

fn lacks(missing: &[&Requirement], profile: &Profile, kernel_config: &str, others: &[Profile]) -> String {
    let shown: Vec<String> = missing
        .iter()
        .map(|wanted| {
            format!(
                "{}={} (it is {})",
                wanted.symbol,
                wanted.value,
                configured(kernel_config, &wanted.symbol)
            )
        })
        .collect();
    let asks = |other: &&Profile| {
        let like = other.arch == profile.arch && other.emulator.kind() == profile.emulator.kind();
        like && missing.iter().all(|wanted| {
            let request = other.kernel.config.get(&wanted.symbol);
            request.map_or("n", |request| request.value.as_str()) == wanted.value
        })
    };
    let names: Vec<&str> = others.iter().filter(asks).map(|other| other.name.as_str()).collect();
    let advice = match names.as_slice() {
        [] => "no profile that comes with lkmc asks for it".to_string(),
        names => format!("asked for by {}", suggest::list(names)),
    };
    format!("the kernel of {} lacks {}; {advice}", profile.name, shown.join(", "))
}

/// The value of a symbol in a `.config`; what does not stand there is off.
pub(super) fn configured<'a>(kernel_config: &'a str, symbol: &str) -> &'a str {
    let value = kernel_config.lines().find_map(|line| {
        let rest = line.strip_prefix("CONFIG_")?.strip_prefix(symbol)?;
        rest.strip_prefix('=')
    });
    value.map_or("n", str::trim_end)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::demo::{Collection, Machine};
    use crate::profile::{Arch, KernelVersion};

    /// Of the checkout, because a profile has too many fields to be made up.
    fn profiles() -> Vec<Profile> {
        let library = Library {
            root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        };
        let names = [
            "aarch64-gem5-hpi",
            "x86_64-qemu",
            "x86_64-qemu-6.1",
            "x86_64-qemu-debug",
        ];
        names
            .iter()
            .map(|name| library.load(name).expect("it is shipped"))
            .collect()
    }

    fn demo(block: &str) -> Demo {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().canonicalize().expect("it exists");
        std::fs::create_dir(root.join("userland")).expect("it can be made");
        let text = format!("#!/bin/sh\n# x.\n# [lkmc]\n{block}# [/lkmc]\n");
        std::fs::write(root.join("userland/x.sh"), text).expect("it can be written");
        Collection { root }.load("userland/x.sh").expect("the block is right")
    }

    fn reason(demo: &Demo, profile: usize, config: &str) -> String {
        let profiles = profiles();
        match select_among(demo, &profiles[profile], config, || &profiles) {
            Selection::Runs => String::new(),
            Selection::Skipped { reason } => reason,
        }
    }

    #[test]
    fn what_is_to_be_made_in_a_kernel_of_ones_own_is_named() {
        let tree = tempfile::tempdir().expect("a temporary directory");
        let write = |file: &str| {
            let file = tree.path().join(file);
            std::fs::create_dir_all(file.parent().expect("it is in the tree")).expect("it can be made");
            std::fs::write(file, "").expect("it can be written");
        };
        let mut profile = profiles().remove(1);
        let library = Library {
            root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        };
        let collection = Collection { root: library.root };
        let module = collection.load("kernel_modules/hello.c").expect("it is shipped");
        assert_eq!(not_here(&module, &profile), None);
        profile.kernel.tree = Some(tree.path().to_owned());
        for (file, target) in kernel_tree::FOR_MODULES {
            let reason = not_here(&module, &profile).unwrap_or_default();
            assert!(
                reason.contains(file) && reason.contains(&format!("`make {target}`")),
                "{reason}"
            );
            write(file);
        }
        assert_eq!(not_here(&module, &profile), None);
        let of_tree = Demo {
            tree_modules: vec!["drivers/misc/dummy-irq.ko".into()],
            ..demo("")
        };
        assert_eq!(not_here(&of_tree, &profile), None);
        assert!(!runs(&of_tree, &profile, ""));
        write("drivers/misc/dummy-irq.ko");
        assert!(runs(&of_tree, &profile, ""));
    }

    #[test]
    fn a_demo_runs_where_nothing_is_against_it() {
        let everywhere = demo("");
        assert_eq!(reason(&everywhere, 0, ""), "");
        let arm = Demo {
            arches: vec![Arch::Arm, Arch::Aarch64],
            ..everywhere.clone()
        };
        assert_eq!(reason(&arm, 1, ""), "it is for arm, aarch64 only");
        assert_eq!(reason(&arm, 0, ""), "");
        let device = Demo {
            machine: Machine {
                qemu_args: vec!["-device".into(), "edu".into()],
                ..Machine::default()
            },
            ..everywhere
        };
        assert_eq!(
            (reason(&device, 0, ""), reason(&device, 1, "")),
            ("it needs QEMU: -device edu".into(), String::new())
        );
    }

    #[test]
    fn a_processor_is_the_emulators_or_the_hosts() {
        let library = Library {
            root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        };
        let load = |name: &str| library.load(name).expect("it is shipped");
        let demo = demo("# machine = { cpu-model = \"max\" }\n# arches = [\"x86_64\", \"aarch64\"]\n");
        let named = |model: &str| {
            let mut demo = demo.clone();
            for machine in std::iter::once(&mut demo.machine).chain(demo.runs.iter_mut().map(|run| &mut run.machine)) {
                machine.cpu_model.as_mut().expect("it has one").name = model.into();
            }
            demo
        };
        let model = |demo: &Demo, profile: &Profile| {
            let cpu = demo.machine.other_cpu(profile);
            cpu.map(|model| model.name.clone())
        };
        let slow = load("aarch64-qemu");
        assert_eq!(
            (not_here(&demo, &slow), model(&demo, &slow)),
            (None, Some("max".into()))
        );
        let changed = library
            .apply(slow.clone(), &demo.machine.overrides(&slow))
            .expect("it is valid");
        assert_eq!(changed.emulator.qemu().map(|qemu| &*qemu.cpu), Some("max"));
        assert_eq!(model(&demo, &load("x86_64-qemu")), None, "it is `max` already");
        // gem5's processors stay what they are.
        let gem5 = load("aarch64-gem5-hpi");
        assert_eq!((not_here(&demo, &gem5), model(&demo, &gem5)), (None, None));
        let mut kvm = load("x86_64-qemu-kvm");
        assert_eq!(
            (not_here(&demo, &kvm), model(&demo, &kvm)),
            (None, None),
            "it is the host's"
        );
        let haswell = not_here(&named("Haswell"), &kvm);
        assert_eq!(
            haswell.as_deref(),
            Some("it needs the processor `Haswell`, and with KVM there is only `host`")
        );
        if let Emulator::Qemu(qemu) = &mut kvm.emulator {
            qemu.cpu = "Haswell".into();
        }
        assert!(not_here(&demo, &kvm).is_some(), "not all of the host's");
    }

    #[test]
    fn every_condition_of_a_skip_must_hold() {
        let skipping = demo("# [[lkmc.skip]]\n# arch = \"x86_64\"\n# kernel = \"6.1\"\n# reason = \"why\"\n");
        assert_eq!(skipping.skips[0].kernel, Some(KernelVersion::V6_1));
        assert_eq!([0, 1, 2].map(|profile| reason(&skipping, profile, "")), ["", "", "why"]);
    }

    #[test]
    fn what_the_kernel_lacks_is_named_with_who_has_it() {
        let config = "# CONFIG_KASAN is not set\nCONFIG_KASAN_INLINE=y\nCONFIG_UIO=m\nCONFIG_HZ=250\n";
        let needing = |needs: &str| demo(&format!("# kconfig = [{needs}]\n"));
        assert_eq!(
            reason(&needing("\"UIO=m\", \"HZ=250\", \"KASAN=n\", \"NOWHERE=n\""), 1, config),
            ""
        );
        assert_eq!(
            reason(&needing("\"KASAN=y\", \"UIO=m\""), 1, config),
            "the kernel of x86_64-qemu lacks KASAN=y (it is n); asked for by x86_64-qemu-debug"
        );
        let reason = reason(&needing("\"NOWHERE=y\""), 1, config);
        assert!(
            reason.ends_with("no profile that comes with lkmc asks for it"),
            "{reason}"
        );
    }
}
