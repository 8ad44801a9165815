//! From what a run is asked for to what QEMU's command line is made of.

use crate::diag::Result;
use crate::emulator::{Engine, Launch, MemoryBacking, Trace, only_qemu, ticks};
use crate::profile::Arch;
use crate::run::Order;

pub fn launch<'a>(order: &'a Order, engine: Engine, memory: MemoryBacking<'a>, incoming: bool) -> Result<Launch<'a>> {
    Ok(Launch {
        profile: order.profile,
        qemu: only_qemu(order.profile, "start QEMU")?,
        bundle: order.bundle,
        store: order.store,
        engine,
        disks: &order.disks,
        memory,
        incoming,
        ticks: rate(order, engine, incoming),
        trace: order.trace.as_ref().and_then(Trace::qemu),
    })
}

/// Where instructions are counted the counter is that count, and a processor that executes the guest itself tells it.
fn rate(order: &Order, engine: Engine, incoming: bool) -> Option<u64> {
    let qemu = order.profile.emulator.qemu()?;
    let counted = qemu.extra_args.iter().any(|word| word == "-icount");
    let translated = order.profile.arch == Arch::X86_64 && engine == Engine::Tcg;
    (translated && !counted && !incoming).then(ticks::rate).flatten()
}
