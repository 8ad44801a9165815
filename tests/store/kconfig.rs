//! What Kconfig says of options of the real kernels. Spawns Nix.

use serde_json::Value;

use crate::common::{assert_says, run, skipped_without_nix, stdout};

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
        &kconfig(&["^KASAN_.*LINE$"]),
        0,
        &["KASAN_INLINE=n", "Outline instrumentation\n"],
    );
    assert_says(
        &kconfig(&["DEBUG_FSS", "CONFIG_NO_SUCH_THING", "NO_SUCH.*"]),
        2,
        &[
            "3 problems",
            "no option DEBUG_FSS",
            "did you mean `DEBUG_FS`?",
            "no option NO_SUCH_THING",
            "no option NO_SUCH.*",
        ],
    );
}

/// A tarball of one's own, up to its configuration: of the sources as much as that needs.
#[test]
fn other_sources_are_configured_like_ones_own() {
    if skipped_without_nix() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).expect("it can be written");
    let sources = stdout(&run(&["profile", "source", "x86_64-qemu"]));
    let packed = std::process::Command::new("tar")
        .args(["-c", "--sort=name", "--mode=u+w", "--transform=s,^[.],linux,", "-f"])
        .arg(directory.path().join("linux.tar"))
        .args(
            ["./drivers", "./fs", "./net", "./sound", "./lib"].map(|directory| format!("--exclude={directory}/*.[ch]")),
        )
        .args(["./Documentation/*/*", "./tools/testing", "*.dts*"].map(|part| format!("--exclude={part}")))
        .args(["-C", sources.trim_end(), "."])
        .status();
    assert!(packed.expect("there is tar").success());
    write(
        "own.toml",
        "extends = [\"x86_64-qemu\"]\n[kernel]\nsource = \"linux.tar\"\nconfig.NO_SUCH_OPTION = \"y\"\n",
    );
    let profile = directory.path().join("own.toml");
    let profile = profile.to_str().expect("it is text");
    assert_says(
        &run(&["profile", "check", "--kconfig", profile]),
        2,
        &["the kernel of linux.tar on x86_64 has no option NO_SUCH_OPTION"],
    );
    assert_eq!(asked(profile, &["HZ"])[0]["value"], "250");
    let own = stdout(&run(&["profile", "source", profile]));
    let version = |directory: &str| std::fs::read(format!("{}/Makefile", directory.trim_end())).expect("it is there");
    assert_ne!(own, sources);
    assert_eq!(version(&own), version(&sources));
}

/// Everything in it counts, but for what another kernel and compiler have left there.
#[test]
fn a_whole_config_is_taken_as_far_as_it_goes() {
    if skipped_without_nix() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        path.to_string_lossy().into_owned()
    };
    write(
        "given.config",
        "# Automatically generated file; DO NOT EDIT.\nCONFIG_GCC_VERSION=1\nCONFIG_HZ_1000=y\nCONFIG_HZ=1000\nCONFIG_USB=y\n\
         CONFIG_USB_STORAGE=y\nCONFIG_FORMER_OPTION=y\n# CONFIG_MODULES is not set\nCONFIG_DEFAULT_HOSTNAME=\"given\"\n",
    );
    let profile = write(
        "given.toml",
        "extends = [\"x86_64-qemu\"]\n[kernel]\nconfig-file = \"given.config\"\n",
    );
    let output = run(&["profile", "check", "--kconfig", &profile]);
    assert_says(
        &output,
        0,
        &[
            "does not follow 4 lines of the .config:",
            "  GCC_VERSION=1: it follows from other options\n",
            "  USB=y: needs USB_SUPPORT [=n]",
            "  USB_STORAGE=y: needs USB_SUPPORT [=n] and USB [=n] and SCSI [=n]",
            "  FORMER_OPTION=y: this kernel has no such option\n",
        ],
    );
    let said = asked(&profile, &["HZ", "MODULES", "DEFAULT_HOSTNAME", "USB"]);
    let [timer, modules, name, lost] = said.as_array().expect("it is a list").as_slice() else {
        panic!("{said}");
    };
    assert_eq!(timer["value"], "1000", "{timer}");
    // What a guest needs wins.
    assert_eq!(modules["value"], "y", "{modules}");
    assert!(
        modules["asked"]["file"]
            .as_str()
            .is_some_and(|file| file.ends_with("kconfig/base.config")),
        "{modules}"
    );
    assert_eq!(
        (&name["value"], &name["asked"]["line"]),
        (&"given".into(), &9.into()),
        "{name}"
    );
    assert_eq!(lost["why"].as_array().map(Vec::len), Some(2), "{lost}");
}
