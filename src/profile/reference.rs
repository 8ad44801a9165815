//! The reference manual of profile files, made from the schema; and tables of keys for others that have a schema.

use std::sync::LazyLock;

use serde_json::Value;

use super::tree::join;
use super::{defaults, raw, structure};

/// Written by hand; ends where the tables begin.
const INTRODUCTION: &str = include_str!("reference.md");

/// `docs/profiles.md`.
pub fn markdown() -> String {
    let mut text = INTRODUCTION.to_string();
    table(&raw::file_schema(), "", "Top level", Some(&default), &mut text);
    text
}

/// What a key is if it is not given.
pub type Defaults<'a> = Option<&'a dyn Fn(&str) -> String>;

/// The keys of a schema, a table in it each with a table of its own. Without defaults there is no column for them.
pub fn table(schema: &Value, path: &str, title: &str, defaults: Defaults, text: &mut String) {
    text.push_str(&format!("\n### {title}\n\n"));
    if let Some(description) = schema["description"].as_str().filter(|_| !path.is_empty()) {
        text.push_str(&format!("{}\n\n", paragraph(description)));
    }
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let (tables, leaves): (Vec<_>, Vec<_>) = properties.iter().partition(|(_, schema)| is_table(schema));
    if !leaves.is_empty() {
        text.push_str(match defaults {
            Some(_) => "| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |\n",
            None => "| Key | Value | Meaning |\n| --- | --- | --- |\n",
        });
    }
    for (key, schema) in leaves {
        text.push_str(&row(key, schema, &join(path, key), defaults));
    }
    for (key, schema) in tables {
        let path = join(path, key);
        match schema["items"].is_object() {
            true => table(
                &with_description(&schema["items"], schema),
                &path,
                &format!("`[[{path}]]`"),
                defaults,
                text,
            ),
            false => table(schema, &path, &format!("`[{path}]`"), defaults, text),
        }
    }
}

fn row(key: &str, schema: &Value, path: &str, defaults: Defaults) -> String {
    let meaning = paragraph(schema["description"].as_str().unwrap_or_default()).replace('|', "\\|");
    let mut row = format!("| `{key}` | {} |", value(schema));
    if let Some(default) = defaults {
        row.push_str(&format!(" {} |", default(path)));
    }
    row.push_str(&format!(" {meaning}"));
    for (name, description) in choices(schema) {
        row.push_str(&format!("<br>`{name}`: {}", paragraph(description)));
    }
    row + " |\n"
}

/// What may be written there.
fn value(schema: &Value) -> String {
    if let Some(names) = structure::names(schema) {
        return names
            .iter()
            .map(|name| format!("`\"{name}\"`"))
            .collect::<Vec<_>>()
            .join(", ");
    }
    let example = schema["examples"][0]
        .as_str()
        .map(|example| format!(", for example `\"{example}\"`"));
    let format = schema["format"].as_str().filter(|_| example.is_some());
    match structure::types(schema).as_slice() {
        ["object"] => format!("table: {}", value(&schema["additionalProperties"])),
        ["array"] => format!("array: {}", value(&schema["items"])),
        ["integer"] => match (schema["minimum"].as_f64(), schema["maximum"].as_f64()) {
            (Some(low), Some(high)) => format!("integer, {low} to {high}"),
            _ => "integer".into(),
        },
        types => format!(
            "{}{}",
            format.map_or_else(|| types.join(" or "), str::to_string),
            example.unwrap_or_default()
        ),
    }
}

/// Names that have an explanation of their own.
fn choices(schema: &Value) -> Vec<(&str, &str)> {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    choices
        .filter_map(|choice| Some((choice["const"].as_str()?, choice["description"].as_str()?)))
        .collect()
}

/// Every default of a key, with what it depends on.
fn default(path: &str) -> String {
    static ALL: LazyLock<Vec<defaults::Default>> = LazyLock::new(defaults::all);
    let shown = |default: &defaults::Default| match default.when.is_empty() {
        true => format!("`{}`", default.value),
        false => format!("`{}` ({})", default.value, default.when.join(", ")),
    };
    let found: Vec<String> = ALL.iter().filter(|default| default.key == path).map(shown).collect();
    if found.is_empty() {
        "none".into()
    } else {
        found.join("<br>")
    }
}

/// Has keys of its own; `[kernel.config]` has whichever the kernel knows and is described where it stands.
fn is_table(schema: &Value) -> bool {
    schema["properties"].is_object() || schema["items"]["properties"].is_object()
}

fn with_description(inner: &Value, outer: &Value) -> Value {
    let mut inner = inner.clone();
    inner["description"] = outer["description"].clone();
    inner
}

fn paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
