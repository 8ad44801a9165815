//! Options of `profile run` go through the checks of a profile.

use std::path::{Path, PathBuf};

use lkmc::profile::{
    Accelerator, Forward, KernelVersion, Library, MachineOverrides, Profile, Settings, Share, ShareMode,
};
use lkmc::units::ByteSize;

fn apply(name: &str, overrides: MachineOverrides) -> Result<Profile, String> {
    let library = Library {
        root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    };
    let profile = library.load(name).expect("shipped profiles are valid");
    library
        .apply(profile, &overrides)
        .map_err(|error| lkmc::diag::to_plain_text(&error))
}

#[test]
fn options_replace_and_append() {
    let profile = apply(
        "x86_64-qemu",
        MachineOverrides {
            settings: Settings {
                cpus: Some(3),
                memory: Some(ByteSize(1 << 30)),
                kernel_tree: None,
                set: vec!["kernel.version=6.1".parse().expect("a key and a value")],
            },
            kernel_arg: vec!["quiet".into(), "nokaslr".into()],
            forward: vec![Forward { host: 0, guest: 22 }],
            share: vec![Share {
                host: "tests".into(),
                guest: "/mnt/tests".into(),
                mode: ShareMode::ReadWrite,
            }],
            ..MachineOverrides::default()
        },
    )
    .expect("all of it is valid");
    let qemu = profile.emulator.qemu().expect("it is one of QEMU's");
    assert_eq!((qemu.cpus, profile.memory), (3, ByteSize(1 << 30)));
    assert_eq!(profile.kernel.version, KernelVersion::V6_1);
    assert_eq!(profile.kernel.command_line, ["quiet", "nokaslr"]);
    assert!(qemu.network.enable);
    assert_eq!(qemu.network.forwards, [Forward { host: 0, guest: 22 }]);
    assert_eq!(profile.shares[0].mode, ShareMode::ReadWrite);
    assert_eq!(
        profile.shares[0].host,
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
    );
}

/// The default processor depends on the accelerator; the option must reach the defaults.
#[test]
fn defaults_follow_an_option() {
    let overrides = |accelerator| MachineOverrides {
        accelerator: Some(accelerator),
        ..MachineOverrides::default()
    };
    let model = |name, accelerator| {
        let profile = apply(name, overrides(accelerator)).expect("valid");
        profile.emulator.qemu().expect("it is one of QEMU's").cpu.clone()
    };
    assert_eq!(model("x86_64-qemu", Accelerator::Kvm), "host");
    assert_eq!(model("x86_64-qemu-kvm", Accelerator::Tcg), "max");
    assert_eq!(model("aarch64-qemu", Accelerator::Auto), "max");
}

#[test]
fn a_refused_option_is_shown_where_it_stands() {
    let overrides = MachineOverrides {
        settings: Settings {
            cpus: Some(9),
            memory: Some(ByteSize(8 << 30)),
            ..Settings::default()
        },
        ..MachineOverrides::default()
    };
    let text = apply("arm-qemu", overrides).expect_err("too many and too much");
    for part in [
        "lkmc::profile::too_many_cpus",
        "lkmc::profile::memory_size",
        "--cpus 9 --memory 8GiB",
        "[command line:1:1]",
    ] {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
    let text = apply(
        "arm-gem5-hpi",
        MachineOverrides {
            network: true,
            ..MachineOverrides::default()
        },
    )
    .expect_err("no card");
    assert!(
        text.contains("lkmc::profile::not_honoured") && text.contains("--network"),
        "{text}"
    );
    let text = apply(
        "x86_64-qemu",
        MachineOverrides {
            qemu_arg: vec!["-m".into()],
            ..MachineOverrides::default()
        },
    )
    .expect_err("ours");
    assert!(text.contains("set `memory.size`"), "{text}");
}

#[test]
fn any_key_can_be_set_and_a_mistake_is_shown_where_it_stands() {
    let set = |settings: &[&str]| {
        let set = settings.iter().map(|text| text.parse().expect("a key and a value"));
        let settings = Settings {
            set: set.collect(),
            ..Settings::default()
        };
        apply(
            "aarch64-gem5-hpi",
            MachineOverrides {
                settings,
                ..MachineOverrides::default()
            },
        )
    };
    let param = r#"emulator.params."system.cpu_cluster.l2.replacement_policy"=RandomRP"#;
    let profile = set(&["cpu.model=MinorCPU", "cache.l2.size=2MiB", param]).expect("all of it is valid");
    let gem5 = profile.emulator.gem5().expect("it is one of gem5's");
    assert_eq!(
        gem5.cluster.cache.l2.as_ref().map(|cache| cache.size),
        Some(ByteSize(2 << 20))
    );
    assert_eq!(gem5.params.len(), 1);
    for (settings, parts) in [
        (
            &["cpu.count=1", "cpu.clok=1GHz"][..],
            &[
                "lkmc::profile::unknown_key",
                "--set cpu.count=1 --set cpu.clok=1GHz",
                "[command line:1:19]",
            ][..],
        ),
        (
            &["cache.l2.size=3MiB"],
            &["--set cache.l2.size=3MiB", "[command line:1:1]"],
        ),
        (&["cache.l2=1MiB"], &["`cache.l2` cannot be set: it is a table"]),
        (&["cpu..count=1"], &["lkmc::profile::bad_key"]),
        // It would have to come below what the profile says.
        (
            &["extends=[\"aarch64-qemu\"]"],
            &["lkmc::profile::bad_key", "`extends` cannot be set here"],
        ),
        (
            &["kernel.fragments=kconfig/lockdep.config"],
            &["help: write [\"kconfig/lockdep.config\"]"],
        ),
        // That it is no QEMU any more is a consequence, and memory is none of it.
        (
            &["emulator.kind=gem6", "cpu.clock=1GHz", "memory.size=1MiB"],
            &["2 problems", "`emulator.kind` has no choice", "cannot have 1MiB"],
        ),
    ] {
        let text = set(settings).map(|_| ()).expect_err("a mistake");
        for part in parts {
            assert!(text.contains(part), "no {part} in:\n{text}");
        }
    }
}
