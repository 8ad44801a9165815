//! Numbers of a study by their names: what stands in its results, and what its runs' own statistics say beside.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use regex::Regex;
use serde_json::{Value, json};

use crate::diag::{Error, Result};
use crate::emulator::gem5::OUTPUT;
use crate::gem5::stats::Dump;
use crate::gem5::{absent, stats};
use crate::patterns;
use crate::units;

use super::results::{MEASURES, Outcome};
use super::study::Study;

/// A study with its results.
pub struct Values<'a> {
    pub study: &'a Study,
    pub outcomes: &'a [Outcome],
    /// Statistics that have a column: those that the study kept, and those that were asked for since.
    pub columns: BTreeSet<String>,
    /// Where the runs lie.
    runs: PathBuf,
    /// Of those runs whose statistics were looked into; None if they are gone.
    dumps: RefCell<BTreeMap<String, Option<Rc<Dump>>>>,
}

impl<'a> Values<'a> {
    pub fn of(study: &'a Study, outcomes: &'a [Outcome], runs: &Path) -> Values<'a> {
        let measured = outcomes.iter().filter_map(|outcome| outcome.measured.as_ref());
        Values {
            study,
            outcomes,
            columns: measured.flat_map(|measured| measured.stats.keys().cloned()).collect(),
            runs: runs.to_owned(),
            dumps: RefCell::default(),
        }
    }

    /// Adds columns for what else these find in the runs' statistics.
    pub fn add(&mut self, texts: &[String]) -> Result<()> {
        for (text, pattern) in texts.iter().zip(patterns::compile(texts)?) {
            let dumps = self.outcomes.iter().filter_map(|outcome| self.dump(outcome));
            let found: BTreeSet<String> = dumps.flat_map(|dump| matching(&dump, &pattern)).collect();
            if found.is_empty() && !self.columns.iter().any(|name| pattern.is_match(name)) {
                let message = format!("no statistic of the study's runs matches `{text}`");
                return Err(Error::usage("lkmc::bench::measure", message).help(self.hint()));
            }
            self.columns.extend(found);
        }
        Ok(())
    }

    /// A measure, a statistic, or a setting that is a number or has a unit (in the smallest one). None for a run that did not end, or
    /// where there is no such number: a share of nothing, or a statistic of what the machine does not have.
    pub fn get(&self, outcome: &Outcome, name: &str) -> Result<Option<f64>> {
        if let Some(text) = outcome.settings.get(name) {
            let quantity = || units::quantity(text).map(|(value, _)| value as f64);
            let number = text.parse().ok().or_else(quantity);
            return number.map(Some).ok_or_else(|| {
                let message = format!("`{name}` is `{text}` at one point, which is no number");
                Error::usage("lkmc::bench::measure", message).help("it can be an axis of its own, but no objective")
            });
        }
        self.check(name)?;
        Ok(self.number(outcome, name))
    }

    /// Of a name that is known.
    pub fn number(&self, outcome: &Outcome, name: &str) -> Option<f64> {
        let measured = outcome.measured.as_ref()?;
        if MEASURES.contains(&name) {
            return measured.measure(name);
        }
        if let Some(value) = measured.stats.get(name) {
            return *value;
        }
        match self.dump(outcome) {
            Some(dump) => match dump.get(name) {
                Some(stat) => stat.value,
                None => absent::is_zero(name, dump.names()).then_some(0.0),
            },
            // What was not kept may have happened.
            None => {
                let others = measured.stats.keys().map(String::as_str);
                (self.kept(name) && absent::is_zero(name, others)).then_some(0.0)
            }
        }
    }

    /// Of each point the first run that has all of these: repetitions of a point are equal, and one whose time was over has none.
    pub fn of_points(&self, names: &[&str]) -> Result<Vec<(&'a Outcome, Vec<f64>)>> {
        let mut found = BTreeMap::new();
        for outcome in self.outcomes {
            let numbers = names.iter().map(|name| self.get(outcome, name));
            if let Some(numbers) = numbers.collect::<Result<Option<Vec<f64>>>>()? {
                found.entry(outcome.point).or_insert((outcome, numbers));
            }
        }
        Ok(found.into_values().collect())
    }

    /// Refuses a name that nothing has.
    pub fn check(&self, name: &str) -> Result<()> {
        let measured = self.outcomes.iter().any(|outcome| outcome.measured.is_some());
        if !measured || self.knows(name) {
            return Ok(());
        }
        let known: Vec<&str> = MEASURES
            .into_iter()
            .chain(self.columns.iter().map(String::as_str))
            .collect();
        let help = match self.can_look() {
            true => format!(
                "there are: {}, and the statistics of its runs; {}",
                known.join(", "),
                self.hint()
            ),
            false => format!(
                "there are: {}; `--stat` of `bench sweep` keeps more, and the statistics of the runs are gone",
                known.join(", ")
            ),
        };
        Err(Error::usage("lkmc::bench::measure", format!("nothing is called `{name}`")).help(help))
    }

    /// Whether some run has it.
    pub fn knows(&self, name: &str) -> bool {
        let has = |outcome| self.dump(outcome).is_some_and(|dump| dump.get(name).is_some());
        MEASURES.contains(&name) || self.columns.contains(name) || self.outcomes.iter().any(has)
    }

    /// Whether it can be told that it did not happen.
    pub fn tells(&self, name: &str) -> bool {
        MEASURES.contains(&name) || self.kept(name) || self.can_look()
    }

    fn kept(&self, name: &str) -> bool {
        // They were checked before the study began.
        let patterns = patterns::compile(&self.study.stats).unwrap_or_default();
        patterns.iter().any(|pattern| pattern.is_match(name))
    }

    fn can_look(&self) -> bool {
        self.outcomes.iter().any(|outcome| self.dump(outcome).is_some())
    }

    fn hint(&self) -> String {
        let run = self.outcomes.iter().find(|outcome| outcome.measured.is_some());
        format!(
            "`lkmc gem5 stats {}` lists them",
            run.map_or("RUN", |outcome| outcome.run.as_str())
        )
    }

    /// The measured dump of a run, while it is there.
    fn dump(&self, outcome: &Outcome) -> Option<Rc<Dump>> {
        outcome.measured.as_ref()?;
        let read = || {
            let mut dumps = stats::read(&self.runs.join(&outcome.run).join(OUTPUT)).ok()?;
            let at = self.study.dump.checked_sub(1).filter(|at| *at < dumps.len())?;
            Some(Rc::new(dumps.swap_remove(at)))
        };
        let mut dumps = self.dumps.borrow_mut();
        dumps.entry(outcome.run.clone()).or_insert_with(read).clone()
    }

    /// The results for other programs, with the measures that follow from others.
    pub fn json(&self) -> Value {
        let results: Vec<Value> = self.outcomes.iter().map(|outcome| self.object(outcome)).collect();
        json!({ "study": self.study, "results": results })
    }

    fn object(&self, outcome: &Outcome) -> Value {
        let mut object = json!(outcome);
        if let Some(measured) = object["measured"].as_object_mut() {
            for name in ["seconds", "ipc"] {
                measured.insert(name.into(), json!(self.number(outcome, name)));
            }
            let stats = self
                .columns
                .iter()
                .map(|name| (name.clone(), json!(self.number(outcome, name))));
            measured.insert("stats".into(), stats.collect());
        }
        object
    }
}

fn matching(dump: &Dump, pattern: &Regex) -> Vec<String> {
    let names = dump.names().filter(|name| pattern.is_match(name));
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::Measured;
    use crate::verdict::Verdict;

    const L2: &str = "system.cpu_cluster.l2";

    fn study(stats: &[&str]) -> Study {
        Study {
            stats: stats.iter().map(|text| text.to_string()).collect(),
            ..Study::of_nothing()
        }
    }

    fn outcome(run: &str, stats: &[(&str, Option<f64>)]) -> Outcome {
        Outcome {
            point: 0,
            repetition: 0,
            settings: BTreeMap::new(),
            run: run.into(),
            verdict: Verdict::Pass,
            status: 0,
            measured: Some(Measured {
                ticks: 2e12,
                cycles: Some(0.0),
                instructions: 0.0,
                stats: stats
                    .iter()
                    .map(|(name, value)| (format!("{L2}.{name}"), *value))
                    .collect(),
                fingerprint: String::new(),
            }),
        }
    }

    /// A directory of runs, one of which has these statistics.
    fn runs(run: &str, text: &str) -> tempfile::TempDir {
        let runs = tempfile::tempdir().unwrap();
        let output = runs.path().join(run).join(OUTPUT);
        std::fs::create_dir_all(&output).unwrap();
        let text = format!(
            "\n---------- Begin Simulation Statistics ----------\n{text}\n---------- End Simulation Statistics   ----------\n"
        );
        std::fs::write(output.join(stats::FILE), text).unwrap();
        runs
    }

    #[test]
    fn what_gem5_leaves_out_is_zero_and_what_nobody_has_is_refused() {
        let all = [
            outcome("a", &[("writebacks", Some(3.0)), ("hits", Some(1.0)), ("rate", None)]),
            outcome("b", &[("hits", Some(1.0))]),
            // Its machine has no such cache.
            outcome("c", &[]),
        ];
        let study = study(&["l2"]);
        let values = Values::of(&study, &all, Path::new("/nonexistent"));
        let get = |at: usize, name: &str| values.get(&all[at], &format!("{L2}.{name}")).ok();
        assert_eq!(
            [0, 1, 2].map(|at| get(at, "writebacks")),
            [Some(Some(3.0)), Some(Some(0.0)), Some(None)]
        );
        assert_eq!(get(0, "rate"), Some(None));
        assert_eq!(values.get(&all[0], "ipc").ok(), Some(None));
        assert_eq!(get(0, "writeback"), None);
        let none = Outcome {
            measured: None,
            ..outcome("a", &[])
        };
        assert_eq!(
            values.get(&none, &format!("{L2}.writebacks")).ok(),
            Some(None),
            "nothing was measured"
        );
    }

    #[test]
    fn what_was_not_kept_is_looked_up_where_it_still_is() {
        let runs = runs(
            "a",
            &format!("simTicks 5 # (Tick)\n{L2}.writebacks 7 # (Count)\n{L2}.hits 1 # (Count)"),
        );
        let all = [outcome("a", &[]), outcome("gone", &[("hits", Some(1.0))])];
        let study = study(&["hits"]);
        let mut values = Values::of(&study, &all, runs.path());
        let name = format!("{L2}.writebacks");
        let found = [0, 1].map(|at| values.get(&all[at], &name).ok());
        assert_eq!(
            found,
            [Some(Some(7.0)), Some(None)],
            "it may have happened in the one that is gone"
        );
        assert_eq!(values.number(&all[0], &format!("{L2}.replacements")), Some(0.0));
        assert!(values.add(&["no_such".into()]).is_err());
        values.add(&["writebacks".into()]).unwrap();
        assert!(values.columns.contains(&name));
        let json = values.json();
        assert_eq!(json["results"][0]["measured"]["stats"][&name], 7.0);
        assert_eq!(json["results"][0]["measured"]["seconds"], 2.0);
        assert!(values.tells(&name) && !Values::of(&study, &all[1..], runs.path()).tells(&name));
    }
}
