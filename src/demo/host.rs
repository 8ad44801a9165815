//! `--host`: a demo's modules built against the kernel that runs this machine, with the machine's own compiler.
//!
//! Nothing about it is hermetic, and lkmc never inserts what comes out: a mistake in a module takes the whole machine down,
//! and that is what guests are for.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::diag::{Error, Exit, Result};

use super::{Demo, Kind};

const WARNING: &str = "\
lkmc: WARNING: these modules are for the kernel that runs THIS machine. lkmc does not insert them.
lkmc: WARNING: if you do, a mistake in them can freeze the machine, corrupt its disks and expose its memory. Save your work
lkmc: WARNING: first, or better: run the demo in a guest (the same command without --host).";

/// Builds, and gives the paths of the modules. `tree`: the kernel's build tree, if not that of the running kernel.
pub fn build(demo: &Demo, tree: Option<&Path>) -> Result<Vec<PathBuf>> {
    // Of a demo without a module nothing else need be said.
    let (directory, place) = copy(demo)?;
    let tree = match tree {
        Some(tree) => tree.to_owned(),
        None => running_tree()?,
    };
    eprintln!("{WARNING}");
    let mut command = Command::new("make");
    command
        .arg("-C")
        .arg(&tree)
        .arg(format!("M={}", place.display()))
        .arg("modules")
        .stdin(Stdio::null());
    let status = command.status().map_err(|error| {
        Error::infrastructure("lkmc::host::no_make", "make cannot be started on this machine")
            .cause(error)
            .help("--host uses the machine's own make and compiler: apt-get install build-essential")
    })?;
    if !status.success() {
        let message = format!("{} does not build for this machine's kernel", demo.name);
        return Err(Error::new(Exit::Infrastructure, "lkmc::host::build_failed", message)
            .help(format!("the copy that was built is {}", directory.display())));
    }
    let mut modules = Vec::new();
    find_modules(&place, &mut modules);
    modules.sort();
    Ok(modules)
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

/// The sources below `out/host`, where kbuild may leave its objects, and the directory of the Kbuild file among them.
fn copy(demo: &Demo) -> Result<(PathBuf, PathBuf)> {
    let modules = || demo.parts.iter().filter(|part| part.kind == Kind::Module);
    let kbuild = demo.parts.iter().find(|part| part.kind == Kind::KbuildDirectory);
    let Some(own) = modules().next().or(kbuild) else {
        let message = format!("{} has no module to build for the host's kernel", demo.name);
        return Err(Error::usage("lkmc::host::no_module", message).help("--host is for kernel modules"));
    };
    let name = demo.name.replace('/', "-");
    let directory = crate::paths::repository()?
        .join("out/host")
        .join(name.trim_start_matches(['-', '.']));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| Error::io("cannot write", &path, error)
    };
    // Modules that an earlier version of the demo had are none of this one's.
    match std::fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(&directory)(error)),
        _ => {}
    }
    for source in &demo.sources {
        let target = directory.join(source.strip_prefix(&demo.root).unwrap_or(source));
        let parent = target.parent().unwrap_or(&directory);
        std::fs::create_dir_all(parent).map_err(failed(parent))?;
        std::fs::copy(source, &target).map_err(failed(&target))?;
    }
    let relative = own.path.strip_prefix(&demo.root).unwrap_or(&own.path);
    if own.kind == Kind::KbuildDirectory {
        let place = directory.join(relative);
        return Ok((directory, place));
    }
    let place = directory.join(relative.parent().unwrap_or(Path::new("")));
    let mut lines: Vec<String> = modules()
        .filter_map(|part| Some(format!("obj-m += {}.o", part.path.file_stem()?.to_str()?)))
        .collect();
    lines.extend(demo.kbuild.iter().cloned());
    let file = place.join("Kbuild");
    std::fs::write(&file, lines.join("\n") + "\n").map_err(failed(&file))?;
    Ok((directory, place))
}

fn find_modules(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => find_modules(&path, found),
            false if path.extension().is_some_and(|extension| extension == "ko") => found.push(path),
            false => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_an_earlier_build_are_gone() {
        let demo = crate::demo::load("kernel_modules/hello.c").unwrap();
        let (directory, place) = copy(&demo).unwrap();
        let stale = place.join("stale.ko");
        std::fs::write(&stale, "").unwrap();
        assert_eq!(copy(&demo).unwrap(), (directory, place));
        assert!(!stale.exists());
    }
}
