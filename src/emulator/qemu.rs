//! QEMU's command line. Each function gives one part of it; [`command_line`] chains them and runs nothing.
//!
//! Sockets and logs have short relative names, because QEMU is started in the run directory: a socket's path is limited to
//! 108 bytes, and the printed command works wherever it is pasted.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use crate::diag::Result;
use crate::guest::protocol::PORT;
use crate::profile::{Arch, Profile, RootfsMedium, ShareMode};

use super::{CommandLine, Disk, DiskFormat, Launch, MemoryBacking};

/// File names in the run directory.
pub const CONSOLE_LOG: &str = "console.log";
pub const CONSOLE_SOCKET: &str = "console.sock";
pub const AGENT_SOCKET: &str = "agent.sock";
pub const QMP_SOCKET: &str = "qmp.sock";
pub const SOCKETS: [&str; 3] = [CONSOLE_SOCKET, AGENT_SOCKET, QMP_SOCKET];

pub fn command_line(launch: &Launch) -> Result<CommandLine> {
    let mut line = super::program(launch)?;
    let groups = [
        base_args(),
        machine_args(launch),
        memory_args(launch),
        kernel_args(launch),
        console_args(),
        agent_args(),
        qmp_args(),
        entropy_args(),
        root_args(launch),
        launch
            .disks
            .iter()
            .enumerate()
            .flat_map(|(index, disk)| disk_args(index, disk))
            .collect(),
        share_args(launch.profile),
        network_args(launch.profile),
        incoming_args(launch.incoming),
        vec![launch.profile.emulator.extra_args.iter().map(OsString::from).collect()],
    ];
    line.groups
        .extend(groups.into_iter().flatten().filter(|group| !group.is_empty()));
    Ok(line)
}

type Groups = Vec<Vec<OsString>>;

fn option(name: &str, value: impl Into<OsString>) -> Vec<OsString> {
    vec![name.into(), value.into()]
}

/// `prefix` and a path in which commas are doubled, as QEMU's option syntax wants them.
fn with_path(prefix: &str, path: &Path) -> OsString {
    let mut bytes = prefix.as_bytes().to_vec();
    for &byte in path.as_os_str().as_bytes() {
        bytes.extend(std::iter::repeat_n(byte, if byte == b',' { 2 } else { 1 }));
    }
    OsString::from_vec(bytes)
}

fn base_args() -> Groups {
    vec![
        vec!["-nodefaults".into(), "-no-user-config".into(), "-no-reboot".into()],
        option("-display", "none"),
    ]
}

fn machine_args(launch: &Launch) -> Groups {
    let profile = launch.profile;
    let mut machine = profile.emulator.machine.clone();
    // A 32-bit kernel without LPAE cannot reach PCI windows above 4 GiB.
    if profile.arch == Arch::Arm && machine.starts_with("virt") && !machine.contains("highmem") {
        machine.push_str(",highmem=off");
    }
    if launch.memory != MemoryBacking::Anonymous {
        machine.push_str(",memory-backend=ram");
    }
    vec![
        option("-machine", machine),
        option("-accel", launch.engine.as_str()),
        option("-cpu", &profile.cpu.model),
        option("-smp", profile.cpu.count.to_string()),
    ]
}

fn memory_args(launch: &Launch) -> Groups {
    let bytes = launch.profile.memory.size.0;
    let size = match bytes % (1 << 20) {
        0 => format!("{}M", bytes >> 20),
        _ => format!("{bytes}B"),
    };
    let mut groups = vec![option("-m", size)];
    let (path, share) = match launch.memory {
        MemoryBacking::Anonymous => return groups,
        MemoryBacking::Shared(path) => (path, "on"),
        MemoryBacking::Private(path) => (path, "off"),
    };
    let object = format!("memory-backend-file,id=ram,size={bytes},share={share},mem-path=");
    groups.push(option("-object", with_path(&object, path)));
    groups
}

fn kernel_args(launch: &Launch) -> Groups {
    let bundle = launch.bundle;
    let mut groups = vec![option("-kernel", (launch.physical)(&bundle.kernel.image))];
    if launch.profile.rootfs.medium == RootfsMedium::Initramfs {
        groups.push(option("-initrd", (launch.physical)(&bundle.rootfs.initramfs)));
    }
    groups.push(option("-append", kernel_command_line(launch.profile)));
    groups
}

/// What the launcher needs, then what the profile asks for, so that the profile has the last word.
pub fn kernel_command_line(profile: &Profile) -> String {
    // `earlycon` shows a panic that comes before the console driver. Time stamps tell the kernel's lines from a
    // program's. With `panic=-1` the machine resets at once after a panic, and `-no-reboot` makes QEMU exit then.
    let console = match profile.arch {
        Arch::X86_64 => ["earlycon=uart8250,io,0x3f8", "console=ttyS0"],
        Arch::Aarch64 | Arch::Arm => ["earlycon", "console=ttyAMA0"],
    };
    let root: &[&str] = match profile.rootfs.medium {
        RootfsMedium::Initramfs => &[],
        RootfsMedium::Ext4 => &["root=/dev/vda", "ro", "rootfstype=ext4", "init=/init"],
    };
    let own = console
        .iter()
        .chain(&["printk.time=1", "panic=-1"])
        .chain(root)
        .map(|word| word.to_string());
    own.chain(profile.kernel.command_line.iter().cloned())
        .collect::<Vec<_>>()
        .join(" ")
}

fn socket_chardev(id: &str, path: &str) -> String {
    format!("socket,id={id},path={path},server=on,wait=off")
}

fn console_args() -> Groups {
    vec![
        option(
            "-chardev",
            format!(
                "{},logfile={CONSOLE_LOG},logappend=on",
                socket_chardev("console", CONSOLE_SOCKET)
            ),
        ),
        option("-serial", "chardev:console"),
    ]
}

fn agent_args() -> Groups {
    vec![
        option("-device", "virtio-serial-pci"),
        option("-chardev", socket_chardev("agent", AGENT_SOCKET)),
        option("-device", format!("virtserialport,chardev=agent,name={PORT}")),
    ]
}

fn qmp_args() -> Groups {
    vec![
        option("-chardev", socket_chardev("qmp", QMP_SOCKET)),
        option("-mon", "chardev=qmp,mode=control"),
    ]
}

/// Without it a kernel under TCG waits for entropy while its programs wait for random numbers.
fn entropy_args() -> Groups {
    vec![
        option("-object", "rng-random,id=rng,filename=/dev/urandom"),
        option("-device", "virtio-rng-pci,rng=rng"),
    ]
}

/// The root disk comes first, so it is /dev/vda. Read-only: the guest keeps its changes in memory.
fn root_args(launch: &Launch) -> Groups {
    if launch.profile.rootfs.medium != RootfsMedium::Ext4 {
        return Groups::new();
    }
    let image = (launch.physical)(&launch.bundle.rootfs.ext4);
    let blockdev = "driver=raw,node-name=root,read-only=on,file.driver=file,file.filename=";
    vec![
        option("-blockdev", with_path(blockdev, &image)),
        option("-device", "virtio-blk-pci,drive=root,serial=root"),
    ]
}

fn disk_args(index: usize, disk: &Disk) -> Groups {
    let driver = match disk.format {
        DiskFormat::Raw => "raw",
        DiskFormat::Qcow2 => "qcow2",
    };
    let blockdev = format!("driver={driver},node-name=disk{index},file.driver=file,file.filename=");
    vec![
        option("-blockdev", with_path(&blockdev, &disk.path)),
        option(
            "-device",
            format!("virtio-blk-pci,drive=disk{index},serial=disk{index}"),
        ),
    ]
}

/// Mounted by the run, through the agent. With `security_model=none` files that the guest makes belong to the user who
/// runs QEMU, and attributes that this user may not set are passed over.
fn share_args(profile: &Profile) -> Groups {
    let share = |(index, share): (usize, &crate::profile::Share)| {
        let readonly = match share.mode {
            ShareMode::ReadOnly => "on",
            ShareMode::ReadWrite => "off",
        };
        let fsdev = format!("local,id=share{index},security_model=none,multidevs=remap,readonly={readonly},path=");
        [
            option("-fsdev", with_path(&fsdev, &share.host)),
            option(
                "-device",
                format!("virtio-9p-pci,fsdev=share{index},mount_tag={}", share_tag(index)),
            ),
        ]
    };
    profile.shares.iter().enumerate().flat_map(share).collect()
}

/// Under this name the guest mounts the share.
pub fn share_tag(index: usize) -> String {
    format!("share{index}")
}

/// An empty `romfile` saves a boot ROM that nobody uses and that another package would have to bring.
fn network_args(profile: &Profile) -> Groups {
    if !profile.network.enable {
        return Groups::new();
    }
    let forwards = profile
        .network
        .forwards
        .iter()
        .map(|f| format!(",hostfwd=tcp:127.0.0.1:{}-:{}", f.host, f.guest));
    vec![
        option("-netdev", format!("user,id=net{}", forwards.collect::<String>())),
        option("-device", "virtio-net-pci,netdev=net,romfile="),
    ]
}

/// The state is named later, through the monitor: a capability has to be set before.
fn incoming_args(incoming: bool) -> Groups {
    match incoming {
        true => vec![option("-incoming", "defer")],
        false => Groups::new(),
    }
}
