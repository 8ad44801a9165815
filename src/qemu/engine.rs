//! Which accelerator a run uses, and why.

use std::path::Path;

use crate::diag::{Error, Result};
use crate::emulator::kvm::{self, Answer};
use crate::emulator::only_qemu;
use crate::host::terminal;
use crate::profile::{Accelerator, Emulator, Profile};
use crate::run::Order;
use crate::run::accelerator::{Choice, Why};
use crate::units::ByteSize;

use super::probe;

/// The profile's wish, and what is known of KVM.
fn decide(profile: &Profile, kvm: Option<Answer>) -> Result<Choice> {
    Ok(match (only_qemu(profile, "start QEMU")?.accelerator, kvm) {
        (Accelerator::Tcg, _) => Choice::tcg(Why::Asked),
        (_, None) => Choice::kvm(Why::KvmUntried),
        (_, Some(Answer::Works)) => Choice::kvm(Why::KvmWorks),
        (Accelerator::Kvm, Some(Answer::Unusable(why))) => return Err(refused(profile, &why)),
        (_, Some(Answer::Unusable(why))) => Choice::tcg(Why::KvmUnusable(why)),
    })
}

/// What a run would use. Starts nothing.
pub fn foresee(profile: &Profile) -> Result<Choice> {
    decide(profile, kvm::foreseen(profile.arch))
}

/// What a run uses. A guest that is booted to know that is announced, because it takes seconds.
pub(super) fn choose(order: &Order, runs: &Path) -> Result<Choice> {
    if order.trace.is_some() {
        return Ok(Choice::tcg(Why::Traced));
    }
    let foreseen = foresee(order.profile)?;
    if foreseen.why != Why::KvmUntried {
        return Ok(foreseen);
    }
    let announce = || {
        terminal::announce(
            "trying whether KVM works here (once after each boot of this host)",
            false,
        )
    };
    let answer = kvm::usable(order.profile.arch, announce, |deadline| {
        probe::boots_under_kvm(order, runs, deadline)
    });
    decide(order.profile, Some(answer))
}

/// What can be seen without a guest is said before anything is built for one.
pub fn refuse_without_kvm(profile: &Profile) -> Result<()> {
    match profile.emulator {
        Emulator::Qemu(_) => decide(profile, kvm::obstacle(profile.arch).map(Answer::Unusable)).map(drop),
        Emulator::Gem5(_) => Ok(()),
    }
}

/// Refuses more memory than this machine could ever give: QEMU would say so when all has been built.
pub fn refuse_without_memory(profile: &Profile) -> Result<()> {
    let whole = std::fs::read_to_string("/proc/meminfo").map_or(u64::MAX, |text| memory_and_swap(&text));
    match profile.emulator {
        Emulator::Qemu(_) if profile.memory.0 > whole => {
            let (wanted, whole) = (profile.memory, ByteSize(whole >> 20 << 20));
            let message = format!(
                "profile `{}` wants {wanted} of memory, and this machine has {whole}",
                profile.name
            );
            Err(Error::usage("lkmc::emulator::memory", message).help("lower it with `--memory SIZE` or `memory.size`"))
        }
        _ => Ok(()),
    }
}

/// Bytes, from `/proc/meminfo`, whose unit is 1024 of them.
fn memory_and_swap(text: &str) -> u64 {
    let number = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()
    };
    let total = number("MemTotal:").map(|total| total + number("SwapTotal:").unwrap_or(0));
    total.map_or(u64::MAX, |total| total << 10)
}

fn refused(profile: &Profile, why: &str) -> Error {
    let message = format!("profile `{}` wants KVM, which cannot be used: {why}", profile.name);
    let help = match kvm::directory() {
        Some(directory) => format!(
            "run it with `--accelerator tcg`, or use a profile without `accelerator = \"kvm\"`; to try again remove {}",
            directory.display()
        ),
        None => "run it with `--accelerator tcg`, or use a profile without `accelerator = \"kvm\"`".into(),
    };
    Error::usage("lkmc::emulator::no_kvm", message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_memory_than_there_is_is_refused() {
        let text = "MemTotal:       24682000 kB\nMemFree:  1 kB\nSwapTotal:       1000 kB\n";
        assert_eq!(memory_and_swap(text), 24_683_000 << 10);
        assert_eq!(memory_and_swap(""), u64::MAX);
        let mut profile = crate::profile::load("x86_64-qemu").unwrap();
        assert!(refuse_without_memory(&profile).is_ok());
        profile.memory = ByteSize(1 << 60);
        let error = refuse_without_memory(&profile).unwrap_err();
        assert_eq!(error.code(), "lkmc::emulator::memory");
        assert!(error.to_string().contains("wants 1048576TiB of memory"), "{error}");
    }

    #[test]
    fn the_profiles_wish_and_what_kvm_can_do_decide() {
        let mut profile = crate::profile::load("x86_64-qemu").unwrap();
        let mut decided = |wish, kvm| {
            let Emulator::Qemu(qemu) = &mut profile.emulator else {
                unreachable!("the profile is QEMU's");
            };
            qemu.accelerator = wish;
            decide(&profile, kvm)
                .map(|choice| choice.to_string())
                .map_err(|error| error.code())
        };
        let unusable = || Some(Answer::Unusable("no".into()));
        let (works, tcg) = (Some(Answer::Works), Ok("tcg (the profile asks for it)".to_owned()));
        assert_eq!(decided(Accelerator::Tcg, works.clone()), tcg);
        assert_eq!(decided(Accelerator::Tcg, None), tcg);
        for wish in [Accelerator::Auto, Accelerator::Kvm] {
            assert_eq!(decided(wish, works.clone()), Ok("kvm (KVM works here)".into()));
            assert!(decided(wish, None).unwrap().starts_with("kvm (if it works here"));
        }
        let fallen_back = Ok("tcg (KVM cannot be used: no)".to_owned());
        assert_eq!(decided(Accelerator::Auto, unusable()), fallen_back);
        assert_eq!(decided(Accelerator::Kvm, unusable()), Err("lkmc::emulator::no_kvm"));
    }
}
