//! QEMU's command line. Each function gives one part of it; [`command_line`] chains them and runs nothing.
//!
//! Sockets and logs have short relative names, because QEMU is started in the run directory: a socket's path is limited to
//! 108 bytes, and the printed command works wherever it is pasted.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::command_line::CommandLine;
use crate::diag::Result;
use crate::guest::protocol::PORT;
use crate::profile::{Arch, Profile, Qemu, RootfsMedium, ShareMode};
use crate::units::ByteSize;

use super::{Disk, DiskFormat, Engine, Launch, MemoryBacking};

/// File names in the run directory.
pub const CONSOLE_LOG: &str = "console.log";
pub const CONSOLE_SOCKET: &str = "console.sock";
pub const AGENT_SOCKET: &str = "agent.sock";
pub const QMP_SOCKET: &str = "qmp.sock";
pub const MONITOR_SOCKET: &str = "monitor.sock";
pub const GDB_SOCKET: &str = "gdb.sock";
pub const KGDB_SOCKET: &str = "kgdb.sock";
/// Where the plugin that records a trace connects to.
pub const TRACE_SOCKET: &str = "trace.sock";
/// What QEMU calls the agent's end of the connection, the port in the guest and its own end.
pub const AGENT: &str = "agent";

/// The first line of the file with what the plugin says, which `trace/blocks.rs` reads.
pub const TRACE_MAGIC: &[u8] = b"lkmc-blocks 1\n";
/// What such lines of all versions begin with.
pub const TRACE_FAMILY: &[u8] = b"lkmc-blocks ";

/// What is executed, recorded by a plugin of the translator (`qemu/trace.c`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// A shared object; none before it has been built.
    pub plugin: Option<PathBuf>,
    /// The most that its file may have.
    pub limit: ByteSize,
    /// From the first instruction on, and not from the command's start.
    pub boot: bool,
}

pub fn command_line(launch: &Launch) -> Result<CommandLine> {
    let mut line = super::program(launch)?;
    let groups = [
        base_args(),
        machine_args(launch.profile.arch, launch.qemu, accelerator(launch), launch.memory),
        launch.trace.map(trace_args).unwrap_or_default(),
        memory_args(launch.profile, launch.memory),
        kernel_args(launch),
        console_args(),
        agent_args(),
        qmp_args(),
        monitor_args(),
        gdb_args(),
        entropy_args(),
        vmcoreinfo_args(launch.profile.arch, launch.qemu),
        kgdb_args(launch.profile.arch, launch.qemu),
        root_args(launch),
        launch
            .disks
            .iter()
            .enumerate()
            .flat_map(|(index, disk)| disk_args(index, disk))
            .collect(),
        share_args(launch.profile),
        network_args(launch.qemu),
        incoming_args(launch.incoming),
        vec![launch.qemu.extra_args.iter().map(OsString::from).collect()],
    ];
    line.groups
        .extend(groups.into_iter().flatten().filter(|group| !group.is_empty()));
    Ok(line)
}

/// A board, and one program on it.
pub struct BareMetal<'a> {
    pub profile: &'a Profile,
    pub qemu: &'a Qemu,
    /// ELF, linked to where the board has memory.
    pub program: &'a Path,
    pub arguments: &'a [String],
    /// File that the serial port and semihosting write to.
    pub stdout: &'a str,
    /// Nothing is executed until GDB is there.
    pub wait_for_gdb: bool,
}

/// `program`: QEMU with what it always needs.
pub fn bare_metal(program: &CommandLine, board: &BareMetal) -> CommandLine {
    let mut line = program.clone();
    let (profile, qemu) = (board.profile, board.qemu);
    let groups = [
        base_args(),
        machine_args(profile.arch, qemu, Engine::Tcg.as_str(), MemoryBacking::Anonymous),
        memory_args(profile, MemoryBacking::Anonymous),
        vec![option("-kernel", board.program)],
        program_streams(board),
        gdb_args(),
        match board.wait_for_gdb {
            true => vec![vec!["-S".into()]],
            false => Groups::new(),
        },
        vec![qemu.extra_args.iter().map(OsString::from).collect()],
    ];
    line.groups
        .extend(groups.into_iter().flatten().filter(|group| !group.is_empty()));
    line
}

/// Two that write to one file, each of them at its end.
fn program_streams(board: &BareMetal) -> Groups {
    let file = |id: &str| with_path(&format!("file,id={id},append=on,path="), Path::new(board.stdout));
    let mut semihosting = OsString::from("enable=on,target=native,chardev=semihosting");
    // The first word is the program's name, as with gem5 (gem5/lkmc/process.py).
    for word in std::iter::once("program").chain(board.arguments.iter().map(String::as_str)) {
        semihosting.push(with_path(",arg=", Path::new(word)));
    }
    vec![
        option("-chardev", file("serial")),
        option("-serial", "chardev:serial"),
        option("-chardev", file("semihosting")),
        option("-semihosting-config", semihosting),
    ]
}

type Groups = Vec<Vec<OsString>>;

pub(crate) fn option(name: &str, value: impl Into<OsString>) -> Vec<OsString> {
    vec![name.into(), value.into()]
}

/// `prefix` and a path in which commas are doubled, as QEMU's option syntax wants them.
pub(crate) fn with_path(prefix: &str, path: &Path) -> OsString {
    let mut bytes = prefix.as_bytes().to_vec();
    for &byte in path.as_os_str().as_bytes() {
        bytes.extend(std::iter::repeat_n(byte, if byte == b',' { 2 } else { 1 }));
    }
    OsString::from_vec(bytes)
}

pub(crate) fn base_args() -> Groups {
    vec![
        vec!["-nodefaults".into(), "-no-user-config".into(), "-no-reboot".into()],
        option("-display", "none"),
    ]
}

/// All processors in one thread, where a trace has one order of what they execute.
fn accelerator(launch: &Launch) -> &'static str {
    match launch.trace {
        Some(_) => "tcg,thread=single",
        None => launch.engine.as_str(),
    }
}

fn trace_args(trace: &Trace) -> Groups {
    let Some(plugin) = &trace.plugin else {
        return Groups::new();
    };
    let mut value = with_path("", plugin);
    value.push(format!(",socket={TRACE_SOCKET}"));
    if trace.boot {
        value.push(",boot=on");
    }
    vec![option("-plugin", value)]
}

pub(crate) fn machine_args(arch: Arch, qemu: &Qemu, accelerator: &str, memory: MemoryBacking) -> Groups {
    let mut machine = qemu.machine.clone();
    // A 32-bit kernel without LPAE cannot reach PCI windows above 4 GiB.
    if arch == Arch::Arm && machine.starts_with("virt") && !machine.contains("highmem") {
        machine.push_str(",highmem=off");
    }
    if memory != MemoryBacking::Anonymous {
        machine.push_str(",memory-backend=ram");
    }
    vec![
        option("-machine", machine),
        option("-accel", accelerator),
        option("-cpu", &qemu.cpu),
        option("-smp", qemu.cpus.to_string()),
    ]
}

fn memory_args(profile: &Profile, memory: MemoryBacking) -> Groups {
    let bytes = profile.memory.0;
    let size = match bytes % (1 << 20) {
        0 => format!("{}M", bytes >> 20),
        _ => format!("{bytes}B"),
    };
    let mut groups = vec![option("-m", size)];
    let (path, share) = match memory {
        MemoryBacking::Anonymous => return groups,
        MemoryBacking::Named => {
            groups.push(option("-object", format!("memory-backend-ram,id=ram,size={bytes}")));
            return groups;
        }
        MemoryBacking::Shared(path) => (path, "on"),
        MemoryBacking::Private(path) => (path, "off"),
    };
    let object = format!("memory-backend-file,id=ram,size={bytes},share={share},mem-path=");
    groups.push(option("-object", with_path(&object, path)));
    groups
}

fn kernel_args(launch: &Launch) -> Groups {
    let bundle = launch.bundle;
    let mut groups = vec![option("-kernel", launch.store.physical(&bundle.kernel.image))];
    if launch.profile.rootfs.medium == RootfsMedium::Initramfs {
        groups.push(option("-initrd", launch.store.physical(&bundle.rootfs.initramfs)));
    }
    groups.push(option("-append", kernel_command_line(launch.profile, launch.ticks)));
    groups
}

/// What the launcher needs, then what the profile asks for, so that the profile has the last word.
pub fn kernel_command_line(profile: &Profile, ticks: Option<u64>) -> String {
    // `earlycon` shows a panic that comes before the console driver. Time stamps tell the kernel's lines from a
    // program's. With `panic=-1` the machine resets at once after a panic, and `-no-reboot` makes QEMU exit then.
    let facts = profile.arch.facts();
    let console = format!("console={}", facts.console);
    let root: &[&str] = match profile.rootfs.medium {
        RootfsMedium::Initramfs => &[],
        RootfsMedium::Ext4 => &["root=/dev/vda", "ro", "rootfstype=ext4", "init=/init"],
    };
    let kaslr: &[&str] = match facts.kaslr && !profile.kernel.kaslr {
        true => &["nokaslr"],
        false => &[],
    };
    let own = [
        &[facts.early_console, &console],
        facts.boot_arguments,
        &["printk.time=1", "panic=-1"],
        kaslr,
        root,
    ];
    let own = own.into_iter().flatten().map(|word| word.to_string());
    let ticks = ticks.map(|rate| format!("tsc_early_khz={rate}"));
    own.chain(ticks)
        .chain(profile.kernel.command_line.iter().cloned())
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
        option("-chardev", socket_chardev(AGENT, AGENT_SOCKET)),
        // Of a port with a name of its own QEMU tells when the guest opens and closes it.
        option(
            "-device",
            format!("virtserialport,chardev={AGENT},name={PORT},id={AGENT}"),
        ),
    ]
}

pub(crate) fn qmp_args() -> Groups {
    vec![
        option("-chardev", socket_chardev("qmp", QMP_SOCKET)),
        option("-mon", "chardev=qmp,mode=control"),
    ]
}

/// A monitor of its own for `lkmc vm monitor`: each talks to one client, and the first one's is whoever owns the guest.
fn monitor_args() -> Groups {
    vec![
        option("-chardev", socket_chardev("monitor", MONITOR_SOCKET)),
        option("-mon", "chardev=monitor,mode=control"),
    ]
}

/// QEMU's stub costs nothing while nobody is connected to it.
pub(crate) fn gdb_args() -> Groups {
    vec![
        option("-chardev", socket_chardev("gdb", GDB_SOCKET)),
        option("-gdb", "chardev:gdb"),
    ]
}

/// Without it a kernel under TCG waits for entropy while its programs wait for random numbers.
fn entropy_args() -> Groups {
    vec![
        option("-object", "rng-random,id=rng,filename=/dev/urandom"),
        option("-device", "virtio-rng-pci,rng=rng"),
    ]
}

/// Through this the kernel says where it keeps its description of itself, without which a memory dump means nothing to crash and
/// drgn. Other machines than the known ones lack what the device needs.
fn vmcoreinfo_args(arch: Arch, qemu: &Qemu) -> Groups {
    match arch.facts().vmcoreinfo && is_known_machine(qemu) {
        true => vec![option("-device", "vmcoreinfo")],
        false => Groups::new(),
    }
}

/// Machines with a firmware configuration device and a bus for one more serial port.
fn is_known_machine(qemu: &Qemu) -> bool {
    let name = qemu.machine.split(',').next();
    ["q35", "pc", "virt"].iter().any(|known| name == Some(known))
}

/// A serial port for the kernel's own debuggers. It has a fixed place on its bus, so that those of other devices do not change.
fn kgdb_args(arch: Arch, qemu: &Qemu) -> Groups {
    let device = match arch {
        Arch::X86_64 => "isa-serial,chardev=kgdb",
        Arch::Aarch64 | Arch::Arm | Arch::Riscv64 => "pci-serial,chardev=kgdb,addr=0x1f",
    };
    match is_known_machine(qemu) {
        true => vec![
            option("-chardev", socket_chardev("kgdb", KGDB_SOCKET)),
            option("-device", device),
        ],
        false => Groups::new(),
    }
}

/// The root disk comes first, so it is /dev/vda. Read-only: the guest keeps its changes in memory.
fn root_args(launch: &Launch) -> Groups {
    if launch.profile.rootfs.medium != RootfsMedium::Ext4 {
        return Groups::new();
    }
    let image = launch.store.physical(&launch.bundle.rootfs.ext4);
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
            // A guest whose disk the host cannot write is told so; QEMU's own answer to a full one is to stop the machine.
            format!("virtio-blk-pci,drive=disk{index},serial=disk{index},werror=report,rerror=report"),
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
                format!("virtio-9p-pci,fsdev=share{index},mount_tag={}", super::share_tag(index)),
            ),
        ]
    };
    profile.shares.iter().enumerate().flat_map(share).collect()
}

/// An empty `romfile` saves a boot ROM that nobody uses and that another package would have to bring.
fn network_args(qemu: &Qemu) -> Groups {
    if !qemu.network.enable {
        return Groups::new();
    }
    let forwards = qemu
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

#[cfg(test)]
mod tests {
    use crate::bundle::{Bundle, Kernel, Program, Rootfs};
    use crate::profile::{Emulator, Forward, Library, Profile, Share};
    use crate::store_path::StoreOnDisk;

    use super::*;

    fn profile(name: &str) -> Profile {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).to_owned();
        Library { root }.load(name).unwrap()
    }

    fn program() -> Program {
        Program {
            loader: None,
            library_path: Vec::new(),
            binary: "/nix/store/q/bin/qemu".into(),
            args: Vec::new(),
            env: Default::default(),
            version: "7.2".into(),
        }
    }

    fn bundle(arch: Arch) -> Bundle {
        let path = |name: &str| Path::new("/nix/store/k").join(name);
        Bundle {
            version: 1,
            arch,
            kernel: Kernel {
                image: path("Image"),
                vmlinux: path("vmlinux"),
                decompressor: None,
                system_map: path("System.map"),
                config: path("config"),
                build_tree: path("build"),
                source: path("source"),
                release: "6.12.0".into(),
            },
            rootfs: Rootfs {
                initramfs: "/nix/store/r/initramfs".into(),
                ext4: "/nix/store/r/root.ext4".into(),
                programs: None,
            },
            boot_loader: None,
            emulator: Some(program()),
            gdb: program(),
            share_server: None,
        }
    }

    /// The arguments after the program, joined by blanks.
    fn arguments(profile: &Profile, disks: &[Disk], memory: MemoryBacking, incoming: bool) -> String {
        let line = command_line(&Launch {
            profile,
            qemu: profile.emulator.qemu().expect("it is one of QEMU's"),
            bundle: &bundle(profile.arch),
            store: &StoreOnDisk::at("/cache/nix/store"),
            engine: Engine::Tcg,
            disks,
            memory,
            incoming,
            ticks: None,
            trace: None,
        })
        .unwrap();
        let words: Vec<_> = line
            .argv()
            .skip(1)
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        words.join(" ")
    }

    fn plain(profile: &Profile) -> String {
        arguments(profile, &[], MemoryBacking::Anonymous, false)
    }

    #[test]
    fn nothing_is_there_that_was_not_asked_for() {
        for name in ["x86_64-qemu", "aarch64-qemu", "arm-qemu"] {
            let all = plain(&profile(name));
            for wanted in [
                "-nodefaults",
                "-no-user-config",
                "-no-reboot",
                "-display none",
                "-accel tcg",
            ] {
                assert!(all.contains(wanted), "{name}: {wanted}");
            }
            for unwanted in ["-netdev", "-fsdev", "-blockdev", "-incoming", "memory-backend"] {
                assert!(!all.contains(unwanted), "{name}: {unwanted}");
            }
        }
    }

    #[test]
    fn store_paths_are_mapped_to_where_they_lie() {
        let all = plain(&profile("x86_64-qemu"));
        assert!(
            all.contains("-kernel /cache/nix/store/k/Image -initrd /cache/nix/store/r/initramfs"),
            "{all}"
        );
    }

    #[test]
    fn each_architecture_has_its_console() {
        assert!(
            kernel_command_line(&profile("x86_64-qemu"), Some(2_590_000))
                .contains("console=ttyS0 no_timer_check printk.time=1 panic=-1 nokaslr tsc_early_khz=2590000")
        );
        assert!(kernel_command_line(&profile("aarch64-qemu"), None).contains("console=ttyAMA0 printk.time=1 panic=-1"));
        assert!(plain(&profile("arm-qemu")).contains("-machine virt,highmem=off"));
    }

    #[test]
    fn the_profiles_kernel_arguments_have_the_last_word() {
        let mut profile = profile("x86_64-qemu");
        profile.kernel.command_line = vec!["panic=5".into()];
        assert!(kernel_command_line(&profile, None).ends_with("panic=-1 nokaslr panic=5"));
    }

    #[test]
    fn an_ext4_root_is_read_only_and_comes_before_other_disks() {
        let mut profile = profile("x86_64-qemu");
        profile.rootfs.medium = RootfsMedium::Ext4;
        let disk = Disk {
            path: "/data/a,b.img".into(),
            format: DiskFormat::Qcow2,
        };
        let all = arguments(&profile, &[disk], MemoryBacking::Anonymous, false);
        let root = all.find("driver=raw,node-name=root,read-only=on").unwrap();
        let other = all
            .find("driver=qcow2,node-name=disk0,file.driver=file,file.filename=/data/a,,b.img")
            .unwrap();
        assert!(root < other && !all.contains("-initrd"), "{all}");
        assert!(all.contains("root=/dev/vda ro"));
    }

    #[test]
    fn shares_are_read_only_on_the_hosts_side() {
        let mut profile = profile("x86_64-qemu");
        profile.shares = ["/a:/mnt/a", "/b:/mnt/b:rw"]
            .map(|text| text.parse::<Share>().unwrap())
            .into();
        let all = plain(&profile);
        assert!(
            all.contains("local,id=share0,security_model=none,multidevs=remap,readonly=on,path=/a "),
            "{all}"
        );
        assert!(
            all.contains("local,id=share1,security_model=none,multidevs=remap,readonly=off,path=/b "),
            "{all}"
        );
    }

    #[test]
    fn forwards_listen_on_the_loopback_address_only() {
        let mut profile = profile("x86_64-qemu");
        if let Emulator::Qemu(qemu) = &mut profile.emulator {
            qemu.network.enable = true;
            qemu.network.forwards = vec![Forward { host: 2222, guest: 22 }];
        }
        assert!(plain(&profile).contains("-netdev user,id=net,hostfwd=tcp:127.0.0.1:2222-:22 "));
    }

    #[test]
    fn a_board_has_a_program_and_no_kernel() {
        let profile = profile("aarch64-qemu");
        let all = |wait_for_gdb| {
            let board = BareMetal {
                profile: &profile,
                qemu: profile.emulator.qemu().expect("it is one of QEMU's"),
                program: Path::new("/demos/a,b"),
                arguments: &["one, two".into()],
                stdout: "stdout",
                wait_for_gdb,
            };
            let line = bare_metal(&CommandLine::of_binary(Path::new("qemu")), &board);
            let words: Vec<_> = line.argv().map(|word| word.to_string_lossy().into_owned()).collect();
            words.join(" ")
        };
        let plain = all(false);
        for wanted in [
            "-kernel /demos/a,b ",
            "-serial chardev:serial",
            "chardev=semihosting,arg=program,arg=one,, two",
            "-accel tcg",
        ] {
            assert!(plain.contains(wanted), "{wanted}: {plain}");
        }
        assert!(!plain.contains("-append") && !plain.contains("-initrd") && !plain.ends_with("-S"));
        assert!(all(true).contains(" -S"), "{}", all(true));
    }

    #[test]
    fn a_snapshots_memory_is_a_file() {
        let profile = profile("x86_64-qemu");
        let made = arguments(&profile, &[], MemoryBacking::Shared(Path::new("/s/ram")), false);
        assert!(
            made.contains("share=on,mem-path=/s/ram") && made.contains("-machine q35,memory-backend=ram"),
            "{made}"
        );
        let restored = arguments(&profile, &[], MemoryBacking::Private(Path::new("/s/ram")), true);
        assert!(
            restored.contains("share=off,mem-path=/s/ram") && restored.contains("-incoming defer"),
            "{restored}"
        );
    }
}
