//! Named snapshots of guests that stay, as the beginning of other runs: an image with the state, and a note of what it is of, both in
//! the directory of the guest's run for as long as that lasts.
//!
//! QEMU holds the image open in which it has saved a state. What the state consists of does not change there any more, so that
//! whoever begins with it takes a copy of the file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diag::{Error, Result};
use crate::kept;
use crate::profile::Profile;
use crate::run_directory::files::NAMED;
use crate::run_directory::lookup::{self, Has};
use crate::run_directory::run_json::Named;
use crate::run_directory::{self, id};
use crate::snapshots::Key;
use crate::suggest;
use crate::units::ByteSize;

/// A snapshot by which a run can begin, or not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beginning {
    pub named: Named,
    pub state: Saved,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Saved {
    Image(Image),
    /// Why no other machine is known to be the same.
    OfItsOwn(String),
}

/// A state that another machine can take over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Image {
    pub file: PathBuf,
    /// What the state is called in it.
    pub tag: String,
    pub key: Key,
    /// The machine came out of a snapshot at the prompt itself, and its memory is called as it is there.
    pub restored: bool,
}

/// Which machines can take over a state of this one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Alike {
    /// Those with this key.
    Key(Key),
    /// It is not known of any, for this reason.
    None(String),
}

/// The image of a guest's snapshot with this number.
pub fn image(run: &Path, number: u32) -> PathBuf {
    run.join(NAMED).join(format!("{number}.qcow2"))
}

fn note(run: &Path, number: u32) -> PathBuf {
    run.join(NAMED).join(format!("{number}.json"))
}

/// Written when the image is whole.
pub fn keep(run: &Path, number: u32, beginning: &Beginning) -> std::io::Result<()> {
    kept::remember(&note(run, number), beginning)
}

/// Nobody begins with it any more.
pub fn forget(run: &Path, number: u32) {
    for file in [note(run, number), image(run, number)] {
        let _ = std::fs::remove_file(file);
    }
}

/// The same of all of a run.
pub fn forget_all(run: &Path) {
    let _ = std::fs::remove_dir_all(run.join(NAMED));
}

/// Those of guests that are there, newest guest first.
pub fn all(runs: &Path) -> Vec<Beginning> {
    let runs = lookup::list(runs).into_iter().rev();
    runs.filter(|run| run_directory::is_alive(run))
        .flat_map(|run| of(&run))
        .collect()
}

fn of(run: &Path) -> Vec<Beginning> {
    let files = std::fs::read_dir(run.join(NAMED)).into_iter().flatten().flatten();
    let notes = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"));
    let mut all: Vec<Beginning> = notes.filter_map(|path| kept::recall(&path)).collect();
    all.sort_by(|one, other| one.named.taken.cmp(&other.named.taken));
    all
}

/// `SNAPSHOT` of any guest that is there, or `RUN:SNAPSHOT`.
pub fn find(runs: &Path, wanted: &str) -> Result<Beginning> {
    let (known, name) = match wanted.split_once(':') {
        Some((run, name)) => {
            let run = lookup::find(runs, run, Has::Anything)?;
            if !run_directory::is_alive(&run) {
                let message = format!("run {} has ended, and its snapshots with it", id::of(&run));
                let help = "`lkmc profile run NAME --detach` starts a guest that stays, `lkmc vm list` has those that there are";
                return Err(Error::usage("lkmc::run::from_ended", message).help(help));
            }
            (of(&run), name)
        }
        None => (all(runs), wanted),
    };
    let mut found: Vec<Beginning> = known.iter().filter(|it| it.named.snapshot == name).cloned().collect();
    match found.len() {
        0 => Err(unknown(name, &known)),
        1 => Ok(found.remove(0)),
        _ => {
            let names: Vec<String> = found.iter().map(|it| it.named.to_string()).collect();
            Err(Error::usage(
                "lkmc::run::from_ambiguous",
                format!("several guests have a snapshot called `{name}`"),
            )
            .help(format!("one of {}", names.join(", "))))
        }
    }
}

fn unknown(name: &str, known: &[Beginning]) -> Error {
    let names: Vec<&str> = known.iter().map(|it| it.named.snapshot.as_str()).collect();
    let names = suggest::unique(names);
    let help = match names.is_empty() {
        true => "a guest that stays has snapshots: `lkmc profile run NAME --detach`, `lkmc vm snapshot last NAME`"
            .to_owned(),
        false => suggest::choice(name, &names),
    };
    Error::usage(
        "lkmc::run::from_unknown",
        format!("no guest that is there has a snapshot called `{name}`"),
    )
    .help(help)
}

impl Beginning {
    /// What other machines need, if they can begin with it.
    pub fn image(&self) -> Result<&Image> {
        match &self.state {
            Saved::Image(image) => Ok(image),
            Saved::OfItsOwn(why) => {
                let message = format!("only its own guest can go back to {}: {why}", self.named);
                let run = &self.named.run;
                Err(Error::usage("lkmc::run::from_own", message).help(format!(
                    "`lkmc vm restore {run} {}` takes it there",
                    self.named.snapshot
                )))
            }
        }
    }

    /// Refuses a machine that is not the snapshot's, as far as that is known before anything is built.
    pub fn refuse_another(&self, runs: &Path, profile: &Profile) -> Result<()> {
        self.image()?;
        let Some(record) = run_directory::read_record(&runs.join(&self.named.run)) else {
            return Ok(());
        };
        let wanted = serde_json::to_value(profile).unwrap_or_default();
        let mut differing = Vec::new();
        differences("", &record.profile, &wanted, &mut differing);
        // Of another architecture everything is different.
        if let Some(arch) = differing.iter().position(|it| it.starts_with("arch ")) {
            differing.drain(arch + 1..);
        }
        self.refuse(&differing)
    }

    /// Refuses a machine that differs in this.
    pub fn refuse(&self, differing: &[String]) -> Result<()> {
        const NAMED: usize = 4;
        if differing.is_empty() {
            return Ok(());
        }
        let mut named = differing[..differing.len().min(NAMED)].join("; ");
        if differing.len() > NAMED {
            named += &format!("; and {} more", differing.len() - NAMED);
        }
        let message = format!("{} is of another machine, which differs in: {named}", self.named);
        Err(Error::usage("lkmc::run::from_differs", message)
            .help("a run that begins with a snapshot takes the same profile and options as the snapshot's guest did"))
    }
}

/// What of a profile is not the machine's.
const NOT_OF_THE_MACHINE: [&str; 6] = ["name", "description", "path", "limits", "console", "network.forwards"];

/// Keys of resolved profiles that have different values.
fn differences(key: &str, there: &Value, here: &Value, found: &mut Vec<String>) {
    let of_the_host = key.starts_with("shares.") && key.ends_with(".host");
    if NOT_OF_THE_MACHINE.contains(&key) || of_the_host || key.ends_with(".origin") || there == here {
        return;
    }
    let inner = |value: &Value| -> Option<Vec<String>> {
        match value {
            Value::Object(table) => Some(table.keys().cloned().collect()),
            Value::Array(elements) => Some((0..elements.len()).map(|index| index.to_string()).collect()),
            _ => None,
        }
    };
    let get = |value: &Value, key: &str| match value {
        Value::Array(elements) => key.parse().ok().and_then(|index: usize| elements.get(index).cloned()),
        value => value.get(key).cloned(),
    };
    match (inner(there), inner(here)) {
        (Some(mut keys), Some(more)) => {
            keys.extend(more);
            keys.sort();
            keys.dedup();
            for name in keys {
                let inner = if key.is_empty() {
                    name.clone()
                } else {
                    format!("{key}.{name}")
                };
                let value = |value| get(value, &name).unwrap_or_default();
                differences(&inner, &value(there), &value(here), found);
            }
        }
        _ => found.push(format!(
            "{} (there {}, here {})",
            called(key),
            shown(key, there),
            shown(key, here)
        )),
    }
}

/// As a profile or a sentence has it.
fn called(key: &str) -> String {
    let share = key.strip_prefix("shares.").and_then(|rest| rest.parse::<usize>().ok());
    share.map_or_else(|| key.replace('_', "-"), |index| format!("share {}", index + 1))
}

fn shown(key: &str, value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Number(bytes) if key.ends_with(".size") => ByteSize(bytes.as_u64().unwrap_or_default()).to_string(),
        Value::String(text) => format!("`{text}`"),
        Value::Object(_) | Value::Array(_) => "one".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn keys_of_the_machine_that_differ_are_named() {
        let there = json!({ "name": "a", "memory": { "size": 268435456 }, "limits": { "boot": 1 }, "shares": [],
            "kernel": { "config": { "A": { "value": "y", "origin": { "line": 1 } } } }, "network": { "forwards": [1] } });
        let mut here = there.clone();
        here["name"] = "b".into();
        here["limits"]["boot"] = 2.into();
        here["network"]["forwards"] = json!([]);
        here["kernel"]["config"]["A"]["origin"]["line"] = 2.into();
        let differing = |here: &Value| {
            let mut found = Vec::new();
            differences("", &there, here, &mut found);
            found
        };
        assert_eq!(differing(&here), Vec::<String>::new());
        here["memory"]["size"] = 536870912.into();
        here["shares"] = json!([{ "host": "/", "guest": "/mnt" }]);
        here["kernel"]["config"] = json!({});
        assert_eq!(
            differing(&here),
            [
                "kernel.config.A (there one, here none)",
                "memory.size (there 256MiB, here 512MiB)",
                "share 1 (there none, here one)"
            ]
        );
    }

    #[test]
    fn a_name_that_is_not_there_is_near_one_that_is() {
        let beginning = Beginning {
            named: Named {
                run: "20261130-181701-rwxn".into(),
                snapshot: "before-crash".into(),
                taken: "2026-11-30T18:17:03.274Z".into(),
            },
            state: Saved::Image(Image {
                file: "1.qcow2".into(),
                tag: "state-1".into(),
                key: Key {
                    profile: "a".into(),
                    inputs: BTreeMap::new(),
                },
                restored: true,
            }),
        };
        let error = unknown("before-crahs", std::slice::from_ref(&beginning));
        let help = error.diagnostics[0].help.clone().unwrap_or_default();
        assert!(help.starts_with("did you mean `before-crash`?"), "{help}");
        let error = beginning.refuse(&["memory.size".into()]).expect_err("it differs");
        assert_eq!((error.code(), error.exit.status()), ("lkmc::run::from_differs", 2));
        let own = Beginning {
            state: Saved::OfItsOwn("--qemu-arg was given".into()),
            ..beginning
        };
        assert_eq!(own.image().map(drop).unwrap_err().code(), "lkmc::run::from_own");
    }
}
