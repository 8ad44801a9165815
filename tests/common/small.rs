//! A checkout of our own whose bundle needs only the toolbox's static busybox.

use std::fs;
use std::path::Path;

use super::ROOT;

/// Its bundle is built by `script`, which may use `$busybox`, `$input` and `$out`.
pub fn write(directory: &Path, name: &str, script: &str) {
    let toolbox = directory.join("nix/toolbox/debian");
    fs::create_dir_all(&toolbox).unwrap();
    fs::create_dir(directory.join("profiles")).unwrap();
    fs::copy(
        Path::new(ROOT).join("nix/toolbox/debian/lock.json"),
        toolbox.join("lock.json"),
    )
    .unwrap();
    fs::write(directory.join("nix/default.nix"), expression(name, script)).unwrap();
    let committed = fs::read(Path::new(ROOT).join("profiles/lowered/x86_64-qemu.json")).unwrap();
    let mut lowered: serde_json::Value = serde_json::from_slice(&committed).unwrap();
    lowered["name"] = name.into();
    fs::write(directory.join("lowered.json"), lowered.to_string()).unwrap();
}

/// The only Nix file of such a checkout.
pub fn expression(name: &str, script: &str) -> String {
    format!(
        r#"{{ lowered }}:
let
  lock = builtins.fromJSON (builtins.readFile ./toolbox/debian/lock.json);
  seed = derivation {{
    name = "lkmc-seed";
    system = "x86_64-linux";
    builder = "/missing";
    outputHashMode = "recursive";
    outputHash = lock.seed.nar-sha256;
  }};
  make = name: script: input: derivation {{
    inherit name input;
    system = "x86_64-linux";
    builder = "${{seed}}/bin/busybox";
    busybox = "${{seed}}/bin/busybox";
    args = [ "sh" "-c" script ];
  }};
in
{{
  bundle = make "{name}-bundle" ''{script}'' (make "{name}-input" "echo fixed > $out" "");
}}
"#
    )
}

/// What any bundle needs to be one; the paths are never opened.
pub const GOOD: &str = r#"$busybox mkdir -p $out/share/lkmc; $busybox cat > $out/share/lkmc/bundle.json <<END
{"version":1,"arch":"x86_64","kernel":{"image":"/x","vmlinux":"/x","system-map":"/x","config":"/x","build-tree":"/x","source":"/x","release":"6"},"rootfs":{"initramfs":"/x","ext4":"/x"},"emulator":null,"gdb":{"loader":null,"library-path":[],"binary":"/x","args":[],"env":{},"version":"1"}}
END
"#;

/// What Nix and the seed need, copied: a collection may remove what it finds.
pub fn copy_downloads(cache: &Path) {
    let lock = lkmc::toolbox::Lock::read(&Path::new(ROOT).join("nix/toolbox/debian/lock.json")).unwrap();
    let mut files = lock.files_of("nix").unwrap();
    files.push(&lock.packages[&lock.seed.package]);
    for file in files {
        let below = Path::new("downloads").join(&file.sha256).join(file.store_name());
        fs::create_dir_all(cache.join(&below).parent().unwrap()).unwrap();
        fs::copy(lkmc::paths::cache().unwrap().join(&below), cache.join(&below)).unwrap();
    }
}
