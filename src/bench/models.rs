//! Which models of processors a study is of: they do not count cycles alike.

use std::collections::BTreeSet;
use std::path::Path;

use super::results::Outcome;
use super::study::{self, Mode};
use crate::run_directory;

/// Of these runs, big and little ones of one machine together; those whose record is gone by their settings alone.
pub fn of(outcomes: &[Outcome], runs: &Path) -> BTreeSet<String> {
    outcomes.iter().filter_map(|outcome| of_run(outcome, runs)).collect()
}

fn of_run(outcome: &Outcome, runs: &Path) -> Option<String> {
    let recorded = run_directory::read_record(&runs.join(&outcome.run));
    let recorded = recorded.and_then(|record| joined(record.cpu_models().iter().map(String::as_str)));
    recorded.or_else(|| of_settings(outcome))
}

fn of_settings(outcome: &Outcome) -> Option<String> {
    let is_model = |key: &String| study::keys(key).any(|key| ["cpu.model", "little.cpu.model"].contains(&key));
    let models = outcome.settings.iter().filter(|(key, _)| is_model(key));
    joined(models.map(|(_, model)| model.as_str()))
}

fn joined<'a>(models: impl Iterator<Item = &'a str>) -> Option<String> {
    let models: Vec<&str> = models.collect();
    (!models.is_empty()).then(|| models.join(" and "))
}

/// Why a measure means another thing on another one of these models, if it does.
pub fn unlike(measure: &str, mode: Mode, found: &BTreeSet<String>) -> Option<&'static str> {
    let out_of_order = || found.iter().any(|models| models.contains("DerivO3CPU"));
    match measure {
        _ if found.len() < 2 => None,
        "cycles" | "ipc" => Some("a processor that waits counts cycles on the simple models alone; compare `ticks`"),
        "instructions" if mode == Mode::SyscallEmulation && out_of_order() => {
            Some("DerivO3CPU leaves out the system calls that gem5 carries out")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::verdict::Verdict;

    #[test]
    fn a_model_is_a_setting_or_stands_in_the_record() {
        let outcome = |key: &str, value: &str| Outcome {
            point: 0,
            repetition: 0,
            settings: BTreeMap::from([(key.into(), value.into())]),
            run: "none".into(),
            verdict: Verdict::Pass,
            status: 0,
            measured: None,
        };
        let all = [
            outcome("cpu.model", "HPI"),
            outcome("cpu.model+little.cpu.model", "MinorCPU"),
            outcome("cpu.count", "2"),
        ];
        let found = of(&all, Path::new("/nonexistent"));
        assert!(found.iter().eq(["HPI", "MinorCPU"]), "{found:?}");
        let told = |measure, mode, found: &BTreeSet<String>| unlike(measure, mode, found).is_some();
        assert!(told("ipc", Mode::FullSystem, &found) && !told("ticks", Mode::FullSystem, &found));
        assert!(!told("instructions", Mode::SyscallEmulation, &found));
        let with_o3 = ["DerivO3CPU", "HPI"].map(String::from).into();
        assert!(told("instructions", Mode::SyscallEmulation, &with_o3));
        assert!(!told("instructions", Mode::FullSystem, &with_o3));
        assert_eq!(
            joined(["DerivO3CPU", "HPI"].into_iter()).as_deref(),
            Some("DerivO3CPU and HPI")
        );
        assert_eq!(joined(std::iter::empty()), None);
    }
}
