//! Verdicts on machines that we made up.

use super::*;
use crate::doctor::facts::{Gem5, LockState, Memory, Nix, Profiles, Trouble};
use crate::doctor::namespaces::Namespaces;
use crate::doctor::{Verdict, examine, runs_possible};
use crate::rr;

/// A machine on which everything is as it should be, and nothing is built.
fn good() -> Facts {
    let directory = |path: &str| Directory {
        path: path.into(),
        unwritable: None,
        free: Some(100 * GIB),
    };
    let mirror = |archive, address: &str| Mirror {
        archive,
        address: address.into(),
        error: None,
    };
    Facts {
        architecture: "x86_64".into(),
        cores: 2,
        memory: Some(Memory {
            total: 8 * GIB,
            available: 6 * GIB,
        }),
        checkout: Ok(directory("/checkout")),
        cache: Ok(directory("/cache")),
        nix: Ok(Nix {
            store: "/cache/store/nix/store".into(),
            kind: NixKind::Private {
                version: "2.8.0".into(),
                unpacked: false,
                unusable: None,
            },
        }),
        namespaces: Namespaces::default(),
        namespace_remedy: "allow them".into(),
        private_root: Some(Ok(())),
        kvm: Kvm::Untried,
        lock: Ok(LockState {
            suite: "bookworm".into(),
            files: 3,
            bytes: GIB,
            missing: GIB,
            stale: Vec::new(),
        }),
        mirrors: Ok(vec![
            mirror(Archive::Debian, "http://one.example/debian"),
            mirror(Archive::DebianSecurity, "http://one.example/debian-security"),
        ]),
        profiles: Profiles {
            all: vec!["a".into(), "b".into()],
            built: Vec::new(),
        },
        gem5: Some(Ok(Gem5 {
            program: "/gem5/build/ARM/gem5.opt".into(),
            version: "24.0.0.1".into(),
            isas: vec!["ARM".into()],
        })),
        rr: Ok(rr::Recorder {
            program: "/usr/bin/rr".into(),
            counters: rr::Counters::Hardware,
        }),
        apt: true,
        keyring: true,
        cargo: Some("cargo 1.90.0".into()),
    }
}

fn built() -> Facts {
    let mut facts = good();
    facts.profiles.built.push("a".into());
    facts
}

fn verdict(facts: &Facts, check: &str) -> Verdict {
    let lines = examine(facts);
    let line = lines
        .iter()
        .find(|line| line.check == check)
        .expect("the check applies");
    assert_eq!(
        line.finding.verdict == Verdict::Ok,
        line.finding.remedy.is_none(),
        "what is not ok has a remedy: {line:?}"
    );
    line.finding.verdict
}

#[test]
fn a_good_machine_has_no_complaints() {
    let lines = examine(&good());
    assert_eq!(lines.len(), CHECKS.len());
    assert!(
        lines.iter().all(|line| line.finding.verdict == Verdict::Ok),
        "{lines:?}"
    );
    assert!(runs_possible(&lines));
}

#[test]
fn each_step_of_a_namespace_counts() {
    for step in 0..3 {
        let mut facts = good();
        let tried = &mut facts.namespaces;
        *[&mut tried.user, &mut tried.mount, &mut tried.nested][step] = Some("Operation not permitted".into());
        assert_eq!(verdict(&facts, "namespaces"), Verdict::Fail);
        assert!(!runs_possible(&examine(&facts)));
    }
}

#[test]
fn without_gem5_all_else_works() {
    let mut facts = good();
    let old = Trouble {
        what: "/gem5 is gem5 23.0.0.0".into(),
        remedy: "build a newer one".into(),
    };
    for gem5 in [None, Some(Err(old))] {
        facts.gem5 = gem5;
        assert_eq!(verdict(&facts, "gem5"), Verdict::Warn);
        assert!(runs_possible(&examine(&facts)));
    }
}

#[test]
fn a_host_with_nix_needs_no_private_one() {
    let mut facts = good();
    facts.private_root = None;
    let host = |version: Option<&str>, sandbox| {
        Ok(Nix {
            store: "/nix/store".into(),
            kind: NixKind::Host {
                program: "/usr/bin/nix-store".into(),
                version: version.map(str::to_owned),
                sandbox,
            },
        })
    };
    let version = "nix-store (Nix) 2.18.1";
    facts.nix = host(Some(version), Ok(()));
    assert_eq!(verdict(&facts, "nix"), Verdict::Ok);
    assert!(!examine(&facts).iter().any(|line| line.check == "private-nix"));
    facts.nix = host(None, Ok(()));
    assert_eq!(verdict(&facts, "nix"), Verdict::Fail);
    let none = Trouble {
        what: "it builds without a sandbox".into(),
        remedy: "turn it on".into(),
    };
    facts.nix = host(Some(version), Err(none));
    assert_eq!(verdict(&facts, "nix"), Verdict::Fail);
}

#[test]
fn the_network_matters_until_something_is_built() {
    let cut = |mut facts: Facts| {
        let mirrors = facts.mirrors.as_mut().expect("good facts have mirrors");
        mirrors[0].error = Some("timeout".into());
        verdict(&facts, "mirrors")
    };
    assert_eq!(cut(good()), Verdict::Fail);
    assert_eq!(cut(built()), Verdict::Warn);
    let mut downloaded = good();
    downloaded.lock.as_mut().expect("good facts have a lock").missing = 0;
    assert_eq!(cut(downloaded), Verdict::Warn);
    let mut unknown = good();
    unknown.mirrors = Err(Trouble {
        what: "no mirror is known".into(),
        remedy: "name one".into(),
    });
    assert_eq!(verdict(&unknown, "mirrors"), Verdict::Fail);
}

#[test]
fn one_mirror_of_each_archive_is_enough() {
    let mut facts = good();
    let mirrors = facts.mirrors.as_mut().expect("good facts have mirrors");
    let mut dead = mirrors[1].clone();
    dead.error = Some("404".into());
    mirrors.push(dead);
    assert_eq!(verdict(&facts, "mirrors"), Verdict::Ok);
}

#[test]
fn a_small_disk_stops_a_first_build_only() {
    let with = |mut facts: Facts, free: u64| {
        facts.cache.as_mut().expect("good facts have a cache").free = Some(free);
        verdict(&facts, "disk")
    };
    assert_eq!(with(good(), ONE_PROFILE - 1), Verdict::Fail);
    assert_eq!(with(good(), ALL_PROFILES - 1), Verdict::Warn);
    assert_eq!(with(good(), ALL_PROFILES), Verdict::Ok);
    assert_eq!(with(built(), TO_RUN - 1), Verdict::Warn);
}

#[test]
fn what_is_only_slower_is_no_failure() {
    let mut facts = good();
    facts.kvm = Kvm::Unusable {
        why: "there is no /dev/kvm".into(),
        remedy: "get one".into(),
    };
    facts.apt = false;
    facts.cargo = Some("cargo 1.70.0".into());
    facts
        .lock
        .as_mut()
        .expect("good facts have a lock")
        .stale
        .push("root x".into());
    facts.memory = Some(Memory {
        total: GIB,
        available: GIB,
    });
    for check in ["kvm", "apt-get", "cargo", "lock", "memory"] {
        assert_eq!(verdict(&facts, check), Verdict::Warn, "{check}");
    }
    assert!(runs_possible(&examine(&facts)));
}

#[test]
fn directories_must_be_writable_and_the_host_known() {
    let mut facts = good();
    facts.cache = Err(Trouble {
        what: "read-only".into(),
        remedy: "set LKMC_CACHE".into(),
    });
    facts.checkout.as_mut().expect("good facts have a checkout").unwritable = Some("read-only".into());
    facts.architecture = "riscv64".into();
    for check in ["cache", "checkout", "host"] {
        assert_eq!(verdict(&facts, check), Verdict::Fail, "{check}");
    }
}
