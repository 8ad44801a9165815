//! What a command says to a debugger: where to stop, what to execute.

use crate::cli::{self, EarlyStage};
use crate::diag::{Error, Result};
use crate::gdb::{Place, Step, Then, Wishes};

pub fn place(wanted: &cli::WhereToStop) -> Option<Place> {
    let early = wanted.early.map(|stage| match stage {
        EarlyStage::Kernel => Place::Early,
        EarlyStage::Decompressor => Place::Decompressor,
    });
    let module = |module: &String| Place::ModuleInit {
        module: module.trim_end_matches(".ko").to_owned(),
        then: wanted.location.as_deref().map(|place| Then::new(place, module)),
    };
    early
        .or_else(|| wanted.module_init.as_ref().map(module))
        .or_else(|| wanted.location.as_deref().map(Place::location))
        .or_else(|| wanted.syscall.clone().map(|name| Place::Syscall { name }))
        .or_else(|| wanted.user.clone().map(Place::User))
}

pub fn wishes(wishes: &cli::GdbWishes) -> Result<Wishes> {
    let commands = wishes.execute.iter().cloned().map(|text| Ok(Step::Command { text }));
    let scripts = wishes.scripts.iter().map(|path| match std::path::absolute(path) {
        Ok(path) if path.is_file() => Ok(Step::Script { path }),
        _ => Err(Error::usage(
            "lkmc::gdb::script",
            format!("there is no script {}", path.display()),
        )),
    });
    Ok(Wishes {
        batch: wishes.batch,
        steps: commands.chain(scripts).collect::<Result<_>>()?,
    })
}

/// What the kernel's own debuggers cannot do.
pub fn check_for_kernel(place: Option<&Place>, boot: bool, kdb: bool) -> Result<()> {
    let refused = |what: &str| {
        Err(Error::usage("lkmc::kgdb::place", what).help("the emulator's stub can: leave --kgdb or --kdb out"))
    };
    match place {
        _ if boot => refused("the kernel's debugger is not there before the kernel is"),
        Some(_) if kdb => refused("KDB has no place to go to first: give it a breakpoint, `--ex 'bp FUNCTION'`"),
        Some(place) if place.is_early() => refused("the kernel's debugger is not there before the kernel is"),
        // The register that tells one from the other is none that KGDB shows.
        Some(Place::User(_)) => refused("KGDB cannot tell one process's addresses from another's"),
        _ => Ok(()),
    }
}
