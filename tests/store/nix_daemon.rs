//! lkmc as an ordinary user of a machine whose Nix has a daemon: a real one, of the Nix that lkmc brings, run by root.
//!
//! The daemon and the user each see `/nix` in a namespace of their own, the same directory of ours. Needs root, to be two users;
//! spawns Nix, so it runs only where `LKMC_TEST_NIX` is set (`./test` sets it once the downloads are there).

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use crate::common::small::{self, GOOD};
use crate::common::{ROOT, assert_says, skip, skipped_without_nix, stderr, stdout, wait_until};

const LKMC: &str = env!("CARGO_BIN_EXE_lkmc");
/// `nobody`, whom no Nix trusts.
const USER: u32 = 65534;

/// The Nix that lkmc brings, unpacked where every user may look, and programs of it that run on any host.
static NIX: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nix-of-the-machine");
    let _ = fs::remove_dir_all(&root);
    let lock = lkmc::toolbox::Lock::read(&Path::new(ROOT).join("nix/toolbox/debian/lock.json")).unwrap();
    let downloads = lkmc::paths::cache().unwrap().join("downloads");
    let files = lock.files_of("nix").unwrap();
    let debs = files
        .iter()
        .map(|file| downloads.join(&file.sha256).join(file.store_name()));
    lkmc::toolbox::deb::unpack_root(&debs.collect::<Vec<_>>(), &root).unwrap();
    let usr = root.join("usr").display().to_string();
    let libraries = format!("{usr}/lib/x86_64-linux-gnu");
    fs::create_dir(root.join("programs")).unwrap();
    for name in ["nix", "nix-instantiate", "nix-store"] {
        let text = format!(
            "#!/bin/sh\nexec {libraries}/ld-linux-x86-64.so.2 --argv0 {name} --library-path {libraries}:{usr}/lib/nix:{usr}/lib \
             {usr}/bin/nix \"$@\"\n"
        );
        let program = root.join("programs").join(name);
        fs::write(&program, text).unwrap();
        fs::set_permissions(program, Permissions::from_mode(0o755)).unwrap();
    }
    root
});

/// Whether a test is left out; if so it has said why.
fn skipped() -> bool {
    if skipped_without_nix() {
        return true;
    }
    let root = rustix::process::getuid().is_root();
    let is_open = || Command::new(LKMC).arg("--version").uid(USER).gid(USER).output().is_ok();
    let missing = !root || !is_open();
    if missing {
        skip("needs root, and a checkout that every user may look into");
    }
    missing
}

/// A machine with a Nix that is root's, and an ordinary user on it.
struct Machine {
    directory: tempfile::TempDir,
    daemon: Option<Child>,
}

impl Machine {
    /// `settings` are lines of its nix.conf; `script` builds what its user wants.
    fn new(settings: &str, script: &str) -> Machine {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        let machine = Machine {
            directory,
            daemon: None,
        };
        small::write(machine.directory.path(), "small", script);
        for name in [
            "root/nix",
            "root/mount-point",
            "root/conf",
            "user/cache",
            "user/mount-point",
        ] {
            fs::create_dir_all(machine.path(name)).unwrap();
        }
        fs::write(
            machine.path("root/conf/nix.conf"),
            format!("build-users-group =\n{settings}\n"),
        )
        .unwrap();
        small::copy_downloads(&machine.path("user/cache"));
        for name in ["user/cache", "user/cache/downloads", "user/mount-point"] {
            chown(machine.path(name), Some(USER), Some(USER)).unwrap();
        }
        machine
    }

    fn with_daemon(settings: &str, script: &str) -> Machine {
        let mut machine = Machine::new(settings, script);
        machine.start();
        machine
    }

    fn start(&mut self) {
        let mut daemon = self.as_root("nix-daemon");
        daemon.stdout(Stdio::null()).stderr(Stdio::null());
        self.daemon = Some(daemon.spawn().unwrap());
        wait_until("the daemon", || {
            self.path("root/nix/var/nix/daemon-socket/socket").exists()
        });
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A command in a namespace with the machine's `/nix`, and `/usr` of `tree`.
    fn enter(&self, tree: &Path, mount_point: &str, program: &Path) -> Command {
        let mut command = Command::new(LKMC);
        command
            .arg("__enter")
            .args([tree, &self.path("root/nix"), &self.path(mount_point), program]);
        command
            .env("NIX_CONF_DIR", self.path("root/conf"))
            .env_remove("NIX_REMOTE");
        command
    }

    fn as_root(&self, program: &str) -> Command {
        self.enter(&NIX, "root/mount-point", &Path::new("/usr/bin").join(program))
    }

    /// What the user gets to see of a build.
    fn build(&self) -> Output {
        let mut command = self.enter(Path::new("/"), "user/mount-point", Path::new(LKMC));
        command
            .args(["profile", "build", "--timeout", "2m"])
            .arg(self.path("lowered.json"))
            .env("LKMC_ROOT", self.directory.path())
            .env("LKMC_CACHE", self.path("user/cache"))
            .env("LKMC_NIX", "host")
            .env("HOME", self.path("user/cache"))
            .env("PATH", format!("{}:/usr/bin:/bin", NIX.join("programs").display()));
        command.uid(USER).gid(USER).output().unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            // All that it started is in a PID namespace with it.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// A build that notices whether it is in a sandbox.
fn sandboxed() -> String {
    format!("{GOOD} [ $NIX_BUILD_TOP = /build ]")
}

#[test]
fn an_ordinary_user_builds_and_keeps_it() {
    if skipped() {
        return;
    }
    let machine = Machine::with_daemon("sandbox = true", &sandboxed());
    let built = machine.build();
    assert_says(&built, 0, &["-small-bundle"]);
    let out = stdout(&built);
    let physical = machine.path("root").join(out.trim().trim_start_matches('/'));
    assert!(physical.join("share/lkmc/bundle.json").exists());
    let collected = machine.as_root("nix-store").arg("--gc").output().unwrap();
    assert!(collected.status.success(), "{}", stderr(&collected));
    // What it was made of has no root.
    assert!(stderr(&collected).contains("-small-input"), "{}", stderr(&collected));
    assert!(physical.exists());
    assert_says(&machine.build(), 0, &[out.trim()]);
}

#[test]
fn a_daemon_without_a_sandbox_is_refused() {
    if skipped() {
        return;
    }
    let machine = Machine::with_daemon("sandbox = false", GOOD);
    let parts = ["lkmc::nix::no_sandbox", "user nobody", "LKMC_NIX=private"];
    assert_says(&machine.build(), 125, &parts);
}

#[test]
fn who_is_trusted_gets_a_sandbox() {
    if skipped() {
        return;
    }
    let machine = Machine::with_daemon("sandbox = false\ntrusted-users = root nobody", &sandboxed());
    assert_says(&machine.build(), 0, &["-small-bundle"]);
}

#[test]
fn who_is_turned_away_is_told() {
    if skipped() {
        return;
    }
    let machine = Machine::with_daemon("allowed-users = root", GOOD);
    assert_says(&machine.build(), 125, &["allowed-users", "LKMC_NIX=private"]);
}

#[test]
fn a_nix_whose_daemon_is_gone_is_of_no_use() {
    if skipped() {
        return;
    }
    let machine = Machine::new("", GOOD);
    assert_says(&machine.build(), 125, &["lkmc::nix::no_host_nix", "no daemon answers"]);
}

/// What lkmc does not fetch itself, as with the nixpkgs toolbox, may come out of a binary cache.
#[test]
fn foreign_files_come_from_caches() {
    if skipped() {
        return;
    }
    let file = r#"${derivation {
      name = "hello";
      system = "x86_64-linux";
      builder = "/missing";
      outputHashAlgo = "sha256";
      outputHashMode = "flat";
      outputHash = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    }}"#;
    let mut machine = Machine::new("", &format!("{GOOD} $busybox cp {file} $out/hello"));
    let nix = |program: &str, arguments: &[&str]| {
        let output = machine.as_root(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output).trim().to_owned()
    };
    let hello = machine.path("hello");
    fs::write(&hello, "hello\n").unwrap();
    let stored = nix("nix-store", &["--add-fixed", "sha256", hello.to_str().unwrap()]);
    let cache = format!("file://{}", machine.path("root/cache").display());
    let copy = [
        "--extra-experimental-features",
        "nix-command",
        "copy",
        "--to",
        &cache,
        &stored,
    ];
    nix("nix", &copy);
    nix("nix-store", &["--delete", &stored]);
    fs::write(
        machine.path("root/conf/nix.conf"),
        format!("build-users-group =\nsubstituters = {cache}\nrequire-sigs = false\n"),
    )
    .unwrap();
    machine.start();
    assert_says(&machine.build(), 0, &["-small-bundle"]);
}
