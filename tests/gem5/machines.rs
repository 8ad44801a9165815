//! Machines of gem5's other than the usual one: each processor model, several processors; what a guest asks gem5 for; and what is
//! measured has the shape that it must have. On a real gem5, where LKMC_GEM5 names one. Each machine with Linux boots once.

use std::path::Path;
use std::process::Output;

use crate::common::gem5::{assemble, compile, instructions_of_a_system_call, output, skipped_without_gem5};
use crate::common::{ROOT, record, skip, stderr, stdout};
use serde_json::Value;

/// What a study without a kernel measured at each value.
fn sweep(axis: &str, command: &[&str]) -> Vec<Value> {
    sweep_with(&[], axis, command)
}

/// The same with these options.
fn sweep_with(options: &[&str], axis: &str, command: &[&str]) -> Vec<Value> {
    let name = format!(
        "machines-{}-{}",
        std::process::id(),
        axis.split('=').next().unwrap_or_default()
    );
    let words = ["--json", "bench", "sweep", "aarch64-gem5-hpi", "--no-kernel", "-j", "1"];
    let study = ["--name", &name, "--over", axis];
    let swept = output(&[&words[..], options, &study, &["--"], command].concat());
    let results: Value = serde_json::from_str(&stdout(&swept)).unwrap_or_else(|_| panic!("{}", stderr(&swept)));
    std::fs::remove_dir_all(Path::new(ROOT).join("out/bench").join(&name)).expect("the study can be removed");
    let results = results["results"].as_array().expect("there are results");
    results.iter().map(|result| result["measured"].clone()).collect()
}

fn number(measured: &Value, name: &str) -> f64 {
    measured[name]
        .as_f64()
        .unwrap_or_else(|| panic!("no {name} in {measured}"))
}

#[test]
fn each_model_executes_the_same_program_in_its_own_time() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = assemble("region.S", directory.path());
    let models = "cpu.model=AtomicSimpleCPU,TimingSimpleCPU,MinorCPU,HPI";
    let measured = sweep(models, &[&program.to_string_lossy()]);
    let instructions: Vec<f64> = measured
        .iter()
        .map(|measured| number(measured, "instructions"))
        .collect();
    let system_calls = 3.0 * instructions_of_a_system_call(directory.path());
    assert_eq!(instructions, [2014.0 + system_calls; 4]);
    let cycles: Vec<f64> = measured.iter().map(|measured| number(measured, "cycles")).collect();
    assert_eq!(cycles[0], 2017.0);
    assert!(
        cycles.iter().skip(1).all(|cycles| (2018.0..20_000.0).contains(cycles)),
        "{cycles:?}"
    );
}

#[test]
fn a_cache_that_holds_the_array_makes_a_walk_faster() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = compile("userland/measure/memory_walk.c", directory.path());
    let walk = [&*program.to_string_lossy(), "128", "4000"];
    let measured = sweep("cache.l2.size=32KiB,64KiB,256KiB", &walk);
    let [small, medium, large] = [0, 1, 2].map(|at| number(&measured[at], "cycles"));
    assert!(small >= medium && medium > 1.5 * large, "{small} {medium} {large}");
    assert!(
        measured
            .iter()
            .all(|it| it["instructions"] == measured[0]["instructions"])
    );
}

/// Behind a second level that is too small, and behind none, for processors of every kind.
#[test]
fn a_third_level_that_holds_the_array_makes_a_walk_faster() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = compile("userland/measure/memory_walk.c", directory.path());
    let walk = [&*program.to_string_lossy(), "128", "4000"];
    let kept = "^system.l3.demand(Hits|Misses)::total$";
    for second in ["32KiB", "0B"] {
        let second = format!("cache.l2.size={second}");
        let options = ["--set", &second, "--stat", kept];
        let measured = sweep_with(&options, "cache.l3.size=0B,256KiB", &walk);
        let [without, with] = [0, 1].map(|at| number(&measured[at], "cycles"));
        assert!(without > 1.3 * with, "{second}: {without} {with}");
        let of = |at: usize, name: &str| measured[at]["stats"][format!("system.l3.demand{name}::total")].as_f64();
        assert_eq!(of(0, "Hits"), None, "{measured:?}");
        assert!(
            of(1, "Hits") > Some(3000.0) && of(1, "Misses") > Some(1000.0),
            "{measured:?}"
        );
    }
    let run = |profile: &str, more: &[&str]| {
        let words = ["--json", "gem5", "run", profile, "--set", "cache.l3.size=256KiB"];
        let ran = output(&[&words, more, &["--"], &walk].concat());
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        ran
    };
    for model in ["AtomicSimpleCPU", "TimingSimpleCPU", "MinorCPU", "DerivO3CPU"] {
        let ran = run("aarch64-gem5-hpi", &["--set", &format!("cpu.model={model}")]);
        assert!(
            values(&ran, "^system.l3.overallAccesses::total$")[0] > 1000.0,
            "{model}"
        );
    }
    let traced = run("aarch64-gem5-biglittle", &["--trace", "Cache", "--trace-for", "50us"]);
    let id = record(&traced)["id"].as_str().expect("a run has an id").to_owned();
    let table = stdout(&output(&["trace", "cache", &id, "-n", "1"]));
    for cache in ["system.cpu_cluster.l2 ", "system.l3 "] {
        assert!(table.contains(cache), "{table}");
    }
}

#[test]
fn channels_share_the_accesses_to_memory() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = compile("userland/measure/memory_walk.c", directory.path());
    let walk = [&*program.to_string_lossy(), "128", "4000"];
    let options = [
        "--set",
        "cache.l2.size=32KiB",
        "--stat",
        r"^system.mem_ctrls\d*.readReqs$",
    ];
    let measured = sweep_with(&options, "memory.channels=1,2,4", &walk);
    let requests = |at: usize| {
        let stats = measured[at]["stats"].as_object().expect("there are statistics");
        stats.values().filter_map(Value::as_f64).collect::<Vec<_>>()
    };
    for (at, channels) in [1, 2, 4].into_iter().enumerate() {
        let requests = requests(at);
        assert_eq!(requests.len(), channels, "{measured:?}");
        // Each has its part, because the walk goes everywhere.
        let (all, most) = (
            requests.iter().sum::<f64>(),
            requests.iter().copied().fold(0.0, f64::max),
        );
        assert!(all > 4000.0 && most * channels as f64 / all < 1.1, "{requests:?}");
    }
    let cycles = [0, 1, 2].map(|at| number(&measured[at], "cycles"));
    assert!(cycles[0] > cycles[1] && cycles[1] > cycles[2], "{cycles:?}");
}

#[test]
fn a_program_of_32_bits_has_a_libc() {
    if skipped_without_gem5() {
        return;
    }
    let ran = output(&[
        "gem5",
        "run",
        "arm-gem5-hpi",
        "--",
        "userland/measure/integer_mix.c",
        "1000",
    ]);
    if stderr(&ran).contains("Syscall 398 out of range") {
        return skip("this gem5 does not know rseq on 32-bit Arm, which a libc begins with");
    }
    assert_eq!(
        (ran.status.code(), stdout(&ran).as_str()),
        (Some(0), "1000 iterations: 999b7557\n"),
        "{}",
        stderr(&ran)
    );
}

#[test]
fn a_mix_of_integers_takes_as_long_as_it_has_iterations() {
    if skipped_without_gem5() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = compile("userland/measure/integer_mix.c", directory.path());
    let run = |iterations: &str| {
        let words = [
            "--json",
            "gem5",
            "run",
            "aarch64-gem5-hpi",
            "--",
            &program.to_string_lossy(),
            iterations,
        ];
        let ran = output(&words);
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        (stdout(&ran), cycles(&ran)[0])
    };
    let [(_, first), (_, second), (said, third)] = ["200", "600", "1000"].map(run);
    assert_eq!(said, "1000 iterations: 999b7557\n");
    let (once, again) = (second - first, third - second);
    assert!(
        (once / again - 1.0).abs() < 0.02 && once > 400.0 * 50.0,
        "{first} {second} {third}"
    );
}

/// Of each processor.
fn cycles(ran: &Output) -> Vec<f64> {
    values(ran, r"cpus\d*\.numCycles$")
}

/// Of the statistics with such names.
fn values(ran: &Output, names: &str) -> Vec<f64> {
    let id = record(ran)["id"].as_str().expect("a run has an id").to_owned();
    let shown = output(&["--json", "gem5", "stats", &id, names]);
    let dumps: Value = serde_json::from_str(&stdout(&shown)).unwrap_or_else(|_| panic!("{}", stderr(&shown)));
    let stats = dumps[0]["stats"].as_array().expect("there are statistics");
    stats.iter().filter_map(|stat| stat["value"].as_f64()).collect()
}

fn run(profile: &[&str], line: &str) -> Output {
    output(&[&["--json", "profile", "run"], profile, &["--", "sh", "-c", line]].concat())
}

/// Both work at a time: a loop on each takes as long as one.
const ON_EACH: &str = "nproc; for cpu in $(seq 0 $(($(nproc) - 1))); do \
                       taskset -p -c $cpu $$ > /dev/null; (i=0; while [ $i -lt 50 ]; do i=$((i+1)); done; cut -d ' ' -f 39 /proc/self/stat) & done; wait";

#[test]
fn several_processors_go_on_from_one_checkpoint() {
    if skipped_without_gem5() {
        return;
    }
    let ran = run(&["aarch64-gem5-hpi", "--cpus", "2"], ON_EACH);
    let text = stdout(&ran);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        (ran.status.code(), lines),
        (Some(0), vec!["0", "1", "2"]),
        "{}",
        stderr(&ran)
    );
    assert!(
        cycles(&ran).iter().filter(|cycles| **cycles > 100_000.0).count() == 2,
        "{:?}",
        cycles(&ran)
    );
    let id = record(&ran)["id"].as_str().expect("a run has an id").to_owned();
    let again = output(&["bench", "verify", &id]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
}

/// Two DerivO3CPU and two HPI: Linux runs on all four, and each cluster counts for itself.
#[test]
fn linux_runs_on_big_and_little_processors() {
    if skipped_without_gem5() {
        return;
    }
    let ran = run(&["aarch64-gem5-biglittle"], ON_EACH);
    let text = stdout(&ran);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        (ran.status.code(), lines),
        (Some(0), vec!["0", "1", "2", "3", "4"]),
        "{}",
        stderr(&ran)
    );
    for cluster in ["cpu", "little"] {
        let names = format!(r"^system.{cluster}_cluster.cpus\d.numCycles$");
        let cycles = values(&ran, &names);
        assert!(
            cycles.len() == 2 && cycles.iter().all(|cycles| *cycles > 100_000.0),
            "{cluster} {cycles:?}"
        );
    }
}

#[test]
fn a_guest_asks_gem5_for_what_it_has() {
    if skipped_without_gem5() {
        return;
    }
    let line = "m5 sum 1 2 3; m5 --address sum 40 2; m5 --address initparam; m5 initparam dist-size; \
                echo written | m5 writefile out; head -c 100000 /dev/zero | m5 --address writefile large; \
                m5 workbegin 3; m5 workend 3; m5 writefile a/b; echo $?";
    let ran = run(&["aarch64-gem5-atomic", "--param", "system.init_param=7"], line);
    assert_eq!(
        (ran.status.code(), stdout(&ran).as_str()),
        (Some(0), "6\n42\n7\n1\n2\n"),
        "{}",
        stderr(&ran)
    );
    let id = record(&ran)["id"].as_str().expect("a run has an id").to_owned();
    let file = |name: &str| std::fs::read(Path::new(ROOT).join("out/run").join(&id).join("m5out").join(name));
    assert_eq!(file("out").expect("it was written"), b"written\n");
    assert_eq!(file("large").expect("it was written"), vec![0; 100_000]);
    let shown = output(&["gem5", "stats", &id, "work_item_type3"]);
    assert!(stdout(&shown).contains("work_item_type3"), "{}", stderr(&shown));
    // And a simulation ends where it is told to.
    let limited = run(
        &["aarch64-gem5-atomic", "--param", "system.work_end_exit_count=2"],
        "while m5 workend 1; do :; done",
    );
    assert_eq!(
        (limited.status.code(), record(&limited)["verdict"].as_str()),
        (Some(124), Some("timeout")),
        "{}",
        stderr(&limited)
    );
}
