//! The emulator's command line: `profile show --command`, `profile run --dry-run`.

use std::process::ExitCode;

use crate::cli::Global;
use crate::diag::Result;
use crate::gem5;
use crate::gem5::asked::{self, Asked};
use crate::linux;
use crate::linux::Linux;
use crate::nix::of_profile;
use crate::profile::{Emulator, Profile};
use crate::qemu::plan;
use crate::run::Order;
use crate::run::beginning::Beginning;
use crate::run::request::Cold;
use crate::wanted::Wanted;

/// The command that builds a profile, if it is not built, and no bundle was made by hand in its place.
pub fn unbuilt(global: &Global, profile: &Profile) -> Result<Option<String>> {
    if linux::is_by_hand() {
        return Ok(None);
    }
    let (lowered, attribute) = (of_profile::lowered(profile)?, of_profile::attribute(profile));
    let (_, _, plan) = crate::nix::plan(&lowered, attribute, &super::build::options(global))?;
    match plan.build.is_empty() {
        true => Ok(None),
        false => crate::nix::dry_run(&lowered, attribute).map(Some),
    }
}

/// Prints that of a machine that boots for this reason, for pasting. Builds nothing: what has not been built yet is shown as a plan.
pub fn show(global: &Global, wanted: &Wanted, cold: Cold) -> Result<ExitCode> {
    show_any(global, wanted, Begins::Boots(cold), &asked::NOTHING)
}

/// The same of one that begins with a snapshot, if there is one, or of a simulation of which this is asked.
pub fn show_run(global: &Global, wanted: &Wanted, from: Option<Beginning>, asked: &Asked) -> Result<ExitCode> {
    let begins = from.map_or(Begins::Boots(Cold::Asked), Begins::From);
    show_any(global, wanted, begins, asked)
}

/// How a machine begins.
enum Begins {
    Boots(Cold),
    From(Beginning),
}

fn show_any(global: &Global, wanted: &Wanted, begins: Begins, asked: &Asked) -> Result<ExitCode> {
    if let Some(build) = unbuilt(global, &wanted.base)? {
        return super::print(&format!(
            "{build}\n# the emulator's command line is known when this has been built\n"
        ));
    }
    let built = Linux::build(&wanted.base, &super::build::options(global))?;
    let (cold, from) = match begins {
        Begins::Boots(cold) => (Some(cold), None),
        Begins::From(from) => (None, Some(from)),
    };
    let named = from.as_ref().map(|from| from.named.to_string());
    let order = Order {
        cold,
        from,
        ..wanted.shown(&built)
    };
    let (line, why) = match &wanted.profile.emulator {
        Emulator::Gem5(_) => (
            gem5::course::preview((&order, asked))?,
            "none, gem5 simulates each instruction".into(),
        ),
        Emulator::Qemu(_) => {
            let (line, accelerator) = plan::preview(&order)?;
            (line, accelerator.to_string())
        }
    };
    if global.json {
        let argv: Vec<_> = line.argv().map(|word| word.to_string_lossy().into_owned()).collect();
        let env: serde_json::Map<_, _> = line
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.to_string_lossy().into()))
            .collect();
        return super::print(&format!("{}\n", serde_json::json!({ "env": env, "argv": argv })));
    }
    let waits = match (cold, &wanted.profile.emulator) {
        (Some(Cold::FromReset), Emulator::Qemu(_)) => {
            "# the machine waits for GDB: `target remote gdb.sock`, then `continue`\n".to_owned()
        }
        _ => named.map_or_else(String::new, |named| {
            format!("# the machine waits for the state of the snapshot {named}, which the monitor loads\n")
        }),
    };
    super::print(&format!(
        "# accelerator: {why}\n# the sockets and console.log go to the working directory\n{waits}cd \"$(mktemp -d)\" &&\n{}\n",
        line.to_shell()
    ))
}
