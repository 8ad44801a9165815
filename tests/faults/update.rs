//! `lkmc lock update` is told to stop while apt waits for a mirror.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{assert_failed, skipped_without_apt, wait_until};
use crate::world::{CHECKOUT, World, finish, spawn};

const MANIFEST: &str = "nix/toolbox/debian/packages.toml";

/// An update whose apt-get leaves a file and then says nothing more.
fn update(world: &World, arguments: &[&str]) -> Command {
    std::fs::copy(
        Path::new(CHECKOUT).join(MANIFEST),
        world.path("checkout").join(MANIFEST),
    )
    .expect("it is there");
    let programs = world.path("programs");
    std::fs::create_dir_all(&programs).expect("it can be made");
    let apt = programs.join("apt-get");
    std::fs::write(&apt, "#!/bin/sh\n: > \"$HOME/asked\"\nexec sleep 600\n").expect("it can be written");
    std::fs::set_permissions(&apt, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mut command = world.lkmc("http://127.0.0.1:9/debian", [&["lock", "update"], arguments].concat());
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", programs.display()));
    command
}

#[test]
fn an_update_ends_when_it_is_told_to() {
    if skipped_without_apt() {
        return;
    }
    let world = World::new();
    let child = spawn(update(&world, &[]));
    wait_until("apt to be asked", || world.path("home/asked").exists());
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
    let said = child.wait_with_output().expect("it ends");
    assert_failed(&said, 143, &["lkmc::toolbox::interrupted"]);
}

#[test]
fn an_update_has_a_deadline() {
    if skipped_without_apt() {
        return;
    }
    let world = World::new();
    let said = finish(update(&world, &["--timeout", "1s"]));
    assert_failed(&said, 124, &["lkmc::toolbox::timeout"]);
}
