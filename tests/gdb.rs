//! The scripts in tests/gdb, each on every architecture that it is for: GDB in batch mode, on a guest of its own.
//!
//! A script begins with TOML in comments that says how the guest is started; the rest is Python for GDB and asserts. What is not
//! as it should be raises an exception, which ends GDB with a status that is not 0.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Boots, and twenty stops in GDB, on a busy host.
const LIMIT: Duration = Duration::from_secs(180);

/// The comment that a script begins with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Header {
    /// What the script shows.
    shows: String,
    /// All if none.
    arches: Vec<String>,
    /// Arguments of `lkmc profile debug` after the profile.
    arguments: Vec<String>,
    /// Line of shell for the guest.
    command: Option<String>,
    /// Status of lkmc, for scripts about what goes wrong.
    status: i32,
    /// Must be in what GDB or lkmc say.
    says: Vec<String>,
    /// Must not be there.
    does_not_say: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let profiles = std::env::var("LKMC_TEST_PROFILES").unwrap_or_default();
    let scripts = scripts();
    // Counted as passed, and taken for skipped by what it says, as all tests of this repository are.
    let none = profiles.is_empty().then(|| {
        Trial::test("scripts", || {
            println!("SKIPPED gdb: LKMC_TEST_PROFILES names no profile");
            Ok(())
        })
    });
    let trials = profiles.split_whitespace().flat_map(|profile| {
        let wanted = scripts.iter().filter(|(_, header)| is_for(header, profile));
        wanted
            .map(|(path, header)| trial(profile, path, header))
            .collect::<Vec<_>>()
    });
    libtest_mimic::run(&arguments, trials.chain(none).collect()).exit_code()
}

fn scripts() -> Vec<(PathBuf, Header)> {
    let entries = std::fs::read_dir(Path::new(ROOT).join("tests/gdb")).expect("the scripts are there");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "support"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a script can be read");
            let lines = text.lines().map_while(|line| line.strip_prefix('#'));
            let toml = lines.map(str::trim_start).collect::<Vec<_>>().join("\n");
            let header = toml_edit::de::from_str(&toml).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path, header)
        })
        .collect()
}

fn is_for(header: &Header, profile: &str) -> bool {
    let arch = profile.split('-').next().unwrap_or_default();
    header.arches.is_empty() || header.arches.iter().any(|it| it == arch)
}

fn trial(profile: &str, path: &Path, header: &Header) -> Trial {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let (profile, path, header) = (profile.to_owned(), path.to_owned(), header.clone());
    Trial::test(format!("{stem} on {profile}"), move || run(&profile, &path, &header))
}

fn run(profile: &str, path: &Path, header: &Header) -> Result<(), Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
    command
        .args(["profile", "debug", profile, "--batch"])
        .args(&header.arguments)
        .arg("-x")
        .arg(path)
        .env("LKMC_ROOT", ROOT)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(line) = &header.command {
        command.args(["--", "/bin/sh", "-c", line]);
    }
    let output = finish(command.spawn().expect("lkmc can be started"));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let fail = |what: String| Err(Failed::from(format!("{}: {what}\n{said}", header.shows)));
    if output.status.code() != Some(header.status) {
        return fail(format!("ended with {}", output.status));
    }
    if let Some(unwanted) = header.does_not_say.iter().find(|text| said.contains(text.as_str())) {
        return fail(format!("says `{unwanted}`"));
    }
    match header.says.iter().find(|wanted| !said.contains(wanted.as_str())) {
        Some(missing) => fail(format!("does not say `{missing}`")),
        None => Ok(()),
    }
}

fn finish(mut child: Child) -> Output {
    let mut streams = (child.stdout.take(), child.stderr.take());
    let reader = |mut stream: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            bytes
        })
    };
    let stdout = reader(Box::new(streams.0.take().expect("a pipe")));
    let stderr = reader(Box::new(streams.1.take().expect("a pipe")));
    let deadline = Instant::now() + LIMIT;
    let status = loop {
        match child.try_wait().expect("our child") {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                let _ = child.kill();
                break child.wait().expect("our child");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    Output {
        status,
        stdout: stdout.join().expect("the reader"),
        stderr: stderr.join().expect("the reader"),
    }
}
