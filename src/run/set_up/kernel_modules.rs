//! The kernel's own modules: options that are `m` in its configuration. A guest that boots gets them where modprobe looks.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::bundle::Kernel;
use crate::guest::client::Agent;
use crate::guest::protocol::CommandSpec;
use crate::profile::kernel_tree;
use crate::run::ending::Ending;
use crate::run::{patience, set_up};
use crate::store_path::StoreOnDisk;

use super::archive;

const PATIENCE: Duration = Duration::from_secs(60);

/// Unpacks them below the directory of the kernel that runs, and makes the index that modprobe reads.
const INSTALL: &str = r#"d=/lib/modules/$(uname -r) && mkdir -p "$d" && tar -x -f - -C "$d" && depmod"#;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KernelModules {
    files: Vec<File>,
    /// They may be so many bytes.
    room: u64,
}

/// Its name below `/lib/modules/RELEASE`, and where it lies on the host.
pub type File = (PathBuf, PathBuf);

/// What came of putting them into a guest.
pub enum Installed {
    Done,
    /// A guest does without them.
    Not(String),
    /// So does this one; another may get them.
    Late(String),
}

impl KernelModules {
    /// For a guest with so many bytes of memory, in which its root file system may lie.
    pub fn of(kernel: &Kernel, store: &StoreOnDisk, memory: u64) -> KernelModules {
        KernelModules {
            files: list(kernel, store),
            room: memory / 4,
        }
    }

    /// A root file system may be read-only, or have no depmod: what cannot be done is no reason not to run.
    pub fn install(&self, agent: &Agent) -> Result<Installed, Ending> {
        if self.files.is_empty() {
            return Ok(Installed::Done);
        }
        let size: u64 = self
            .files
            .iter()
            .filter_map(|(_, file)| file.metadata().ok())
            .map(|file| file.len())
            .sum();
        if size > self.room {
            let why = format!("{} MiB are more than a quarter of its memory", size >> 20);
            return Ok(Installed::Not(why));
        }
        let deadline = Instant::now() + patience::limit(PATIENCE) + set_up::time_for(size);
        let archive = match archive::of_files(&self.files) {
            Ok(archive) => archive,
            Err(why) => return Ok(Installed::Not(why)),
        };
        match set_up::judge(
            agent.output_of(&CommandSpec::shell(INSTALL).at("/"), archive, deadline),
            "install them",
        ) {
            Ok(()) => Ok(Installed::Done),
            Err(Ending::Broken(why)) => Ok(Installed::Not(why)),
            Err(Ending::Timeout(why)) => Ok(Installed::Late(why)),
            Err(other) => Err(other),
        }
    }
}

/// In the order of their names.
pub fn list(kernel: &Kernel, store: &StoreOnDisk) -> Vec<File> {
    let mut files = Vec::new();
    match kernel.installed_modules(store) {
        Some(directory) => installed(&directory, Path::new(""), &mut files),
        None => files = built(&store.physical(&kernel.build_tree)),
    }
    files.sort();
    files
}

/// As `modules_install` leaves them.
fn installed(directory: &Path, below: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), below.join(entry.file_name()));
        match path.is_dir() {
            true => installed(&path, &name, files),
            false => files.push((name, path)),
        }
    }
}

/// As Kbuild leaves them: `modules.order` names each, by its object since Linux 6.4, by its file below `kernel/` before 5.3.
fn built(tree: &Path) -> Vec<File> {
    let order = std::fs::read_to_string(tree.join(kernel_tree::MODULES)).unwrap_or_default();
    order
        .lines()
        .map(|line| Path::new(line.strip_prefix("kernel/").unwrap_or(line)).with_extension("ko"))
        .map(|name| (Path::new("kernel").join(&name), tree.join(name)))
        .filter(|(_, file)| file.is_file())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kbuild_lists_is_found_in_its_directory() {
        let tree = tempfile::tempdir().unwrap();
        let order = "drivers/misc/dummy-irq.o\nkernel/fs/fat/fat.ko\nnet/not_built.o\n";
        std::fs::write(tree.path().join(kernel_tree::MODULES), order).unwrap();
        for file in ["drivers/misc/dummy-irq.ko", "fs/fat/fat.ko"] {
            let file = tree.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let names: Vec<PathBuf> = built(tree.path()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["kernel/drivers/misc/dummy-irq.ko", "kernel/fs/fat/fat.ko"].map(PathBuf::from)
        );
        assert!(built(&tree.path().join("nothing")).is_empty());
    }
}
