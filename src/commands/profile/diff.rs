//! `lkmc profile diff`: which settings differ, which kernel options, and which derivation inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::Global;
use crate::commands::{build, print, print_json};
use crate::diag::{Error, Exit, Result};
use crate::nix::{self, Difference, of_profile};
use crate::profile::show::settings;
use crate::profile::{Library, Profile};

/// One thing that has two values.
struct Change {
    key: String,
    left: Option<String>,
    right: Option<String>,
}

pub fn diff(global: &Global, left: &str, right: &str) -> Result<ExitCode> {
    let library = Library::installed()?;
    let names = [left, right];
    let (left, right) = match (library.load(left), library.load(right)) {
        (Ok(left), Ok(right)) => (left, right),
        (left, right) => {
            let errors = [left.err(), right.err()].into_iter().flatten().collect();
            return Err(Error::join(errors).expect("one of them failed"));
        }
    };
    let changed = changes(&settings(&left), &settings(&right));
    let options = changes(&kernel_options(&left), &kernel_options(&right));
    // Settings are worth showing where Nix cannot be used, too.
    let compared = match [of_profile::lowered(&left), of_profile::lowered(&right)] {
        [Ok(left), Ok(right)] => nix::diff(&left, &right, "bundle", &build::options(global)),
        [Err(error), _] | [_, Err(error)] => Err(error),
    };
    // Who stops it, or has no more time, wants no report of less.
    let compared = match compared {
        Err(error) if matches!(error.exit, Exit::Interrupted(_) | Exit::Timeout) => return Err(error),
        compared => compared,
    };
    if global.json {
        let list = |changes: &[Change]| changes.iter().map(Change::to_json).collect::<Vec<_>>();
        let (inputs, error) = match &compared {
            Ok(found) => (json!(found), None),
            Err(error) => (json!(null), Some(error.to_string())),
        };
        return print_json(&json!({
            "settings": list(&changed), "kernel-options": list(&options), "derivations": inputs, "derivations-error": error,
        }));
    }
    let mut text = section("Settings", names, &changed);
    text += &section("Kernel options", names, &options);
    match compared {
        Ok(found) => {
            text += &section(
                "Derivation inputs",
                names,
                &found.into_iter().flat_map(inputs).collect::<Vec<_>>(),
            )
        }
        Err(error) => text += &format!("Derivation inputs: not compared: {error}\n"),
    }
    print(&text)
}

fn kernel_options(profile: &Profile) -> BTreeMap<String, String> {
    profile
        .kernel
        .config
        .iter()
        .map(|(symbol, request)| (symbol.clone(), request.value.clone()))
        .collect()
}

fn changes(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) -> Vec<Change> {
    let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let changes = keys.into_iter().map(|key| Change {
        key: key.clone(),
        left: left.get(key).cloned(),
        right: right.get(key).cloned(),
    });
    changes.filter(|change| change.left != change.right).collect()
}

impl Change {
    fn to_json(&self) -> Value {
        json!({ "key": self.key, "left": self.left, "right": self.right })
    }
}

/// A derivation may hold a whole JSON document in one variable; then its parts are compared.
fn inputs(difference: Difference) -> Vec<Change> {
    let key = format!("{}: {}", difference.derivation, difference.what);
    let document = |text: &Option<String>| -> Option<BTreeMap<String, String>> {
        let value: Value = serde_json::from_str(text.as_deref()?).ok().filter(Value::is_object)?;
        let mut leaves = BTreeMap::new();
        flatten(&value, &key, &mut leaves);
        Some(leaves)
    };
    match (document(&difference.left), document(&difference.right)) {
        (Some(left), Some(right)) => changes(&left, &right),
        _ => vec![Change {
            key,
            left: difference.left,
            right: difference.right,
        }],
    }
}

fn flatten(value: &Value, path: &str, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| flatten(value, &format!("{path}.{key}"), leaves)),
        Value::Null => {}
        Value::String(text) => {
            leaves.insert(path.to_string(), text.clone());
        }
        other => {
            leaves.insert(path.to_string(), other.to_string());
        }
    }
}

/// Three columns; long values, such as whole lines of a script, stand below one another.
fn section(title: &str, names: [&str; 2], changes: &[Change]) -> String {
    const WIDEST: usize = 40;
    if changes.is_empty() {
        return format!("{title}: the same\n");
    }
    let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    let fits = |change: &&Change| change.key.len() <= WIDEST && show(&change.left).len() <= WIDEST;
    let rows = || changes.iter().filter(fits);
    let keys = rows().map(|change| change.key.len()).max().unwrap_or_default();
    let lefts = rows()
        .map(|change| show(&change.left).len())
        .max()
        .unwrap_or_default()
        .max(names[0].len());
    let mut text = format!("{title}\n  {:keys$}  {:lefts$}  {}\n", "", names[0], names[1]);
    for change in changes {
        let (left, right) = (show(&change.left), show(&change.right));
        text += &match fits(&change) {
            true => format!("  {:keys$}  {left:lefts$}  {right}\n", change.key),
            false => format!("  {}\n    - {left}\n    + {right}\n", change.key),
        };
    }
    text
}
