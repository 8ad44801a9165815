//! Which files are demos, and what a demo is made of.

use std::path::{Path, PathBuf};

use lkmc::demo::{Collection, Demo, Kind, Text};
use lkmc::diag::to_plain_text;
use lkmc::profile::Arch;

use crate::common::ROOT;

/// A checkout of its own with these files.
fn checkout(files: &[(&str, &str)]) -> (tempfile::TempDir, Collection) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    write(directory.path(), files);
    let root = directory.path().canonicalize().expect("it exists");
    (directory, Collection { root })
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the directory")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }
}

fn names(paths: &[PathBuf], root: &Path) -> Vec<String> {
    let below = |path: &PathBuf| path.strip_prefix(root).unwrap_or(path).display().to_string();
    paths.iter().map(below).collect()
}

/// By its whole path: the tests' own directory has demos of the same names.
fn load(collection: &Collection, name: &str) -> Demo {
    let path = collection.root.join(name).display().to_string();
    collection
        .load(&path)
        .unwrap_or_else(|error| panic!("{}", to_plain_text(&error)))
}

const MODULE: &str = "\
// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Give an integer to the kernel. And take it back.
 *
 * [lkmc]
 * kconfig = [\"DEBUG_FS=y\"]
 * modules = [\"dep.c\"]
 * companion = [\"../userland/kernel_modules/ioctl.c\", \"helper.sh\"]
 * machine.memory = \"512MiB\"
 *
 * [[lkmc.run]]
 * guest = \"insmod ioctl.ko\"
 * stdout-has = [\"2\"]
 * timeout = \"3s\"
 *
 * [[lkmc.run]]
 * name = \"dies\"
 * arches = [\"arm\"]
 * guest = \"./die\"
 * verdict = \"panic\"
 * [/lkmc]
 */
#include <linux/module.h>
#include \"ioctl.h\"
";
const MODULE_WITH_CPP: &str = "/*\n * Ioctl.\n * [lkmc]\n * companion = [\"../userland/kernel_modules/ioctl.cpp\"]\n * [[lkmc.run]]\n * guest = \"true\"\n * [/lkmc]\n */\n";

fn repository() -> (tempfile::TempDir, Collection) {
    checkout(&[
        ("kernel_modules/ioctl.c", MODULE),
        ("kernel_modules/ioctl.h", "#include \"more.h\"\n"),
        ("kernel_modules/more.h", ""),
        ("kernel_modules/dep.c", "#include <linux/module.h>\n"),
        ("kernel_modules/helper.sh", "#!/bin/sh\n"),
        ("kernel_modules/ioctl.mod.c", ""),
        (
            "userland/kernel_modules/ioctl.c",
            "#include \"../../kernel_modules/ioctl.h\"\n",
        ),
        ("userland/arch/arm/add.c", "/* Add. */\nint main(void) { return 0; }\n"),
        (
            "userland/linux/trace.sh",
            "#!/bin/sh\n# SPDX-License-Identifier: X\n# Trace.\n# [lkmc]\n# arches = [\"arm\"]\n# [/lkmc]\n",
        ),
    ])
}

#[test]
fn parts_of_other_demos_are_none_themselves() {
    let (_directory, collection) = repository();
    assert_eq!(
        collection.names(),
        [
            "kernel_modules/ioctl.c",
            "userland/arch/arm/add.c",
            "userland/linux/trace.sh"
        ]
    );
    let companion = collection.root.join("userland/kernel_modules/ioctl.c");
    let error = collection
        .load(&companion.display().to_string())
        .expect_err("it is a companion");
    assert!(to_plain_text(&error).contains("kernel_modules/ioctl.c"), "{error}");
}

#[test]
fn a_module_with_everything() {
    let (_directory, collection) = repository();
    let demo = load(&collection, "kernel_modules/ioctl.c");
    assert_eq!(
        (demo.kind, demo.summary.as_str()),
        (Kind::Module, "Give an integer to the kernel")
    );
    assert_eq!(demo.arches, Arch::ALL);
    let kinds: Vec<Kind> = demo.parts.iter().map(|part| part.kind).collect();
    assert_eq!(kinds, [Kind::Module, Kind::Module, Kind::Program, Kind::Script]);
    let sources = [
        "kernel_modules/dep.c",
        "kernel_modules/helper.sh",
        "kernel_modules/ioctl.c",
        "kernel_modules/ioctl.h",
        "kernel_modules/more.h",
        "userland/kernel_modules/ioctl.c",
    ];
    assert_eq!(names(&demo.sources, &demo.root), sources);
    assert_eq!(demo.root, collection.root);
    assert_eq!(demo.machine.memory.map(|size| size.0), Some(512 << 20));
    let [first, dies] = demo.runs.as_slice() else {
        panic!("two runs")
    };
    assert_eq!((first.expect.status, first.timeout.as_secs()), (Some(0), 3));
    assert_eq!(first.expect.stdout, Text::Has(vec!["2".into()]));
    assert_eq!(first.expect.stderr, Text::nothing());
    assert_eq!((dies.expect.status, &dies.expect.stdout), (None, &Text::anything()));
    assert_eq!(demo.runs_on(Arch::X86_64).count(), 1);
    assert_eq!(demo.runs_on(Arch::Arm).count(), 2);
}

#[test]
fn programs_and_scripts_are_silent_unless_they_say_otherwise() {
    let (_directory, collection) = repository();
    let program = load(&collection, "userland/arch/arm/add.c");
    assert_eq!(
        (program.kind, program.arches.as_slice()),
        (Kind::Program, [Arch::Arm].as_slice())
    );
    assert_eq!(
        (program.runs[0].guest.as_str(), &program.runs[0].expect.stdout),
        ("./add", &Text::nothing())
    );
    let script = load(&collection, "userland/linux/trace.sh");
    assert_eq!(
        (script.summary.as_str(), script.runs[0].guest.as_str()),
        ("Trace", "./trace.sh")
    );
}

#[test]
fn assembly_is_a_program_or_for_bare_metal() {
    let (_directory, collection) = checkout(&[
        ("baremetal/arch/arm/reset.S", "/* Reset. */\n"),
        ("kernel_modules/part.S", "/* A part of a module. */\n"),
        ("userland/arch/check.h", "#include \"check/arm.h\"\n"),
        ("userland/arch/check/arm.h", ""),
        ("userland/arch/arm/add.S", "/* Add. */\n#include \"../check.h\"\n"),
        (
            "userland/both.sh",
            "#!/bin/sh\n# Both.\n# [lkmc]\n# companion = [\"helper.S\"]\n# [/lkmc]\n",
        ),
        ("userland/helper.S", ""),
    ]);
    let shipped = [
        "baremetal/arch/arm/reset.S",
        "userland/arch/arm/add.S",
        "userland/both.sh",
    ];
    assert_eq!(collection.names(), shipped);
    let demo = load(&collection, "userland/arch/arm/add.S");
    assert_eq!((demo.kind, demo.summary.as_str()), (Kind::Program, "Add"));
    assert_eq!(demo.arches, [Arch::Arm]);
    assert_eq!(
        (demo.runs[0].guest.as_str(), &demo.runs[0].expect.stdout),
        ("./add", &Text::nothing())
    );
    let sources = [
        "userland/arch/arm/add.S",
        "userland/arch/check/arm.h",
        "userland/arch/check.h",
    ];
    assert_eq!(names(&demo.sources, &demo.root), sources);
    let parts = load(&collection, "userland/both.sh").parts;
    assert_eq!(parts[1].guest_name().as_deref(), Some("helper"));
    let error = collection.load("kernel_modules/part.S").expect_err("it is a part");
    assert_eq!(error.code(), "lkmc::demo::not_a_demo");

    let outside = tempfile::tempdir().expect("a temporary directory");
    write(
        outside.path(),
        &[("own.S", ""), ("board.S", "#include <lkmc/board.h>\n")],
    );
    let kind = |name: &str| load(&collection, &outside.path().join(name).display().to_string()).kind;
    assert_eq!((kind("own.S"), kind("board.S")), (Kind::Program, Kind::BareMetal));
}

#[test]
fn cpp_is_a_program_and_nothing_else() {
    let (_directory, collection) = checkout(&[
        ("baremetal/reset.cpp", "/* Reset. */\n"),
        ("kernel_modules/part.cpp", "/* No module. */\n"),
        ("kernel_modules/ioctl.c", MODULE_WITH_CPP),
        (
            "userland/kernel_modules/ioctl.cpp",
            "#include \"numbers.hpp\"\nint main() {}\n",
        ),
        ("userland/kernel_modules/numbers.hpp", "#include \"more.h\"\n"),
        ("userland/kernel_modules/more.h", ""),
        ("userland/cpp/virtual.cpp", "// Virtual.\nint main() {}\n"),
    ]);
    assert_eq!(
        collection.names(),
        ["kernel_modules/ioctl.c", "userland/cpp/virtual.cpp"]
    );
    let demo = load(&collection, "userland/cpp/virtual.cpp");
    assert_eq!(
        (demo.kind, demo.summary.as_str(), demo.runs[0].guest.as_str()),
        (Kind::Program, "Virtual", "./virtual")
    );
    let module = load(&collection, "kernel_modules/ioctl.c");
    assert_eq!(module.parts[1].kind, Kind::Program);
    let sources = [
        "kernel_modules/ioctl.c",
        "userland/kernel_modules/ioctl.cpp",
        "userland/kernel_modules/more.h",
        "userland/kernel_modules/numbers.hpp",
    ];
    assert_eq!(names(&module.sources, &module.root), sources);

    let outside = tempfile::tempdir().expect("a temporary directory");
    let files = [
        ("one.cpp", "int main() {}\n"),
        ("two.cc", "int main() {}\n"),
        ("three.cxx", "int main() {}\n"),
        ("module.cpp", "#include <linux/module.h>\n"),
        ("board.cpp", "#include <lkmc/board.h>\n"),
    ];
    write(outside.path(), &files);
    let own = |name: &str| collection.load(&outside.path().join(name).display().to_string());
    for name in ["one.cpp", "two.cc", "three.cxx"] {
        assert_eq!(own(name).map(|demo| demo.kind).ok(), Some(Kind::Program), "{name}");
    }
    for refused in [
        collection.load("baremetal/reset.cpp"),
        collection.load("kernel_modules/part.cpp"),
        own("module.cpp"),
        own("board.cpp"),
    ] {
        let error = refused.expect_err("it is neither");
        assert_eq!(error.code(), "lkmc::demo::not_a_demo");
        assert!(to_plain_text(&error).contains("are written in C"), "{error}");
    }
}

#[test]
fn files_of_the_users_own_need_no_block() {
    let (_directory, collection) = repository();
    let outside = tempfile::tempdir().expect("a temporary directory");
    write(
        outside.path(),
        &[
            ("a/my-driver.c", "#include <linux/module.h>\n#include \"../b/my.h\"\n"),
            ("b/my.h", ""),
            ("tree/Kbuild", "obj-m += two.o\n"),
            ("tree/src/two.c", ""),
            ("tree/two.ko", ""),
            ("tree/.two.o.cmd", ""),
            ("empty/x.c", ""),
        ],
    );
    let root = outside.path().canonicalize().expect("it exists");
    let path = |name: &str| outside.path().join(name).display().to_string();
    let module = load(&collection, &path("a/my-driver.c"));
    assert_eq!(
        (module.kind, module.runs[0].guest.as_str()),
        (Kind::Module, "insmod my-driver.ko")
    );
    assert_eq!(module.runs[0].expect.dmesg, [""; 0]);
    assert_eq!(module.root, root);
    assert_eq!(names(&module.sources, &root), ["a/my-driver.c", "b/my.h"]);
    let tree = load(&collection, &path("tree"));
    assert_eq!((tree.kind, &tree.root), (Kind::KbuildDirectory, &root.join("tree")));
    assert_eq!(names(&tree.sources, &root), ["tree/Kbuild", "tree/src/two.c"]);
    let program = load(&collection, &path("empty/x.c"));
    assert_eq!(
        (program.kind, &program.runs[0].expect.stdout),
        (Kind::Program, &Text::anything())
    );
    let error = collection.load(&path("empty")).expect_err("it has no Kbuild file");
    assert_eq!(error.code(), "lkmc::demo::no_kbuild");
}

const TESTED: &str = "#!/bin/sh\n# Works.\n# [lkmc]\n# companion = [\"tool.c\"]\n# [/lkmc]\n";

/// A driver's repository, with the demos of the checkout beside it.
fn driver() -> (tempfile::TempDir, Collection) {
    let (directory, collection) = repository();
    write(
        &collection.root,
        &[
            ("driver/README", "[lkmc]\n"),
            ("driver/Makefile", "all:\n\tmake -C driver\n"),
            (
                "driver/driver/Kbuild",
                "# Built.\n# [lkmc]\n# kconfig = [\"PCI=y\"]\n# [/lkmc]\nobj-m += drv.o\n",
            ),
            ("driver/driver/drv.c", "#include \"../own.h\"\n"),
            ("driver/driver/drv.mod.c", ""),
            ("driver/own.h", ""),
            ("driver/tests/works.sh", TESTED),
            ("driver/tests/tool.c", ""),
            ("driver/tests/one.c", ""),
            ("driver/old/Kbuild", "obj-m += old.o\n"),
            ("driver/old/old.c", ""),
            ("driver/old/two.cpp", ""),
            ("driver/old/three.sh", ""),
            ("driver/.git/works.sh", TESTED),
            ("bare/Makefile", "ifneq ($(KERNELRELEASE),)\n  obj-m += m.o\nendif\n"),
            ("bare/m.c", ""),
        ],
    );
    for (target, link) in [
        ("../tests", "driver/old/up"),
        ("../tests/works.sh", "driver/old/works.sh"),
    ] {
        std::os::unix::fs::symlink(target, collection.root.join(link)).expect("a link can be made");
    }
    // What is there for the tests becomes a checkout of its own.
    let root = collection.root.join("checkout");
    std::fs::create_dir(&root).expect("it can be made");
    for shipped in ["kernel_modules", "userland"] {
        std::fs::rename(collection.root.join(shipped), root.join(shipped)).expect("it is there");
    }
    (directory, Collection { root })
}

/// The demos that `words` stand for, and what is said about the others. Paths begin at the directory of `driver`.
fn chosen(collection: &Collection, words: &[&str]) -> (Vec<String>, String) {
    let start = collection.root.parent().expect("the directory of `driver`");
    let words = words.iter().map(|word| match word.starts_with("./") {
        true => start.join(&word[2..]).display().to_string(),
        false => (*word).to_owned(),
    });
    let bare = |text: &str| text.replace(&format!("{}/", start.display()), "");
    match collection.chosen(&words.collect::<Vec<_>>()) {
        Ok(chosen) => {
            let said = bare(&chosen.left_out().unwrap_or_default());
            (chosen.demos.iter().map(|(name, _)| bare(name)).collect(), said)
        }
        Err(error) => (Vec::new(), bare(&to_plain_text(&error))),
    }
}

#[test]
fn a_directory_of_the_users_own_has_the_demos_with_a_block() {
    let (_directory, collection) = driver();
    let (names, said) = chosen(&collection, &["./driver"]);
    assert_eq!(names, ["driver/driver", "driver/tests/works.sh"]);
    assert_eq!(
        said,
        "no [lkmc] block, so passed over: driver/old/old.c, driver/old/three.sh, driver/old/two.cpp and 1 more"
    );
    // A link is the file that it leads to, by whichever name it was found first; so is a path that is written twice.
    let twice = ["./driver/tests", "./driver/tests/works.sh", "./driver/old"];
    assert_eq!(chosen(&collection, &twice).0, ["driver/tests/works.sh", "driver/old"]);
    // What is named itself needs no block, and a part of a shipped demo's path stands beside it.
    let (names, said) = chosen(&collection, &["./bare", "ioctl", "./driver/tests/one.c"]);
    assert_eq!(names, ["kernel_modules/ioctl.c", "bare", "driver/tests/one.c"]);
    // All that lies in a directory which is built may be a part of it.
    assert_eq!(said, "");
    let inside = ["./checkout/kernel_modules"];
    assert_eq!(chosen(&collection, &inside).0, ["kernel_modules/ioctl.c"]);
    for (word, says) in [
        ("./driver/README", "lkmc::demo::not_a_demo"),
        ("./driver/driver/drv.c", ""),
        ("./checkout/nothing", "lkmc::demo::no_match"),
        ("./driver/.git/none", "lkmc::demo::no_match"),
    ] {
        let (names, said) = chosen(&collection, &[word]);
        assert!(
            said.contains(says) && names.is_empty() != says.is_empty(),
            "{word}: {said}"
        );
    }
}

#[test]
fn a_directory_without_demos_says_what_was_looked_for() {
    let (_directory, collection) = driver();
    write(
        &collection.root,
        &[("../none/a.c", ""), ("../none/b/c.S", ""), ("../empty/x", "")],
    );
    let (_, said) = chosen(&collection, &["./none"]);
    for part in [
        "lkmc::demo::none_there",
        "no demo lies in none",
        ".cpp",
        "Kbuild files",
        "none in none/a.c, none/b/c.S",
    ] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    assert!(chosen(&collection, &["./empty"]).1.contains("there is no source"));
    // Root can read all of them.
    if !rustix::process::geteuid().is_root() {
        use std::os::unix::fs::PermissionsExt;
        let secret = collection.root.join("../driver/secret");
        std::fs::create_dir(&secret).expect("it can be made");
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).expect("it is ours");
        assert!(chosen(&collection, &["./driver"]).1.contains("cannot read"));
    }
    std::os::unix::fs::symlink("gone.c", collection.root.join("../driver/link.c")).expect("a link can be made");
    assert!(chosen(&collection, &["./driver"]).1.contains("lkmc::demo::unreadable"));
}

/// From a working directory outside: names are those that were written, and none is that of a shipped demo.
#[test]
fn demos_outside_are_listed_by_the_paths_that_were_written() {
    let (directory, collection) = driver();
    write(
        &collection.root,
        &[("profiles/x", ""), ("nix/x", ""), ("../kernel_modules/ioctl.c", "")],
    );
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lkmc"))
        .args([
            "demo",
            "list",
            "driver/",
            "./driver/tests",
            "kernel_modules/ioctl.c",
            "user",
        ])
        .current_dir(directory.path())
        .env("LKMC_ROOT", &collection.root)
        .output()
        .expect("lkmc starts");
    let (out, said) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let names: Vec<&str> = out.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        names,
        [
            "userland/arch/arm/add.c",
            "userland/linux/trace.sh",
            "driver/driver",
            "driver/tests/works.sh",
            "./kernel_modules/ioctl.c"
        ],
        "{said}"
    );
    assert!(said.contains("passed over: driver/old/old.c"), "{said}");
}

#[test]
fn a_name_that_is_wrong_leads_to_one_that_is_right() {
    let (_directory, collection) = repository();
    for (name, part) in [
        ("kernel_modules/ioctll.c", "`kernel_modules/ioctl.c`"),
        ("ioctl", "`kernel_modules/ioctl.c`"),
        ("add.c", "`userland/arch/arm/add.c`"),
        ("xyz", "lkmc demo list"),
    ] {
        let error = collection.load(name).expect_err("there is no such file");
        assert_eq!(error.exit.status(), 2);
        assert!(
            to_plain_text(&error).contains(part),
            "{name}: {}",
            to_plain_text(&error)
        );
    }
    for name in ["/nowhere/mine.c", "nowhere/mine.c", "../nowhere"] {
        let error = collection.load(name).expect_err("there is no such file");
        let text = to_plain_text(&error);
        assert!(text.contains(&format!("there is no file `{name}`")), "{text}");
    }
    let error = collection.load("kernel_modules/more.h").expect_err("a header is none");
    assert_eq!(error.code(), "lkmc::demo::not_a_demo");
}

/// The program itself, on a checkout of its own.
fn lkmc(root: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    std::fs::create_dir_all(root.join("profiles")).expect("it can be made");
    std::fs::create_dir_all(root.join("nix")).expect("it can be made");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lkmc"))
        .args(words)
        .current_dir(root)
        .env("LKMC_ROOT", root)
        .output()
        .expect("lkmc starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn demos_are_listed_and_shown() {
    let (_directory, collection) = repository();
    write(
        &collection.root,
        &[("userland/broken.sh", "#!/bin/sh\n# x\n# [lkmc]\n# a = 1\n# [/lkmc]\n")],
    );
    let (status, out, _) = lkmc(&collection.root, &["demo", "list"]);
    assert_eq!(status, Some(0));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "kernel_modules/ioctl.c   Give an integer to the kernel");
    assert_eq!(lines[1], "userland/arch/arm/add.c  Add (arm)");
    assert!(
        lines[2].contains("(broken: see `lkmc demo show userland/broken.sh`)"),
        "{out}"
    );
    let (_, out, _) = lkmc(&collection.root, &["demo", "list", "trace", "add", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&json[0]["kind"], &json[0]["summary"]),
        (&"program".into(), &"Add".into())
    );
    let (status, _, said) = lkmc(&collection.root, &["demo", "list", "ioctk"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("lkmc::demo::no_match"), "{said}");

    let (status, out, _) = lkmc(&collection.root, &["demo", "show", "kernel_modules/ioctl.c"]);
    assert_eq!(status, Some(0));
    for part in [
        "And take it back.",
        "DEBUG_FS=y",
        "/lkmc/ioctl.ko",
        "512MiB",
        "insmod ioctl.ko",
        "panic",
    ] {
        assert!(out.contains(part), "no {part} in {out}");
    }
    let (_, out, _) = lkmc(&collection.root, &["demo", "show", "kernel_modules/ioctl.c", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!(json["runs"][0]["timeout"], 3.0);
    assert_eq!(json["runs"][0]["expect"]["stdout"]["has"][0], "2");
}

/// All that is wrong with any demo is said by `lkmc check`.
#[test]
fn check_reads_every_block() {
    let (_directory, collection) = checkout(&[
        ("userland/silent.c", "int main(void) { return 0; }\n"),
        ("kernel_modules/hello.c", "/* Hello. */\n"),
        ("userland/good.c", "/* Good. */\n"),
    ]);
    let (status, out, said) = lkmc(&collection.root, &["check"]);
    assert_eq!(status, Some(2));
    assert!(out.contains("1 of 3 demos valid"), "{out}");
    assert!(
        said.contains("lkmc::demo::no_summary") && said.contains("lkmc::demo::no_run"),
        "{said}"
    );
}

/// Nobody may commit a block that is wrong.
#[test]
fn the_demos_of_this_checkout_are_right() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let errors: Vec<String> = (Collection { root })
        .all()
        .iter()
        .filter_map(|(_, demo)| demo.as_ref().err().map(to_plain_text))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// What GCC takes is no business of ours; what is shipped is read by everybody.
#[test]
fn sources_of_the_users_own_may_be_no_utf_8() {
    let (checkout, collection) = checkout(&[("userland/both.sh", "#!/bin/sh\n# Nothing.\n")]);
    let outside = tempfile::tempdir().expect("a temporary directory");
    let text = b"/* Gr\xfc\xdfe. */\nint main(void) { return 0; }\n";
    let latin = |directory: &Path| {
        let path = directory.join("latin.c");
        std::fs::write(&path, text).expect("it can be written");
        collection.load(&path.display().to_string())
    };
    assert_eq!(latin(outside.path()).map(|demo| demo.kind).ok(), Some(Kind::Program));
    let error = latin(&checkout.path().join("userland")).expect_err("it is no UTF-8");
    assert_eq!(error.code(), "lkmc::demo::unreadable");
    assert!(to_plain_text(&error).contains("iconv -f latin1"), "{error}");
}

/// They are read in a terminal, also by `lkmc demo show`.
#[test]
fn no_line_of_a_demo_is_too_long_to_be_read() {
    const LONGEST: usize = 132;
    let mut long = Vec::new();
    let mut open = ["baremetal", "kernel_modules", "userland"]
        .map(|name| Path::new(ROOT).join(name))
        .to_vec();
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("it is a directory").flatten() {
            let path = entry.path();
            let is_text = path.extension().is_some_and(|ending| ending != "md");
            match std::fs::read_to_string(&path) {
                _ if path.is_dir() => open.push(path),
                Ok(text) if is_text => long.extend(
                    (1..)
                        .zip(text.lines())
                        .filter(|(_, line)| line.chars().count() > LONGEST)
                        .map(|(number, _)| format!("{}:{number}", path.display())),
                ),
                _ => {}
            }
        }
    }
    assert!(long.is_empty(), "more than {LONGEST} characters: {long:#?}");
}
