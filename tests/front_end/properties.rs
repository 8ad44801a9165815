//! Nothing that a file may hold makes lkmc panic, and an edit changes what it says and nothing else.

use std::path::{Path, PathBuf};

use lkmc::demo::pattern::{Bindings, Pattern};
use lkmc::demo::{Expect, Observed, Text, compare, mutations};
use lkmc::profile::raw::{file_schema, schema};
use lkmc::profile::{Library, edit};
use lkmc::source::Source;
use lkmc::verdict::Verdict;
use proptest::prelude::*;
use serde_json::Value;

fn library() -> Library {
    Library {
        root: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/ui/library"),
    }
}

/// Loads a text and renders whatever comes of it; only a panic fails.
fn digest(text: String) {
    let source = Source::file(Path::new("tests/ui/any.toml"), text);
    if let Err(error) = library().load_source(&source) {
        let text = lkmc::diag::to_plain_text(&error);
        assert!(
            !text.contains("lkmc::profile::internal"),
            "the structure check has a gap:\n{text}"
        );
        assert!(
            !text.contains("Failed to read contents"),
            "a label points nowhere:\n{text}"
        );
        lkmc::diag::to_json(&error);
    }
}

fn keys() -> Vec<String> {
    fn collect(schema: &Value, path: &str, keys: &mut Vec<String>) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            keys.push(path.clone());
            collect(property, &path, keys);
            collect(&property["items"], &path, keys);
        }
    }
    let mut keys = Vec::new();
    collect(&schema(), "", &mut keys);
    assert!(keys.len() > 30);
    keys
}

/// A TOML value of any kind, well or ill chosen.
fn value() -> impl Strategy<Value = String> {
    let texts = [
        "512MiB",
        "0B",
        "99999TiB",
        "1.5GHz",
        "1h",
        "x86_64",
        "aarch64",
        "arm",
        "qemu",
        "gem5",
        "HPI",
        "host",
        "kvm",
        "ext4",
        "6.1",
        "virt,gic-version=3",
        "VExpress_GEM5_V1",
        "2222:22",
        "/",
        "",
        "pc",
        "fragments/cached",
        "kconfig/small.config",
        "ü",
        "\\u0000",
    ];
    let leaf = prop_oneof![
        proptest::sample::select(texts.to_vec()).prop_map(|text| format!("\"{text}\"")),
        any::<i64>().prop_map(|number| number.to_string()),
        (0..70_000i64).prop_map(|number| number.to_string()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        Just("1.5".to_string()),
        Just("2001-01-01".to_string()),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(|all| format!("[{}]", all.join(", "))),
            (proptest::sample::select(keys()), inner).prop_map(|(key, value)| format!("{{ {key} = {value} }}")),
        ]
    })
}

fn profile_text() -> impl Strategy<Value = String> {
    let line = (proptest::sample::select(keys()), value()).prop_map(|(key, value)| format!("{key} = {value}\n"));
    proptest::collection::vec(line, 0..8).prop_map(|lines| lines.concat())
}

/// Keys with a value that they take.
const EDITS: &[(&str, &str)] = &[
    ("arch", "arm"),
    ("description", "two words"),
    ("cpu.count", "7"),
    ("memory.size", "64MiB"),
    ("network.enable", "true"),
    ("cache.l1d.latency", "3"),
    ("kernel.config.DEBUG_FS", "y"),
    ("kernel.command-line", "[\"quiet\"]"),
];

const LAYOUTS: &[&str] = &[
    "",
    "# Head\n\narch = \"x86_64\" # why\n# Tail\n",
    "arch = 'x86_64'\ncpu = { count = 1 } # inline\n[memory]\n  size = \"1GiB\"\n",
    "cpu.count = 1\r\nmemory.size = \"1GiB\"\r\n\r\n[kernel]\r\ncommand-line = [\r\n  \"a\", # first\r\n]\r\n",
    "[cache.l1d]\nlatency = 1\n\n[[share]]\nhost = \"a\"\n\n# last words",
    "[kernel.config]\nDEBUG_FS = \"n\"\n[kernel]\nversion = \"6.1\"\n",
];

fn read<'a>(json: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.').try_fold(json, |json, part| json.get(part))
}

/// Blocks out of the words that blocks are made of.
fn block_text() -> impl Strategy<Value = String> {
    let words = [
        "[lkmc]",
        "[/lkmc]",
        "[[lkmc.run]]",
        "[[lkmc.skip]]",
        "[lkmc.machine]",
        "arches = ",
        "kconfig = ",
        "companion = ",
        "modules = ",
        "tree-modules = ",
        "guest = ",
        "stdout = ",
        "dmesg = ",
        "dmesg-not = ",
        "verdict = ",
        "timeout = ",
        "reason = ",
        "arch = ",
        "cpus = ",
        "\"arm\"",
        "[\"arm\"]",
        "[\"{hex:a}\", \"{any}\"]",
        "\"panic\"",
        "\"{deec}\"",
        "\"3s\"",
        "[\"../..\"]",
        "[\"A=y\"]",
        "\"\"\"\na\n\"\"\"",
        "3",
        "\n * ",
        "\n",
        " */",
        "/*",
        "//",
        "ü",
    ];
    let words = proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..30);
    words.prop_map(|words| format!("/*\n * x.\n *\n * [lkmc]\n * {}\n * [/lkmc]\n */\n", words.concat()))
}

fn digest_demo(name: &str, bytes: &[u8]) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = directory.path().canonicalize().expect("it exists");
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("it is in the directory")).expect("it can be made");
    std::fs::write(&path, bytes).expect("it can be written");
    if let Err(error) = (lkmc::demo::Collection { root }).load(name) {
        let text = lkmc::diag::to_plain_text(&error);
        assert!(
            !text.contains("lkmc::demo::internal"),
            "the structure check has a gap:\n{text}"
        );
        assert!(
            !text.contains("Failed to read contents"),
            "a label points nowhere:\n{text}"
        );
    }
}

/// A run that was exactly so, and what it promises.
fn kept_promise() -> impl Strategy<Value = (Expect, Observed)> {
    let line = "[a-z {}:.]{0,12}";
    let lines = || proptest::collection::vec(line, 0..5);
    (lines(), lines(), lines(), proptest::bool::ANY, 0u8..=255).prop_map(|(stdout, dmesg, stack, exact, status)| {
        let text = stdout.iter().map(|line| format!("{line}\n")).collect::<String>();
        let expect = Expect {
            status: Some(status),
            stdout: if exact {
                Text::Exact(text.clone())
            } else {
                Text::Has(stdout)
            },
            dmesg: dmesg.iter().step_by(2).cloned().collect(),
            dmesg_not: vec!["NEVER {any}".into()],
            stack: stack.clone(),
            ..Expect::anything()
        };
        let observed = Observed {
            status: Some(status),
            verdict: Some(if status == 0 { Verdict::Pass } else { Verdict::Failed }),
            stdout: text,
            stderr: String::new(),
            dmesg,
            stack,
        };
        (expect, observed)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_digested(text in ".{0,200}") {
        digest(text);
    }

    #[test]
    fn any_lines_are_digested(text in "([a-z.\\[\\]\"= 0-9#{},\n]|\\PC){0,120}") {
        digest(text);
    }

    #[test]
    fn any_known_keys_with_any_values_are_digested(text in profile_text()) {
        digest(text);
    }

    #[test]
    fn any_fragment_is_digested(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("any.config"), bytes).expect("it can be written");
        let text = "arch = \"x86_64\"\nkernel.fragments = [\"any.config\"]\n".to_string();
        let source = Source::file(&directory.path().join("any.toml"), text);
        if let Err(error) = library().load_source(&source) {
            lkmc::diag::to_plain_text(&error);
        }
    }

    #[test]
    fn any_bytes_are_digested(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("any.toml");
        std::fs::write(&path, bytes).expect("it can be written");
        if let Err(error) = library().load_file(&path) {
            lkmc::diag::to_plain_text(&error);
        }
    }

    #[test]
    fn any_block_is_digested(text in block_text()) {
        digest_demo("kernel_modules/x.c", text.as_bytes());
    }

    #[test]
    fn any_source_is_digested(name in proptest::sample::select(vec!["kernel_modules/x.c", "userland/x.sh"]), bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        digest_demo(name, &bytes);
    }

    #[test]
    fn a_pattern_of_plain_text_is_that_text(line in "[a-zA-Z0-9 =:/.()-]{0,40}", other in "[a-zA-Z0-9 =:/.()-]{0,40}") {
        let pattern = Pattern::parse(&line).expect("it has no brace");
        prop_assert!(pattern.matches(&line, &mut Bindings::default()));
        prop_assert_eq!(pattern.matches(&other, &mut Bindings::default()), line == other);
    }

    #[test]
    fn placeholders_take_what_they_stand_for(dec in any::<i64>(), hex in any::<u64>(), word in "[!-~]{1,10}", text in "\\PC{0,20}") {
        let line = format!("{dec} 0x{hex:x} {word}: {text}");
        let pattern = Pattern::parse("{dec} 0x{hex:h} {word}: {any}").expect("it is a pattern");
        let mut bindings = Bindings::default();
        prop_assert!(pattern.matches(&line, &mut bindings), "{}", line);
        let bound = bindings.get("h").map(str::to_string);
        prop_assert_eq!(bound, Some(format!("{hex:x}")));
    }

    /// What was promised and kept is found to be kept; with any single promise changed it is found to be broken.
    #[test]
    fn every_promise_counts((expect, observed) in kept_promise()) {
        // Random braces may be placeholders that are misspelt; those stand for themselves.
        prop_assert_eq!(compare(&expect, &observed), []);
        for (name, mutated) in mutations(&expect) {
            prop_assert!(!compare(&mutated, &observed).is_empty(), "{}", name);
        }
    }

    /// The value is read back, and every other line is still there, in order.
    #[test]
    fn an_edit_changes_one_value(layout in proptest::sample::select(LAYOUTS.to_vec()), (key, value) in proptest::sample::select(EDITS.to_vec())) {
        let source = Source::new("any.toml", layout);
        let text = edit::set(&source, key, value).expect("these keys fit these layouts");
        let parsed: toml_edit::DocumentMut = text.parse().expect("an edit leaves TOML");
        let json: Value = toml_edit::de::from_document(parsed).expect("it is data");
        let found = read(&json, key).expect("the value is there").clone();
        let found = found.as_str().map_or_else(|| found.to_string(), str::to_string);
        prop_assert_eq!(found, value, "in {:?}", text);

        let leaf = key.rsplit('.').next().expect("a key has parts");
        let others = |text: &str| -> Vec<String> {
            text.split('\n').filter(|line| !line.contains(leaf) && !line.contains("\"a\"") && !line.trim().is_empty()).map(str::to_string).collect()
        };
        let (before, after) = (others(layout), others(&text));
        let mut rest = after.iter();
        for line in &before {
            prop_assert!(line.trim() == "]" || rest.any(|known| known == line), "{:?} is lost in {:?}", line, text);
        }
        // Nothing but the table that the key needed was added.
        prop_assert!(after.len() <= before.len() + 1, "{:?} became {:?}", layout, text);
        let again = edit::set(&Source::new("any.toml", text.as_str()), key, value).expect("the same edit fits");
        prop_assert_eq!(again, text);
    }

    #[test]
    fn any_key_and_value_are_digested(layout in proptest::sample::select(LAYOUTS.to_vec()), key in "[a-z.\"-]{0,12}", value in ".{0,20}") {
        if let Ok(text) = edit::set(&Source::new("any.toml", layout), &key, &value) {
            prop_assert!(text.parse::<toml_edit::DocumentMut>().is_ok(), "{:?} is no TOML", text);
        }
    }
}

/// The two schemas name the same keys; a file may leave out what a profile must have.
#[test]
fn a_file_may_leave_out_what_a_profile_must_have() {
    let required = |schema: &Value| schema["required"].as_array().map_or(0, Vec::len);
    assert!(required(&schema()) > 5);
    assert_eq!(required(&file_schema()), 0);
    assert_eq!(
        file_schema()["properties"]["share"]["items"]["required"],
        serde_json::json!(["host", "guest"])
    );
    assert!(!file_schema().to_string().contains("null"));
}
