//! What is measured: written down before the first run, so that a study can go on after it was interrupted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::diag::{Error, Result};
use crate::gem5::inputs;
use crate::lock::Lock;

/// A study's description, in its directory.
const FILE: &str = "study.json";
/// Held by whoever adds results.
const LOCK: &str = "lock";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Study {
    /// As it was named: a shipped profile or a file.
    pub profile: String,
    /// Keys of it that have another value at all points, as `--set` takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    pub axes: Vec<Axis>,
    #[serde(default)]
    pub mode: Mode,
    /// How often each point is run.
    pub repeat: u32,
    pub command: Vec<String>,
    /// Demos that the guest gets.
    pub demos: Vec<String>,
    /// Files of the host that it gets, as `--push` takes them from any directory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub push: Vec<String>,
    /// Regular expressions of the statistics that are kept beside ticks, cycles and instructions.
    pub stats: Vec<String>,
    /// Which dump of a run is measured, counted from 1.
    #[serde(default = "first")]
    pub dump: usize,
    /// What all that was when the study began (`inputs.rs`).
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
}

fn first() -> usize {
    1
}

/// What is simulated, in gem5's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A guest: its kernel and its shell.
    #[default]
    FullSystem,
    /// gem5 in the kernel's place: it is a program's path on the host.
    SyscallEmulation,
    /// Nothing: the same, for the profile's board.
    BareMetal,
}

impl Study {
    /// Whether it is of the same runs. What of their statistics is kept can be read again.
    fn has_runs_of(&self, other: &Study) -> bool {
        let kept = Study {
            stats: other.stats.clone(),
            dump: other.dump,
            ..self.clone()
        };
        kept == *other
    }

    /// What else than its points tells this study from another one: what a comparison of their numbers may really be about.
    pub fn differs_in(&self, other: &Study) -> Vec<String> {
        let parts = [
            ("the profile's name", self.profile != other.profile),
            ("what is set of the profile", self.set != other.set),
            ("the command", self.command != other.command),
            ("the mode", self.mode != other.mode),
            ("the demos", self.demos != other.demos),
            ("the files that are pushed", self.push != other.push),
            ("the dump", self.dump != other.dump),
        ];
        let parts = parts.into_iter().filter_map(|(name, differs)| differs.then_some(name));
        parts
            .chain(inputs::differing(&self.inputs, &other.inputs))
            .map(str::to_owned)
            .collect()
    }
}

/// What nobody waits for is a mistake.
pub const MOST_POINTS: u64 = 10_000;

/// A key of the profile and the values that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// Several keys with `+` between them take the same value.
    pub key: String,
    pub values: Vec<String>,
}

/// The keys of the profile that an axis, by its name, sets.
pub fn keys(axis: &str) -> impl Iterator<Item = &str> {
    axis.split('+').map(str::trim)
}

impl std::str::FromStr for Axis {
    type Err = String;

    /// `cache.l2.size=256KiB,512KiB,1MiB`, `cpu.count=1..4` or `cache.l1i.size+cache.l1d.size=1KiB,32KiB`.
    fn from_str(text: &str) -> std::result::Result<Axis, String> {
        let (key, values) = text
            .split_once('=')
            .ok_or("a key, `=` and values are wanted: cache.l2.size=256KiB,512KiB")?;
        let values: Vec<String> = match range(values) {
            Some((first, last)) if first <= last && last - first >= MOST_POINTS => {
                return Err(format!("`{values}` is more than {MOST_POINTS} values"));
            }
            Some((first, last)) if first <= last => (first..=last).map(|value| value.to_string()).collect(),
            Some(_) => return Err(format!("`{values}` goes down; write the smaller number first")),
            None => values.split(',').map(|value| value.trim().to_owned()).collect(),
        };
        if keys(key).any(str::is_empty) || values.iter().any(String::is_empty) {
            return Err("a key or a value is empty".into());
        }
        if let Some(twice) = values
            .iter()
            .enumerate()
            .find(|(index, value)| values[..*index].contains(value))
        {
            return Err(format!("`{}` is named twice", twice.1));
        }
        Ok(Axis {
            key: key.trim().to_owned(),
            values,
        })
    }
}

fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once("..")?;
    Some((first.parse().ok()?, last.trim_start_matches('=').parse().ok()?))
}

/// A study's directory.
#[derive(Clone, Debug)]
pub struct Directory {
    pub path: PathBuf,
}

/// Nobody else adds results while this is there.
pub struct Alone {
    _lock: Lock,
}

impl Directory {
    /// The directory of this study: a new one, or that of an interrupted one that is the same.
    pub fn open(parent: &Path, name: &str, study: &Study) -> Result<Directory> {
        check_name(name)?;
        let directory = Directory {
            path: parent.join(name),
        };
        match directory.study() {
            Ok(before) if before.has_runs_of(study) => Ok(directory),
            Ok(before) => {
                let changed = study
                    .inputs
                    .iter()
                    .filter(|(name, hash)| before.inputs.get(*name) != Some(hash));
                let changed: Vec<&str> = changed.map(|(name, _)| name.as_str()).collect();
                let same = Study {
                    inputs: study.inputs.clone(),
                    ..before
                };
                let same = same.has_runs_of(study);
                let what = match same {
                    true => format!("holds a study that began before {} changed", changed.join(" and ")),
                    false => "holds another study".into(),
                };
                let message = format!("{} {what}", directory.path.display());
                Err(Error::usage("lkmc::bench::another", message)
                    .help("choose another --name, or remove that directory"))
            }
            Err(_) if directory.path.join(FILE).exists() => directory.study().map(|_| directory.clone()),
            Err(_) => {
                directory.write(study)?;
                Ok(directory)
            }
        }
    }

    /// An existing study by its name, or by its directory.
    pub fn find(parent: &Path, name: &str) -> Result<Directory> {
        for path in [PathBuf::from(name), parent.join(name)] {
            if path.join(FILE).is_file() {
                return Ok(Directory { path });
            }
        }
        let known = Directory::names(parent);
        let message = format!("there is no study `{name}`");
        Err(match known.is_empty() {
            true => Error::usage("lkmc::bench::unknown", format!("{message}: there are none"))
                .help("`lkmc bench run` and `lkmc bench sweep` make one"),
            false => Error::usage("lkmc::bench::unknown", message).help(format!("there are: {}", known.join(", "))),
        })
    }

    /// All studies there.
    pub fn names(parent: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let mut known: Vec<String> = entries
            .filter(|entry| entry.path().join(FILE).is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        known.sort();
        known
    }

    pub fn study(&self) -> Result<Study> {
        let file = self.path.join(FILE);
        let text = std::fs::read(&file).map_err(|error| Error::io("cannot read", &file, error))?;
        serde_json::from_slice(&text).map_err(|error| {
            Error::infrastructure("lkmc::bench::malformed", format!("{} is no study", file.display())).cause(error)
        })
    }

    /// Writes down what is kept from here on.
    pub fn keep(&self, _alone: &Alone, study: &Study) -> Result<()> {
        self.write(study)
    }

    fn write(&self, study: &Study) -> Result<()> {
        let (file, new) = (self.path.join(FILE), self.path.join(".study.json.new"));
        let text = serde_json::to_vec_pretty(study).unwrap_or_default();
        std::fs::create_dir_all(&self.path)
            .and_then(|()| std::fs::write(&new, text))
            .and_then(|()| std::fs::rename(&new, &file))
            .map_err(|error| Error::io("cannot write", &file, error))
    }

    /// The right to add results, until it is dropped. Two at once would do the same runs.
    pub fn claim(&self) -> Result<Alone> {
        let file = self.path.join(LOCK);
        let lock = Lock::try_exclusive(&file).map_err(|error| Error::io("cannot lock", &file, error))?;
        let busy = || {
            let message = format!("another lkmc works on the study in {}", self.path.display());
            Error::usage("lkmc::bench::busy", message).help("wait for it, or choose another --name")
        };
        lock.map(|lock| Alone { _lock: lock }).ok_or_else(busy)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// It becomes a directory.
fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match !name.is_empty() && !name.starts_with('.') && name.chars().all(plain) {
        true => Ok(()),
        false => Err(
            Error::usage("lkmc::bench::name", format!("`{name}` cannot name a study"))
                .help("letters, digits, `.`, `_` and `-`, not beginning with `.`"),
        ),
    }
}

#[cfg(test)]
impl Study {
    pub fn of_nothing() -> Study {
        Study {
            profile: "p".into(),
            set: Vec::new(),
            axes: Vec::new(),
            mode: Mode::default(),
            repeat: 1,
            command: Vec::new(),
            demos: Vec::new(),
            push: Vec::new(),
            stats: Vec::new(),
            dump: first(),
            inputs: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study() -> Study {
        Study {
            profile: "aarch64-gem5-hpi".into(),
            set: Vec::new(),
            axes: vec!["cache.l2.size=256KiB, 1MiB".parse().unwrap()],
            mode: Mode::FullSystem,
            repeat: 1,
            command: vec!["true".into()],
            demos: Vec::new(),
            push: Vec::new(),
            stats: Vec::new(),
            dump: 1,
            inputs: BTreeMap::from([("gem5".into(), "24.0".into())]),
        }
    }

    #[test]
    fn axes_are_lists_or_ranges() {
        let axis = |text: &str| text.parse::<Axis>();
        assert_eq!(axis("cache.l2.size=256KiB, 1MiB").unwrap().values, ["256KiB", "1MiB"]);
        assert_eq!(axis("cpu.count=2..4").unwrap().values, ["2", "3", "4"]);
        let both = axis("cache.l1i.size + cache.l1d.size=1KiB").unwrap();
        assert!(keys(&both.key).eq(["cache.l1i.size", "cache.l1d.size"]));
        for wrong in [
            "cpu.count",
            "=1",
            "cpu.count=",
            "cpu.count=1,,2",
            "cpu.count=4..1",
            "cpu.count=1..99999999999",
            "a=1,1",
            "a+=1",
            "+=1",
        ] {
            assert!(axis(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_study_goes_on_only_as_it_was() {
        let parent = tempfile::tempdir().unwrap();
        Directory::open(parent.path(), "a", &study()).unwrap();
        Directory::open(parent.path(), "a", &study()).unwrap();
        let refused = |study: Study| Directory::open(parent.path(), "a", &study).unwrap_err().to_string();
        let more = Study {
            stats: vec!["l2".into()],
            dump: 2,
            ..study()
        };
        Directory::open(parent.path(), "a", &more).unwrap();
        let repeated = Study { repeat: 2, ..study() };
        assert!(refused(repeated).ends_with("holds another study"));
        let newer = BTreeMap::from([("gem5".into(), "25.1".into())]);
        let message = refused(Study {
            inputs: newer,
            ..study()
        });
        assert!(message.ends_with("began before gem5 changed"), "{message}");
        assert!(Directory::open(parent.path(), "../a", &study()).is_err());
        assert!(
            Directory::find(parent.path(), "b")
                .unwrap_err()
                .to_string()
                .contains("no study")
        );
        let found = Directory::find(parent.path(), "a").unwrap();
        assert_eq!(found.study().unwrap(), study());
        let claimed = found.claim().unwrap();
        assert!(found.claim().is_err());
        drop(claimed);
        assert!(found.claim().is_ok());
    }
}
