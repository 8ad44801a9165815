//! What a run will do, decided before anything starts: plain data, which a detached supervisor reads from a file.

use serde::{Deserialize, Serialize};

use crate::command_line::CommandLine;
use crate::decode;
use crate::emulator;
use crate::emulator::{Trace, qemu};
use crate::gdb;
use crate::profile::{Profile, ShareMode};

use super::beginning::Alike;
use super::patience::{Graces, Limits};
use super::request::{OnPanic, Order};
use super::set_up::kernel_modules::KernelModules;
use super::set_up::{Mount, SetUp};
use super::snapshot;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Boots from the firmware, with memory that vanishes.
    pub boot: CommandLine,
    pub snapshot: snapshot::Choice,
    /// For those that begin with a state of this machine.
    pub alike: Alike,
    pub set_up: SetUp,
    /// For a guest that boots; a restored one has them.
    pub kernel_modules: KernelModules,
    pub limits: Limits,
    /// The kernel command line names another init, which need not start the agent.
    pub custom_init: bool,
    /// For the stacks that the guest's kernel may print.
    pub symbols: decode::Files,
    /// For GDB.
    pub kit: gdb::Kit,
    pub on_panic: OnPanic,
    pub trace: Option<qemu::Trace>,
}

/// What does not depend on the emulator, around what does.
pub fn of(order: &Order, boot: CommandLine, snapshot: snapshot::Choice) -> Plan {
    let profile = order.profile;
    let symbols = symbols(order);
    Plan {
        boot,
        snapshot,
        alike: Alike::None("nobody looked".into()),
        set_up: SetUp {
            shares: mounts(profile),
            network: profile.emulator.qemu().is_some_and(|qemu| qemu.network.enable),
            disks: !order.disks.is_empty(),
            push: order.push.clone(),
            panic_on_oops: order.on_panic != OnPanic::Exit,
        },
        kernel_modules: KernelModules::default(),
        limits: Limits {
            boot: profile.limits.boot * slower(order),
            command: profile.limits.command.map(|limit| limit * slower(order)),
            total: order.timeout,
            graces: Graces::on(profile.emulator.kind(), slower(order)),
        },
        custom_init: profile.has_custom_init(),
        kit: kit(order, &symbols),
        symbols,
        on_panic: order.on_panic,
        trace: order.trace.as_ref().and_then(Trace::qemu).cloned(),
    }
}

/// How many times longer a guest may take of which each instruction is counted.
pub(crate) fn slower(order: &Order) -> u32 {
    match order.trace.as_ref().and_then(Trace::qemu) {
        Some(_) => 5,
        None => 1,
    }
}

fn kit(order: &Order, symbols: &decode::Files) -> gdb::Kit {
    let emulator = order.profile.emulator.kind();
    gdb::Kit::of(order.bundle, order.store, symbols, &order.push, emulator)
}

/// Modules that are inserted from a share lie in it.
fn symbols(order: &Order) -> decode::Files {
    let mut files = decode::Files::of(order.bundle, order.store, &order.modules);
    let shares = order.profile.shares.iter().map(|share| &share.host);
    files.roots.extend(shares.chain(&order.sources).cloned());
    files
}

/// Where the guest mounts the profile's shares.
pub fn mounts(profile: &Profile) -> Vec<Mount> {
    let mount = |(index, share): (usize, &crate::profile::Share)| Mount {
        tag: emulator::share_tag(index),
        directory: share.guest.clone(),
        writable: share.mode == ShareMode::ReadWrite,
        exported: profile.emulator.gem5().map(|_| share.host.clone()),
    };
    profile.shares.iter().enumerate().map(mount).collect()
}
