//! rr: an emulator that is recorded, to be replayed instruction by instruction, also backwards. Whether that can be done here.
//!
//! rr counts branches with the processor's performance counters, which many virtual machines do not have. A variant of it, rr.soft,
//! makes the program count them itself where it is told to.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::host::child;
use crate::scratch::Scratch;

pub mod replay;

/// The recording, in the run directory.
pub const TRACE: &str = "rr";
/// What the kernel lets an ordinary user measure: more than this, and nothing of its own processes.
const PARANOID: &str = "/proc/sys/kernel/perf_event_paranoid";
const ALLOWED: i32 = 1;
/// A small program is recorded in a fraction of a second.
const LIMIT: Duration = Duration::from_secs(20);

/// Why rr cannot record, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    pub why: String,
    pub remedy: String,
}

/// What counts the branches of a recorded program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counters {
    /// The processor.
    Hardware,
    /// The program, changed on the way by rr.soft.
    Software,
}

impl Counters {
    pub fn name(self) -> &'static str {
        match self {
            Counters::Hardware => "the processor's counters",
            Counters::Software => "counters in software",
        }
    }

    /// For `rr record` and `rr replay` alike.
    fn options(self) -> &'static [&'static str] {
        match self {
            Counters::Hardware => &[],
            Counters::Software => &["-W"],
        }
    }
}

/// rr as it can record here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Recorder {
    pub program: PathBuf,
    pub counters: Counters,
}

impl Recorder {
    /// The program, what it shall do, and how it counts.
    fn start_of(&self, what: &str) -> CommandLine {
        let mut line = CommandLine::of_binary(&self.program);
        line.groups[0].push(what.into());
        line.groups[0].extend(self.counters.options().iter().map(Into::into));
        line
    }
}

/// The program, after it has recorded a small one; or what is in its way.
pub fn find() -> std::result::Result<Recorder, Obstacle> {
    let program = on_path().ok_or_else(|| Obstacle {
        why: "rr is not installed".into(),
        remedy: "`sudo apt-get install rr`, or <https://rr-project.org>".into(),
    })?;
    let recorder = |counters| Recorder {
        program: program.clone(),
        counters,
    };
    let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let root = rustix::process::geteuid().is_root();
    let hardware = recorder(Counters::Hardware);
    match obstacle(root, &text(PARANOID), &counters()).and_then(|()| record_something(&hardware)) {
        Ok(()) => Ok(hardware),
        Err(obstacle) => {
            let software = recorder(Counters::Software);
            record_something(&software).map(|()| software).map_err(|_| obstacle)
        }
    }
}

/// Refuses before anything is built.
pub fn require() -> Result<Recorder> {
    find().map_err(|obstacle| {
        let message = format!("rr cannot record the emulator here: {}", obstacle.why);
        Error::usage("lkmc::emulator::rr", message).help(obstacle.remedy)
    })
}

/// From what this machine says of itself.
fn obstacle(root: bool, paranoid: &str, counters: &[String]) -> std::result::Result<(), Obstacle> {
    // `cpu`, or on hybrid processors `cpu_core`; `armv8_pmuv3_0` on Arm.
    let counts = |name: &String| name == "cpu" || name.starts_with("cpu_") || name.starts_with("armv8_");
    if !counters.iter().any(counts) {
        return Err(Obstacle {
            why: "this machine has no performance counters: it is virtual, and its host keeps them".into(),
            remedy: "record on a machine of your own, where the hypervisor passes the PMU on, or with rr.soft \
                     <https://github.com/sidkshatriya/rr.soft>; `lkmc profile run --record` records the guest, and needs none"
                .into(),
        });
    }
    match paranoid.trim().parse::<i32>() {
        Ok(level) if level > ALLOWED && !root => Err(Obstacle {
            why: format!("perf_event_paranoid is {level}: the kernel keeps the performance counters for root"),
            remedy: format!("`sudo sysctl kernel.perf_event_paranoid={ALLOWED}`"),
        }),
        _ => Ok(()),
    }
}

/// Names of what can be counted with.
fn counters() -> Vec<String> {
    let listed = std::fs::read_dir("/sys/bus/event_source/devices");
    let names = listed.into_iter().flatten().flatten();
    names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join("rr"))
        .find(|program| rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok() && program.is_file())
}

/// rr knows best which processors it can use.
fn record_something(recorder: &Recorder) -> std::result::Result<(), Obstacle> {
    let failed = |why: String| Obstacle {
        why,
        remedy: "`rr record true` says more".into(),
    };
    let directory = Scratch::create("rr").map_err(|error| failed(error.to_string()))?;
    let record = || -> std::io::Result<Option<String>> {
        let mut command = recorder.start_of("record").to_command();
        command.arg("-o").arg(directory.path().join(TRACE)).arg("true");
        let Some(output) = child::output_within(command, LIMIT)? else {
            return Ok(Some("nothing, for a long time".into()));
        };
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().find(|line| !line.trim().is_empty());
        Ok((!output.status.success()).then(|| first.unwrap_or("nothing").trim().to_owned()))
    };
    match record() {
        Ok(None) => Ok(()),
        Ok(Some(said)) => Err(failed(format!("rr says: {said}"))),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// A command that is recorded, in the directory that it is started in.
pub fn around(recorder: &Recorder, line: &CommandLine) -> CommandLine {
    let mut recorded = recorder.start_of("record");
    recorded.groups.push(vec!["-o".into(), TRACE.into()]);
    recorded.groups.extend(line.groups.iter().cloned());
    recorded.env.clone_from(&line.env);
    recorded
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_in_rrs_way_is_told_apart() {
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let virtual_machine = names(&["breakpoint", "msr", "power", "software", "tracepoint"]);
        let own = names(&["cpu", "software"]);
        let why = |result: std::result::Result<(), Obstacle>| result.unwrap_err().why;
        assert!(why(obstacle(true, "-1\n", &virtual_machine)).contains("no performance counters"));
        assert!(why(obstacle(false, "2\n", &own)).contains("perf_event_paranoid is 2"));
        assert_eq!(obstacle(false, "1\n", &own), Ok(()));
        assert_eq!(obstacle(true, "2\n", &own), Ok(()));
        assert_eq!(obstacle(false, "", &names(&["armv8_pmuv3_0"])), Ok(()));
    }

    #[test]
    fn the_recorder_comes_first() {
        let line = |counters| {
            let program = "/usr/bin/rr".into();
            let recorder = Recorder { program, counters };
            around(&recorder, &CommandLine::of_binary(Path::new("/q"))).to_shell()
        };
        assert_eq!(line(Counters::Hardware), "/usr/bin/rr record \\\n    -o rr \\\n    /q");
        assert_eq!(
            line(Counters::Software),
            "/usr/bin/rr record -W \\\n    -o rr \\\n    /q"
        );
    }
}
