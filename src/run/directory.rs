//! A run's directory, `out/run/<id>/`, and the record in it, `run.json`.

use std::fs::DirBuilder;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::decode::{Decoded, Frame};
use crate::diag::{Error, Result};
use crate::emulator::Engine;
use crate::gem5::ending::Written;
use crate::gem5::inputs::Inputs;
use crate::kept;
use crate::lock::{Lock, is_held};
use crate::rr::Recorder;
use crate::units::ByteSize;

use super::ending::{Cause, Conclusion};
use super::verdict::Verdict;

pub const RECORD: &str = "run.json";
/// What the command read, if it was not nothing (gem5 only, where it is known beforehand).
pub const STDIN: &str = "stdin";
/// Held exclusively by the process that owns the guest: whoever gets it finds the run over.
const LOCK: &str = "lock";

/// `run.json`: written when the run starts, and rewritten when it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    pub id: String,
    /// Null while the run goes on.
    pub verdict: Option<Verdict>,
    /// What that is about; null while the run goes on.
    #[serde(default)]
    pub cause: Option<Cause>,
    /// Exit status of lkmc.
    pub status: Option<u8>,
    /// One sentence on the verdict.
    pub reason: Option<String>,
    /// The end of the console, when the verdict is about the guest.
    pub last_lines: Vec<String>,
    /// Where the kernel got into trouble, innermost function first.
    #[serde(default)]
    pub stack: Vec<Frame>,
    /// The kernel's report that this is from, with its other stacks.
    #[serde(default)]
    pub report: Option<Decoded>,
    /// What came of `--on-panic dump`.
    #[serde(default)]
    pub dump: Option<DumpRecord>,
    pub profile_name: String,
    pub detached: bool,
    /// The guest command; empty for the shell.
    pub command: Vec<String>,
    /// File with the recording, if this run can be replayed.
    #[serde(default)]
    pub recording: Option<String>,
    /// What recorded the emulator itself, in the directory `rr`.
    #[serde(default)]
    pub rr: Option<Recorder>,
    /// The run that this one repeats.
    #[serde(default)]
    pub replay_of: Option<String>,
    pub emulator_pid: Option<u32>,
    pub accelerator: Option<AcceleratorRecord>,
    /// What gem5 said at its end.
    #[serde(default)]
    pub gem5: Option<Gem5Record>,
    pub snapshot: Option<SnapshotRecord>,
    /// What lkmc itself was told.
    #[serde(default)]
    pub invocation: Invocation,
    /// RFC 3339.
    pub started: String,
    pub seconds: Seconds,
    pub lkmc_version: String,
    /// The emulator's command line.
    pub argv: Vec<String>,
    /// What was built: the bundle with its store paths.
    pub bundle: Value,
    /// The resolved profile.
    pub profile: Value,
    /// What else a simulation depends on (`gem5/inputs.rs`).
    #[serde(default, skip_serializing_if = "Inputs::is_empty")]
    pub inputs: Inputs,
}

/// A command line of lkmc's, and where it was given: its relative paths start there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Invocation {
    pub arguments: Vec<String>,
    pub directory: PathBuf,
}

impl Invocation {
    /// This process's.
    pub fn ours() -> Invocation {
        Invocation {
            arguments: std::env::args_os()
                .skip(1)
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
            directory: std::env::current_dir().unwrap_or_default(),
        }
    }
}

/// What a record says from the beginning.
pub struct About {
    pub profile_name: String,
    pub command: Vec<String>,
    pub accelerator: Option<AcceleratorRecord>,
    pub snapshot: Option<SnapshotRecord>,
    pub bundle: Value,
    pub profile: Value,
    pub inputs: Inputs,
}

impl Record {
    /// Of a run that begins now, in this directory.
    pub fn begin(directory: &RunDirectory, about: About) -> Record {
        Record {
            id: directory.id.clone(),
            verdict: None,
            cause: None,
            status: None,
            reason: None,
            last_lines: Vec::new(),
            stack: Vec::new(),
            report: None,
            dump: None,
            profile_name: about.profile_name,
            detached: false,
            command: about.command,
            recording: None,
            rr: None,
            replay_of: None,
            emulator_pid: None,
            accelerator: about.accelerator,
            gem5: None,
            snapshot: about.snapshot,
            invocation: Invocation::ours(),
            started: rfc3339(SystemTime::now()),
            seconds: Seconds::default(),
            lkmc_version: env!("CARGO_PKG_VERSION").into(),
            argv: Vec::new(),
            bundle: about.bundle,
            profile: about.profile,
            inputs: about.inputs,
        }
    }

    /// Notes how the run ended.
    pub fn conclude(&mut self, conclusion: &Conclusion) {
        self.verdict = Some(conclusion.verdict);
        self.cause = Some(conclusion.cause);
        self.status = Some(conclusion.status);
        self.reason = Some(conclusion.reason.clone());
    }

    /// How it ended; none while the run goes on, or if its owner was killed.
    pub fn conclusion(&self) -> Option<Conclusion> {
        Some(Conclusion {
            verdict: self.verdict?,
            cause: self.cause?,
            status: self.status?,
            reason: self.reason.clone()?,
        })
    }

    /// Of a run that repeats this one.
    pub fn repeated(self, directory: &RunDirectory) -> Record {
        let about = About {
            profile_name: self.profile_name,
            command: self.command,
            accelerator: self.accelerator,
            snapshot: self.snapshot,
            bundle: self.bundle,
            profile: self.profile,
            inputs: self.inputs,
        };
        Record {
            replay_of: Some(self.id),
            ..Record::begin(directory, about)
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AcceleratorRecord {
    pub used: Engine,
    pub why: String,
}

/// One simulation, or two: the boot, if this run made the checkpoint, and the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gem5Record {
    pub boot: Option<Written>,
    pub command: Option<Written>,
    /// Directory with gem5's own results, in the run directory.
    pub output: String,
    #[serde(default)]
    pub trace: Option<TraceRecord>,
}

/// What gem5's debug flags left behind; what it covers is in `command`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TraceRecord {
    pub flags: Vec<String>,
    /// In the run directory.
    pub file: String,
    pub bytes: u64,
    /// The most that it might have had.
    pub limit: ByteSize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SnapshotRecord {
    pub used: bool,
    pub key: Option<String>,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DumpRecord {
    /// Name in the run directory; none if there is no dump.
    pub file: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
    /// How long writing took.
    pub seconds: f64,
    /// Bytes of guest memory in it. On the disk it takes less, because pages of zeroes are holes.
    pub memory: Option<u64>,
}

/// How long each stage took; absent for a stage that did not take place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Seconds {
    /// From the start of the emulator to the agent's answer.
    pub boot: Option<f64>,
    pub restore: Option<f64>,
    /// Clock, shares and network.
    pub set_up: Option<f64>,
    pub command: Option<f64>,
    pub total: Option<f64>,
}

/// A run directory that this process owns.
pub struct RunDirectory {
    pub path: PathBuf,
    pub id: String,
    /// Released by the kernel however this process ends.
    lock: Lock,
}

impl RunDirectory {
    /// Makes the directory of a new run below `runs`.
    pub fn create(runs: &Path) -> Result<RunDirectory> {
        let failed = |path: &Path, error| Error::io("cannot create", path, error);
        std::fs::create_dir_all(runs).map_err(|error| failed(runs, error))?;
        loop {
            let id = new_id();
            let path = runs.join(&id);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return RunDirectory::own(path, id),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&path, error)),
            }
        }
    }

    fn own(path: PathBuf, id: String) -> Result<RunDirectory> {
        let file = path.join(LOCK);
        // Whoever lists the runs at this moment has it for a look.
        let lock = Lock::exclusive(&file).map_err(|error| Error::io("cannot lock", &file, error))?;
        Ok(RunDirectory { path, id, lock })
    }

    /// The directory's lock, for a process that shall own the run: it has it from its parent, so that the run is never nobody's.
    pub fn lock(&self) -> BorrowedFd<'_> {
        self.lock.as_fd()
    }

    /// Takes over a directory that the parent made, with its lock.
    pub fn adopt(path: &Path, lock: OwnedFd) -> Result<RunDirectory> {
        let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = path.join(LOCK);
        let lock = Lock::adopt(&file, lock).map_err(|error| Error::io("cannot take over", &file, error))?;
        let path = path.to_owned();
        Ok(RunDirectory { path, id, lock })
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Replaces run.json in one step, so that a reader never finds half of it.
    pub fn write(&self, record: &Record) -> Result<()> {
        write_record(&self.path, record)
    }
}

/// The same for a run that is nobody's any more.
pub fn write_record(run: &Path, record: &Record) -> Result<()> {
    let path = run.join(RECORD);
    let write = || -> std::io::Result<()> {
        let mut text = serde_json::to_vec_pretty(record)?;
        text.push(b'\n');
        kept::write(&path, &text)
    };
    write().map_err(|error| Error::io("cannot write", &path, error))
}

/// Whether the process that owned this run is still there.
pub fn is_alive(directory: &Path) -> bool {
    is_held(&directory.join(LOCK))
}

pub fn read_record(directory: &Path) -> Option<Record> {
    serde_json::from_slice(&std::fs::read(directory.join(RECORD)).ok()?).ok()
}

/// All runs, oldest first: their names begin with the time.
pub fn list(runs: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.join(LOCK).exists())
        .collect();
    paths.sort();
    paths
}

/// How many runs a message names.
const NAMED: usize = 8;

/// The run called `name`: its id, a unique beginning of the id or of the id's last part, or `last`.
pub fn find(runs: &Path, name: &str) -> Result<PathBuf> {
    let all = list(runs);
    let id = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name == "last" {
        let detached = |path: &&PathBuf| read_record(path).is_some_and(|record| record.detached);
        let alive = all.iter().rev().filter(detached).find(|path| is_alive(path));
        return alive.or_else(|| all.last()).cloned().ok_or_else(|| none(runs));
    }
    let matches = |path: &&PathBuf| {
        let id = id(path);
        id.starts_with(name) || id.rsplit('-').next().is_some_and(|tail| tail.starts_with(name))
    };
    let found: Vec<&PathBuf> = all.iter().filter(matches).collect();
    match found.as_slice() {
        _ if all.is_empty() => Err(none(runs)),
        [only] => Ok((*only).clone()),
        [] => Err(Error::usage("lkmc::run::unknown", format!("no run is called `{name}`"))
            .help("`lkmc vm list --all` shows all")),
        several => {
            let newest = several.iter().rev().take(NAMED).map(|path| id(path));
            let names = newest.collect::<Vec<_>>().join(", ");
            let more = match several.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(", and {more} older ones"),
            };
            let message = format!("`{name}` could be any of these runs: {names}{more}");
            Err(Error::usage("lkmc::run::ambiguous", message))
        }
    }
}

fn none(runs: &Path) -> Error {
    Error::usage("lkmc::run::none", format!("there are no runs in {}", runs.display()))
        .help("start a guest with `lkmc profile run NAME --detach`")
}

/// Sorts by time, and ends in something short to type.
pub fn new_id() -> String {
    let stamp = rfc3339(SystemTime::now());
    let digits: String = stamp.chars().filter(char::is_ascii_digit).take(14).collect();
    let bytes: [u8; 4] = crate::guest::client::random().unwrap_or_default();
    // Neither digits nor vowels: no part of a date, no words.
    let letters: String = bytes
        .iter()
        .map(|byte| b"bcdfghjkmnpqrstvwxz"[*byte as usize % 19] as char)
        .collect();
    format!("{}-{}-{letters}", &digits[..8], &digits[8..])
}

/// In UTC, to the millisecond.
pub fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn dates() {
        let at = |seconds| rfc3339(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_795_233_599), "2026-11-21T03:59:59.000Z");
    }

    #[test]
    fn a_run_is_found_by_any_unique_beginning() {
        let runs = tempfile::tempdir().unwrap();
        assert!(find(runs.path(), "last").is_err());
        let owners: Vec<_> = (0..10).map(|_| RunDirectory::create(runs.path()).unwrap()).collect();
        let tail = owners[1].id.rsplit('-').next().unwrap();
        assert_eq!(find(runs.path(), tail).unwrap(), owners[1].path);
        assert_eq!(find(runs.path(), &owners[2].id).unwrap(), owners[2].path);
        let ambiguous = find(runs.path(), "20").unwrap_err();
        assert_eq!(ambiguous.code(), "lkmc::run::ambiguous");
        assert!(ambiguous.to_string().ends_with(", and 2 older ones"), "{ambiguous}");
        assert_eq!(find(runs.path(), "1x").unwrap_err().code(), "lkmc::run::unknown");
    }

    #[test]
    fn whoever_looks_at_a_run_that_begins_does_not_end_it() {
        let runs = tempfile::tempdir().unwrap();
        let look = Lock::shared(&runs.path().join(LOCK)).unwrap();
        let looking = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(look);
        });
        RunDirectory::own(runs.path().to_owned(), "run".into()).unwrap();
        looking.join().unwrap();
    }

    #[test]
    fn a_dead_owner_is_noticed() {
        let runs = tempfile::tempdir().unwrap();
        let owner = RunDirectory::create(runs.path()).unwrap();
        let path = owner.path.clone();
        assert!(is_alive(&path));
        drop(owner);
        assert!(!is_alive(&path));
    }
}
