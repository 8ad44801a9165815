//! What runs inside GDB, on models of kernels that nobody has to build. Needs `cc`, and a `gdb` that has Python.

use std::path::Path;
use std::process::{Command, Output};

use crate::common::{ROOT, assert_says, said, skip};

fn compile(directory: &Path, output: &str, arguments: &[&str]) {
    let mut command = Command::new("cc");
    command
        .current_dir(directory)
        .args(["-g", "-o", output])
        .args(arguments);
    assert!(command.status().expect("a compiler").success(), "{output}");
}

/// A file of tests/gdb_models.
fn model(name: &str) -> String {
    format!("{ROOT}/tests/gdb_models/{name}")
}

/// A script in a GDB of this machine, with a program of the directory; nothing if there is no GDB.
fn gdb(directory: &Path, program: &str, script: &str, commands: &[&str]) -> Option<Output> {
    let available = Command::new("gdb").args(["-nx", "-batch", "-ex", "python 1"]).output();
    if !available.is_ok_and(|output| output.status.success()) {
        skip("no gdb with Python");
        return None;
    }
    let mut command = Command::new("gdb");
    command
        .current_dir(directory)
        .env("ROOT", ROOT)
        .args(["-nx", "-batch", "-ex", "set confirm off", program, "-x", &model(script)])
        .args(commands.iter().flat_map(|command| ["-ex", command]));
    Some(command.output().expect("gdb can be started"))
}

/// GDB on a kernel that keeps its modules so, in which one is loaded; it is asked for two of the module's symbols.
fn modules(definitions: &[&str]) -> Option<Output> {
    modules_among(definitions, |_, _| {})
}

/// The same after a change to the module's file and the directory `more`, in which such files are looked for as well.
fn modules_among(definitions: &[&str], change: impl Fn(&Path, &Path)) -> Option<Output> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let text = "int count = 1;\nint increment(void)\n{\n\treturn ++count;\n}\n";
    std::fs::write(directory.path().join("mine.c"), text).expect("it can be written");
    compile(directory.path(), "mine.ko", &["-c", "mine.c"]);
    let more = directory.path().join("more");
    std::fs::create_dir(&more).expect("it can be made");
    change(&directory.path().join("mine.ko"), &more);
    // At the addresses that its pointers have in the file: it is read, and not run.
    let source = model("modules.c");
    compile(
        directory.path(),
        "model",
        &[&["-no-pie", &source], definitions].concat(),
    );
    let commands = ["info address increment", "print &count"];
    gdb(directory.path(), "model", "modules.py", &commands)
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
    let said = said(&output);
    assert_eq!(said.matches("lkmc: modules: ").count(), 1, "{said}");
    assert!(said.contains("There is no member named sect_attrs."), "{said}");
}

type Damage = fn(&[u8]) -> Vec<u8>;

/// What lies beside a guest may be just being written, or be something else with a module's name.
#[test]
fn a_file_that_is_no_whole_module_is_passed_over() {
    let contents: [(&str, Damage); 5] = [
        ("empty", |_| Vec::new()),
        ("the first bytes", |whole| whole[..4].to_vec()),
        ("half", |whole| whole[..whole.len() / 2].to_vec()),
        ("a text", |_| b"obj-m += mine.o".to_vec()),
        ("big-endian", |whole| [b"\x7fELF\x02\x02", &whole[6..]].concat()),
    ];
    for (what, of) in contents {
        let spoil = |file: &Path| {
            let whole = std::fs::read(file).expect("it is there");
            std::fs::write(file, of(&whole)).expect("it can be written");
        };
        let Some(output) = modules_among(&["-DLINUX=614"], |file, _| spoil(file)) else {
            return;
        };
        assert_says(&output, 1, &["lkmc: module mine: no file with its symbols was found"]);
        assert!(!said(&output).contains("Traceback"), "{what}: {}", said(&output));
        let output = modules_among(&["-DLINUX=614"], |file, more| {
            std::fs::copy(file, more.join("mine.ko")).expect("it can be copied");
            spoil(file);
        });
        let output = output.expect("there is a GDB");
        assert_says(
            &output,
            0,
            &["\"increment\" is a function at address 0xffffffffc0000000"],
        );
    }
}

#[test]
fn a_script_and_a_command_behind_it_have_the_names_of_gdb_in_common() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let script = "class Twice(gdb.Command):\n    def __init__(self):\n        super().__init__('twice', gdb.COMMAND_USER)\n\n    \
                  def invoke(self, argument, _from_tty):\n        print('twice is', times(int(argument)))\n\n\
                  def times(number):\n    return 2 * number\n\nTwice()\nKEPT = __file__\n";
    std::fs::write(directory.path().join("mine.py"), script).expect("it can be written");
    compile(directory.path(), "program", &["-x", "c", "-shared", "/dev/null"]);
    let Some(output) = gdb(directory.path(), "program", "session.py", &[]) else {
        return;
    };
    let kept = format!("kept {} and no file", directory.path().join("mine.py").display());
    assert_says(&output, 0, &["twice is 42", &kept]);
}

#[test]
fn a_step_over_a_function_without_lines_stops_at_a_breakpoint_in_it() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let texts = [
        (
            "plain.c",
            "int plain(int n)\n{\n\tvolatile int more = n;\n\n\treturn ++more;\n}\n",
        ),
        (
            "main.c",
            "int plain(int n);\nint main(void)\n{\n\tint n = plain(1);\n\tn = plain(n);\n\treturn n;\n}\n",
        ),
    ];
    for (name, text) in texts {
        std::fs::write(directory.path().join(name), text).expect("it can be written");
    }
    compile(directory.path(), "plain.o", &["-g0", "-c", "plain.c"]);
    compile(directory.path(), "program", &["main.c", "plain.o"]);
    // GDB ends with 0 whatever becomes of a script.
    if let Some(output) = gdb(directory.path(), "program", "step.py", &[]) {
        assert_says(&output, 0, &["Breakpoint 2, 0x", "it stopped there"]);
    }
}
