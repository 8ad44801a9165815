//! Kconfig's recorded answers become messages on the lines that asked.

use std::path::PathBuf;
use std::process::Command;

use crate::common::skip;
use lkmc::diag::to_plain_text;
use lkmc::profile::Library;
use lkmc::profile::report::{Report, explain};

const DIRECTORY: &str = "tests/kconfig";
const SYMBOLS: &[&str] = &["DEBUG_FS", "DEBUG_KERNEL", "KGDB", "USB_STORAGE", "64BIT", "CRC32"];

/// Recorded from `nix/kconfig-report.c` on Linux 6.12, one answer of each kind.
const REPORT: &str = r#"{"lost": [
  {"symbol": "DEBUG_FSS", "wanted": "y", "got": "n", "kind": "unknown", "prompt": false,
   "unmet": [], "add": [], "selected-by": [], "selectors": [], "withheld": []},
  {"symbol": "USB_STORAGE", "wanted": "y", "got": "n", "kind": "lost", "prompt": true,
   "unmet": ["USB_SUPPORT [=n]", "SCSI [=n]"], "add": ["USB_SUPPORT=y", "USB_SUPPORT=y", "SCSI=y"], "selected-by": [], "selectors": [], "withheld": []},
  {"symbol": "CRC32", "wanted": "n", "got": "y", "kind": "lost", "prompt": true,
   "unmet": [], "add": [], "selected-by": ["EXT4_FS [=y]"], "selectors": [], "withheld": []},
  {"symbol": "ZLIB_INFLATE", "wanted": "m", "got": "n", "kind": "lost", "prompt": false,
   "unmet": [], "add": [], "selected-by": [], "selectors": ["RD_GZIP [=n]", "SQUASHFS_ZLIB [=n]"], "withheld": []},
  {"symbol": "HZ", "wanted": "12345", "got": "250", "kind": "lost", "prompt": true,
   "unmet": [], "add": [], "selected-by": [], "selectors": [], "withheld": []},
  {"symbol": "NOT_ASKED", "wanted": "y", "got": "n", "kind": "lost", "prompt": true,
   "unmet": ["PCI [=n]"], "add": [], "selected-by": [], "selectors": [], "withheld": []},
  {"symbol": "FUNCTION_TRACER", "wanted": "y", "got": "n", "kind": "lost", "prompt": true,
   "unmet": ["HAVE_FUNCTION_TRACER [=n]"], "add": [], "selected-by": [], "selectors": [], "withheld": [
    {"symbol": "HAVE_FUNCTION_TRACER", "by": "RISCV [=y]", "unmet": ["!PREEMPTION [=y]"], "against": ["PREEMPT"]}]},
  {"symbol": "FUNCTION_PROFILER", "wanted": "y", "got": "n", "kind": "lost", "prompt": true,
   "unmet": ["FUNCTION_TRACER [=n]"], "add": ["FUNCTION_TRACER=y"], "selected-by": [], "selectors": [], "withheld": []}]}"#;

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
    let error = explain(&profile, &report, SYMBOLS).expect_err("options were lost");
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
    assert!(explain(&profile, &report, SYMBOLS).is_ok());
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
