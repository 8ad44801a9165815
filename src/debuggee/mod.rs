//! A program debugged from inside, with its libc: `lkmc demo debug` of a program.
//!
//! ```text
//! Demo, Profile -> Subject (the program linked for it, Kit) + DebugOptions -> a session on one of three sides -> GDB's status
//! ```
//!
//! Everything is looked at before something starts: whether there is a program, whether it is for this architecture, whether
//! the place exists.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::demo::{self, Demo, Kind};
use crate::diag::{Error, Result};
use crate::gdb::Wishes;
use crate::nix;
use crate::nix::demos::BuiltDemo;
use crate::profile::{Arch, Profile};
use crate::suggest;
use crate::wanted::Wanted;

mod files;
pub mod gdb;
mod guest;
mod host;
pub mod kit;
mod native;
pub mod place;
pub mod tunnel;

pub use self::files::{SessionFiles, short_address};
use self::kit::BuiltKit;

/// Where a program is debugged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// This machine, which must be of the program's architecture
    Native,
    /// QEMU's emulator of one process: any architecture, no kernel
    User,
    /// A guest, under gdbserver
    Guest,
}

/// A program, ready to be debugged.
pub struct Subject<'a> {
    pub demo: &'a Demo,
    pub profile: &'a Profile,
    /// Its file name.
    name: String,
    /// Linked dynamically.
    dynamic: BuiltDemo,
    kit: BuiltKit,
}

/// What is to happen with it.
pub struct DebugOptions {
    pub side: Side,
    /// Where to go first; `main` if none.
    pub place: Option<String>,
    /// For the program.
    pub arguments: Vec<OsString>,
    pub wishes: Wishes,
    pub build: nix::Options,
    /// For the whole session.
    pub timeout: Option<Duration>,
    pub verbose: bool,
    /// End with run.json on one line of standard error, where there is a run.
    pub json: bool,
    /// Print the command lines, and run none of them.
    pub dry_run: bool,
}

impl<'a> Subject<'a> {
    /// Checks and builds. Without a program there is an explanation.
    pub fn build(demo: &'a Demo, profile: &'a Profile, options: &DebugOptions) -> Result<Subject<'a>> {
        let program = demo
            .parts
            .first()
            .filter(|part| part.kind == Kind::Program)
            .ok_or_else(|| no_program(demo))?;
        check_arch(demo, profile, options.side)?;
        if options.side == Side::Guest {
            Wanted::to_talk_to(profile, demo, guest::PURPOSE)?.check()?;
        }
        let name = program
            .path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let kit = BuiltKit::of(profile, &options.build)?;
        let dynamic = demo::build::dynamic(profile, demo, &options.build)?;
        let subject = Subject {
            demo,
            profile,
            name,
            dynamic,
            kit,
        };
        if let Some(place) = &options.place {
            let scope = place::Scope {
                demo,
                program: &subject.program(),
                kit: Some(&subject.kit),
            };
            place::check(&scope, place)?;
        }
        Ok(subject)
    }

    /// The program with its symbols.
    pub fn program(&self) -> PathBuf {
        self.dynamic.debug().join(&self.name)
    }

    /// Linked for a copy that the host executes.
    fn native(&self) -> PathBuf {
        self.dynamic.debug().with_file_name("native").join(&self.name)
    }

    /// How long GDB may take.
    fn limit(&self, options: &DebugOptions) -> Option<Duration> {
        options.wishes.limit(options.timeout, self.profile.limits.command)
    }
}

/// Debugs it to the end of GDB; the status for our caller.
pub fn debug(subject: &Subject, options: &DebugOptions) -> Result<u8> {
    match options.side {
        Side::Native => host::native(subject, options),
        Side::User => host::user(subject, options),
        Side::Guest => guest::guest(subject, options),
    }
}

fn no_program(demo: &Demo) -> Error {
    let (what, help) = match demo.kind {
        Kind::Script => (
            "is a script",
            "the kernel under a script is debugged with `lkmc profile debug NAME -- sh SCRIPT`",
        ),
        Kind::Module | Kind::KbuildDirectory => (
            "is a kernel module",
            "a module is debugged in its kernel: leave out `--in`",
        ),
        Kind::BareMetal => (
            "runs on bare metal",
            "a program on bare metal is debugged on its board: leave out `--in`",
        ),
        Kind::Program => ("has no program", "`lkmc demo show` says what it has"),
    };
    let message = format!("{} {what}: there is no process to debug", demo.name);
    Error::usage("lkmc::debuggee::no_program", message).help(help)
}

fn check_arch(demo: &Demo, profile: &Profile, side: Side) -> Result<()> {
    if !demo.arches.contains(&profile.arch) {
        return Err(other_arch(demo, profile.arch));
    }
    if !kit::ARCHES.contains(&profile.arch) {
        let message = format!(
            "there is no libc with symbols and no gdbserver for {} to debug programs with",
            profile.arch
        );
        return Err(Error::usage("lkmc::debuggee::no_kit", message).help(
            "Debian 12, which the toolbox is made of, does not have this architecture; `lkmc profile debug NAME --user PROGRAM` \
             debugs a program from the kernel's side",
        ));
    }
    if side == Side::Native && profile.arch.as_str() != std::env::consts::ARCH {
        let message = format!("this machine cannot execute programs for {}", profile.arch);
        return Err(Error::usage("lkmc::debuggee::not_native", message)
            .help("use `--in user`, QEMU's emulator of a process, or `--in guest`"));
    }
    // What this machine has is all of `max` that it can give.
    let wanted = demo.machine.cpu_model.as_ref().filter(|model| model.name != "max");
    if let (Side::Native, Some(model)) = (side, wanted) {
        let message = format!("{} needs the processor `{}`, not this machine's", demo.name, model.name);
        return Err(Error::usage("lkmc::debuggee::not_native", message)
            .help("use `--in user`, QEMU's emulator of a process, or `--in guest`"));
    }
    Ok(())
}

/// Says where the demo could be debugged.
pub fn other_arch(demo: &Demo, arch: Arch) -> Error {
    let names: Vec<&str> = demo.arches.iter().map(|arch| arch.as_str()).collect();
    let message = format!("{} is not for {arch}", demo.name);
    let help = format!("it is for {} only: choose a profile with -p", suggest::list(&names));
    Error::usage("lkmc::debuggee::other_arch", message).help(help)
}
