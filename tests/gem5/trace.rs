//! Runs that are traced: on recorded results everywhere, and real ones where LKMC_GEM5 names a gem5.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::gem5::{instructions_of_a_system_call, link, skipped_without_gem5};
use crate::common::{ROOT, assert_failed, json, lkmc, objects, output, record, run_directory, stderr, stdout};
use serde_json::Value;

/// Of the recorded run, by gem5's own statistics.
const INSTRUCTIONS: u64 = 227;

/// A directory with a program that only looks like one, and a profile with DerivO3CPU.
struct Stage(tempfile::TempDir);

impl Stage {
    fn new() -> Stage {
        let directory = tempfile::tempdir().expect("a directory can be made");
        // An ELF header for aarch64, and nothing behind it.
        let mut elf = vec![0; 64];
        elf[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1]);
        (elf[16], elf[18], elf[20], elf[52]) = (2, 183, 1, 64);
        std::fs::write(directory.path().join("program"), elf).expect("a file can be written");
        let profile = "extends = [\"aarch64-gem5-hpi\"]\narch = \"aarch64\"\n[cpu]\nmodel = \"DerivO3CPU\"\n";
        std::fs::write(directory.path().join("o3.toml"), profile).expect("a file can be written");
        Stage(directory)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    /// A program without a kernel on the recorded results.
    fn play(&self, profile: &str, trouble: &str, options: &[&str]) -> Output {
        self.lkmc(trouble)
            .args(["--json", "gem5", "run", profile])
            .args(options)
            .args(["--", &self.path("program")])
            .output()
            .expect("lkmc can be started")
    }

    fn lkmc(&self, trouble: &str) -> Command {
        let mut command = lkmc();
        command
            .env("LKMC_GEM5", Path::new(ROOT).join("tests/gem5/playback"))
            .env("LKMC_PLAYBACK_LOG", self.path("starts"))
            .env("LKMC_PLAYBACK", trouble);
        command
    }
}

fn id(record: &Value) -> &str {
    record["id"].as_str().expect("a run has an id")
}

#[test]
fn a_run_says_what_it_recorded_and_is_read_by_its_id() {
    let stage = Stage::new();
    let ran = stage.play("aarch64-gem5-hpi", "", &["--trace", "Exec,Cache"]);
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let record = record(&ran);
    let trace = &record["gem5"]["trace"];
    assert_eq!(trace["flags"], serde_json::json!(["Exec", "Cache"]));
    let file = run_directory(id(&record)).join(trace["file"].as_str().expect("there is a file"));
    assert_eq!(trace["bytes"], std::fs::metadata(file).expect("it is there").len());
    assert_eq!(
        json(&["trace", "exec", id(&record), "--summary"])["instructions"],
        INSTRUCTIONS
    );
    let o3 = stage.play(&stage.path("o3.toml"), "", &["--trace", "O3PipeView"]);
    assert_eq!(o3.status.code(), Some(0), "{}", stderr(&o3));
    let o3 = crate::common::record(&o3);
    assert_eq!(objects(&["trace", "pipeline", id(&o3)]).len(), 100);
    let refused = output(&["trace", "exec", id(&o3)]);
    assert_failed(
        &refused,
        2,
        &["lkmc::trace::nothing", "it was recorded with O3PipeView"],
    );
}

#[test]
fn a_trace_at_its_limit_says_where_it_was_cut() {
    let stage = Stage::new();
    let ran = stage.play(
        "aarch64-gem5-hpi",
        "full-trace",
        &["--trace", "Exec", "--trace-limit", "10KiB"],
    );
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let text = stderr(&ran);
    assert!(
        text.contains("cut 400 us after the command's start, at its limit of 10KiB"),
        "{text}"
    );
    let shown = output(&["trace", "exec", id(&record(&ran)), "--summary"]);
    assert!(
        stderr(&shown).contains("the trace ends 400 us after"),
        "{}",
        stderr(&shown)
    );
}

#[test]
fn half_a_trace_is_read_up_to_where_gem5_was_killed() {
    let stage = Stage::new();
    let ran = stage.play("aarch64-gem5-hpi", "killed-in-trace", &["--trace", "Exec"]);
    assert_eq!(ran.status.code(), Some(125), "{}", stderr(&ran));
    let record = record(&ran);
    assert_eq!(record["verdict"], "emulator-died");
    let shown = output(&["--json", "trace", "exec", id(&record), "--summary"]);
    assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
    assert!(stderr(&shown).contains("the trace is incomplete"), "{}", stderr(&shown));
    let summary: Value = serde_json::from_str(&stdout(&shown)).expect("it is JSON");
    assert!(
        (1..INSTRUCTIONS).contains(&summary["instructions"].as_u64().expect("it is a number")),
        "{summary}"
    );
}

#[test]
fn bad_wishes_are_refused_before_anything_starts() {
    let stage = Stage::new();
    for (options, code, says) in [
        (&["--trace", "Exce"][..], "lkmc::trace::flag", "did you mean `Exec`?"),
        (
            &["--trace", "Exec,-ExecSymbl"],
            "lkmc::trace::flag",
            "did you mean `ExecSymbol`?",
        ),
        (
            &["--trace", "O3PipeView"],
            "lkmc::trace::processor",
            "only `DerivO3CPU`",
        ),
        (
            &["--trace", "Exec,FmtTicksOff"],
            "lkmc::trace::no_ticks",
            "leaves out the ticks",
        ),
        (&["--trace", "Exec", "--trace-limit", "10"], "has no unit", "512MiB"),
        (&["--trace-limit", "10MiB"], "lkmc::trace::no_flags", "--trace Exec"),
    ] {
        assert_failed(&stage.play("aarch64-gem5-hpi", "", options), 2, &[code, says]);
    }
    assert!(!Path::new(&stage.path("starts")).exists(), "gem5 was started");
    let boot = stage.play("aarch64-gem5-hpi", "", &["--trace", "Exec", "--trace-boot"]);
    assert_failed(&boot, 2, &["lkmc::trace::boot", "a checkpoint has booted"]);
    let plain = record(&stage.play("aarch64-gem5-hpi", "", &[]));
    assert_failed(
        &output(&["trace", "exec", id(&plain)]),
        2,
        &["lkmc::trace::none", "has no trace"],
    );
}

fn compile(directory: &Path) -> PathBuf {
    link("calls.c", directory, &["-O1", "-g", "-fno-stack-protector"])
}

/// One statistic of a run, the command's.
fn stat(record: &Value, name: &str) -> f64 {
    let dumps = json(&["gem5", "stats", id(record), &format!("^{name}$")]);
    dumps[0]["stats"][0]["value"]
        .as_f64()
        .unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn a_real_trace_has_every_instruction_and_changes_nothing() {
    if skipped_without_gem5() {
        return;
    }
    let stage = Stage::new();
    let program = compile(stage.0.path()).to_string_lossy().into_owned();
    let simulate = |profile: &str, options: &[&str]| {
        let words = [&["--json", "gem5", "run", profile], options, &["--", &program]].concat();
        let ran = output(&words);
        assert_eq!(
            (ran.status.code(), stdout(&ran).as_str()),
            (Some(0), "done\n"),
            "{}",
            stderr(&ran)
        );
        record(&ran)
    };
    let cycles = |record: &Value| stat(record, "system.cpu_cluster.cpus.numCycles");
    let plain = simulate("aarch64-gem5-hpi", &[]);
    let traced = simulate("aarch64-gem5-hpi", &["--trace", "Exec,Cache"]);
    assert_eq!(cycles(&plain), cycles(&traced));
    let summary = json(&["trace", "exec", id(&traced), "--summary"]);
    // Its two system calls are listed, whether this gem5 counts them or not.
    let uncounted = 2.0 * (1.0 - instructions_of_a_system_call(stage.0.path()));
    assert_eq!(
        summary["instructions"].as_f64(),
        Some(stat(&traced, "simInsts") + uncounted)
    );
    // The program's own symbols, its sources, and its variables.
    let lines = output(&["trace", "exec", id(&traced), "--source", "^fill$", "-n", "1"]);
    assert!(stdout(&lines).trim_end().ends_with("calls.c:12"), "{}", stdout(&lines));
    let places = json(&["trace", "cache", id(&traced)]);
    let table = places["places"]
        .as_array()
        .expect("there are places")
        .iter()
        .find(|place| place["place"] == "table");
    assert!(
        table.is_some_and(|table| table["accesses"].as_u64() >= Some(16)),
        "{places}"
    );
    let o3 = stage.path("o3.toml");
    let (plain, traced) = (simulate(&o3, &[]), simulate(&o3, &["--trace", "O3PipeView"]));
    assert_eq!(cycles(&plain), cycles(&traced));
    let retired = objects(&["trace", "pipeline", id(&traced), "--retired"]);
    let places: Vec<&str> = retired.iter().filter_map(|passage| passage["place"].as_str()).collect();
    assert!(
        places.contains(&"fibonacci") && places.len() as f64 >= stat(&traced, "simInsts"),
        "{}",
        places.len()
    );
    // All of it is too much for so small a file.
    let limited = simulate(
        "aarch64-gem5-hpi",
        &["--trace", "Exec,Cache,Event", "--trace-for", "200ns"],
    );
    assert_eq!(limited["gem5"]["command"]["trace"]["cut"], 200_000);
}

#[test]
fn processors_of_both_kinds_are_told_apart() {
    if skipped_without_gem5() {
        return;
    }
    let stage = Stage::new();
    let program = link("bare.S", stage.0.path(), &["-Wl,-Ttext-segment=0x80000000"]);
    let flags = "Exec,Fetch,Decode,MinorExecute";
    let start = [
        "--json",
        "gem5",
        "run",
        "aarch64-gem5-biglittle",
        "--bare-metal",
        "--trace",
        flags,
        "--",
    ];
    let ran = output(&[&start[..], &[&program.to_string_lossy()]].concat());
    assert_eq!(ran.status.code(), Some(7), "{}", stderr(&ran));
    let record = record(&ran);
    // Each one asks which it is, the little ones in a cluster of their own.
    let all = objects(&["trace", "exec", id(&record)]);
    let identities = all.iter().filter(|line| {
        line["instruction"]
            .as_str()
            .is_some_and(|text| text.contains("mpidr_el1"))
    });
    let mut of: Vec<(u64, &str)> = identities
        .filter_map(|line| Some((line["cpu"].as_u64()?, line["data"].as_str()?)))
        .collect();
    of.sort_unstable();
    let of: Vec<(u64, &str)> = of
        .into_iter()
        .map(|(cpu, data)| (cpu, &data[data.len() - 3..]))
        .collect();
    assert_eq!(of, [(0, "000"), (1, "001"), (2, "102"), (3, "103")]);
    assert!(!objects(&["trace", "exec", id(&record), "--cpu", "3"]).is_empty());
    // HPI's are numbers 2 and 3, with a group of tracks for each.
    let pipeline = output(&["trace", "pipeline", id(&record), "--cpu", "3", "-n", "1"]);
    let first = stdout(&pipeline).split_whitespace().nth(1).map(str::to_owned);
    assert_eq!(first.as_deref(), Some("3"), "{}", stdout(&pipeline));
    let file = stage.path("pipeline.json");
    output(&["trace", "pipeline", id(&record), "--perfetto", &file]);
    let tracks = std::fs::read_to_string(&file).expect("it is there");
    for group in ["pipeline of cpu 2", "pipeline of cpu 3"] {
        assert!(tracks.contains(group), "{group}");
    }
    for (cpu, says) in [("0", "no pipeline of"), ("7", "the machine has 4")] {
        let refused = output(&["trace", "pipeline", id(&record), "--cpu", cpu]);
        assert_failed(&refused, 2, &["lkmc::trace::no_processor", says]);
    }
}

#[test]
fn a_trace_of_a_guest_begins_and_ends_with_the_command() {
    if skipped_without_gem5() {
        return;
    }
    let ran = output(&[
        "--json",
        "--timeout",
        "40m",
        "profile",
        "run",
        "aarch64-gem5-hpi",
        "--trace",
        "Exec",
        "--",
        "true",
    ]);
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let record = record(&ran);
    let summary = json(&["trace", "exec", id(&record), "--summary"]);
    let (listed, counted) = (
        summary["instructions"].as_f64().expect("it is a number"),
        stat(&record, "system.cpu_cluster.cpus.commitStats0.numInsts"),
    );
    // Instructions that fault are listed and, but for system calls until gem5 25.0, not counted.
    assert!(
        listed >= counted && listed - counted < counted / 1000.0,
        "{listed} {counted}"
    );
    let calls = objects(&["trace", "exec", id(&record), "--calls"]);
    let has = |name: &str| {
        calls
            .iter()
            .any(|call| call["function"] == name && call["kernel"] == true)
    };
    assert!(has("do_execveat_common") || has("bprm_execve"), "{} calls", calls.len());
}
