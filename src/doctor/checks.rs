//! From what was seen to what it means. Nothing here looks at the machine.

use indicatif::HumanBytes;

use super::Finding;
use super::facts::{Directory, Facts, Kvm, Mirror, NixKind};
use crate::debian::Archive;

pub type Check = fn(&Facts) -> Option<Finding>;

/// Name and function of every check. None means that it does not apply.
pub const CHECKS: &[(&str, Check)] = &[
    ("host", host),
    ("memory", memory),
    ("checkout", checkout),
    ("cache", cache),
    ("disk", disk),
    ("nix", nix),
    ("namespaces", namespaces),
    ("private-nix", private_root),
    ("lock", lock),
    ("mirrors", mirrors),
    ("profiles", profiles),
    ("kvm", kvm),
    ("gem5", gem5),
    ("rr", rr),
    ("apt-get", apt),
    ("cargo", cargo),
];

const GIB: u64 = 1 << 30;
/// A parallel kernel build, or a guest or two.
const ENOUGH_MEMORY: u64 = 2 * GIB;
/// What one QEMU profile takes from nothing: downloads, toolbox, unpacked sources, kernel, snapshot.
pub const ONE_PROFILE: u64 = 4 * GIB;
/// The same for all shipped ones.
pub const ALL_PROFILES: u64 = 8 * GIB;
/// Run directories and snapshots of what is built.
const TO_RUN: u64 = GIB;

fn host(facts: &Facts) -> Option<Finding> {
    let text = format!("{} with {} processors", facts.architecture, facts.cores);
    Some(match facts.architecture.as_str() {
        "x86_64" => Finding::ok(text),
        _ => Finding::fail(
            format!("{text}: the debian toolbox has tools for x86_64 hosts only"),
            "use an x86_64 machine",
        ),
    })
}

fn memory(facts: &Facts) -> Option<Finding> {
    let memory = facts.memory?;
    let text = format!(
        "{} of {} available",
        HumanBytes(memory.available),
        HumanBytes(memory.total)
    );
    Some(if memory.available >= ENOUGH_MEMORY {
        Finding::ok(text)
    } else {
        Finding::warn(
            format!("{text}: kernel builds may run out of it"),
            format!(
                "make {} available; a guest needs 256 MiB by default",
                HumanBytes(ENOUGH_MEMORY)
            ),
        )
    })
}

fn checkout(facts: &Facts) -> Option<Finding> {
    Some(match &facts.checkout {
        Err(trouble) => Finding::fail(&trouble.what, &trouble.remedy),
        Ok(Directory {
            path,
            unwritable: Some(why),
            ..
        }) => Finding::fail(
            format!("{} cannot be written: {why}", path.display()),
            "runs are recorded in out/run of the checkout: use a checkout of your own",
        ),
        Ok(directory) => Finding::ok(directory.path.display().to_string()),
    })
}

fn cache(facts: &Facts) -> Option<Finding> {
    const ELSEWHERE: &str = "set LKMC_CACHE to a directory that you can write";
    Some(match &facts.cache {
        Err(trouble) => Finding::fail(&trouble.what, &trouble.remedy),
        Ok(Directory {
            path,
            unwritable: Some(why),
            ..
        }) => Finding::fail(format!("{} cannot be written: {why}", path.display()), ELSEWHERE),
        Ok(directory) => Finding::ok(directory.path.display().to_string()),
    })
}

/// The checkout takes run directories only, which are small; the cache takes everything else.
fn disk(facts: &Facts) -> Option<Finding> {
    let free = facts.cache.as_ref().ok()?.free?;
    let (built, all) = (facts.profiles.built.len(), facts.profiles.all.len());
    let text = format!("{} free for the cache", HumanBytes(free));
    let remedy = "remove old builds with `lkmc gc`, or set LKMC_CACHE to a directory on a larger disk";
    let wanted = match built {
        0 => ONE_PROFILE,
        _ => TO_RUN,
    };
    Some(if free < wanted {
        let purpose = if built == 0 {
            "the first profile needs"
        } else {
            "runs may need"
        };
        let text = format!("{text}: {purpose} about {}", HumanBytes(wanted));
        if built == 0 {
            Finding::fail(text, remedy)
        } else {
            Finding::warn(text, remedy)
        }
    } else if free < ALL_PROFILES && built < all {
        Finding::warn(
            format!(
                "{text}: all shipped profiles together need about {}",
                HumanBytes(ALL_PROFILES)
            ),
            remedy,
        )
    } else {
        Finding::ok(text)
    })
}

fn nix(facts: &Facts) -> Option<Finding> {
    // Without a cache there is no store, and that was said.
    facts.cache.as_ref().ok()?;
    let nix = match &facts.nix {
        Err(trouble) => return Some(Finding::fail(&trouble.what, &trouble.remedy)),
        Ok(nix) => nix,
    };
    let store = nix.store.display();
    Some(match &nix.kind {
        NixKind::Host {
            program,
            version: Some(version),
            sandbox,
        } => match sandbox {
            Ok(()) => Finding::ok(format!(
                "this machine's: {version}, {}; store {store}",
                program.display()
            )),
            Err(trouble) => Finding::fail(&trouble.what, &trouble.remedy),
        },
        NixKind::Host {
            program, version: None, ..
        } => Finding::fail(
            format!("{} does not run", program.display()),
            "fix it, or set LKMC_NIX=private: lkmc then brings its own",
        ),
        NixKind::Private {
            version,
            unpacked,
            unusable,
        } => {
            let state = if *unpacked { "" } else { ", not downloaded yet" };
            let text = format!("lkmc's own {version}{state}; store {store}");
            match unusable {
                None => Finding::ok(text),
                Some(program) => Finding::ok(format!(
                    "{text} ({} is not used: no daemon answers, its store cannot be written, or LKMC_NIX=private is set)",
                    program.display()
                )),
            }
        }
    })
}

fn namespaces(facts: &Facts) -> Option<Finding> {
    let tried = &facts.namespaces;
    let steps = [
        ("cannot be made", &tried.user),
        ("can be made, but nothing can be mounted in them", &tried.mount),
        ("can be made, but not one inside another", &tried.nested),
    ];
    let failed = steps
        .iter()
        .find_map(|(what, error)| error.as_ref().map(|error| format!("user namespaces {what}: {error}")));
    Some(match failed {
        None => Finding::ok("user namespaces can be made, mounted in, and nested"),
        Some(what) => Finding::fail(what, &facts.namespace_remedy),
    })
}

fn private_root(facts: &Facts) -> Option<Finding> {
    Some(match facts.private_root.as_ref()? {
        Ok(()) => Finding::ok("a private directory can be put in the place of /nix"),
        Err(trouble) => {
            let remedy = match trouble.remedy.as_str() {
                "" => {
                    "in a container, start it with `--security-opt systempaths=unconfined` or `--privileged`; \
                       or install Nix on this machine, which lkmc then uses"
                }
                known => known,
            };
            Finding::fail(
                format!("no private directory can be put in the place of /nix: {}", trouble.what),
                remedy,
            )
        }
    })
}

fn lock(facts: &Facts) -> Option<Finding> {
    let lock = match &facts.lock {
        Err(trouble) => return Some(Finding::fail(&trouble.what, &trouble.remedy)),
        Ok(lock) => lock,
    };
    let here = match lock.missing {
        0 => "all in the cache".to_owned(),
        missing => format!("{} not in the cache", HumanBytes(missing)),
    };
    let text = format!(
        "{} files of {}, {}, {here}",
        lock.files,
        lock.suite,
        HumanBytes(lock.bytes)
    );
    Some(match lock.stale.as_slice() {
        [] => Finding::ok(text),
        stale => Finding::warn(stale.join("; "), "write the lock file afresh with `lkmc lock update`"),
    })
}

/// Builds need them only for what is neither in the cache nor built.
fn mirrors(facts: &Facts) -> Option<Finding> {
    let needed = facts.lock.as_ref().is_ok_and(|lock| lock.missing > 0) && facts.profiles.built.is_empty();
    let bad = |what: String, remedy: &str| match needed {
        true => Finding::fail(what, remedy),
        false => Finding::warn(format!("{what}; what is built and downloaded still works"), remedy),
    };
    let mirrors = match &facts.mirrors {
        Err(trouble) => return Some(bad(trouble.what.clone(), &trouble.remedy)),
        Ok(mirrors) => mirrors,
    };
    let of = |archive| mirrors.iter().filter(move |mirror| mirror.archive == archive);
    let silent = [
        (Archive::Debian, "debian"),
        (Archive::DebianSecurity, "debian-security"),
    ]
    .into_iter()
    .find(|(archive, _)| of(*archive).all(|mirror| mirror.error.is_some()));
    Some(match silent {
        None => {
            let answering = mirrors.iter().filter(|mirror| mirror.error.is_none());
            let addresses: Vec<&str> = answering.map(|mirror| mirror.address.as_str()).collect();
            Finding::ok(format!("reached: {}", addresses.join(", ")))
        }
        Some((archive, name)) => bad(
            format!("no mirror of {name} can be reached{}", reasons(of(archive))),
            "check the network and proxy settings, or name a mirror in LKMC_DEBIAN_MIRROR",
        ),
    })
}

fn reasons<'a>(mirrors: impl Iterator<Item = &'a Mirror>) -> String {
    let reasons: Vec<String> = mirrors
        .map(|mirror| format!("{} ({})", mirror.address, mirror.error.as_deref().unwrap_or_default()))
        .collect();
    match reasons.is_empty() {
        true => ": none is configured".to_owned(),
        false => format!(": {}", reasons.join(", ")),
    }
}

fn profiles(facts: &Facts) -> Option<Finding> {
    let profiles = &facts.profiles;
    Some(Finding::ok(match profiles.built.as_slice() {
        [] => "none is built yet; the first run builds a kernel, which takes minutes".to_owned(),
        built => format!("built at least once: {}", built.join(", ")),
    }))
}

fn kvm(facts: &Facts) -> Option<Finding> {
    const WITHOUT: &str = "profiles use binary translation, which is slower and needs no KVM";
    Some(match &facts.kvm {
        Kvm::Usable => Finding::ok("a guest was started with it"),
        Kvm::Untried => Finding::ok("/dev/kvm can be opened; the first run that wants it tries a guest"),
        Kvm::Unusable { why, remedy } => Finding::warn(format!("{why}; {WITHOUT}"), remedy),
    })
}

/// Nothing but gem5 profiles wants one, and one can also be named in a profile.
fn gem5(facts: &Facts) -> Option<Finding> {
    const ONLY: &str = "only profiles on gem5 need one";
    Some(match &facts.gem5 {
        None => Finding::warn(
            format!("LKMC_GEM5 is not set; {ONLY}"),
            "set LKMC_GEM5 to a gem5 that was built for Arm, for example build/ARM/gem5.opt; docs/gem5.md has other ways",
        ),
        Some(Err(trouble)) => Finding::warn(format!("{}; {ONLY}", trouble.what), &trouble.remedy),
        Some(Ok(gem5)) => Finding::ok(format!(
            "{} with the instruction sets {}: {}, from LKMC_GEM5",
            gem5.version,
            gem5.isas.join(", "),
            gem5.program.display()
        )),
    })
}

fn rr(facts: &Facts) -> Option<Finding> {
    Some(match &facts.rr {
        Ok(recorder) => Finding::ok(format!(
            "records programs here with {}, for `lkmc profile run --rr`",
            recorder.counters.name()
        )),
        Err(obstacle) => Finding::warn(
            format!("{}; only `lkmc profile run --rr` needs it", obstacle.why),
            &obstacle.remedy,
        ),
    })
}

fn apt(facts: &Facts) -> Option<Finding> {
    const ONLY: &str = "only `lkmc lock update` needs it; run that on a Debian machine";
    Some(match (facts.apt, facts.keyring) {
        (true, true) => Finding::ok("here, with the archive's keys, for `lkmc lock update`"),
        (true, false) => Finding::warn(
            "the keys of the Debian archive are missing",
            "install debian-archive-keyring",
        ),
        (false, _) => Finding::warn("not here", ONLY),
    })
}

fn cargo(facts: &Facts) -> Option<Finding> {
    const NEEDED: (u32, u32) = (1, 88);
    let remedy = "install Rust 1.88 or newer; without it `./lkmc` runs as long as its sources do not change";
    Some(match &facts.cargo {
        None => Finding::warn("not on PATH, or it does not run", remedy),
        Some(version) if super::programs::number(version).is_some_and(|number| number < NEEDED) => {
            Finding::warn(format!("{version} is too old"), remedy)
        }
        Some(version) => Finding::ok(version),
    })
}

#[cfg(test)]
mod tests;
