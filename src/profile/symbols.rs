//! What Kconfig knows of each symbol of a configured kernel.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::diag::{Error, Result};

/// In the output of the `kernelReport` derivation.
const FILE: &str = "symbols.jsonl";

/// `nix/kconfig-report.c` writes it. Conditions have the values of their symbols in them: `ACPI [=y] && !UML [=n]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Symbol {
    pub name: String,
    /// `bool`, `tristate`, `string`, `integer`, `hex`.
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
    /// What the menus call it. A symbol without one can only be turned on by others.
    pub prompt: Option<String>,
    /// `FILE:LINE` in the kernel's sources.
    pub defined: Vec<String>,
    /// The other members of the choice that it is in, of which one is on.
    pub choice: Vec<String>,
    /// What must all hold.
    pub depends: Vec<String>,
    /// What of this does not.
    pub unmet: Vec<String>,
    /// What else to ask for, `NAME=y`.
    pub add: Vec<String>,
    /// The default that is in force; none or one.
    pub default: Vec<String>,
    /// What is on and forces this on.
    pub selected_by: Vec<String>,
    /// What could turn on one without a prompt.
    pub selectors: Vec<String>,
    /// Those of the unmet dependencies that this architecture would have, but for something else.
    pub withheld: Vec<Withheld>,
    /// What this turns on.
    pub selects: Vec<String>,
    pub help: Option<String>,
}

/// A symbol without a prompt, which one that is on selects under a condition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Withheld {
    pub symbol: String,
    /// What selects it.
    pub by: String,
    /// The parts of the condition that do not hold.
    #[serde(default)]
    pub unmet: Vec<String>,
    /// Names of symbols that are on, and keep it from holding.
    #[serde(default)]
    pub against: Vec<String>,
}

impl Symbol {
    pub fn is_off(&self) -> bool {
        matches!(self.value.as_str(), "n" | "")
    }
}

/// All of them. There are some 17000, of which most commands want one.
pub struct Symbols {
    /// A line for each, in the order of their names.
    text: String,
}

impl Symbols {
    pub fn read(report: &Path) -> Result<Symbols> {
        let path = report.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| Error::io("cannot read", &path, error))?;
        Ok(Symbols::of(text))
    }

    pub fn of(text: String) -> Symbols {
        Symbols { text }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter_map(name)
    }

    pub fn get(&self, wanted: &str) -> Result<Option<Symbol>> {
        let line = self.text.lines().find(|line| name(line) == Some(wanted));
        line.map(serde_json::from_str).transpose().map_err(misread)
    }
}

/// A line begins with it.
fn name(line: &str) -> Option<&str> {
    line.strip_prefix("{\"name\": \"")?.split('"').next()
}

pub(super) fn misread(error: serde_json::Error) -> Error {
    Error::infrastructure("lkmc::kconfig::report", "cannot understand Kconfig's report").cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_found_by_its_whole_name() {
        let line = |name: &str| format!("{{\"name\": \"{name}\", \"type\": \"bool\", \"value\": \"n\"}}\n");
        let symbols = Symbols::of(line("KASAN") + &line("KASAN_GENERIC"));
        assert_eq!(Vec::from_iter(symbols.names()), ["KASAN", "KASAN_GENERIC"]);
        assert_eq!(symbols.get("KASAN_GENERIC").unwrap().unwrap().name, "KASAN_GENERIC");
        assert_eq!(symbols.get("KASA").unwrap(), None);
    }
}
