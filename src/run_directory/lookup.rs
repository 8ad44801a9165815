//! Which run is meant.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;

use crate::diag::{Error, Result};
use crate::emulator::gem5;
use crate::profile::Library;
use crate::rr;

use super::files::{self, LOCK, RECORD};
use super::id;
use super::run_json::Record;
use super::{is_alive, read_record};

/// How many runs a message names.
const NAMED: usize = 8;

/// What is wanted of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// Any run will do.
    Anything,
    /// gem5's results.
    Simulation,
    /// Of gem5's debug flags, or of what QEMU executed.
    Trace,
    /// Of the guest, or of the emulator.
    Recording,
    /// Of the guest's memory.
    Dump,
}

/// What is there if a run has something, and what is said if it has not.
struct Entry {
    /// In the run directory; one of them is enough.
    files: &'static [&'static [&'static str]],
    code: &'static str,
    /// Follows `run ID`.
    lacks: &'static str,
    /// Follows `no run here`.
    none: &'static str,
    help: &'static str,
}

const SIMULATION: Entry = Entry {
    files: &[&[gem5::OUTPUT]],
    code: "lkmc::gem5::foreign_run",
    lacks: "is not a run on gem5",
    none: "was on gem5",
    help: "`lkmc profile run aarch64-gem5-hpi -- COMMAND` makes one; its id is the name of its directory in out/run",
};

const TRACE: Entry = Entry {
    files: &[&[gem5::OUTPUT, files::TRACE], &[files::TRACE]],
    code: "lkmc::trace::none",
    lacks: "has no trace",
    none: "has a trace",
    help: "record one with `--trace Exec`: `lkmc profile run x86_64-qemu --trace Exec -- COMMAND`; on gem5 with `--trace Cache` \
           or `--trace O3PipeView` too",
};

const RECORDING: Entry = Entry {
    files: &[&[files::TAPE], &[rr::TRACE]],
    code: "lkmc::replay::not_recorded",
    lacks: "was not recorded",
    none: "was recorded",
    help: "`lkmc profile run NAME --record -- COMMAND` makes a recording",
};

const DUMP: Entry = Entry {
    files: &[&[files::DUMP]],
    code: "lkmc::dump::none",
    lacks: "left no dump",
    none: "left a dump",
    help: "a run with `--on-panic dump` leaves one if its kernel gets into trouble",
};

impl Has {
    fn entry(self) -> Option<&'static Entry> {
        match self {
            Has::Anything => None,
            Has::Simulation => Some(&SIMULATION),
            Has::Trace => Some(&TRACE),
            Has::Recording => Some(&RECORDING),
            Has::Dump => Some(&DUMP),
        }
    }

    /// Whether the run in this directory has it.
    pub fn is_in(self, run: &Path) -> bool {
        let there = |path: &&[&str]| run.join(path.iter().collect::<PathBuf>()).exists();
        self.entry().is_none_or(|entry| entry.files.iter().any(there))
    }

    /// Refuses a run that has it not.
    pub fn check(self, run: &Path) -> Result<()> {
        match self.entry() {
            Some(entry) if !self.is_in(run) => Err(self.refused(entry, run)),
            _ => Ok(()),
        }
    }

    fn refused(self, entry: &Entry, run: &Path) -> Error {
        let id = id::of(run);
        let error = Error::usage(entry.code, format!("run {id} {}", entry.lacks));
        if self != Has::Dump {
            return error.help(entry.help);
        }
        if is_alive(run) {
            return Error::usage("lkmc::dump::running", format!("run {id} goes on, and has no dump"))
                .help(format!("`lkmc gdb {id}` attaches to it"));
        }
        match read_record(run).and_then(|record| record.dump?.error) {
            Some(why) => error.cause(why),
            None => error.help(entry.help),
        }
    }
}

/// All runs, oldest first: their names begin with the time, and those of one second have locks that were made when they began.
pub fn list(runs: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let mut runs: Vec<(String, SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let began = path.join(LOCK).metadata().ok()?.modified().ok()?;
            let id = id::of(&path);
            let second = id.rsplit_once('-').map_or(id.as_str(), |(second, _)| second).to_owned();
            Some((second, began, path))
        })
        .collect();
    runs.sort();
    runs.into_iter().map(|(.., path)| path).collect()
}

/// The run called `name`, which has this: its id, a unique beginning of the id or of the id's last part, or `last`. A replay stands
/// for what it replayed.
pub fn find(runs: &Path, name: &str, has: Has) -> Result<PathBuf> {
    let found = match name {
        "last" => last(runs, has)?,
        name => named(runs, name)?,
    };
    let found = match has == Has::Recording && !has.is_in(&found) {
        true => replayed(runs, &found).unwrap_or(found),
        false => found,
    };
    match has.entry() {
        // Which of those that lack it is the last one does not matter, but for a dump: why there is none is known of that one.
        Some(entry) if name == "last" && has != Has::Dump && !has.is_in(&found) => {
            Err(Error::usage(entry.code, format!("no run here {}", entry.none)).help(entry.help))
        }
        _ => has.check(&found).map(|()| found),
    }
}

/// The run whose directory this path names, if it names one.
pub fn at(path: &Path) -> Option<PathBuf> {
    path.join(RECORD).is_file().then(|| path.canonicalize().ok())?
}

/// A run to look at, to compare or to repeat.
pub struct Recorded {
    pub directory: PathBuf,
    pub record: Record,
    /// The same with what this lkmc does not know of it.
    pub document: Value,
}

/// By any of its names, or by its directory or its record, which may lie anywhere.
pub fn recorded(runs: &Path, name: &str) -> Result<Recorded> {
    let path = match Path::new(name) {
        path if path.exists() => path.to_owned(),
        _ => find(runs, name, Has::Anything)?,
    };
    let file = match path.is_dir() {
        true => path.join(RECORD),
        false => path,
    };
    let refused = |what: &str| {
        Error::usage("lkmc::run::no_record", format!("{} {what}", file.display()))
            .help("a run is named by its id, its directory, or its run.json")
    };
    let text = std::fs::read(&file).map_err(|error| refused("cannot be read").cause(error))?;
    let none = |error: serde_json::Error| refused("is no record of a run").cause(error);
    let document: Value = serde_json::from_slice(&text).map_err(none)?;
    let record = Record::deserialize(&document).map_err(none)?;
    let file = std::path::absolute(&file).map_err(|error| refused("has no place").cause(error))?;
    Ok(Recorded {
        directory: file.parent().unwrap_or(Path::new("/")).to_owned(),
        record,
        document,
    })
}

/// The run that another one has repeated.
fn replayed(runs: &Path, replay: &Path) -> Option<PathBuf> {
    Some(runs.join(read_record(replay)?.replay_of?))
}

/// The last run that has this. If none has, or any will do: the last detached guest that runs, else the last run.
fn last(runs: &Path, has: Has) -> Result<PathBuf> {
    let all = list(runs);
    let newest = |wanted: &dyn Fn(&Path) -> bool| all.iter().rev().find(|path| wanted(path));
    let detached = |path: &Path| read_record(path).is_some_and(|record| record.detached) && is_alive(path);
    let having = match has {
        Has::Anything => None,
        has => newest(&|path| has.is_in(path)),
    };
    let found = having.or_else(|| newest(&detached)).or_else(|| all.last());
    found.cloned().ok_or_else(|| none(runs))
}

fn named(runs: &Path, name: &str) -> Result<PathBuf> {
    let all = list(runs);
    let matches = |path: &&PathBuf| {
        let id = id::of(path);
        id.starts_with(name) || id.rsplit('-').next().is_some_and(|tail| tail.starts_with(name))
    };
    let found: Vec<&PathBuf> = all.iter().filter(matches).collect();
    let is_profile = || Library::installed().is_ok_and(|profiles| profiles.names().iter().any(|known| known == name));
    match found.as_slice() {
        [] if is_profile() => Err(
            Error::usage("lkmc::run::unknown", format!("no run is called `{name}`")).help(format!(
                "it is a profile: `lkmc profile run {name}` boots it, `lkmc profile debug {name}` does so under GDB"
            )),
        ),
        _ if all.is_empty() => Err(none(runs)),
        [only] => Ok((*only).clone()),
        [] => {
            Err(Error::usage("lkmc::run::unknown", format!("no run is called `{name}`"))
                .help("`lkmc run list` shows all"))
        }
        several => Err(ambiguous(name, several)),
    }
}

fn ambiguous(name: &str, runs: &[&PathBuf]) -> Error {
    let newest = runs.iter().rev().take(NAMED).map(|path| id::of(path));
    let names = newest.collect::<Vec<_>>().join(", ");
    let more = match runs.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} older ones"),
    };
    let message = format!("`{name}` could be any of these runs: {names}{more}");
    Error::usage("lkmc::run::ambiguous", message)
        .help("type more of its id, or the beginning of the id's last part, behind the second `-`")
}

fn none(runs: &Path) -> Error {
    Error::usage("lkmc::run::none", format!("there are no runs in {}", runs.display()))
        .help("start a guest with `lkmc profile run NAME --detach`")
}

#[cfg(test)]
mod tests {
    use super::super::RunDirectory;
    use super::*;

    #[test]
    fn a_run_is_found_by_any_unique_beginning() {
        let runs = tempfile::tempdir().unwrap();
        assert!(find(runs.path(), "last", Has::Anything).is_err());
        let owners: Vec<_> = (0..10).map(|_| RunDirectory::create(runs.path()).unwrap()).collect();
        let tail = owners[1].id.rsplit('-').next().unwrap();
        assert_eq!(named(runs.path(), tail).unwrap(), owners[1].path);
        assert_eq!(named(runs.path(), &owners[2].id).unwrap(), owners[2].path);
        let ambiguous = named(runs.path(), "20").unwrap_err();
        assert_eq!(ambiguous.code(), "lkmc::run::ambiguous");
        assert!(ambiguous.to_string().ends_with(", and 2 older ones"), "{ambiguous}");
        assert_eq!(named(runs.path(), "1x").unwrap_err().code(), "lkmc::run::unknown");
    }

    #[test]
    fn runs_of_one_second_are_in_the_order_in_which_they_began() {
        let runs = tempfile::tempdir().unwrap();
        let names = ["20260101-000000-zzzz", "20260101-000000-bbbb", "20260101-000001-cccc"];
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        // The last one was copied here, and has a lock that says nothing.
        for (name, began) in names.into_iter().zip([at(10), at(20), at(5)]) {
            std::fs::create_dir(runs.path().join(name)).unwrap();
            let lock = std::fs::File::create(runs.path().join(name).join(LOCK)).unwrap();
            lock.set_modified(began).unwrap();
        }
        assert_eq!(
            list(runs.path()).iter().map(|path| id::of(path)).collect::<Vec<_>>(),
            names
        );
    }

    #[test]
    fn a_record_is_read_wherever_it_lies() {
        let runs = tempfile::tempdir().unwrap();
        let owner = RunDirectory::create(runs.path()).unwrap();
        owner.write(&Record::empty(&owner.id)).unwrap();
        let copy = runs.path().join("copy.json");
        std::fs::copy(owner.file(RECORD), &copy).unwrap();
        for name in [Path::new(&owner.id), &owner.path, &owner.file(RECORD), &copy] {
            let found = recorded(runs.path(), name.to_str().unwrap()).unwrap();
            assert_eq!(found.record.id, owner.id);
        }
        std::fs::write(&copy, "{}").unwrap();
        for (name, code) in [
            (copy.to_str().unwrap(), "lkmc::run::no_record"),
            ("1x", "lkmc::run::unknown"),
        ] {
            assert_eq!(recorded(runs.path(), name).map(drop).unwrap_err().code(), code);
        }
    }

    #[test]
    fn the_last_run_is_the_last_one_that_has_what_is_wanted() {
        let runs = tempfile::tempdir().unwrap();
        let [first, second] = ["20260101-000000-bbbb", "20260102-000000-cccc"].map(|id| runs.path().join(id));
        for run in [&first, &second] {
            std::fs::create_dir(run).unwrap();
            std::fs::write(run.join(LOCK), "").unwrap();
        }
        let find = |name, has| find(runs.path(), name, has).map_err(|error| error.code());
        assert_eq!(find("last", Has::Anything), Ok(second.clone()));
        assert_eq!(find("last", Has::Dump), Err("lkmc::dump::none"));
        std::fs::write(first.join(files::DUMP), "").unwrap();
        std::fs::create_dir_all(first.join(gem5::OUTPUT)).unwrap();
        assert_eq!(find("last", Has::Dump), Ok(first.clone()));
        assert_eq!(find("last", Has::Simulation), Ok(first.clone()));
        assert_eq!(find("last", Has::Trace), Err("lkmc::trace::none"));
        assert_eq!(find("cccc", Has::Simulation), Err("lkmc::gem5::foreign_run"));
        let message = super::find(runs.path(), "last", Has::Recording)
            .unwrap_err()
            .to_string();
        assert_eq!(message, "no run here was recorded");
        assert_eq!(find("bbbb", Has::Recording), Err("lkmc::replay::not_recorded"));
    }
}
