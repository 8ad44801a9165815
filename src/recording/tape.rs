//! `recording.json`: the machine of a recording, and how the recording ended.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::diag::{Error, Result};
use crate::hash::sha256_of_file;
use crate::kept;
use crate::run::plan::Plan;
use crate::run_directory::files::{EVENTS, TAPE};
use crate::run_directory::id;

use super::machine::Machine;

/// Raised with any change of the format or of the machine.
const VERSION: u32 = 3;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tape {
    version: u32,
    pub machine: Machine,
    pub plan: Plan,
    /// Files that a replay needs unchanged.
    pub inputs: Vec<Input>,
    /// Absent when the run was killed.
    pub end: Option<End>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    pub path: PathBuf,
    pub sha256: String,
}

/// The state in which the recording ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct End {
    pub instructions: u64,
    /// Why the guest switched itself off. QEMU notes that a moment before it counts, so such an end has no exact count.
    pub shutdown: Option<String>,
    /// SHA-256 of the guest's memory.
    pub memory: String,
    /// What QEMU says of them.
    pub registers: String,
    /// Count when the kernel's trouble was seen on the console, shortly after it came about.
    pub trouble: Option<u64>,
    pub seconds: f64,
}

impl Tape {
    /// `inputs`: relative paths are those of files in the run directory.
    pub fn new(machine: Machine, plan: Plan, directory: &Path, inputs: &[&Path]) -> Result<Tape> {
        let input = |path: &&Path| -> Result<Input> {
            Ok(Input {
                path: path.to_path_buf(),
                sha256: digest(&directory.join(path)).map_err(|error| Error::io("cannot read", path, error))?,
            })
        };
        Ok(Tape {
            version: VERSION,
            machine,
            plan,
            inputs: inputs.iter().map(input).collect::<Result<_>>()?,
            end: None,
        })
    }

    pub fn write(&self, directory: &Path) -> Result<()> {
        let path = directory.join(TAPE);
        let text = serde_json::to_vec(self).unwrap_or_default();
        kept::write(&path, &text).map_err(|error| Error::io("cannot write", &path, error))
    }

    /// The recording of a run, which must be complete and have all that it was made with.
    pub fn read(directory: &Path) -> Result<(Tape, End)> {
        let id = id::of(directory);
        let path = directory.join(TAPE);
        let text = std::fs::read(&path).map_err(|error| Error::io("cannot read", &path, error))?;
        let tape: Tape = serde_json::from_slice(&text).map_err(|error| foreign(&id).cause(error))?;
        if tape.version != VERSION {
            return Err(foreign(&id));
        }
        let Some(end) = tape.end.clone().filter(|_| is_complete(&directory.join(EVENTS))) else {
            return Err(Error::usage(
                "lkmc::replay::cut_short",
                format!("the recording of run {id} is cut short: lkmc or QEMU was killed while it was made"),
            )
            .help("record it again"));
        };
        for input in &tape.inputs {
            unchanged(&id, input, directory)?;
        }
        Ok((tape, end))
    }
}

fn foreign(id: &str) -> Error {
    Error::usage(
        "lkmc::replay::version",
        format!("the recording of run {id} was made by another version of lkmc"),
    )
    .help("record it again")
}

/// QEMU writes the version at the beginning of its log when it ends, and only then.
fn is_complete(events: &Path) -> bool {
    let mut version = [0; 4];
    let read = File::open(events).and_then(|mut file| file.read_exact(&mut version));
    read.is_ok() && version != [0; 4]
}

/// Relative paths are those of files in the run directory.
fn unchanged(id: &str, input: &Input, directory: &Path) -> Result<()> {
    let path = directory.join(&input.path);
    let message = match digest(&path) {
        Ok(now) if now == input.sha256 => return Ok(()),
        Ok(_) => format!("run {id} was recorded with another {}", path.display()),
        Err(error) => format!(
            "run {id} was recorded with {}, which cannot be read: {error}",
            path.display()
        ),
    };
    Err(Error::usage("lkmc::replay::other_machine", message).help(
        "a replay needs the very emulator, kernel and initramfs of its recording; bring them back (`lkmc profile build` in \
         that checkout), or record again",
    ))
}

pub fn digest(path: &Path) -> std::io::Result<String> {
    sha256_of_file(path)
}
