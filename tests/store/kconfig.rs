//! What Kconfig says of options of the real kernels. Spawns Nix.

use serde_json::Value;

use crate::common::{assert_says, run, skipped_without_nix};

/// What is said of some options, as a list of objects.
fn asked(profile: &str, words: &[&str]) -> Value {
    let output = run(&[&["--json", "profile", "kconfig", profile], words].concat());
    assert_says(&output, 0, &[]);
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// Between the two versions Kconfig has changed how it keeps all of this.
#[test]
fn an_options_value_is_explained_on_both_versions() {
    if skipped_without_nix() {
        return;
    }
    for profile in ["x86_64-qemu", "x86_64-qemu-6.1"] {
        let said = asked(
            profile,
            &[
                "KASAN_GENERIC",
                "CONFIG_UNWINDER_ORC",
                "CRC32",
                "HZ",
                "FUNCTION_TRACER",
                "LOCALVERSION",
            ],
        );
        let [member, other, selected, default, wanted, text] = said.as_array().expect("it is a list").as_slice() else {
            panic!("{said}");
        };
        assert_eq!(member["why"][0], "it needs KASAN [=n]", "{member}");
        assert_eq!(member["add"][0], "KASAN=y", "{member}");
        assert_eq!(member["choice"].as_array().map(Vec::len), Some(2), "{member}");
        assert_eq!(other["why"][0], "nobody asks for it", "{other}");
        assert!(
            other["defined"][0]
                .as_str()
                .is_some_and(|place| place.starts_with("arch/x86/Kconfig.debug:"))
        );
        let selectors = selected["selected-by"].as_array().expect("it is a list");
        assert!(selectors.iter().any(|by| by == "JBD2 [=y] && BLOCK [=y]"), "{selected}");
        assert_eq!(default["why"][0], "Kconfig's default: 250 if HZ_250 [=y]", "{default}");
        assert_eq!(wanted["asked"]["value"], "y", "{wanted}");
        let file = wanted["asked"]["file"].as_str().expect("it is text");
        assert!(file.ends_with("profiles/kconfig/laboratory.config"), "{wanted}");
        assert_eq!(
            (&text["type"], &text["value"]),
            (&"string".into(), &"".into()),
            "{text}"
        );

        let would = asked(profile, &["--set", "kernel.config.KASAN=y", "KASAN_GENERIC"]);
        assert_eq!(
            (&would[0]["value"], &would[0]["unmet"][0]),
            (&"y".into(), &Value::Null),
            "{would}"
        );
    }
}

#[test]
fn options_are_searched_and_unknown_ones_refused() {
    if skipped_without_nix() {
        return;
    }
    let kconfig = |words: &[&str]| run(&[&["profile", "kconfig", "x86_64-qemu"], words].concat());
    assert_says(
        &kconfig(&["KASAN_*LINE"]),
        0,
        &["KASAN_INLINE=n", "Outline instrumentation\n"],
    );
    assert_says(
        &kconfig(&["DEBUG_FSS", "CONFIG_NO_SUCH_THING", "*NO_SUCH*"]),
        2,
        &[
            "3 problems",
            "no option DEBUG_FSS",
            "did you mean `DEBUG_FS`?",
            "no option NO_SUCH_THING",
            "no option *NO_SUCH*",
        ],
    );
}
