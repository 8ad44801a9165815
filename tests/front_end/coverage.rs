//! `lkmc trace coverage` on a program that the host's compiler makes, and on a trace in gem5's words that says which of its functions
//! ran. Needs `cc` and `nm`.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::common::{assert_failed, json, output, stdout};

const SOURCE: &str = "\
static inline __attribute__((always_inline)) int check(int value)
{
	return value * 3;
}

int work(int value)
{
	int first = check(value);

	return first + check(first);
}

int unused(int value)
{
	return value - 1;
}
";

struct World {
    directory: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let world = World {
            directory: tempfile::tempdir().expect("a directory can be made"),
        };
        std::fs::write(world.path("work.c"), SOURCE).expect("a file can be written");
        let built = Command::new("cc")
            .args([
                "-g",
                "-O0",
                "-static",
                "-nostdlib",
                "-Wl,-e,work",
                "-o",
                "work",
                "work.c",
            ])
            .current_dir(world.directory.path())
            .status();
        assert!(built.expect("a compiler").success());
        let mut trace = String::new();
        let (begin, size) = world.symbol("work");
        // Also of what is no instruction: nobody looks there.
        for (tick, address) in (begin..begin + size).enumerate() {
            writeln!(
                trace,
                "{tick}: system.cpu: T0 : {address:#x} @work    : nop : No_OpClass :  "
            )
            .expect("a string grows");
        }
        std::fs::write(world.path("trace"), trace).expect("a file can be written");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn symbol(&self, name: &str) -> (u64, u64) {
        let listed = Command::new("nm").arg("-S").arg(self.path("work")).output();
        let listed = String::from_utf8(listed.expect("binutils").stdout).expect("it is text");
        let line = listed.lines().find(|line| line.ends_with(&format!(" {name}")));
        let mut numbers = line
            .expect("it is there")
            .split(' ')
            .map(|word| u64::from_str_radix(word, 16));
        let mut next = || numbers.next().expect("a field").expect("a number");
        (next(), next())
    }

    /// The words of a command, with more behind them.
    fn coverage<'a>(&self, words: &'a mut Vec<String>, more: &[&str]) -> Vec<&'a str> {
        let file = |name| self.path(name).display().to_string();
        words.extend(["trace", "coverage"].map(str::to_owned));
        words.extend([file("trace"), "--program".into(), file("work")]);
        words.extend(more.iter().map(|word| word.to_string()));
        words.iter().map(String::as_str).collect()
    }

    fn json(&self, more: &[&str]) -> Value {
        json(&self.coverage(&mut Vec::new(), more))
    }

    fn output(&self, more: &[&str]) -> std::process::Output {
        output(&self.coverage(&mut Vec::new(), more))
    }
}

fn counts(document: &Value) -> Vec<(u64, u64)> {
    let counts = document["files"][0]["counts"].as_array().expect("there are counts");
    let number = |count: &Value, key: &str| count[key].as_u64().expect("it is a number");
    counts
        .iter()
        .map(|count| (number(count, "line"), number(count, "count")))
        .collect()
}

#[test]
fn lines_and_functions_that_ran_are_told_from_those_that_did_not() {
    let world = World::new();
    let document = world.json(&["--source"]);
    assert_eq!(document["files"].as_array().map(Vec::len), Some(1), "{document}");
    // What is inlined twice is executed twice.
    let expected = [(3, 2), (7, 1), (8, 1), (10, 1), (11, 1), (14, 0), (15, 0), (16, 0)];
    assert_eq!(counts(&document), expected, "{document}");
    assert_eq!(document["lines"], json!({ "executed": 5, "all": 8 }));
    assert_eq!(document["functions"], json!({ "executed": 2, "all": 3 }));
    let table = stdout(&world.output(&[]));
    let row = table.lines().nth(1).expect("there is a row").split_whitespace();
    assert_eq!(
        row.take(6).collect::<Vec<_>>(),
        ["5", "8", "62.5%", "2", "3", "66.7%"],
        "{table}"
    );
    let listing = stdout(&world.output(&["--source"]));
    assert!(
        listing.contains("         2      3  \treturn value * 3;\n")
            && listing.contains("     never     15  \treturn value - 1;"),
        "{listing}"
    );
}

#[test]
fn several_traces_are_one() {
    let world = World::new();
    let trace = world.path("trace").display().to_string();
    let document = world.json(&["--source", "--also", &trace, "--also", &trace]);
    assert_eq!(counts(&document)[..3], [(3, 6), (7, 3), (8, 3)]);
    assert_eq!(document["lines"], json!({ "executed": 5, "all": 8 }));
}

#[test]
fn a_tracefile_is_lcovs() {
    let world = World::new();
    let file = world.path("work.info");
    let said = stdout(&world.output(&["--lcov", &file.to_string_lossy()]));
    assert!(said.contains("5 of 8 lines, 2 of 3 functions; `genhtml"), "{said}");
    let tracefile = std::fs::read_to_string(&file).expect("it was written");
    let source = world.path("work.c").display().to_string();
    let body = tracefile.split_once(&format!("SF:{source}\n")).map(|(_, rest)| rest);
    assert_eq!(
        body,
        Some(
            "FN:1,check\nFN:13,unused\nFN:6,work\nFNDA:2,check\nFNDA:0,unused\nFNDA:1,work\nFNF:3\nFNH:2\n\
             DA:3,2\nDA:7,1\nDA:8,1\nDA:10,1\nDA:11,1\nDA:14,0\nDA:15,0\nDA:16,0\nLF:8\nLH:5\nend_of_record\n"
        ),
        "{tracefile}"
    );
}

#[test]
fn what_has_no_lines_is_refused() {
    let world = World::new();
    for (more, code, says) in [
        (
            &["no-such-file"][..],
            "lkmc::trace::no_match",
            "no source file of what trace executed matches",
        ),
        (&["("], "lkmc::pattern", "no regular expression"),
        (&["--cpu", "1"], "lkmc::trace::no_processor", "there are some of others"),
        (&["--lcov", "a.info", "--source"], "cannot be used", "--source"),
    ] {
        assert_failed(&world.output(more), 2, &[code, says]);
    }
    let unknown = output(&["trace", "coverage", &world.path("trace").to_string_lossy()]);
    assert_failed(&unknown, 2, &["lkmc::trace::symbols", "--vmlinux"]);
    let blocks = output(&["trace", "coverage", "tests/qemu/recorded/blocks.gz"]);
    assert_failed(&blocks, 2, &["lkmc::trace::symbols", "of what blocks.gz executed"]);
    let pipeline = output(&["trace", "coverage", "tests/gem5/recorded/trace-pipeline.txt"]);
    assert_failed(&pipeline, 2, &["lkmc::trace::nothing", "--trace Exec"]);
}
