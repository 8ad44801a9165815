//! What a measurement depends on. Two that are compared, or that stand in one table, have to be of the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::study::{Mode, Study};
use crate::diag::{Error, Result};
use crate::hash::hex;
use crate::profile::Profile;
use crate::run::snapshot;
use crate::suite::files;

/// What a profile says of the simulation. Names, descriptions and limits decide nothing of what is counted.
const SIMULATED: [&str; 11] = [
    "arch", "toolbox", "kernel", "rootfs", "emulator", "cpu", "memory", "cache", "little", "network", "shares",
];

/// The settings of a resolved profile, without the places where they were written.
pub fn settings(profile: &Value) -> Value {
    let parts = SIMULATED.map(|part| (part.to_owned(), placeless(&profile[part])));
    Value::Object(parts.into_iter().collect())
}

fn placeless(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "origin");
            Value::Object(members.map(|(name, value)| (name.clone(), placeless(value))).collect())
        }
        Value::Array(elements) => elements.iter().map(placeless).collect(),
        other => other.clone(),
    }
}

/// Names of what a study is about beside its own words, each with a hash.
pub fn of_study(study: &Study, profile: &Profile) -> Result<BTreeMap<String, String>> {
    // Plain data that serde_json can always represent.
    let profile_json = serde_json::to_value(profile).unwrap_or_default();
    let mut sources = Vec::new();
    if study.mode != Mode::FullSystem {
        sources.extend(study.command.first().map(PathBuf::from));
    }
    for demo in files::asked_for(&study.demos)? {
        sources.extend(demo.sources);
    }
    let simulator = match (&profile.emulator.build, &profile.emulator.binary) {
        (Some(build), _) => build.source.clone(),
        (None, Some(binary)) => binary.clone(),
        (None, None) => std::env::var_os("LKMC_GEM5").unwrap_or_default().into(),
    };
    Ok(BTreeMap::from([
        (
            "the profile".into(),
            hash([settings(&profile_json).to_string().as_bytes()]),
        ),
        ("the programs".into(), of_files(&sources)?),
        ("gem5".into(), snapshot::identity(&simulator, &Path::to_owned)),
    ]))
}

fn of_files(files: &[PathBuf]) -> Result<String> {
    let read = |file: &PathBuf| std::fs::read(file).map_err(|error| Error::io("cannot read", file, error));
    let texts = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(hash(texts.iter().map(Vec::as_slice)))
}

/// Of several texts, whose ends count.
fn hash<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_setting_counts_and_its_place_does_not() {
        let profile = |line: u32, value: &str, count: u32| {
            let request = json!({ "value": value, "origin": { "file": "a", "line": line } });
            json!({ "name": line, "kernel": { "config": { "HZ": request } }, "little": { "cpu": { "count": count } } })
        };
        let first = settings(&profile(1, "250", 2));
        assert_eq!(first, settings(&profile(2, "250", 2)));
        assert_ne!(first, settings(&profile(1, "1000", 2)));
        assert_ne!(
            first,
            settings(&profile(1, "250", 1)),
            "the little cluster is simulated too"
        );
    }

    #[test]
    fn demos_are_meant_by_a_part_of_their_path() {
        let profile = crate::profile::load("aarch64-gem5-hpi").expect("it is shipped");
        let of = |demos: &[&str]| {
            let study = Study {
                profile: profile.name.clone(),
                axes: Vec::new(),
                mode: Mode::FullSystem,
                repeat: 1,
                command: vec!["true".into()],
                demos: demos.iter().map(|demo| demo.to_string()).collect(),
                stats: Vec::new(),
                inputs: BTreeMap::new(),
            };
            of_study(&study, &profile).map(|inputs| inputs["the programs"].clone())
        };
        let one = of(&["measure/busy_loop.c"]).expect("there is such a demo");
        assert_eq!(of(&["userland/measure/busy_loop.c"]).ok(), Some(one.clone()));
        assert_ne!(of(&["measure/memory_walk.c"]).ok(), Some(one));
        assert!(of(&["measure/no_such.c"]).is_err());
    }

    #[test]
    fn the_ends_of_texts_count() {
        let of = |texts: &[&str]| hash(texts.iter().map(|text| text.as_bytes()));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
}
