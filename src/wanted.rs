//! A guest that somebody asks for, on its way to an order. What the emulator or this machine cannot do is refused before anything
//! is built for it.
//!
//! ```text
//! Profile, what a command line or a demo changes about it -> Wanted -> Ready; Ready, Linux -> Order
//! ```

use crate::demo::{Demo, Machine};
use crate::diag::Result;
use crate::emulator::{self, Disk};
use crate::gem5::course;
use crate::linux::Linux;
use crate::profile::{self, Emulator, MachineOverrides, Profile};
use crate::qemu::{engine, ports};
use crate::run::Order;
use crate::run::request::OnPanic;

/// A guest as it is asked for.
pub struct Wanted {
    /// What is built: other options than settings change the machine alone.
    pub base: Profile,
    /// What is run.
    pub profile: Profile,
    pub disks: Vec<Disk>,
    pub on_panic: OnPanic,
    /// QEMU gets arguments of which the profile that is built knows nothing.
    pub custom_arguments: bool,
}

/// One that can be started here, with ports of this machine that lead into it.
pub struct Ready(Wanted);

impl Wanted {
    /// By a command line.
    pub fn load(name: &str, overrides: &MachineOverrides) -> Result<Wanted> {
        Wanted::of(profile::load_with(name, &overrides.settings)?, overrides)
    }

    /// By a demo, or by one of its runs, on this profile.
    pub fn of_demo(base: &Profile, machine: &Machine) -> Result<Wanted> {
        Wanted::of(base.clone(), &machine.overrides(base))
    }

    /// By a demo, for a guest that answers while it runs. `purpose` is what that is good for.
    pub fn to_talk_to(base: &Profile, demo: &Demo, purpose: &str) -> Result<Wanted> {
        emulator::only_qemu(base, purpose)?;
        demo.refuse_elsewhere(base)?;
        Wanted::of_demo(base, &demo.machine)
    }

    /// With what is changed about this profile.
    pub fn of(base: Profile, overrides: &MachineOverrides) -> Result<Wanted> {
        let unchanged = Wanted {
            profile: base.clone(),
            base,
            disks: Vec::new(),
            on_panic: OnPanic::Exit,
            custom_arguments: false,
        };
        unchanged.with(overrides)
    }

    /// With this changed about it, too.
    pub fn with(mut self, overrides: &MachineOverrides) -> Result<Wanted> {
        self.profile = profile::apply_overrides(self.profile, overrides)?;
        for path in &overrides.disk {
            self.disks.push(Disk::open(path)?);
        }
        self.custom_arguments |= !overrides.qemu_arg.is_empty();
        Ok(self)
    }

    /// Refuses what the emulator cannot do, which a dry run says too.
    pub fn check(&self) -> Result<()> {
        self.profile.check_host(std::env::consts::ARCH)?;
        match self.profile.emulator {
            Emulator::Gem5(_) => course::check(&self.profile, self.on_panic, self.disks.len()),
            Emulator::Qemu(_) => Ok(()),
        }
    }

    /// Refuses what cannot be started here, chooses ports and says which.
    pub fn ready(self) -> Result<Ready> {
        let (ready, chosen) = self.choose()?;
        ports::announce(&chosen);
        Ok(ready)
    }

    /// The same for a guest that nobody but lkmc talks to; run.json says which.
    pub fn ready_for_lkmc(self) -> Result<Ready> {
        Ok(self.choose()?.0)
    }

    fn choose(mut self) -> Result<(Ready, Vec<profile::Forward>)> {
        self.check()?;
        engine::refuse_without_kvm(&self.profile)?;
        engine::refuse_without_memory(&self.profile)?;
        let chosen = ports::choose(&mut self.profile)?;
        Ok((Ready(self), chosen))
    }

    /// For its command line: of a guest that nobody starts.
    pub fn shown<'a>(&'a self, linux: &'a Linux) -> Order<'a> {
        Order {
            disks: self.disks.clone(),
            // The state of a device that somebody adds is not always part of a snapshot: QEMU's edu forgets its registers.
            custom_arguments: self.custom_arguments,
            on_panic: self.on_panic,
            ..Order::new(&self.profile, &linux.bundle, &linux.store)
        }
    }
}

impl Ready {
    /// What is built.
    pub fn base(&self) -> &Profile {
        &self.0.base
    }

    /// What is run.
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// Nothing special about the run. `linux` is the one of [`Ready::base`].
    pub fn order<'a>(&'a self, linux: &'a Linux) -> Order<'a> {
        self.0.shown(linux)
    }
}
