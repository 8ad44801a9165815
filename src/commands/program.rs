//! What is simulated without a kernel: an ELF file, or what is built of a demo.

use std::path::{Path, PathBuf};

use object::{Object, ObjectSegment};

use super::build::options;
use crate::cli::Global;
use crate::demo::{self, Demo, Kind, language};
use crate::diag::{Error, Result};
use crate::emulator::gem5::MEMORY;
use crate::nix::demos::BuiltDemo;
use crate::profile::Profile;
use crate::units::ByteSize;

pub struct Program {
    pub path: PathBuf,
    /// It is not collected meanwhile.
    _built: Option<BuiltDemo>,
}

impl Program {
    /// `word` is the first one of the command. `bare_metal`: on the profile's board, and not with gem5 in the kernel's place.
    pub fn find(global: &Global, profile: &Profile, bare_metal: bool, word: &str) -> Result<Program> {
        let program = match demo_of(word)? {
            Some(demo) => Program::of_demo(global, profile, bare_metal, &demo)?,
            None => Program {
                path: word.into(),
                _built: None,
            },
        };
        check(profile, bare_metal, &program.path)?;
        Ok(program)
    }

    fn of_demo(global: &Global, profile: &Profile, bare_metal: bool, demo: &Demo) -> Result<Program> {
        let (wanted, help) = match bare_metal {
            true => (
                Kind::BareMetal,
                "leave `--bare-metal` out for a program that makes system calls",
            ),
            false => (
                Kind::Program,
                "`--bare-metal` runs a demo on bare metal; `lkmc demo run` runs any demo",
            ),
        };
        if demo.kind != wanted {
            let message = format!("gem5 cannot run {}: it is another kind of demo", demo.name);
            return Err(Error::usage("lkmc::gem5::program", message).help(help));
        }
        demo.refuse_elsewhere(profile)?;
        let built = demo::build::build_one(profile, demo, &options(global))?;
        Ok(Program {
            // With its symbols, for GDB and for traces.
            path: built.debug().join(demo.path.file_stem().unwrap_or_default()),
            _built: Some(built),
        })
    }
}

/// The demo that a source is.
pub fn demo_of(word: &str) -> Result<Option<Demo>> {
    match language::is_compiled(word) {
        true => demo::load(word).map(Some),
        false => Ok(None),
    }
}

/// gem5 loads an ELF file of its own instruction set, and has no dynamic linker.
fn check(profile: &Profile, bare_metal: bool, program: &Path) -> Result<()> {
    let refuse = |why: String| {
        let message = format!("gem5 cannot run {}: {why}", program.display());
        Err(Error::usage("lkmc::gem5::program", message)
            .help(format!("it takes a statically linked program for {}", profile.arch)))
    };
    let bytes = match std::fs::read(program) {
        Ok(bytes) => bytes,
        Err(error) => return refuse(error.to_string()),
    };
    let file = match object::File::parse(&*bytes) {
        Ok(file) => file,
        Err(_) => return refuse("it is no ELF file".into()),
    };
    let wanted = profile.arch.facts().object;
    match (file.architecture(), file.section_by_name(".interp")) {
        (found, _) if found != wanted => refuse(format!("it is for {found:?}")),
        (_, Some(_)) => refuse("it is dynamically linked".into()),
        _ if bare_metal => match misplaced(&file, profile.memory) {
            Some(why) => refuse(why),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Why a program cannot lie where it was linked to, on a board with so much memory.
fn misplaced(file: &object::File, size: ByteSize) -> Option<String> {
    let memory = MEMORY..=MEMORY + size.0;
    let outside = |segment: &object::Segment| {
        let (begin, end) = (segment.address(), segment.address() + segment.size());
        !memory.contains(&begin) || !memory.contains(&end)
    };
    let segment = file.segments().find(outside)?;
    Some(format!(
        "it wants {:#x} to {:#x}, and the board's memory is {:#x} to {:#x} (gcc -Wl,-Ttext-segment={MEMORY:#x})",
        segment.address(),
        segment.address() + segment.size(),
        memory.start(),
        memory.end(),
    ))
}
