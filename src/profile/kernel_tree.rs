//! A kernel that the user has built: where its parts are in the directory that Kbuild wrote to (`O=`, or the sources themselves).

use std::path::Path;

use super::Arch;

pub const VMLINUX: &str = "vmlinux";
pub const SYSTEM_MAP: &str = "System.map";
pub const CONFIG: &str = ".config";
pub const RELEASE: &str = "include/config/kernel.release";
/// A link to the sources, where they are another directory.
pub const SOURCE: &str = "source";

/// What the boot loader takes. The same as in nix/arch.nix.
pub fn image(arch: Arch) -> &'static str {
    match arch {
        Arch::X86_64 => "arch/x86/boot/bzImage",
        Arch::Aarch64 => "arch/arm64/boot/Image",
        Arch::Arm => "arch/arm/boot/zImage",
        Arch::Riscv64 => "arch/riscv/boot/Image",
    }
}

/// What unpacks it, if anything does.
pub fn decompressor(arch: Arch) -> Option<&'static str> {
    match arch {
        Arch::X86_64 => Some("arch/x86/boot/compressed/vmlinux"),
        Arch::Arm => Some("arch/arm/boot/compressed/vmlinux"),
        Arch::Aarch64 | Arch::Riscv64 => None,
    }
}

/// The first of what is needed that is not there.
pub fn missing(arch: Arch, tree: &Path) -> Option<&'static str> {
    let needed = [image(arch), VMLINUX, SYSTEM_MAP, CONFIG, RELEASE];
    needed
        .into_iter()
        .chain(decompressor(arch))
        .find(|file| !tree.join(file).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_nix_builds() {
        let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/nix/arch.nix")).unwrap();
        for arch in [Arch::X86_64, Arch::Aarch64, Arch::Arm, Arch::Riscv64] {
            for file in [Some(image(arch)), decompressor(arch)].into_iter().flatten() {
                let name = file.trim_start_matches("arch/");
                assert!(table.contains(&format!("\"{name}\"")), "{name}");
            }
        }
    }

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
    }
}
