//! What comes of a real gem5's checkpoint when the disk is full or gem5 is killed: never half a one. The machine executes
//! `gem5/checkpoint.S` in place of boot loader and kernel, so that it gets there at once.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::common::gem5::{assemble, skipped_without_gem5, write_bundle};
use crate::common::{ROOT, record, skip, stderr};

const PROFILE: &str = "aarch64-gem5-atomic";

/// A cache of its own, and a bundle whose kernel is a few instructions.
struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let program = assemble("checkpoint.S", directory.path());
        std::fs::create_dir_all(directory.path().join("cache/snapshots")).expect("a directory can be made");
        write_bundle(directory.path(), &program, &program);
        Bench { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs on gem5, whose checkpoint comes to this harm. With `disk`, checkpoints lie on a file system of this size.
    fn run(&self, harm: &str, disk: Option<&str>) -> Output {
        let gem5 = std::env::var_os("LKMC_GEM5").expect("it is set");
        let mut command = match disk {
            None => Command::new(env!("CARGO_BIN_EXE_lkmc")),
            Some(size) => {
                let script =
                    format!("mount -t tmpfs -o size={size} tmpfs \"$LKMC_CACHE/snapshots\" && exec \"$0\" \"$@\"");
                let mut command = Command::new("unshare");
                command.args(["-Urm", "sh", "-c", &script, env!("CARGO_BIN_EXE_lkmc")]);
                command
            }
        };
        command
            .current_dir(ROOT)
            .env("LKMC_ROOT", ROOT)
            .env("LKMC_CACHE", self.path("cache"))
            .env("LKMC_BUNDLE", self.path("bundle.json"))
            .env("LKMC_GEM5", Path::new(ROOT).join("tests/gem5/spoiler"))
            .env("LKMC_SPOILED", gem5)
            .env("LKMC_SPOIL", harm)
            .args(["--json", "--timeout", "10m", "profile", "run", PROFILE, "--", "true"])
            .stdin(Stdio::null())
            .output()
            .expect("lkmc can be started")
    }

    /// Checkpoints, whole or not, that lie in the cache, without the locks for their making.
    fn checkpoints(&self) -> Vec<PathBuf> {
        let listed = std::fs::read_dir(self.path("cache/snapshots")).expect("it is there");
        let paths = listed.map(|entry| entry.expect("it can be read").path());
        paths.filter(|path| path.is_dir()).collect()
    }
}

/// The machine ends itself behind the checkpoint, with status 0.
fn assert_whole(ran: &Output, used: bool) {
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(ran));
    assert_eq!(record(ran)["snapshot"]["used"], used, "{}", stderr(ran));
}

fn assert_nothing_is_left(bench: &Bench, ran: &Output, says: &str) {
    let text = stderr(ran);
    assert_eq!(ran.status.code(), Some(125), "{text}");
    assert!(text.contains(says), "no `{says}` in {text}");
    assert!(bench.checkpoints().is_empty(), "{:?}", bench.checkpoints());
}

#[test]
fn a_gem5_that_is_killed_while_it_writes_leaves_no_checkpoint() {
    if skipped_without_gem5() {
        return;
    }
    let bench = Bench::new();
    let killed = bench.run("kill", None);
    assert_nothing_is_left(&bench, &killed, "killed by signal 9");
    // The next run makes one, and the one after that uses it.
    assert_whole(&bench.run("", None), false);
    assert_eq!(bench.checkpoints().len(), 1);
    assert_whole(&bench.run("", None), true);
}

#[test]
fn a_checkpoint_that_gem5_could_not_write_is_none() {
    if skipped_without_gem5() {
        return;
    }
    let bench = Bench::new();
    // gem5 does not look whether its m5.cpt could be written, and says that all is well.
    let cut = bench.run("state", None);
    assert_nothing_is_left(&bench, &cut, "lkmc::gem5::checkpoint");
    assert_whole(&bench.run("", None), false);
}

#[test]
fn a_disk_that_gets_full_while_gem5_boots_leaves_no_checkpoint() {
    if skipped_without_gem5() {
        return;
    }
    let tried = Command::new("unshare").args(["-Urm", "true"]).status();
    if !tried.is_ok_and(|status| status.success()) {
        return skip("no user namespaces");
    }
    let bench = Bench::new();
    let full = bench.run("disk", Some("400m"));
    assert_nothing_is_left(&bench, &full, "fatal: Write failed on physical memory checkpoint file");
    // With too small a disk it does not even begin.
    let small = bench.run("", Some("100m"));
    let text = stderr(&small);
    assert!(text.contains("lkmc::gem5::no_room"), "{text}");
    assert_whole(&bench.run("", Some("400m")), false);
}

#[test]
fn a_directory_that_cannot_be_written_takes_no_checkpoint() {
    if skipped_without_gem5() {
        return;
    }
    if rustix::process::geteuid().is_root() {
        return skip("root may write everywhere");
    }
    let bench = Bench::new();
    let snapshots = bench.path("cache/snapshots");
    let set = |mode| std::fs::set_permissions(&snapshots, std::fs::Permissions::from_mode(mode)).expect("it is ours");
    set(0o500);
    let refused = bench.run("", None);
    set(0o700);
    assert_nothing_is_left(&bench, &refused, "lkmc::gem5");
}
