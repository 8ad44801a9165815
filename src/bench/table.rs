//! Results as a table, as CSV, and two studies side by side.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::diag::{Error, Result};

use super::results::{Outcome, Values};
use super::study::Study;

/// Columns that every study has, behind those of its axes.
const MEASURES: [&str; 4] = ["ticks", "cycles", "instructions", "ipc"];

/// Names and cells.
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// One row for each run.
pub fn of(study: &Study, outcomes: &[Outcome]) -> Table {
    let values = Values::of(outcomes);
    let measures: Vec<&str> = MEASURES.into_iter().chain(values.names.iter().copied()).collect();
    let mut header: Vec<String> = study.axes.iter().map(|axis| axis.key.clone()).collect();
    if study.repeat > 1 {
        header.push("repetition".into());
    }
    header.push("verdict".into());
    header.extend(measures.iter().map(|name| name.to_string()));
    header.push("run".into());
    let row = |outcome: &Outcome| {
        let mut row: Vec<String> = study
            .axes
            .iter()
            .map(|axis| outcome.settings.get(&axis.key).cloned().unwrap_or_default())
            .collect();
        if study.repeat > 1 {
            row.push((outcome.repetition + 1).to_string());
        }
        row.push(outcome.verdict.as_str().to_owned());
        row.extend(measures.iter().map(|name| {
            let value = values.get(outcome, name).ok().flatten();
            value.map(|value| number(name, value)).unwrap_or_default()
        }));
        row.push(outcome.run.clone());
        row
    };
    Table {
        header,
        rows: outcomes.iter().map(row).collect(),
    }
}

fn number(name: &str, value: f64) -> String {
    match name {
        "ipc" => format!("{value:.4}"),
        _ => format!("{value}"),
    }
}

impl Table {
    pub fn text(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells
                .chain([self.header[column].chars().count()])
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let line = |row: &[String]| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| {
                // Numbers stand at the right.
                match cell.parse::<f64>() {
                    Ok(_) => format!("{cell:>width$}"),
                    Err(_) => format!("{cell:width$}"),
                }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        std::iter::once(line(&self.header))
            .chain(self.rows.iter().map(|row| line(row)))
            .collect()
    }

    /// An object for each row; what is a number is one.
    pub fn objects(&self) -> Vec<serde_json::Map<String, Value>> {
        let value = |cell: &String| cell.parse::<f64>().map_or_else(|_| json!(cell), |number| json!(number));
        let object = |row: &Vec<String>| self.header.iter().cloned().zip(row.iter().map(value)).collect();
        self.rows.iter().map(object).collect()
    }

    /// RFC 4180.
    pub fn csv(&self) -> String {
        let cell = |text: &String| match text.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.clone(),
        };
        let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n";
        std::iter::once(line(&self.header))
            .chain(self.rows.iter().map(line))
            .collect()
    }
}

/// A measure of two studies at the points that both have.
pub fn compare(before: &[Outcome], after: &[Outcome], measure: &str) -> Result<Table> {
    let values = Values::of(before.iter().chain(after));
    let first = |outcomes: &[Outcome], settings| {
        let outcome = outcomes.iter().find(|outcome| outcome.settings == settings);
        outcome.map_or(Ok(None), |outcome| values.get(outcome, measure))
    };
    let points: BTreeSet<_> = before.iter().map(|outcome| outcome.settings.clone()).collect();
    let mut rows = Vec::new();
    for settings in points {
        let (Some(a), Some(b)) = (first(before, settings.clone())?, first(after, settings.clone())?) else {
            continue;
        };
        let name: Vec<String> = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let ratio = if a != 0.0 { format!("{:.4}", b / a) } else { "-".into() };
        rows.push(vec![name.join(" "), number(measure, a), number(measure, b), ratio]);
    }
    if rows.is_empty() {
        let error = Error::usage(
            "lkmc::bench::nothing_common",
            "the studies have no point in common that ended in both",
        );
        return Err(error.help("points are the same if all their settings are; `lkmc bench show STUDY` lists them"));
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

    use crate::verdict::Verdict;

    use super::super::results::Measured;
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

    fn study(repeat: u32) -> Study {
        Study {
            profile: "p".into(),
            axes: vec!["cache.l2.size=1MiB,16MiB".parse().unwrap()],
            repeat,
            command: Vec::new(),
            demos: Vec::new(),
            stats: Vec::new(),
            mode: Default::default(),
            inputs: BTreeMap::new(),
        }
    }

    #[test]
    fn tables_have_axes_measures_and_wanted_statistics() {
        let table = of(&study(1), &[outcome("1MiB", 0, 400.0), outcome("16MiB", 0, 200.0)]);
        assert_eq!(
            table.text(),
            "cache.l2.size  verdict  ticks   cycles  instructions  ipc     l2.misses  run\n\
             1MiB           pass     200000     400           100  0.2500          7  r\n\
             16MiB          pass     100000     200           100  0.5000          7  r\n"
        );
        assert!(table.csv().starts_with("cache.l2.size,verdict,ticks,"));
    }

    #[test]
    fn comparisons_are_ratios_at_equal_points() {
        let before = [outcome("1MiB", 0, 400.0), outcome("16MiB", 0, 200.0)];
        let (after, other) = ([outcome("16MiB", 0, 100.0)], [outcome("2MiB", 0, 100.0)]);
        let table = compare(&before, &after, "cycles").unwrap();
        assert_eq!(
            table.rows,
            [["cache.l2.size=16MiB", "200", "100", "0.5000"]
                .map(String::from)
                .to_vec()]
        );
        let object = &table.objects()[0];
        assert_eq!(
            (&object["point"], &object["ratio"]),
            (&json!("cache.l2.size=16MiB"), &json!(0.5))
        );
        assert!(compare(&before, &other, "cycles").is_err());
        assert!(compare(&before, &before, "cycle").is_err());
    }

    #[test]
    fn repetitions_that_differ_are_named() {
        let same = [outcome("1MiB", 0, 400.0), outcome("1MiB", 1, 400.0)];
        assert_eq!(unequal(&same), [""; 0]);
        let differing = [outcome("1MiB", 0, 400.0), outcome("1MiB", 1, 401.0)];
        assert_eq!(unequal(&differing), ["cache.l2.size=1MiB"]);
    }
}
