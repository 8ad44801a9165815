//! gem5's operations as x86_64 programs ask for them. No gem5 for x86_64 is needed: `m5ops/x86_64.c` decodes each one where this
//! machine's processor stops at it. The numbers are those of gem5's `include/gem5/asm/generic/m5ops.h`.

use std::path::Path;
use std::process::Command;

use crate::common::{ROOT, said, skip, stderr, stdout};

/// Operation and number.
const NUMBERS: [(&str, u32); 14] = [
    ("arm", 0x00),
    ("rpns", 0x07),
    ("exit", 0x21),
    ("fail", 0x22),
    ("sum", 0x23),
    ("init_param", 0x30),
    ("reset_stats", 0x40),
    ("dump_stats", 0x41),
    ("dump_reset_stats", 0x42),
    ("checkpoint", 0x43),
    ("write_file", 0x4f),
    ("read_file", 0x50),
    ("work_begin", 0x5a),
    ("work_end", 0x5b),
];

#[test]
fn both_forms_are_what_gem5_decodes() {
    if !cfg!(target_arch = "x86_64") {
        return skip("this machine is no x86_64");
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    // What the compiler makes of registers depends on how much it moves around.
    for level in ["-O0", "-O2", "-Os"] {
        let program = directory.path().join(level);
        let built = Command::new("cc")
            .args(["-std=gnu11", level, "-Wall", "-Wextra", "-Werror", "-I"])
            .arg(Path::new(ROOT).join("guest/m5"))
            .arg("-o")
            .arg(&program)
            .arg(Path::new(ROOT).join("tests/m5ops/x86_64.c"))
            .output();
        let Ok(built) = built else {
            return skip("no C compiler");
        };
        assert!(built.status.success(), "{}", stderr(&built));
        let ran = Command::new(&program).output().expect("it can be started");
        assert_eq!(ran.status.code(), Some(0), "{level}: {}", said(&ran));
        let mut expected = vec!["base 0xffff0000".to_owned()];
        for (name, number) in NUMBERS {
            // Printed by C, whose %#x writes 0 as it is.
            let hex = if number == 0 {
                "0".into()
            } else {
                format!("{number:#x}")
            };
            expected.push(format!("instruction {name} {hex} 1 654321 0xfedcba9876543210"));
            expected.push(format!(
                "address {name} {:#x} 0",
                0xabcd_0000_0000_0000_u64 | u64::from(number) << 8
            ));
        }
        let said = stdout(&ran);
        assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{level}");
    }
}
