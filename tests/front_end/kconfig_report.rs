//! Kconfig's recorded answers become messages on the lines that asked.

use std::path::PathBuf;
use std::process::Command;

use crate::common::skip;
use lkmc::diag::to_plain_text;
use lkmc::profile::Library;
use lkmc::profile::report::{Report, explain};
use lkmc::profile::symbols::Symbols;

const DIRECTORY: &str = "tests/kconfig";

/// As `nix/kconfig-report.c` writes it, one answer of each kind.
const REPORT: &str = r#"{"lost": [
  {"symbol": "DEBUG_FSS", "wanted": "y"},
  {"symbol": "USB_STORAGE", "wanted": "y"},
  {"symbol": "CRC32", "wanted": "n"},
  {"symbol": "ZLIB_INFLATE", "wanted": "m"},
  {"symbol": "HZ", "wanted": "12345"},
  {"symbol": "NOT_ASKED", "wanted": "y"},
  {"symbol": "FUNCTION_TRACER", "wanted": "y"},
  {"symbol": "FUNCTION_PROFILER", "wanted": "y"},
  {"symbol": "UNWINDER_ORC", "wanted": "y"}]}"#;

/// What it writes of symbols, cut short. DEBUG_FSS does not exist.
const SYMBOLS: &str = r#"{"name": "64BIT", "type": "bool", "value": "y"}
{"name": "CRC32", "type": "tristate", "value": "y", "prompt": "CRC32/CRC32c functions", "selected-by": ["EXT4_FS [=y]"]}
{"name": "DEBUG_FS", "type": "bool", "value": "y", "prompt": "Debug Filesystem"}
{"name": "DEBUG_KERNEL", "type": "bool", "value": "y", "prompt": "Kernel debugging"}
{"name": "FUNCTION_PROFILER", "type": "bool", "value": "n", "prompt": "Kernel function profiler", "unmet": ["FUNCTION_TRACER [=n]"], "add": ["FUNCTION_TRACER=y"]}
{"name": "FUNCTION_TRACER", "type": "bool", "value": "n", "prompt": "Kernel Function Tracer", "unmet": ["HAVE_FUNCTION_TRACER [=n]"], "withheld": [{"symbol": "HAVE_FUNCTION_TRACER", "by": "RISCV [=y]", "unmet": ["!PREEMPTION [=y]"], "against": ["PREEMPT"]}]}
{"name": "HZ", "type": "integer", "value": "250", "prompt": "Timer frequency"}
{"name": "NOT_ASKED", "type": "bool", "value": "n", "prompt": "Made up", "unmet": ["PCI [=n]"]}
{"name": "UNWINDER_ORC", "type": "bool", "value": "n", "prompt": "ORC unwinder", "choice": ["UNWINDER_FRAME_POINTER", "UNWINDER_GUESS"]}
{"name": "USB_STORAGE", "type": "tristate", "value": "n", "prompt": "USB Mass Storage support", "unmet": ["USB_SUPPORT [=n]", "SCSI [=n]"], "add": ["USB_SUPPORT=y", "SCSI=y"]}
{"name": "ZLIB_INFLATE", "type": "tristate", "value": "n", "selectors": ["RD_GZIP [=n]", "SQUASHFS_ZLIB [=n]"]}
"#;

#[test]
fn each_kind_of_loss_is_explained_where_it_was_asked() {
    let here = std::env::current_dir().expect("tests have a directory");
    let library = Library {
        root: PathBuf::from("tests/ui/library"),
    };
    let profile = library
        .load(&format!("{DIRECTORY}/lossy.toml"))
        .unwrap_or_else(|error| panic!("{}", to_plain_text(&error)));
    let report: Report = serde_json::from_str(REPORT).expect("the recorded report has the known form");
    let error = explain(&profile, &report, &Symbols::of(SYMBOLS.into())).expect_err("options were lost");
    assert_eq!(error.exit.status(), 2);
    let text = to_plain_text(&error).replace(&format!("{}/", here.display()), "");
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .normalize_paths(false)
        .eq(
            text,
            snapbox::Data::read_from(&PathBuf::from(DIRECTORY).join("lossy.stderr"), None),
        );
}

#[test]
fn nothing_lost_is_no_error() {
    let library = Library {
        root: PathBuf::from("tests/ui/library"),
    };
    let profile = library.load("pc").expect("it is valid");
    let report: Report = serde_json::from_str(r#"{"lost": []}"#).expect("JSON");
    assert!(explain(&profile, &report, &Symbols::of(SYMBOLS.into())).is_ok());
}

/// The part of the report's program that needs nothing of Kconfig's.
#[test]
fn strings_are_compared_as_kconfig_reads_them() {
    let source = std::fs::read_to_string("nix/kconfig-report.c").expect("tests run in the checkout");
    let begin = source.find("static bool spells(").expect("it is there");
    let end = begin + source[begin..].find("\n}\n").expect("it ends") + 3;
    let main = "int main(int argc, char **argv) { return argc == 3 && spells(argv[1], argv[2]) ? 0 : 1; }";
    let program = format!(
        "#include <stdbool.h>\n#include <string.h>\n{}{main}\n",
        &source[begin..end]
    );
    let directory = tempfile::tempdir().expect("a temporary directory");
    let [file, spells] = ["spells.c", "spells"].map(|name| directory.path().join(name));
    std::fs::write(&file, program).expect("it can be written");
    let built = Command::new("cc")
        .args(["-Wall", "-Werror", "-o"])
        .arg(&spells)
        .arg(&file)
        .status();
    match built {
        Ok(status) => assert!(status.success(), "it does not compile"),
        Err(error) => return skip(format_args!("cc: {error}")),
    }
    for (quoted, value, expected) in [
        (r#""plain""#, "plain", true),
        (r#""""#, "", true),
        (r#""a\"b\\""#, r#"a"b\"#, true),
        (r#""a\"b""#, r#"a\"b"#, false),
        (r#""longer""#, "long", false),
        (r#""long""#, "longer", false),
        (r#""a"b""#, r#"a"b"#, false),
        ("bare", "bare", false),
        ("\"", "", false),
    ] {
        let status = Command::new(&spells)
            .args([quoted, value])
            .status()
            .expect("it was built");
        assert_eq!(status.success(), expected, "{quoted} and {value}");
    }
}
