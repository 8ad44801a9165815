//! `lkmc __enter`: runs a program out of a Debian root with a private directory on `/nix`, as whoever we are.
//!
//! A mount namespace (and a user namespace unless we are root) gets a new root directory: `/usr` from the root that was
//! unpacked, everything else from the host. It is entered with `pivot_root`, because a process in a `chroot` may not create the
//! user namespaces that Nix's sandbox needs. Our own user id stays mapped, or Nix would take itself for root.
//!
//! Nix is the first process of a PID namespace: when lkmc dies, however, the kernel kills everything below it.
//!
//! With `/` for the root, only `/nix` is new: that is how a user's shell sees the private store.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::thread::UnshareFlags;

use crate::diag::{Error, Exit};
use crate::host::child::die_with_us;
use crate::host::interrupt;
use crate::shell;

/// Directories of the host that the root replaces.
const REPLACED: &[&str] = &["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix"];

/// A line of standard error that begins so is a [`Failure`] for the parent, as JSON.
pub const FAILURE_MARK: &str = "@lkmc-enter ";

/// Why the namespace could not be made.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Failure {
    pub message: String,
    pub cause: String,
    pub help: String,
}

impl Failure {
    pub(super) fn into_error(self) -> Error {
        Error::infrastructure("lkmc::nix::namespace", self.message)
            .cause(self.cause)
            .help(self.help)
    }
}

/// Which tree to enter.
#[derive(Clone, Debug)]
pub struct Request {
    /// An FHS tree with `/usr`, or `/` to keep the host's.
    pub root: PathBuf,
    /// What becomes `/nix`.
    pub nix: PathBuf,
    /// An empty directory to build the new root on.
    pub mount_point: PathBuf,
}

impl Request {
    /// Nix has its own programs and process numbers; a user's shell has neither.
    fn is_for_nix(&self) -> bool {
        self.root != Path::new("/")
    }

    /// The arguments after `lkmc __enter`, before the command.
    pub fn arguments(&self) -> [&OsStr; 3] {
        [
            self.root.as_os_str(),
            self.nix.as_os_str(),
            self.mount_point.as_os_str(),
        ]
    }
}

/// The hidden command: `ROOT NIX MOUNT-POINT PROGRAM ARGS...`. Never returns to the caller's world: its process is changed.
/// What fails is for lkmc to read if it waits for Nix, and else for the user.
pub fn main(args: &[OsString]) -> Result<ExitCode, Error> {
    let [root, nix, mount_point, program, rest @ ..] = args else {
        return Ok(report(&failure(
            "`__enter` is internal to lkmc",
            io::Error::from(io::ErrorKind::InvalidInput),
        )));
    };
    let request = Request {
        root: root.into(),
        nix: nix.into(),
        mount_point: mount_point.into(),
    };
    let entered = enter(&request);
    if !request.is_for_nix() {
        entered.map_err(Failure::into_error)?;
        return Err(cannot_run(program, &Command::new(program).args(rest).exec()));
    }
    Ok(entered
        .and_then(|()| run(program, rest))
        .unwrap_or_else(|failure| report(&failure)))
}

/// A command of the user's that cannot be executed beside the toolbox's programs.
pub(super) fn cannot_run(program: &OsStr, cause: &io::Error) -> Error {
    let message = format!("cannot run {}", program.display());
    let error = Error::new(Exit::NoCommand, "lkmc::shell::cannot_run", message).cause(cause);
    match shell::advice(program) {
        Some(advice) => error.help(advice),
        None => error,
    }
}

fn report(failure: &Failure) -> ExitCode {
    // A struct of strings always serializes.
    eprintln!("{FAILURE_MARK}{}", serde_json::to_string(failure).unwrap_or_default());
    Exit::Infrastructure.into()
}

fn failure(message: impl Into<String>, cause: io::Error) -> Failure {
    Failure {
        message: message.into(),
        cause: cause.to_string(),
        help: String::new(),
    }
}

/// Puts this process into the new namespaces and the new root.
pub fn enter(request: &Request) -> Result<(), Failure> {
    let cwd = std::env::current_dir().ok();
    // Whoever gains rights, as in a user namespace, loses it. The shell that `lkmc nix` was typed in asks for no signal.
    let wish = rustix::process::parent_process_death_signal().unwrap_or_default();
    unshare(request.is_for_nix()).map_err(|cause| Failure {
        help: namespace_help(),
        ..failure("this machine allows no user namespaces", cause)
    })?;
    let kept = rustix::process::set_parent_process_death_signal(wish);
    kept.map_err(|cause| failure("cannot ask for a signal at the parent's death", cause.into()))?;
    let root = &request.mount_point;
    let step = |what: &str, path: &Path, result: io::Result<()>| {
        result.map_err(|cause| failure(format!("cannot {what} {}", path.display()), cause))
    };
    let private = MountPropagationFlags::REC | MountPropagationFlags::PRIVATE;
    step(
        "make private",
        Path::new("/"),
        rustix::mount::mount_change("/", private).map_err(Into::into),
    )?;
    let tmpfs = rustix::mount::mount(
        "tmpfs",
        root,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        c"mode=755",
    );
    step("mount a tmpfs on", root, tmpfs.map_err(Into::into))?;
    step("show the host's directories in", root, bind_host(root))?;
    step("show the programs in", &request.root, bind_tree(&request.root, root))?;
    step("show", &request.nix, bind(&request.nix, &root.join("nix")))?;
    step("enter", root, pivot(root))?;
    if let Some(cwd) = cwd {
        // The working directory may be hidden by the root's /usr; then `/` does.
        let _ = std::env::set_current_dir(cwd);
    }
    Ok(())
}

/// Root needs no user namespace, unless it is the root of a container that lacks the right to mount.
fn unshare(processes: bool) -> io::Result<()> {
    let (uid, gid) = (rustix::process::getuid(), rustix::process::getgid());
    let plain = if processes {
        UnshareFlags::NEWNS | UnshareFlags::NEWPID
    } else {
        UnshareFlags::NEWNS
    };
    // SAFETY: file descriptor tables stay shared (no FILES flag), and `__enter` has one thread.
    let unshare = |flags| unsafe { rustix::thread::unshare_unsafe(flags) };
    if uid.is_root() && unshare(plain).is_ok() {
        return Ok(());
    }
    unshare(plain | UnshareFlags::NEWUSER)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("{0} {0} 1\n", uid.as_raw()))?;
    std::fs::write("/proc/self/gid_map", format!("{0} {0} 1\n", gid.as_raw()))
}

/// Process numbers are the new namespace's, so `/proc` must be too. Only a process inside can mount it.
fn mount_proc() -> io::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    rustix::mount::mount(c"proc", c"/proc", c"proc", flags, None).map_err(Into::into)
}

/// Top-level directories and links of the host, except what the root replaces.
fn bind_host(root: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir("/")? {
        let name = entry?.file_name();
        if REPLACED.iter().all(|replaced| name != *replaced) {
            bind_entry(&Path::new("/").join(&name), &root.join(&name))?;
        }
    }
    Ok(())
}

/// The tree's top level; under `/usr` also what only the host has (`/usr/local`, `/usr/src`), where a checkout may lie.
fn bind_tree(tree: &Path, root: &Path) -> io::Result<()> {
    for name in REPLACED.iter().filter(|name| !matches!(**name, "usr" | "nix")) {
        if tree.join(name).symlink_metadata().is_ok() {
            bind_entry(&tree.join(name), &root.join(name))?;
        }
    }
    let usr = root.join("usr");
    std::fs::create_dir(&usr)?;
    for source in [tree.join("usr"), PathBuf::from("/usr")] {
        for entry in std::fs::read_dir(&source).into_iter().flatten().flatten() {
            let target = usr.join(entry.file_name());
            if target.symlink_metadata().is_err() {
                bind_entry(&entry.path(), &target)?;
            }
        }
    }
    Ok(())
}

fn bind_entry(source: &Path, target: &Path) -> io::Result<()> {
    let kind = source.symlink_metadata()?.file_type();
    if kind.is_symlink() {
        return std::os::unix::fs::symlink(std::fs::read_link(source)?, target);
    }
    if !kind.is_dir() {
        return Ok(());
    }
    match bind(source, target) {
        // Network and FUSE mounts can be closed to us; programs that need them will say so.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => result,
    }
}

fn bind(source: &Path, target: &Path) -> io::Result<()> {
    std::fs::create_dir(target)?;
    rustix::mount::mount_bind_recursive(source, target).map_err(Into::into)
}

fn pivot(root: &Path) -> io::Result<()> {
    std::env::set_current_dir(root)?;
    // The old root is stacked on the new one, and lifted off again.
    rustix::process::pivot_root(".", ".")?;
    rustix::mount::unmount(".", UnmountFlags::DETACH)?;
    std::env::set_current_dir("/")?;
    Ok(())
}

/// Runs the program as the first process of the PID namespace, and ends as it ends.
fn run(program: &OsStr, args: &[OsString]) -> Result<ExitCode, Failure> {
    let mut command = Command::new(program);
    command.args(args);
    let cannot_run = |cause| failure(format!("cannot run {}", program.display()), cause);
    // Signals for the group are the program's business; we wait for it. A handler, unlike SIG_IGN, is not inherited.
    let ignored = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    for signal in interrupt::heeded(interrupt::ENDING) {
        let _ = signal_hook::flag::register(signal, std::sync::Arc::clone(&ignored));
    }
    die_with_us(&mut command);
    // SAFETY: one system call between fork and exec, which neither allocates nor locks.
    unsafe { command.pre_exec(mount_proc) };
    let status = command.spawn().and_then(|mut child| child.wait()).map_err(cannot_run)?;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Ok(ExitCode::from(
        u8::try_from(code).unwrap_or(Exit::Infrastructure.status()),
    ))
}

/// What keeps this machine from making user namespaces, and how to allow them.
pub fn namespace_help() -> String {
    let setting =
        |name: &str| std::fs::read_to_string(Path::new("/proc/sys").join(name)).map(|text| text.trim().to_owned());
    let remedy =
        |name: &str, value: &str| format!("allow them with `sudo sysctl -w {}={value}`", name.replace('/', "."));
    let is = |name: &str, value: &str| setting(name).is_ok_and(|found| found == value);
    if is("kernel/apparmor_restrict_unprivileged_userns", "1") {
        format!(
            "AppArmor forbids them: {}",
            remedy("kernel/apparmor_restrict_unprivileged_userns", "0")
        )
    } else if is("kernel/unprivileged_userns_clone", "0") {
        format!(
            "the kernel is set to forbid them: {}",
            remedy("kernel/unprivileged_userns_clone", "1")
        )
    } else if is("user/max_user_namespaces", "0") {
        format!(
            "their number is limited to none: {}",
            remedy("user/max_user_namespaces", "15000")
        )
    } else {
        "in a container, start it with the rights to make them (`--security-opt seccomp=unconfined`, or `--privileged`)"
            .to_owned()
    }
}
