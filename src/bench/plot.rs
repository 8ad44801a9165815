//! Results as a picture: a measure over an axis, or the Pareto front of two objectives. The file's ending says which kind of
//! picture: `.svg` or `.png`.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::diag::{Error, Result};
use crate::picture::{FONT, Format, cannot_draw, font};
use crate::units;

use super::results::Outcome;
use super::study::Study;
use super::values::Values;

const SIZE: (u32, u32) = (900, 540);
const TEXT: i32 = 16;

/// What is drawn, independent of how.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    pub title: String,
    pub x: String,
    pub y: String,
    /// Names of the places on the x axis; without any it is a scale of numbers.
    pub places: Vec<String>,
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
        Error::usage("lkmc::bench::axis", format!("the study has no axis `{key}`"))
            .help(format!("it has: {}", known.join(", ")))
    })?;
    let mut series: Vec<Series> = Vec::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.repetition == 0) {
        let others: Vec<String> = outcome
            .settings
            .iter()
            .filter(|(other, _)| *other != key)
            .map(|(other, value)| format!("{other}={value}"))
            .collect();
        let name = others.join(" ");
        let Some(y) = values.get(outcome, measure)? else {
            continue;
        };
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
        series[at].points.push((place as f64, y));
    }
    drawable(Chart {
        title: title(&format!("{measure} over {key}"), study),
        x: key.into(),
        y: measure.into(),
        places: axis.values.clone(),
        series,
        lines: true,
    })
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
        series: vec![Series {
            points,
            ..Series::default()
        }],
        lines: true,
    })
}

/// All points by two objectives, of which less is better, and those that no other one beats in both.
pub fn pareto(values: &Values, first: &str, second: &str) -> Result<Chart> {
    let study = values.study;
    let first_runs = || values.outcomes.iter().filter(|outcome| outcome.repetition == 0);
    let scales = [first, second].map(|name| Scale::of(name, first_runs()));
    let (mut points, mut notes) = (Vec::new(), Vec::new());
    for outcome in first_runs() {
        if let (Some(x), Some(y)) = (values.get(outcome, first)?, values.get(outcome, second)?) {
            points.push((x / scales[0].factor, y / scales[1].factor));
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
    }
    let front = front(&points);
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
    drawable(Chart {
        title: title(&format!("{first} against {second}"), study),
        x,
        y,
        places: Vec::new(),
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

/// Those that no other point beats: as small in both, and smaller in one.
pub fn front(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let beats = |a: &(f64, f64), b: &(f64, f64)| a.0 <= b.0 && a.1 <= b.1 && a != b;
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

/// A mark of a scale. All digits of large numbers would not find room beside it.
fn mark(value: f64) -> String {
    // From when on, and what it stands for.
    const PREFIXES: [(f64, f64, &str); 4] = [(1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e5, 1e3, "k")];
    let prefix = PREFIXES.into_iter().find(|(from, ..)| value.abs() >= *from);
    let (_, size, prefix) = prefix.unwrap_or((0.0, 1.0, ""));
    let digits = format!("{:.4}", value / size);
    format!("{}{prefix}", digits.trim_end_matches('0').trim_end_matches('.'))
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

/// Draws into the file.
pub fn draw(chart: &Chart, file: &Path) -> Result<()> {
    font();
    let done = match Format::of(file)? {
        Format::Svg => paint(&SVGBackend::new(file, SIZE).into_drawing_area(), chart),
        Format::Png => paint(&BitMapBackend::new(file, SIZE).into_drawing_area(), chart),
    };
    done.map_err(|error| cannot_draw(file, error))
}

fn paint<DB: DrawingBackend>(
    root: &DrawingArea<DB, Shift>,
    chart: &Chart,
) -> std::result::Result<(), Box<dyn std::error::Error>>
where
    DB::ErrorType: 'static,
{
    root.fill(&WHITE)?;
    let all = || chart.series.iter().flat_map(|series| &series.points);
    let most = |part: fn(&(f64, f64)) -> f64| all().map(part).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let x = match chart.places.len() {
        0 => 0.0..most(|point| point.0) * 1.05,
        places => -0.5..places as f64 - 0.5,
    };
    let mut context = ChartBuilder::on(root)
        .caption(&chart.title, (FONT, TEXT + 2))
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(96)
        .build_cartesian_2d(x, 0.0..most(|point| point.1) * 1.1)?;
    let place = |x: &f64| match chart.places.is_empty() {
        true => mark(*x),
        // A mark between two places has no name.
        false if (x - x.round()).abs() > 1e-6 || *x < -1e-6 => String::new(),
        false => chart.places.get(x.round() as usize).cloned().unwrap_or_default(),
    };
    let mut mesh = context.configure_mesh();
    mesh.x_desc(&chart.x)
        .y_desc(&chart.y)
        .label_style((FONT, TEXT))
        .light_line_style(BLACK.mix(0.04))
        .x_label_formatter(&place)
        .y_label_formatter(&|y| mark(*y));
    if !chart.places.is_empty() {
        mesh.x_labels(2 * chart.places.len() + 1).disable_x_mesh();
    }
    mesh.draw()?;
    for (index, series) in chart.series.iter().enumerate() {
        let color = Palette99::pick(index).to_rgba();
        let points = series.points.iter().map(|point| Circle::new(*point, 4, color.filled()));
        let drawn = context.draw_series(points)?;
        if !series.name.is_empty() {
            drawn
                .label(&series.name)
                .legend(move |(x, y)| Circle::new((x + 8, y), 4, color.filled()));
        }
        let note = |(point, note): (&(f64, f64), &String)| {
            EmptyElement::at(*point) + Text::new(note.clone(), (8, -8), (FONT, TEXT - 2))
        };
        context.draw_series(series.points.iter().zip(&series.notes).map(note))?;
        if chart.lines {
            context.draw_series(LineSeries::new(series.points.iter().copied(), color.stroke_width(2)))?;
        }
    }
    if chart.series.iter().any(|series| !series.name.is_empty()) {
        context
            .configure_series_labels()
            .label_font((FONT, TEXT))
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw()?;
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
                    name: "cpu.count=1".into(),
                    points: vec![(0.0, 400.0), (1.0, 200.0)],
                    notes: Vec::new(),
                },
                Series {
                    name: "cpu.count=2".into(),
                    points: vec![(0.0, 300.0), (1.0, 250.0)],
                    notes: Vec::new(),
                },
            ]
        );
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
            front(&[(1.0, 4.0), (2.0, 2.0), (4.0, 1.0), (3.0, 3.0), (2.0, 5.0)]),
            [(1.0, 4.0), (2.0, 2.0), (4.0, 1.0)]
        );
        let chart = pareto(&values(&study(), &outcomes()), "cache.l2.size", "cycles").unwrap();
        assert_eq!(chart.x, "cache.l2.size (KiB)");
        assert_eq!(chart.series[0].points, [(256.0, 300.0), (1024.0, 200.0)]);
        assert_eq!(chart.series[0].notes, ["cpu.count=2", "cpu.count=1"]);
    }

    #[test]
    fn marks_and_titles_find_room() {
        for (value, text) in [
            (0.0, "0"),
            (0.25, "0.25"),
            (1500.0, "1500"),
            (250_000.0, "250k"),
            (1e12, "1T"),
            (1.25e9, "1.25G"),
        ] {
            assert_eq!(mark(value), text);
        }
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
    fn where_nothing_ended_nothing_is_drawn() {
        let mut none = outcomes();
        none.iter_mut().for_each(|outcome| outcome.measured = None);
        assert!(over_axis(&values(&study(), &none), "cache.l2.size", "cycles").is_err());
        assert!(pareto(&values(&study(), &none), "cache.l2.size", "cycles").is_err());
    }

    #[test]
    fn pictures_are_the_same_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let chart = over_axis(&values(&study(), &outcomes()), "cache.l2.size", "cycles").unwrap();
        for ending in ["svg", "png"] {
            let file = |name: &str| directory.path().join(format!("{name}.{ending}"));
            draw(&chart, &file("a")).unwrap();
            draw(&chart, &file("b")).unwrap();
            let (a, b) = (std::fs::read(file("a")).unwrap(), std::fs::read(file("b")).unwrap());
            assert!(a.len() > 1000 && a == b, "{ending}");
        }
        let svg = std::fs::read_to_string(directory.path().join("a.svg")).unwrap();
        assert!(svg.contains("256KiB") && svg.contains("cpu.count=2"), "{svg}");
        assert!(draw(&chart, &directory.path().join("a.pdf")).is_err());
    }
}
