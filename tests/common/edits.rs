//! Edits of a kernel module, and `lkmc dev` that watches it. benches/dev.rs has this file too.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A module of a user, outside the repository. `body` is what init does.
pub fn module(body: &str) -> String {
    format!(
        "#include <linux/module.h>\n\
         \n\
         int *mymodule_nowhere;\n\
         \n\
         static int __init mymodule_init(void)\n\
         {{\n\
         {body}\n\
         \treturn 0;\n\
         }}\n\
         \n\
         static void __exit mymodule_exit(void)\n\
         {{\n\
         \tpr_info(\"mymodule: exit\\n\");\n\
         }}\n\
         \n\
         module_init(mymodule_init);\n\
         module_exit(mymodule_exit);\n\
         MODULE_DESCRIPTION(\"mine\");\n\
         MODULE_LICENSE(\"GPL\");\n"
    )
}

pub fn hello(number: u32) -> String {
    module(&format!("\tpr_info(\"mymodule: edit {number}\\n\");"))
}

pub fn oops(number: u32) -> String {
    module(&format!(
        "\tpr_info(\"mymodule: edit {number}\\n\");\n\tWRITE_ONCE(*mymodule_nowhere, 1);"
    ))
}

pub fn lkmc(arguments: &[&str], file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
    command.args(["--json", "dev"]).arg(file).args(arguments);
    command.env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"));
    command
}

/// A loop that watches, killed with the test.
pub struct Loop {
    pub child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Loop {
    pub fn start(profile: &str, file: &Path) -> Loop {
        Loop::with(&["-p", profile], file)
    }

    pub fn with(arguments: &[&str], file: &Path) -> Loop {
        let mut child = lkmc(arguments, file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Loop { child, lines }
    }

    pub fn next(&mut self) -> Value {
        let Some(line) = self.lines.next() else {
            panic!("the loop has ended: {}", self.child.wait().unwrap());
        };
        let line = line.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn save(file: &Path, text: &str) {
    // As an editor does that fears to lose the file.
    let new = file.with_extension("c.new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(&new, file).unwrap();
}

/// A file of this name, in a directory that goes when it is dropped.
pub fn own_file(name: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().canonicalize().unwrap().join(name);
    (directory, file)
}
