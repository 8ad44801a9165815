//! `lkmc profile diff`: which settings differ, which kernel options, and which derivation inputs.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::changes::{Change, changes, leaves, section};
use crate::cli::Global;
use crate::commands::{build, print, print_json};
use crate::diag::{Error, Exit, Result};
use crate::nix::{self, Difference, of_profile};
use crate::profile::show::settings;
use crate::profile::{Library, Profile};

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
        let (inputs, error) = match &compared {
            Ok(found) => (json!(found), None),
            Err(error) => (json!(null), Some(error.to_string())),
        };
        return print_json(&json!({
            "settings": changed, "kernel-options": options, "derivations": inputs, "derivations-error": error,
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

/// A derivation may hold a whole JSON document in one variable; then its parts are compared.
fn inputs(difference: Difference) -> Vec<Change> {
    let key = format!("{}: {}", difference.derivation, difference.what);
    let document = |text: &Option<String>| -> Option<BTreeMap<String, String>> {
        let value: Value = serde_json::from_str(text.as_deref()?).ok().filter(Value::is_object)?;
        Some(leaves(&value, &key))
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
