//! Tries what the builds do, in a child process each: settings alone do not tell, because AppArmor, seccomp and containers
//! each forbid other steps.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::mount::{MountFlags, MountPropagationFlags};
use rustix::thread::UnshareFlags;

use crate::nix::enter::{self, Request};

/// What a child process could do.
#[derive(Clone, Debug, Default)]
pub struct Namespaces {
    /// Make a user namespace.
    pub user: Option<String>,
    /// Mount something in it.
    pub mount: Option<String>,
    /// Make another one inside it, as a build inside of Nix's sandbox does.
    pub nested: Option<String>,
}

/// Errors, or none for what works.
pub fn attempt() -> Namespaces {
    let error = |steps: fn(&Maps) -> io::Result<()>| child(steps).err().map(|error| error.to_string());
    Namespaces {
        user: error(user_namespace),
        mount: error(|maps| user_namespace(maps).and_then(|()| mount())),
        nested: error(|maps| user_namespace(maps).and_then(|()| user_namespace(maps))),
    }
}

/// Lines for `uid_map` and `gid_map` that keep our own numbers, formatted before the fork.
struct Maps {
    user: String,
    group: String,
}

/// Runs the steps between fork and exec of a program that does nothing.
fn child(steps: fn(&Maps) -> io::Result<()>) -> io::Result<()> {
    let maps = Maps {
        user: format!("{0} {0} 1\n", rustix::process::getuid().as_raw()),
        group: format!("{0} {0} 1\n", rustix::process::getgid().as_raw()),
    };
    let mut command = nothing();
    // SAFETY: system calls only, which neither allocate nor lock.
    unsafe { command.pre_exec(move || steps(&maps)) };
    command.status().map(drop)
}

/// Our own executable, asked for its version.
fn nothing() -> Command {
    let mut command = Command::new(crate::paths::ourselves());
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn user_namespace(maps: &Maps) -> io::Result<()> {
    let flags = UnshareFlags::NEWUSER | UnshareFlags::NEWNS;
    // SAFETY: file descriptor tables stay shared (no FILES flag), and a forked child has one thread.
    unsafe { rustix::thread::unshare_unsafe(flags) }?;
    write(c"/proc/self/setgroups", "deny")?;
    write(c"/proc/self/uid_map", &maps.user)?;
    write(c"/proc/self/gid_map", &maps.group)
}

fn write(path: &std::ffi::CStr, text: &str) -> io::Result<()> {
    let file = rustix::fs::openat(CWD, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(&file, text.as_bytes())?;
    Ok(())
}

fn mount() -> io::Result<()> {
    let private = MountPropagationFlags::REC | MountPropagationFlags::PRIVATE;
    rustix::mount::mount_change(c"/", private)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    // There is a /dev everywhere, and the program that is executed next does not lie in it.
    rustix::mount::mount(c"tmpfs", c"/dev", c"tmpfs", flags, None)?;
    Ok(())
}

/// Enters a root as the private Nix does, by the same code: the host's own `/usr`, an empty `/nix`, a `/proc` of its own.
pub fn attempt_private_root(cache: &Path) -> Result<(), enter::Failure> {
    let failure = |cause: io::Error| enter::Failure {
        message: "cannot prepare the attempt".into(),
        cause: cause.to_string(),
        help: String::new(),
    };
    let work = tempfile::tempdir_in(cache).map_err(failure)?;
    let directory = |name: &str| -> io::Result<std::path::PathBuf> {
        let path = work.path().join(name);
        std::fs::create_dir_all(&path).map(|()| path)
    };
    let request = Request {
        root: directory("root").map_err(failure)?,
        nix: directory("nix").map_err(failure)?,
        mount_point: directory("mount-point").map_err(failure)?,
    };
    directory("root/usr").map_err(failure)?;
    for name in ["bin", "sbin", "lib", "lib64"] {
        std::os::unix::fs::symlink(format!("usr/{name}"), request.root.join(name)).map_err(failure)?;
    }
    let mut command = Command::new(crate::paths::ourselves());
    command
        .arg("__enter")
        .args(request.arguments())
        .args(["/proc/self/exe", "--version"])
        .stdin(Stdio::null());
    let output = command.output().map_err(failure)?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let marked = text
        .lines()
        .find_map(|line| line.strip_prefix(enter::FAILURE_MARK))
        .and_then(|json| serde_json::from_str::<enter::Failure>(json).ok());
    match marked {
        // Everything was entered; that our own program does not start there is no matter to Nix's.
        Some(failure) if failure.cause.starts_with(&io::Error::from_raw_os_error(2).to_string()) => Ok(()),
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}
