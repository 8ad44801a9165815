//! Demos in real guests: what `demo run` and `test` do with demos that keep their promise, and with those that do not.
//!
//! Runs on the first profile that LKMC_TEST_PROFILES names; the demos themselves are tested by `lkmc test`.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::common::processes::{emulator_below, is_running};
use crate::common::{arch, assert_says, first_profile, lkmc, said, skip, wait_for};

struct World {
    profile: String,
    directory: tempfile::TempDir,
}

impl World {
    /// `None`: no guest is wanted, which is said.
    fn new() -> Option<World> {
        Some(World {
            profile: first_profile()?,
            directory: tempfile::tempdir().expect("a directory can be made"),
        })
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("a directory can be made");
        std::fs::write(&path, text).expect("a file can be written");
        path
    }

    fn demo_run(&self, path: &Path) -> Output {
        let mut command = lkmc();
        command
            .args(["--timeout", "5m", "demo", "run"])
            .arg(path)
            .args(["-p", &self.profile]);
        command.output().expect("lkmc can be started")
    }
}

/// A module whose init function does this.
fn module(comment: &str, body: &str) -> String {
    format!(
        "{comment}#include <linux/module.h>\n\nstatic int __init mine_init(void)\n{{\n\t{body}\n\treturn 0;\n}}\n\n\
         static void __exit mine_exit(void)\n{{\n}}\n\nmodule_init(mine_init);\nmodule_exit(mine_exit);\n\
         MODULE_DESCRIPTION(\"a test\");\nMODULE_LICENSE(\"GPL\");\n"
    )
}

#[test]
fn a_module_of_ones_own_needs_no_block() {
    let Some(world) = World::new() else {
        return;
    };
    let path = world.write("mine.c", &module("", "pr_info(\"mine is in\\n\");"));
    assert_says(
        &world.demo_run(&path),
        0,
        &["# insmod mine.ko", "kernel: mine is in", "pass: "],
    );
}

/// What is in the store already has been compiled with the same words.
#[test]
fn the_compilers_warnings_are_shown_each_time() {
    let Some(world) = World::new() else {
        return;
    };
    let first = module(
        "int second(void);\n",
        "int unused_one;\n\tpr_info(\"%d\\n\", second());",
    );
    world.write("driver/Kbuild", "obj-m += both.o\nboth-y := one.o two.o\n");
    world.write("driver/one.c", &first);
    world.write(
        "driver/two.c",
        "int second(void);\n\nint second(void)\n{\n\tint unused_two;\n\n\treturn 2;\n}\n",
    );
    let directory = world.directory.path().join("driver");
    for _ in 0..2 {
        let output = world.demo_run(&directory);
        assert_says(
            &output,
            0,
            &[
                "compiles with warnings:\none.c: In function",
                "unused variable 'unused_one'",
                "\ntwo.c:5:13: warning: unused variable 'unused_two'",
            ],
        );
    }
    let program = "int main(void)\n{\n\tint unused_three;\n\treturn 0;\n}\n";
    let output = world.demo_run(&world.write("program.c", program));
    assert_says(&output, 0, &["\nprogram.c:3:13: warning: unused variable"]);
    // Nobody chooses what main and a signal handler are given.
    let program = "#include <signal.h>\n\nstatic void handler(int number)\n{\n}\n\nint main(int argc, char **argv)\n{\n\
                   \tsignal(SIGINT, handler);\n\treturn 0;\n}\n";
    let output = world.demo_run(&world.write("given.c", program));
    assert_says(&output, 0, &["pass: "]);
    assert!(!said(&output).contains("warning"), "{}", said(&output));
    // The linker's words.
    let program = "#include <stdio.h>\nint main(void)\n{\n\treturn !tmpnam(NULL);\n}\n";
    let output = world.demo_run(&world.write("linked.c", program));
    assert_says(&output, 0, &["\nlinked.c:4: warning: the use of `tmpnam'"]);
}

#[test]
fn headers_beside_a_module_are_found() {
    let Some(world) = World::new() else {
        return;
    };
    world.write("inner/words.h", "#define WORDS \"from a header\"\n");
    let path = world.write(
        "mine.c",
        &module("#include \"inner/words.h\"\n", "pr_info(WORDS \"\\n\");"),
    );
    assert_says(&world.demo_run(&path), 0, &["kernel: from a header"]);
}

#[test]
fn a_directory_with_a_kbuild_file_is_built_as_it_says() {
    let Some(world) = World::new() else {
        return;
    };
    world.write("driver/Kbuild", "obj-m += both.o\nboth-y := one.o two.o\n");
    world.write(
        "driver/one.c",
        &module("int two(void);\n", "pr_info(\"two is %d\\n\", two());"),
    );
    world.write("driver/two.c", "int two(void);\n\nint two(void)\n{\n\treturn 2;\n}\n");
    let directory = world.directory.path().join("driver");
    assert_says(&world.demo_run(&directory), 0, &["kernel: two is 2", "pass: "]);
}

#[test]
fn modules_of_a_directory_go_in_as_they_need_each_other_and_out_again() {
    let Some(world) = World::new() else {
        return;
    };
    world.write("driver/Kbuild", "obj-m += auser.o zprovider.o\n");
    let user = module("int provided(void);\n", "pr_info(\"provided: %d\\n\", provided());");
    world.write(
        "driver/auser.c",
        &user.replace("mine_exit(void)\n{", "mine_exit(void)\n{\n\tpr_info(\"bye\\n\");"),
    );
    world.write(
        "driver/zprovider.c",
        "#include <linux/module.h>\n\nint provided(void);\n\nint provided(void)\n{\n\treturn 7;\n}\n\
         EXPORT_SYMBOL_GPL(provided);\nMODULE_DESCRIPTION(\"a test\");\nMODULE_LICENSE(\"GPL\");\n",
    );
    let directory = world.directory.path().join("driver");
    assert_says(
        &world.demo_run(&directory),
        0,
        &[
            "# insmod zprovider.ko\n# insmod auser.ko\n# rmmod auser\n# rmmod zprovider\n",
            "kernel: provided: 7",
            "kernel: bye",
            "pass: ",
        ],
    );
}

#[test]
fn a_demo_that_is_no_file_is_told_by_its_path() {
    let Some(world) = World::new() else {
        return;
    };
    let empty = world.directory.path().join("empty");
    std::fs::create_dir(&empty).expect("a directory can be made");
    let missing = world.directory.path().join("missing.c");
    for (path, text) in [
        (&empty, "is a directory without a Kbuild file"),
        (&missing, "there is no file `"),
    ] {
        let mut command = lkmc();
        command.args(["profile", "run", &world.profile, "--demos"]).arg(path);
        let output = command.args(["--", "true"]).output().expect("lkmc can be started");
        assert_says(&output, 2, &[text]);
    }
}

#[test]
fn a_broken_promise_is_shown_as_a_difference() {
    let Some(world) = World::new() else {
        return;
    };
    let comment = "/*\n * Say something else.\n *\n * [lkmc]\n * [[lkmc.run]]\n * guest = \"insmod mine.ko\"\n\
                   \x20* dmesg = [\"mine is out\"]\n * [/lkmc]\n */\n";
    let path = world.write("mine.c", &module(comment, "pr_info(\"mine is in\\n\");"));
    assert_says(
        &world.demo_run(&path),
        1,
        &["mine is out", "FAILED: ", "all about it is in"],
    );
}

#[test]
fn what_does_not_compile_shows_the_compilers_words() {
    let Some(world) = World::new() else {
        return;
    };
    let path = world.write("mine.c", &module("", "pr_info(\"mine\\n\")"));
    assert_says(&world.demo_run(&path), 125, &["mine.c:", "error: ", "does not compile"]);
}

#[test]
fn a_demos_guest_has_the_processor_that_the_block_names() {
    let Some(world) = World::new() else {
        return;
    };
    let (model, seen) = match arch(&world.profile) {
        "x86_64" => ("Nehalem", "Core i7 9xx"),
        "aarch64" => ("cortex-a53", "CPU part.*0xd03"),
        "arm" => ("cortex-a7", "CPU part.*0xc07"),
        _ => return,
    };
    let script = |model: &str| {
        let guest = format!("grep -q '{seen}' /proc/cpuinfo");
        format!(
            "#!/bin/sh\n# Look.\n# [lkmc]\n# machine = {{ cpu-model = \"{model}\" }}\n# arches = [\"{}\"]\n# [[lkmc.run]]\n\
             # guest = \"{guest}\"\n# [/lkmc]\n",
            arch(&world.profile)
        )
    };
    let says = format!("{} with the processor `{model}`", world.profile);
    let path = world.write("look.sh", &script(model));
    assert_says(&world.demo_run(&path), 0, &["pass: ", &says]);
    let path = world.write("look.sh", &script(&format!("{model},no-such=on")));
    let said = ["lkmc::demo::cpu_refused", "no-such", "asked for here"];
    assert_says(&world.demo_run(&path), 2, &said);
}

#[test]
fn an_oops_is_decoded_and_has_its_status() {
    let Some(world) = World::new() else {
        return;
    };
    let path = world.write("mine.c", &module("", "*(volatile int *)8 = 1;"));
    assert_says(&world.demo_run(&path), 126, &["stack: mine_init at mine.c:5", "oops"]);
}

/// A guest whose profile leaves the port to lkmc has one that it can be reached by; two that want the same port do not meet.
#[test]
fn guests_of_demos_have_their_ports() {
    let Some(world) = World::new() else {
        return;
    };
    let free = || {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        listener.local_addr().expect("it has an address").port()
    };
    for (host, name) in [(0, "any.toml"), (free(), "one.toml")] {
        let text = format!(
            "extends = [\"{}\"]\n[network]\nenable = true\nforward = [\"{host}:80\"]\n",
            world.profile
        );
        let file = world.write(name, &text);
        let mut command = lkmc();
        command
            .args(["--json", "test", "kernel_modules/hello", "-j", "2", "-p"])
            .arg(&file);
        let output = command.output().expect("lkmc can be started");
        assert_says(&output, 0, &[]);
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let result: serde_json::Value = serde_json::from_str(line).expect(line);
            for run in result["runs"].as_array().expect(line) {
                let directory = Path::new(run["directory"].as_str().expect(line));
                let record = std::fs::read(directory.join("run.json")).expect("it has a record");
                let record: serde_json::Value = serde_json::from_slice(&record).expect("it is JSON");
                let port = record["profile"]["network"]["forwards"][0]["host"]
                    .as_u64()
                    .expect("it has one");
                assert!(port != 0 && (host == 0 || port == u64::from(host)), "{port}");
            }
        }
    }
}

#[test]
fn results_come_as_json_and_junit() {
    let Some(world) = World::new() else {
        return;
    };
    let junit = world.directory.path().join("results.xml");
    let mut command = lkmc();
    command.args([
        "--json",
        "test",
        "kernel_modules/hello",
        "--mutate",
        "--shuffle=1",
        "-p",
        &world.profile,
    ]);
    let output = command
        .arg("--junit")
        .arg(&junit)
        .output()
        .expect("lkmc can be started");
    assert_says(&output, 0, &[]);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let results: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    assert_eq!(results.len(), 2, "{stdout}");
    let alone = lkmc()
        .args(["--json", "demo", "run", "kernel_modules/hello2.c", "-p", &world.profile])
        .output()
        .expect("lkmc can be started");
    assert_says(&alone, 0, &[]);
    let first = String::from_utf8_lossy(&alone.stdout).lines().next().map(str::to_owned);
    let alone: serde_json::Value = serde_json::from_str(&first.expect("a run is a line")).expect("it is an object");
    let keys = |run: &serde_json::Value| -> Vec<String> {
        let object = run.as_object().expect("it is an object");
        object.keys().cloned().collect()
    };
    for run in results
        .iter()
        .flat_map(|result| result["runs"].as_array().expect("it has runs"))
    {
        assert_eq!(keys(run), keys(&alone));
        assert!(run["guest"] == "pass" || run["guest"] == "failed", "{run:#}");
        assert!(
            run["reason"]
                .as_str()
                .is_some_and(|reason| reason.starts_with("the command ")),
            "{run:#}"
        );
    }
    for result in &results {
        assert_eq!(result["verdict"], "pass");
        assert_eq!(result["profile"], world.profile.as_str());
        assert!(
            result["demo"]
                .as_str()
                .is_some_and(|demo| demo.starts_with("kernel_modules/hello"))
        );
        assert!(result["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
    }
    let xml = std::fs::read_to_string(&junit).expect("the report was written");
    assert!(xml.contains("tests=\"2\"") && xml.contains("failures=\"0\""), "{xml}");
}

/// It says nothing about the demo.
#[test]
fn a_dead_emulator_is_no_failure_of_the_demo() {
    let Some(world) = World::new() else {
        return;
    };
    let text = format!(
        "extends = [\"{}\"]\n[emulator]\nextra-args = [\"-no-such-option\"]\n",
        world.profile
    );
    let (profile, junit) = (
        world.write("dies.toml", &text),
        world.directory.path().join("results.xml"),
    );
    let mut command = lkmc();
    command
        .args(["--json", "test", "kernel_modules/hello2.c", "-p"])
        .arg(&profile);
    let output = command
        .arg("--junit")
        .arg(&junit)
        .output()
        .expect("lkmc can be started");
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is one object");
    assert_eq!(
        (output.status.code(), &result["verdict"]),
        (Some(1), &"error".into()),
        "{result:#}"
    );
    let run = &result["runs"][0];
    assert_eq!(
        (&run["guest"], &run["status"]),
        (&"emulator-died".into(), &serde_json::Value::Null)
    );
    assert!(
        run["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("no-such-option")),
        "{run:#}"
    );
    let xml = std::fs::read_to_string(&junit).expect("the report was written");
    assert!(xml.contains("errors=\"1\"") && xml.contains("failures=\"0\""), "{xml}");
    assert!(xml.contains("<error") && xml.contains("no-such-option"), "{xml}");
    let mut command = lkmc();
    command
        .args(["demo", "run", "kernel_modules/hello2.c", "-p"])
        .arg(&profile);
    let output = command.output().expect("lkmc can be started");
    assert_says(
        &output,
        125,
        &["ERROR: kernel_modules/hello2.c on dies: the guest ended in emulator-died"],
    );
}

/// What a linker has to be told of it is no concern of its author's.
#[test]
fn assembly_of_ones_own_runs_with_a_libc_and_without() {
    let Some(world) = World::new() else {
        return;
    };
    if arch(&world.profile) != "x86_64" {
        return skip("the assembly is that of x86_64");
    }
    let hello = "\t.globl main\nmain:\tsub $8, %rsp\n\tlea text(%rip), %rdi\n\tcall puts\n\txor %eax, %eax\n\
                 \tadd $8, %rsp\n\tret\ntext:\t.asciz \"with a libc\"\n";
    assert_says(&world.demo_run(&world.write("with.S", hello)), 0, &["with a libc"]);
    let exit = "#include <asm/unistd.h>\n\t.globl _start\n_start:\tmov $__NR_exit, %eax\n\tmov $42, %edi\n\tsyscall\n";
    let output = world.demo_run(&world.write("without.S", exit));
    assert_says(&output, 1, &["42"]);
    let c = "#include <asm/unistd.h>\nvoid _start(void)\n{\n\
             \t__asm__ volatile(\"syscall\" : : \"a\"(__NR_exit), \"D\"(0));\n}\n";
    assert_says(&world.demo_run(&world.write("without.c", c)), 0, &["pass: "]);
}

#[test]
fn cpp_of_ones_own_runs_by_any_of_its_endings() {
    let Some(world) = World::new() else {
        return;
    };
    world.write("answer.hpp", "inline int answer() { return 42; }\n");
    let text = "#include <iostream>\n#include \"answer.hpp\"\n\
                int main() { int unused; std::cout << \"answer \" << answer() << std::endl; throw 1; }\n";
    for name in ["own.cpp", "own.cc", "own.cxx"] {
        let output = world.demo_run(&world.write(name, text));
        let parts = [
            "answer 42",
            "unused variable",
            "terminate called after throwing an instance of 'int'",
        ];
        assert_says(&output, 1, &parts);
    }
    let output = world.demo_run(&world.write("module.cpp", "#include <linux/module.h>\n"));
    assert_says(&output, 2, &["lkmc::demo::not_a_demo", "are written in C"]);
}

#[test]
fn a_shell_command_finds_the_demos_that_were_asked_for() {
    let Some(world) = World::new() else {
        return;
    };
    let mut command = lkmc();
    command.args([
        "profile",
        "run",
        &world.profile,
        "--demos",
        "kernel_modules/hello.c",
        "--",
    ]);
    let output = command
        .args(["insmod", "hello.ko"])
        .output()
        .expect("lkmc can be started");
    assert_says(&output, 0, &[]);
}

#[test]
fn ctrl_c_ends_a_test_run_and_its_guests() {
    let Some(world) = World::new() else {
        return;
    };
    let comment = "/*\n * Wait.\n *\n * [lkmc]\n * [[lkmc.run]]\n * guest = \"insmod mine.ko; sleep 1000\"\n\
                   \x20* timeout = \"10m\"\n * [/lkmc]\n */\n";
    let path = world.write("mine.c", &module(comment, "pr_info(\"mine is in\\n\");"));
    let mut command = lkmc();
    command.args(["demo", "run"]).arg(&path).args(["-p", &world.profile]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("lkmc can be started");
    let pid = rustix::process::Pid::from_child(&child);
    let guest = wait_for("the guest", || emulator_below(child.id()));
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    assert_says(&output, 130, &[]);
    assert!(!is_running(guest), "the emulator {guest} is still there");
}

/// A driver's repository: a directory by its Kbuild file's block, a script by its own; the report has the paths as they were written.
#[test]
fn a_repository_of_ones_own_is_tested_where_it_is() {
    let Some(world) = World::new() else {
        return;
    };
    let block = "# Comes in.\n#\n# [lkmc]\n# [[lkmc.run]]\n# guest = \"insmod mine.ko\"\n# dmesg = [\"mine is in\"]\n# [/lkmc]\n";
    world.write("drv/src/Kbuild", &format!("{block}obj-m += mine.o\nmine-y := one.o\n"));
    world.write("drv/src/one.c", &module("", "pr_info(\"mine is in\\n\");"));
    let script = "#!/bin/sh\n# Fails.\n#\n# [lkmc]\n# [[lkmc.run]]\n# guest = \"./fails.sh\"\n# stdout = \"no\\n\"\n# [/lkmc]\necho yes\n";
    world.write("drv/tests/fails.sh", script);
    world.write("drv/tests/later.c", "int main(void)\n{\n\treturn 0;\n}\n");
    let test = |more: &[&str]| {
        let mut command = lkmc();
        command.current_dir(world.directory.path());
        command
            .args(["--timeout", "5m", "test", "drv", "-p", &world.profile])
            .args(more);
        command.output().expect("lkmc can be started")
    };
    let failed = test(&["--junit", "report.xml", "--shuffle"]);
    let passed_over = "no [lkmc] block, so passed over: drv/tests/later.c\n";
    assert_says(
        &failed,
        1,
        &[
            passed_over,
            "1 passed, 1 failed, 0 skipped",
            "stdout differs from line 1 on",
        ],
    );
    let report = std::fs::read_to_string(world.directory.path().join("report.xml")).expect("it is written");
    for part in [
        "<testcase name=\"drv/src\"",
        "<testcase name=\"drv/tests/fails.sh\"",
        "failures=\"1\"",
    ] {
        assert!(report.contains(part), "no {part} in {report}");
    }
    world.write("drv/tests/fails.sh", &script.replace("\"no", "\"yes"));
    assert_says(&test(&["--mutate"]), 0, &["2 passed, 0 failed, 0 skipped"]);
}

/// With the compiler that it names, which need not be on this machine.
#[test]
fn sources_compile_by_the_commands_for_editors() {
    let Some(world) = World::new() else {
        return;
    };
    let block = "/*\n * Mine.\n * [lkmc]\n * companion = [\"a_program/says.c\", \"more.cpp\"]\n * [[lkmc.run]]\n * guest = \"true\"\n * [/lkmc]\n */\n";
    let path = world.write(
        "mine.c",
        &module(&format!("{block}#include \"words.h\"\n"), "pr_info(WORDS);"),
    );
    world.write("words.h", "#define WORDS \"of a header\\n\"\n");
    world.write(
        "a_program/says.c",
        "#include \"m5ops.h\"\n#include <stdio.h>\nint main(void)\n{\n\treturn puts(\"a\") < 0;\n}\n",
    );
    world.write(
        "more.cpp",
        "#include <vector>\nint main()\n{\n\treturn std::vector<int>{}.size();\n}\n",
    );
    let build = |arguments: &[&str]| {
        let mut command = lkmc();
        command.current_dir(world.directory.path()).args(arguments);
        command.output().expect("lkmc can be started")
    };
    let built = build(&[
        "--json",
        "demo",
        "build",
        &path.display().to_string(),
        "-o",
        "build",
        "-p",
        &world.profile,
    ]);
    assert_says(&built, 0, &["compile-commands", "build/compile_commands.json"]);
    let text = std::fs::read(world.directory.path().join("build/compile_commands.json")).expect("it is written");
    let all: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
    let all = all.as_array().expect("a list");
    assert_eq!(all.len(), 3, "{all:?}");
    for one in all {
        let words = one["arguments"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|word| word.as_str());
        let mut command = lkmc();
        command.current_dir(one["directory"].as_str().expect("a path"));
        command
            .args(["shell", &world.profile, "--"])
            .args(words)
            .arg("-fsyntax-only");
        assert_says(&command.output().expect("lkmc can be started"), 0, &[]);
    }
}
