//! Options of `profile run` go through the checks of a profile.

use std::path::{Path, PathBuf};

use lkmc::profile::{Accelerator, Forward, Library, MachineOverrides, Profile, Share, ShareMode};
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
            cpus: Some(3),
            memory: Some(ByteSize(1 << 30)),
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
        cpus: Some(9),
        memory: Some(ByteSize(8 << 30)),
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
