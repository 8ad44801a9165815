//! What of the results is drawn: a measure over an axis, or the Pareto front of two objectives. [`super::paint`] draws it.

use crate::diag::{Error, Result};
use crate::units;

use super::results::Outcome;
use super::study::Study;
use super::values::Values;

/// What is drawn, independent of how.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    pub title: String,
    pub x: String,
    pub y: String,
    /// Names of the places on the x axis; without any it is a scale of numbers.
    pub places: Vec<String>,
    /// What the names of the series are values of, a line for each.
    pub keys: Vec<String>,
    /// The first one is drawn over the others.
    pub series: Vec<Series>,
    /// Lines between the points of a series, or points alone.
    pub lines: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    pub name: String,
    pub points: Vec<(f64, f64)>,
    /// What is written beside each point, or nothing.
    pub notes: Vec<String>,
}

/// A measure over one axis; each combination of the other axes is a line.
pub fn over_axis(values: &Values, key: &str, measure: &str) -> Result<Chart> {
    let (study, outcomes) = (values.study, values.outcomes);
    let axis = study.axes.iter().find(|axis| axis.key == key).ok_or_else(|| {
        let known: Vec<&str> = study.axes.iter().map(|axis| axis.key.as_str()).collect();
        Error::usage("lkmc::bench::axis", format!("the study has no axis `{key}`")).help(match known.is_empty() {
            true => "it has none: without `-x` its repetitions are drawn".to_owned(),
            false => format!("it has: {}", known.join(", ")),
        })
    })?;
    let mut series: Vec<Series> = Vec::new();
    for (outcome, numbers) in values.of_points(&[measure])? {
        let others = outcome.settings.iter().filter(|(other, _)| *other != key);
        let name = others.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ");
        let Some(place) = axis
            .values
            .iter()
            .position(|value| Some(value) == outcome.settings.get(key))
        else {
            continue;
        };
        let at = match series.iter().position(|series| series.name == name) {
            Some(at) => at,
            None => {
                series.push(Series {
                    name,
                    ..Series::default()
                });
                series.len() - 1
            }
        };
        series[at].points.push((place as f64, numbers[0]));
    }
    drawable(Chart {
        title: title(&format!("{measure} over {key}"), study),
        x: key.into(),
        y: measure.into(),
        places: axis.values.clone(),
        keys: other_keys(outcomes, key),
        series,
        lines: true,
    })
}

/// In the order in which a series is named by their values.
fn other_keys(outcomes: &[Outcome], key: &str) -> Vec<String> {
    let settings = outcomes.first().into_iter().flat_map(|outcome| outcome.settings.keys());
    settings.filter(|other| *other != key).cloned().collect()
}

/// A study of one point: a measure over its repetitions, which should be a level line.
pub fn repetitions(values: &Values, measure: &str) -> Result<Chart> {
    let (mut points, study) = (Vec::new(), values.study);
    for outcome in values.outcomes {
        points.extend(
            values
                .get(outcome, measure)?
                .map(|y| (f64::from(outcome.repetition), y)),
        );
    }
    drawable(Chart {
        title: title(&format!("{measure} of each repetition"), study),
        x: "repetition".into(),
        y: measure.into(),
        places: (1..=study.repeat).map(|number| number.to_string()).collect(),
        keys: Vec::new(),
        series: vec![Series {
            points,
            ..Series::default()
        }],
        lines: true,
    })
}

/// What a front is sought by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Objective<'a> {
    pub name: &'a str,
    more_is_better: bool,
}

impl<'a> Objective<'a> {
    /// A measure or a key; less of it is better unless there is a `+` before it. More instructions in a cycle always are.
    pub fn parse(text: &'a str) -> Objective<'a> {
        let (name, more_is_better) = match text.strip_prefix('+') {
            Some(name) => (name, true),
            None => (text, text == "ipc"),
        };
        Objective { name, more_is_better }
    }

    fn label(&self, label: String) -> String {
        match self.more_is_better {
            true => format!("{label}, more is better"),
            false => label,
        }
    }
}

/// All points by two objectives, and those that no other one beats in both.
pub fn pareto(values: &Values, objectives: [Objective; 2]) -> Result<Chart> {
    let (study, [first, second]) = (values.study, objectives.map(|objective| objective.name));
    let scales = [first, second].map(|name| Scale::of(name, values.outcomes.iter()));
    let (mut points, mut notes) = (Vec::new(), Vec::new());
    for (outcome, numbers) in values.of_points(&[first, second])? {
        points.push((numbers[0] / scales[0].factor, numbers[1] / scales[1].factor));
        let others = outcome
            .settings
            .iter()
            .filter(|(key, _)| *key != first && *key != second);
        notes.push(
            others
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    let front = front(&points, objectives.map(|objective| objective.more_is_better));
    let note = |point: &(f64, f64)| {
        points
            .iter()
            .position(|other| other == point)
            .map(|at| notes[at].clone())
    };
    let rest = points.iter().filter(|point| !front.contains(point)).copied().collect();
    let series = [
        Series {
            name: "Pareto front".into(),
            notes: front.iter().filter_map(note).collect(),
            points: front.clone(),
        },
        Series {
            name: "beaten by another".into(),
            points: rest,
            notes: Vec::new(),
        },
    ];
    let [x, y] = scales.map(|scale| scale.label);
    let (x, y) = (objectives[0].label(x), objectives[1].label(y));
    drawable(Chart {
        title: title(&format!("{first} against {second}"), study),
        x,
        y,
        places: Vec::new(),
        keys: Vec::new(),
        series: series.into_iter().filter(|series| !series.points.is_empty()).collect(),
        lines: false,
    })
}

/// How an objective is told.
struct Scale {
    label: String,
    /// The unit, in the smallest one.
    factor: f64,
}

impl Scale {
    fn of<'a>(name: &str, outcomes: impl Iterator<Item = &'a Outcome>) -> Scale {
        let settings = outcomes.filter_map(|outcome| outcome.settings.get(name));
        let (values, units): (Vec<u64>, Vec<_>) = settings.filter_map(|text| units::quantity(text)).unzip();
        match units.first() {
            Some(units) => {
                let (unit, factor) = units::common_unit(&values, units);
                Scale {
                    label: format!("{name} ({unit})"),
                    factor: factor as f64,
                }
            }
            None => Scale {
                label: name.into(),
                factor: 1.0,
            },
        }
    }
}

/// Those that no other point beats: as good in both, and better in one.
fn front(points: &[(f64, f64)], more_is_better: [bool; 2]) -> Vec<(f64, f64)> {
    let [x, y] = more_is_better.map(|more| if more { -1.0 } else { 1.0 });
    let beats = |a: &(f64, f64), b: &(f64, f64)| a.0 * x <= b.0 * x && a.1 * y <= b.1 * y && a != b;
    let mut front: Vec<(f64, f64)> = points
        .iter()
        .filter(|point| !points.iter().any(|other| beats(other, point)))
        .copied()
        .collect();
    front.sort_by(|a, b| a.0.total_cmp(&b.0));
    front.dedup();
    front
}

/// What is drawn, and of which command as much as the picture is wide.
fn title(what: &str, study: &Study) -> String {
    const LETTERS: usize = 88;
    let whole = format!("{what}: {}", study.command.join(" "));
    match whole.chars().count() {
        0..=LETTERS => whole,
        _ => whole.chars().take(LETTERS - 1).chain(['\u{2026}']).collect(),
    }
}

/// An empty picture would say nothing.
fn drawable(chart: Chart) -> Result<Chart> {
    if chart.series.iter().all(|series| series.points.is_empty()) {
        return Err(
            Error::usage("lkmc::bench::nothing", "no run of the study has both values")
                .help("`lkmc bench show STUDY` lists them; the same sweep again repeats runs whose time was over"),
        );
    }
    Ok(chart)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use crate::verdict::Verdict;

    use super::super::results::Measured;
    use super::*;

    fn study() -> Study {
        Study {
            axes: vec![
                "cache.l2.size=256KiB,1MiB".parse().unwrap(),
                "cpu.count=1,2".parse().unwrap(),
            ],
            command: vec!["dhrystone".into()],
            ..Study::of_nothing()
        }
    }

    fn values<'a>(study: &'a Study, outcomes: &'a [Outcome]) -> Values<'a> {
        Values::of(study, outcomes, Path::new("/nonexistent"))
    }

    fn outcomes() -> Vec<Outcome> {
        let values = [
            ("256KiB", "1", 400.0),
            ("256KiB", "2", 300.0),
            ("1MiB", "1", 200.0),
            ("1MiB", "2", 250.0),
        ];
        let outcome = |(point, (size, count, cycles)): (usize, &(&str, &str, f64))| Outcome {
            point,
            repetition: 0,
            settings: BTreeMap::from([
                ("cache.l2.size".to_string(), size.to_string()),
                ("cpu.count".to_string(), count.to_string()),
            ]),
            run: String::new(),
            verdict: Verdict::Pass,
            status: 0,
            measured: Some(Measured {
                ticks: 1.0,
                cycles: Some(*cycles),
                instructions: 1.0,
                stats: BTreeMap::new(),
                fingerprint: String::new(),
            }),
        };
        values.iter().enumerate().map(outcome).collect()
    }

    #[test]
    fn the_other_axes_are_lines() {
        let chart = over_axis(&values(&study(), &outcomes()), "cache.l2.size", "cycles").unwrap();
        assert_eq!(
            chart.series,
            [
                Series {
                    name: "1".into(),
                    points: vec![(0.0, 400.0), (1.0, 200.0)],
                    notes: Vec::new(),
                },
                Series {
                    name: "2".into(),
                    points: vec![(0.0, 300.0), (1.0, 250.0)],
                    notes: Vec::new(),
                },
            ]
        );
        assert_eq!(chart.keys, ["cpu.count"]);
        assert!(over_axis(&values(&study(), &outcomes()), "cache.l1d.size", "cycles").is_err());
        assert!(over_axis(&values(&study(), &outcomes()), "cache.l2.size", "cycle").is_err());
    }

    #[test]
    fn one_point_is_drawn_by_its_repetitions() {
        let alone = Study {
            axes: Vec::new(),
            repeat: 2,
            ..study()
        };
        let mut twice = outcomes();
        twice.truncate(2);
        twice[1].repetition = 1;
        let chart = repetitions(&values(&alone, &twice), "cycles").unwrap();
        assert_eq!(chart.places, ["1", "2"]);
        assert_eq!(chart.series[0].points, [(0.0, 400.0), (1.0, 300.0)]);
    }

    #[test]
    fn the_front_is_what_nothing_beats() {
        assert_eq!(
            front(
                &[(1.0, 4.0), (2.0, 2.0), (4.0, 1.0), (3.0, 3.0), (2.0, 5.0)],
                [false; 2]
            ),
            [(1.0, 4.0), (2.0, 2.0), (4.0, 1.0)]
        );
        assert_eq!(
            front(&[(1.0, 4.0), (2.0, 2.0), (4.0, 5.0), (2.0, 5.0)], [false, true]),
            [(1.0, 4.0), (2.0, 5.0)]
        );
        let better = |text| Objective::parse(text).more_is_better;
        assert_eq!(["ipc", "+hits", "cycles"].map(better), [true, true, false]);
        let objectives = ["cache.l2.size", "cycles"].map(Objective::parse);
        let chart = pareto(&values(&study(), &outcomes()), objectives).unwrap();
        assert_eq!(chart.x, "cache.l2.size (KiB)");
        assert_eq!(chart.series[0].points, [(256.0, 300.0), (1024.0, 200.0)]);
        assert_eq!(chart.series[0].notes, ["cpu.count=2", "cpu.count=1"]);
    }

    #[test]
    fn titles_find_room() {
        let study = Study {
            command: vec!["program".into(); 40],
            ..study()
        };
        let title = title("cycles over cpu.count", &study);
        assert!(
            title.chars().count() < 90 && title.starts_with("cycles over cpu.count: program"),
            "{title}"
        );
    }

    #[test]
    fn a_repetition_that_did_not_end_is_none_of_its_point() {
        let mut tried = outcomes();
        let again = Outcome {
            repetition: 1,
            ..tried[0].clone()
        };
        tried[0].measured = None;
        tried.insert(1, again);
        let (study, whole) = (study(), outcomes());
        let (tried, whole) = (values(&study, &tried), values(&study, &whole));
        let over = |values| over_axis(values, "cache.l2.size", "cycles").unwrap();
        assert_eq!(over(&tried), over(&whole));
        let objectives = ["cache.l2.size", "cycles"].map(Objective::parse);
        assert_eq!(pareto(&tried, objectives).unwrap(), pareto(&whole, objectives).unwrap());
    }

    #[test]
    fn where_nothing_ended_nothing_is_drawn() {
        let mut none = outcomes();
        none.iter_mut().for_each(|outcome| outcome.measured = None);
        assert!(over_axis(&values(&study(), &none), "cache.l2.size", "cycles").is_err());
        let objectives = ["cache.l2.size", "cycles"].map(Objective::parse);
        assert!(pareto(&values(&study(), &none), objectives).is_err());
    }
}
