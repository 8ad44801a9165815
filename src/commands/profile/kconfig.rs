//! `lkmc profile kconfig`: what Kconfig knows of options, and what a profile has to do with their values.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::{ChangedProfile, Global};
use crate::commands::build::options;
use crate::commands::{print, print_json};
use crate::diag::{Error, Result};
use crate::nix::{self, of_profile};
use crate::patterns;
use crate::profile::report::{UNKNOWN, has_no, needs};
use crate::profile::symbols::{Symbol, Symbols};
use crate::profile::{KconfigRequest, Profile, load_with};
use crate::source::display_path;
use crate::suggest;

pub fn kconfig(global: &Global, machine: &ChangedProfile, wanted: &[String]) -> Result<ExitCode> {
    let profile = load_with(&machine.profile.name, &machine.settings)?;
    if let Some(tree) = &profile.kernel.tree {
        let message = format!(
            "the kernel of profile `{}` is configured in its own directory",
            profile.name
        );
        return Err(Error::usage("lkmc::kconfig::tree", message)
            .help(format!("its configuration is {}", tree.join(".config").display())));
    }
    let lowered = of_profile::lowered(&profile)?;
    if global.dry_run {
        return print(&format!("{}\n", nix::dry_run(&lowered, of_profile::KERNEL_REPORT)?));
    }
    let report = nix::build_attr(&lowered, of_profile::KERNEL_REPORT, &options(global))?;
    let symbols = Symbols::read(&report.path())?;
    let found: Vec<Result<Vec<Symbol>>> = wanted.iter().map(|one| find(&profile, &symbols, one)).collect();
    let (found, errors): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
    if let Some(error) = Error::join(errors.into_iter().filter_map(Result::err).collect()) {
        return Err(error);
    }
    let found: Vec<Symbol> = found.into_iter().flatten().flatten().collect();
    if global.json {
        let all = found.iter().map(|symbol| to_json(symbol, request(&profile, symbol)));
        return print_json(&all.collect::<Vec<_>>());
    }
    let texts: Vec<String> = match wanted.iter().any(|one| is_pattern(one)) {
        true => vec![found.iter().map(line).collect()],
        false => found
            .iter()
            .map(|symbol| explained(symbol, request(&profile, symbol)))
            .collect(),
    };
    print(&texts.join("\n"))
}

fn request<'p>(profile: &'p Profile, symbol: &Symbol) -> Option<&'p KconfigRequest> {
    let whole = profile.kernel.config_file.as_ref();
    let below = whole.and_then(|file| file.lines.get(&symbol.name));
    profile.kernel.config.get(&symbol.name).or(below)
}

/// What can be no symbol's name is a pattern.
fn is_pattern(text: &str) -> bool {
    !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn find(profile: &Profile, symbols: &Symbols, wanted: &str) -> Result<Vec<Symbol>> {
    let wanted = wanted.strip_prefix("CONFIG_").unwrap_or(wanted);
    let names: Vec<&str> = match is_pattern(wanted) {
        true => {
            let patterns = patterns::compile(&[wanted.to_owned()])?;
            let matches = |name: &&str| patterns.iter().any(|pattern| pattern.is_match(name));
            symbols.names().filter(matches).collect()
        }
        false => vec![wanted],
    };
    let found = names.iter().filter_map(|name| symbols.get(name).transpose());
    let found = found.collect::<Result<Vec<_>>>()?;
    match found.is_empty() {
        true => Err(unknown(profile, symbols, wanted)),
        false => Ok(found),
    }
}

fn unknown(profile: &Profile, symbols: &Symbols, wanted: &str) -> Error {
    let error = Error::usage(UNKNOWN, has_no(profile, wanted));
    match suggest::did_you_mean(wanted, &Vec::from_iter(symbols.names())) {
        Some(near) => error.help(near),
        None => error.help("regular expressions search: 'LOCK.*' has all names with LOCK in them"),
    }
}

fn line(symbol: &Symbol) -> String {
    let prompt = symbol.prompt.as_deref().unwrap_or_default();
    format!("{:<40}  {prompt}", assignment(symbol)).trim_end().to_owned() + "\n"
}

/// As a profile's `[kernel.config]` would have it, nearly: without quotes around what is no string.
fn assignment(symbol: &Symbol) -> String {
    match symbol.kind.as_str() {
        "string" => format!("{}={:?}", symbol.name, symbol.value),
        _ if symbol.is_off() => format!("{}=n", symbol.name),
        _ => format!("{}={}", symbol.name, symbol.value),
    }
}

fn explained(symbol: &Symbol, request: Option<&KconfigRequest>) -> String {
    let prompt = symbol.prompt.as_deref().unwrap_or("follows from other options");
    let mut text = format!("{}\n  {prompt} ({})\n\n", assignment(symbol), symbol.kind);
    let mut rows = |label: &str, lines: &[String]| {
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            text += &format!("  {label:<10}  {line}\n");
        }
    };
    rows("why", &why(symbol, request));
    rows("to have it", &Vec::from_iter(remedy(symbol)));
    rows("defined in", &symbol.defined);
    rows("depends on", &symbol.depends);
    rows("excludes", &Vec::from_iter(some(&symbol.choice)));
    rows("selects", &Vec::from_iter(some(&symbol.selects)));
    if let Some(help) = &symbol.help {
        text += "\n";
        text.extend(
            help.trim_end()
                .lines()
                .map(|line| format!("  {line}").trim_end().to_owned() + "\n"),
        );
    }
    text
}

fn some(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", "))
}

/// What gave it its value, after what was asked for.
fn why(symbol: &Symbol, request: Option<&KconfigRequest>) -> Vec<String> {
    let asks = request.map(|request| format!("{} asks for {}", place(request), request.value));
    let reasons = match request.is_some_and(|request| is_honoured(symbol, request)) {
        true => Vec::new(),
        false => reasons(symbol),
    };
    asks.into_iter().chain(reasons).collect()
}

fn is_honoured(symbol: &Symbol, request: &KconfigRequest) -> bool {
    let wanted = request.value.trim_matches('"');
    wanted == symbol.value || (wanted == "n" && symbol.is_off())
}

fn reasons(symbol: &Symbol) -> Vec<String> {
    match symbol {
        _ if !symbol.unmet.is_empty() => vec![format!("it {}", needs(symbol))],
        _ if !symbol.selected_by.is_empty() => symbol
            .selected_by
            .iter()
            .map(|by| format!("selected by {by}"))
            .collect(),
        _ if symbol.is_off() && symbol.prompt.is_some() => vec!["nobody asks for it".into()],
        _ if symbol.is_off() => vec!["nothing that is on selects it".into()],
        _ => match symbol.default.as_slice() {
            [default] => vec![format!("Kconfig's default: {default}")],
            _ => vec!["the first of its choice".into()],
        },
    }
}

/// Of a line in a file, or in the command line.
fn place(request: &KconfigRequest) -> String {
    match request.origin.file.is_file() {
        true => format!("{}:{}", display_path(&request.origin.file), request.origin.line),
        false => format!("the {}", request.origin.file.display()),
    }
}

/// What a profile has to ask for so that it is on.
fn remedy(symbol: &Symbol) -> Option<String> {
    let can_be_on = matches!(symbol.kind.as_str(), "bool" | "tristate");
    if !symbol.is_off() || !can_be_on {
        return None;
    }
    if symbol.prompt.is_none() {
        return some(&symbol.selectors).map(|selectors| format!("one that selects it: {selectors}"));
    }
    if !symbol.unmet.is_empty() && symbol.add.is_empty() {
        return Some("it cannot be had on this architecture and version".into());
    }
    let own = format!("{}=y", symbol.name);
    Some(symbol.add.iter().chain([&own]).cloned().collect::<Vec<_>>().join(", "))
}

fn to_json(symbol: &Symbol, request: Option<&KconfigRequest>) -> Value {
    let mut value = json!(symbol);
    value["why"] = json!(why(symbol, request));
    value["asked"] =
        json!(request.map(|it| json!({ "value": it.value, "file": it.origin.file, "line": it.origin.line })));
    value
}
