//! `lkmc demo ...`.

pub use run::default_profile;

mod build;
mod debug;
mod run;
mod show;

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{Demo as Command, Global};
use crate::demo::{Collection, Demo};
use crate::diag::{self, Result};
use crate::profile::{Arch, Setting};

pub fn demo(global: &Global, command: Command) -> Result<ExitCode> {
    match command {
        Command::List { filters } => list(global, &filters),
        Command::Show { path } => show::show(global, &path),
        Command::Build {
            path,
            profile,
            settings,
            output,
        } => build::build(global, &path, profile.as_deref(), &settings, output.as_deref()),
        Command::Run {
            path, host: Some(tree), ..
        } => run::for_host(&path, tree.as_deref()),
        Command::Debug(arguments) => debug::debug(global, &arguments),
        Command::Run {
            path,
            profile,
            mut settings,
            trace,
            params,
            ..
        } => {
            settings.set.extend(params.iter().map(Setting::of_gem5));
            run::run(global, &path, profile.as_deref(), &settings, &trace)
        }
    }
}

fn list(global: &Global, filters: &[String]) -> Result<ExitCode> {
    let all = Collection::installed()?.matching(filters)?;
    if global.json {
        return print_json(&all.iter().map(|(name, demo)| entry(name, demo)).collect::<Vec<_>>());
    }
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines = all.iter().map(|(name, demo)| match demo {
        Ok(demo) => format!("{name:width$}  {}{}\n", demo.summary, only(demo)),
        Err(_) => format!("{name:width$}  (broken: see `lkmc demo show {name}`)\n"),
    });
    print(&lines.collect::<String>())
}

fn entry(name: &str, demo: &Result<Demo>) -> Value {
    match demo {
        Ok(demo) => json!({
            "name": name, "kind": demo.kind, "summary": demo.summary, "arches": demo.arches, "path": demo.path,
            "runs": demo.runs.len(),
        }),
        Err(error) => json!({ "name": name, "errors": diag::to_json(error)["errors"] }),
    }
}

/// Where the demo runs, if not everywhere.
fn only(demo: &Demo) -> String {
    let names: Vec<&str> = demo.arches.iter().map(|arch| arch.as_str()).collect();
    match demo.arches.len() == Arch::ALL.len() {
        true => String::new(),
        false => format!(" ({})", names.join(", ")),
    }
}
