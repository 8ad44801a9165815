//! A resolved profile as TOML, each value with the place that set it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::tree::{DEFAULT_LAYER, Kind, Node, join};
use super::{Profile, raw};

/// Origins stand in one column, unless a value is longer than this.
const COLUMN: usize = 60;

/// The profile after inheritance and defaults: a valid profile file itself.
pub fn resolved(profile: &Profile) -> String {
    let mut text = String::new();
    table(&profile.provenance, &raw::schema(), "", &mut text);
    text
}

/// Every setting that makes a difference, by its dotted key. Kernel options are in [`Profile::kernel`], with those of files.
pub fn settings(profile: &Profile) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    profile.provenance.leaves("", &mut |key, node| {
        if key != "description" && !key.starts_with("kernel.config.") {
            settings.insert(key.to_string(), literal(node));
        }
    });
    settings
}

fn table(node: &Node, schema: &Value, path: &str, text: &mut String) {
    let children = ordered(node, schema);
    let (tables, leaves): (Vec<_>, Vec<_>) = children.into_iter().partition(|(_, child, _)| child.table().is_some());
    let (lists, leaves): (Vec<_>, Vec<_>) = leaves.into_iter().partition(|(_, child, _)| is_list_of_tables(child));
    if !path.is_empty() && !leaves.is_empty() {
        text.push_str(&format!("\n[{path}]\n"));
    }
    for (key, child, _) in leaves {
        line(key, child, text);
    }
    for (key, child, schema) in tables {
        table(child, schema, &join(path, key), text);
    }
    for (key, child, schema) in lists {
        for element in child.elements() {
            text.push_str(&format!("\n[[{}]]\n", join(path, key)));
            for (key, leaf, _) in ordered(element, &schema["items"]) {
                line(key, leaf, text);
            }
        }
    }
}

/// Children in the schema's order; open tables in the order of their keys.
fn ordered<'a>(node: &'a Node, schema: &'a Value) -> Vec<(&'a str, &'a Node, &'a Value)> {
    let Some(table) = node.table() else { return Vec::new() };
    match schema["properties"].as_object() {
        Some(properties) => properties
            .iter()
            .filter_map(|(key, schema)| Some((key.as_str(), table.get(key)?, schema)))
            .collect(),
        None => table
            .iter()
            .map(|(key, node)| (key.as_str(), node, &Value::Null))
            .collect(),
    }
}

fn is_list_of_tables(node: &Node) -> bool {
    node.elements().first().is_some_and(|element| element.table().is_some())
}

fn line(key: &str, node: &Node, text: &mut String) {
    let setting = format!("{key} = {}", literal(node));
    let origin = if node.layer == DEFAULT_LAYER {
        "default".to_string()
    } else {
        node.span.to_string()
    };
    text.push_str(&format!("{setting:COLUMN$}  # {origin}\n"));
}

/// A value in TOML's notation.
pub fn literal(node: &Node) -> String {
    match &node.kind {
        Kind::String(text) => toml_edit::Value::from(text.as_str()).to_string(),
        Kind::Integer(number) => number.to_string(),
        Kind::Boolean(truth) => truth.to_string(),
        Kind::Array(elements) => format!("[{}]", elements.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Kind::Table(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(key, node)| format!("{key} = {}", literal(node)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Kind::Other(name) => (*name).to_string(),
    }
}
