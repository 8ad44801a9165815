//! Results as a table, as CSV, and two studies side by side.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::diag::{Error, Result};

use super::results::Outcome;
use super::values::Values;

/// Columns that every study has, behind those of its axes.
const MEASURES: [&str; 4] = ["ticks", "cycles", "instructions", "ipc"];

/// Names and cells.
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Words(String),
    Number(f64),
    /// A quotient: people read so many of its digits.
    Quotient(f64),
    Nothing,
}

impl Cell {
    fn of(name: &str, value: Option<f64>) -> Cell {
        match (name, value) {
            (_, None) => Cell::Nothing,
            ("ipc", Some(value)) => Cell::Quotient(value),
            (_, Some(value)) => Cell::Number(value),
        }
    }

    fn for_people(&self) -> String {
        match self {
            Cell::Quotient(value) => format!("{value:.4}"),
            other => other.in_full(),
        }
    }

    fn in_full(&self) -> String {
        match self {
            Cell::Words(words) => words.clone(),
            Cell::Number(value) | Cell::Quotient(value) => format!("{value}"),
            Cell::Nothing => String::new(),
        }
    }
}

/// One row for each run.
pub fn of(values: &Values) -> Table {
    let study = values.study;
    let measures: Vec<&str> = MEASURES
        .into_iter()
        .chain(values.columns.iter().map(String::as_str))
        .collect();
    let mut header: Vec<String> = study.axes.iter().map(|axis| axis.key.clone()).collect();
    if study.repeat > 1 {
        header.push("repetition".into());
    }
    header.push("verdict".into());
    header.extend(measures.iter().map(|name| name.to_string()));
    header.push("run".into());
    let row = |outcome: &Outcome| {
        let setting = |key: &String| Cell::Words(outcome.settings.get(key).cloned().unwrap_or_default());
        let mut row: Vec<Cell> = study.axes.iter().map(|axis| setting(&axis.key)).collect();
        if study.repeat > 1 {
            row.push(Cell::Number(f64::from(outcome.repetition + 1)));
        }
        row.push(Cell::Words(outcome.verdict.as_str().to_owned()));
        row.extend(measures.iter().map(|name| Cell::of(name, values.number(outcome, name))));
        row.push(Cell::Words(outcome.run.clone()));
        row
    };
    Table {
        header,
        rows: values.outcomes.iter().map(row).collect(),
    }
}

/// One row for each study.
pub fn listed(studies: &[Value]) -> Table {
    let words = |study: &Value, key: &str| {
        let words = study[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        Cell::Words(words.collect::<Vec<_>>().join(" "))
    };
    let row = |study: &Value| {
        vec![
            Cell::Words(study["name"].as_str().unwrap_or_default().to_owned()),
            Cell::Words(format!("{}/{}", study["ended"], study["runs"])),
            Cell::Words(study["profile"].as_str().unwrap_or_default().to_owned()),
            words(study, "axes"),
            words(study, "command"),
        ]
    };
    Table {
        header: ["study", "runs", "profile", "over", "command"]
            .map(String::from)
            .to_vec(),
        rows: studies.iter().map(row).collect(),
    }
}

impl Table {
    pub fn text(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(Cell::for_people).collect())
            .collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells
                .chain([self.header[column].chars().count()])
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let line = |row: &[String]| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| {
                // Numbers stand at the right, those that are settings too.
                match cell.parse::<f64>() {
                    Ok(_) => format!("{cell:>width$}"),
                    Err(_) => format!("{cell:width$}"),
                }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        std::iter::once(line(&self.header))
            .chain(rows.iter().map(|row| line(row)))
            .collect()
    }

    /// An object for each row.
    pub fn objects(&self) -> Vec<serde_json::Map<String, Value>> {
        let value = |cell: &Cell| match cell {
            Cell::Words(words) => json!(words),
            Cell::Number(value) | Cell::Quotient(value) => json!(value),
            Cell::Nothing => Value::Null,
        };
        let object = |row: &Vec<Cell>| self.header.iter().cloned().zip(row.iter().map(value)).collect();
        self.rows.iter().map(object).collect()
    }

    /// RFC 4180.
    pub fn csv(&self) -> String {
        let cell = |text: String| match text.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text,
        };
        let line = |row: Vec<String>| row.into_iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n";
        let rows = self.rows.iter().map(|row| row.iter().map(Cell::in_full).collect());
        std::iter::once(self.header.clone()).chain(rows).map(line).collect()
    }
}

/// A measure of two studies at the points that both have.
pub fn compare(before: &Values, after: &Values, measure: &str) -> Result<Table> {
    if !before.knows(measure) {
        after.check(measure)?;
    }
    // A study that did not look has not seen that nothing happened.
    for (values, which) in [(before, "first"), (after, "second")] {
        if !values.tells(measure) {
            let message = format!("the {which} study has kept no `{measure}`, and the statistics of its runs are gone");
            return Err(Error::usage("lkmc::bench::measure", message).help("measure it again with `--stat`"));
        }
    }
    let first = |values: &Values, settings| {
        let mut outcomes = values.outcomes.iter().filter(|outcome| outcome.settings == settings);
        outcomes.find_map(|outcome| values.number(outcome, measure))
    };
    let points: BTreeSet<_> = before.outcomes.iter().map(|outcome| outcome.settings.clone()).collect();
    let mut rows = Vec::new();
    for settings in points {
        let (Some(a), Some(b)) = (first(before, settings.clone()), first(after, settings.clone())) else {
            continue;
        };
        let name: Vec<String> = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let ratio = match a != 0.0 {
            true => Cell::Quotient(b / a),
            false => Cell::Words("-".into()),
        };
        rows.push(vec![
            Cell::Words(name.join(" ")),
            Cell::of(measure, Some(a)),
            Cell::of(measure, Some(b)),
            ratio,
        ]);
    }
    if rows.is_empty() {
        let message = format!("the studies have no point in common with `{measure}` in both");
        return Err(Error::usage("lkmc::bench::nothing_common", message)
            .help("points are the same if all their settings are; `lkmc bench show STUDY` lists them"));
    }
    Ok(Table {
        header: ["point", "before", "after", "ratio"].map(String::from).to_vec(),
        rows,
    })
}

/// Points whose repetitions are not all equal, by their settings.
pub fn unequal(outcomes: &[Outcome]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for outcome in outcomes {
        let first = outcomes.iter().find(|other| other.point == outcome.point);
        let print = |outcome: &Outcome| outcome.measured.as_ref().map(|measured| measured.fingerprint.clone());
        if first.and_then(print) != print(outcome) {
            let name: Vec<String> = outcome
                .settings
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            found.insert(name.join(" "));
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use crate::verdict::Verdict;

    use super::super::results::Measured;
    use super::super::study::Study;
    use super::*;

    fn outcome(size: &str, repetition: u32, cycles: f64) -> Outcome {
        Outcome {
            point: size.len(),
            repetition,
            settings: [("cache.l2.size".to_string(), size.to_string())].into(),
            run: "r".into(),
            verdict: Verdict::Pass,
            status: 0,
            measured: Some(Measured {
                ticks: cycles * 500.0,
                cycles: Some(cycles),
                instructions: 100.0,
                stats: BTreeMap::from([("l2.misses".into(), Some(7.0))]),
                fingerprint: cycles.to_string(),
            }),
        }
    }

    fn study() -> Study {
        Study {
            axes: vec!["cache.l2.size=1MiB,16MiB".parse().unwrap()],
            ..Study::of_nothing()
        }
    }

    fn values<'a>(study: &'a Study, outcomes: &'a [Outcome]) -> Values<'a> {
        Values::of(study, outcomes, Path::new("/nonexistent"))
    }

    #[test]
    fn tables_have_axes_measures_and_wanted_statistics() {
        let outcomes = [outcome("1MiB", 0, 300.0), outcome("16MiB", 0, 200.0)];
        let study = study();
        let table = of(&values(&study, &outcomes));
        assert_eq!(
            table.text(),
            "cache.l2.size  verdict  ticks   cycles  instructions  ipc     l2.misses  run\n\
             1MiB           pass     150000     300           100  0.3333          7  r\n\
             16MiB          pass     100000     200           100  0.5000          7  r\n"
        );
        let csv = table.csv();
        assert!(csv.starts_with("cache.l2.size,verdict,ticks,"));
        assert!(csv.contains(",0.3333333333333333,"), "programs get all digits: {csv}");
    }

    #[test]
    fn comparisons_are_ratios_at_equal_points() {
        let before = [outcome("1MiB", 0, 400.0), outcome("16MiB", 0, 300.0)];
        let (after, other) = ([outcome("16MiB", 0, 100.0)], [outcome("2MiB", 0, 100.0)]);
        let study = study();
        let of = |outcomes| values(&study, outcomes);
        let table = compare(&of(&before), &of(&after), "cycles").unwrap();
        assert_eq!(
            table.text(),
            "point                before  after  ratio\ncache.l2.size=16MiB     300    100  0.3333\n"
        );
        let object = &table.objects()[0];
        assert_eq!(
            (&object["point"], &object["ratio"]),
            (&json!("cache.l2.size=16MiB"), &json!(100.0 / 300.0))
        );
        assert!(compare(&of(&before), &of(&other), "cycles").is_err());
        assert!(compare(&of(&before), &of(&before), "cycle").is_err());
    }

    #[test]
    fn a_repetition_that_did_not_end_is_none_of_its_point() {
        let mut outcomes = [outcome("1MiB", 0, 400.0), outcome("1MiB", 1, 400.0)];
        outcomes[0].measured = None;
        let study = study();
        let of = |outcomes| values(&study, outcomes);
        let table = compare(&of(&outcomes), &of(&[outcome("1MiB", 0, 200.0)]), "cycles").unwrap();
        assert_eq!(table.rows[0][1..3], [Cell::Number(400.0), Cell::Number(200.0)]);
    }

    #[test]
    fn a_study_that_did_not_keep_a_statistic_is_not_compared_by_it() {
        let outcomes = [outcome("1MiB", 0, 400.0)];
        let (keeps, study) = (
            Study {
                stats: vec!["misses".into()],
                ..study()
            },
            study(),
        );
        let mut without = outcomes.clone();
        without[0].measured.as_mut().unwrap().stats = BTreeMap::from([("l2.hits".into(), Some(1.0))]);
        let refused = compare(&values(&keeps, &outcomes), &values(&study, &without), "l2.misses")
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("the second study has kept no"),
            "{refused}"
        );
        // One that did has seen none.
        let table = compare(&values(&keeps, &outcomes), &values(&keeps, &without), "l2.misses").unwrap();
        assert_eq!(table.rows[0][2], Cell::Number(0.0));
    }

    #[test]
    fn repetitions_that_differ_are_named() {
        let same = [outcome("1MiB", 0, 400.0), outcome("1MiB", 1, 400.0)];
        assert_eq!(unequal(&same), [""; 0]);
        let differing = [outcome("1MiB", 0, 400.0), outcome("1MiB", 1, 401.0)];
        assert_eq!(unequal(&differing), ["cache.l2.size=1MiB"]);
    }
}
