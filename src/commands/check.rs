//! `lkmc check`: every shipped profile, every demo, and every committed file that is made from others.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::Global;
use crate::committed::committed;
use crate::demo::{Collection, Demo};
use crate::diag::{self, Error, Result};
use crate::profile::Library;

/// What was checked, by its name.
type Checked = Vec<(String, Result<()>)>;

pub fn check(global: &Global) -> Result<ExitCode> {
    let library = Library::installed()?;
    let profiles: Checked = library
        .names()
        .into_iter()
        .map(|name| (name.clone(), library.load(&name).map(|_| ())))
        .collect();
    let demos = Collection {
        root: library.root.clone(),
    };
    let demos: Checked = demos
        .all()
        .into_iter()
        .map(|(name, demo)| (name, demo.and_then(complete)))
        .collect();
    // Without valid profiles there is nothing to compare the files with.
    let files = match profiles.iter().all(|(_, result)| result.is_ok()) {
        true => files(&library)?,
        false => Vec::new(),
    };
    let groups = [("profile", profiles), ("demo", demos), ("file", files)];
    if global.json {
        let entries = groups
            .iter()
            .flat_map(|(kind, checked)| checked.iter().map(|(name, result)| entry(kind, name, result)));
        print_json(&entries.collect::<Vec<_>>())?;
    } else {
        print(
            &groups
                .iter()
                .map(|(kind, checked)| count(kind, checked))
                .collect::<String>(),
        )?;
    }
    let errors = groups
        .into_iter()
        .flat_map(|(_, checked)| checked)
        .filter_map(|(_, result)| result.err());
    match Error::join(errors.collect()) {
        Some(error) if global.json => Ok(ExitCode::from(error.exit)),
        Some(error) => Err(error),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn entry(kind: &str, name: &str, result: &Result<()>) -> Value {
    let errors = result
        .as_ref()
        .err()
        .map(|error| diag::to_json(error)["errors"].clone());
    json!({ "kind": kind, "name": name, "valid": result.is_ok(), "errors": errors.unwrap_or_else(|| json!([])) })
}

fn count(kind: &str, checked: &Checked) -> String {
    let valid = checked.iter().filter(|(_, result)| result.is_ok()).count();
    match kind {
        "file" => format!("{valid} of {} made files fresh\n", checked.len()),
        _ => format!("{valid} of {} {kind}s valid\n", checked.len()),
    }
}

/// What only the demos that come with lkmc must have: a reader.
fn complete(demo: Demo) -> Result<()> {
    match demo.summary.is_empty() {
        true => Err(Error::usage(
            "lkmc::demo::no_summary",
            format!("{} does not say what it shows", demo.name),
        )
        .help("begin the file with a comment; its first sentence is what `lkmc demo list` prints")),
        false => Ok(()),
    }
}

fn files(library: &Library) -> Result<Checked> {
    let check = |(path, fresh): (std::path::PathBuf, String)| {
        let name = library.relative(&path).display().to_string();
        let result = match std::fs::read_to_string(&path).ok() == Some(fresh) {
            true => Ok(()),
            false => Err(
                Error::usage("lkmc::profile::stale", format!("{name} is not what its sources make"))
                    .help("run `lkmc profile lower --bless`"),
            ),
        };
        (name, result)
    };
    Ok(committed(library)?.into_iter().map(check).collect())
}
