//! Modules for a kernel of the user's own (`kernel.tree`): built against its directory, by the compiler that built the kernel, and
//! kept in the store under a hash of what came out, because nobody can say what went in. What of a demo needs no kernel is built by
//! Nix, as for any profile.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use object::{Object, ObjectSection, ObjectSymbol};

use crate::decode::object as symbols;
use crate::diag::{Error, Result};
use crate::nix::demos::{BuiltDemo, Compiled, Cost, Failure, Make, Outcome, Request};
use crate::nix::{self, Toolchain, Workplace};
use crate::profile::{Profile, kernel_tree};

use super::kbuild::Sources;
use super::select::configured;
use super::{Demo, kbuild, modules};

/// A kernel that the user has built, with what built it.
pub struct OwnKernel<'a> {
    profile: &'a Profile,
    tree: &'a Path,
    lowered: &'a Path,
    options: &'a nix::Options,
    toolchain: Toolchain,
    compilers: Compilers,
    /// What it took to find the toolchain.
    opening: Duration,
}

/// Where compilers are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compilers {
    /// In the toolbox, and after it on this machine.
    Toolbox,
    Machine,
}

/// Whether there is something to be built against the kernel.
pub fn concerns(demo: &Demo) -> bool {
    kbuild::directory(demo).is_some() || !demo.tree_modules.is_empty()
}

impl<'a> OwnKernel<'a> {
    /// `lowered` is the profile, and `tree` its kernel.
    pub fn open(
        profile: &'a Profile,
        tree: &'a Path,
        lowered: &'a Path,
        options: &'a nix::Options,
    ) -> Result<OwnKernel<'a>> {
        let since = Instant::now();
        let mut kernel = OwnKernel {
            profile,
            tree,
            lowered,
            options,
            toolchain: Toolchain::open(lowered, options)?,
            compilers: Compilers::Toolbox,
            opening: Duration::ZERO,
        };
        kernel.choose_compilers()?;
        kernel.opening = since.elapsed();
        Ok(kernel)
    }

    /// Kbuild only warns of another compiler, and then hands it options that it may not know.
    fn choose_compilers(&mut self) -> Result<()> {
        let config = self.tree.join(kernel_tree::CONFIG);
        let config = fs::read_to_string(&config).map_err(|error| Error::io("cannot read", &config, error))?;
        let wanted = configured(&config, "GCC_VERSION");
        let mut found = Vec::new();
        for compilers in [Compilers::Toolbox, Compilers::Machine] {
            self.compilers = compilers;
            let version = self.version_of_gcc()?;
            // Kernels before 4.20 do not say.
            if wanted == "n" || version.as_deref().and_then(as_configured).as_deref() == Some(wanted) {
                return Ok(());
            }
            found.push(version.map_or("not there".into(), |version| format!("GCC {version}")));
        }
        let built_by = configured(&config, "CC_VERSION_TEXT").trim_matches('"');
        let help = format!(
            "`lkmc shell {} -- make -C {}` builds it with the toolbox's, {}; in this machine's PATH, {} is {}",
            self.profile.name,
            self.tree.display(),
            found[0],
            self.toolchain.tool("gcc"),
            found[1],
        );
        let what = "holds a kernel that was built by another compiler than there is here";
        Err(self.refusal("lkmc::kernel_tree::compiler", what, format!("by {built_by}"), help))
    }

    /// None if there is no such compiler.
    fn version_of_gcc(&self) -> Result<Option<String>> {
        let mut shell = self.command("/bin/sh")?;
        shell
            .args(["-c", "exec \"$0\" -dumpfullversion"])
            .arg(self.toolchain.tool("gcc"));
        let finished = nix::run(shell, self.options, |_| {})?;
        Ok(finished.status.success().then(|| finished.stdout.trim().to_owned()))
    }

    fn command(&self, program: &str) -> Result<Command> {
        let mut command = self.toolchain.command(OsStr::new(program))?;
        if self.compilers == Compilers::Machine {
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        }
        Ok(command)
    }

    /// All that the demo's guest gets. `request` is the demo for Nix.
    pub fn build(&self, demo: &Demo, request: Request) -> Result<Outcome> {
        let since = Instant::now();
        let place = Workplace::open(self.options)?;
        let mut files = Files::new(place.path().join(format!("{}-own-kernel", request.name)))?;
        let parts = [
            self.without_kernel(request, &mut files)?,
            self.own(demo, place.path(), &mut files)?,
        ];
        if let Some(failure) = parts.into_iter().find_map(std::result::Result::err) {
            return Ok(Err(failure));
        }
        for file in &demo.tree_modules {
            self.add(&self.tree.join(file), &files)?;
        }
        let built = place.keep(&files.directory, self.lowered, self.options)?;
        let cost = Cost {
            evaluation: self.opening,
            building: since.elapsed(),
        };
        let warnings = files.warnings;
        Ok(Ok(built.with(Compiled { warnings, cost })))
    }

    /// Its programs and scripts.
    fn without_kernel(&self, demo: Request, files: &mut Files) -> Result<Built> {
        let request = Request {
            kbuild_directory: None,
            modules: Vec::new(),
            kbuild: Vec::new(),
            tree_modules: Vec::new(),
            ..demo
        };
        if request.programs.is_empty() && request.scripts.is_empty() {
            return Ok(Ok(()));
        }
        let outcomes = nix::demos::build_demos(self.lowered, &[request], Make::Guest, self.options)?;
        for outcome in outcomes {
            match outcome {
                Ok(built) => files.take(&built)?,
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Ok(Ok(()))
    }

    /// Its modules.
    fn own(&self, demo: &Demo, place: &Path, files: &mut Files) -> Result<Built> {
        let Some(sources) = Sources::copy(demo, &place.join("src"))? else {
            return Ok(Ok(()));
        };
        let mut said = String::new();
        let note = |line: &str| said += &format!("{line}\n");
        if !sources.make(self.command("make")?, self.tree, self.options, note)? {
            eprintln!("lkmc: what make says of {}:", demo.name);
            said.lines().for_each(|line| eprintln!("  {line}"));
            return Ok(Err(Failure { log: said }));
        }
        files.warnings += &said;
        for module in sources.modules() {
            self.refuse_stale(&module)?;
            self.add(&module, files)?;
        }
        Ok(Ok(()))
    }

    /// After a change of its configuration or version, a directory has headers of another kernel than the one that is booted.
    fn refuse_stale(&self, module: &Path) -> Result<()> {
        let kernel = vermagic(&self.tree.join(kernel_tree::VMLINUX));
        let (Some(module), Some(kernel)) = (modules::vermagic(module), kernel) else {
            return Ok(());
        };
        if module == kernel {
            return Ok(());
        }
        let what = format!(
            "has changed since its vmlinux was linked: modules are now built for `{}`",
            module.trim_end()
        );
        let label = format!("vmlinux is `{}`", kernel.trim_end());
        let help = format!("`make -C {}` builds both of the same", self.tree.display());
        Err(self.refusal("lkmc::kernel_tree::changed", &what, label, help))
    }

    fn refusal(&self, code: &'static str, what: &str, label: String, help: String) -> Error {
        let error = Error::usage(code, format!("{} {what}", self.tree.display())).help(help);
        match self.profile.provenance.get("kernel.tree") {
            Some(written) => error.label(&written.span, label),
            None => error.cause(label),
        }
    }

    /// A module as it is pushed, and with its DWARF.
    fn add(&self, module: &Path, files: &Files) -> Result<()> {
        let name = module.file_name().unwrap_or_default();
        let failed = |error| Error::io("cannot copy", module, error);
        fs::copy(module, files.debug().join(name)).map_err(failed)?;
        let mut strip = self.toolchain.command(OsStr::new(&self.toolchain.tool("strip")))?;
        strip
            .args(["--strip-debug", "-o"])
            .arg(files.guest().join(name))
            .arg(module);
        let mut said = String::new();
        let note = |line: Option<&str>| said += line.unwrap_or_default();
        match nix::run(strip, self.options, note)?.status.success() {
            true => Ok(()),
            false => Err(failed(std::io::Error::other(said))),
        }
    }
}

/// Whether a part of a demo could be built, which has said why if not.
type Built = std::result::Result<(), Failure>;

/// What Nix's builds of demos have, in the making.
struct Files {
    directory: PathBuf,
    warnings: String,
}

impl Files {
    fn new(directory: PathBuf) -> Result<Files> {
        let files = Files {
            directory,
            warnings: String::new(),
        };
        for directory in [files.debug(), files.guest()] {
            fs::create_dir_all(&directory).map_err(|error| Error::io("cannot create", &directory, error))?;
        }
        Ok(files)
    }

    fn debug(&self) -> PathBuf {
        self.directory.join("debug")
    }

    fn guest(&self) -> PathBuf {
        self.directory.join("guest")
    }

    fn take(&mut self, built: &BuiltDemo) -> Result<()> {
        self.warnings += &built.content.warnings;
        for (from, to) in [(built.debug(), self.debug()), (built.guest(), self.guest())] {
            let failed = |error| Error::io("cannot copy", &from, error);
            for entry in fs::read_dir(&from).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                fs::copy(entry.path(), to.join(entry.file_name())).map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// `12.2.0` as it stands in a `.config`.
fn as_configured(version: &str) -> Option<String> {
    let mut parts = version.splitn(3, '.').map(|part| part.parse::<u32>().ok());
    let mut next = || parts.next().flatten();
    Some((next()? * 10000 + next()? * 100 + next()?).to_string())
}

/// What a kernel compares with that of a module; none of one that does not say.
fn vermagic(vmlinux: &Path) -> Option<String> {
    let read = symbols::open(vmlinux, |object| {
        Ok::<_, symbols::Unreadable>(text_of(object, "vermagic"))
    });
    read.ok().flatten()
}

/// The text at a symbol.
fn text_of(object: &object::File, name: &str) -> Option<String> {
    let symbol = object.symbols().find(|symbol| symbol.name() == Ok(name))?;
    let section = object.section_by_index(symbol.section_index()?).ok()?;
    let bytes = section.data_range(symbol.address(), symbol.size()).ok()??;
    let text = bytes.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compilers_version_is_compared_as_kconfig_writes_it() {
        assert_eq!(as_configured("12.2.0").as_deref(), Some("120200"));
        assert_eq!(as_configured("4.9.10").as_deref(), Some("40910"));
        assert_eq!(as_configured("12"), None);
    }
}
