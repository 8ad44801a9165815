//! Linux as a profile has it, built: what guests are made of.

use std::path::{Path, PathBuf};

use crate::bundle::Bundle;
use crate::demo::select::{Selection, select};
use crate::demo::{Demo, Machine};
use crate::diag::{Error, Result};
use crate::emulator;
use crate::gem5::course;
use crate::nix::{self, RootLock, of_profile};
use crate::profile::{Emulator, Profile};
use crate::run::request::OnPanic;
use crate::run::{self, Order};

pub struct Linux {
    pub profile: Profile,
    /// What Nix reads.
    pub lowered: PathBuf,
    pub bundle: Bundle,
    pub physical: Box<dyn Fn(&Path) -> PathBuf + Send + Sync>,
    /// The kernel's .config.
    pub kernel_config: String,
    _lock: RootLock,
}

impl Linux {
    /// Builds it, unless what should run it cannot.
    pub fn build(profile: Profile, options: &nix::Options) -> Result<Linux> {
        match &profile.emulator {
            Emulator::Qemu(_) => run::refuse_without_kvm(&profile)?,
            Emulator::Gem5(_) => course::check(&profile, OnPanic::Exit, 0)?,
        }
        let built = of_profile::bundle(&profile, options)?;
        let config = built.store.physical(&built.bundle.kernel.config);
        let kernel_config =
            std::fs::read_to_string(&config).map_err(|error| Error::io("cannot read", &config, error))?;
        let store = built.store;
        Ok(Linux {
            lowered: of_profile::lowered(&profile)?,
            profile,
            bundle: built.bundle,
            physical: Box::new(move |path| store.physical(path)),
            kernel_config,
            _lock: built.root_lock,
        })
    }

    /// Refuses what cannot run one demo in a guest that answers meanwhile; `what` is that good for.
    pub fn check(profile: &Profile, demo: &Demo, what: &str) -> Result<()> {
        profile.check_host(std::env::consts::ARCH)?;
        emulator::only_qemu(profile, what)?;
        demo.refuse_elsewhere(profile)
    }

    /// Builds what can.
    pub fn to_talk_to(profile: Profile, demo: &Demo, what: &str, options: &nix::Options) -> Result<Linux> {
        Linux::check(&profile, demo, what)?;
        let linux = Linux::build(profile, options)?;
        match linux.select(demo) {
            Selection::Runs => Ok(linux),
            Selection::Skipped { reason } => Err(demo.not_here(&linux.profile, &reason)),
        }
    }

    pub fn select(&self, demo: &Demo) -> Selection {
        select(demo, &self.profile, &self.kernel_config)
    }

    /// A run of a demo. `profile` is this one with what the demo's `machine` changes about it.
    pub fn order<'a>(&'a self, profile: &'a Profile, machine: &Machine) -> Order<'a> {
        Order {
            // The state of a device that a demo adds is not always part of a snapshot: QEMU's edu forgets its registers.
            custom_arguments: !machine.qemu_args.is_empty(),
            ..Order::new(profile, &self.bundle, &*self.physical)
        }
    }
}
