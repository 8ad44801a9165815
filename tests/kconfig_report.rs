//! Kconfig's recorded answers become messages on the lines that asked.

use std::path::PathBuf;

use lkmc::diag::to_plain_text;
use lkmc::profile::Library;
use lkmc::profile::report::{Report, explain};

const DIRECTORY: &str = "tests/kconfig";
const SYMBOLS: &[&str] = &["DEBUG_FS", "DEBUG_KERNEL", "KGDB", "USB_STORAGE", "64BIT", "CRC32"];

/// Recorded from `nix/kconfig-report.c` on Linux 6.12, one answer of each kind.
const REPORT: &str = r#"{"lost": [
  {"symbol": "DEBUG_FSS", "wanted": "y", "got": "n", "kind": "unknown", "prompt": false,
   "unmet": [], "add": [], "selected-by": [], "selectors": []},
  {"symbol": "USB_STORAGE", "wanted": "y", "got": "n", "kind": "lost", "prompt": true,
   "unmet": ["USB_SUPPORT [=n]", "SCSI [=n]"], "add": ["USB_SUPPORT=y", "USB_SUPPORT=y", "SCSI=y"], "selected-by": [], "selectors": []},
  {"symbol": "CRC32", "wanted": "n", "got": "y", "kind": "lost", "prompt": true,
   "unmet": [], "add": [], "selected-by": ["EXT4_FS [=y]"], "selectors": []},
  {"symbol": "ZLIB_INFLATE", "wanted": "m", "got": "n", "kind": "lost", "prompt": false,
   "unmet": [], "add": [], "selected-by": [], "selectors": ["RD_GZIP [=n]", "SQUASHFS_ZLIB [=n]"]},
  {"symbol": "HZ", "wanted": "12345", "got": "250", "kind": "lost", "prompt": true,
   "unmet": [], "add": [], "selected-by": [], "selectors": []},
  {"symbol": "NOT_ASKED", "wanted": "y", "got": "n", "kind": "lost", "prompt": true,
   "unmet": ["PCI [=n]"], "add": [], "selected-by": [], "selectors": []}]}"#;

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
