//! What cannot be recorded, and why: found before anything is built or started.

use crate::diag::{Error, Result};
use crate::emulator::only_qemu;
use crate::profile::{Profile, RootfsMedium};

/// Refuses a machine that QEMU could not repeat. `disks`: the user attaches some.
pub fn check(profile: &Profile, disks: bool) -> Result<()> {
    let qemu = only_qemu(profile, "record a run")?;
    let told = profile.provenance.get("cpu.count").map(|node| node.span.text());
    let one = match told {
        Some(option) if option.starts_with("--") => format!("leave `{option}` out"),
        _ => "add `--cpus 1`".into(),
    };
    let rows = [
        (
            qemu.needs_kvm(),
            "KVM",
            "only QEMU's own translator counts instructions",
            "leave `--accelerator kvm` out",
        ),
        (qemu.cpus > 1, "several processors", "QEMU records one", &one),
        (
            qemu.network.enable,
            "a network",
            "what arrives depends on the world outside",
            "leave the network out",
        ),
        (
            !profile.shares.is_empty(),
            "shared directories",
            "QEMU does not record what is read from them",
            "use --demos to bring files into the guest",
        ),
        (
            disks,
            "disks",
            "a replay would need them as they were, and they have been written to",
            "leave --disk out",
        ),
        (
            profile.rootfs.medium == RootfsMedium::Ext4,
            "a root file system on a disk",
            "requests to a disk end at times that depend on the host",
            "use `rootfs.medium = \"initramfs\"`",
        ),
        (
            profile.has_custom_init(),
            "an init of your own",
            "/init runs the recorded command",
            "leave `init=` out of the kernel command line",
        ),
        (
            !qemu.extra_args.is_empty(),
            "QEMU arguments of your own",
            "lkmc cannot know whether QEMU records what they add",
            "leave them out",
        ),
    ];
    match rows.into_iter().find(|(wanted, ..)| *wanted) {
        Some((_, what, why, help)) => Err(refused(what, why, help)),
        None => Ok(()),
    }
}

pub fn refused(what: &str, why: &str, help: &str) -> Error {
    Error::usage("lkmc::record::unsupported", format!("{what} cannot be recorded: {why}")).help(help)
}
