//! What a measurement depends on. Two that are compared, or that stand in one table, have to be of the same.

use std::str::FromStr;

use serde_json::Value;

use crate::bundle::Kernel;
use crate::demo;
use crate::diag::{Error, Result};
use crate::emulator::gem5::Simulator;
use crate::gem5::inputs;
use crate::hash::{sha256, sha256_of_all};
use crate::nix::of_profile;
use crate::profile::Profile;
use crate::run::set_up::push::{self, Push};
use crate::run_directory::run_json::Inputs;
use crate::snapshots;
use crate::store_path::StoreOnDisk;
use crate::suite::files;

use super::study::{Mode, Study};

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
pub fn of_study(study: &Study, profile: &Profile) -> Result<Inputs> {
    // Plain data that serde_json can always represent.
    let profile_json = serde_json::to_value(profile).unwrap_or_default();
    let mut all = Inputs::from([
        ("the profile".into(), sha256(settings(&profile_json).to_string())),
        ("the programs".into(), of_programs(study)?),
    ]);
    let compiled = profile.emulator.build().is_some();
    if compiled || study.mode == Mode::FullSystem {
        all.insert("what the guest is built from".into(), of_build(profile)?);
    }
    if !compiled {
        let gem5 = Simulator::find(profile, None, &StoreOnDisk::AS_NAMED)?;
        all.extend(inputs::of_simulator(&gem5, &crate::paths::repository()?)?);
    }
    Ok(all)
}

fn of_programs(study: &Study) -> Result<String> {
    let mut sources = Vec::new();
    match study.command.first() {
        Some(program) if study.mode != Mode::FullSystem && demo::language::is_compiled(program) => {
            sources.extend(demo::load(program)?.sources);
        }
        Some(program) if study.mode != Mode::FullSystem => sources.push(program.into()),
        _ => {}
    }
    for demo in files::asked_for(&study.demos)? {
        sources.extend(demo.sources);
    }
    let sources = inputs::of_files(&sources)?;
    if study.push.is_empty() {
        return Ok(sources);
    }
    let parse = |file: &String| Push::from_str(file).map_err(|why| Error::usage("lkmc::run::push", why));
    let pushed = study.push.iter().map(parse).collect::<Result<Vec<Push>>>()?;
    Ok(sha256_of_all([sources.into_bytes(), push::pack(&pushed)?]))
}

/// What it is built from says what is built, and nothing has to be evaluated for that. A kernel that its owner has made is none of
/// Nix's.
fn of_build(profile: &Profile) -> Result<String> {
    let sources = of_profile::sources(profile)?;
    Ok(match Kernel::of_profile(profile)? {
        Some(kernel) => format!(
            "{sources} {}",
            snapshots::identity(&kernel.vmlinux, &StoreOnDisk::AS_NAMED)
        ),
        None => sources,
    })
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

    fn study(demos: &[&str], push: &[&str]) -> Study {
        Study {
            profile: "aarch64-gem5-hpi".into(),
            set: Vec::new(),
            axes: Vec::new(),
            mode: Mode::FullSystem,
            repeat: 1,
            command: vec!["true".into()],
            demos: demos.iter().map(|demo| demo.to_string()).collect(),
            push: push.iter().map(|file| file.to_string()).collect(),
            stats: Vec::new(),
            dump: 1,
            inputs: Inputs::new(),
        }
    }

    #[test]
    fn of_what_is_pushed_links_and_names_count_too() {
        let host = tempfile::tempdir().unwrap();
        let (data, link) = (host.path().join("data"), host.path().join("data/link"));
        std::fs::create_dir(&data).unwrap();
        for name in ["a", "b"] {
            std::fs::write(data.join(name), name).unwrap();
        }
        let of = || of_programs(&study(&[], &[data.to_str().unwrap()])).unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        let before = of();
        assert_eq!(of(), before);
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink("b", &link).unwrap();
        let elsewhere = of();
        assert_ne!(elsewhere, before);
        std::fs::rename(data.join("b"), data.join("c")).unwrap();
        assert_ne!(of(), elsewhere);
    }

    #[test]
    fn demos_are_meant_by_a_part_of_their_path() {
        let of = |demos: &[&str]| of_programs(&study(demos, &[]));
        let one = of(&["measure/busy_loop.c"]).expect("there is such a demo");
        assert_eq!(of(&["userland/measure/busy_loop.c"]).ok(), Some(one.clone()));
        assert_ne!(of(&["measure/memory_walk.c"]).ok(), Some(one));
        assert!(of(&["measure/no_such.c"]).is_err());
    }
}
