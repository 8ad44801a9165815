//! Kernel options out of Kconfig files and `[kernel.config]`.
//!
//! Three ranks: `kernel.base`, over it `kernel.fragments`, over both `[kernel.config]`. Within one rank two files may not
//! disagree unless a higher rank decides. A fragment named by a file that extends another one may not contradict what that
//! one set in `[kernel.config]`: whoever wrote the fragment's name would not see that it loses.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::library::{Library, read};
use super::suggest;
use super::tree::{Kind, Node};
use super::{KconfigRequest, Origin};
use crate::diag::{Diagnostic, Diagnostics};
use crate::source::{Source, Span};

#[derive(Clone, Debug)]
struct Setting {
    /// As `.config` spells it.
    value: String,
    span: Span,
    layer: usize,
}

type Settings = BTreeMap<String, Setting>;

/// Every option that the profile asks for.
pub fn collect(tree: &Node, library: &Library, problems: &mut Diagnostics) -> BTreeMap<String, KconfigRequest> {
    let mut all = inline(tree, problems);
    contradictions(tree, library, &all, problems);
    for rank in ["kernel.fragments", "kernel.base"] {
        let settings = files(tree, rank, library, &all, problems);
        for (symbol, setting) in settings {
            all.entry(symbol).or_insert(setting);
        }
    }
    let request = |setting: Setting| KconfigRequest {
        origin: Origin {
            file: setting.span.source.path().to_path_buf(),
            line: setting.span.line(),
        },
        value: setting.value,
    };
    all.into_iter()
        .map(|(symbol, setting)| (symbol, request(setting)))
        .collect()
}

fn inline(tree: &Node, problems: &mut Diagnostics) -> Settings {
    let mut settings = Settings::new();
    for (symbol, node) in tree.get("kernel.config").and_then(Node::table).into_iter().flatten() {
        match check_symbol(symbol).and_then(|()| inline_value(node)) {
            Ok(value) => {
                let span = node.span.clone();
                settings.insert(
                    symbol.clone(),
                    Setting {
                        value,
                        span,
                        layer: node.layer,
                    },
                );
            }
            Err((code, message, help)) => {
                problems.push(
                    Diagnostic::error(code, message)
                        .label(node.key_span(), "here")
                        .help(help),
                );
            }
        }
    }
    settings
}

type Refusal = (&'static str, String, String);

fn check_symbol(symbol: &str) -> Result<(), Refusal> {
    let refuse = |message: String, help: String| Err(("lkmc::profile::kconfig_name", message, help));
    if let Some(bare) = symbol.strip_prefix("CONFIG_") {
        return refuse(
            format!("`{symbol}` has its prefix"),
            format!("write {bare}, without CONFIG_"),
        );
    }
    let odd = symbol
        .chars()
        .find(|letter| !(letter.is_ascii_alphanumeric() || *letter == '_'));
    match odd {
        Some(odd) => refuse(
            format!("`{symbol}` cannot be a Kconfig symbol"),
            format!("{odd:?} is not a letter, digit or underscore"),
        ),
        // A few symbols have small letters in them, none has no capital.
        None if !symbol
            .chars()
            .any(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()) =>
        {
            refuse(
                format!("`{symbol}` cannot be a Kconfig symbol"),
                format!("did you mean {}?", symbol.to_uppercase()),
            )
        }
        None => Ok(()),
    }
}

/// Kconfig's spelling of a TOML value. Kconfig alone knows a symbol's type, so this goes by looks: `y`, `m`, `n` and numbers
/// stand bare, everything else is quoted.
fn inline_value(node: &Node) -> Result<String, Refusal> {
    let refuse = |message: &str, help: String| Err(("lkmc::profile::kconfig_value", message.to_string(), help));
    let text = match &node.kind {
        Kind::Integer(number) => return Ok(number.to_string()),
        Kind::String(text) => text,
        _ => return refuse("a kernel option is a string or an integer", String::new()),
    };
    let meant = match text.as_str() {
        "Y" | "yes" | "true" | "on" => Some("y"),
        "M" | "module" => Some("m"),
        "N" | "no" | "false" | "off" | "not set" => Some("n"),
        _ => None,
    };
    if let Some(meant) = meant {
        return refuse(
            &format!("`{text}` is no value of a kernel option"),
            format!("did you mean \"{meant}\"?"),
        );
    }
    if text.contains('\n') {
        return refuse("a kernel option has one line", String::new());
    }
    let quoted = text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
    Ok(match is_bare(text) || quoted {
        true => text.clone(),
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    })
}

fn is_bare(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let hexadecimal = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"));
    matches!(value, "y" | "m" | "n")
        || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        || hexadecimal.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The files of one rank; `above` has decided already.
fn files(tree: &Node, rank: &str, library: &Library, above: &Settings, problems: &mut Diagnostics) -> Settings {
    let mut settings = Settings::new();
    for element in tree.get(rank).map(Node::elements).unwrap_or_default() {
        for (symbol, setting) in open(element, library, problems) {
            match settings.entry(symbol) {
                Entry::Vacant(slot) => {
                    slot.insert(setting);
                }
                Entry::Occupied(first) if first.get().value != setting.value && !above.contains_key(first.key()) => {
                    problems.push(conflict(first.key(), first.get(), &setting));
                }
                Entry::Occupied(_) => {}
            }
        }
    }
    settings
}

fn conflict(symbol: &str, first: &Setting, second: &Setting) -> Diagnostic {
    Diagnostic::error(
        "lkmc::profile::kconfig_conflict",
        format!("{symbol} is asked to be two things"),
    )
    .label(&second.span, format!("{} here", show(&second.value)))
    .label(&first.span, format!("{} here", show(&first.value)))
    .help(format!(
        "take one away, or decide in the profile: [kernel.config] {symbol} = {}",
        toml(&second.value)
    ))
}

/// Fragments that an extending file names and that an option of an extended file would silently beat.
fn contradictions(tree: &Node, library: &Library, inline: &Settings, problems: &mut Diagnostics) {
    let Some(list) = tree.get("kernel.fragments") else {
        return;
    };
    for element in list.elements() {
        // Unreadable files are reported when they are merged.
        for (symbol, setting) in open(element, library, &mut Diagnostics::default()) {
            let Some(inherited) = inline.get(&symbol) else { continue };
            if inherited.layer < list.layer && inherited.value != setting.value {
                problems.push(
                    Diagnostic::error(
                        "lkmc::profile::kconfig_conflict",
                        format!("the fragment's {symbol} loses against an inherited option"),
                    )
                    .label(&setting.span, format!("{} here", show(&setting.value)))
                    .label(&inherited.span, format!("{} here, which wins", show(&inherited.value)))
                    .help(format!(
                        "say which: [kernel.config] {symbol} = {}",
                        toml(&setting.value)
                    )),
                );
            }
        }
    }
}

fn show(value: &str) -> &str {
    if value == "n" { "off" } else { value }
}

fn toml(value: &str) -> String {
    if value.starts_with('"') {
        value.to_string()
    } else {
        format!("\"{value}\"")
    }
}

fn open(element: &Node, library: &Library, problems: &mut Diagnostics) -> Vec<(String, Setting)> {
    let Some(name) = element.text() else { return Vec::new() };
    let from = element.span.source.directory();
    let Some(path) = library.refer(from, name, ".config") else {
        let known = library.kconfig_files();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        problems.push(
            Diagnostic::error(
                "lkmc::profile::fragment_missing",
                format!("there is no Kconfig file `{name}`"),
            )
            .label(
                &element.span,
                suggest::did_you_mean(name, &known).unwrap_or_else(|| "no such file".into()),
            )
            .help(format!(
                "looked beside {} and among the shipped: {}",
                element.span.source.name(),
                suggest::list(&known)
            )),
        );
        return Vec::new();
    };
    match read(&path) {
        Ok(source) => parse(&source, element.layer, problems),
        Err(error) => {
            problems.0.extend(error.diagnostics);
            Vec::new()
        }
    }
}

/// `CONFIG_X=value`, `# CONFIG_X is not set`, comments and blank lines.
fn parse(source: &Source, layer: usize, problems: &mut Diagnostics) -> Vec<(String, Setting)> {
    let mut settings = Vec::new();
    let mut offset = 0;
    for line in source.text().split_inclusive('\n') {
        let text = line.trim();
        let start = offset + (line.len() - line.trim_start().len());
        let span = source.span(start..start + text.len());
        offset += line.len();
        match parse_line(text) {
            Ok(Some((symbol, value))) => settings.push((symbol, Setting { value, span, layer })),
            Ok(None) => {}
            Err(help) => problems.push(
                Diagnostic::error("lkmc::profile::fragment_syntax", "this is no line of a Kconfig file")
                    .label(&span, "here")
                    .help(help),
            ),
        }
    }
    settings
}

fn parse_line(text: &str) -> Result<Option<(String, String)>, String> {
    const FORMS: &str = "write CONFIG_NAME=y, CONFIG_NAME=\"text\", CONFIG_NAME=17 or # CONFIG_NAME is not set";
    if let Some(comment) = text.strip_prefix('#') {
        let symbol = comment
            .trim()
            .strip_prefix("CONFIG_")
            .and_then(|rest| rest.strip_suffix(" is not set"));
        return Ok(symbol.map(|symbol| (symbol.trim().to_string(), "n".to_string())));
    }
    if text.is_empty() {
        return Ok(None);
    }
    let (name, value) = text.split_once('=').ok_or(FORMS)?;
    let (symbol, value) = (name.trim(), value.trim());
    let symbol = symbol
        .strip_prefix("CONFIG_")
        .ok_or_else(|| format!("a symbol begins with CONFIG_ here: CONFIG_{symbol}=…"))?;
    check_symbol(symbol).map_err(|(_, message, help)| format!("{message}: {help}"))?;
    let quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
    match is_bare(value) || quoted {
        true if name.ends_with(' ') => Err(format!("Kconfig takes no spaces around `=`: CONFIG_{symbol}={value}")),
        true => Ok(Some((symbol.to_string(), value.to_string()))),
        false => Err(format!("`{value}` is no value; {FORMS}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Vec<(String, String)>, usize) {
        let mut problems = Diagnostics::default();
        let settings = parse(&Source::new("x.config", text), 1, &mut problems);
        (
            settings
                .into_iter()
                .map(|(symbol, setting)| (symbol, setting.value))
                .collect(),
            problems.0.len(),
        )
    }

    #[test]
    fn fragments_read_as_kconfig_writes_them() {
        let (settings, problems) =
            parsed("# A comment\nCONFIG_A=y\n\n# CONFIG_B is not set\nCONFIG_C=\"x y\"\nCONFIG_D=0x1f\n");
        let expected = [("A", "y"), ("B", "n"), ("C", "\"x y\""), ("D", "0x1f")];
        assert_eq!(
            settings,
            expected.map(|(symbol, value)| (symbol.to_string(), value.to_string()))
        );
        assert_eq!(problems, 0);
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "A=y",
            "CONFIG_A = y",
            "CONFIG_A",
            "CONFIG_A=yes",
            "CONFIG_A-B=y",
            "config A",
        ] {
            assert_eq!(parsed(line), (Vec::new(), 1), "{line}");
        }
    }

    #[test]
    fn inline_values_get_kconfigs_spelling() {
        let tree = Node::parse(
            &Source::new(
                "x",
                "[kernel.config]\nA = \"y\"\nB = 17\nC = \"a\\\"b\"\nD = \"0x20\"\nE = \"yes\"\n",
            ),
            1,
        )
        .expect("test input is TOML");
        let mut problems = Diagnostics::default();
        let settings = inline(&tree, &mut problems);
        let values: Vec<&str> = settings.values().map(|setting| setting.value.as_str()).collect();
        assert_eq!(values, ["y", "17", "\"a\\\"b\"", "0x20"]);
        assert_eq!(problems.0.len(), 1);
    }
}
