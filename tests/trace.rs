//! `lkmc trace` on what a real gem5 said: recorded everywhere, and anew where LKMC_GEM5 names one.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{ROOT, lkmc, record, run_directory, stderr, stdout};
use serde_json::Value;

const EXEC: &str = "tests/gem5/recorded/trace-exec.txt";
const PIPELINE: &str = "tests/gem5/recorded/trace-pipeline.txt";
/// tests/gem5/calls.c on HPI, by gem5's own statistics of the recorded run.
const INSTRUCTIONS: u64 = 227;

fn output(arguments: &[&str]) -> Output {
    lkmc().args(arguments).output().expect("lkmc can be started")
}

fn json(arguments: &[&str]) -> Value {
    let ran = output(&[&["--json"], arguments].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    serde_json::from_str(&stdout(&ran)).unwrap_or_else(|error| panic!("{error}: {}", stdout(&ran)))
}

/// One object a line.
fn objects(arguments: &[&str]) -> Vec<Value> {
    let ran = output(&[&["--json"], arguments].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let object = |line: &str| serde_json::from_str(line).expect("each line is JSON");
    stdout(&ran).lines().map(object).collect()
}

fn assert_refused(ran: &Output, code: &str, says: &str) {
    let text = stderr(ran);
    assert_eq!(ran.status.code(), Some(2), "{text}");
    let words = text.replace(|c: char| c.is_whitespace() || c == '│', "");
    let says = says.replace(' ', "");
    assert!(
        text.contains(code) && words.contains(&says),
        "no {code}, {says} in\n{text}"
    );
}

#[test]
fn every_instruction_is_counted_for_its_function() {
    let summary = json(&["trace", "exec", EXEC, "--summary"]);
    assert_eq!(summary["instructions"], INSTRUCTIONS);
    let function = |name: &str| {
        let functions = summary["functions"].as_array().expect("there are functions");
        let found = functions.iter().find(|function| function["function"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {functions:?}")).clone()
    };
    // fibonacci(4) is nine calls.
    assert_eq!(
        (&function("fibonacci")["calls"], &function("fill")["calls"]),
        (&9.into(), &1.into())
    );
    assert_eq!(function("_start")["with-callees"], INSTRUCTIONS);
    assert!(function("work")["with-callees"].as_u64() > function("work")["instructions"].as_u64());
}

#[test]
fn instructions_are_chosen_by_function_time_and_side() {
    let all = objects(&["trace", "exec", EXEC]);
    assert_eq!(all.len() as u64, INSTRUCTIONS);
    let fill = objects(&["trace", "exec", EXEC, "^fill$"]);
    assert!(
        fill.len() > 30 && fill.iter().all(|line| line["function"] == "fill"),
        "{}",
        fill.len()
    );
    let first = fill[0]["tick"].as_u64().expect("there is a tick");
    let from = objects(&["trace", "exec", EXEC, "--from", &first.to_string(), "-n", "1"]);
    assert_eq!(from[0], fill[0]);
    let early = objects(&["trace", "exec", EXEC, "--to", "100ns"]);
    assert!(
        !early.is_empty() && early.iter().all(|line| line["tick"].as_u64() <= Some(100_000)),
        "{early:?}"
    );
    assert_eq!(objects(&["trace", "exec", EXEC, "--kernel"]), [Value::Null; 0]);
    assert_eq!(objects(&["trace", "exec", EXEC, "--cpu", "1"]), [Value::Null; 0]);
    let micro = objects(&["trace", "exec", EXEC, "--micro"]);
    assert!(micro.len() > all.len() && micro.iter().any(|line| line["effective"].is_string()));
}

#[test]
fn calls_are_listed_below_their_callers() {
    let calls = objects(&["trace", "exec", EXEC, "--calls"]);
    let depths = |name: &str| -> Vec<u64> {
        let of = calls.iter().filter(|call| call["function"] == name);
        of.map(|call| call["depth"].as_u64().expect("there is a depth"))
            .collect()
    };
    assert_eq!(
        (depths("_start"), depths("work"), depths("sum")),
        (vec![0], vec![1], vec![2])
    );
    assert_eq!(depths("fibonacci"), [2, 3, 4, 5, 5, 4, 3, 4, 4]);
}

#[test]
fn functions_are_slices_that_nest() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let file = directory.path().join("functions.json");
    let ran = output(&["trace", "exec", EXEC, "--perfetto", &file.to_string_lossy()]);
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let timeline: Value = serde_json::from_slice(&std::fs::read(&file).expect("it is there")).expect("it is JSON");
    let (mut open, mut begun, mut last) = (Vec::new(), 0, 0.0);
    for event in timeline["traceEvents"].as_array().expect("there are events") {
        match event["ph"].as_str() {
            Some("B") => open.push(event["name"].clone()),
            Some("E") => assert!(open.pop().is_some(), "an end without a beginning"),
            Some("M") => continue,
            other => panic!("{other:?}"),
        }
        begun += usize::from(event["ph"] == "B");
        let time = event["ts"].as_f64().expect("there is a time");
        assert!(time >= last, "time goes on");
        last = time;
    }
    assert_eq!((open.len(), begun), (0, 13));
}

#[test]
fn caches_are_counted_as_gem5_counts() {
    let caches = json(&["trace", "cache", EXEC]);
    let cache = |name: &str| {
        let all = caches["caches"].as_array().expect("there are caches");
        let found = all
            .iter()
            .find(|cache| cache["cache"].as_str().is_some_and(|cache| cache.ends_with(name)));
        let found = found.unwrap_or_else(|| panic!("no {name} in {all:?}"));
        ["hits", "misses", "merged"].map(|field| found[field].as_u64().expect("it is a number"))
    };
    // demandHits, demandMisses and demandMshrHits of the recorded run.
    assert_eq!(
        (cache("dcache"), cache("icache"), cache("l2")),
        ([70, 10, 5], [209, 8, 0], [0, 13, 0])
    );
    let places = caches["places"].as_array().expect("there are places");
    assert!(
        places.iter().any(|place| place["place"]
            .as_str()
            .is_some_and(|place| place.starts_with("page 0x"))),
        "{places:?}"
    );
    let misses = objects(&["trace", "cache", EXEC, "dcache", "--events", "--misses"]);
    assert_eq!(misses.len(), 10);
    assert!(
        misses
            .iter()
            .all(|miss| miss["hit"] == false && miss["address"].is_string())
    );
}

#[test]
fn the_pipeline_is_letters_a_picture_and_slices() {
    let all = objects(&["trace", "pipeline", PIPELINE]);
    assert_eq!(all.len(), 100);
    let squashed = all.iter().filter(|passage| passage["squashed"] == true).count();
    assert!((1..100).contains(&squashed), "{squashed}");
    let sequence: Vec<u64> = all.iter().filter_map(|passage| passage["sequence"].as_u64()).collect();
    assert!(sequence.is_sorted(), "{sequence:?}");
    assert_eq!(
        objects(&["trace", "pipeline", PIPELINE, "--retired"]).len(),
        100 - squashed
    );
    let text = stdout(&output(&["trace", "pipeline", PIPELINE, "-n", "7"]));
    let first = text.lines().next().expect("there is a line");
    assert!(
        first.contains("addxi_uop ureg0, sp, #-16") && first.ends_with("fdn.pic.r"),
        "{text}"
    );
    assert!(text.lines().nth(6).is_some_and(|line| line.ends_with("fx")), "{text}");
    let directory = tempfile::tempdir().expect("a directory can be made");
    for (option, name) in [("-o", "a.svg"), ("-o", "a.png"), ("--perfetto", "a.json")] {
        let file = directory.path().join(name);
        let ran = output(&["trace", "pipeline", PIPELINE, option, &file.to_string_lossy()]);
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        assert!(std::fs::metadata(&file).expect("it is there").len() > 5000, "{name}");
    }
    let slices = std::fs::read(directory.path().join("a.json")).expect("it is there");
    let slices: Value = serde_json::from_slice(&slices).expect("it is JSON");
    let events = slices["traceEvents"].as_array().expect("there are events");
    let count = |category: &str| events.iter().filter(|event| event["cat"] == category).count();
    assert_eq!((count("retired"), count("squashed")), (100 - squashed, squashed));
    assert!(count("stage") > 100);
}

#[test]
fn what_is_no_such_trace_is_refused() {
    let nothing = |arguments: &[&str], code: &str, says: &str| assert_refused(&output(arguments), code, says);
    nothing(
        &["trace", "pipeline", EXEC],
        "lkmc::trace::nothing",
        "--trace O3PipeView",
    );
    nothing(
        &["trace", "exec", PIPELINE, "--summary"],
        "lkmc::trace::nothing",
        "--trace Exec",
    );
    nothing(&["trace", "cache", PIPELINE], "lkmc::trace::nothing", "--trace Cache");
    nothing(
        &["trace", "exec", "Cargo.toml"],
        "lkmc::trace::format",
        "no trace of gem5's",
    );
    nothing(&["trace", "exec", "no-such-run"], "lkmc::run::", "no");
    nothing(
        &["trace", "exec", EXEC, "("],
        "lkmc::gem5::pattern",
        "no regular expression",
    );
    nothing(
        &["trace", "exec", EXEC, "--program", "Cargo.toml"],
        "lkmc::trace::symbols",
        "symbols",
    );
    nothing(
        &["trace", "pipeline", PIPELINE, "-o", "a.pdf"],
        "lkmc::bench::picture",
        ".svg or .png",
    );
    nothing(
        &["trace", "exec", EXEC, "--from", "5m"],
        "no unit",
        "unit of a simulated time",
    );
}

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
    let o3 = common::record(&o3);
    assert_eq!(objects(&["trace", "pipeline", id(&o3)]).len(), 100);
    let refused = output(&["trace", "exec", id(&o3)]);
    assert_refused(&refused, "lkmc::trace::nothing", "it was recorded with O3PipeView");
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
    assert!(stderr(&shown).contains("stops in the middle"), "{}", stderr(&shown));
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
        (&["--trace-limit", "10MiB"], "required", "--trace"),
    ] {
        assert_refused(&stage.play("aarch64-gem5-hpi", "", options), code, says);
    }
    assert!(!Path::new(&stage.path("starts")).exists(), "gem5 was started");
    let qemu = ["profile", "run", "x86_64-qemu", "--trace", "Exec", "--", "true"];
    assert_refused(&output(&qemu), "lkmc::gem5::not_gem5", "runs on QEMU");
    let plain = record(&stage.play("aarch64-gem5-hpi", "", &[]));
    assert_refused(
        &output(&["trace", "exec", id(&plain)]),
        "lkmc::trace::none",
        "has no trace",
    );
}

/// Whether there is no gem5; if so it has been said.
fn skipped(test: &str) -> bool {
    let skip = std::env::var_os("LKMC_GEM5").is_none_or(|value| value.is_empty());
    if skip {
        println!("SKIPPED {test}: LKMC_GEM5 names no gem5");
    }
    skip
}

fn compile(directory: &Path) -> PathBuf {
    let program = directory.join("calls");
    let built = lkmc()
        .args([
            "shell",
            "aarch64-qemu",
            "--",
            "aarch64-linux-gnu-gcc",
            "-O1",
            "-g",
            "-nostdlib",
            "-static",
        ])
        .args(["-fno-stack-protector", "-o"])
        .arg(&program)
        .arg("tests/gem5/calls.c")
        .output()
        .expect("lkmc can be started");
    assert!(built.status.success(), "{}", stderr(&built));
    program
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
    if skipped("a_real_trace_has_every_instruction_and_changes_nothing") {
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
    assert_eq!(summary["instructions"].as_f64(), Some(stat(&traced, "simInsts")));
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
fn a_trace_of_a_guest_begins_and_ends_with_the_command() {
    if skipped("a_trace_of_a_guest_begins_and_ends_with_the_command") {
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
    // Instructions that fault are listed and not counted.
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
