//! What Kconfig made of the requested options, as diagnostics on the lines that asked for them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::symbols::{self, Symbol, Symbols, Withheld};
use super::{KconfigRequest, Profile, library};
use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::source::Span;
use crate::suggest;

/// `report.json` of the `kernelReport` derivation; `nix/kconfig-report.c` writes it.
#[derive(Debug, Deserialize)]
pub struct Report {
    pub lost: Vec<Lost>,
    /// Of a whole `.config`.
    #[serde(default)]
    pub ignored: Vec<Lost>,
}

/// A line of a whole `.config` that Kconfig did not follow, and nobody decided otherwise.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Ignored {
    pub symbol: String,
    pub wanted: String,
    pub why: String,
}

/// An option that did not come out as asked.
#[derive(Debug, Deserialize)]
pub struct Lost {
    pub symbol: String,
    pub wanted: String,
}

/// Reads the output of the `kernelReport` derivation and refuses the profile if anything was lost. What else was not followed.
pub fn check(profile: &Profile, directory: &Path) -> Result<Vec<Ignored>> {
    let path = directory.join("report.json");
    let text = std::fs::read_to_string(&path).map_err(|error| Error::io("cannot read", &path, error))?;
    let report: Report = serde_json::from_str(&text).map_err(symbols::misread)?;
    if report.lost.is_empty() && report.ignored.is_empty() {
        return Ok(Vec::new());
    }
    let symbols = Symbols::read(directory)?;
    explain(profile, &report, &symbols)?;
    ignored(profile, &report, &symbols)
}

fn ignored(profile: &Profile, report: &Report, symbols: &Symbols) -> Result<Vec<Ignored>> {
    let open = |line: &&Lost| !profile.kernel.config.contains_key(&line.symbol);
    let explained = |line: &Lost| {
        let why = match symbols.get(&line.symbol)? {
            None => "this kernel has no such option".into(),
            Some(symbol) if !symbol.unmet.is_empty() => needs(&symbol),
            Some(symbol) if symbol.prompt.is_none() => "it follows from other options".into(),
            Some(symbol) => format!("Kconfig makes it {}", show(&symbol.value)),
        };
        Ok(Ignored {
            symbol: line.symbol.clone(),
            wanted: line.wanted.clone(),
            why,
        })
    };
    report.ignored.iter().filter(open).map(explained).collect()
}

/// One diagnostic for each lost option. `symbols` are all that this kernel knows.
pub fn explain(profile: &Profile, report: &Report, symbols: &Symbols) -> Result<()> {
    let mut problems = Diagnostics::default();
    for lost in &report.lost {
        let symbol = symbols.get(&lost.symbol)?;
        let (code, message, label, help) = match &symbol {
            Some(symbol) => words(report, lost, symbol),
            None => unknown(profile, lost, symbols),
        };
        let problem = Diagnostic::error(code, message).help(help);
        let asked = |symbol: &String| profile.kernel.config.get(symbol).and_then(place);
        let mut problem = match asked(&lost.symbol) {
            Some(span) => problem.label(&span, label),
            None => problem.cause(label),
        };
        for span in symbol.iter().flat_map(against).filter_map(asked) {
            problem = problem.label(&span, "stands against it");
        }
        problems.push(problem);
    }
    problems.finish(())
}

type Words = (&'static str, String, String, String);

/// This kernel has no such symbol for this architecture.
fn unknown(profile: &Profile, lost: &Lost, symbols: &Symbols) -> Words {
    let label = suggest::did_you_mean(&lost.symbol, &Vec::from_iter(symbols.names()));
    (
        UNKNOWN,
        has_no(profile, &lost.symbol),
        label.unwrap_or_else(|| "not known".into()),
        "take the line away, or search for another name: `lkmc profile kconfig NAME 'PART.*'`".into(),
    )
}

pub const UNKNOWN: &str = "lkmc::kconfig::unknown_symbol";

/// What is said of a name that its kernel does not know.
pub fn has_no(profile: &Profile, symbol: &str) -> String {
    let kernel = match profile.kernel.source.as_ref().and_then(|source| source.file_name()) {
        Some(source) => format!("the kernel of {}", source.display()),
        None => format!("Linux {}", profile.kernel.version),
    };
    format!("{kernel} on {} has no option {symbol}", profile.arch)
}

/// The symbol exists with another value.
fn words(report: &Report, lost: &Lost, symbol: &Symbol) -> Words {
    let becomes = format!(
        "{} was asked to be {}, but Kconfig makes it {}",
        lost.symbol,
        show(&lost.wanted),
        show(&symbol.value)
    );
    if !symbol.unmet.is_empty() {
        return (
            "lkmc::kconfig::unmet_dependency",
            becomes,
            needs(symbol),
            remedy(report, symbol),
        );
    }
    if !symbol.selected_by.is_empty() {
        let label = format!("{} turns it on", symbol.selected_by.join(" and "));
        let help = "turn that off as well, or take the line away";
        return ("lkmc::kconfig::selected", becomes, label, help.into());
    }
    if symbol.prompt.is_none() {
        let help = match symbol.selectors.as_slice() {
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
    let help = match symbol.choice.as_slice() {
        [] => "a number may be out of its range".into(),
        others => format!(
            "it is one of a choice, and another may have been asked for: {}",
            others.join(", ")
        ),
    };
    ("lkmc::kconfig::lost", becomes, "its dependencies hold".into(), help)
}

/// Names of options that would have to go for this one.
fn against(symbol: &Symbol) -> impl Iterator<Item = &String> {
    symbol.withheld.iter().flat_map(|withheld| &withheld.against)
}

/// Which dependencies do not hold, and under which conditions they would be there.
pub fn needs(symbol: &Symbol) -> String {
    let one = |it: &Withheld| format!("; {} selects {} only if {}", it.by, it.symbol, it.unmet.join(" and "));
    let conditions: String = symbol.withheld.iter().map(one).collect();
    format!("needs {}{conditions}", symbol.unmet.join(" and "))
}

/// What to do about unmet dependencies.
fn remedy(report: &Report, symbol: &Symbol) -> String {
    let asked_in_vain = |name: &&str| {
        report
            .lost
            .iter()
            .any(|it| format!("{}={}", it.symbol, it.wanted) == **name)
    };
    let (in_vain, add): (Vec<_>, Vec<_>) = symbol.add.iter().map(String::as_str).partition(asked_in_vain);
    let against = suggest::unique(against(symbol).map(String::as_str).collect());
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
