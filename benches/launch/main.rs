//! Measures starting things, and prints the table of docs/performance.md:
//!
//!     cargo bench --bench launch -- [PROFILE...]
//!
//! Profiles that are not built are left out. LKMC_BENCH_RUNS is the number of samples of each line (10). No time fails:
//! times belong to a machine, and tests run on all of them. The status is 1 if something could not be measured.

mod bare;
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

use lkmc::shell::quote;
use serde_json::Value;

use crate::table::{Case, Group};

const LKMC: &str = env!("CARGO_BIN_EXE_lkmc");
const CHECKOUT: &str = env!("CARGO_MANIFEST_DIR");

/// An init that does nothing but end: what is left is the time to start a machine, boot a kernel and notice its end.
const POWER_OFF: [&str; 2] = ["--kernel-arg", "rdinit=/bin/busybox -- poweroff -f"];

fn main() -> ExitCode {
    let rounds = std::env::var("LKMC_BENCH_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(10)
        .max(1);
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted = match named.is_empty() {
        true => ["x86_64-qemu", "aarch64-qemu", "arm-qemu"].map(str::to_owned).to_vec(),
        false => named,
    };
    let (ready, missing): (Vec<String>, Vec<String>) = wanted.into_iter().partition(|profile| is_built(profile));
    missing
        .iter()
        .for_each(|profile| eprintln!("{profile} is not built: left out (lkmc profile build {profile})"));
    let Some(first) = ready.first() else {
        eprintln!("nothing to measure");
        return ExitCode::FAILURE;
    };
    println!("{}\n", machine(rounds));
    table::heading();
    let mut groups = vec![front_end(first), boot_to_power_off(first), restored(first)];
    groups.extend(ready.iter().map(|profile| boot_to_command(profile)));
    if first.starts_with("x86_64") {
        groups.push(beside_virtme_ng(first));
    }
    let measured: Vec<bool> = groups.into_iter().map(|group| table::measure(group, rounds)).collect();
    match measured.contains(&false) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// What lkmc does before it starts anything.
fn front_end(profile: &str) -> Group<'_> {
    Group {
        title: format!("front-end, `{profile}`"),
        cases: vec![
            lkmc("`lkmc --version`: a process that does nothing", &["--version"]),
            lkmc(
                "`profile show --resolved`: read, inherit, validate",
                &["profile", "show", profile, "--resolved"],
            ),
            lkmc(
                "`profile build`, nothing to do: evaluation from the cache",
                &["profile", "build", profile],
            ),
            lkmc(
                "`profile show --plan`: evaluated by Nix, closure read",
                &["profile", "show", profile, "--plan"],
            ),
        ],
    }
}

/// The same command line, booted to a power off.
fn boot_to_power_off(profile: &str) -> Group<'_> {
    let mut words = vec!["profile", "run", profile];
    words.extend(POWER_OFF);
    let script = std::env::temp_dir().join(format!("lkmc-bench-{}.sh", std::process::id()));
    let printed = output(lkmc_command(&[&["--dry-run"], &words[..]].concat()));
    let written = printed.map(|printed| std::fs::write(&script, printed.stdout));
    let bare = move || match &written {
        Ok(Ok(())) => time(Command::new("sh").arg(&script)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(why) => Err(why.clone()),
    };
    Group {
        title: format!("boot to power off, `{profile}`"),
        cases: vec![
            Case::new("the printed QEMU command, pasted into a shell", bare),
            Case::new("`profile run`", move || time(&mut lkmc_command(&words))),
        ],
    }
}

/// From a snapshot to the end of a command.
fn restored(profile: &str) -> Group<'_> {
    let words = ["profile", "run", profile, "--", "true"];
    // The first run may have to make the snapshot; the second tells how it was restored.
    let record = output(lkmc_command(&words)).and_then(|_| output(lkmc_command(&[&["--json"], &words[..]].concat())));
    let record: Value = record
        .ok()
        .and_then(|output| serde_json::from_str(String::from_utf8_lossy(&output.stderr).lines().last()?).ok())
        .unwrap_or_default();
    let least = cache().and_then(|cache| bare::Restored::from_record(&record, &cache));
    let bare = move || least.as_ref().ok_or_else(|| "no snapshot was used".to_owned())?.run();
    Group {
        title: format!("restored start to the end of a command, `{profile}`"),
        cases: vec![
            Case::new("QEMU with the shortest program that can do it", bare),
            lkmc("`profile run -- true`", &words),
        ],
    }
}

fn boot_to_command(profile: &str) -> Group<'_> {
    Group {
        title: format!("start to the end of a command, `{profile}`"),
        cases: vec![
            lkmc(
                "restored: `profile run -- true`",
                &["profile", "run", profile, "--", "true"],
            ),
            lkmc(
                "booted: `profile run --cold -- true`",
                &["profile", "run", profile, "--cold", "--", "true"],
            ),
        ],
    }
}

/// The same kernel image, emulator, machine, accelerator, processor and memory.
fn beside_virtme_ng(profile: &str) -> Group<'_> {
    let vng = output(Command::new(Path::new(CHECKOUT).join("benches/virtme-ng.sh")));
    let vng = vng.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let directory = tempfile::tempdir().map_err(|error| error.to_string());
    let set_up = vng.and_then(|vng| {
        let directory = directory?;
        let (qemu, kernel) = qemu_and_kernel(profile, directory.path())?;
        Ok((vng, qemu, kernel, directory))
    });
    let command = move |verbose: bool| {
        let (vng, qemu, kernel, directory) = set_up.as_ref().map_err(String::clone)?;
        let mut command = Command::new(vng);
        command
            .args(verbose.then_some("--verbose"))
            .arg("--run")
            .arg(kernel)
            .arg("--qemu")
            .arg(qemu);
        command.args([
            "--disable-kvm",
            "--disable-microvm",
            "--cpus",
            "1",
            "--memory",
            "256M",
            "--",
            "true",
        ]);
        // It calls its other programs by name.
        let bin = Path::new(vng).parent().unwrap_or(Path::new("/"));
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{}:{path}", bin.display()))
            .current_dir(directory);
        Ok::<Command, String>(command)
    };
    // Its exit status tells nothing where the host has no udev (docs/performance.md); its guest's console does.
    let works = command(true).and_then(|mut command| {
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let console = [output.stdout, output.stderr].concat();
        let console = String::from_utf8_lossy(&console);
        match console.contains("script exited with code 0") {
            true => Ok(()),
            false => Err(format!(
                "its guest did not run the command: {}",
                console.trim_end().lines().last().unwrap_or_default()
            )),
        }
    });
    let run = move || {
        works.clone()?;
        time_whatever_the_status(&mut command(false)?)
    };
    Group {
        title: format!("virtme-ng with the kernel and QEMU of `{profile}`"),
        cases: vec![
            Case::new("`vng --run KERNEL --disable-kvm -- true`", run),
            lkmc(
                "`lkmc profile run --cold -- true`",
                &["profile", "run", profile, "--cold", "--", "true"],
            ),
            lkmc("`lkmc profile run -- true`", &["profile", "run", profile, "--", "true"]),
        ],
    }
}

/// The toolbox's QEMU as one executable file, and the kernel image, from the command that lkmc prints.
fn qemu_and_kernel(profile: &str, directory: &Path) -> Result<(PathBuf, String), String> {
    use std::os::unix::fs::PermissionsExt;
    let printed = output(lkmc_command(&["--json", "profile", "show", profile, "--command"]))?;
    let line: Value = serde_json::from_slice(&printed.stdout)
        .map_err(|error| format!("no command line is printed, which has to be built first: {error}"))?;
    let argv: Vec<&str> = line["argv"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let place = |option: &str| {
        argv.iter()
            .position(|word| *word == option)
            .ok_or(format!("there is no {option}"))
    };
    let kernel = argv.get(place("-kernel")? + 1).ok_or("-kernel has no value")?;
    // The first option that is not of the program itself.
    let program = &argv[..place("-nodefaults")?];
    let variables = line["env"].as_object().into_iter().flatten();
    let variables = variables.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
    let words: Vec<String> = variables.chain(program.iter().map(ToString::to_string)).collect();
    let words: Vec<String> = words.iter().map(|word| quote(word.as_ref())).collect();
    let path = directory.join("qemu-system-x86_64");
    let script = format!("#!/bin/sh\nexec env {} \"$@\"\n", words.join(" "));
    let write = || -> std::io::Result<()> {
        std::fs::write(&path, script)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
    };
    write().map_err(|error| error.to_string())?;
    Ok((path, (*kernel).to_owned()))
}

fn is_built(profile: &str) -> bool {
    let plan = output(lkmc_command(&["--json", "profile", "show", profile, "--plan"]));
    let plan: Option<Value> = plan.ok().and_then(|output| serde_json::from_slice(&output.stdout).ok());
    let empty = |key: &str| {
        plan.as_ref()
            .is_some_and(|plan| plan[key].as_array().is_some_and(Vec::is_empty))
    };
    empty("build") && empty("download")
}

fn lkmc<'a>(what: &str, words: &[&'a str]) -> Case<'a> {
    let words = words.to_vec();
    Case::new(what, move || time(&mut lkmc_command(&words)))
}

fn lkmc_command(words: &[&str]) -> Command {
    let mut command = Command::new(LKMC);
    command.args(words).current_dir(CHECKOUT);
    command
}

fn cache() -> Option<PathBuf> {
    lkmc::paths::cache_path()
}

fn output(mut command: Command) -> Result<Output, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(output),
        false => Err(format!(
            "{command:?}: {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// From before the process is made until it has ended.
fn time(command: &mut Command) -> Result<Duration, String> {
    timed(command, true)
}

fn time_whatever_the_status(command: &mut Command) -> Result<Duration, String> {
    timed(command, false)
}

fn timed(command: &mut Command, must_succeed: bool) -> Result<Duration, String> {
    // Standard input as on a terminal on which nobody types.
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let typing = child.stdin.take();
    let status = child.wait().map_err(|error| error.to_string())?;
    let took = begin.elapsed();
    drop(typing);
    match status.success() || !must_succeed {
        true => Ok(took),
        false => Err(format!("{status}")),
    }
}

/// What the times belong to.
fn machine(rounds: usize) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name").or(line.strip_prefix("CPU part")));
    let model = model
        .unwrap_or_default()
        .trim_start_matches(['\t', ' ', ':'])
        .to_owned();
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let memory = read("/proc/meminfo")
        .split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse::<u64>().ok())
        .unwrap_or(0)
        >> 20;
    let kernel = read("/proc/sys/kernel/osrelease");
    let kvm = match lkmc::emulator::kvm::known(lkmc::profile::Arch::X86_64) {
        Some(lkmc::emulator::kvm::Answer::Works) => "KVM works".to_owned(),
        Some(lkmc::emulator::kvm::Answer::Unusable(why)) => format!("no KVM: {why}"),
        None => "KVM was not tried".to_owned(),
    };
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    format!(
        "{model}, {cores} cores, {memory} GiB; Linux {}; {kvm}; load average before: {load}; {rounds} samples of each line, \
         interleaved",
        kernel.trim()
    )
}
