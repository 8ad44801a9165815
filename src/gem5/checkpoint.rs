//! Checkpoints at the prompt, kept under the hash of everything that the boot depended on. They lie beside QEMU's snapshots, and
//! a collection treats them alike.
//!
//! The processor's model, its caches and the memory's timing are not part of the key: a checkpoint holds the machine's state,
//! and any model can go on from it.
//!
//! Of the Python only that is part of the key which a boot loads. `machine.py`, `cores.py` and `course.py` import the rest by name
//! when it is asked for, and a boot asks for none of it. That this is so is not taken for granted: each boot says what it has
//! loaded, and becomes no checkpoint if the key does not cover all of that. What a boot loads is decided by what the key covers,
//! so it is enough to look once for each key.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::bundle::Bundle;
use crate::diag::{Error, Result};
use crate::emulator::gem5::ending::Written;
use crate::emulator::gem5::{self, PACKAGE, SCRIPT, Shared, Simulation, Simulator, Stage};
use crate::guest::protocol::VERSION;
use crate::hash::hex;
use crate::run::request::Cold;
use crate::snapshots::{self, Kept, Key, NoRoom};
use crate::store_path::StoreOnDisk;

use super::inputs;

/// What gem5 writes last into a checkpoint.
const STATE: &str = "m5.cpt";
/// What of the package no boot loads: other kinds of machines, a model that only a restore has, what comes with a command.
const UNBOOTED: [&str; 7] = ["bare", "hpi", "proc", "process", "readfile", "timings", "trace"];

/// Finds the checkpoint, or says where one is to be made. A cold run gets one of its own.
pub fn choose(simulation: &Simulation, run: &Path, cold: Option<Cold>) -> Result<Kept> {
    let key = key(simulation)?;
    let checkpoints = snapshots::directory(&crate::paths::cache()?);
    let kept = match cold {
        Some(cold) => Kept::private(run.join("checkpoint"), key, cold.why())?,
        None => Kept::find(&checkpoints, key, |directory| directory.join(STATE).exists())?,
    };
    if kept.make.is_some() {
        // Compressed it takes less; nobody knows how much before.
        room(&kept.directory, simulation.profile.memory.0)?;
    }
    Ok(kept)
}

fn room(directory: &Path, memory: u64) -> Result<()> {
    let parent = directory.parent().unwrap_or(directory);
    snapshots::room_for(parent, memory).map_err(|why| match why {
        NoRoom::NotWritable(directory, error) => Error::io("there can be no checkpoint in", &directory, error),
        NoRoom::TooLittle(directory) => {
            let message = format!("{} has too little free space for a checkpoint", directory.display());
            Error::infrastructure("lkmc::gem5::no_room", message).help(format!(
                "it takes up to {} MiB; `lkmc gc` removes what is not used any more",
                memory >> 20
            ))
        }
    })
}

/// Everything that decides what the machine looks like at its prompt.
pub(super) fn key(simulation: &Simulation) -> Result<Key> {
    let profile = simulation.profile;
    // Where it lies on the host is the host's affair.
    let placeless = |share: &Shared| Shared {
        host: "/".into(),
        ..share.clone()
    };
    let shares: Vec<Shared> = simulation.shares.iter().map(placeless).collect();
    let normal = Simulation {
        store: &StoreOnDisk::AS_NAMED,
        repository: Path::new(""),
        gem5: &Simulator::of_binary(Path::new("gem5")),
        shares: &shares,
        ..*simulation
    };
    let line = gem5::command_line(&normal, Stage::Boot { save: Path::new("") }, "")?;
    let machine: Vec<String> = line.argv().map(|word| word.to_string_lossy().into_owned()).collect();
    let identity = |path: &Path| snapshots::identity(path, simulation.store);
    let built = |part: fn(&Bundle) -> Option<&PathBuf>| {
        let path = simulation.bundle.and_then(part);
        path.map(|path| identity(path)).unwrap_or_default()
    };
    let inputs = BTreeMap::from([
        ("kernel".to_string(), built(|bundle| Some(&bundle.kernel.vmlinux))),
        ("root filesystem".into(), built(|bundle| Some(&bundle.rootfs.initramfs))),
        ("boot loader".into(), built(|bundle| bundle.boot_loader.as_ref())),
        ("emulator".into(), identity(&simulation.gem5.file)),
        ("configuration script".into(), script(simulation.repository)?),
        ("memory".into(), profile.memory.to_string()),
        ("kernel command line".into(), profile.kernel.command_line.join(" ")),
        ("machine".into(), machine.join(" ")),
        ("agent protocol".into(), VERSION.to_string()),
    ]);
    Ok(Key {
        profile: profile.name.clone(),
        inputs,
    })
}

/// Whether the key holds the hash of this module: of those right in the package all that are not known to be needless.
fn covered(module: &str) -> bool {
    !module.contains('.') && !UNBOOTED.contains(&module)
}

/// The Python that boots a machine.
fn scripts(repository: &Path) -> Result<Vec<PathBuf>> {
    let mut files = inputs::modules(&repository.join(PACKAGE))?;
    files.retain(|path| path.file_stem().is_some_and(|stem| covered(&stem.to_string_lossy())));
    files.push(repository.join(SCRIPT));
    Ok(files)
}

/// Its hash.
fn script(repository: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    for file in scripts(repository)? {
        let text = std::fs::read(&file).map_err(|error| Error::io("cannot read", &file, error))?;
        hash.update(file.file_name().unwrap_or_default().as_encoded_bytes());
        hash.update([0]);
        hash.update(text.len().to_le_bytes());
        hash.update(&text);
    }
    Ok(hex(&hash.finalize()))
}

/// Whether it has its end. gem5 writes this file without looking whether that works, so on a full disk it is cut; the compressed
/// memory beside it gem5 does look after. The last section, the root's, has the names of all that a checkpoint may contain.
pub(super) fn whole(directory: &Path) -> bool {
    const TAIL: i64 = 16 << 10;
    let tail = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(directory.join(STATE))?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::End(-TAIL.min(length as i64)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = tail().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let last = text.rsplit("\n[").next().unwrap_or_default();
    text.ends_with('\n') && last.contains("\nversion_tags=")
}

/// A name that outlives a power cut must not stand for contents that do not. Errors of delayed writes come up here too.
fn on_the_disk(directory: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        File::open(entry?.path())?.sync_all()?;
    }
    File::open(directory)?.sync_all()
}

/// A complete checkpoint takes its place; half of one never does.
pub fn publish(kept: &Kept, temporary: &Path, written: &Written) -> Result<()> {
    let failed = |path: &Path, error| Error::io("cannot write", path, error);
    if let Some(module) = written.loaded.iter().find(|module| !covered(module)) {
        let message = format!("the boot loaded `lkmc.{module}`, which the checkpoint's key does not cover");
        return Err(Error::infrastructure("lkmc::gem5::uncovered", message).help(format!(
            "a module of your own belongs right into {PACKAGE}; one that a boot needs from now on has to leave UNBOOTED in {}",
            file!()
        )));
    }
    if !whole(temporary) {
        return Err(Error::infrastructure(
            "lkmc::gem5::checkpoint",
            "gem5 said that it wrote a checkpoint, and did not write all of it",
        )
        .help("a full disk is the usual reason: `lkmc gc` removes what is not used any more, LKMC_CACHE names another disk"));
    }
    on_the_disk(temporary).map_err(|error| failed(temporary, error))?;
    kept.key.write(temporary).map_err(|error| failed(temporary, error))?;
    snapshots::publish(temporary, &kept.directory, whole).map_err(|error| failed(&kept.directory, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

    #[test]
    fn an_edit_costs_a_boot_only_where_a_boot_runs() {
        let copy = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(copy.path().join(PACKAGE)).unwrap();
        let mut files: Vec<PathBuf> = std::fs::read_dir(Path::new(REPOSITORY).join(PACKAGE))
            .unwrap()
            .map(|entry| Path::new(PACKAGE).join(entry.unwrap().file_name()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
            .collect();
        files.push(SCRIPT.into());
        for file in &files {
            std::fs::copy(Path::new(REPOSITORY).join(file), copy.path().join(file)).unwrap();
        }
        let mut needless = Vec::new();
        for file in &files {
            let (place, before) = (copy.path().join(file), script(copy.path()).unwrap());
            let text = std::fs::read_to_string(&place).unwrap();
            std::fs::write(&place, text + "# An edit.\n").unwrap();
            if script(copy.path()).unwrap() == before {
                needless.push(file.file_stem().unwrap().to_string_lossy().into_owned());
            }
        }
        needless.sort();
        assert_eq!(needless, UNBOOTED);
    }

    /// Each boot looks too; this finds it where there is no gem5.
    #[test]
    fn what_boots_imports_nothing_that_is_left_out() {
        for file in scripts(Path::new(REPOSITORY)).unwrap() {
            let text = std::fs::read_to_string(&file).unwrap();
            let imports = text.lines().filter(|line| line.contains("import "));
            for line in imports.filter(|line| line.contains("from .") || line.contains("lkmc")) {
                let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                assert!(
                    words.all(|word| !UNBOOTED.contains(&word)),
                    "{}: {line}",
                    file.display()
                );
            }
        }
    }

    #[test]
    fn a_checkpoint_without_its_end_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(directory.path().join(STATE), text).unwrap();
        assert!(!whole(directory.path()), "there is no file");
        let text = format!(
            "## checkpoint\n\n[system]\nx=1\n{}\n[root.globals]\ncurTick=5\nversion_tags=a b\n",
            "y=2\n".repeat(9000)
        );
        write(&text);
        assert!(whole(directory.path()));
        for length in [0, 1, 20, text.len() / 2, text.len() - 1] {
            write(&text[..length]);
            assert!(!whole(directory.path()), "{length} bytes");
        }
        // Not the last section's.
        write("[root.globals]\nversion_tags=a\n\n[system]\nx=1\n");
        assert!(!whole(directory.path()));
    }
}
