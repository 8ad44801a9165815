//! Snapshots at the shell prompt: what a boot leaves behind, kept under the hash of everything that it depended on.
//!
//! A snapshot is a directory `$cache/snapshots/<key>/` with `ram`, the guest's memory; `state`, the devices' state; and
//! `key.json`, what the key is the hash of. A restored machine maps `ram` privately, so that nothing is copied, nothing is
//! changed, and any number of runs start from it at once. (QEMU's capability `x-ignore-shared` leaves memory that is a
//! shared file out of the saved state.)

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator::qmp::{self, Qmp};
use crate::emulator::{Engine, Launch, MemoryBacking, qemu};
use crate::guest::client::random;
use crate::guest::protocol::VERSION;
use crate::host::signals;
use crate::lock::Lock;
use crate::profile::{Emulator, RootfsMedium};
use crate::run_directory::run_json::SnapshotRecord;
use crate::store_path::STORE;
use crate::{hash, shell};

use super::kernel_modules;
use super::request::{Cold, Order};

/// What follows a snapshot's name in that of the lock for its making.
const TURN: &str = "lock";

/// What to do about snapshots in a run, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choice {
    pub action: Action,
    pub record: SnapshotRecord,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Action {
    /// Boot, and leave no trace.
    None,
    /// Start from the snapshot in this directory.
    Restore { directory: PathBuf, line: CommandLine },
    /// Boot with memory in `temporary`, save the state there, rename, and restore.
    Make {
        temporary: PathBuf,
        directory: PathBuf,
        key: Key,
        boot: CommandLine,
        line: CommandLine,
    },
}

/// Everything that decides what a guest looks like at its prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pub profile: String,
    pub inputs: BTreeMap<String, String>,
}

/// When in a guest's life a snapshot is taken; changed with what `make_snapshot` waits for.
const MOMENT: &str = "at the prompt, on the final clock source, with the kernel's modules";

const RAM: &str = "ram";
const STATE: &str = "state";
const PARTIAL: &str = "state.partial";
const KEY: &str = "key.json";

impl Key {
    /// Without the profile's name: two profiles that ask for the same machine share its snapshot.
    pub fn hash(&self) -> String {
        let text = serde_json::to_vec(&self.inputs).unwrap_or_default();
        hash::short_sha256(text)
    }

    /// The inputs in which a machine that is wanted differs from this one's, with both values if they are short.
    pub fn differing(&self, wanted: &Key) -> Vec<String> {
        const SHORT: usize = 24;
        let value = |key: &Key, name: &str| key.inputs.get(name).cloned().unwrap_or_default();
        let names = wanted
            .inputs
            .keys()
            .filter(|name| value(self, name) != value(wanted, name));
        names
            .map(|name| match (value(self, name), value(wanted, name)) {
                (there, here) if there.len().max(here.len()) > SHORT => name.clone(),
                (there, here) => format!("{name} (there `{there}`, here `{here}`)"),
            })
            .collect()
    }
}

impl Choice {
    /// One that is there may be used; none is made.
    pub fn make_none(&mut self, why: Cold) {
        if let Action::Make { .. } = self.action {
            self.action = Action::None;
            self.record = SnapshotRecord::none(why.why());
        }
    }
}

pub fn choose(order: &Order, engine: Engine) -> Result<Choice> {
    let without = |why: &str| {
        Ok(Choice {
            action: Action::None,
            record: SnapshotRecord::none(why),
        })
    };
    if let Some(why) = order.cold.map(Cold::why).or_else(|| reason_against(order)) {
        return without(why);
    }
    let snapshots = match crate::paths::cache() {
        Ok(cache) => cache.join("snapshots"),
        Err(_) => return without("the cache directory cannot be written"),
    };
    let key = key(order, engine)?;
    let hash = key.hash();
    let directory = snapshots.join(&hash);
    let line = |memory: MemoryBacking, incoming| qemu::command_line(&order.launch(engine, memory, incoming)?);
    if directory.join(STATE).exists() {
        let line = line(MemoryBacking::Private(&directory.join(RAM)), true)?;
        let record = SnapshotRecord {
            used: true,
            key: Some(hash),
            why: "every input is the same".into(),
        };
        return Ok(Choice {
            action: Action::Restore { directory, line },
            record,
        });
    }
    if !room_for(&snapshots, order.profile.memory.0) {
        return without("the cache directory has too little free space for one");
    }
    let temporary = working_directory(&directory)?;
    let record = SnapshotRecord {
        used: false,
        key: Some(hash),
        why: difference(&snapshots, &key),
    };
    let boot = line(MemoryBacking::Shared(&temporary.join(RAM)), false)?;
    let line = line(MemoryBacking::Private(&directory.join(RAM)), true)?;
    Ok(Choice {
        action: Action::Make {
            temporary,
            directory,
            key,
            boot,
            line,
        },
        record,
    })
}

fn reason_against(order: &Order) -> Option<&'static str> {
    let profile = order.profile;
    [
        (order.console, "--console shows the boot"),
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
        (profile.has_custom_init(), "the kernel command line names another init"),
    ]
    .into_iter()
    .find_map(|(applies, why)| applies.then_some(why))
}

/// What is the host's alone (paths of shares, ports) is left out: it is the same machine to the guest.
fn key(order: &Order, engine: Engine) -> Result<Key> {
    let mut profile = order.profile.clone();
    if let Emulator::Qemu(qemu) = &mut profile.emulator {
        qemu.network.forwards.clear();
    }
    profile.shares.iter_mut().for_each(|share| share.host = "/".into());
    let same = |path: &Path| path.to_owned();
    let normal = Launch {
        profile: &profile,
        physical: &same,
        ..order.launch(engine, MemoryBacking::Private(Path::new(RAM)), false)?
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
        ("kernel".to_string(), identity(&bundle.kernel.image, order.physical)),
        ("kernel modules".into(), modules(order)),
        ("root filesystem".into(), identity(root, order.physical)),
        (
            "emulator".into(),
            serde_json::to_string(&bundle.emulator).unwrap_or_default(),
        ),
        ("machine".into(), argv.join(" ")),
        ("agent protocol".into(), VERSION.to_string()),
        ("moment".into(), MOMENT.into()),
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
    let modules = kernel_modules::list(&order.bundle.kernel, order.physical);
    let identities = modules.iter().map(|(_, file)| identity(file, &Path::to_owned));
    hash::short_sha256(identities.collect::<Vec<_>>().join("\n"))
}

/// A store path says all. Any other file (a bundle made by hand) also by its size and time.
pub fn identity(path: &Path, physical: &dyn Fn(&Path) -> PathBuf) -> String {
    let name = path.display().to_string();
    if path.starts_with(STORE) {
        return name;
    }
    let metadata = std::fs::metadata(physical(path)).ok();
    let stamp = metadata.map(|m| (m.len(), m.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
    format!("{name} {stamp:?}")
}

pub fn room_for(snapshots: &Path, memory: u64) -> bool {
    const RESERVE: u64 = 64 << 20;
    if std::fs::create_dir_all(snapshots).is_err() {
        return false;
    }
    let free = crate::paths::room(snapshots).unwrap_or(0);
    free > memory + RESERVE
}

/// Says which inputs keep the nearest snapshot of the same profile from being used, and how they differ where that is a word.
pub fn difference(snapshots: &Path, key: &Key) -> String {
    let others = std::fs::read_dir(snapshots)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let other = read_key(&entry.path())?;
            (other.profile == key.profile).then_some(other)
        });
    match others.map(|other| other.differing(key)).min_by_key(Vec::len) {
        None => "there is none yet".into(),
        Some(names) => format!("the existing one differs in: {}", names.join(", ")),
    }
}

/// Where one is written; it goes with this, unless it got its name.
pub struct Temporary<'a>(pub &'a Path);

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0);
    }
}

/// Where one is written until it is whole. No other run has this name, wherever it runs: process numbers alone come again, and are
/// the same in containers that share the cache.
pub fn working_directory(directory: &Path) -> Result<PathBuf> {
    let number = random::<8>().map_err(|error| Error::io("cannot read", Path::new("/dev/urandom"), error))?;
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    Ok(directory.with_file_name(format!(".{name}.{}", hash::hex(&number))))
}

/// Prepares the directory that the machine's memory goes to, which is this run's alone.
pub fn prepare(temporary: &Path) -> Result<()> {
    std::fs::create_dir(temporary).map_err(|error| Error::io("cannot create", temporary, error))
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
    write_key(temporary, key)?;
    while !state.exists() {
        if Instant::now() > deadline {
            return Err(SaveError::Failed("its state did not get written".into()));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    match std::fs::rename(temporary, directory) {
        Ok(()) => Ok(()),
        // Another run was faster; its snapshot is as good.
        Err(_) if directory.join(STATE).exists() => Ok(std::fs::remove_dir_all(temporary)?),
        Err(error) => Err(error.into()),
    }
}

/// Notes what a snapshot's name is the hash of.
pub fn write_key(directory: &Path, key: &Key) -> std::io::Result<()> {
    let text = serde_json::to_vec_pretty(key).unwrap_or_default();
    std::fs::write(directory.join(KEY), text)
}

/// What [`write_key`] has noted.
pub fn read_key(directory: &Path) -> Option<Key> {
    serde_json::from_slice(&std::fs::read(directory.join(KEY)).ok()?).ok()
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

fn ignore_shared_memory(qmp: &mut Qmp, deadline: Instant) -> Result<(), qmp::Error> {
    let capabilities = json!({ "capabilities": [{ "capability": "x-ignore-shared", "state": true }] });
    qmp.execute("migrate-set-capabilities", capabilities, deadline)
        .map(drop)
}

/// The turn of whoever makes a snapshot. The others wait for it, in this process and in all others, and restore what was made.
pub struct Turn {
    _lock: Lock,
}

/// Waits for the turn. None after `limit`, if this process is told to end, or where files cannot be locked: whoever has no turn makes
/// no snapshot for others.
pub fn take_turn(directory: &Path, limit: Duration) -> Option<Turn> {
    let deadline = Instant::now() + limit;
    std::fs::create_dir_all(directory.parent()?).ok()?;
    let wanted = || Instant::now() < deadline && !signals::has_come();
    let lock = Lock::exclusive_while(&directory.with_extension(TURN), wanted).ok()?;
    lock.map(|lock| Turn { _lock: lock })
}

/// For a snapshot that cannot be restored: the next run makes a new one.
pub fn discard(directory: &Path) {
    let _ = std::fs::remove_dir_all(directory);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(profile: &str, inputs: &[(&str, &str)]) -> Key {
        let inputs = inputs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        Key {
            profile: profile.into(),
            inputs,
        }
    }

    #[test]
    fn the_key_is_its_inputs_not_the_profiles_name() {
        let a = key("a", &[("kernel", "1"), ("machine", "q35")]);
        assert_eq!(a.hash(), key("b", &[("kernel", "1"), ("machine", "q35")]).hash());
        assert_ne!(a.hash(), key("a", &[("kernel", "2"), ("machine", "q35")]).hash());
        assert_ne!(a.hash(), key("a", &[("kernel", "1q35"), ("machine", "")]).hash());
    }

    #[test]
    fn one_at_a_time_makes_a_snapshot() {
        let snapshots = tempfile::tempdir().unwrap();
        let directory = snapshots.path().join("0123abcd");
        let soon = Duration::from_millis(50);
        let first = take_turn(&directory, soon).expect("nobody else is there");
        assert!(take_turn(&directory, soon).is_none());
        assert!(take_turn(&snapshots.path().join("another"), soon).is_some());
        drop(first);
        assert!(take_turn(&directory, soon).is_some());
        assert!(!directory.exists(), "a turn is no snapshot");
    }

    #[test]
    fn nobody_writes_where_somebody_else_does() {
        let snapshots = tempfile::tempdir().unwrap();
        let directory = snapshots.path().join("0123abcd");
        let (first, second) = (
            working_directory(&directory).unwrap(),
            working_directory(&directory).unwrap(),
        );
        assert_ne!(first, second);
        prepare(&first).unwrap();
        std::fs::write(first.join(STATE), "of another run").unwrap();
        assert!(prepare(&first).is_err());
        prepare(&second).unwrap();
        assert_eq!(first.parent(), directory.parent());
    }

    #[test]
    fn the_differing_input_is_named() {
        let snapshots = tempfile::tempdir().unwrap();
        let wanted = key("a", &[("kernel", "2"), ("machine", "q35")]);
        let long = "q35 with more than anybody reads";
        let other = key("a", &[("kernel", "2"), ("machine", long)]);
        assert_eq!(other.differing(&wanted), ["machine"]);
        assert_eq!(difference(snapshots.path(), &wanted), "there is none yet");
        for (name, other) in [
            ("x", key("a", &[("kernel", "1"), ("machine", "q35")])),
            ("y", key("b", &[("kernel", "2"), ("machine", "virt")])),
        ] {
            let directory = snapshots.path().join(name);
            std::fs::create_dir(&directory).unwrap();
            std::fs::write(directory.join(KEY), serde_json::to_vec(&other).unwrap()).unwrap();
        }
        assert_eq!(
            difference(snapshots.path(), &wanted),
            "the existing one differs in: kernel (there `1`, here `2`)"
        );
    }
}
