//! The machine lacks something: KVM, a place for runs.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::common::{assert_failed, assert_says, copy_checkout, stderr};
use crate::world::{CHECKOUT, World, finish, without_namespaces};

/// Shows `/dev` without `kvm` to what comes after it.
const HIDE_KVM: &str = r#"
    dev=/mnt
    mount -t tmpfs tmpfs "$dev"
    for node in null zero full random urandom; do : > "$dev/$node"; mount --bind "/dev/$node" "$dev/$node"; done
    mount --rbind "$dev" /dev
"#;

/// A bundle of files that are not there: what must be refused is refused before they are missed.
fn bundle(world: &World) -> PathBuf {
    let program =
        json!({ "loader": null, "library-path": [], "binary": "/no/qemu", "args": [], "env": {}, "version": "0" });
    let kernel = [
        "image",
        "vmlinux",
        "system-map",
        "config",
        "build-tree",
        "source",
        "release",
    ];
    let kernel: serde_json::Map<_, _> = kernel
        .iter()
        .map(|key| (key.to_string(), json!("/no/kernel")))
        .collect();
    let bundle = json!({ "version": 5, "arch": "x86_64", "kernel": kernel, "emulator": program, "gdb": program, "share-server": null,
                         "rootfs": { "initramfs": "/no/initramfs", "ext4": "/no/ext4" } });
    let path = world.path("bundle.json");
    std::fs::write(&path, bundle.to_string()).expect("it can be written");
    path
}

#[test]
fn without_kvm_a_kvm_profile_is_refused_before_anything_is_built() {
    if without_namespaces() {
        return;
    }
    let world = World::new();
    let script = format!(r#"{HIDE_KVM} exec "$LKMC" profile run x86_64-qemu-kvm -- true"#);
    let mut command = world.namespace("http://127.0.0.1:9/debian", &script);
    command.env("LKMC_ROOT", CHECKOUT);
    let said = finish(command);
    assert_failed(
        &said,
        2,
        &["lkmc::emulator::no_kvm", "there is no /dev/kvm", "--accelerator tcg"],
    );
    assert!(
        !stderr(&said).contains("download"),
        "it began to build: {}",
        stderr(&said)
    );
    assert!(!world.cache().join("store").exists());
}

/// The remedy that the refusal names leads further: here to the emulator, which this bundle does not have.
#[test]
fn without_kvm_the_profile_runs_when_told_to_emulate() {
    if without_namespaces() {
        return;
    }
    let world = World::new();
    let script = format!(r#"{HIDE_KVM} exec "$LKMC" profile run x86_64-qemu-kvm --accelerator tcg --cold -- true"#);
    let mut command = world.namespace("", &script);
    command.env("LKMC_ROOT", CHECKOUT).env("LKMC_BUNDLE", bundle(&world));
    let said = finish(command);
    assert_failed(&said, 125, &["/no/qemu"]);
    assert!(!stderr(&said).contains("no_kvm"), "{}", stderr(&said));
}

#[test]
fn a_checkout_that_cannot_be_written_is_named() {
    if without_namespaces() {
        return;
    }
    let world = World::new();
    let script = r#"mount --bind "$LKMC_ROOT" "$LKMC_ROOT"; mount -o remount,ro,bind "$LKMC_ROOT"
                    exec "$LKMC" profile run x86_64-qemu --cold -- true"#;
    copy_checkout(&Path::new(CHECKOUT).join("profiles"), &world.path("checkout/profiles"));
    let mut command = world.namespace("", script);
    command.env("LKMC_BUNDLE", bundle(&world));
    let said = finish(command);
    assert_failed(&said, 125, &["out/run", "Read-only file system"]);
    // Looking at profiles writes nothing.
    let list = world.namespace(
        "",
        r#"mount --bind "$LKMC_ROOT" "$LKMC_ROOT"; mount -o remount,ro,bind "$LKMC_ROOT"
                                      "$LKMC" profile list; "$LKMC" profile show x86_64-qemu; "$LKMC" profile check"#,
    );
    let said = finish(list);
    assert_says(&said, 0, &[]);
}
