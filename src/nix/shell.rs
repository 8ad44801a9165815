//! A profile's cross toolchain, GDB and emulator, in the `PATH` of `lkmc shell` and of compilers that lkmc itself runs outside of
//! Nix's sandbox.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::Options;
use super::enter::cannot_run;
use super::eval::{Key, Known, instantiate};
use super::plan::{Closure, Node};
use super::realise::realise_all;
use super::roots::{Root, RootLock, building};
use super::store::Store;
use crate::diag::{Error, Result};
use crate::kept;

/// Programs in the store, which are not collected while this lives.
pub struct Toolchain {
    store: Store,
    environment: Environment,
    lock: RootLock,
}

/// What the toolchain's derivation carries.
#[derive(Serialize, Deserialize)]
struct Environment {
    drv: PathBuf,
    path: String,
    /// As Kbuild has them.
    arch: String,
    cross_compile: String,
}

impl Toolchain {
    /// Fetches and builds what is missing. When nothing changed, no process is started.
    pub fn open(lowered: &Path, options: &Options) -> Result<Toolchain> {
        let store = Store::open()?.until(options.deadline);
        let key = Key::new(&store, lowered, "shell")?;
        let root = Root::new(&store, &key.root_name("shell"))?;
        let lock = root.share()?;
        let memory = Known::path(&store, &key);
        let known = kept::recall(&memory).filter(|known: &Environment| known.holds(&store, &root));
        let environment = match known {
            Some(environment) => environment,
            None => {
                let environment = Environment::make(&store, lowered, &root, options)?;
                kept::remember(&memory, &environment).map_err(|error| Error::io("cannot write", &memory, error))?;
                environment
            }
        };
        Ok(Toolchain {
            store,
            environment,
            lock,
        })
    }

    /// A program, with the toolchain before this machine's own programs.
    pub fn command(&self, program: &OsStr) -> Result<Command> {
        let mut command = self.store.inside(program)?;
        command
            .env("PATH", joined_path(&self.environment.path))
            .env("ARCH", &self.environment.arch)
            .env("CROSS_COMPILE", &self.environment.cross_compile);
        Ok(command)
    }

    /// One of the compiler's programs by its name.
    pub fn tool(&self, name: &str) -> String {
        format!("{}{name}", self.environment.cross_compile)
    }
}

impl Environment {
    fn make(store: &Store, lowered: &Path, root: &Root, options: &Options) -> Result<Environment> {
        let _building = building(store)?;
        let drv = instantiate(store, lowered, "shell", &root.drv_link, options)?;
        let closure = Closure::read(store, &drv)?;
        // The derivation itself only carries the environment, as it does for `nix develop`.
        let shell = &closure.nodes[&drv];
        let inputs: Vec<PathBuf> = shell.inputs.iter().cloned().collect();
        realise_all(store, &closure, &inputs, options)?;
        let path = variable(shell, "PATH").ok_or_else(|| {
            Error::usage(
                "lkmc::shell::toolbox",
                "this profile's toolbox has no shell of this kind",
            )
            .help("enter it with `nix develop`")
        })?;
        Ok(Environment {
            path,
            arch: variable(shell, "ARCH").unwrap_or_default(),
            cross_compile: variable(shell, "CROSS_COMPILE").unwrap_or_default(),
            drv,
        })
    }

    /// The root still points at the derivation, and what that needs is there.
    fn holds(&self, store: &Store, root: &Root) -> bool {
        let mut directories = std::env::split_paths(&self.path);
        std::fs::read_link(&root.drv_link).is_ok_and(|drv| drv == self.drv)
            && directories.all(|directory| store.physical(&directory).exists())
    }
}

/// Becomes the command (or the user's shell), so it returns only if something went wrong.
pub fn shell(lowered: &Path, command: &[OsString], options: &Options) -> Result<std::convert::Infallible> {
    let toolchain = Toolchain::open(lowered, options)?;
    let interactive = [std::env::var_os("SHELL")
        .filter(|shell| !shell.is_empty())
        .unwrap_or_else(|| "/bin/sh".into())];
    let words: &[OsString] = if command.is_empty() { &interactive } else { command };
    let mut process = toolchain.command(&words[0])?;
    process.args(&words[1..]);
    let lock = toolchain.lock.inherited()?;
    let error = process.exec();
    drop(lock);
    Err(cannot_run(&words[0], &error))
}

fn variable(node: &Node, name: &str) -> Option<String> {
    let value = node.derivation.environment().get(name)?;
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
