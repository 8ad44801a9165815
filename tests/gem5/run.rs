//! Runs on gem5: real ones where LKMC_GEM5 names a gem5, and what has to be refused everywhere.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::common::gem5::{assemble, hello, link, output, output_of_input, skipped_without_gem5, stat};
use crate::common::{ROOT, assert_says, lkmc, record, skip, stderr, stdout, wait_for_end, wait_until};
use serde_json::Value;

fn run(profile: &str, command: &[&str]) -> Output {
    output(&[&["--json", "profile", "run", profile, "--"], command].concat())
}

#[test]
fn a_program_without_a_kernel_takes_one_cycle_an_instruction() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let ran = hello(directory.path());
    assert_eq!(
        (ran.status.code(), stdout(&ran).as_str()),
        (Some(0), "hello\n"),
        "{}",
        stderr(&ran)
    );
    let record = record(&ran);
    assert_eq!(stat(&record, "simInsts"), 6.0);
    // Seven steps of 500 ps, a cycle at 2 GHz: the last instruction ends the simulation.
    assert_eq!(stat(&record, "simTicks"), 3500.0);
}

#[test]
fn a_deadline_holds_while_nobody_reads_what_a_program_says() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let mut child = lkmc()
        .args(["--timeout", "20s", "gem5", "run", "aarch64-gem5-atomic", "--"])
        .arg(assemble("much.S", directory.path()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("lkmc can be started");
    assert_eq!(wait_for_end(&mut child).code(), Some(124));
}

#[test]
fn a_program_without_a_kernel_has_its_input_and_the_record_its_line() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = assemble("echo.S", directory.path());
    let words = [
        "--json",
        "gem5",
        "run",
        "aarch64-gem5-atomic",
        "--",
        &program.to_string_lossy(),
    ];
    let ran = output_of_input(&words, b"no end \xff of a line");
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    assert_eq!(ran.stdout, b"no end \xff of a line");
    assert_eq!(record(&ran)["verdict"], "pass");
    let id = record(&ran)["id"].as_str().expect("a run has an id").to_owned();
    let again = output(&["bench", "verify", &id]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
}

#[test]
fn programs_are_measured_without_a_guest() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = assemble("hello.S", directory.path());
    let name = format!("test-no-kernel-{}", std::process::id());
    let sweep = |axis: &str| {
        let program = program.to_string_lossy();
        let words = [
            "--json",
            "bench",
            "sweep",
            "aarch64-gem5-atomic",
            "--no-kernel",
            "--name",
            &name,
        ];
        output(&[&words[..], &["--over", axis, "--", &program]].concat())
    };
    let swept = sweep("cpu.clock=1GHz,2GHz");
    assert_eq!(swept.status.code(), Some(0), "{}", stderr(&swept));
    let results: Value = serde_json::from_str(&stdout(&swept)).expect("it is JSON");
    let ticks = |point: usize| results["results"][point]["measured"]["ticks"].as_f64();
    // A cycle of 1 ns, and one of half that.
    assert_eq!((ticks(0), ticks(1)), (Some(7000.0), Some(3500.0)), "{results}");
    let id = results["results"][0]["run"].as_str().expect("a result has a run");
    let again = output(&["bench", "verify", id]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    // The same study of another program would be a mixture, and that run is none any more that could be verified.
    std::fs::copy(assemble("echo.S", directory.path()), &program).expect("the program can be replaced");
    let another = output(&["bench", "verify", id]);
    assert_says(&another, 2, &["lkmc::bench::changed", "what was simulated changed"]);
    let mixed = sweep("cpu.clock=1GHz,2GHz");
    assert_says(
        &mixed,
        2,
        &["lkmc::bench::another", "began before the programs changed"],
    );
    std::fs::remove_dir_all(Path::new(ROOT).join("out/bench").join(&name)).expect("the study can be removed");
}

#[test]
fn a_sleep_from_before_the_reset_is_in_no_measure() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = link("sleep.S", directory.path(), &["-Wl,-Ttext-segment=0x80000000"]);
    let profile = directory.path().join("two.toml");
    let measured = |base: &str, model: &str| {
        let text = format!("extends = [\"{base}\"]\narch = \"aarch64\"\ncpu.count = 2\ncpu.model = \"{model}\"\n");
        std::fs::write(&profile, text).expect("a file can be written");
        let name = format!("test-sleep-{model}-{}", std::process::id());
        let start = [
            "--json",
            "bench",
            "run",
            &profile.to_string_lossy(),
            "-n",
            "1",
            "--bare-metal",
        ];
        let ran = output(&[&start[..], &["--name", &name, "--", &program.to_string_lossy()]].concat());
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        std::fs::remove_dir_all(Path::new(ROOT).join("out/bench").join(&name)).expect("the study can be removed");
        let results: Value = serde_json::from_str(&stdout(&ran)).expect("it is JSON");
        (results["results"][0]["measured"].clone(), stderr(&ran))
    };
    let (atomic, said) = measured("aarch64-gem5-atomic", "AtomicSimpleCPU");
    // 205 cycles, of which gem5 counts a hundred thousand.
    assert_eq!(
        (&atomic["ticks"], &atomic["cycles"]),
        (&102500.0.into(), &Value::Null),
        "{atomic}"
    );
    assert!(said.contains("1 of 1 runs have no `cycles`"), "{said}");
    let (hpi, said) = measured("aarch64-gem5-hpi", "HPI");
    let [ticks, cycles] = ["ticks", "cycles"].map(|name| hpi[name].as_f64().expect("it is counted"));
    assert!(
        cycles < 2.0 * ticks / 500.0 && !said.contains("no `cycles`"),
        "{hpi} {said}"
    );
}

#[test]
fn parameters_of_gem5_are_swept_and_may_be_objects() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = assemble("hello.S", directory.path()).to_string_lossy().into_owned();
    let name = format!("test-params-{}", std::process::id());
    let axes = [
        r#"emulator.params."system.cpu_cluster.l2.replacement_policy"=LRURP,RandomRP"#,
        r#"emulator.params."system.cpu_cluster.l2.tag_latency"=1,30"#,
    ];
    let start = [
        "--json",
        "bench",
        "sweep",
        "aarch64-gem5-hpi",
        "--no-kernel",
        "--name",
        &name,
    ];
    let ran = output(&[&start[..], &["--over", axes[0], "--over", axes[1], "--", &program]].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    std::fs::remove_dir_all(Path::new(ROOT).join("out/bench").join(&name)).expect("the study can be removed");
    let results: Value = serde_json::from_str(&stdout(&ran)).expect("it is JSON");
    let cycles = |point: usize| results["results"][point]["measured"]["cycles"].as_f64();
    assert!(cycles(0) < cycles(1) && cycles(2) < cycles(3), "{results}");
    let last = results["results"][3]["run"].as_str().expect("a result has a run");
    let config = output(&["gem5", "config", last, r"l2\.(replacement_policy\.type|tag_latency)$"]);
    let wanted = "system.cpu_cluster.l2.tag_latency=30\nsystem.cpu_cluster.l2.replacement_policy.type=RandomRP\n";
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&stdout(&config)), sorted(wanted));
    let wrong = "system.cpu_cluster.l2.replacement_policy=RandmRP";
    let refused = output(&["gem5", "run", "aarch64-gem5-hpi", "--param", wrong, "--", &program]);
    assert_says(&refused, 2, &["lkmc::gem5::param", "did you mean `RandomRP`"]);
}

#[test]
fn a_program_on_bare_metal_has_the_board_to_itself() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let bare = |profile: &str, program: &Path, more: &[&str]| {
        let start = ["--json", "gem5", "run", profile, "--bare-metal"];
        output(&[&start, more, &["--", &program.to_string_lossy()]].concat())
    };
    let speaks = link("bare.S", directory.path(), &["-Wl,-Ttext-segment=0x80000000"]);
    // All processors of both kinds start; all but the first one wait.
    for profile in ["aarch64-gem5-atomic", "aarch64-gem5-biglittle"] {
        let ran = bare(profile, &speaks, &[]);
        let said = (ran.status.code(), stdout(&ran));
        assert_eq!(
            said,
            (Some(7), "by the serial port\nby semihosting\n".to_owned()),
            "{}",
            stderr(&ran)
        );
    }
    // GDB stands at the first instruction, in the highest exception level.
    let steps = [
        "--batch",
        "--ex",
        "p $pc == &_start",
        "--ex",
        "p/x $cpsr & 0xc",
        "--ex",
        "continue",
    ];
    let ran = bare("aarch64-gem5-atomic", &speaks, &steps);
    assert_says(&ran, 7, &["$1 = 1", "$2 = 0xc", "by semihosting"]);
    // A program that waits for ever is no hang.
    let waits = link("wait.S", directory.path(), &["-Wl,-Ttext-segment=0x80000000"]);
    for more in [&[][..], &["--trace", "Exec"]] {
        let ran = bare("aarch64-gem5-atomic", &waits, more);
        assert_eq!(
            (ran.status.code(), record(&ran)["verdict"].as_str()),
            (Some(124), Some("timeout")),
            "{}",
            stderr(&ran)
        );
    }
    // One that was linked for a kernel's address space finds no memory there.
    let ran = bare("aarch64-gem5-atomic", &assemble("hello.S", directory.path()), &[]);
    assert_says(&ran, 2, &["lkmc::gem5::program", "0x80000000"]);
}

#[test]
fn a_command_has_its_output_its_status_and_its_input() {
    if skipped_without_gem5() {
        return;
    }
    let script = "cat; printf 'to stderr' >&2; exit 3";
    let words = ["--json", "profile", "run", "aarch64-gem5-hpi", "--", "sh", "-c", script];
    let ran = output_of_input(&words, b"from the host\n");
    assert_eq!(
        (ran.status.code(), stdout(&ran).as_str()),
        (Some(3), "from the host\n"),
        "{}",
        stderr(&ran)
    );
    // The record is a line by itself, though the command has ended in the middle of one.
    assert!(stderr(&ran).contains("to stderr\n{"), "{}", stderr(&ran));
    let record = record(&ran);
    assert_eq!(record["verdict"], "failed");
    assert!(stat(&record, "simInsts") > 100_000.0);
}

#[test]
fn two_runs_are_equal_and_a_cache_is_not_for_nothing() {
    if skipped_without_gem5() {
        return;
    }
    let name = format!("test-{}", std::process::id());
    let sweep = output(&[
        "bench",
        "sweep",
        "aarch64-gem5-hpi",
        "--name",
        &name,
        "-n",
        "2",
        "--over",
        "cache.l1d.size=1KiB,32KiB",
        "--",
        "sh",
        "-c",
        "i=0; while [ $i -lt 100 ]; do i=$((i+1)); done",
    ]);
    assert_eq!(sweep.status.code(), Some(0), "{}{}", stdout(&sweep), stderr(&sweep));
    let exported = output(&["bench", "export", &name, "--format", "json"]);
    let study: Value = serde_json::from_str(&stdout(&exported)).expect("it is JSON");
    let results = study["results"].as_array().expect("there are results");
    let of = |size: &str| -> Vec<&Value> {
        results
            .iter()
            .filter(|result| result["settings"]["cache.l1d.size"] == size)
            .map(|result| &result["measured"])
            .collect()
    };
    let (small, large) = (of("1KiB"), of("32KiB"));
    assert_eq!((small.len(), large.len()), (2, 2));
    assert_eq!(small[0], small[1]);
    assert_eq!(large[0], large[1]);
    let cycles = |measured: &Value| measured["cycles"].as_f64().expect("cycles are counted");
    assert!(cycles(small[0]) > 1.05 * cycles(large[0]), "{} {}", small[0], large[0]);
    // Once more from its record.
    let id = results[0]["run"].as_str().expect("a result has a run");
    let again = output(&["bench", "verify", id]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    std::fs::remove_dir_all(Path::new(ROOT).join("out/bench").join(&name)).expect("the study can be removed");
}

#[test]
fn the_guest_ends_the_simulation_with_m5() {
    if skipped_without_gem5() {
        return;
    }
    let line = "echo before; echo also before >&2; m5 fail 7; echo after";
    let failed = run("aarch64-gem5-atomic", &["sh", "-c", line]);
    assert!(stderr(&failed).contains("also before\n"), "{}", stderr(&failed));
    assert_eq!(
        (failed.status.code(), stdout(&failed).as_str()),
        (Some(7), "before\n"),
        "{}",
        stderr(&failed)
    );
    let ended = run("aarch64-gem5-atomic", &["m5", "exit"]);
    assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
}

#[test]
fn a_shell_is_typed_at() {
    if skipped_without_gem5() {
        return;
    }
    // Typed long before there is anybody to read it.
    let typed = b"echo said $((40 + 2)); tty; exit 5\n";
    let ended = output_of_input(&["profile", "run", "aarch64-gem5-atomic"], typed);
    let said = stdout(&ended);
    assert_eq!(ended.status.code(), Some(5), "{said}\n{}", stderr(&ended));
    // The boot is not shown.
    assert!(
        said.contains("said 42\r\n/dev/ttyAMA0") && !said.contains("Booting Linux"),
        "{said}"
    );
}

#[test]
fn a_command_comes_first_and_then_the_shell() {
    if skipped_without_gem5() {
        return;
    }
    let line = "echo said $((40 + 2)); tty; exit 3";
    let words = [
        "profile",
        "run",
        "aarch64-gem5-atomic",
        "--then-shell",
        "--",
        "sh",
        "-c",
        line,
    ];
    let ended = output_of_input(&words, b"echo then $((40 + 3)); exit 5\n");
    let said = stdout(&ended);
    assert_eq!(ended.status.code(), Some(5), "{said}\n{}", stderr(&ended));
    let first = said.find("said 42\r\n/dev/ttyAMA0").expect(&said);
    assert!(said[first..].contains("then 43"), "{said}");
}

/// Of QEMU's monitor there is none on gem5, which is said as long as a guest runs.
#[test]
fn a_simulation_has_no_monitor() {
    if skipped_without_gem5() {
        return;
    }
    let mut shell = lkmc()
        .args(["profile", "run", "aarch64-gem5-atomic"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("lkmc can be started");
    wait_until("the refusal", || {
        let asked = output(&["vm", "monitor", "last", "info", "status"]);
        let text = stderr(&asked);
        asked.status.code() == Some(2) && text.contains("lkmc::vm::no_monitor") && text.contains("it is on gem5")
    });
    let mut stdin = shell.stdin.take().expect("it is a pipe");
    stdin.write_all(b"exit\n").expect("lkmc reads");
    drop(stdin);
    assert!(wait_for_end(&mut shell).success());
}

#[test]
fn a_share_is_read_and_written() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let share = |name: &str, mode: &str| {
        let host = directory.path().join(name);
        std::fs::create_dir(&host).expect("a directory can be made");
        (format!("{}:/mnt/{name}:{mode}", host.display()), host)
    };
    let ((read, from), (write, to)) = (share("from", "ro"), share("to", "rw"));
    std::fs::write(from.join("in"), "from the host\n").expect("a file can be written");
    let script = "cat /mnt/from/in > /mnt/to/out && ! touch /mnt/from/new && mount | grep -c 'type 9p'";
    let shares = [
        "profile",
        "run",
        "aarch64-gem5-atomic",
        "--share",
        &read,
        "--share",
        &write,
    ];
    let ran = output(&[&shares[..], &["--", "sh", "-c", script]].concat());
    assert_says(&ran, 0, &["2\n", "Read-only file system", "not those of the next"]);
    let copied = std::fs::read_to_string(to.join("out")).expect("the guest wrote a file");
    assert_eq!(copied, "from the host\n");
    assert!(!from.join("new").exists());
}

#[test]
fn a_panic_is_a_verdict() {
    if skipped_without_gem5() {
        return;
    }
    let ran = run("aarch64-gem5-atomic", &["sh", "-c", "echo c > /proc/sysrq-trigger"]);
    assert_eq!(ran.status.code(), Some(126), "{}", stderr(&ran));
    assert_eq!(record(&ran)["verdict"], "panic");
}

#[test]
fn a_kernel_that_hangs_is_looked_at() {
    if skipped_without_gem5() {
        return;
    }
    // The checkpoint takes longer than the hang may.
    let ready = run("aarch64-gem5-atomic", &["true"]);
    assert_eq!(ready.status.code(), Some(0), "{}", stderr(&ready));
    let script = "mount -t debugfs none /sys/kernel/debug; echo HARDLOCKUP > /sys/kernel/debug/provoke-crash/DIRECT";
    let words = ["--json", "--timeout", "60s", "profile", "run", "aarch64-gem5-atomic"];
    let ran = lkmc()
        .args(words)
        .args(["--", "sh", "-c", script])
        .output()
        .expect("lkmc can be started");
    let record = record(&ran);
    assert_eq!(record["verdict"], "timeout", "{}", stderr(&ran));
    let stack = record["stack"].as_array().expect("there is a stack");
    let place = stack.iter().find(|frame| frame["function"] == "lkdtm_HARDLOCKUP");
    let place = place.unwrap_or_else(|| panic!("{record}"));
    assert_eq!(place["file"], "drivers/misc/lkdtm/bugs.c");
}

/// The parameters of a class HPI, printed by gem5.
fn hpi(gem5: &str, directory: &Path, module: &str) -> Value {
    let output = tempfile::tempdir().expect("a directory can be made");
    let ran = Command::new(gem5)
        .arg(format!("--outdir={}", output.path().display()))
        .args(["--quiet", "--listener-mode=off", "tests/gem5/hpi.py"])
        .arg(directory)
        .arg(module)
        .current_dir(ROOT)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("gem5 can be started");
    let text = stdout(&ran);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("HPI ").filter(|rest| rest.starts_with('{')));
    serde_json::from_str(line.unwrap_or_else(|| panic!("{}", stderr(&ran)))).expect("it is JSON")
}

#[test]
fn hpi_is_as_it_was_published() {
    if skipped_without_gem5() {
        return;
    }
    let gem5 = std::env::var("LKMC_GEM5").expect("it is set");
    // build/ARM/gem5.opt in gem5's sources.
    let sources = Path::new(&gem5).ancestors().nth(3).unwrap_or(Path::new("/"));
    let published = sources.join("configs/common/cores/arm");
    if !published.join("HPI.py").is_file() {
        return skip("gem5's configs/ are not beside its build/");
    }
    let theirs = hpi(&gem5, &published, "HPI");
    let mut ours = hpi(&gem5, &Path::new(ROOT).join("gem5"), "lkmc.hpi");
    let units = theirs["executeFuncUnits"]["funcUnits"]
        .as_array()
        .expect("there are units")
        .len();
    // One unit more, for instructions that are younger than HPI.
    let own = ours["executeFuncUnits"]["funcUnits"]
        .as_array_mut()
        .expect("there are units");
    assert_eq!((units, own.len()), (7, 8));
    own.pop();
    assert_eq!(theirs, ours);
}

#[test]
fn what_gem5_cannot_do_is_refused_before_anything_is_built() {
    let played = Path::new(ROOT).join("tests/gem5/playback");
    let here = played.to_str().expect("its name is text");
    let lkmc_itself = env!("CARGO_BIN_EXE_lkmc");
    let cases: &[(&str, &[&str], &str)] = &[
        (
            "",
            &["profile", "run", "aarch64-gem5-hpi", "--", "true"],
            "lkmc::gem5::none",
        ),
        (
            "/",
            &["profile", "run", "aarch64-gem5-hpi", "--", "true"],
            "lkmc::gem5::not_executable",
        ),
        (
            lkmc_itself,
            &["profile", "run", "aarch64-gem5-hpi", "--", "true"],
            "lkmc::gem5::no_answer",
        ),
        (
            here,
            &["profile", "run", "aarch64-gem5-hpi", "--debug-emulator"],
            "lkmc::gem5::unsupported",
        ),
        (
            here,
            &["profile", "run", "aarch64-gem5-hpi", "--detach"],
            "lkmc::gem5::unsupported",
        ),
        (
            here,
            &["profile", "run", "aarch64-gem5-hpi", "--record", "--", "true"],
            "lkmc::gem5::unsupported",
        ),
        (
            here,
            &["profile", "run", "aarch64-gem5-hpi", "--on-panic", "dump", "--", "true"],
            "lkmc::gem5::on_panic",
        ),
        (
            here,
            &["profile", "debug", "aarch64-gem5-hpi", "--kgdb"],
            "lkmc::gem5::stub",
        ),
        (
            here,
            &["profile", "debug", "aarch64-gem5-hpi", "--user", "./hello"],
            "lkmc::gem5::stub",
        ),
        (
            here,
            &["profile", "debug", "arm-gem5-hpi", "--early=decompressor"],
            "lkmc::gem5::stub",
        ),
        (
            here,
            &["profile", "debug", "aarch64-gem5-hpi", "--disk", "Cargo.toml"],
            "lkmc::gem5::disk",
        ),
        ("", &["test", "hello", "-p", "aarch64-gem5-hpi"], "lkmc::gem5::none"),
        (
            here,
            &["dev", "kernel_modules/hello.c", "-p", "aarch64-gem5-hpi"],
            "lkmc::gem5::unsupported",
        ),
        (
            here,
            &[
                "demo",
                "debug",
                "userland/measure/busy_loop.c",
                "-p",
                "aarch64-gem5-hpi",
            ],
            "lkmc::gem5::unsupported",
        ),
        (
            here,
            &["gem5", "run", "x86_64-qemu", "--", "/bin/true"],
            "lkmc::gem5::not_gem5",
        ),
        (
            here,
            &["gem5", "run", "aarch64-gem5-hpi", "--", "/bin/true"],
            "lkmc::gem5::program",
        ),
        (
            here,
            &["gem5", "run", "aarch64-gem5-hpi", "--", "Cargo.toml"],
            "lkmc::gem5::program",
        ),
        (
            here,
            &["bench", "run", "x86_64-qemu", "--name", "refused", "--", "true"],
            "lkmc::bench::not_gem5",
        ),
        (
            here,
            &["bench", "run", "aarch64-gem5-hpi", "--name", "../x", "--", "true"],
            "lkmc::bench::name",
        ),
        (here, &["bench", "show", "no-such-study"], "lkmc::bench::unknown"),
    ];
    for (gem5, arguments, code) in cases {
        let refused = lkmc()
            .env("LKMC_GEM5", gem5)
            .args(*arguments)
            .output()
            .expect("lkmc can be started");
        let text = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(code), "{arguments:?}: {text}");
    }
    let _ = std::fs::remove_dir_all(Path::new(ROOT).join("out/bench/refused"));
}

/// A program of one's own, compiled elsewhere: what is measured of it is the same from any directory, and twice.
#[test]
fn a_program_is_pushed_into_the_guest() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = assemble("hello.S", directory.path());
    let push = format!("{}:bin/hello", program.display());
    let measured = || {
        let ran = output(&[
            "--json",
            "profile",
            "run",
            "aarch64-gem5-atomic",
            "--push",
            &push,
            "--",
            "bin/hello",
        ]);
        assert_eq!(
            (ran.status.code(), stdout(&ran).as_str()),
            (Some(0), "hello\n"),
            "{}",
            stderr(&ran)
        );
        stat(&record(&ran), "simTicks")
    };
    let first = measured();
    std::fs::copy(&program, directory.path().join("again")).expect("it can be copied");
    std::fs::rename(directory.path().join("again"), &program).expect("it can be renamed");
    assert_eq!(measured(), first);
}

#[test]
fn a_dry_run_shows_what_is_asked_of_the_simulation() {
    if skipped_without_gem5() {
        return;
    }
    let asked = ["--param", "system.init_param=7", "--readfile", "/etc/hostname"];
    let words = [
        &["profile", "run", "aarch64-gem5-atomic", "--dry-run"],
        &asked[..],
        &["--", "true"],
    ]
    .concat();
    let shown = output(&words);
    assert_says(
        &shown,
        0,
        &[r#""params":["system.init_param=7"]"#, r#""readfile":"readfile""#],
    );
}
