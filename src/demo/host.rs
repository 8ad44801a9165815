//! `--host`: a demo's modules built against the kernel that runs this machine, with the machine's own compiler.
//!
//! Nothing about it is hermetic, and lkmc never inserts what comes out: a mistake in a module takes the whole machine down,
//! and that is what guests are for.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::diag::{Error, Exit, Result};
use crate::nix;

use super::Demo;
use super::kbuild::Sources;

const WARNING: &str = "\
lkmc: WARNING: these modules are for the kernel that runs THIS machine. lkmc does not insert them.
lkmc: WARNING: if you do, a mistake in them can freeze the machine, corrupt its disks and expose its memory. Save your work
lkmc: WARNING: first, or better: run the demo in a guest (the same command without --host).";

/// Builds, and gives the paths of the modules. `tree`: the kernel's build tree, if not that of the running kernel.
pub fn build(demo: &Demo, tree: Option<&Path>, options: &nix::Options) -> Result<Vec<PathBuf>> {
    // Of a demo without a module nothing else need be said.
    let (directory, sources) = copy(demo)?;
    let tree = match tree {
        Some(tree) => tree.to_owned(),
        None => running_tree()?,
    };
    eprintln!("{WARNING}");
    let made = sources.make(Command::new("make"), &tree, options, |line| eprintln!("{line}"));
    let built = made.map_err(|error| match error.code() {
        "lkmc::nix::cannot_run" => no_make(&error),
        _ => error,
    })?;
    if !built {
        let message = format!("{} does not build for this machine's kernel", demo.name);
        return Err(Error::new(Exit::Infrastructure, "lkmc::host::build_failed", message)
            .help(format!("the copy that was built is {}", directory.display())));
    }
    Ok(sources.modules())
}

fn no_make(error: &Error) -> Error {
    Error::infrastructure("lkmc::host::no_make", "make cannot be started on this machine")
        .cause(error)
        .help("--host uses the machine's own make and compiler: apt-get install build-essential")
}

/// Where distributions put the headers of the kernel that runs.
fn running_tree() -> Result<PathBuf> {
    let uname = rustix::system::uname();
    let release = uname.release().to_string_lossy().into_owned();
    let tree = PathBuf::from(format!("/lib/modules/{release}/build"));
    if tree.join("Makefile").exists() {
        return Ok(tree);
    }
    let message = format!(
        "there are no headers for the running kernel {release} in {}",
        tree.display()
    );
    Err(Error::infrastructure("lkmc::host::no_headers", message).help(format!(
        "Debian and Ubuntu: apt-get install linux-headers-{release}; or name a build tree: --host=DIR"
    )))
}

/// The sources below `out/host`, where they and what was built stay, and that directory.
fn copy(demo: &Demo) -> Result<(PathBuf, Sources)> {
    let name = demo.name.replace('/', "-");
    let directory = crate::paths::repository()?
        .join("out/host")
        .join(name.trim_start_matches(['-', '.']));
    // Modules that an earlier version of the demo had are none of this one's.
    match std::fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Error::io("cannot write", &directory, error));
        }
        _ => {}
    }
    match Sources::copy(demo, &directory)? {
        Some(sources) => Ok((directory, sources)),
        None => {
            let message = format!("{} has no module to build for the host's kernel", demo.name);
            Err(Error::usage("lkmc::host::no_module", message).help("--host is for kernel modules"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_an_earlier_build_are_gone() {
        let demo = crate::demo::load("kernel_modules/hello.c").unwrap();
        let (directory, sources) = copy(&demo).unwrap();
        let stale = directory.join("kernel_modules/stale.ko");
        std::fs::write(&stale, "").unwrap();
        assert_eq!(sources.modules(), std::slice::from_ref(&stale));
        let (again, sources) = copy(&demo).unwrap();
        assert_eq!((again, sources.modules()), (directory, Vec::new()));
    }
}
