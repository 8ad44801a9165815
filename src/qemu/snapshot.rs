//! Snapshots of QEMU's at the shell prompt.
//!
//! One has in its [directory](crate::snapshots) `ram`, the guest's memory, and `state`, that of the devices. A restored machine maps
//! `ram` privately, so that nothing is copied, nothing is changed, and any number of runs start from it at once. (QEMU's capability
//! `x-ignore-shared` leaves memory that is a shared file out of the saved state.)

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::diag::Result;
use crate::emulator::qmp::{self, Qmp};
use crate::emulator::{Engine, Launch, MemoryBacking, Trace, qemu};
use crate::guest::protocol::VERSION;
use crate::profile::{Emulator, RootfsMedium};
use crate::run::Order;
use crate::run::beginning::{Alike, Beginning};
use crate::run::request::Cold;
use crate::run::set_up::kernel_modules;
use crate::run::snapshot::{Action, Choice};
use crate::run_directory::run_json::SnapshotRecord;
use crate::snapshots::{self, Kept, Key, identity};
use crate::store_path::StoreOnDisk;
use crate::{hash, shell};

use super::launch::launch;

/// When in a guest's life a snapshot is taken; changed with what `make_snapshot` waits for.
const MOMENT: &str = "at the prompt, on the final clock source, with the kernel's modules";

const MOMENT_INPUT: &str = "moment";
const MACHINE: &str = "machine";

const RAM: &str = "ram";
const STATE: &str = "state";
const PARTIAL: &str = "state.partial";

pub fn choose(order: &Order, engine: Engine) -> Result<Choice> {
    if let Some(beginning) = &order.from {
        return begin(order, engine, beginning);
    }
    let from_the_start = order
        .trace
        .as_ref()
        .and_then(Trace::qemu)
        .is_some_and(|trace| trace.boot);
    let cold = order.cold.or(from_the_start.then_some(Cold::Traced));
    if let Some(why) = cold.map(Cold::why).or_else(|| reason_against(order)) {
        return Ok(Choice::none(why));
    }
    let directory = match crate::paths::cache() {
        Ok(cache) => snapshots::directory(&cache),
        Err(_) => return Ok(Choice::none("the cache directory cannot be written")),
    };
    let kept = Kept::find(&directory, key(order, engine)?, is_whole)?;
    if kept.make.is_some()
        && let Err(why) = snapshots::room_for(&directory, order.profile.memory.0)
    {
        return Ok(Choice::none(why.to_string()));
    }
    let line = |memory: MemoryBacking, incoming| {
        let launch = launch(order, engine, memory, incoming)?;
        // The guest that a snapshot is made of is not the command's.
        let trace = launch.trace.filter(|_| incoming);
        qemu::command_line(&Launch { trace, ..launch })
    };
    let restored = line(MemoryBacking::Private(&kept.directory.join(RAM)), true)?;
    Choice::of(&kept, restored, |temporary| {
        line(MemoryBacking::Shared(&temporary.join(RAM)), false)
    })
}

/// Out of another run's guest.
fn begin(order: &Order, engine: Engine, beginning: &Beginning) -> Result<Choice> {
    let image = beginning.image()?;
    match alike(order, engine)? {
        Alike::None(why) => beginning.refuse(&[why])?,
        Alike::Key(key) => beginning.refuse(&in_detail(&image.key, &key))?,
    }
    let memory = match image.restored {
        true => MemoryBacking::Named,
        false => MemoryBacking::Anonymous,
    };
    let mut line = qemu::command_line(&launch(order, engine, memory, true)?)?;
    // It stands still until it has the state, which comes from an image and not through a stream.
    line.groups
        .retain(|group| group.first().is_none_or(|word| word != "-incoming"));
    line.groups.push(vec!["-S".into()]);
    Ok(Choice {
        action: Action::Begin {
            image: image.clone(),
            line,
        },
        record: SnapshotRecord {
            used: true,
            key: Some(image.key.hash()),
            why: format!("--from {}", beginning.named),
            from: Some(beginning.named.clone()),
        },
    })
}

/// Which machines can take over a state of this one, whenever it is saved.
pub fn alike(order: &Order, engine: Engine) -> Result<Alike> {
    if let Some(why) = uncertain(order) {
        return Ok(Alike::None(why.to_owned()));
    }
    let mut key = key(order, engine)?;
    key.inputs.remove(MOMENT_INPUT);
    Ok(Alike::Key(key))
}

/// What differs; of the machine, which words of QEMU's command line.
fn in_detail(there: &Key, here: &Key) -> Vec<String> {
    let words = |key: &Key| -> Vec<String> {
        let line = key.inputs.get(MACHINE).map(String::as_str).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect()
    };
    let (of_there, of_here) = (words(there), words(here));
    let only = |one: &[String], other: &[String]| {
        let words: Vec<&str> = one
            .iter()
            .filter(|word| !other.contains(word))
            .map(String::as_str)
            .collect();
        match words.is_empty() {
            true => "nothing".to_owned(),
            false => format!("`{}`", words.join(" ")),
        }
    };
    let detail = |input: String| match input == MACHINE {
        true => format!(
            "QEMU's machine (there {}, here {})",
            only(&of_there, &of_here),
            only(&of_here, &of_there)
        ),
        false => input,
    };
    there.differing(here).into_iter().map(detail).collect()
}

fn reason_against(order: &Order) -> Option<&'static str> {
    let profile = order.profile;
    let reasons = [
        (order.console, "--console shows the boot"),
        (profile.has_custom_init(), "the kernel command line names another init"),
    ];
    uncertain(order).or_else(|| applying(reasons))
}

/// Why the machine is not known by its key alone.
fn uncertain(order: &Order) -> Option<&'static str> {
    let profile = order.profile;
    applying([
        (order.custom_arguments, "--qemu-arg was given"),
        (
            profile.emulator.qemu().is_some_and(|qemu| !qemu.extra_args.is_empty()),
            "the profile has extra arguments for QEMU",
        ),
        (
            !order.disks.is_empty(),
            "a disk is attached, whose contents have no hash",
        ),
        (
            profile.emulator.binary().is_some(),
            "the profile's own emulator has no hash",
        ),
        (
            !profile.arch.facts().survives_restore,
            "QEMU 7.2 does not keep the timers of RISC-V processors in a snapshot",
        ),
    ])
}

fn applying<const N: usize>(reasons: [(bool, &'static str); N]) -> Option<&'static str> {
    reasons.into_iter().find_map(|(applies, why)| applies.then_some(why))
}

/// What is the host's alone (paths of shares, ports) is left out: it is the same machine to the guest.
fn key(order: &Order, engine: Engine) -> Result<Key> {
    let mut profile = order.profile.clone();
    if let Emulator::Qemu(qemu) = &mut profile.emulator {
        qemu.network.forwards.clear();
    }
    profile.shares.iter_mut().for_each(|share| share.host = "/".into());
    let launch = launch(order, engine, MemoryBacking::Private(Path::new(RAM)), false)?;
    let normal = Launch {
        profile: &profile,
        store: &StoreOnDisk::AS_NAMED,
        // Measured anew each time.
        ticks: launch.ticks.map(|_| 0),
        trace: None,
        ..launch
    };
    let line = qemu::command_line(&normal)?;
    let argv: Vec<String> = line.groups[1..]
        .iter()
        .flatten()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let bundle = order.bundle;
    let root = match profile.rootfs.medium {
        RootfsMedium::Initramfs => &bundle.rootfs.initramfs,
        RootfsMedium::Ext4 => &bundle.rootfs.ext4,
    };
    let mut inputs = BTreeMap::from([
        ("kernel".to_string(), identity(&bundle.kernel.image, order.store)),
        ("kernel modules".into(), modules(order)),
        ("root filesystem".into(), identity(root, order.store)),
        (
            "emulator".into(),
            serde_json::to_string(&bundle.emulator).unwrap_or_default(),
        ),
        (MACHINE.into(), argv.join(" ")),
        ("agent protocol".into(), VERSION.to_string()),
        (MOMENT_INPUT.into(), MOMENT.into()),
    ]);
    if engine == Engine::Kvm {
        // The guest saw this processor, and its kernel chose code for it.
        inputs.insert("host processor".into(), crate::emulator::kvm::host_processor());
    }
    Ok(Key {
        profile: order.profile.name.clone(),
        inputs,
    })
}

/// They are put into the guest before the snapshot is taken.
fn modules(order: &Order) -> String {
    let modules = kernel_modules::list(&order.bundle.kernel, order.store);
    let identities = modules.iter().map(|(_, file)| identity(file, &StoreOnDisk::AS_NAMED));
    hash::short_sha256(identities.collect::<Vec<_>>().join("\n"))
}

/// Whether all of one is in this directory.
pub fn is_whole(directory: &Path) -> bool {
    [RAM, STATE].iter().all(|name| directory.join(name).exists())
}

/// Saves the machine, which stops. It is good for nothing else afterwards: its memory is the snapshot's.
pub fn save(qmp: &mut Qmp, temporary: &Path, directory: &Path, key: &Key, deadline: Instant) -> Result<(), SaveError> {
    // Migration stops the machine at its end, and remembers that it ran: it goes on by itself when it is restored.
    ignore_shared_memory(qmp, deadline)?;
    // QEMU calls the migration completed before `cat` has written all of it: the name appears when it has.
    let (state, partial) = (temporary.join(STATE), temporary.join(PARTIAL));
    let (to, from) = (shell::quote(state.as_os_str()), shell::quote(partial.as_os_str()));
    qmp.execute(
        "migrate",
        json!({ "uri": format!("exec:cat > {from} && mv {from} {to}") }),
        deadline,
    )?;
    let status = qmp.wait_until("query-migrate", deadline, |answer| {
        matches!(answer["status"].as_str(), Some("completed" | "failed" | "cancelled"))
    })?;
    if status["status"] != "completed" {
        return Err(SaveError::Failed(
            status["error-desc"].as_str().unwrap_or("no reason given").into(),
        ));
    }
    key.write(temporary)?;
    while !state.exists() {
        if Instant::now() > deadline {
            return Err(SaveError::Failed("its state did not get written".into()));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(snapshots::publish(temporary, directory, is_whole)?)
}

#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error(transparent)]
    Monitor(#[from] qmp::Error),
    #[error("QEMU could not save its state: {0}")]
    Failed(String),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Loads the devices' state into a machine that waits for it.
pub fn load(qmp: &mut Qmp, directory: &Path, deadline: Instant) -> Result<(), qmp::Error> {
    ignore_shared_memory(qmp, deadline)?;
    let source = shell::quote(directory.join(STATE).as_os_str());
    qmp.execute(
        "migrate-incoming",
        json!({ "uri": format!("exec:exec cat {source}") }),
        deadline,
    )?;
    Ok(())
}

pub fn ignore_shared_memory(qmp: &mut Qmp, deadline: Instant) -> Result<(), qmp::Error> {
    let capabilities = json!({ "capabilities": [{ "capability": "x-ignore-shared", "state": true }] });
    qmp.execute("migrate-set-capabilities", capabilities, deadline)
        .map(drop)
}
