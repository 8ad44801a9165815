//! Results do not depend on where the checkout lies, on the environment, or on the path of a program: each is disguised, and every
//! statistic is the same. On a real gem5, where LKMC_GEM5 names one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::gem5::{PATIENCE, compile, skipped_without_gem5};
use crate::common::{ROOT, copy_checkout, lkmc, output, record, skip, stderr, stdout};

/// Where a run took place.
struct Place {
    root: PathBuf,
    disguised: bool,
}

impl Place {
    fn lkmc(&self) -> Command {
        let mut command = lkmc();
        command
            .current_dir(&self.root)
            .env("LKMC_ROOT", &self.root)
            .args(["--json", "--timeout", PATIENCE]);
        if self.disguised {
            // Much more than a page of the stack.
            for number in 0..200 {
                command.env(format!("LKMC_TEST_DISGUISE_{number}"), "x".repeat(10 * number));
            }
            command.envs([
                ("LANG", "tlh_KX.UTF-8"),
                ("TZ", "Asia/Kathmandu"),
                ("COLUMNS", "7"),
                ("USER", "somebody"),
            ]);
            command.env("M5_OVERRIDE_PY_SOURCE", "").env("PYTHONHASHSEED", "12345");
        }
        command
    }

    /// gem5's output directory of this run.
    fn output(&self, ran: &Output) -> PathBuf {
        let id = record(ran)["id"].as_str().expect("a run has an id").to_owned();
        self.root.join("out/run").join(id).join("m5out")
    }
}

/// This checkout, and a copy of it whose path is much longer.
fn places(directory: &Path) -> [Place; 2] {
    let elsewhere = directory
        .join("a/directory/whose/name/is/very/much/longer/than/that/of/the/checkout")
        .join("y".repeat(150));
    copy_checkout(Path::new(ROOT), &elsewhere);
    [
        Place {
            root: ROOT.into(),
            disguised: false,
        },
        Place {
            root: elsewhere,
            disguised: true,
        },
    ]
}

/// All statistics but those of the host's own time and memory.
fn assert_equal(before: &Path, after: &Path) {
    let compared = output(&[
        "gem5",
        "stats",
        &before.to_string_lossy(),
        "--compare",
        &after.to_string_lossy(),
    ]);
    assert_eq!(stdout(&compared), "no difference\n", "{}", stderr(&compared));
    // The comparison has something to compare.
    let shown = output(&[
        "gem5",
        "stats",
        &after.to_string_lossy(),
        "numCycles$",
        "commitStats0.numInsts$",
        "^simTicks$",
    ]);
    let counted = |line: &str| {
        line.split_whitespace()
            .nth(1)
            .and_then(|value| value.parse::<f64>().ok())
    };
    let text = stdout(&shown);
    assert!(
        text.lines().count() >= 3 && text.lines().all(|line| counted(line) > Some(1000.0)),
        "{text}"
    );
}

#[test]
fn a_program_without_a_kernel_takes_the_same_cycles_in_any_disguise() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let places = places(directory.path());
    let program = compile("userland/measure/integer_mix.c", directory.path());
    let moved = places[1].root.join("something-else-entirely");
    std::fs::copy(&program, &moved).expect("a file can be copied");
    let run = |place: &Place, program: &Path| {
        let mut command = place.lkmc();
        let ran = command
            .args(["gem5", "run", "aarch64-gem5-hpi", "--"])
            .arg(program)
            .arg("20")
            .output();
        let ran = ran.expect("lkmc can be started");
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        assert!(stdout(&ran).starts_with("20 iterations: "), "{}", stdout(&ran));
        place.output(&ran)
    };
    let plain = run(&places[0], &program);
    // Each disguise alone, and all together.
    assert_equal(&plain, &run(&places[0], &moved));
    let moved_only = Place {
        root: places[1].root.clone(),
        disguised: false,
    };
    assert_equal(&plain, &run(&moved_only, &program));
    let dressed_only = Place {
        root: ROOT.into(),
        disguised: true,
    };
    assert_equal(&plain, &run(&dressed_only, &program));
    assert_equal(&plain, &run(&places[1], &moved));
}

/// What a program finds in /proc and /sys is its machine's.
#[test]
fn a_program_without_a_kernel_does_not_see_the_host() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = compile("tests/gem5/machine.c", directory.path());
    let run = |profile: &str, disguise: &str| {
        let script = format!("{disguise} exec \"$0\" \"$@\"");
        let mut command = match disguise {
            "" => Command::new("env"),
            _ => {
                let mut command = Command::new("unshare");
                command.args(["-Urm", "sh", "-c", &script]);
                command
            }
        };
        let ran = command
            .arg(env!("CARGO_BIN_EXE_lkmc"))
            .args(["--json", "--timeout", PATIENCE, "gem5", "run", profile, "--"])
            .arg(&program)
            .current_dir(ROOT)
            .env("LKMC_ROOT", ROOT)
            .output()
            .expect("lkmc can be started");
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        let id = record(&ran)["id"].as_str().expect("a run has an id").to_owned();
        (stdout(&ran), Path::new(ROOT).join("out/run").join(id).join("m5out"))
    };
    let (said, plain) = run("aarch64-gem5-hpi", "");
    for line in [
        "/proc/cpuinfo\n| processor\t: 0\n",
        "/proc/version\nis not there",
        "1 configured, 1 online, 1 listed",
    ] {
        assert!(said.contains(line), "no `{line}` in {said}");
    }
    assert_eq!(said.matches("| processor").count(), 1, "{said}");
    let (said, _) = run("aarch64-gem5-biglittle", "");
    assert!(said.ends_with("4 configured, 4 online, 4 listed\n"), "{said}");
    let tried = Command::new("unshare")
        .args(["-Urm", "mount", "--bind", "/proc/version", "/proc/cpuinfo"])
        .status();
    if !tried.is_ok_and(|status| status.success()) {
        return skip("no user namespaces");
    }
    // Another host.
    let hide =
        "for file in /proc/cpuinfo /proc/stat; do mount --bind /proc/version $file; done; mount -t tmpfs tmpfs /sys;";
    let (other, hidden) = run("aarch64-gem5-hpi", hide);
    assert_eq!(other, run("aarch64-gem5-hpi", "").0);
    assert_equal(&plain, &hidden);
}

#[test]
fn a_command_of_a_guest_takes_the_same_cycles_in_any_disguise() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let run = |place: &Place| {
        let mut command = place.lkmc();
        let ran = command
            .args(["profile", "run", "aarch64-gem5-hpi", "--", "true"])
            .output();
        let ran = ran.expect("lkmc can be started");
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        let snapshot = record(&ran)["snapshot"].clone();
        (place.output(&ran), snapshot)
    };
    let [here, there] = places(directory.path());
    let (plain, kept) = run(&here);
    let (disguised, found) = run(&there);
    assert_equal(&plain, &disguised);
    // Neither the checkpoint nor what it was made from has another name elsewhere.
    assert_eq!((&kept["key"], &found["used"]), (&found["key"], &true.into()));
}
