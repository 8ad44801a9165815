//! Which lines a guest has executed, of a module with a branch and of the kernel.

use serde_json::Value;

use crate::common::{arch, each_profile, json, skip};
use crate::trace::traced;

/// What is in the branch is a loop, which no architecture executes under a condition.
const MODULE: &str = "\
#include <linux/module.h>

static int level;
module_param(level, int, 0);

static int __init mine_init(void)
{
	pr_info(\"mine is here\\n\");
	if (level > 5)
		while (level--)
			pr_info(\"level %d\\n\", level);
	return 0;
}

static void __exit mine_exit(void)
{
	pr_info(\"mine is gone\\n\");
}

module_init(mine_init);
module_exit(mine_exit);
MODULE_DESCRIPTION(\"a branch\");
MODULE_LICENSE(\"GPL\");
";

/// How often each line of the only file was executed.
fn counts(arguments: &[&str]) -> Vec<(u64, u64)> {
    let document = json(&[&["trace", "coverage"], arguments, &["mine\\.c$", "--source"]].concat());
    let number = |count: &Value, key: &str| count[key].as_u64().expect("it is a number");
    let counts = document["files"][0]["counts"].as_array().expect("there are counts");
    counts
        .iter()
        .map(|count| (number(count, "line"), number(count, "count")))
        .collect()
}

fn line(text: &str) -> u64 {
    let before = MODULE.lines().take_while(|line| !line.contains(text));
    before.count() as u64 + 1
}

#[test]
fn exactly_the_branch_that_was_not_taken_is_uncovered() {
    each_profile(|profile| {
        if arch(profile) == "riscv64" {
            return skip("on riscv64 a loop's body is counted in its first line (docs/riscv64.md)");
        }
        let directory = tempfile::tempdir().expect("a directory can be made");
        let file = directory.path().join("mine.c");
        std::fs::write(&file, MODULE).expect("a file can be written");
        let demo = ["--demos", &file.to_string_lossy()];
        let inserted = |level: u32| {
            let command = format!("insmod mine.ko level={level} && rmmod mine");
            traced(profile, &demo, &["sh", "-c", &command]).1
        };
        let (low, high) = (inserted(1), inserted(7));
        let (loop_, inner) = (line("while"), line("level %d"));
        let of_low = counts(&[&low]);
        let never: Vec<u64> = of_low
            .iter()
            .filter(|(_, count)| *count == 0)
            .map(|(line, _)| *line)
            .collect();
        assert_eq!(never, [loop_, inner], "{of_low:?}");
        let both = counts(&[&low, "--also", &high]);
        assert!(both.iter().all(|(_, count)| *count > 0), "{both:?}");
        for (text, times) in [("level %d", 7), ("mine is here", 2), ("mine is gone", 2)] {
            assert!(both.contains(&(line(text), times)), "{text}: {both:?}");
        }
    });
}

#[test]
fn a_file_of_the_kernels_has_lines_that_ran_and_others() {
    each_profile(|profile| {
        let (_, id) = traced(profile, &[], &["cat", "/proc/version"]);
        let document = json(&["trace", "coverage", &id, "^fs/proc/version\\.c$", "--source"]);
        let file = &document["files"][0];
        assert_eq!(file["kernel"], true);
        let path = file["path"].as_str().expect("the kernel's sources are here");
        assert!(path.ends_with("/fs/proc/version.c"), "{path}");
        let calls = file["calls"].as_array().expect("there are functions");
        let entered = |name: &str| {
            let call = calls.iter().find(|call| call["function"] == name);
            call.and_then(|call| call["count"].as_u64())
        };
        assert_eq!(entered("version_proc_show"), Some(1), "{calls:?}");
        assert_eq!(entered("proc_version_init"), Some(0), "{calls:?}");
    });
}
