//! What Kconfig made of the requested options, as diagnostics on the lines that asked for them.

use std::path::Path;

use serde::Deserialize;

use super::{KconfigRequest, Profile, library};
use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::source::Span;
use crate::suggest;

/// `report.json` of the `kernelReport` derivation; `nix/kconfig-report.c` writes it.
#[derive(Debug, Deserialize)]
pub struct Report {
    pub lost: Vec<Lost>,
}

/// An option that did not come out as asked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lost {
    pub symbol: String,
    pub wanted: String,
    pub got: String,
    pub kind: Kind,
    /// Whether a configuration may set it at all; otherwise only other options can.
    pub prompt: bool,
    /// The dependencies that do not hold.
    pub unmet: Vec<String>,
    /// What else to ask for, `NAME=y`.
    pub add: Vec<String>,
    /// Options that are on and force this one.
    pub selected_by: Vec<String>,
    /// Options that could turn on one without a prompt.
    pub selectors: Vec<String>,
    /// Those of the unmet dependencies that this architecture would have, but for something else.
    pub withheld: Vec<Withheld>,
}

/// An option without a prompt, which one that is on selects under a condition that does not hold.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Withheld {
    pub symbol: String,
    /// What selects it.
    pub by: String,
    /// The parts of the condition that do not hold.
    pub unmet: Vec<String>,
    /// Names of options that are on, and keep it from holding.
    pub against: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// This kernel has no such symbol for this architecture.
    Unknown,
    /// The symbol exists with another value.
    Lost,
}

/// Reads the output of the `kernelReport` derivation and refuses the profile if anything was lost.
pub fn check(profile: &Profile, directory: &Path) -> Result<()> {
    let read = |name: &str| {
        let path = directory.join(name);
        std::fs::read_to_string(&path).map_err(|error| Error::io("cannot read", &path, error))
    };
    let report: Report = serde_json::from_str(&read("report.json")?).map_err(|error| {
        Error::infrastructure("lkmc::kconfig::report", "cannot understand Kconfig's report").cause(error)
    })?;
    if report.lost.is_empty() {
        return Ok(());
    }
    let symbols = read("symbols")?;
    explain(profile, &report, &symbols.lines().collect::<Vec<_>>())
}

/// One diagnostic for each lost option. `symbols` are all that this kernel knows.
pub fn explain(profile: &Profile, report: &Report, symbols: &[&str]) -> Result<()> {
    let mut problems = Diagnostics::default();
    for lost in &report.lost {
        let (code, message, label, help) = words(profile, report, lost, symbols);
        let problem = Diagnostic::error(code, message).help(help);
        let asked = |symbol: &String| profile.kernel.config.get(symbol).and_then(place);
        let mut problem = match asked(&lost.symbol) {
            Some(span) => problem.label(&span, label),
            None => problem.cause(label),
        };
        for span in against(lost).filter_map(asked) {
            problem = problem.label(&span, "stands against it");
        }
        problems.push(problem);
    }
    problems.finish(())
}

type Words = (&'static str, String, String, String);

fn words(profile: &Profile, report: &Report, lost: &Lost, symbols: &[&str]) -> Words {
    let symbol = &lost.symbol;
    let becomes = format!(
        "{symbol} was asked to be {}, but Kconfig makes it {}",
        show(&lost.wanted),
        show(&lost.got)
    );
    if lost.kind == Kind::Unknown {
        let message = format!(
            "Linux {} on {} has no option {symbol}",
            profile.kernel.version, profile.arch
        );
        let label = suggest::did_you_mean(symbol, symbols).unwrap_or_else(|| "not known".into());
        let help = "take the line away, or check the name in the kernel's own `make menuconfig` (`/` searches)";
        return ("lkmc::kconfig::unknown_symbol", message, label, help.into());
    }
    if !lost.unmet.is_empty() {
        return (
            "lkmc::kconfig::unmet_dependency",
            becomes,
            format!("needs {}{}", lost.unmet.join(" and "), conditions(lost)),
            remedy(report, lost),
        );
    }
    if !lost.selected_by.is_empty() {
        let label = format!("{} turns it on", lost.selected_by.join(" and "));
        let help = "turn that off as well, or take the line away";
        return ("lkmc::kconfig::selected", becomes, label, help.into());
    }
    if !lost.prompt {
        let help = match lost.selectors.as_slice() {
            [] => "take the line away".to_string(),
            some => format!("ask for one that does: {}", some.join(", ")),
        };
        return (
            "lkmc::kconfig::no_prompt",
            becomes,
            "only other options can turn it on".into(),
            help,
        );
    }
    let help = "another member of the same choice may be on, or a number may be out of its range";
    (
        "lkmc::kconfig::lost",
        becomes,
        "its dependencies hold".into(),
        help.into(),
    )
}

/// Names of options that would have to go for this one.
fn against(lost: &Lost) -> impl Iterator<Item = &String> {
    lost.withheld.iter().flat_map(|withheld| &withheld.against)
}

/// Under which conditions the missing dependencies would be there, as the rest of a sentence.
fn conditions(lost: &Lost) -> String {
    let one = |it: &Withheld| format!("; {} selects {} only if {}", it.by, it.symbol, it.unmet.join(" and "));
    lost.withheld.iter().map(one).collect()
}

/// What to do about unmet dependencies.
fn remedy(report: &Report, lost: &Lost) -> String {
    let asked_in_vain = |name: &&str| {
        report
            .lost
            .iter()
            .any(|it| format!("{}={}", it.symbol, it.wanted) == **name)
    };
    let add = suggest::unique(lost.add.iter().map(String::as_str).collect());
    let (in_vain, add): (Vec<_>, Vec<_>) = add.into_iter().partition(asked_in_vain);
    let against = suggest::unique(against(lost).map(String::as_str).collect());
    match (add.join(", "), against.join(", "), in_vain.join(", ")) {
        (add, against, _) if !add.is_empty() && !against.is_empty() => {
            format!("ask for {add} as well, and not for {against}")
        }
        (add, _, _) if !add.is_empty() => format!("ask for {add} as well"),
        (_, against, _) if !against.is_empty() => {
            format!("it cannot be had together with {against} here: take one of the lines away")
        }
        (_, _, in_vain) if !in_vain.is_empty() => format!("{in_vain} is asked for, and lost as well: see there"),
        _ => "these cannot be had on this architecture and version; take the line away".into(),
    }
}

fn show(value: &str) -> &str {
    match value {
        "n" | "" => "off",
        other => other,
    }
}

/// The line that asked, without its indentation.
fn place(request: &KconfigRequest) -> Option<Span> {
    let source = library::read(&request.origin.file).ok()?;
    source.line(request.origin.line)
}
