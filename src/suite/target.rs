//! A profile that has been built, for demos to run on.

use std::path::{Path, PathBuf};

use crate::bundle::Bundle;
use crate::cli::Global;
use crate::commands::build;
use crate::demo::Machine;
use crate::diag::{Error, Result};
use crate::emulator;
use crate::nix::RootLock;
use crate::profile::Profile;
use crate::run::Order;

pub struct Target {
    pub profile: Profile,
    /// What Nix reads.
    pub lowered: PathBuf,
    pub bundle: Bundle,
    pub physical: Box<dyn Fn(&Path) -> PathBuf + Send + Sync>,
    /// The kernel's .config.
    pub kernel_config: String,
    _lock: RootLock,
}

impl Target {
    pub fn build(global: &Global, name: &str) -> Result<Target> {
        let profile = crate::profile::load(name)?;
        profile.check_host(std::env::consts::ARCH)?;
        emulator::only_qemu(&profile, "run demos")?;
        crate::run::refuse_without_kvm(&profile)?;
        let built = build::bundle(global, &profile)?;
        let config = built.store.physical(&built.bundle.kernel.config);
        let kernel_config =
            std::fs::read_to_string(&config).map_err(|error| Error::io("cannot read", &config, error))?;
        let store = built.store;
        Ok(Target {
            lowered: build::lowered_of(&profile)?,
            profile,
            bundle: built.bundle,
            physical: Box::new(move |path| store.physical(path)),
            kernel_config,
            _lock: built.root_lock,
        })
    }
    /// A run of one of its demos. `profile` is this one with what the demo's `machine` changes about it.
    pub fn order<'a>(&'a self, profile: &'a Profile, machine: &Machine) -> Order<'a> {
        Order {
            // The state of a device that a demo adds is not always part of a snapshot: QEMU's edu forgets its registers.
            custom_arguments: !machine.qemu_args.is_empty(),
            ..Order::new(profile, &self.bundle, &*self.physical)
        }
    }
}
