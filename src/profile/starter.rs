//! The text that `lkmc profile new` writes: what the new profile starts from, every setting as a comment.

use serde_json::Value;

use super::show::literal;
use super::tree::{Kind, Node};
use super::{Profile, raw};

/// `extends` and `schema` are as the new file must write them.
pub fn starter(from: &Profile, extends: &str, schema: &str) -> String {
    let quoted = |text: &str| toml_edit::Value::from(text).to_string();
    let mut text = format!(
        "#:schema {schema}\n\n\
         # One line for `lkmc profile list`.\n\
         description = {}\n\n\
         # Everything that is not set here comes from there.\n\
         extends = [{}]\n\n\
         # What follows is what holds now. Take the # away from a setting and from the header of its table to change it.\n\
         # An array set here replaces the whole array. docs/profiles.md explains every setting.\n",
        quoted(&format!("{} as I want it", from.name)),
        quoted(extends),
    );
    for (key, property) in raw::schema()["properties"].as_object().into_iter().flatten() {
        if let Some(node) = from.provenance.get(key).filter(|node| node.table().is_some()) {
            table(node, property, key, &mut text);
        }
    }
    text
}

fn table(node: &Node, schema: &Value, path: &str, text: &mut String) {
    let children = |wanted: bool| {
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties.filter_map(move |(key, schema)| {
            let child = node.get(key)?;
            (matches!(child.kind, Kind::Table(_)) == wanted).then_some((key, schema, child))
        })
    };
    if children(false).next().is_some() {
        text.push_str(&format!("\n# [{path}]\n"));
    }
    for (key, schema, child) in children(false) {
        let meaning = schema["description"].as_str().unwrap_or_default();
        let first = meaning.split_inclusive(['.', '\n']).next().unwrap_or_default().trim();
        text.push_str(&format!("# {key} = {}  # {first}\n", literal(child)));
    }
    for (key, schema, child) in children(true) {
        table(child, schema, &format!("{path}.{key}"), text);
    }
}
