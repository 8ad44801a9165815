//! Compares a tree with a schema: unknown keys, wrong types, unknown names, values out of range.
//!
//! The schema is the one table of what exists; nothing here knows a particular key. What is wrong is reported and taken out
//! of the tree, so that the rest can still be checked. Profiles and the blocks of demos are checked with it; a [`Dialect`]
//! has the words in which they differ.

use serde_json::Value;

use super::other_words::{other_value, other_word};
use super::raw::{FORMATS, Format};
use super::tree::{Kind, Node, join};
use crate::diag::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::suggest;

/// What messages say about one kind of file.
pub struct Dialect {
    pub unknown_key: &'static str,
    pub unknown_name: &'static str,
    pub wrong_type: &'static str,
    pub out_of_range: &'static str,
    pub missing_key: &'static str,
    /// The code for a text with a control character; none where such texts are welcome.
    pub control_character: Option<&'static str>,
    /// The code for a text that is not in its notation.
    pub notation: fn(&Format) -> &'static str,
    /// What other tools call a setting.
    pub other_word: fn(&str) -> Option<&'static str>,
    /// Help about a key that many look for and that does not exist.
    pub absent: fn(&str) -> Option<&'static str>,
}

pub const PROFILE: Dialect = Dialect {
    unknown_key: "lkmc::profile::unknown_key",
    unknown_name: "lkmc::profile::unknown_name",
    wrong_type: "lkmc::profile::wrong_type",
    out_of_range: "lkmc::profile::out_of_range",
    missing_key: "lkmc::profile::missing_key",
    control_character: Some("lkmc::profile::control_character"),
    notation: |format| format.code,
    other_word,
    absent: |path| match path {
        "name" => Some("a profile is called as its file is"),
        "little.cache.l3" => Some("all processors share one third level: [cache.l3]"),
        _ => None,
    },
};

/// Checks what one file says. Whatever stays in the tree has the type that the schema asks for. The result is the keys that do not,
/// and those that others were perhaps meant to be.
pub fn check(tree: &mut Node, schema: &Value, dialect: &Dialect, problems: &mut Diagnostics) -> Vec<String> {
    let mut checker = Checker {
        schema,
        dialect,
        problems,
        taken_out: Vec::new(),
    };
    checker.check(tree, schema, "");
    checker.taken_out
}

/// Reports the keys that are still absent after inheritance and defaults.
pub fn check_complete(tree: &Node, schema: &Value, dialect: &Dialect, file: &Span, problems: &mut Diagnostics) {
    missing(tree, schema, "", dialect, file, problems);
}

/// Takes out tables that may be absent and lack a key, which an unknown file may set, so that the rest can be read.
pub fn take_out_unfinished(node: &mut Node, schema: &Value) {
    let Kind::Table(table) = &mut node.kind else { return };
    let required = required(schema);
    table.retain(|key, child| {
        let schema = &schema["properties"][key.as_str()];
        take_out_unfinished(child, schema);
        let lacks = |key: &&str| child.get(key).is_none();
        required.contains(&key.as_str()) || child.table().is_none() || !self::required(schema).iter().any(lacks)
    });
}

fn required(schema: &Value) -> Vec<&str> {
    let keys = schema["required"].as_array().into_iter().flatten();
    keys.filter_map(Value::as_str).collect()
}

/// Takes out elements of arrays that lack a key, which has been reported, so that the rest can be read.
pub fn take_out_incomplete(node: &mut Node, schema: &Value) {
    match &mut node.kind {
        Kind::Table(table) => {
            for (key, child) in table.iter_mut() {
                take_out_incomplete(child, &schema["properties"][key.as_str()]);
            }
        }
        Kind::Array(elements) => {
            let required = required(&schema["items"]);
            elements.retain(|element| required.iter().all(|key| element.get(key).is_some()));
        }
        _ => {}
    }
}

struct Checker<'a> {
    schema: &'a Value,
    dialect: &'a Dialect,
    problems: &'a mut Diagnostics,
    taken_out: Vec<String>,
}

impl Checker<'_> {
    /// Whether the node may stay.
    fn check(&mut self, node: &mut Node, schema: &Value, path: &str) -> bool {
        if let Some(names) = names(schema) {
            return self.check_name(node, &names, path);
        }
        if !types(schema).iter().any(|name| has_type(&node.kind, name)) {
            self.problems.push(self.wrong_type(node, schema, path));
            return false;
        }
        match &mut node.kind {
            Kind::Table(_) => self.check_table(node, schema, path),
            Kind::Array(elements) => {
                let before = elements.len();
                let mut index = 0;
                elements.retain_mut(|element| {
                    let named = format!("{path}[{index}]");
                    index += 1;
                    // What is wrong in a table names its key there; the label says which table.
                    let path = if element.table().is_some() { path } else { &named };
                    self.check(element, &schema["items"], path)
                });
                return elements.len() == before;
            }
            Kind::Integer(number) => {
                let limit = |key: &str| schema.get(key).and_then(Value::as_f64).map(|limit| limit as i64);
                let (low, high) = (
                    limit("minimum").unwrap_or(i64::MIN),
                    limit("maximum").unwrap_or(i64::MAX),
                );
                if !(low..=high).contains(number) {
                    self.problems.push(
                        Diagnostic::error(self.dialect.out_of_range, format!("`{path}` cannot be {number}"))
                            .label(&node.span, format!("must be {low} to {high}")),
                    );
                    return false;
                }
            }
            Kind::String(text) => {
                let control = text.chars().find(|letter| letter.is_control());
                if let (Some(code), Some(control)) = (self.dialect.control_character, control) {
                    self.problems.push(
                        Diagnostic::error(code, format!("`{path}` is not a text of one line"))
                            .label(&node.span, format!("has {control:?} in it"))
                            .help("no line break, tab or other control character can be in it"),
                    );
                    return false;
                }
                let format = schema.get("format").and_then(Value::as_str);
                let format = FORMATS.iter().find(|known| Some(known.name) == format);
                if let Some((format, error)) = format.and_then(|format| Some((format, (format.check)(text).err()?))) {
                    self.problems.push(
                        Diagnostic::error(
                            (self.dialect.notation)(format),
                            format!("`{path}` is not a {}", format.name),
                        )
                        .label(&node.span, error.message)
                        .help(error.help),
                    );
                    return false;
                }
            }
            Kind::Boolean(_) | Kind::Other(_) => {}
        }
        true
    }

    fn check_name(&mut self, node: &Node, names: &[&str], path: &str) -> bool {
        let choices = format!("one of {}", suggest::list(names));
        let problem = match node.text() {
            Some(text) if names.contains(&text) => return true,
            Some(text) => {
                let elsewhere = other_value(text).filter(|ours| names.contains(ours));
                let elsewhere = elsewhere.map(|ours| format!("{text} is called `{ours}` here"));
                let label = elsewhere.or_else(|| suggest::did_you_mean(text, names));
                let label = label.unwrap_or_else(|| "not known".into());
                Diagnostic::error(self.dialect.unknown_name, format!("`{path}` has no choice `{text}`"))
                    .label(&node.span, label)
                    .help(choices)
            }
            None => {
                let unquoted = names.contains(&node.span.text());
                let label = if unquoted {
                    format!("write \"{}\"", node.span.text())
                } else {
                    "expected a string".into()
                };
                let message = format!("`{path}` is {}, not a name", node.kind.name());
                Diagnostic::error(self.dialect.wrong_type, message)
                    .label(&node.span, label)
                    .help(choices)
            }
        };
        self.problems.push(problem);
        false
    }

    fn check_table(&mut self, node: &mut Node, schema: &Value, path: &str) {
        let Kind::Table(table) = &mut node.kind else { return };
        table.retain(|key, value| {
            let path = join(path, key);
            let property = schema["properties"]
                .get(key)
                .or(schema.get("additionalProperties").filter(|it| it.is_object()));
            match property {
                Some(property) => {
                    let stays = self.check(value, property, &path);
                    self.taken_out.extend((!stays).then_some(path));
                    stays
                }
                None => {
                    let (problem, meant) = self.unknown_key(schema, &path, key, value);
                    self.problems.push(problem);
                    self.taken_out.extend(meant);
                    false
                }
            }
        });
        // Elements of arrays stand alone; everything else may still be completed by another file.
        if schema.get("required").is_some() {
            missing(node, schema, path, self.dialect, &node.span.clone(), self.problems);
        }
    }

    /// With the whole key that it was perhaps meant to be.
    fn unknown_key(&self, schema: &Value, path: &str, key: &str, value: &Node) -> (Diagnostic, Option<String>) {
        let siblings: Vec<&str> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect();
        let mut everywhere = Vec::new();
        all_paths(self.schema, "", &mut everywhere);
        let absent = (self.dialect.absent)(path);
        // What is known not to exist here is not one of these misspelt.
        let misspelt = || suggest::nearest(key, &siblings).filter(|_| absent.is_none());
        let near = (self.dialect.other_word)(key).or_else(misspelt).or_else(|| {
            everywhere
                .iter()
                .find(|path| path.rsplit('.').next() == Some(key))
                .map(String::as_str)
        });
        let label = near.map_or_else(|| "not known".into(), |near| format!("did you mean `{near}`?"));
        let help = match (absent, path.rsplit_once('.')) {
            (Some(help), _) => help.to_string(),
            (_, Some((table, _))) => format!("keys of `{table}`: {}", suggest::list(&siblings)),
            (_, None) => format!("top-level keys: {}", suggest::list(&siblings)),
        };
        // Of a key in several parts all are given.
        let meant = near.map(|near| match path.rsplit_once('.') {
            Some((table, _)) if !near.contains('.') => join(table, near),
            _ => near.to_owned(),
        });
        let problem = Diagnostic::error(self.dialect.unknown_key, format!("there is no key `{path}`"))
            .label(value.key_span(), label)
            .help(help);
        (problem, meant)
    }

    fn wrong_type(&self, node: &Node, schema: &Value, path: &str) -> Diagnostic {
        let expected: Vec<String> = types(schema).iter().map(|name| article(name)).collect();
        let format = schema.get("format").and_then(Value::as_str);
        let format = FORMATS.iter().find(|known| Some(known.name) == format);
        let help = match (&node.kind, types(schema).as_slice()) {
            (Kind::Integer(_), _) if format.is_some() => {
                format!(
                    "write it with its unit, in quotes: \"{}\"",
                    format.map_or("", |format| format.example)
                )
            }
            (Kind::String(text), ["integer"]) if text.parse::<i64>().is_ok() => format!("write {text} without quotes"),
            (Kind::String(_), ["integer"]) => {
                let limit = |key: &str| schema.get(key).and_then(Value::as_f64).map(|limit| limit as i64);
                match (limit("minimum"), limit("maximum")) {
                    (Some(low), Some(high)) => format!("a whole number from {low} to {high}"),
                    _ => "a whole number".into(),
                }
            }
            (Kind::String(text), ["boolean"]) if ["true", "false"].contains(&text.as_str()) => {
                format!("write {text} without quotes")
            }
            (Kind::String(_), ["array"]) if schema["items"]["properties"].is_object() => {
                let required = schema["items"]["required"].as_array().into_iter().flatten();
                let keys: Vec<&str> = required.filter_map(Value::as_str).collect();
                format!("each is a table: [[{path}]], and below it {}", keys.join(", "))
            }
            // As TOML has it: an option of the command line has no quotes.
            (Kind::String(text), ["array"]) => format!("write [{}]", Value::from(text.as_str())),
            // Only kernel options take both.
            (Kind::Boolean(truth), ["string", "integer"]) => format!("write \"{}\"", if *truth { "y" } else { "n" }),
            (Kind::Table(_), ["array"]) if schema["items"]["properties"].is_object() => format!("write [[{path}]]"),
            (_, ["object"]) => format!("write a table: [{path}]"),
            _ => String::new(),
        };
        Diagnostic::error(self.dialect.wrong_type, format!("`{path}` is {}", node.kind.name()))
            .label(&node.span, format!("expected {}", expected.join(" or ")))
            .help(help)
    }
}

fn missing(node: &Node, schema: &Value, path: &str, dialect: &Dialect, place: &Span, problems: &mut Diagnostics) {
    let Some(table) = node.table() else { return };
    let before = problems.0.len();
    for key in required(schema) {
        if !table.contains_key(key) {
            let property = &schema["properties"][key];
            let choices = names(property).map(|names| format!("one of {}", suggest::list(&names)));
            let meaning = property["description"]
                .as_str()
                .unwrap_or_default()
                .lines()
                .next()
                .unwrap_or_default();
            problems.push(
                Diagnostic::error(dialect.missing_key, format!("`{}` is not set", join(path, key)))
                    .label(place, format!("needs `{key}`"))
                    .help(choices.unwrap_or_else(|| meaning.to_string())),
            );
        }
    }
    if problems.0.len() > before {
        // What is missing further down may only be a consequence: without an arch there are no defaults for it.
        return;
    }
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(child) = table.get(key) {
            missing(child, property, &join(path, key), dialect, child.key_span(), problems);
        }
    }
}

/// The names of a closed set; schemars spells one with documented members as a choice of constants.
pub fn names(schema: &Value) -> Option<Vec<&str>> {
    if let Some(name) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![name]);
    }
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        return Some(names.iter().filter_map(Value::as_str).collect());
    }
    let choices = schema.get("oneOf").and_then(Value::as_array)?;
    Some(choices.iter().filter_map(names).flatten().collect())
}

/// The JSON types that a schema admits.
pub fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn has_type(kind: &Kind, name: &str) -> bool {
    matches!(
        (kind, name),
        (Kind::Table(_), "object")
            | (Kind::Array(_), "array")
            | (Kind::String(_), "string")
            | (Kind::Integer(_), "integer")
            | (Kind::Boolean(_), "boolean")
    )
}

fn article(name: &str) -> String {
    match name {
        "object" => "a table".into(),
        "array" | "integer" => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

/// Every dotted key of the schema, in its order.
pub fn all_paths(schema: &Value, path: &str, paths: &mut Vec<String>) {
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = join(path, key);
        all_paths(property, &path, paths);
        all_paths(&property["items"], &path, paths);
        paths.push(path);
    }
}
