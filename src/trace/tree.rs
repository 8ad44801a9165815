//! Where the source files are that DWARF names.

use std::path::{Path, PathBuf};

use crate::gdb::Kit;

/// The directories of a run.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The kernel's files are named below this.
    kernel: Option<String>,
    /// What names begin with, and where that lies.
    substitutions: Vec<(PathBuf, PathBuf)>,
    /// What names that are relative may be below.
    directories: Vec<PathBuf>,
}

impl Tree {
    /// As GDB is told it.
    pub fn of(kernel: Option<String>, kit: Option<&Kit>) -> Tree {
        let build = kit.map(|kit| kit.build_tree.clone());
        Tree {
            kernel: kernel.map(|path| format!("{path}/")),
            substitutions: kit.map(|kit| kit.substitutions.clone()).unwrap_or_default(),
            directories: kit
                .into_iter()
                .flat_map(|kit| kit.source_directories.clone())
                .chain(build)
                .collect(),
        }
    }

    fn in_kernel<'a>(&self, file: &'a str) -> Option<&'a str> {
        file.strip_prefix(self.kernel.as_deref()?)
    }

    /// A file of the kernel's below its sources, any other as it is named.
    pub fn short<'a>(&self, file: &'a str) -> &'a str {
        self.in_kernel(file).unwrap_or(file)
    }

    /// Whether it is among the kernel's sources.
    pub fn is_kernels(&self, file: &str) -> bool {
        self.in_kernel(file).is_some()
    }

    /// The file itself, if it is on this machine. The compiler ran in `directory`.
    pub fn find(&self, file: &str, directory: &Path) -> Option<PathBuf> {
        let file = Path::new(file);
        let moved = |(named, physical): &(PathBuf, PathBuf)| Some(physical.join(file.strip_prefix(named).ok()?));
        let moved = self.substitutions.iter().filter_map(moved);
        // Joining an absolute name gives that name.
        let directories = self.directories.iter().map(PathBuf::as_path);
        let below = directories.chain(Some(directory)).map(|directory| directory.join(file));
        moved.chain(below).find(|path| path.is_absolute() && path.is_file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_looked_for_wherever_it_may_be() {
        let disk = tempfile::tempdir().unwrap();
        let at = |name: &str| disk.path().join(name);
        for name in ["store/linux/kernel/fork.c", "mine/a.c", "built/b.c"] {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), "").unwrap();
        }
        let tree = Tree {
            kernel: Some("/nix/store/linux/".into()),
            substitutions: vec![("/nix/store".into(), at("store"))],
            directories: vec![at("mine")],
        };
        let find = |file: &str| tree.find(file, &at("built"));
        assert_eq!(
            find("/nix/store/linux/kernel/fork.c"),
            Some(at("store/linux/kernel/fork.c"))
        );
        assert_eq!(
            [find("a.c"), find("b.c")],
            [Some(at("mine/a.c")), Some(at("built/b.c"))]
        );
        assert_eq!(find(at("mine/a.c").to_str().unwrap()), Some(at("mine/a.c")));
        assert_eq!(
            [find("c.c"), tree.find("a.c", Path::new(""))],
            [None, Some(at("mine/a.c"))]
        );
        assert_eq!(tree.short("/nix/store/linux/kernel/fork.c"), "kernel/fork.c");
        assert!(tree.is_kernels("/nix/store/linux/kernel/fork.c") && !tree.is_kernels("kernel/fork.c"));
    }
}
