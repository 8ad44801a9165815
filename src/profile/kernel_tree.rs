//! A kernel that the user has built: where its parts are in the directory that Kbuild wrote to (`O=`, or the sources themselves).

use std::path::Path;

use super::Arch;

pub const VMLINUX: &str = "vmlinux";
pub const SYSTEM_MAP: &str = "System.map";
pub const CONFIG: &str = ".config";
pub const RELEASE: &str = "include/config/kernel.release";
/// Which modules were built.
pub const MODULES: &str = "modules.order";
/// A link to the sources, where they are another directory.
pub const SOURCE: &str = "source";

/// What modules of others are built with beside the sources, and the target of make that writes it.
pub const FOR_MODULES: &[(&str, &str)] = &[
    ("include/generated/autoconf.h", "modules_prepare"),
    ("include/config/auto.conf", "modules_prepare"),
    ("scripts/mod/modpost", "modules_prepare"),
    ("Module.symvers", "modules"),
];

/// The first of what is needed that is not there.
pub fn missing(arch: Arch, tree: &Path) -> Option<&'static str> {
    let facts = arch.facts();
    let needed = [facts.image, VMLINUX, SYSTEM_MAP, CONFIG, RELEASE];
    needed
        .into_iter()
        .chain(facts.decompressor)
        .find(|file| !tree.join(file).is_file())
}

/// Which architecture a kernel has been built for there, if one has.
pub fn arch(tree: &Path) -> Option<Arch> {
    Arch::ALL.iter().copied().find(|arch| missing(*arch, tree).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_missing_file_is_named() {
        let tree = tempfile::tempdir().unwrap();
        assert_eq!(missing(Arch::Aarch64, tree.path()), Some("arch/arm64/boot/Image"));
        for file in ["arch/arm64/boot/Image", VMLINUX, SYSTEM_MAP, CONFIG, RELEASE] {
            let path = tree.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(missing(Arch::Aarch64, tree.path()), None);
        assert_eq!(missing(Arch::X86_64, tree.path()), Some("arch/x86/boot/bzImage"));
        assert_eq!(arch(tree.path()), Some(Arch::Aarch64));
    }
}
