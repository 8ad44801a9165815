//! Modules for a kernel of one's own: built against a directory that `make` has built a kernel in, run in a guest of it, edited; what
//! of such a directory is refused; and that nothing is ever written there.
//!
//! The kernel is the profile's: links to what Nix keeps of its build directory, with the images where Kbuild leaves them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::common::edits::{Loop, hello, module, oops, own_file, save};
use crate::common::{
    arch, assert_message, assert_says, each_profile, json, lkmc, output, pretend_kernel_tree, stderr, wait_for,
    wait_for_end,
};

struct Tree {
    directory: tempfile::TempDir,
}

impl Tree {
    fn of(profile: &str) -> Tree {
        let bundle = json(&["profile", "build", profile]);
        let described = Path::new(bundle["path"].as_str().unwrap()).join("share/lkmc/bundle.json");
        let described: Value = serde_json::from_slice(&std::fs::read(described).unwrap()).unwrap();
        let kernel = &described["kernel"];
        let store = lkmc::paths::cache().unwrap().join("store");
        let physical = |key: &str| {
            let path = kernel[key].as_str().unwrap();
            match Path::new(path).exists() {
                true => PathBuf::from(path),
                false => store.join(path.trim_start_matches('/')),
            }
        };
        let boot = match arch(profile) {
            "x86_64" => "arch/x86/boot/bzImage",
            "aarch64" => "arch/arm64/boot/Image",
            "arm" => "arch/arm/boot/zImage",
            _ => "arch/riscv/boot/Image",
        };
        let boot = Path::new(boot);
        let mut files = vec![(boot.to_owned(), physical("image"))];
        if kernel["decompressor"].is_string() {
            let unpacks = boot.with_file_name("compressed/vmlinux");
            files.push((unpacks, physical("decompressor")));
        }
        let build = physical("build-tree");
        // These are a directory's own, for tests that change them.
        for name in [
            ".config",
            "Makefile",
            "Module.symvers",
            "include/generated/utsrelease.h",
        ] {
            files.push((name.into(), build.join(name)));
        }
        let tree = Tree {
            directory: tempfile::tempdir().unwrap(),
        };
        let own: Vec<&Path> = files.iter().map(|(name, _)| name.as_path()).collect();
        link(&build, &tree.path(""), Path::new(""), &own);
        for (name, file) in &files {
            let to = tree.directory.path().join(name);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, std::fs::read(file).unwrap()).unwrap();
        }
        tree
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn change(&self, name: &str, change: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        std::fs::write(self.path(name), change(text)).unwrap();
    }

    /// `lkmc WORDS --kernel-tree TREE -p PROFILE`
    fn lkmc(&self, profile: &str, words: &[&str]) -> Output {
        let tree = self.directory.path().to_string_lossy();
        output(&[words, &["-p", profile, "--kernel-tree", &tree]].concat())
    }

    /// Each file with its length and time.
    fn state(&self) -> BTreeMap<PathBuf, String> {
        let mut state = BTreeMap::new();
        let mut directories = vec![self.path("")];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap().flatten() {
                let metadata = entry.metadata().unwrap();
                if metadata.is_dir() {
                    directories.push(entry.path());
                }
                let times = format!("{} {:?}", metadata.len(), metadata.modified().unwrap());
                state.insert(entry.path(), times);
            }
        }
        state
    }
}

/// Links to all that is in `from`, but for these files, in directories where one of these is.
fn link(from: &Path, to: &Path, below: &Path, own: &[&Path]) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (path, name) = (entry.path(), below.join(entry.file_name()));
        let to = to.join(entry.file_name());
        match own.iter().any(|file| file.starts_with(&name)) {
            true if path.is_dir() => link(&path, &to, &name, own),
            true => {}
            false => std::os::unix::fs::symlink(path, to).unwrap(),
        }
    }
}

#[test]
fn a_demo_is_built_and_run_and_nothing_is_written_to_the_directory() {
    each_profile(|profile| {
        let tree = Tree::of(profile);
        let before = tree.state();
        // A module, and a module with a program.
        for demo in ["kernel_modules/hello.c", "kernel_modules/ioctl.c"] {
            assert_says(&tree.lkmc(profile, &["demo", "run", demo]), 0, &["pass: "]);
        }
        let built = tree.lkmc(profile, &["demo", "build", "kernel_modules/ioctl.c"]);
        assert_says(
            &built,
            0,
            &["-own-kernel/guest/ioctl\n", "-own-kernel/guest/ioctl.ko\n"],
        );
        let output = tempfile::tempdir().unwrap();
        let output = output.path().to_str().unwrap();
        let copied = tree.lkmc(profile, &["demo", "build", "kernel_modules/ioctl.c", "-o", output]);
        assert_says(&copied, 0, &[&format!("{output}/ioctl\n{output}/ioctl.ko\n")]);
        assert_eq!(tree.state(), before);
    });
}

#[test]
fn what_the_directory_lacks_is_named_with_the_target_that_makes_it() {
    each_profile(|profile| {
        let tree = Tree::of(profile);
        std::fs::remove_file(tree.path("Module.symvers")).unwrap();
        let refused = tree.lkmc(profile, &["dev", "--once", "kernel_modules/hello.c"]);
        assert_eq!(refused.status.code(), Some(2));
        assert_message(
            &refused,
            &[
                "lkmc::demo::not_here",
                "its modules need Module.symvers",
                "`make modules` there",
            ],
        );
        // Of the kernel's own modules this directory has none.
        let of_tree = tree.lkmc(profile, &["demo", "build", "kernel_modules/irq.c"]);
        assert_message(&of_tree, &["lkmc::demo::not_here"]);
    });
}

#[test]
fn a_kernel_of_another_architecture_is_said_to_be_one() {
    each_profile(|profile| {
        let tree = tempfile::tempdir().unwrap();
        pretend_kernel_tree(tree.path());
        if arch(profile) == "x86_64" {
            std::fs::rename(tree.path().join("arch/x86"), tree.path().join("arch/arm64")).unwrap();
            std::fs::rename(
                tree.path().join("arch/arm64/boot/bzImage"),
                tree.path().join("arch/arm64/boot/Image"),
            )
            .unwrap();
        }
        let other = if arch(profile) == "x86_64" { "aarch64" } else { "x86_64" };
        let place = tree.path().to_string_lossy();
        let refused = output(&[
            "dev",
            "--once",
            "kernel_modules/hello.c",
            "-p",
            profile,
            "--kernel-tree",
            &place,
        ]);
        assert_eq!(refused.status.code(), Some(2));
        assert_message(
            &refused,
            &["lkmc::profile::kernel_tree", &format!("it has one for {other}")],
        );
    });
}

#[test]
fn another_compiler_and_another_version_are_refused() {
    each_profile(|profile| {
        let tree = Tree::of(profile);
        tree.change("include/generated/utsrelease.h", |text| text.replace("6.", "7."));
        let changed = tree.lkmc(profile, &["demo", "build", "kernel_modules/hello.c"]);
        assert_eq!(changed.status.code(), Some(2));
        assert_message(
            &changed,
            &["lkmc::kernel_tree::changed", "are now built for `7.", "`make -C "],
        );
        tree.change(".config", |text| {
            let lines = text.lines().filter(|line| !line.starts_with("CONFIG_GCC_VERSION="));
            lines.map(|line| format!("{line}\n")).collect::<String>() + "CONFIG_GCC_VERSION=990000\n"
        });
        let other = tree.lkmc(profile, &["demo", "build", "kernel_modules/hello.c"]);
        assert_eq!(other.status.code(), Some(2));
        let help = format!("`lkmc shell {profile} -- make -C ");
        assert_message(&other, &["lkmc::kernel_tree::compiler", "--kernel-tree", &help]);
    });
}

#[test]
fn the_edit_loop_runs_on_a_kernel_of_ones_own() {
    each_profile(|profile| {
        let tree = Tree::of(profile);
        let before = tree.state();
        let (_directory, file) = own_file("mymodule.c");
        std::fs::write(&file, hello(0)).unwrap();
        let place = tree.directory.path().to_string_lossy();
        let mut lkmc = Loop::with(&["-p", profile, "--kernel-tree", &place], &file);
        assert_eq!(lkmc.next()["outcome"], "inserted");
        save(&file, &module("\tthis is not C;"));
        let round = lkmc.next();
        assert_eq!(round["outcome"], "not-built");
        let errors = round["errors"].as_str().unwrap();
        assert!(errors.contains("mymodule.c:7:"), "{errors}");
        save(&file, &oops(1));
        let round = lkmc.next();
        assert_eq!(round["outcome"], "oops", "{round:#}");
        assert_eq!(round["stack"][0], "mymodule_init at mymodule.c:8", "{round:#}");
        save(&file, &module("\tint unused;"));
        let round = lkmc.next();
        assert_eq!(round["outcome"], "inserted", "{round:#}");
        let warnings = round["warnings"].as_str().unwrap();
        assert!(warnings.starts_with("mymodule.c: In function"), "{warnings}");
        assert_eq!(tree.state(), before);
    });
}

/// Its make does not end by itself.
#[test]
fn an_interrupt_ends_make_and_all_that_it_has_started() {
    each_profile(|profile| {
        let tree = Tree::of(profile);
        let begun = tree.path("begun");
        let recipe = format!(
            "modules:\n\techo $(M) $$$$ > {0}.new; mv {0}.new {0}; exec sleep 600\n",
            begun.display()
        );
        tree.change("Makefile", |_| recipe);
        let place = tree.directory.path().to_string_lossy().into_owned();
        let mut child = lkmc()
            .args([
                "demo",
                "build",
                "kernel_modules/hello.c",
                "-p",
                profile,
                "--kernel-tree",
                &place,
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = wait_for("make", || std::fs::read_to_string(&begun).ok());
        let (sources, sleeping) = said.trim().split_once(' ').unwrap();
        assert!(Path::new(sources).is_dir());
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        assert_eq!(wait_for_end(&mut child).code(), Some(130));
        assert!(!Path::new(sources).exists(), "{sources}");
        assert!(!Path::new("/proc").join(sleeping).exists(), "{sleeping}");
        let late = tree.lkmc(profile, &["--timeout", "2s", "demo", "build", "kernel_modules/hello.c"]);
        assert_eq!(late.status.code(), Some(124), "{}", stderr(&late));
    });
}
