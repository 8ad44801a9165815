//! What runs inside GDB, on models of kernels that nobody has to build. Needs `cc`, and a `gdb` that has Python.

use std::path::Path;
use std::process::{Command, Output};

mod common;

use common::{ROOT, assert_says, skip};

fn compile(directory: &Path, output: &str, arguments: &[&str]) {
    let mut command = Command::new("cc");
    command
        .current_dir(directory)
        .args(["-g", "-o", output])
        .args(arguments);
    assert!(command.status().expect("a compiler").success(), "{output}");
}

/// GDB on a kernel that keeps its modules so, in which one is loaded; it is asked for two of the module's symbols.
fn modules(definitions: &[&str]) -> Option<Output> {
    let available = Command::new("gdb").args(["-nx", "-batch", "-ex", "python 1"]).output();
    if !available.is_ok_and(|output| output.status.success()) {
        skip("no gdb with Python");
        return None;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let models = Path::new(ROOT).join("tests/gdb_models");
    std::fs::write(
        directory.path().join("mine.c"),
        "int count = 1;\nint increment(void)\n{\n\treturn ++count;\n}\n",
    )
    .expect("it can be written");
    compile(directory.path(), "mine.ko", &["-c", "mine.c"]);
    let source = models.join("modules.c");
    // At the addresses that its pointers have in the file: it is read, and not run.
    let linked = ["-no-pie", source.to_str().expect("a checkout's name is text")];
    compile(directory.path(), "model", &[&linked[..], definitions].concat());
    let output = Command::new("gdb")
        .current_dir(directory.path())
        .env("ROOT", ROOT)
        .env("MINE", directory.path().join("mine.ko"))
        .args(["-nx", "-batch", "-ex", "set confirm off", "model", "-x"])
        .arg(models.join("modules.py"))
        .args(["-ex", "info address increment", "-ex", "print &count"])
        .output();
    Some(output.expect("gdb can be started"))
}

#[test]
fn symbols_of_modules_are_placed_as_each_kernel_says() {
    for linux in ["-DLINUX=612", "-DLINUX=614"] {
        let Some(output) = modules(&[linux]) else {
            return;
        };
        let parts = [
            "\"increment\" is a function at address 0xffffffffc0000000",
            "0xffffffffc0002000 <count>",
        ];
        assert_says(&output, 0, &parts);
    }
}

#[test]
fn a_kernel_that_cannot_be_read_is_said_once() {
    let Some(output) = modules(&["-DLINUX=614", "-DWITHOUT_SECTIONS"]) else {
        return;
    };
    let said = common::said(&output);
    assert_eq!(said.matches("lkmc: modules: ").count(), 1, "{said}");
    assert!(said.contains("There is no member named sect_attrs."), "{said}");
}
