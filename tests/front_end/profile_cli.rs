//! `lkmc profile` as a user types it, on a checkout of its own.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::processes::waits_for_lock;
use crate::common::{assert_message, assert_says, copy_checkout, stdout, wait_until};
use lkmc::profile::show::{resolved, settings};
use lkmc::profile::{Library, starter};
use lkmc::source::Source;
use serde_json::Value;

/// A copy of the tests' own library, and a directory to stand in.
struct Checkout {
    directory: tempfile::TempDir,
}

impl Checkout {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        copy_checkout(Path::new("tests/ui/library"), directory.path());
        std::fs::create_dir_all(directory.path().join("work")).expect("it can be written");
        Checkout { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("it can be written");
        path
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("it was written")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
        command
            .args(arguments)
            .current_dir(self.path("work"))
            .env("LKMC_ROOT", self.directory.path())
            .env("LKMC_CACHE", self.path("cache"))
            .env_remove("LKMC_PROFILE");
        command
    }

    fn lkmc(&self, arguments: &[&str]) -> Run {
        Run(self.command(arguments).output().expect("lkmc was built"))
    }
}

struct Run(Output);

impl Run {
    fn out(&self) -> String {
        stdout(&self.0)
    }

    #[track_caller]
    fn status(self, expected: i32) -> Self {
        assert_says(&self.0, expected, &[]);
        self
    }

    #[track_caller]
    fn says(self, part: &str) -> Self {
        assert_message(&self.0, &[part]);
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out()).expect("--json prints JSON")
    }
}

#[test]
fn without_arguments_it_says_what_one_can_do() {
    let text = Checkout::new().lkmc(&[]).status(0).out();
    assert_eq!(text.lines().count(), 11, "{text}");
    assert!(text.contains("lkmc profile run x86_64-qemu"));
}

#[test]
fn profiles_are_listed_and_a_broken_one_hides_no_other() {
    let checkout = Checkout::new();
    checkout.write("profiles/odd.toml", "arch = \"vax\"\n");
    let text = checkout.lkmc(&["profile", "list"]).status(0).out();
    assert!(
        text.contains("board  another one\n") && text.contains("odd    (broken: "),
        "{text}"
    );
    let json = checkout.lkmc(&["profile", "list", "--json"]).status(0).json();
    assert_eq!(
        (&json[0]["arch"], &json[0]["name"]),
        (&"aarch64".into(), &"board".into())
    );
    assert_eq!(json[1]["errors"][0]["code"], "lkmc::profile::unknown_name");
}

#[test]
fn names_that_are_nearly_right_are_suggested() {
    let checkout = Checkout::new();
    checkout
        .lkmc(&["profile", "show", "bord"])
        .status(2)
        .says("did you mean `board`?");
    checkout.write("work/mine.toml", "arch = \"arm\"\n");
    checkout
        .lkmc(&["profile", "show", "mine"])
        .status(2)
        .says("`./mine.toml`");
    checkout.lkmc(&["profile", "show", "mine.toml"]).status(0);
    checkout
        .lkmc(&["profile", "show", "none.toml"])
        .status(2)
        .says("lkmc profile new none.toml");
}

#[test]
fn check_reports_every_profile_and_json_is_complete() {
    let checkout = Checkout::new();
    checkout.write("work/a.toml", "arch = \"arm\"\ncpu.count = 0\n");
    checkout.write("work/b.toml", "arch = \"arm\"\nmemory.size = \"1\"\n");
    let run = checkout.lkmc(&["profile", "check", "a.toml", "pc", "b.toml"]).status(2);
    assert_eq!(run.out(), "1 of 3 valid\n");
    run.says("lkmc::profile::out_of_range").says("lkmc::profile::bad_size");
    let json = checkout
        .lkmc(&["profile", "check", "a.toml", "pc", "--json"])
        .status(2)
        .json();
    assert_eq!(json[0]["errors"][0]["labels"][0]["line"], 2);
    assert_eq!(
        (&json[1]["valid"], &json[1]["errors"]),
        (&true.into(), &serde_json::json!([]))
    );
}

#[test]
fn kvm_for_another_architecture_is_refused_only_where_it_is_meant_to_run() {
    let checkout = Checkout::new();
    let other = if cfg!(target_arch = "aarch64") {
        "x86_64"
    } else {
        "aarch64"
    };
    checkout.write(
        "profiles/fast.toml",
        &format!("arch = \"{other}\"\nemulator.accelerator = \"kvm\"\n"),
    );
    checkout
        .lkmc(&["profile", "check", "fast"])
        .status(2)
        .says("lkmc::profile::kvm_other_arch");
    checkout
        .lkmc(&["profile", "run", "fast"])
        .status(2)
        .says("lkmc::profile::kvm_other_arch");
    checkout.lkmc(&["profile", "check"]).status(0);
    checkout.lkmc(&["profile", "show", "fast"]).status(0);
}

#[test]
fn a_new_profile_is_valid_and_nothing_is_overwritten() {
    let checkout = Checkout::new();
    checkout.lkmc(&["profile", "new", "mine", "--from", "board"]).status(0);
    assert!(
        checkout
            .read("profiles/mine.toml")
            .starts_with("#:schema schema.json\n")
    );
    checkout.lkmc(&["profile", "check", "mine"]).status(0);
    checkout
        .lkmc(&["profile", "new", "mine", "--from", "board"])
        .status(2)
        .says("lkmc::profile::exists");
    checkout
        .lkmc(&["profile", "new", "sub/other.toml", "--from", "mine"])
        .status(0);
    checkout.lkmc(&["profile", "check", "sub/other.toml"]).status(0);
    checkout
        .lkmc(&["profile", "new", "a b.toml", "--from", "pc"])
        .status(2)
        .says("lkmc::profile::bad_name");
    assert!(!checkout.path("work/a b.toml").exists());
}

#[test]
fn a_new_profile_may_be_called_as_what_it_extends() {
    let checkout = Checkout::new();
    checkout.lkmc(&["profile", "new", "pc.toml", "--from", "pc"]).status(0);
    checkout.lkmc(&["profile", "check", "pc.toml"]).status(0);
}

#[test]
fn a_lowered_profile_that_is_not_there_is_bad_usage() {
    let checkout = Checkout::new();
    checkout
        .lkmc(&["profile", "build", "nowhere.json"])
        .status(2)
        .says("there is no lowered profile nowhere.json");
}

#[test]
fn set_edits_in_place_and_refuses_what_it_would_break() {
    let checkout = Checkout::new();
    let text = "# Mine\narch = \"arm\"   # small\n\n[memory]\nsize = \"1GiB\"  # enough\n";
    let path = checkout.write("work/real.toml", text);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("it is ours");
    std::os::unix::fs::symlink("real.toml", checkout.path("work/link.toml")).expect("it can be linked");

    let run = checkout
        .lkmc(&["profile", "set", "link.toml", "memory.size", "2GiB"])
        .status(0);
    assert_eq!(run.out(), "link.toml: memory.size set (was \"1GiB\", link.toml:5)\n");
    assert_eq!(checkout.read("work/real.toml"), text.replace("1GiB", "2GiB"));
    assert!(checkout.path("work/link.toml").is_symlink());
    assert_eq!(
        path.metadata().expect("it is there").permissions().mode() & 0o777,
        0o640
    );

    checkout
        .lkmc(&["profile", "set", "real.toml", "memory.size", "4GiB"])
        .status(2)
        .says("virt reaches 3GiB on arm");
    checkout
        .lkmc(&["profile", "set", "real.toml", "memory.sise", "1GiB"])
        .status(2)
        .says("did you mean `size`?");
    checkout
        .lkmc(&["profile", "set", "real.toml", "memory", "1GiB"])
        .status(2)
        .says("lkmc::profile::bad_key");
    checkout
        .lkmc(&["profile", "set", "real.toml", "cpu.count", "2", "--dry-run"])
        .status(0);
    assert_eq!(checkout.read("work/real.toml"), text.replace("1GiB", "2GiB"));
}

#[test]
fn of_two_edits_at_once_none_is_lost() {
    let checkout = Checkout::new();
    let path = checkout.write("work/my.toml", "extends = [\"pc\"]\n");
    let turn = std::fs::File::open(checkout.path("work")).expect("it is there");
    rustix::fs::flock(&turn, rustix::fs::FlockOperation::LockExclusive).expect("nobody has it");
    let edits = [["cpu.count", "2"], ["memory.size", "1GiB"]];
    let children = edits.map(|[key, value]| {
        let mut command = checkout.command(&["profile", "set", "my.toml", key, value]);
        command.spawn().expect("lkmc was built")
    });
    wait_until("both to wait", || {
        children.iter().all(|child| waits_for_lock(child.id()))
    });
    drop(turn);
    for mut child in children {
        assert!(child.wait().expect("it is ours").success());
    }
    let text = std::fs::read_to_string(path).expect("it is there");
    assert!(text.contains("count = 2") && text.contains("size = \"1GiB\""), "{text}");
}

#[test]
fn keys_that_are_nothing_alone_are_set_together() {
    let checkout = Checkout::new();
    checkout.write(
        "work/fast.toml",
        "arch = \"aarch64\"\n[emulator]\nkind = \"gem5\"\n[cpu]\nmodel = \"TimingSimpleCPU\"\n",
    );
    checkout.lkmc(&["profile", "check", "fast.toml"]).status(0);
    let before = checkout.read("work/fast.toml");
    checkout
        .lkmc(&["profile", "set", "fast.toml", "cache.l1i.size", "32KiB"])
        .status(2)
        .says("cache.l1i");
    checkout
        .lkmc(&["profile", "set", "fast.toml", "cpu.count", "2", "cache.l1i.size"])
        .status(2)
        .says("`cache.l1i.size` has no value");
    assert_eq!(checkout.read("work/fast.toml"), before);
    let mut words = vec!["profile", "set", "fast.toml", "--json"];
    for cache in ["l1i", "l1d"] {
        for (key, value) in [("size", "32KiB"), ("associativity", "2"), ("latency", "2")] {
            words.extend([&*format!("cache.{cache}.{key}").leak(), value]);
        }
    }
    let set = checkout.lkmc(&words).status(0).json();
    assert_eq!(set["changed"], true);
    assert_eq!(set["keys"].as_array().map(Vec::len), Some(6));
    assert!(
        checkout
            .read("work/fast.toml")
            .contains("[cache.l1d]\nsize = \"32KiB\"\nassociativity = 2\n")
    );
    checkout.lkmc(&["profile", "check", "fast.toml"]).status(0);
}

#[test]
fn a_setting_without_its_value_is_explained() {
    let checkout = Checkout::new();
    checkout.write("work/my.toml", "arch = \"arm\"\n");
    for (words, part) in [
        (vec!["cpu.count=2"], "a key and its value are two words: cpu.count 2"),
        (vec!["cpu.count=2", "memory.size=1GiB"], "are two words: cpu.count 2"),
        (vec!["cpu.count"], "keys and values take turns"),
        (vec!["cpu.count", "two"], "a whole number from 1 to 512"),
    ] {
        let command = [&["profile", "set", "my.toml"], words.as_slice()].concat();
        checkout.lkmc(&command).status(2).says(part);
    }
}

#[test]
fn a_broken_profile_can_be_mended_step_by_step() {
    let checkout = Checkout::new();
    checkout.write("work/odd.toml", "arch = \"arm\"\ncpu.count = 0\nmemory.size = \"1\"\n");
    checkout
        .lkmc(&["profile", "set", "odd.toml", "cpu.count", "2"])
        .status(0);
    checkout.lkmc(&["profile", "check", "odd.toml"]).status(2);
    checkout
        .lkmc(&["profile", "set", "odd.toml", "memory.size", "1GiB"])
        .status(0);
    checkout.lkmc(&["profile", "check", "odd.toml"]).status(0);
}

#[test]
fn committed_files_are_written_and_found_stale() {
    let checkout = Checkout::new();
    checkout
        .lkmc(&["check"])
        .status(2)
        .says("lkmc::profile::stale")
        .says("profiles/lowered/pc.json");
    checkout.lkmc(&["profile", "lower", "--bless"]).status(0);
    checkout.lkmc(&["check"]).status(0);
    assert_eq!(checkout.lkmc(&["profile", "lower", "--bless"]).status(0).out(), "");
    assert_eq!(
        checkout.lkmc(&["profile", "lower", "pc"]).status(0).out(),
        checkout.read("profiles/lowered/pc.json")
    );
    checkout
        .lkmc(&["profile", "set", "pc", "rootfs.size", "64MiB"])
        .status(0)
        .says("pc belongs to the checkout")
        .says("`git checkout profiles/pc.toml` undoes it")
        .says("`lkmc profile new my.toml --from pc`");
    checkout
        .lkmc(&["profile", "new", "pc", "--from", "pc"])
        .status(2)
        .says("a name such as my.toml makes one of your own");
    checkout.lkmc(&["check"]).status(2).says("profiles/lowered/pc.json");
}

/// In other words: what is printed is what was meant, and it can be kept as a file.
#[test]
fn a_resolved_profile_is_a_profile_with_the_same_settings() {
    let library = Library {
        root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    };
    for name in library.names() {
        let profile = library.load(&name).expect("shipped profiles are valid");
        let again = library.load_source(&Source::new("again.toml", resolved(&profile)));
        let again = again.unwrap_or_else(|error| panic!("{name}: {}", lkmc::diag::to_plain_text(&error)));
        assert_eq!(settings(&again), settings(&profile), "{name}");
    }
}

/// Every line that a starter shows as a comment holds: made into settings, they change nothing.
#[test]
fn the_comments_of_a_starter_are_the_settings() {
    let library = Library {
        root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    };
    for name in library.names() {
        let from = library.load(&name).expect("shipped profiles are valid");
        let text = starter::starter(&from, &name, "schema.json");
        let (head, settings_shown) = text.split_once("every setting.\n").expect("the comments begin there");
        let uncommented: String = settings_shown
            .lines()
            .map(|line| format!("{}\n", line.trim_start_matches("# ")))
            .collect();
        let source = Source::file(&library.profiles().join("mine.toml"), format!("{head}\n{uncommented}"));
        let profile = library
            .load_source(&source)
            .unwrap_or_else(|error| panic!("{}", lkmc::diag::to_plain_text(&error)));
        assert_eq!(settings(&profile), settings(&from), "{name}");
        assert!(
            settings_shown
                .lines()
                .all(|line| line.is_empty() || line.starts_with("# ")),
            "{text}"
        );
    }
}

/// Settings are worth comparing where nothing can be built, too.
#[test]
fn diff_says_which_settings_and_options_differ() {
    let checkout = Checkout::new();
    let diff = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_lkmc"))
            .args(["profile", "diff"])
            .args(arguments)
            .env("LKMC_ROOT", checkout.directory.path())
            .env("LKMC_CACHE", "/proc/none")
            .output();
        Run(output.expect("lkmc was built"))
    };
    let json = diff(&["pc", "board", "--json"]).status(0).json();
    assert_eq!(
        json["settings"][0],
        serde_json::json!({ "key": "arch", "left": "\"x86_64\"", "right": "\"aarch64\"" })
    );
    assert_eq!(
        json["kernel-options"],
        serde_json::json!([{ "key": "DEBUG_FS", "left": null, "right": "y" }])
    );
    assert!(
        json["derivations"].is_null() && json["derivations-error"].is_string(),
        "{json}"
    );
    let text = diff(&["pc", "board"]).status(0).out();
    assert!(text.contains("  emulator.machine  \"q35\""), "{text}");
    assert!(
        diff(&["pc", "pc"])
            .status(0)
            .out()
            .starts_with("Settings: the same\nKernel options: the same\n")
    );
    diff(&["pcx", "bord"])
        .status(2)
        .says("did you mean `pc`?")
        .says("did you mean `board`?");
}

#[test]
fn profile_names_complete() {
    let checkout = Checkout::new();
    let output = Command::new(env!("CARGO_BIN_EXE_lkmc"))
        .args(["--", "lkmc", "profile", "show", "bo"])
        .env("COMPLETE", "fish")
        .env("LKMC_ROOT", checkout.directory.path())
        .output()
        .expect("lkmc was built");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.lines().any(|line| line.starts_with("board")), "{text}");
}
