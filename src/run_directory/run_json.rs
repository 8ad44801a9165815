//! `run.json`, the record of a run: what it was, and how it ended.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::Bundle;
use crate::decode::{Decoded, Frame};
use crate::emulator::Engine;
use crate::emulator::gem5::Recorded;
use crate::emulator::gem5::ending::Written;
use crate::guest::snapshots::{Restore, Snapshot};
use crate::host::machine::Machine;
use crate::ktap::results::Summary;
use crate::profile::{EmulatorKind, Profile};
use crate::rr::Recorder;
use crate::units::ByteSize;
use crate::verdict::Verdict;

use super::conclusion::{Cause, Conclusion};
use super::id::rfc3339;

/// What a run depends on beside its profile and the bundle, by its name: a hash, or what else tells it from another.
pub type Inputs = BTreeMap<String, String>;

/// Written when the run starts, and rewritten when it ends.
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
    /// What `--ktap` found of the kernel's own tests.
    #[serde(default)]
    pub tests: Option<Summary>,
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
    /// What QEMU executed, if that was recorded.
    #[serde(default)]
    pub trace: Option<BlocksRecord>,
    pub snapshot: Option<SnapshotRecord>,
    /// States of the guest that can be gone back to, or could while it ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<Snapshot>,
    /// How often it was taken back: what it did is not what it would have done in one go.
    #[serde(default)]
    pub restores: Vec<Restore>,
    /// How the machine has ended that stands still, and can be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// What lkmc itself was told.
    #[serde(default)]
    pub invocation: Invocation,
    /// Where it ran.
    #[serde(default)]
    pub host: Machine,
    /// RFC 3339.
    pub started: String,
    pub seconds: Seconds,
    pub lkmc_version: String,
    /// The emulator's command line.
    pub argv: Vec<String>,
    /// What was built: the bundle with its store paths. As it was written, which another lkmc may have done: to be compared and
    /// copied; what is to be known of it is asked for below.
    pub bundle: Value,
    /// The resolved profile, likewise.
    pub profile: Value,
    /// What else it depends on.
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

impl Record {
    /// Of a run that begins now.
    pub fn begin(id: &str, profile: &Profile, bundle: Option<&Bundle>, command: Vec<String>) -> Record {
        Record {
            profile_name: profile.name.clone(),
            // Both are plain data that serde_json can always represent.
            bundle: serde_json::to_value(bundle).unwrap_or_default(),
            profile: serde_json::to_value(profile).unwrap_or_default(),
            command,
            ..Record::empty(id)
        }
    }

    pub(crate) fn empty(id: &str) -> Record {
        Record {
            id: id.to_owned(),
            verdict: None,
            cause: None,
            status: None,
            reason: None,
            last_lines: Vec::new(),
            stack: Vec::new(),
            report: None,
            dump: None,
            tests: None,
            profile_name: String::new(),
            detached: false,
            command: Vec::new(),
            recording: None,
            rr: None,
            replay_of: None,
            emulator_pid: None,
            accelerator: None,
            gem5: None,
            trace: None,
            snapshot: None,
            snapshots: Vec::new(),
            restores: Vec::new(),
            ended: None,
            invocation: Invocation::ours(),
            host: Machine::ours(),
            started: rfc3339(SystemTime::now()),
            seconds: Seconds::default(),
            lkmc_version: env!("CARGO_PKG_VERSION").into(),
            argv: Vec::new(),
            bundle: Value::Null,
            profile: Value::Null,
            inputs: Inputs::new(),
        }
    }

    /// Notes how the run ended.
    pub fn conclude(&mut self, conclusion: &Conclusion) {
        self.ended = None;
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

    /// The program that played the machine.
    pub fn emulator(&self) -> Option<EmulatorKind> {
        of(&self.profile, "/emulator/kind")
    }

    /// The processors' models, the big ones' first.
    pub fn cpu_models(&self) -> Vec<String> {
        let models = ["/cpu/model", "/little/cpu/model"].map(|place| of(&self.profile, place));
        models.into_iter().flatten().collect()
    }

    /// What its profile gave to a command; none too for a shell.
    pub fn command_limit(&self) -> Option<Duration> {
        of(&self.profile, "/limits/command")
    }

    /// Whether its kernel chose its own addresses.
    pub fn is_randomised(&self) -> bool {
        of(&self.profile, "/kernel/kaslr").unwrap_or(false)
    }

    /// Its kernel, as `uname -r` names it.
    pub fn kernel_release(&self) -> Option<String> {
        of(&self.bundle, "/kernel/release")
    }

    /// Where the compiler found that kernel's sources.
    pub fn kernel_source(&self) -> Option<String> {
        of(&self.bundle, "/kernel/source")
    }

    /// The snapshot that it used or would have used.
    pub fn snapshot_key(&self) -> Option<&str> {
        self.snapshot.as_ref()?.key.as_deref()
    }

    /// The machine that gem5 was told to simulate: the last word of its command line.
    pub fn simulated(&self) -> Option<Recorded> {
        serde_json::from_str(self.argv.last()?).ok()
    }

    /// Of a run that repeats this one.
    pub fn repeated(self, id: &str) -> Record {
        Record {
            replay_of: Some(self.id),
            profile_name: self.profile_name,
            command: self.command,
            accelerator: self.accelerator,
            snapshot: self.snapshot,
            bundle: self.bundle,
            profile: self.profile,
            inputs: self.inputs,
            ..Record::empty(id)
        }
    }
}

/// One value of what was recorded as it was; none too where it was not recorded, or as something else.
fn of<T: DeserializeOwned>(recorded: &Value, place: &str) -> Option<T> {
    recorded.pointer(place).and_then(|value| T::deserialize(value).ok())
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

/// What QEMU executed; written when the trace has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BlocksRecord {
    /// In the run directory.
    pub file: String,
    pub bytes: u64,
    /// The most that it might have had.
    pub limit: ByteSize,
    /// It begins with the machine, and not with the command.
    pub boot: bool,
    /// Executed from its beginning to the end of the command; more than the file has if that was cut. Null if the emulator ended
    /// without saying so.
    pub instructions: Option<u64>,
    /// Why the file is not all.
    pub cut: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SnapshotRecord {
    pub used: bool,
    pub key: Option<String>,
    pub why: String,
    /// Of another run's guest: what this one began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Named>,
}

/// A named snapshot of a guest that stays. The name alone can be given anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Named {
    pub run: String,
    pub snapshot: String,
    /// RFC 3339.
    pub taken: String,
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.run, self.snapshot)
    }
}

impl SnapshotRecord {
    /// Neither used nor made.
    pub fn none(why: impl Into<String>) -> SnapshotRecord {
        SnapshotRecord {
            used: false,
            key: None,
            why: why.into(),
            from: None,
        }
    }
}

/// How a machine has ended whose run goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ended {
    /// Of the run, if it ends so.
    pub verdict: Verdict,
    pub reason: String,
    /// RFC 3339.
    pub at: String,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    fn of_profile(name: &str) -> Record {
        Record::begin("id", &profile::load(name).expect("it is shipped"), None, Vec::new())
    }

    #[test]
    fn what_is_asked_of_a_recorded_profile_stands_where_it_is_written() {
        let record = of_profile("x86_64-qemu");
        assert_eq!(record.emulator(), Some(EmulatorKind::Qemu));
        let profile = profile::load("x86_64-qemu").expect("it is shipped");
        assert_eq!(record.command_limit(), profile.limits.command);
        assert!(record.command_limit().is_some());
        assert_eq!(record.is_randomised(), profile.kernel.kaslr);
        let qemu = profile.emulator.qemu().expect("it is one of QEMU's");
        assert!(record.cpu_models().iter().eq([&qemu.cpu]));
        let record = of_profile("aarch64-gem5-biglittle");
        assert_eq!(record.emulator(), Some(EmulatorKind::Gem5));
        assert_eq!(record.cpu_models().len(), 2);
    }

    #[test]
    fn what_another_lkmc_did_not_record_is_not_known() {
        let mut record = Record::empty("id");
        assert_eq!(
            (record.emulator(), record.command_limit(), record.kernel_release()),
            (None, None, None)
        );
        assert!(!record.is_randomised() && record.cpu_models().is_empty());
        record.profile = serde_json::json!({ "cpu": { "model": 7 }, "emulator": { "kind": "simh" }, "kernel": null });
        assert_eq!((record.emulator(), record.is_randomised()), (None, false));
        assert!(record.cpu_models().is_empty());
        record.bundle = serde_json::json!({ "kernel": { "release": "6.12.1", "source": null } });
        assert_eq!(record.kernel_release().as_deref(), Some("6.12.1"));
        assert_eq!(record.kernel_source(), None);
    }
}
