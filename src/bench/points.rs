//! The points of a study: every combination of the axes' values, each as a profile of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::gem5::about;
use crate::profile::{self, Library, Profile, Setting};
use crate::source::Source;

use super::study::{self, Directory, Study};

/// One machine of a study.
#[derive(Clone, Debug)]
pub struct Point {
    /// From 0, the last axis changing fastest.
    pub index: usize,
    /// What the axes are set to.
    pub settings: BTreeMap<String, String>,
    /// The profile that says so.
    pub file: PathBuf,
}

/// All combinations, in order.
fn combinations(study: &Study) -> Vec<BTreeMap<String, String>> {
    study.axes.iter().fold(vec![BTreeMap::new()], |points, axis| {
        points
            .iter()
            .flat_map(|point| {
                axis.values.iter().map(|value| {
                    let mut point = point.clone();
                    point.insert(axis.key.clone(), value.clone());
                    point
                })
            })
            .collect()
    })
}

/// Refuses what cannot be measured.
pub fn check_profile(profile: &Profile) -> Result<()> {
    if profile.emulator.gem5().is_some() {
        return Ok(());
    }
    let message = format!(
        "profile `{}` runs on {}, which counts no cycles",
        profile.name,
        profile.emulator.kind().title()
    );
    Err(Error::usage("lkmc::bench::not_gem5", message).help("use a gem5 profile, for example aarch64-gem5-hpi"))
}

/// Writes the profiles and checks each, before anything runs.
pub fn prepare(directory: &Directory, study: &Study) -> Result<Vec<Point>> {
    let library = Library::installed()?;
    let (base, set) = (library.load(&study.profile)?, settings(study)?);
    check_keys(study)?;
    check_number(study)?;
    let folder = directory.file("points");
    std::fs::create_dir_all(&folder).map_err(|error| Error::io("cannot create", &folder, error))?;
    let mut points = Vec::new();
    for (index, settings) in combinations(study).into_iter().enumerate() {
        let file = folder.join(format!("{index:04}.toml"));
        // Before a file is written that says the same: it is the option that is wrong, and not that file.
        library.apply_values(base.clone(), &options(&set, &settings))?;
        let text = text(&base, &set, &settings, &file)?;
        write(&file, &text)?;
        profile::load(&file.to_string_lossy())?;
        points.push(Point { index, settings, file });
    }
    Ok(points)
}

/// Refuses points whose machine their gem5 cannot build: each may name other parts.
pub fn check(points: &[Point]) -> Result<()> {
    points
        .iter()
        .try_for_each(|point| about::check(&profile::load(&point.file.to_string_lossy())?))
}

/// What all points have.
fn settings(study: &Study) -> Result<Vec<Setting>> {
    let parse = |text: &String| {
        text.parse()
            .map_err(|why: String| Error::usage("lkmc::bench::set", why))
    };
    study.set.iter().map(parse).collect()
}

/// The options that make a point, as they could have been typed for it alone.
fn options(set: &[Setting], settings: &BTreeMap<String, String>) -> Vec<(String, Vec<Setting>)> {
    let set = set
        .iter()
        .map(|setting| (format!("--set {setting}"), vec![setting.clone()]));
    let over = settings.iter().map(|(axis, value)| {
        let setting = |key: &str| Setting {
            key: key.to_owned(),
            value: value.clone(),
        };
        (
            format!("--over {axis}={value}"),
            study::keys(axis).map(setting).collect(),
        )
    });
    set.chain(over).collect()
}

/// Each point is a file, and a run of a minute or more.
fn check_number(study: &Study) -> Result<()> {
    let sizes = study.axes.iter().map(|axis| axis.values.len() as u64);
    match sizes.fold(1, u64::saturating_mul) {
        number if number > study::MOST_POINTS => {
            let message = format!("the study has more than {} points", study::MOST_POINTS);
            Err(Error::usage("lkmc::bench::too_many", message).help("fewer values, or several studies"))
        }
        _ => Ok(()),
    }
}

/// Of two axes that set the same key one would be for nothing.
fn check_keys(study: &Study) -> Result<()> {
    let mut known = BTreeSet::new();
    for key in study.axes.iter().flat_map(|axis| study::keys(&axis.key)) {
        if !known.insert(key) {
            return Err(
                Error::usage("lkmc::bench::twice", format!("`{key}` is set by --over more than once"))
                    .help("write all of its values in one --over, separated by commas"),
            );
        }
    }
    Ok(())
}

/// A profile that extends the study's and says no more than what is different.
fn text(base: &Profile, set: &[Setting], settings: &BTreeMap<String, String>, file: &Path) -> Result<String> {
    // A point lies elsewhere than whoever named the profile. JSON's strings are TOML's.
    let path = std::path::absolute(&base.path).map_err(|error| Error::io("cannot find", &base.path, error))?;
    let parent = serde_json::Value::from(path.to_string_lossy()).to_string();
    let mut text = format!("extends = [{parent}]\narch = \"{}\"\n", base.arch);
    for setting in options(set, settings).into_iter().flat_map(|(_, settings)| settings) {
        let source = Source::new(file.to_string_lossy(), text);
        text = profile::edit::set(&source, &setting.key, &setting.value)?;
    }
    Ok(text)
}

fn write(file: &Path, text: &str) -> Result<()> {
    // A point that is the same keeps its file: somebody may be running it.
    if std::fs::read_to_string(file).is_ok_and(|before| before == text) {
        return Ok(());
    }
    std::fs::write(file, text).map_err(|error| Error::io("cannot write", file, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Cache, Emulator};

    fn cache(point: &Point) -> Cache {
        match profile::load(&point.file.to_string_lossy()).unwrap().emulator {
            Emulator::Gem5(gem5) => gem5.cluster.cache,
            Emulator::Qemu(_) => panic!("QEMU is not measured"),
        }
    }

    #[test]
    fn the_last_axis_changes_fastest() {
        let study = Study {
            profile: "aarch64-gem5-hpi".into(),
            set: Vec::new(),
            axes: vec![
                "cpu.count=1..2".parse().unwrap(),
                "cache.l2.size=1MiB,2MiB".parse().unwrap(),
            ],
            mode: Default::default(),
            repeat: 1,
            command: Vec::new(),
            demos: Vec::new(),
            push: Vec::new(),
            stats: Vec::new(),
            dump: 1,
            inputs: BTreeMap::new(),
        };
        let values: Vec<Vec<String>> = combinations(&study)
            .into_iter()
            .map(|point| point.into_values().collect())
            .collect();
        assert_eq!(values, [["1MiB", "1"], ["2MiB", "1"], ["1MiB", "2"], ["2MiB", "2"]]);
    }

    #[test]
    fn without_axes_there_is_one_point() {
        let study = Study {
            profile: "aarch64-gem5-hpi".into(),
            set: Vec::new(),
            axes: Vec::new(),
            mode: Default::default(),
            repeat: 3,
            command: Vec::new(),
            demos: Vec::new(),
            push: Vec::new(),
            stats: Vec::new(),
            dump: 1,
            inputs: BTreeMap::new(),
        };
        assert_eq!(combinations(&study), [BTreeMap::new()]);
    }

    #[test]
    fn each_point_is_a_checked_profile() {
        let parent = tempfile::tempdir().unwrap();
        let mut study = Study {
            profile: "aarch64-gem5-hpi".into(),
            set: Vec::new(),
            axes: vec!["cache.l2.size=512KiB,2MiB".parse().unwrap()],
            mode: Default::default(),
            repeat: 1,
            command: vec!["true".into()],
            demos: Vec::new(),
            push: Vec::new(),
            stats: Vec::new(),
            dump: 1,
            inputs: BTreeMap::new(),
        };
        let directory = Directory::open(parent.path(), "good", &study).unwrap();
        let points = prepare(&directory, &study).unwrap();
        let sizes: Vec<u64> = points.iter().map(|point| cache(point).l2.unwrap().size.0).collect();
        assert_eq!(sizes, [512 << 10, 2 << 20]);
        study.axes = vec!["cache.l1i.size+cache.l2.size=64KiB,1MiB".parse().unwrap()];
        let directory = Directory::open(parent.path(), "tied", &study).unwrap();
        let points = prepare(&directory, &study).unwrap();
        let sizes = |point: &Point| {
            let cache = cache(point);
            [cache.l1i.unwrap().size.0, cache.l2.unwrap().size.0]
        };
        assert_eq!([sizes(&points[0]), sizes(&points[1])], [[64 << 10; 2], [1 << 20; 2]]);
        study.axes = vec![
            "cache.l1i.size+cache.l2.size=1MiB".parse().unwrap(),
            "cache.l2.size=1MiB".parse().unwrap(),
        ];
        let directory = Directory::open(parent.path(), "twice", &study).unwrap();
        assert!(prepare(&directory, &study).is_err(), "the same key twice");
        study.axes = vec!["cache.l2.size=3MiB".parse().unwrap()];
        let directory = Directory::open(parent.path(), "bad", &study).unwrap();
        assert!(prepare(&directory, &study).is_err(), "no power of two");
    }

    #[test]
    fn what_is_set_is_set_at_all_points_and_a_mistake_is_that_of_the_option() {
        let parent = tempfile::tempdir().unwrap();
        let study = |set: &[&str], axes: &[&str]| Study {
            profile: "aarch64-gem5-hpi".into(),
            set: set.iter().map(|text| text.to_string()).collect(),
            axes: axes.iter().map(|text| text.parse().unwrap()).collect(),
            ..Study::of_nothing()
        };
        let prepared = |name: &str, study: &Study| {
            let directory = Directory::open(parent.path(), name, study).unwrap();
            prepare(&directory, study).map_err(|error| crate::diag::to_plain_text(&error))
        };
        let good = study(&["cache.l1d.size=64KiB"], &["cache.l2.size=512KiB,2MiB"]);
        let points = prepared("good", &good).unwrap();
        assert_eq!(cache(&points[1]).l1d.unwrap().size.0, 64 << 10);
        for (name, study, parts) in [
            (
                "key",
                study(&[], &["cpu.clok=1GHz,2GHz"]),
                ["--over cpu.clok=1GHz", "[command line:1:1]"],
            ),
            (
                "table",
                study(&[], &["cache.l2=1MiB"]),
                ["`cache.l2` cannot be set: it is a table", "cache.l2."],
            ),
            (
                "set",
                study(&["cache.l1d.size=3KiB"], &[]),
                ["--set cache.l1d.size=3KiB", "[command line:1:1]"],
            ),
            (
                "many",
                study(&[], &["memory.size=1..5000", "cpu.count=1..5000"]),
                ["lkmc::bench::too_many", "10000"],
            ),
        ] {
            let text = prepared(name, &study).unwrap_err();
            for part in parts {
                assert!(text.contains(part), "no {part} in:\n{text}");
            }
        }
    }
}
