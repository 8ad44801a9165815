//! What lkmc makes of gem5, on the recorded results of a real one: statuses, checkpoints, statistics, studies. `playback` stands
//! where gem5 would; the bundle names files that it does not read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::common::{ROOT, assert_failed, assert_says, gem5, lkmc, record, run_directory, stderr, stdout, wait_until};
use serde_json::Value;

/// A cache, and a bundle that was made by hand.
struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let [kernel, boot_loader] = ["vmlinux", "boot"].map(|name| {
            let path = directory.path().join(name);
            std::fs::write(&path, name).expect("a file can be written");
            path
        });
        gem5::write_bundle(directory.path(), &kernel, &boot_loader);
        Bench { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn lkmc(&self, trouble: &str) -> Command {
        let mut command = lkmc();
        command
            .env("LKMC_CACHE", self.path("cache"))
            .env("LKMC_BUNDLE", self.path("bundle.json"))
            .env("LKMC_GEM5", Path::new(ROOT).join("tests/gem5/playback"))
            .env("LKMC_PLAYBACK_LOG", self.path("starts"))
            .env("LKMC_PLAYBACK", trouble);
        command
    }

    fn run(&self, trouble: &str, arguments: &[&str]) -> Output {
        self.lkmc(trouble)
            .args(arguments)
            .output()
            .expect("lkmc can be started")
    }

    /// What the playback was started for, since it was last asked.
    fn starts(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("starts")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("starts"));
        let kind = |line: &str| {
            if line.starts_with("boot") {
                "boot".to_owned()
            } else {
                "command".to_owned()
            }
        };
        text.lines().map(kind).collect()
    }

    /// Checkpoints, whole or not, that lie in the cache.
    fn checkpoints(&self) -> usize {
        // Beside each lies the lock for its making.
        let entries = std::fs::read_dir(self.path("cache/snapshots")).into_iter().flatten();
        entries
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()))
            .count()
    }
}

const RUN: [&str; 5] = ["--json", "profile", "run", "aarch64-gem5-hpi", "--"];

fn command<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RUN.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn the_first_run_makes_a_checkpoint_and_the_second_uses_it() {
    let bench = Bench::new();
    let first = bench.run("", &command(&["true"]));
    // The recorded command said this.
    assert_eq!(
        (first.status.code(), stdout(&first).as_str()),
        (Some(3), "hello\n"),
        "{}",
        stderr(&first)
    );
    assert_eq!(bench.starts(), ["boot", "command"]);
    let second = bench.run("", &command(&["true"]));
    assert_eq!(second.status.code(), Some(3), "{}", stderr(&second));
    assert_eq!(bench.starts(), ["command"]);
    assert_eq!(record(&second)["snapshot"]["used"], true);
    // For people there is a line with what everybody asks for first; for programs the record is the last line.
    let shown = bench.run("", &RUN[1..].iter().copied().chain(["true"]).collect::<Vec<_>>());
    let figures = "lkmc: 2324070 cycles, 659186 instructions, IPC 0.2836; lkmc gem5 stats last\n";
    assert!(stderr(&shown).ends_with(figures), "{}", stderr(&shown));
    assert!(!stderr(&second).contains("cycles,"), "{}", stderr(&second));
    let version = &record(&second)["gem5"]["command"]["gem5"];
    assert!(
        version.as_str().is_some_and(|version| version.starts_with("24.")),
        "{version}"
    );
}

#[test]
fn another_machine_needs_another_checkpoint_and_says_why() {
    let bench = Bench::new();
    bench.run("", &command(&["true"]));
    bench.starts();
    let memory = ["profile", "run", "aarch64-gem5-hpi", "--memory", "512MiB", "--", "true"];
    let more = bench.run("", &memory);
    let why = "(the existing one differs in: machine, memory (there `256MiB`, here `512MiB`))";
    assert!(stderr(&more).contains(why), "{}", stderr(&more));
    assert_eq!(bench.starts(), ["boot", "command"]);
    // A detailed model goes on from the same checkpoint as a simple one, and whatever is between it and its memory.
    let third = ["--set", "cache.l3.size=4MiB", "--set", "memory.channels=2"];
    for (profile, options) in [("aarch64-gem5-atomic", &[][..]), ("aarch64-gem5-hpi", &third)] {
        let words = ["--json", "profile", "run", profile];
        let other = bench.run("", &[&words[..], options, &["--", "true"]].concat());
        assert_eq!(record(&other)["snapshot"]["used"], true, "{}", stderr(&other));
        let machine = machine(&other);
        let behind = (&machine["l3"]["size"], &machine["memory"]["channels"]);
        let wanted = match options {
            [] => (Value::Null, 1.into()),
            _ => ((4 << 20).into(), 2.into()),
        };
        assert_eq!(behind, (&wanted.0, &wanted.1));
    }
}

/// The machine that gem5 was to simulate.
fn machine(ran: &Output) -> Value {
    let record = record(ran);
    let words = record["argv"].as_array().expect("there is a command line");
    let machine = words.last().and_then(Value::as_str).expect("it ends with the machine");
    serde_json::from_str(machine).expect("it is JSON")
}

#[test]
fn a_guest_goes_on_at_its_own_checkpoint_and_another_does_not() {
    let bench = Bench::new();
    let taken = bench.run("checkpoints", &command(&["true"]));
    let id = record(&taken)["id"].as_str().expect("a run has an id").to_owned();
    assert!(
        stderr(&taken).contains(&format!("`--restore {id}:5000` goes on there")),
        "{}",
        stderr(&taken)
    );
    bench.starts();
    let restore = |profile: &str, place: &str, more: &[&str]| {
        let words = ["--json", "profile", "run", profile, "--restore", place];
        bench.run("", &[&words[..], more].concat())
    };
    // The last one, unless another is named; on the processors that are named now.
    for (profile, place, tick) in [
        ("aarch64-gem5-hpi", id.clone(), 5000),
        ("aarch64-gem5-atomic", format!("{id}:700"), 700),
    ] {
        let ran = restore(profile, &place, &[]);
        assert_eq!(ran.status.code(), Some(3), "{}", stderr(&ran));
        assert_eq!(bench.starts(), ["command"]);
        let machine = machine(&ran);
        assert_eq!((&machine["resumed"], &machine["request"]), (&true.into(), &Value::Null));
        let from = machine["restore"].as_str().expect("it is restored");
        assert!(from.ends_with(&format!("{id}/m5out/cpt.{tick}")), "{from}");
        assert_eq!(record(&ran)["command"], record(&taken)["command"]);
    }
    let place = format!("{id}:1");
    for (ran, code, says) in [
        (
            restore("aarch64-gem5-hpi", &place, &[]),
            "lkmc::gem5::no_checkpoint",
            "700, 5000",
        ),
        (
            restore("aarch64-gem5-hpi", &id, &["--memory", "512MiB"]),
            "lkmc::gem5::another_machine",
            "machine, memory (there `256MiB`, here `512MiB`)",
        ),
        (
            restore("aarch64-gem5-hpi", &id, &["--", "true"]),
            "lkmc::gem5::restored",
            "takes no other",
        ),
        (
            restore("aarch64-gem5-hpi", &id, &["--cold"]),
            "lkmc::gem5::restored",
            "--cold",
        ),
        (restore("x86_64-qemu", &id, &[]), "lkmc::gem5::not_gem5", "x86_64-qemu"),
    ] {
        assert_says(&ran, 2, &[code, says]);
    }
    assert_eq!(bench.starts(), [""; 0]);
}

#[test]
fn a_file_for_the_guest_takes_the_requests_place() {
    let bench = Bench::new();
    std::fs::write(bench.path("script"), "echo a script\n".repeat(100)).expect("a file can be written");
    let script = bench.path("script").display().to_string();
    let words = ["--json", "profile", "run", "aarch64-gem5-hpi"];
    let params = ["--readfile", &script, "--param", "system.init_param=42", "--", "true"];
    let ran = bench.run("", &[&words[..], &params].concat());
    assert_eq!(ran.status.code(), Some(3), "{}", stderr(&ran));
    let machine = machine(&ran);
    let copy = machine["readfile"].as_str().expect("there is one");
    assert_eq!(std::fs::read(copy).ok(), std::fs::read(&script).ok());
    assert!(machine["request"].is_string());
    // Neither belongs to the machine that boots.
    assert_eq!(bench.starts(), ["boot", "command"]);
    bench.run("", &command(&["true"]));
    assert_eq!(bench.starts(), ["command"]);
    for (more, code) in [
        (["--param", "system.readfile=/etc/passwd"], "lkmc::gem5::param"),
        (["--readfile", "no-such-file"], "lkmc::gem5::readfile"),
    ] {
        let refused = bench.run("", &[&words[..], &more, &["--", "true"]].concat());
        assert_says(&refused, 2, &[code]);
    }
}

#[test]
fn half_a_checkpoint_is_never_there() {
    let bench = Bench::new();
    for (trouble, status, says) in [
        ("killed-in-checkpoint", 125, "killed by signal 9"),
        ("no-checkpoint", 125, "did not write all of it"),
        ("cut-checkpoint", 125, "did not write all of it"),
        (
            "uncovered",
            125,
            "`lkmc.hpi`, which the checkpoint's key does not cover",
        ),
        ("silent", 124, "said nothing for a long time"),
    ] {
        let ran = bench.run(trouble, &command(&["true"]));
        assert_eq!(ran.status.code(), Some(status), "{trouble}: {}", stderr(&ran));
        assert!(stderr(&ran).contains(says), "{trouble}: {}", stderr(&ran));
        assert_eq!(bench.checkpoints(), 0, "{trouble}");
    }
    assert_eq!(bench.run("", &command(&["true"])).status.code(), Some(3));
    assert_eq!(bench.checkpoints(), 1);
}

#[test]
fn a_gem5_that_cannot_be_used_is_refused_before_anything_is_built() {
    let recorded = std::fs::read_to_string(Path::new(ROOT).join("tests/gem5/recorded/about.txt")).expect("it is there");
    let with = |from: &str, to: &str| {
        assert!(recorded.contains(from), "{from}");
        recorded.replace(from, to)
    };
    for (about, code, says) in [
        (with("24.0.0.1", "23.1.0.0"), "lkmc::gem5::version", "is gem5 23.1.0.0"),
        // Too old to answer.
        (
            "gem5 version 21.2.1.1\n".into(),
            "lkmc::gem5::version",
            "is gem5 21.2.1.1",
        ),
        (with("[\"ARM\"]", "[\"X86\"]"), "lkmc::gem5::isa", "it has: X86"),
        (
            recorded.replace("\"DDR3_1600_8x8\"", "\"DDR3_1600_8x9\""),
            "lkmc::gem5::missing",
            "did you mean `DDR3_1600_8x9`?",
        ),
        (
            with("\"VExpress_GEM5_V1\", ", ""),
            "lkmc::gem5::missing",
            "emulator.machine",
        ),
        (
            "another program 1.0\n".into(),
            "lkmc::gem5::no_answer",
            "does not answer",
        ),
    ] {
        let bench = Bench::new();
        std::fs::write(bench.path("about"), &about).expect("a file can be written");
        for arguments in [
            &["profile", "run", "aarch64-gem5-hpi", "--", "true"][..],
            &["profile", "debug", "aarch64-gem5-hpi", "--batch"],
            &["bench", "run", "aarch64-gem5-hpi", "--", "true"],
        ] {
            let mut command = bench.lkmc("");
            let refused = command
                .env("LKMC_PLAYBACK_ABOUT", bench.path("about"))
                .args(arguments)
                .output();
            assert_failed(&refused.expect("lkmc can be started"), 2, &[code, says]);
        }
        assert_eq!(bench.starts(), [""; 0]);
    }
    // A gem5 between two releases calls itself so.
    let bench = Bench::new();
    std::fs::write(bench.path("about"), with("24.0.0.1", "DEVELOP-FOR-25.0")).expect("a file can be written");
    let mut command = bench.lkmc("");
    let ran = command
        .env("LKMC_PLAYBACK_ABOUT", bench.path("about"))
        .args(RUN)
        .arg("true")
        .output();
    assert_eq!(ran.expect("lkmc can be started").status.code(), Some(3));
}

#[test]
fn a_gem5_is_asked_once_what_it_is() {
    let bench = Bench::new();
    bench.run("", &command(&["true"]));
    bench.run("", &command(&["true"]));
    let asked = std::fs::read_to_string(bench.path("starts.about")).expect("it was asked");
    assert_eq!(asked, "asked\n");
}

#[test]
fn doctor_says_which_gem5_there_is() {
    let bench = Bench::new();
    let line = |output: Output| {
        let text = stdout(&output);
        let line = text.lines().find(|line| line.split_whitespace().nth(1) == Some("gem5"));
        line.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    let here = line(bench.run("", &["doctor"]));
    assert!(
        here.starts_with("ok ") && here.contains("24.0.0.1") && here.contains("ARM"),
        "{here}"
    );
    let none = line(
        bench
            .lkmc("")
            .env_remove("LKMC_GEM5")
            .arg("doctor")
            .output()
            .expect("lkmc can be started"),
    );
    assert!(
        none.starts_with("warn ") && none.contains("only profiles on gem5 need one"),
        "{none}"
    );
}

#[test]
fn trouble_of_gem5_and_of_the_guest_is_told_apart() {
    let bench = Bench::new();
    for (trouble, status, verdict) in [("killed", 125, "emulator-died"), ("panic", 126, "panic")] {
        let ran = bench.run(trouble, &command(&["true"]));
        assert_eq!(ran.status.code(), Some(status), "{trouble}: {}", stderr(&ran));
        assert_eq!(record(&ran)["verdict"], verdict);
    }
    let ran = bench.run(
        "hang",
        &["--timeout", "3s", "profile", "run", "aarch64-gem5-hpi", "--", "true"],
    );
    assert_eq!(ran.status.code(), Some(124), "{}", stderr(&ran));
}

#[test]
fn statistics_and_parameters_are_found_by_name() {
    let bench = Bench::new();
    let ran = bench.run("", &command(&["true"]));
    let id = record(&ran)["id"].as_str().expect("a run has an id").to_owned();
    let shown = bench.run("", &["gem5", "stats", &id, "^simInsts$", "numCycles$"]);
    let text = stdout(&shown);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.contains("system.cpu_cluster.cpus.numCycles") && text.contains("Cycle"),
        "{text}"
    );
    let size = bench.run("", &["gem5", "config", &id, r"cpu_cluster\.l2\.size"]);
    assert_eq!(stdout(&size), "system.cpu_cluster.l2.size=1048576\n");
    let same = bench.run("", &["gem5", "stats", &id, "--compare", &id]);
    assert_eq!(stdout(&same), "no difference\n");
    for (arguments, code) in [
        (["gem5", "stats", &id, "no_such_statistic"], "lkmc::gem5::no_match"),
        (["gem5", "stats", &id, "("], "lkmc::pattern"),
        (["gem5", "stats", &id, "--dump=9"], "lkmc::gem5::no_dump"),
    ] {
        let refused = bench.run("", &arguments);
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
        assert!(stderr(&refused).contains(code), "{}", stderr(&refused));
    }
}

/// Removes a study when the test is over.
struct Study(String);

impl Drop for Study {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(ROOT).join("out/bench").join(&self.0));
    }
}

#[test]
fn a_study_goes_on_after_it_was_killed() {
    let bench = Bench::new();
    let study = Study(format!("killed-{}", std::process::id()));
    let sweep = |trouble: &str| {
        let mut command = bench.lkmc(trouble);
        command.args(["bench", "sweep", "aarch64-gem5-hpi", "--name", &study.0, "-j", "1"]);
        command.args([
            "--over",
            "cache.l2.size=256KiB,512KiB,1MiB",
            "--over",
            "cache.l1d.size=16KiB,32KiB",
            "--",
            "true",
        ]);
        command
    };
    let results = Path::new(ROOT).join("out/bench").join(&study.0).join("results.jsonl");
    let lines = || std::fs::read_to_string(&results).unwrap_or_default().lines().count();
    let mut child = sweep("")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("lkmc can be started");
    wait_until("two results", || lines() >= 2);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let before = lines();
    assert!(
        (2..6).contains(&before),
        "{before} results were there when it was killed"
    );
    bench.starts();
    let rest = sweep("").output().expect("lkmc can be started");
    // The recorded command's status is 3.
    assert_eq!(rest.status.code(), Some(1), "{}", stderr(&rest));
    assert_eq!(lines(), 6, "{}", stderr(&rest));
    assert_eq!(bench.starts().len(), 6 - before, "no point is run twice");
    let other = bench.run(
        "",
        &["bench", "run", "aarch64-gem5-hpi", "--name", &study.0, "--", "false"],
    );
    assert!(stderr(&other).contains("lkmc::bench::another"), "{}", stderr(&other));
}

#[test]
fn a_statistic_that_was_forgotten_costs_no_run() {
    let bench = Bench::new();
    let study = Study(format!("forgotten-{}", std::process::id()));
    let measure = |options: &[&str]| {
        let start = [
            "--json",
            "bench",
            "run",
            "aarch64-gem5-hpi",
            "-n",
            "1",
            "--name",
            &study.0,
        ];
        bench.run("", &[&start, options, &["--", "true"]].concat())
    };
    let results = |ran: &Output| {
        let all: serde_json::Value = serde_json::from_str(&stdout(ran)).unwrap_or_else(|_| panic!("{}", stderr(ran)));
        all["results"][0].clone()
    };
    let first = results(&measure(&[]));
    assert_eq!(first["measured"]["stats"], serde_json::json!({}));
    assert_eq!(first["measured"]["ipc"].as_f64(), Some(659186.0 / 2324070.0), "{first}");
    assert_eq!(bench.starts(), ["boot", "command"]);
    let misses = "system.cpu_cluster.l2.overallMisses::total";
    let shown = bench.run(
        "",
        &["--json", "bench", "show", &study.0, "--stat", "l2.overallMisses::total"],
    );
    assert!(
        results(&shown)["measured"]["stats"][misses].as_f64() > Some(0.0),
        "{}",
        stdout(&shown)
    );
    let refused = bench.run("", &["bench", "show", &study.0, "--stat", "no_such"]);
    assert!(
        stderr(&refused).contains("lkmc::bench::measure"),
        "{}",
        stderr(&refused)
    );
    let again = measure(&["--stat", "l2.overallMisses::total", "--stat", "no_such"]);
    assert!(
        results(&again)["measured"]["stats"][misses].as_f64() > Some(0.0),
        "{}",
        stdout(&again)
    );
    assert!(
        stderr(&again).contains("no statistic matches `--stat no_such`"),
        "{}",
        stderr(&again)
    );
    assert_eq!(bench.starts(), [""; 0], "no run is made again");
    // A dump that is not there is no measurement.
    let second = measure(&["--dump", "2"]);
    assert_eq!(
        (second.status.code(), results(&second)["measured"].clone()),
        (Some(1), serde_json::Value::Null)
    );
    // What was dumped once more did not come out as it was.
    let run = first["run"].as_str().expect("a result has a run").to_owned();
    let statistics = Path::new(ROOT).join("out/run").join(&run).join("m5out/stats.txt");
    let once = std::fs::read_to_string(&statistics).expect("it is there");
    std::fs::write(&statistics, once.repeat(2)).expect("it can be written");
    let verified = bench.run("", &["bench", "verify", &run]);
    assert_eq!(verified.status.code(), Some(1), "{}", stderr(&verified));
    assert!(
        stderr(&verified).contains("2 dumps then, 1 now"),
        "{}",
        stderr(&verified)
    );
}

#[test]
fn bad_points_of_a_study_are_found_before_the_first_run() {
    let bench = Bench::new();
    let study = Study(format!("bad-{}", std::process::id()));
    let refused = bench.run(
        "",
        &[
            "bench",
            "sweep",
            "aarch64-gem5-hpi",
            "--name",
            &study.0,
            "--over",
            "cache.l2.size=1MiB,3MiB",
            "--",
            "true",
        ],
    );
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("3MiB"), "{}", stderr(&refused));
    assert_eq!(bench.starts(), [""; 0]);
}

#[test]
fn what_is_pushed_is_in_the_request_whoever_has_it() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let file = bench.path("work");
    std::fs::write(&file, "a program of one's own").expect("a file can be written");
    let request = || {
        let push = format!("{}:bin/other", file.display());
        let ran = bench.run(
            "",
            &[
                "--json",
                "profile",
                "run",
                "aarch64-gem5-hpi",
                "--push",
                &push,
                "--",
                "true",
            ],
        );
        let id = record(&ran)["id"].as_str().expect("it has a name").to_owned();
        std::fs::read(run_directory(&id).join("request")).expect("there is a request")
    };
    let first = request();
    for part in ["bin/other", "a program of one's own"] {
        let found = first.windows(part.len()).any(|bytes| bytes == part.as_bytes());
        assert!(found, "no {part}");
    }
    // A simulation unpacks it: neither its time nor its owner's mode is to make one run unlike another.
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("its mode can be changed");
    let open = std::fs::File::options()
        .write(true)
        .open(&file)
        .expect("it can be opened");
    open.set_modified(std::time::UNIX_EPOCH)
        .expect("its time can be changed");
    assert!(request() == first, "the request is another one");
    for (push, code) in [
        ("/no/such/file", "lkmc::run::push"),
        ("work:/etc/passwd", "lkmc::usage"),
    ] {
        let refused = bench.run(
            "",
            &["profile", "run", "aarch64-gem5-hpi", "--push", push, "--", "true"],
        );
        assert_failed(&refused, 2, &[code]);
    }
}

#[test]
fn a_study_has_what_is_pushed_and_set_and_is_listed() {
    let bench = Bench::new();
    let study = Study(format!("pushed-{}", std::process::id()));
    let file = bench.path("work");
    std::fs::write(&file, "a program").expect("a file can be written");
    let push = file.to_string_lossy().into_owned();
    let measure = |set: &str| {
        let options = [
            "bench",
            "sweep",
            "aarch64-gem5-hpi",
            "--name",
            &study.0,
            "--push",
            &push,
            "--set",
            set,
        ];
        let rest = [
            "--over",
            "cache.l1d.size=16KiB,32KiB",
            "--timeout",
            "300500ms",
            "--",
            "./work",
        ];
        bench.run("", &[&options[..], &rest].concat())
    };
    let first = measure("cache.l2.size=2MiB");
    assert_eq!(first.status.code(), Some(1), "{}", stderr(&first));
    let points = Path::new(ROOT).join("out/bench").join(&study.0).join("points");
    let point = std::fs::read_to_string(points.join("0001.toml")).expect("there are two points");
    assert!(
        point.contains("size = \"2MiB\"") && point.contains("size = \"32KiB\""),
        "{point}"
    );
    let results = std::fs::read_to_string(points.with_file_name("results.jsonl")).expect("there are results");
    let result: Value = serde_json::from_str(results.lines().next().expect("there is one")).expect("it is JSON");
    let run = run_directory(result["run"].as_str().expect("it has a name"));
    let made = std::fs::read_to_string(run.join("run.json")).expect("there is a record");
    assert!(made.contains(r#""300500ms""#) && made.contains(":work\""), "{made}");
    let listed = bench.run("", &["bench", "list"]);
    let line = stdout(&listed);
    let line = line
        .lines()
        .find(|line| line.starts_with(&study.0))
        .expect("it is listed");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[1..], ["2/2", "aarch64-gem5-hpi", "cache.l1d.size", "./work"]);
    assert_failed(&measure("cache.l2.size=1MiB"), 2, &["lkmc::bench::another"]);
    std::fs::write(&file, "another").expect("a file can be written");
    assert_failed(
        &measure("cache.l2.size=2MiB"),
        2,
        &["lkmc::bench::another", "the programs changed"],
    );
}

#[test]
fn the_console_of_a_boot_is_shown_when_asked_for() {
    let bench = Bench::new();
    let shown = bench.run("", &["profile", "run", "aarch64-gem5-hpi", "--console", "--", "true"]);
    assert_says(&shown, 3, &["Linux version 6.12.117"]);
    assert_eq!(stdout(&shown), "hello\n");
}
