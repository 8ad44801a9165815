//! `lkmc trace` on what a real gem5 said, and on what a real QEMU executed.

use std::path::Path;

use crate::common::{ROOT, assert_failed, json, objects, output, stderr, stdout};
use serde_json::Value;

const EXEC: &str = "tests/gem5/recorded/trace-exec.txt";
const PIPELINE: &str = "tests/gem5/recorded/trace-pipeline.txt";
/// Of HPI.
const MINOR: &str = "tests/gem5/recorded/trace-minor.txt";
/// tests/gem5/calls.c on HPI, by gem5's own statistics of the recorded run.
const INSTRUCTIONS: u64 = 227;

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
    for nothing in [
        &["exec", EXEC, "--kernel"][..],
        &["exec", EXEC, "no_such_function"],
        &["exec", EXEC, "no_such_function", "--summary"],
        &["exec", EXEC, "--from", "200ns", "--to", "100ns"],
        &["cache", EXEC, "l3"],
        &["pipeline", PIPELINE, "no_such_function"],
        &["raw", EXEC, "no such words"],
    ] {
        let other = output(&[&["trace"], nothing].concat());
        assert_failed(&other, 2, &["lkmc::trace::no_match", "nothing in tests/gem5/recorded/"]);
    }
    let other = output(&["trace", "exec", EXEC, "--cpu", "1"]);
    assert_failed(&other, 2, &["lkmc::trace::no_processor", "there are some of others"]);
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
fn the_pipeline_of_hpi_is_put_together_from_messages() {
    let all = objects(&["trace", "pipeline", MINOR]);
    let recorded = std::fs::read_to_string(MINOR).expect("it is there");
    let lines = |what: &str| recorded.lines().filter(|line| line.contains(what)).count();
    let retired: Vec<&Value> = all.iter().filter(|passage| passage["squashed"] == false).collect();
    // What is discarded where it should have been committed is said to be completed too.
    let named = |line: &str, what: &str| Some(line.split_once(what)?.1.split(' ').next()?.to_owned());
    let discarded: Vec<String> = recorded
        .lines()
        .filter_map(|line| named(line, ": Discarding inst: "))
        .collect();
    let completed = recorded.lines().filter_map(|line| named(line, ": Completed inst: "));
    assert_eq!(retired.len(), completed.filter(|id| !discarded.contains(id)).count());
    assert!(all.len() > retired.len(), "branches went elsewhere");
    for passage in &retired {
        let stages = ["fetch", "decode", "issue", "retire"].map(|stage| passage["stages"][stage].as_u64());
        assert!(stages.iter().all(Option::is_some) && stages.is_sorted(), "{passage}");
    }
    // Each line of code was waited for by one instruction, and each operation of an instruction is one.
    let waited = all.iter().filter(|passage| passage["stages"]["line"].is_u64()).count();
    assert!((2..=lines(": Processing fetched line: ")).contains(&waited), "{waited}");
    let memory = all
        .iter()
        .filter(|passage| passage["stages"]["memory"].is_u64())
        .count();
    assert!((1..=lines(": Initiating memRef inst: ")).contains(&memory), "{memory}");
    // Exec is in the trace too, so the first operation is there in full; it is the first one that waits.
    let text = stdout(&output(&["trace", "pipeline", MINOR, "-n", "3"]));
    let first = text.lines().next().expect("there is a line");
    assert!(
        first.contains("addxi_uop ureg0, sp, #-") && first.contains("l("),
        "{text}"
    );
    let directory = tempfile::tempdir().expect("a directory can be made");
    for (option, name) in [("-o", "a.svg"), ("-o", "a.png"), ("--perfetto", "a.json")] {
        let file = directory.path().join(name);
        let ran = output(&["trace", "pipeline", MINOR, option, &file.to_string_lossy()]);
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        assert!(std::fs::metadata(&file).expect("it is there").len() > 5000, "{name}");
    }
}

#[test]
fn what_is_no_such_trace_is_refused() {
    let nothing = |arguments: &[&str], code: &str, says: &str| {
        assert_failed(&output(arguments), 2, &[code, says]);
    };
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
        "no trace of gem5's or QEMU's",
    );
    nothing(&["trace", "exec", "no-such-run"], "lkmc::run::", "no");
    nothing(&["trace", "exec", EXEC, "("], "lkmc::pattern", "no regular expression");
    nothing(
        &["trace", "exec", EXEC, "--program", "Cargo.toml"],
        "lkmc::trace::symbols",
        "symbols",
    );
    nothing(
        &["trace", "pipeline", PIPELINE, "-o", "a.pdf"],
        "lkmc::picture",
        ".svg or .png",
    );
    nothing(
        &["trace", "exec", EXEC, "--from", "5m"],
        "no unit",
        "unit of a simulated time",
    );
}

#[test]
fn messages_of_any_flag_are_shown_as_gem5_wrote_them() {
    let misses = objects(&["trace", "raw", EXEC, "dcache: .* miss", "--to", "300ns"]);
    assert!(
        !misses.is_empty()
            && misses
                .iter()
                .all(|line| line["object"] == "system.cpu_cluster.cpus.dcache"),
        "{misses:?}"
    );
    let first = output(&["trace", "raw", EXEC, "-n", "1"]);
    let text = stdout(&first);
    assert!(
        text.lines().count() == 1 && text.contains(": system.cpu_cluster."),
        "{text}"
    );
}

/// The beginning of `--trace-boot` on x86_64; the file was cut.
const BLOCKS: &str = "tests/qemu/recorded/blocks.gz";

#[test]
fn what_qemu_executed_is_read_like_what_gem5_did() {
    let lines = objects(&["trace", "exec", BLOCKS, "-n", "3"]);
    let instructions: Vec<_> = lines.iter().map(|line| line["instruction"].as_str()).collect();
    // A PC's first instructions, in its firmware.
    assert_eq!(
        instructions,
        [
            Some("ljmpw $0xf000:$0xe05b"),
            Some("cmpl $0, %cs:0x61c8"),
            Some("jne 0xd09c")
        ]
    );
    assert_eq!(lines[0]["address"], "0xfffffff0");
    let all = objects(&["trace", "exec", BLOCKS]);
    let summary = json(&["trace", "exec", BLOCKS, "--summary"]);
    assert_eq!(summary["instructions"], all.len());
    assert!(all.iter().enumerate().all(|(at, line)| line["tick"] == at));
    assert!(summary["functions"][0]["ticks"].is_null(), "{summary}");
    let part = objects(&["trace", "exec", BLOCKS, "--from", "100", "--to", "102"]);
    assert_eq!(part, all[100..=102]);
}

#[test]
fn a_file_that_ends_early_is_told_from_one_that_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("blocks");
    let read = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        output(&["trace", "exec", &file.to_string_lossy(), "--summary"])
    };
    let all = std::fs::read(Path::new(ROOT).join(BLOCKS)).unwrap();
    let cut = read(&all[..all.len() / 2]);
    assert!(stderr(&cut).contains("is incomplete"), "{}", stderr(&cut));
    let mut wrong = all.clone();
    wrong[all.len() / 2] ^= 0xff;
    let wrong = read(&wrong);
    assert!(stderr(&wrong).contains("is damaged"), "{}", stderr(&wrong));
    assert_failed(
        &read(b"lkmc-blocks 99\n"),
        2,
        &["lkmc::trace::format", "record it again"],
    );
    assert_failed(&read(b""), 2, &["lkmc::trace::format", "gem5's or QEMU's"]);
}

#[test]
fn what_qemu_does_not_know_is_refused() {
    for (arguments, code, says) in [
        (
            &["trace", "exec", BLOCKS, "--from", "3us"][..],
            "lkmc::trace::time",
            "without a unit",
        ),
        (
            &["trace", "cache", BLOCKS],
            "lkmc::trace::qemu",
            "only what it executed",
        ),
        (
            &["trace", "pipeline", BLOCKS],
            "lkmc::trace::qemu",
            "only what it executed",
        ),
        (&["trace", "raw", BLOCKS], "lkmc::trace::qemu", "only what it executed"),
        (
            &["trace", "exec", BLOCKS, "--perfetto", "a.json", "--user"],
            "cannot be used",
            "--user",
        ),
        (
            &["trace", "exec", BLOCKS, "--kernel"],
            "lkmc::trace::no_match",
            "nothing in",
        ),
    ] {
        assert_failed(&output(arguments), 2, &[code, says]);
    }
    let run =
        |profile: &str, options: &[&str]| output(&[&["profile", "run", profile], options, &["--", "true"]].concat());
    for (profile, options, code, says) in [
        (
            "x86_64-qemu",
            &["--trace", "Cache"][..],
            "lkmc::trace::flag",
            "take a gem5 profile",
        ),
        (
            "x86_64-qemu",
            &["--trace", "Exce"],
            "lkmc::trace::flag",
            "did you mean `Exec`?",
        ),
        (
            "x86_64-qemu-kvm",
            &["--trace", "Exec"],
            "lkmc::trace::kvm",
            "--accelerator tcg",
        ),
        (
            "arm-qemu",
            &["--trace", "Exec", "--trace-for", "1us"],
            "lkmc::trace::time",
            "simulated time",
        ),
        (
            "arm-qemu",
            &["--trace", "Exec", "--record"],
            "cannot be used",
            "--record",
        ),
        ("arm-qemu", &["--trace-boot"], "lkmc::trace::no_flags", "--trace Exec"),
        ("arm-qemu", &["--trace", ""], "lkmc::trace::flag", "is empty"),
        (
            "x86_64-qemu",
            &["--trace", "Exec", "--set", "kernel.kaslr=true"],
            "lkmc::trace::kaslr",
            "kernel.kaslr=false",
        ),
    ] {
        assert_failed(&run(profile, options), 2, &[code, says]);
    }
    let board = [
        "demo",
        "run",
        "baremetal/hello.c",
        "-p",
        "aarch64-qemu",
        "--trace",
        "Exec",
    ];
    assert_failed(&output(&board), 2, &["lkmc::trace::bare_metal", "aarch64-gem5-atomic"]);
}
