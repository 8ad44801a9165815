//! `lkmc shell`: a shell, or a command, with the cross toolchain, GDB and emulator of a profile in its `PATH`.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use super::Options;
use super::enter::cannot_run;
use super::eval::{Key, instantiate};
use super::plan::{Closure, Node};
use super::realise::realise_all;
use super::roots::{Root, building};
use super::store::Store;
use crate::diag::{Error, Result};

/// Becomes the command (or the user's shell), so it returns only if something went wrong.
pub fn shell(lowered: &Path, command: &[OsString], options: &Options) -> Result<std::convert::Infallible> {
    let store = Store::open()?.until(options.deadline);
    let root = Root::new(&store, &Key::new(&store, lowered, "shell")?.root_name("shell"))?;
    let lock = root.share()?;
    let turn = building(&store)?;
    let drv = instantiate(&store, lowered, "shell", &root.drv_link, options)?;
    let closure = Closure::read(&store, &drv)?;
    // The derivation itself only carries the environment, as it does for `nix develop`.
    let shell = &closure.nodes[&drv];
    let inputs: Vec<PathBuf> = shell.inputs.iter().cloned().collect();
    realise_all(&store, &closure, &inputs, options)?;
    drop(turn);
    let path = environment(shell, "PATH").ok_or_else(|| {
        Error::usage(
            "lkmc::shell::toolbox",
            "this profile's toolbox has no shell of this kind",
        )
        .help("enter it with `nix develop`")
    })?;
    let interactive = [std::env::var_os("SHELL")
        .filter(|shell| !shell.is_empty())
        .unwrap_or_else(|| "/bin/sh".into())];
    let words: &[OsString] = if command.is_empty() { &interactive } else { command };
    let mut process = store.inside(&words[0])?;
    process.args(&words[1..]).env("PATH", joined_path(&path));
    for variable in ["ARCH", "CROSS_COMPILE"] {
        process.env(variable, environment(shell, variable).unwrap_or_default());
    }
    let lock = lock.inherited()?;
    let error = process.exec();
    drop(lock);
    Err(cannot_run(&words[0], &error))
}

fn environment(node: &Node, variable: &str) -> Option<String> {
    let value = node.derivation.environment().get(variable)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// The toolchain first, then the host's own programs.
fn joined_path(toolchain: &str) -> OsString {
    let mut path = OsString::from(toolchain);
    if let Some(host) = std::env::var_os("PATH").filter(|host| !host.is_empty()) {
        path.push(OsStr::new(":"));
        path.push(host);
    }
    path
}
