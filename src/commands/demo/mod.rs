//! `lkmc demo ...`.

mod build;
mod debug;
mod run;
mod show;

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{Demo as Command, DemoOnProfile, DemoProfile, Global};
use crate::demo::{Chosen, Collection, Demo, load};
use crate::diag::{self, Result};
use crate::host::terminal;
use crate::profile::{self, Arch, Profile, Setting};

pub fn demo(global: &Global, command: Command) -> Result<ExitCode> {
    match command {
        Command::List { filters } => list(global, &filters),
        Command::Show { path } => show::show(global, &path),
        Command::Build { demo, output } => build::build(global, &demo, output.as_deref()),
        Command::Run {
            demo, host: Some(tree), ..
        } => run::for_host(global, &demo.path, tree.as_deref()),
        Command::Debug(arguments) => debug::debug(global, &arguments),
        Command::Run {
            mut demo,
            trace,
            params,
            ..
        } => {
            demo.settings.set.extend(params.iter().map(Setting::of_gem5));
            run::run(global, &demo, &trace)
        }
    }
}

/// The demo, what the profile for it is called, and that with its settings; the demo runs there.
fn chosen(choice: &DemoOnProfile) -> Result<(Demo, String, Profile)> {
    let demo = load(&choice.path)?;
    let name = profile_name(&choice.profile, &demo);
    let profile = profile::load_with(&name, &choice.settings)?;
    demo.refuse_elsewhere(&profile)?;
    Ok((demo, name, profile))
}

/// The one that is named, else that of the architecture that most people have at hand, if the demo runs there.
pub fn profile_name(named: &DemoProfile, demo: &Demo) -> String {
    let usual = || {
        let most = Arch::X86_64;
        let arch = match demo.arches.contains(&most) {
            true => most,
            false => demo.arches.first().copied().unwrap_or(most),
        };
        arch.default_profile()
    };
    named.name.clone().unwrap_or_else(usual)
}

fn list(global: &Global, filters: &[String]) -> Result<ExitCode> {
    let chosen = Collection::installed()?.chosen(filters)?;
    tell_left_out(global, &chosen);
    let all = chosen.demos;
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

/// Sources of a directory that may have been meant as well.
pub fn tell_left_out(global: &Global, chosen: &Chosen) {
    if let (Some(text), false) = (chosen.left_out(), global.json) {
        terminal::announce(&text, false);
    }
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
