//! QEMU without lkmc: what a shell script or the shortest program would do.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lkmc::emulator::qmp::Qmp;
use lkmc::guest::client::{Agent, Greeting};
use lkmc::guest::protocol::CommandSpec;
use lkmc::qemu::snapshot;
use serde_json::Value;

/// The program and arguments of a run that lkmc recorded, and the snapshot that it started from.
pub struct Restored {
    argv: Vec<String>,
    env: Vec<(String, String)>,
    snapshot: PathBuf,
}

impl Restored {
    /// From `run.json` of a run that was restored.
    pub fn from_record(record: &Value, cache: &Path) -> Option<Restored> {
        let key = record["snapshot"]["key"]
            .as_str()
            .filter(|_| record["snapshot"]["used"] == true)?;
        let argv: Vec<String> = serde_json::from_value(record["argv"].clone()).ok()?;
        let emulator = &record["bundle"]["emulator"];
        // Where the store is: what stands before the store path in the program that was really run.
        let program = emulator["loader"].as_str().or(emulator["binary"].as_str())?;
        let store = argv.first()?.strip_suffix(program)?.to_owned();
        let store = if store.is_empty() {
            store
        } else {
            format!("{store}/").trim_end_matches('/').to_owned()
        };
        let map = |value: &str| match value.starts_with("/nix/store/") {
            true => format!("{store}{value}"),
            false => value.to_owned(),
        };
        let env = emulator["env"]
            .as_object()?
            .iter()
            .map(|(name, value)| (name.clone(), map(value.as_str().unwrap_or_default())));
        Some(Restored {
            env: env.collect(),
            argv,
            snapshot: cache.join("snapshots").join(key),
        })
    }

    /// Starts QEMU, loads the snapshot, runs `true` in the guest, and kills QEMU.
    pub fn run(&self) -> Result<Duration, String> {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let begin = Instant::now();
        let deadline = begin + Duration::from_secs(60);
        let child = Command::new(&self.argv[0])
            .args(&self.argv[1..])
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let _qemu = Killed(child.map_err(|error| error.to_string())?);
        let mut qmp = Qmp::connect(connect(&directory.path().join("qmp.sock"), deadline)?, deadline).map_err(text)?;
        snapshot::load(&mut qmp, &self.snapshot, deadline).map_err(text)?;
        let socket = connect(&directory.path().join("agent.sock"), deadline)?;
        let agent = Agent::connect(socket, Greeting::Running, deadline).map_err(text)?;
        agent.output(&CommandSpec::new(["true"]), deadline).map_err(text)?;
        drop(_qemu);
        Ok(begin.elapsed())
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn connect(path: &Path, deadline: Instant) -> Result<UnixStream, String> {
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => return Ok(stream),
            Err(error) if Instant::now() > deadline => return Err(format!("{}: {error}", path.display())),
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
