//! `lkmc profile lock` and `lkmc lock`, with an apt that says what these tests want it to say.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::{assert_failed, assert_message, assert_says, lkmc, skipped_without_apt, stdout};

const APT: &str = r#"#!/bin/sh
here=${0%/*}
echo "$@" >> "$here/asked"
case "$1 $*" in
  indextargets*METAKEY*) echo "main bookworm $here/Packages" ;;
  indextargets*) echo "$here/Packages" ;;
  install*postfix*) printf 'Reading package lists...\nThe following packages have unmet dependencies:\n postfix : Conflicts: exim4\n'
    echo 'E: Unable to correct problems, you have held broken packages.' >&2; exit 100 ;;
  install*) for name in bash gawk; do echo "Inst $name (1 Debian:12.0/oldstable [arm64])"; done ;;
esac
"#;

/// A directory to stand in with the profile `mine.toml`, and an apt.
struct World(tempfile::TempDir);

impl World {
    fn new(packages: &str) -> World {
        let world = World(tempfile::tempdir().expect("a directory"));
        world.write(
            "mine.toml",
            &format!("extends = [\"aarch64-qemu\"]\ndescription = \"x\"\n[rootfs]\nkind = \"debian\"\npackages = {packages}\n"),
        );
        std::fs::create_dir(world.path("programs")).expect("it can be made");
        for (name, text) in [("apt-get", APT), ("apt-config", "#!/bin/sh\n")] {
            let path = world.write(&format!("programs/{name}"), text);
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        let stanza = |name: &str, more: &str| {
            let hash = "ab".repeat(32);
            format!(
                "Package: {name}\nVersion: 1\nArchitecture: arm64\n{more}Filename: pool/main/{name}_1_arm64.deb\nSize: 1\nSHA256: {hash}\n\n"
            )
        };
        let bash = stanza("bash", "Essential: yes\n");
        let others = [
            ("gawk", "Provides: awk\n"),
            ("mawk", "Provides: awk\n"),
            ("postfix", ""),
        ];
        let others: String = others.iter().map(|(name, more)| stanza(name, more)).collect();
        world.write("programs/Packages", &(bash + &others));
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).expect("it can be written");
        self.path(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = lkmc();
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .args(words)
            .current_dir(self.0.path())
            .env("PATH", format!("{}:{path}", self.path("programs").display()))
            .env("LKMC_CACHE", self.path("cache"))
            .env("LKMC_DEBIAN_MIRROR", "http://127.0.0.1:9/mirror");
        command
    }

    fn lkmc(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("lkmc starts")
    }

    fn asked(&self) -> String {
        std::fs::read_to_string(self.path("programs/asked")).unwrap_or_default()
    }

    fn lock(&self) -> Option<String> {
        std::fs::read_to_string(self.path("mine.lock.json")).ok()
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).expect("--json prints JSON")
}

#[test]
fn packages_are_locked_where_one_stands() {
    if skipped_without_apt() {
        return;
    }
    let world = World::new("[\"gawk\"]");
    let said = world.lkmc(&["profile", "lock", "mine.toml", "--json"]);
    assert_says(&said, 0, &["lkmc: trying http://127.0.0.1:9/mirror"]);
    let said = json(&said);
    let file = Path::new(said["file"].as_str().expect("a path"));
    assert!(file.is_absolute() && file.ends_with("mine.lock.json"), "{file:?}");
    assert_eq!((&said["changed"], &said["packages"]), (&true.into(), &2.into()));
    assert_says(&world.lkmc(&["profile", "check", "mine.toml"]), 0, &["1 of 1 valid"]);

    let dry = world.lkmc(&["profile", "lock", "mine.toml", "--dry-run", "--json"]);
    let commands = json(&dry)["commands"].clone();
    let install = commands[1].as_str().expect("two commands");
    assert!(
        install.contains("$(env APT_CONFIG=") && install.ends_with("usr-is-merged gawk"),
        "{install}"
    );
    let asked = world.asked();
    let mut shell = Command::new("sh");
    let path = std::env::var("PATH").unwrap_or_default();
    shell
        .arg("-c")
        .arg(install)
        .env("PATH", format!("{}:{path}", world.path("programs").display()));
    assert!(shell.output().expect("a shell").status.success());
    let again = world.asked();
    let of_the_shell: Vec<&str> = again[asked.len()..].lines().collect();
    let before: Vec<&str> = asked.lines().collect();
    assert_eq!(
        of_the_shell.last(),
        before.last(),
        "the real run asked for other packages"
    );
}

#[test]
fn what_apt_does_not_put_together_is_said_at_its_place() {
    if skipped_without_apt() {
        return;
    }
    let world = World::new("[\"postfix\", \"gawk\"]");
    let parts = [
        "lkmc::profile::packages_conflict",
        "postfix : Conflicts: exim4",
        "not all of these",
        "mine.toml:5:",
    ];
    assert_failed(&world.lkmc(&["profile", "lock", "mine.toml"]), 2, &parts);
    assert_eq!(world.lock(), None);
}

#[test]
fn a_virtual_package_has_others_named_in_its_place() {
    if skipped_without_apt() {
        return;
    }
    let world = World::new("[\"awk\", \"gwak\", \"linux\"]");
    let said = world.lkmc(&["profile", "lock", "mine.toml"]);
    let parts = [
        "`awk` is virtual: name one of gawk, mawk",
        "did you mean `gawk`?",
        "there is none",
        "`main` of Debian bookworm",
    ];
    assert_failed(&said, 2, &parts);
}

#[test]
fn a_lock_file_that_cannot_be_read_is_not_written_over() {
    let world = World::new("[\"gawk\"]");
    for (text, why) in [
        ("<<<<<<< HEAD\n", "is no lock file"),
        ("{\"version\": 9}", "has version 9, not 1"),
    ] {
        world.write("mine.lock.json", text);
        let said = world.lkmc(&["profile", "lock", "mine.toml"]);
        assert_failed(&said, 2, &["lkmc::profile::bad_lock", why]);
        assert_eq!(world.lock().as_deref(), Some(text));
    }
    assert_eq!(world.asked(), "", "apt was asked for nothing");
}

#[test]
fn who_names_no_packages_does_not_choose_for_the_checkout() {
    let world = World::new("[]");
    world.write("other.toml", "extends = [\"arm-qemu-debian\"]\ndescription = \"x\"\n");
    let said = world.lkmc(&["profile", "lock", "other.toml"]);
    let parts = [
        "lkmc::profile::not_its_packages",
        "fragments/debian.toml",
        "`lkmc profile lock arm-qemu-debian`",
    ];
    assert_failed(&said, 2, &parts);
    assert_eq!(world.asked(), "", "apt was asked for nothing");
}

#[test]
fn a_mirror_that_is_missing_is_named() {
    if skipped_without_apt() {
        return;
    }
    let world = World::new("[]");
    world.write(
        "x.toml",
        "extends = [\"mine\"]\narch = \"x86_64\"\ndescription = \"x\"\n",
    );
    let said = world.lkmc(&["profile", "lock", "x.toml"]);
    assert_failed(
        &said,
        125,
        &["lkmc::toolbox::no_mirror", "no mirror of Debian's security updates"],
    );
}

#[test]
fn names_that_no_list_has_are_the_users_mistake() {
    let world = World::new("[]");
    for (action, code) in [
        ("update", "lkmc::toolbox::not_in_manifest"),
        ("fetch", "lkmc::toolbox::not_locked"),
    ] {
        let said = world.lkmc(&["lock", action, "gbd"]);
        assert_eq!(said.status.code(), Some(2));
        assert_message(&said, &[code, "did you mean `gdb`?"]);
    }
    let dry = world.lkmc(&["lock", "fetch", "gdb", "--dry-run", "--json"]);
    let commands = json(&dry)["commands"].clone();
    assert!(
        commands[0].as_str().is_some_and(|line| line.starts_with("curl ")),
        "{commands}"
    );
}
