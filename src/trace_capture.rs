//! A trace that is to be made: what a run is to record of the code that it executes, on either emulator. It is asked for, refused or
//! built here; [`crate::gem5::trace_capture`] is gem5's part, [`crate::run::machine::trace_capture`] QEMU's. [`crate::trace`] reads it.

use clap::Args;

use crate::diag::{Error, Result};
use crate::emulator::{Trace, qemu};
use crate::gem5;
use crate::nix::{self, Options, RootLock, of_profile};
use crate::profile::{Accelerator, Emulator, Profile, Qemu};
use crate::suggest;
use crate::units::{ByteSize, Ticks, from_argument};

/// What a trace takes at most unless it is said: of gem5's Exec, some thirty million instructions; of QEMU's, more than a boot.
const LIMIT: ByteSize = ByteSize(256 << 20);
/// All that QEMU records. gem5 calls it so too.
const EXEC: &str = "Exec";

/// What is to be recorded while a command runs. What becomes of it is `lkmc trace`'s.
#[derive(Clone, Debug, Default, Args)]
pub struct Wishes {
    /// Record what is executed: Exec. On gem5 any of its debug flags: Exec, Cache, O3PipeView, or what `gem5.opt --debug-help`
    /// lists; a dash before a name leaves it out of a group
    #[arg(
        long = "trace",
        value_name = "FLAGS",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub flags: Vec<String>,
    /// Record from the first instruction of the boot on, and not from the command's start (QEMU)
    #[arg(long = "trace-boot")]
    pub boot: bool,
    /// End the trace, not the run, when its compressed file is this large
    #[arg(long = "trace-limit", value_name = "SIZE", value_parser = from_argument::<ByteSize>)]
    pub limit: Option<ByteSize>,
    /// Begin this long after the command's start, in simulated time: 100us (gem5)
    #[arg(long = "trace-after", value_name = "TIME", value_parser = from_argument::<Ticks>)]
    pub after: Option<Ticks>,
    /// End after so much simulated time (gem5)
    #[arg(long = "trace-for", value_name = "TIME", value_parser = from_argument::<Ticks>)]
    pub long: Option<Ticks>,
}

impl Wishes {
    /// What says how to trace, of which there is none without flags.
    fn without_flags(&self) -> Option<&'static str> {
        let options = [
            ("--trace-boot", self.boot),
            ("--trace-limit", self.limit.is_some()),
            ("--trace-after", self.after.is_some()),
            ("--trace-for", self.long.is_some()),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}

/// What the command line asks for, else the profile. What cannot be is refused before anything is built for it.
pub fn wanted(profile: &Profile, wishes: &Wishes) -> Result<Option<Trace>> {
    let flags = match (&profile.emulator, wishes.flags.is_empty()) {
        (Emulator::Gem5(machine), true) => &machine.trace,
        _ => &wishes.flags,
    };
    if let (true, Some(option)) = (flags.is_empty(), wishes.without_flags()) {
        let message = format!("`{option}` says how to trace, and nothing says what");
        return Err(Error::usage("lkmc::trace::no_flags", message).help("`--trace Exec` records what is executed"));
    }
    if flags.iter().any(|flag| flag.trim().is_empty()) {
        return Err(Error::usage("lkmc::trace::flag", "a flag of `--trace` is empty").help("`--trace Exec`"));
    }
    match &profile.emulator {
        Emulator::Gem5(_) if wishes.boot => Err(Error::usage(
            "lkmc::trace::boot",
            "`--trace-boot` is QEMU's: on gem5 a trace is of the command, whose guest a checkpoint has booted",
        )
        .help("on a QEMU profile of the same architecture it records the boot")),
        Emulator::Gem5(_) => {
            let limit = wishes.limit.unwrap_or(LIMIT);
            let trace = gem5::trace_capture::wanted(profile, flags, limit, (wishes.after, wishes.long))?;
            Ok(trace.map(Trace::Gem5))
        }
        Emulator::Qemu(_) if flags.is_empty() => Ok(None),
        Emulator::Qemu(machine) => {
            check_on_qemu(profile, machine, wishes)?;
            Ok(Some(Trace::Qemu(qemu::Trace {
                plugin: None,
                limit: wishes.limit.unwrap_or(LIMIT),
                boot: wishes.boot,
            })))
        }
    }
}

fn check_on_qemu(profile: &Profile, machine: &Qemu, wishes: &Wishes) -> Result<()> {
    if machine.accelerator == Accelerator::Kvm {
        let message = format!(
            "profile `{}` runs on KVM, where nobody sees what is executed",
            profile.name
        );
        return Err(Error::usage("lkmc::trace::kvm", message)
            .help("`--accelerator tcg` has QEMU translate the code, and the translator can record it"));
    }
    if profile.kernel.kaslr {
        let message = format!(
            "the kernel of profile `{}` is somewhere else each time, where no name of vmlinux is right",
            profile.name
        );
        return Err(Error::usage("lkmc::trace::kaslr", message).help("`--set kernel.kaslr=false`"));
    }
    if wishes.after.is_some() || wishes.long.is_some() {
        let message = "`--trace-after` and `--trace-for` are simulated time, which QEMU has not";
        return Err(Error::usage("lkmc::trace::time", message).help(
            "`--trace-limit SIZE` ends a trace early; `lkmc trace exec --from N --to N` shows a part, in instructions",
        ));
    }
    match wishes.flags.iter().find(|flag| !flag.eq_ignore_ascii_case(EXEC)) {
        None => Ok(()),
        Some(flag) => {
            let message = format!("QEMU has no trace `{flag}`, only `{EXEC}`: what was executed, in order");
            let help = suggest::did_you_mean(flag, &[EXEC]).unwrap_or_else(|| {
                "caches and pipelines are what gem5 simulates: take a gem5 profile, for example aarch64-gem5-hpi".into()
            });
            Err(Error::usage("lkmc::trace::flag", message).help(help))
        }
    }
}

/// Builds what has to be built to record that. The lock keeps it from being collected.
pub fn build(trace: Option<Trace>, profile: &Profile, options: &Options) -> Result<(Option<Trace>, Option<RootLock>)> {
    let Some(Trace::Qemu(trace)) = trace else {
        return Ok((trace, None));
    };
    let built = nix::build_attr(&of_profile::lowered(profile)?, "qemuTrace", options)?;
    let trace = qemu::Trace {
        plugin: Some(built.path().join("trace.so")),
        ..trace
    };
    Ok((Some(Trace::Qemu(trace)), Some(built.lock)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    fn wishes(flags: &[&str]) -> Wishes {
        Wishes {
            flags: flags.iter().map(|flag| flag.to_string()).collect(),
            ..Wishes::default()
        }
    }

    fn code(name: &str, wishes: &Wishes) -> Option<&'static str> {
        let profile = profile::load(name).expect("it is shipped");
        wanted(&profile, wishes).err().map(|error| error.code())
    }

    #[test]
    fn qemu_records_what_is_executed_and_nothing_else() {
        assert_eq!(code("x86_64-qemu", &wishes(&[])), None);
        assert_eq!(code("x86_64-qemu", &wishes(&["Exec"])), None);
        assert_eq!(code("arm-qemu", &wishes(&["exec"])), None);
        assert_eq!(
            code("x86_64-qemu", &wishes(&["Exec", "Cache"])),
            Some("lkmc::trace::flag")
        );
        assert_eq!(code("x86_64-qemu-kvm", &wishes(&["Exec"])), Some("lkmc::trace::kvm"));
        let long = Some(Ticks(1));
        let timed = Wishes {
            long,
            ..wishes(&["Exec"])
        };
        assert_eq!(code("aarch64-qemu", &timed), Some("lkmc::trace::time"));
    }

    #[test]
    fn a_checkpoint_has_booted_already() {
        let boot = Wishes {
            boot: true,
            ..wishes(&["Exec"])
        };
        assert_eq!(code("aarch64-gem5-hpi", &boot), Some("lkmc::trace::boot"));
        assert_eq!(code("aarch64-qemu", &boot), None);
    }
}
